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
from realtime.detect.worker import supervisor as supervisor_module

Keep = Callable[..., WorkerSupervisor[int]]

# What the fault is, and what the reason says of it: lower case at the sixth picture, upper case by a signal.
CRASHES = {
    "raise": "RuntimeError: this picture is too much",
    "exit": "ended with code 7",
    "segfault": "SIGSEGV",
    "garbage": "sends something that is no answer",
    "mute": "closed its channel and kept running",
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
    supervisor = keep(*([f"{fault}=6", once] if fault.islower() else []), notify=said.append)
    loop = LiveLoop(supervisor, pictures)
    if fault.isupper():  # a signal from outside
        loop.until_answers(5)
        assert supervisor.answering
        os.kill(supervisor.process_id or -1, signal.Signals[fault])
    loop.run(lambda: supervisor.counts.restarts == 1)
    assert not supervisor.answering
    loop.until_answers(5)
    assert any((CRASHES | HANGS)[fault] in text for text in said), said
    assert loop.longest_s < A_CALL_S
    assert supervisor.answering and supervisor.state == "running" and supervisor.reason == ""
    counts = supervisor.counts
    assert eventually(lambda: counts.answers + counts.replaced + counts.lost == loop.offered)
    assert counts.restarts == 1
    assert counts.lost == 1 or (counts.lost == 0 and fault.isupper())
    assert no_zombie()


def fault_in_step(keep: Keep, pictures: Pictures, fault: str, once: str) -> None:
    if fault.islower():
        supervisor = keep(f"{fault}=6", once, live=False)
        in_step(supervisor, pictures, 0, 12)
    else:
        supervisor = keep("slow=0.02", live=False)
        in_step(supervisor, pictures, 0, 8)
        for number in range(8, 12):
            supervisor.submit(*pictures[number])
        os.kill(supervisor.process_id or -1, signal.Signals[fault])
        answers = [supervisor.wait() for _ in range(4)]
        assert [answer.context for answer in answers] == [8, 9, 10, 11]
        assert all(pictures.right(answer) for answer in answers)
    in_step(supervisor, pictures, 12, 24)
    assert (supervisor.counts.restarts, supervisor.counts.answers, supervisor.counts.lost) == (1, 24, 0)
    assert no_zombie()


def test_two_failures_a_second_apart_are_survived(keep: Keep, pictures: Pictures) -> None:
    supervisor = keep("exit=9", live=False, slots=1)  # every process answers eight pictures
    in_step(supervisor, pictures, 0, 24)
    assert supervisor.counts.restarts == 2


def test_three_failures_within_a_minute_are_the_end_live(keep: Keep, pictures: Pictures) -> None:
    said: list[str] = []
    supervisor = keep("raise=1", notify=said.append)
    loop = LiveLoop(supervisor, pictures)
    loop.run(lambda: supervisor.state == "failed")
    assert "RuntimeError: this picture is too much" in supervisor.reason
    assert "third failure" in supervisor.reason
    assert eventually(lambda: said[-1] == supervisor.reason)  # said by the watch, right after it is so
    assert (supervisor.counts.restarts, supervisor.counts.lost, supervisor.counts.answers) == (2, 3, 0)
    time.sleep(0.3)
    supervisor.offer(*pictures[0])
    assert supervisor.take() is None and supervisor.process_id is None and not supervisor.answering
    assert not children()
    assert not [thread for thread in threading.enumerate() if thread.name == "worker"]


def test_three_failures_within_a_minute_are_the_end_in_step(keep: Keep, pictures: Pictures) -> None:
    supervisor = keep("exit=5", live=False, slots=1)
    answered = 0
    with pytest.raises(NetworkError, match=r"ended with code 7\. That was the third failure"):
        for number in range(30):
            supervisor.submit(*pictures[number])
            assert pictures.right(supervisor.wait())
            answered += 1
    assert answered == 12
    with pytest.raises(NetworkError, match="third failure"):
        supervisor.submit(*pictures[0])


def test_failures_that_lie_more_than_a_minute_apart_are_survived(
    keep: Keep, pictures: Pictures, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor_module, "WITHIN_S", 0.3)
    supervisor = keep("exit=9", live=False, slots=1)
    for number in range(40):
        supervisor.submit(*pictures[number])
        assert supervisor.wait().context == number
        time.sleep(0.05)
    assert supervisor.counts.restarts == 4


def test_a_refusal_is_final_at_once(keep: Keep, pictures: Pictures) -> None:
    supervisor = keep("refuse=0", live=False)
    supervisor.submit(*pictures[0])
    with pytest.raises(ModelFileError, match=r"^these weights are not to be used$"):
        supervisor.wait()
    assert (supervisor.state, supervisor.reason) == ("failed", "these weights are not to be used")
    assert supervisor.counts.restarts == 0


def test_a_worker_that_dies_before_there_is_a_line(keep: Keep) -> None:
    supervisor = keep("early=1")
    assert eventually(lambda: supervisor.state == "failed")
    assert "ended with code 1: no such luck" in supervisor.reason


def test_a_start_that_hangs(keep: Keep, pictures: Pictures, monkeypatch: pytest.MonkeyPatch, once: str) -> None:
    monkeypatch.setattr(supervisor_module, "SILENCE_START_S", 6.0)  # the child's other thread beats every half second
    said: list[str] = []
    supervisor = keep("hold=0", once, notify=said.append)
    LiveLoop(supervisor, pictures).until_answers(1)
    assert supervisor.counts.restarts == 1
    assert "hangs: it sent nothing for 6." in said[0]


def test_a_slow_start_is_no_hang(keep: Keep, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor_module, "SILENCE_START_S", 5.0)
    supervisor = keep("slow=6")  # the first step belongs to the start
    assert eventually(lambda: supervisor.state == "running")
    assert supervisor.counts.restarts == 0


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
        supervisor = loop.supervisor
        assert loop.longest_s < A_CALL_S
        assert supervisor.counts.restarts == 0
        assert all(answer.inference_ms >= seconds * 1e3 for answer in loop.answers)
        if seconds > 1:
            assert supervisor.counts.late == supervisor.counts.answers
            assert not any(loop.answering)
        else:
            assert loop.answering[-1]
    assert step.counts.answers == 6 and step.counts.restarts == 0


def test_answering_ends_while_a_request_is_overdue(keep: Keep, pictures: Pictures) -> None:
    supervisor = keep("hang=30")
    loop = LiveLoop(supervisor, pictures)
    loop.until_answers(5)
    assert supervisor.answering
    loop.run(lambda: not supervisor.answering)
    assert supervisor.counts.restarts == 0 and supervisor.state == "running"  # a second, long before the hang is one


@pytest.mark.parametrize(
    ("faults", "state"),
    [
        ((), "starting"), (("say=20",), "preparing"), ((), "running"), (("slow=2.5",), "in a step"),
        ((), "stopped"), (("early=1",), "restarting"), (("refuse=0",), "failed"), (("hold=0",), "deaf in its start"),
    ],
)  # fmt: skip
def test_close_in_every_state(keep: Keep, pictures: Pictures, faults: tuple[str, ...], state: str) -> None:
    supervisor = keep(*faults)
    if state in ("preparing", "restarting", "failed"):
        assert eventually(lambda: supervisor.state == state)
    elif state == "deaf in its start":
        time.sleep(0.5)
    elif state != "starting":
        assert eventually(lambda: supervisor.state == "running")
    if state == "in a step":
        supervisor.offer(*pictures[0])
        time.sleep(0.1)
    if state == "stopped":
        os.kill(supervisor.process_id or -1, signal.SIGSTOP)
    began = time.monotonic()
    supervisor.close()
    assert time.monotonic() - began < 2.0
    assert eventually(lambda: not supervisor._thread.is_alive() and not children())


@pytest.mark.parametrize("restarts", [8, pytest.param(21, marks=pytest.mark.slow)])
def test_many_restarts_leave_nothing(
    keep: Keep, pictures: Pictures, monkeypatch: pytest.MonkeyPatch, restarts: int
) -> None:
    monkeypatch.setattr(supervisor_module, "MAX_FAILURES", 100)
    monkeypatch.setattr(supervisor_module, "DELAYS_S", (0.0,) * 100)
    process = psutil.Process()
    supervisor = keep(live=False)
    seen: list[tuple[int, int, int]] = []
    for round_ in range(restarts):
        in_step(supervisor, pictures, round_ * 6, round_ * 6 + 6)
        seen.append((process.num_threads(), process.num_fds(), process.memory_info().rss))
        worker_process = supervisor.process_id
        os.kill(worker_process or -1, signal.SIGKILL)
        assert eventually(lambda gone=worker_process: supervisor.process_id not in (gone, None))  # type: ignore[misc]
    assert supervisor.counts.restarts == restarts
    assert seen[-1][:2] == seen[2][:2]
    assert seen[-1][2] - seen[2][2] < 4e6
    assert len(children()) == 1 and no_zombie()
