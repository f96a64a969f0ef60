"""A source with a fixed frame rate, through the pipeline."""

from __future__ import annotations

import itertools
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from realtime.app.bench.bench_report import CameraLoopReport
from realtime.core.frame_result import FrameResult
from realtime.core.mailbox import Mailbox
from realtime.core.types import Frame
from realtime.pipeline.build import Pipeline
from realtime.pipeline.summary import quantiles

LIVE_HZ = 30
WARM_UP = 10  # frames left out at the beginning of each measurement


def live(pipeline: Pipeline, frames: list[Frame], seconds: float) -> CameraLoopReport:
    """A source that delivers at 30 Hz without waiting, through a mailbox that keeps the newest frame."""
    slot: Mailbox[Frame] = Mailbox(lossy=True)
    results: list[FrameResult] = []
    end = time.monotonic() + seconds

    def deliver() -> None:
        due = time.monotonic()
        number = 0
        while time.monotonic() < end:
            now = time.monotonic_ns()
            slot.put(Frame(frames[number % len(frames)].image, now, number, now))
            number += 1
            due += 1 / LIVE_HZ
            time.sleep(max(0.0, due - time.monotonic()))
        slot.close()

    camera = threading.Thread(target=deliver, name="bench-camera")
    camera.start()
    while camera.is_alive() or time.monotonic() < end:
        frame = slot.take(0.1)
        if frame is not None:
            results.append(pipeline.step(frame))
    camera.join()
    counted = results[WARM_UP:] or results  # a very slow machine has no frames after the warm-up
    waited = [(result.done_ns - result.frame.arrived_ns) / 1e6 for result in counted]
    return CameraLoopReport(
        capture_to_prediction_ms=quantiles(waited),
        max_ms=round(max(waited, default=0.0), 3),
        frames=len(results),
        skipped=slot.replaced,
    )


def flat_out(pipeline: Pipeline, frames: list[Frame], seconds: float) -> float:
    """Frames a second when the next one is always available."""
    started = time.monotonic()
    for number in itertools.count():
        now = time.monotonic_ns()
        if now * 1e-9 - started > seconds:
            break
        pipeline.step(Frame(frames[number % len(frames)].image, now, number, now))
    return number / (time.monotonic() - started)


@contextmanager
def busy_processes(count: int) -> Iterator[None]:
    """Run `count` processes that keep a core busy each."""
    children = [
        subprocess.Popen([sys.executable, "-c", "while True: sum(range(10_000))"], stdout=subprocess.DEVNULL)
        for _ in range(count)
    ]
    try:
        time.sleep(1.0)  # until all of them run
        yield
    finally:
        for child in children:
            child.kill()
        for child in children:
            child.wait()
