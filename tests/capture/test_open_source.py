"""What a user may name as a source, and what becomes of the rest."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import pytest
from clips import regular, write_clip
from common import HANG_S
from mjpeg_server import numbered_picture

from realtime.capture import SourceOptions, open_source
from realtime.capture.read_ahead import DecodeAhead
from realtime.capture.source import FrameMaker
from realtime.core.errors import SourceError, UsageError
from realtime.core.types import Frame, SourceInfo


def test_a_missing_file_is_told_with_what_was_probably_meant(tmp_path: Path) -> None:
    write_clip(tmp_path / "holiday.mp4", regular(2))
    with pytest.raises(SourceError, match=r"Did you mean .*holiday\.mp4\?.*meshmirror doctor"):
        open_source(tmp_path / "holliday.mp4")
    with pytest.raises(SourceError, match="no folder"):
        open_source(tmp_path / "nowhere" / "a.mp4")
    assert SourceError.exit_code == 3


@pytest.mark.parametrize(
    "text",
    ["file:/etc/passwd", "concat:a|b", "rtmp://host/x", "pipe:0", "|cat x", "a%03d.png", "lavfi:testsrc", "", "a\0b"],
)
def test_what_is_neither_a_path_nor_an_open_scheme_is_a_usage_error(text: str) -> None:
    with pytest.raises(UsageError):
        open_source(text)
    assert UsageError.exit_code == 2


def test_devices_and_negative_numbers_are_refused() -> None:
    with pytest.raises(UsageError, match="numbered from 0"):
        open_source(-1)
    if Path("/dev/null").exists():
        with pytest.raises(UsageError, match="neither a file nor a folder"):
            open_source("/dev/null")


@pytest.mark.parametrize("camera", [99, "99"])
def test_a_camera_that_is_not_there(camera: int | str, capfd: pytest.CaptureFixture[str]) -> None:
    began = time.monotonic()
    with pytest.raises(SourceError, match="camera 99"):
        open_source(camera)
    assert time.monotonic() - began < HANG_S
    assert capfd.readouterr().err == ""  # OpenCV's own complaint would be a second one


def test_a_file_named_like_a_number_needs_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_clip(tmp_path / "a.mp4", regular(2)).rename(tmp_path / "99")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SourceError, match="camera 99"):
        open_source("99")
    with open_source("./99") as source:
        assert len(list(source)) == 2


def test_every_kind_has_the_same_interface(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "a.mp4", regular(3))
    picture = tmp_path / "pictures" / "a.png"
    picture.parent.mkdir()
    cv2.imwrite(str(picture), numbered_picture(0))
    for path in (clip, picture, picture.parent):
        with open_source(path) as source:
            assert source.info.size is not None
            assert (source.note, source.skipped, source.corrections) == ("", 0, 0)
            assert isinstance(source.latest(1.0), Frame)
        assert source.state == "ended"


class Counting:
    """A file-like source of `count` frames that ends as told."""

    damaged = corrections = 0
    info = SourceInfo("counting", False, (32, 32), None, None)

    def __init__(self, count: int, end: Callable[[], None] = lambda: None) -> None:
        self.handed_over = 0
        self.closed_by: list[int] = []
        self._count, self._end, self._maker = count, end, FrameMaker()

    def read(self) -> Frame | None:
        if self.handed_over == self._count:
            self._end()
            return None
        self.handed_over += 1
        return self._maker.make(numbered_picture(self.handed_over, 32, 32), self.handed_over)

    def close(self) -> None:
        self.closed_by.append(threading.get_ident())


def test_decoding_ahead_is_bounded_and_loses_nothing() -> None:
    source = Counting(50)
    with DecodeAhead(source, depth=4) as frames:  # type: ignore[arg-type]
        deadline = time.monotonic() + 2
        while source.handed_over < 5 and time.monotonic() < deadline:
            time.sleep(0.001)
        time.sleep(0.05)
        assert source.handed_over == 5  # four in the queue, one in hand
        assert [frame.index for frame in frames] == list(range(50))
        assert frames.state == "ended"
    assert len(source.closed_by) == 1
    assert source.closed_by[0] != threading.get_ident()


def test_an_exception_of_the_thread_is_raised_after_the_last_good_frame_and_once() -> None:
    def fail() -> None:
        raise SourceError("broken at the end")

    with DecodeAhead(Counting(9, fail)) as frames:  # type: ignore[arg-type]
        got = []
        with pytest.raises(SourceError, match="broken at the end"):
            for frame in frames:
                got.append(frame.index)  # noqa: PERF401
        assert got == list(range(9))
        assert frames.state == "ended"
        assert frames.read() is None


def test_the_time_of_arrival_is_when_a_frame_is_handed_over() -> None:
    with DecodeAhead(Counting(4)) as frames:  # type: ignore[arg-type]
        time.sleep(0.1)  # decoded long before
        asked_ns = time.monotonic_ns()
        frame = frames.read()
        assert frame is not None
        assert frame.arrived_ns >= asked_ns


def test_options_reach_the_source(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "a.h264", regular(3))
    with open_source(clip, SourceOptions(raw_fps=10)) as source:
        assert [frame.stamp_ns for frame in source] == [0, 100_000_000, 200_000_000]


def test_importing_it_is_cheap() -> None:
    program = (
        "import sys, realtime.capture; "
        "print(sorted({'cv2', 'av', 'mediapipe', 'feat', 'torch', 'moderngl', 'glfw', 'scipy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"
