"""A worker that fails: real processes that crash, hang and talk nonsense, live and in step."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
from workers import LiveLoop, Pictures, eventually, in_step

from realtime.core.errors import ModelFileError, NetworkError
from realtime.detect.worker import WorkerSupervisor
from realtime.detect.worker import supervisor as keeper_module

Keep = Callable[..., WorkerSupervisor[int]]

# What the fault is, and what the reason says of it: lower case at the sixth picture, upper case by a signal.
CRASHES = {
    "raise": "RuntimeError: this picture is too much",
    "exit": "ended with code 7",
    "segfault": "SIGSEGV",
    "garbage": "sends something that is no answer",
    "mute": "closed its line and went on",
    "SIGKILL": "SIGKILL",
    "SIGSEGV": "SIGSEGV",
}
HANGS = {"hang": "hangs", "hold": "hangs", "SIGSTOP": "hangs"}
A_CALL_S = 1.0  # much longer than any on a busy machine, shorter than any fault


@pytest.fixture
def once(tmp_path: Path) -> str:
    """A fault befalls one process only."""
    return f"once={tmp_path / 'befell'}"


def children() -> list[psutil.Process]:
    """Of this process, but for the display that other tests use."""
    return [child for child in psutil.Process().children() if child.name() != "Xvfb"]


def no_zombie() -> bool:
    return all(child.status() != psutil.STATUS_ZOMBIE for child in children())


@pytest.mark.parametrize("fault", CRASHES)
def test_a_crash_live(keep: Keep, pictures: Pictures, fault: str, once: str) -> None:
    live_fault(keep, pictures, fault, once)


@pytest.mark.parametrize("fault", CRASHES)
def test_a_crash_in_step(keep: Keep, pictures: Pictures, fault: str, once: str) -> None:
    fault_in_step(keep, pictures, fault, once)


def test_hangs(keep: Keep, pictures: Pictures, tmp_path: Path) -> None:
    """All of them at once, since each takes two seconds to be one."""
    with ThreadPoolExecutor() as threads:
        running = [
            threads.submit(run, keep, pictures, fault, f"once={tmp_path / fault}-{run.__name__}")
            for fault in HANGS
            for run in (live_fault, fault_in_step)
        ]
    for one in running:
        one.result()


def live_fault(keep: Keep, pictures: Pictures, fault: str, once: str) -> None:
    said: list[str] = []
    keeper = keep(*([f"{fault}=6", once] if fault.islower() else []), note=said.append)
    loop = LiveLoop(keeper, pictures)
    if fault.isupper():  # a signal from outside
        loop.until_answers(5)
        assert keeper.answering
        os.kill(keeper.process_id or -1, signal.Signals[fault])
    loop.run(lambda: keeper.counts.restarts == 1)
    assert not keeper.answering
    loop.until_answers(5)
    assert any((CRASHES | HANGS)[fault] in text for text in said), said
    assert loop.longest_s < A_CALL_S
    assert keeper.answering and keeper.state == "running" and keeper.reason == ""
    counts = keeper.counts
    assert eventually(lambda: counts.answers + counts.replaced + counts.lost == loop.offered)
    assert counts.restarts == 1
    assert counts.lost == 1 or (counts.lost == 0 and fault.isupper())
    assert no_zombie()


def fault_in_step(keep: Keep, pictures: Pictures, fault: str, once: str) -> None:
    if fault.islower():
        keeper = keep(f"{fault}=6", once, live=False)
        in_step(keeper, pictures, 0, 12)
    else:
        keeper = keep("slow=0.02", live=False)
        in_step(keeper, pictures, 0, 8)
        for number in range(8, 12):
            keeper.submit(*pictures[number])
        os.kill(keeper.process_id or -1, signal.Signals[fault])
        answers = [keeper.wait() for _ in range(4)]
        assert [answer.context for answer in answers] == [8, 9, 10, 11]
        assert all(pictures.right(answer) for answer in answers)
    in_step(keeper, pictures, 12, 24)
    assert (keeper.counts.restarts, keeper.counts.answers, keeper.counts.lost) == (1, 24, 0)
    assert no_zombie()


def test_two_failures_a_second_apart_are_survived(keep: Keep, pictures: Pictures) -> None:
    keeper = keep("exit=9", live=False, slots=1)  # every process answers eight pictures
    in_step(keeper, pictures, 0, 24)
    assert keeper.counts.restarts == 2


def test_three_failures_within_a_minute_are_the_end_live(keep: Keep, pictures: Pictures) -> None:
    said: list[str] = []
    keeper = keep("raise=1", note=said.append)
    loop = LiveLoop(keeper, pictures)
    loop.run(lambda: keeper.state == "failed")
    assert "RuntimeError: this picture is too much" in keeper.reason
    assert "third failure" in keeper.reason
    assert eventually(lambda: said[-1] == keeper.reason)  # said by the watch, right after it is so
    assert (keeper.counts.restarts, keeper.counts.lost, keeper.counts.answers) == (2, 3, 0)
    time.sleep(0.3)
    keeper.offer(*pictures[0])
    assert keeper.take() is None and keeper.process_id is None and not keeper.answering
    assert not children()
    assert not [thread for thread in threading.enumerate() if thread.name == "worker"]


def test_three_failures_within_a_minute_are_the_end_in_step(keep: Keep, pictures: Pictures) -> None:
    keeper = keep("exit=5", live=False, slots=1)
    answered = 0
    with pytest.raises(NetworkError, match=r"ended with code 7\. That was the third failure"):
        for number in range(30):
            keeper.submit(*pictures[number])
            assert pictures.right(keeper.wait())
            answered += 1
    assert answered == 12
    with pytest.raises(NetworkError, match="third failure"):
        keeper.submit(*pictures[0])


def test_failures_that_lie_more_than_a_minute_apart_are_survived(
    keep: Keep, pictures: Pictures, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper_module, "WITHIN_S", 0.3)
    keeper = keep("exit=9", live=False, slots=1)
    for number in range(40):
        keeper.submit(*pictures[number])
        assert keeper.wait().context == number
        time.sleep(0.05)
    assert keeper.counts.restarts == 4


def test_a_refusal_is_final_at_once(keep: Keep, pictures: Pictures) -> None:
    keeper = keep("refuse=0", live=False)
    keeper.submit(*pictures[0])
    with pytest.raises(ModelFileError, match=r"^these weights are not to be used$"):
        keeper.wait()
    assert (keeper.state, keeper.reason) == ("failed", "these weights are not to be used")
    assert keeper.counts.restarts == 0


def test_a_worker_that_dies_before_there_is_a_line(keep: Keep) -> None:
    keeper = keep("early=1")
    assert eventually(lambda: keeper.state == "failed")
    assert "ended with code 1: no such luck" in keeper.reason


def test_a_start_that_hangs(keep: Keep, pictures: Pictures, monkeypatch: pytest.MonkeyPatch, once: str) -> None:
    monkeypatch.setattr(keeper_module, "SILENT_START_S", 3.0)  # the child's other thread beats every half second
    said: list[str] = []
    keeper = keep("hold=0", once, note=said.append)
    LiveLoop(keeper, pictures).until_answers(1)
    assert keeper.counts.restarts == 1
    assert "hangs: nothing was heard of it for 3." in said[0]


def test_a_slow_start_is_no_hang(keep: Keep, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper_module, "SILENT_START_S", 2.5)
    keeper = keep("slow=3.5")  # the first step belongs to the start
    assert eventually(lambda: keeper.state == "running")
    assert keeper.counts.restarts == 0


def test_results_that_come_late(keep: Keep, pictures: Pictures) -> None:
    """Slow is not hung: everything is answered, and what took longer than a second is told."""
    wanted = {0.1: 10, 1.5: 3, 5: 1}  # answers of a worker that takes so many seconds
    loops = {seconds: LiveLoop(keep(f"slow={seconds}"), pictures, every_s=0.05) for seconds in wanted}
    step = keep("slow=1.5", live=False)
    with ThreadPoolExecutor() as threads:
        running = [threads.submit(in_step, step, pictures, 0, 6)]
        running += [threads.submit(loops[seconds].until_answers, wanted[seconds]) for seconds in wanted]
    for one in running:
        one.result()
    for seconds, loop in loops.items():
        keeper = loop.keeper
        assert loop.longest_s < A_CALL_S
        assert keeper.counts.restarts == 0
        assert all(answer.inference_ms >= seconds * 1e3 for answer in loop.answers)
        if seconds > 1:
            assert keeper.counts.late == keeper.counts.answers
            assert not any(loop.answering)
        else:
            assert loop.answering[-1]
    assert step.counts.answers == 6 and step.counts.restarts == 0


def test_answering_ends_while_a_request_is_overdue(keep: Keep, pictures: Pictures) -> None:
    keeper = keep("hang=30")
    loop = LiveLoop(keeper, pictures)
    loop.until_answers(5)
    assert keeper.answering
    loop.run(lambda: not keeper.answering)
    assert keeper.counts.restarts == 0 and keeper.state == "running"  # a second, long before the hang is one


@pytest.mark.parametrize(
    ("faults", "state"),
    [
        ((), "starting"), (("say=20",), "preparing"), ((), "running"), (("slow=2.5",), "in a step"),
        ((), "stopped"), (("early=1",), "restarting"), (("refuse=0",), "failed"), (("hold=0",), "deaf in its start"),
    ],
)  # fmt: skip
def test_close_in_every_state(keep: Keep, pictures: Pictures, faults: tuple[str, ...], state: str) -> None:
    keeper = keep(*faults)
    if state in ("preparing", "restarting", "failed"):
        assert eventually(lambda: keeper.state == state)
    elif state == "deaf in its start":
        time.sleep(0.5)
    elif state != "starting":
        assert eventually(lambda: keeper.state == "running")
    if state == "in a step":
        keeper.offer(*pictures[0])
        time.sleep(0.1)
    if state == "stopped":
        os.kill(keeper.process_id or -1, signal.SIGSTOP)
    began = time.monotonic()
    keeper.close()
    assert time.monotonic() - began < 2.0
    assert eventually(lambda: not keeper._thread.is_alive() and not children())


def test_twenty_restarts_leave_nothing(keep: Keep, pictures: Pictures, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper_module, "MOST_FAILURES", 100)
    monkeypatch.setattr(keeper_module, "DELAYS_S", (0.0,) * 100)
    process = psutil.Process()
    keeper = keep(live=False)
    seen: list[tuple[int, int, int]] = []
    for round_ in range(21):
        in_step(keeper, pictures, round_ * 6, round_ * 6 + 6)
        seen.append((process.num_threads(), process.num_fds(), process.memory_info().rss))
        keeper_process = keeper.process_id
        os.kill(keeper_process or -1, signal.SIGKILL)
        assert eventually(lambda gone=keeper_process: keeper.process_id not in (gone, None))  # type: ignore[misc]
    assert keeper.counts.restarts == 21
    assert seen[20][:2] == seen[2][:2]
    assert seen[20][2] - seen[2][2] < 4e6
    assert len(children()) == 1 and no_zombie()
