"""The whole program records a network camera and is ended: nothing is lost, and the session is closed."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from common import environment, needs_bundled
from found import pictures_in
from mjpeg_server import MjpegServer, number_of, numbered_picture
from x11 import press_close_button

from realtime.session import open as open_session

pytestmark = [needs_bundled, pytest.mark.skipif(sys.platform == "win32", reason="Windows has other signals")]


class Program:
    """`meshmirror --source URL --record anna`."""

    def __init__(self, url: str, folder: Path, *args: str, **around: str) -> None:
        self.folder = folder / "anna"
        self.around = {**environment(), **around}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "realtime", "--source", url, "--record", "anna", "--json",
             "--set", "view.width=640", "--set", "view.height=360", "--set", "view.remember=false", *args],
            cwd=folder, env=self.around, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def until(self, true: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 60
        while not true():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.process.kill()
                pytest.fail(str(self.process.communicate()))
            time.sleep(0.02)

    def until_recorded(self, kilobytes: int = 60, part: str = "frames.arrow") -> None:
        path = self.folder / part
        self.until(lambda: path.exists() and path.stat().st_size > 1000 * kilobytes)

    def end(self) -> tuple[dict, float]:
        """Its report, and how long it took."""
        before = time.monotonic()
        stdout, stderr = self.process.communicate(timeout=60)
        assert "Traceback" not in stderr, stderr
        return json.loads(stdout), time.monotonic() - before


def complete(program: Program, report: dict) -> None:
    """Every frame that was computed has its row and its picture, in order, and the session is closed."""
    (session,) = report["sessions"]
    frames, camera, view = (session["streams"][name] for name in ("frames", "camera", "view"))
    assert frames["captured"] == frames["recorded"] == report["frames"] + sum(p["frames"] for p in report["earlier"])
    for counts in (frames, camera, view):
        assert counts["captured"] == counts["recorded"] + counts["dropped"]
    assert camera["captured"] == frames["captured"] and camera["dropped"] == frames["dropped"] == 0
    with open_session(program.folder) as opened:
        assert opened.info is not None and opened.info.state == "closed" and not opened.notes
        assert len(opened) == frames["recorded"]
        assert {part.info.part for part in opened.parts} == {part.info.part for part in opened.info.parts}
        for part in opened.parts:
            assert part.camera is not None and part.view is not None
            pictures = list(part.camera)
            assert [time_ns for time_ns, _ in pictures] == pytest.approx(part.times.tolist(), abs=12_000)
            numbers = [number_of(picture) for _, picture in pictures]
            assert (np.diff(numbers) > 0).all(), "pictures of the camera in their order"
        assert sum(len(pictures_in(path)) for path in program.folder.glob("camera*.mp4")) == frames["recorded"]


@pytest.mark.parametrize(
    "signals",
    [[signal.SIGINT], [signal.SIGTERM], [signal.SIGHUP], [signal.SIGINT] * 3],
    ids=["INT", "TERM", "HUP", "INT three times"],
)
def test_a_signal_loses_nothing(signals: list[signal.Signals], tmp_path: Path) -> None:
    with MjpegServer() as server:
        program = Program(server.url, tmp_path, "--headless")
        program.until_recorded()
        for number in signals:
            program.process.send_signal(number)
            time.sleep(0.05 * (len(signals) - 1))
        report, seconds = program.end()
    print(f"ended in {seconds:.2f} s")
    assert program.process.returncode == 130 and report["interrupted"] and report["failures"] == []
    complete(program, report)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs an X server")
def test_closing_the_window_loses_nothing(display: str, tmp_path: Path) -> None:
    with MjpegServer() as server:
        program = Program(server.url, tmp_path, DISPLAY=display)
        program.until_recorded()
        found = subprocess.run(
            ["xdotool", "search", "--onlyvisible", "--name", "^Meshmirror"],
            env=program.around, capture_output=True, text=True, check=True,
        ).stdout.split()  # fmt: skip
        press_close_button(display, int(found[0]))
        report, seconds = program.end()
    print(f"ended in {seconds:.2f} s")
    assert program.process.returncode == 0 and report["failures"] == []
    complete(program, report)


def test_a_camera_of_another_size_begins_a_second_part(tmp_path: Path) -> None:
    small = False
    with MjpegServer(lambda n: numbered_picture(n, *((320, 240) if small else (640, 360)))) as server:
        program = Program(server.url, tmp_path, "--headless")
        program.until_recorded()
        server.mode = "close"  # OpenCV makes pictures of another size fit until a camera is opened anew
        time.sleep(0.3)
        small = True
        server.mode = "play"
        program.until_recorded(30, "frames_2.arrow")
        program.process.send_signal(signal.SIGTERM)
        report, _ = program.end()
    assert report["failures"] == []
    complete(program, report)
    with open_session(program.folder) as opened:
        assert [part.info.image_size for part in opened.parts] == [(640, 360), (320, 240)]
        assert [part.camera.size for part in opened.parts if part.camera] == [(640, 360), (320, 240)]
        assert (np.diff(opened.times) > 0).all()
