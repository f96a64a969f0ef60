"""The whole program on a network camera that fails: real sockets, real OpenCV, real MediaPipe."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import cv2
import numpy as np
import pytest
from common import HANG_S, needs_bundled
from mjpeg_server import MjpegServer

from realtime import load_config
from realtime.app.live import run_mirror
from realtime.app.run_options import RunOptions
from realtime.core.types import Frame

pytestmark = needs_bundled


@pytest.fixture
def server(single_face: list[Frame]) -> MjpegServer:
    pictures = [cv2.cvtColor(frame.image, cv2.COLOR_RGB2BGR) for frame in single_face]

    def picture(number: int) -> np.ndarray:
        return pictures[number % len(pictures)]

    return MjpegServer(picture)


def run(server: MjpegServer, frames: int, *sets: str, **options: object) -> dict:
    config = load_config(None, ["detect.tracker=bundled", *sets], {"source.path": server.url})
    return run_mirror(config, RunOptions(headless=True, frames=frames, **options)).to_json()  # type: ignore[arg-type]


def later(seconds: float, what: object) -> threading.Timer:
    timer = threading.Timer(seconds, what)  # type: ignore[arg-type]
    timer.start()
    return timer


@pytest.mark.parametrize("way", ["stall", "close", "garbage"])
def test_a_camera_that_stops_and_comes_back_goes_on(server: MjpegServer, way: str) -> None:
    with server:

        def stop() -> None:
            server.mode = way  # type: ignore[assignment]

        def resume() -> None:
            server.mode = "play"

        timers = [later(2.0, stop), later(3.5, resume)]
        report = run(server, 120)
        for timer in timers:
            timer.join()
    assert report["frames"] == 120
    assert report["faces"] > 100
    assert server.connections >= 2
    assert report["latency_ms"]["median"] > 0


def test_captured_is_shown_plus_skipped(server: MjpegServer, tmp_path: Path) -> None:
    """Live, the recording takes what was shown; frames that nobody had time for are counted at the source."""
    with server:
        report = run(server, 60, f"record.path={tmp_path / 'live.mp4'}")
    assert report["frames"] == 60
    assert 0 < report["recorded"] + report["dropped"] <= 60
    video = cv2.VideoCapture(str(tmp_path / "live.mp4"))
    decoded = 0
    while video.read()[0]:
        decoded += 1
    assert decoded == report["recorded"]


def test_the_run_ends_at_once_while_the_camera_hangs(server: MjpegServer) -> None:
    stop = threading.Event()
    with server:
        server_stalls = later(1.5, lambda: setattr(server, "mode", "stall"))
        started: list[float] = []

        def end() -> None:
            started.append(time.monotonic())
            stop.set()

        ending = later(4.0, end)
        report = run(server, 10_000, stop=stop)
        ended = time.monotonic()
        server_stalls.join()
        ending.join()
    assert report["frames"] > 5
    assert ended - started[0] < HANG_S
