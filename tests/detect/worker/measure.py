"""What the hand-over to the worker costs: `PYTHONPATH=. python tests/detect/worker/measure.py [WEIGHTS]`.

With a file of py-feat's weights also the throughput of the real network beside a bare loop, which needs it prepared.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from workers import Pictures, command

from realtime.detect.worker import WorkerSupervisor, network_command

WORK_S = 0.03


@contextmanager
def busy(threads: int) -> Iterator[None]:
    """Threads that do nothing but Python."""
    stop = threading.Event()

    def spin() -> None:
        while not stop.is_set():
            sum(range(100))

    running = [threading.Thread(target=spin) for _ in range(threads)]
    for thread in running:
        thread.start()
    yield
    stop.set()
    for thread in running:
        thread.join()


def until_running(supervisor: WorkerSupervisor[int]) -> None:
    while supervisor.state != "running":
        assert supervisor.state != "failed", supervisor.reason
        time.sleep(0.01)


def handover(pictures: Pictures, spinning: int, poll_s: float, times: int = 100) -> None:
    """One picture at a time: from the offer to the start of the work, from its end to the answer's arrival."""
    there, back, seen, calls = [], [], [], []
    with WorkerSupervisor[int](command(f"stamp={WORK_S}"), live=True) as supervisor:
        until_running(supervisor)
        with busy(spinning):
            for number in range(times):
                offered = time.perf_counter()
                supervisor.offer(*pictures[number % 2])
                calls.append(time.perf_counter() - offered)
                while True:
                    time.sleep(poll_s)
                    before = time.perf_counter()
                    answer = supervisor.take()
                    calls.append(time.perf_counter() - before)
                    if answer is not None:
                        break
                ended = sum(int(part) << shift for part, shift in zip(answer.row[11:15], (0, 16, 32, 48), strict=True))
                began = ended / 1e9 - answer.inference_ms / 1e3
                arrived = offered + (answer.waited_ms + answer.inference_ms) / 1e3
                there.append((began - offered) * 1e3)
                back.append((arrived - ended / 1e9) * 1e3)
                seen.append((before - ended / 1e9) * 1e3)
    print(
        f"{spinning} spinning, switch {sys.getswitchinterval() * 1e3:.1f} ms, take() every {poll_s * 1e3:2.0f} ms: "
        f"offer to work {spread(there)}, work to arrival {spread(back)}, a call {spread(np.array(calls) * 1e3)} ms"
    )


def spread(values: object) -> str:
    p50, p95, most = np.percentile(np.asarray(values), [50, 95, 100])
    return f"{p50:5.2f}/{p95:5.2f}/{most:5.2f}"


def rates(pictures: Pictures, line: list[str]) -> None:
    """Answers a second, live and in step, of the same network."""
    times = 150
    for ahead in (1, 2, 4, 8):
        with WorkerSupervisor[int](line, live=False, slots=ahead) as supervisor:
            until_running(supervisor)
            began, share = time.perf_counter(), 0.0
            for number in range(times + ahead):
                if number < times:
                    supervisor.submit(*pictures[0])
                if number >= ahead:
                    share += supervisor.wait().inference_ms
            took = time.perf_counter() - began
        print(f"in step, {ahead} slots: {times / took:6.2f}/s; the worker alone {times / share * 1e3:6.2f}/s")
    with WorkerSupervisor[int](line, live=True) as supervisor:
        until_running(supervisor)
        began, share = time.perf_counter(), 0.0
        answers = 0
        while time.perf_counter() - began < 5:
            supervisor.offer(*pictures[0])
            time.sleep(1 / 60)
            answer = supervisor.take()
            if answer is not None:
                answers += 1
                share += answer.inference_ms
        took = time.perf_counter() - began
        total = supervisor.counts.answers
        print(f"live, 60 offers/s: {total / took:6.2f}/s; the worker alone {answers / share * 1e3:6.2f}/s")


def bare(pictures: Pictures, weights: Path) -> None:
    """The same network in this process, one picture after the other."""
    from realtime.detect.pyfeat.open_runtime import open_runtime
    from realtime.detect.pyfeat.weights import find_weights

    found = find_weights(weights)
    assert found is not None
    for throughput in (False, True):
        runtime = open_runtime(found, "cpu", "f32", None, throughput=throughput)
        image, crop, _ = pictures[0]
        for batch in (1, 2, 4):
            for warm in (True, False):
                began = time.perf_counter()
                for _ in range(5 if warm else 150 // batch):
                    inputs = np.stack([crop.network_input(crop.patch(image)) for _ in range(batch)])
                    runtime.run(inputs)
            took = time.perf_counter() - began
            print(f"bare, throughput={throughput}, {batch} at once: {150 // batch * batch / took:6.2f}/s")
        runtime.close()


def failures() -> None:
    """How soon a death and a hang are seen, and how soon it runs again."""
    for kind in (signal.SIGKILL, signal.SIGSEGV, signal.SIGSTOP):
        seen, again = [], []
        for _ in range(5):
            with WorkerSupervisor[int](command(), live=True) as supervisor:
                until_running(supervisor)
                time.sleep(0.3)
                began = time.perf_counter()
                os.kill(supervisor.process_id or -1, kind)
                while supervisor.state == "running":
                    time.sleep(0.0005)
                seen.append((time.perf_counter() - began) * 1e3)
                until_running(supervisor)
                again.append((time.perf_counter() - began) * 1e3)
        print(f"{kind.name}: seen after {spread(seen)} ms, running again after {spread(again)} ms")


if __name__ == "__main__":
    some = Pictures()
    print("p50/p95/max")
    for spinning, switch_s in ((0, 0.005), (1, 0.005), (1, 0.0005), (2, 0.005), (2, 0.0005)):
        sys.setswitchinterval(switch_s)  # Python's own is 5 ms
        for poll_s in (0.001, 0.033):
            handover(some, spinning, poll_s)
    sys.setswitchinterval(0.005)
    failures()
    if len(sys.argv) > 1:
        from realtime.detect.pyfeat.weights import find_weights

        weights = find_weights(Path(sys.argv[1]))
        assert weights is not None
        bare(some, weights.path)
        rates(some, network_command(weights.path, weights.sha256, "cpu", "f32", None))
