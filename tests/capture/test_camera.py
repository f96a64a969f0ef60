"""Cameras as the system lists them, how one is asked for its settings, and what is said when it does not open."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import cv2
import pytest
from fake_device import FakeCamera, pictures

from realtime.capture import SourceOptions, list_cameras
from realtime.capture.camera import camera_opener, holders, open_camera
from realtime.core.errors import SourceError, UsageError

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads Linux' /sys and /proc")


def add_node(sysfs: Path, number: int, name: str, index: int) -> None:
    """A node of a camera as Linux shows it."""
    folder = sysfs / f"video{number}"
    folder.mkdir()
    (folder / "name").write_text(name + "\n")
    (folder / "index").write_text(f"{index}\n")


@linux
def test_cameras_are_listed_with_their_names_and_without_their_metadata_nodes(tmp_path: Path) -> None:
    add_node(tmp_path, 10, "Desk camera", 0)
    add_node(tmp_path, 2, "HD Webcam: größe", 0)
    add_node(tmp_path, 3, "HD Webcam: größe", 1)  # metadata
    (tmp_path / "vbi0").mkdir()
    found = list_cameras(sysfs=tmp_path, dev=tmp_path / "dev")
    assert [(c.index, c.name) for c in found] == [(2, "HD Webcam: größe"), (10, "Desk camera")]
    assert {c.backend for c in found} == {"V4L2"}
    assert list_cameras(sysfs=tmp_path / "none", dev=tmp_path) == []


@linux
def test_who_holds_a_device_can_be_told(tmp_path: Path) -> None:
    node = tmp_path / "video0"
    node.touch()
    assert holders(node) == []
    with node.open("rb"):
        assert any(f"(pid {os.getpid()})" in holder for holder in holders(node))


class Recorder:
    """Stands in for cv2.VideoCapture: notes what is asked of it."""

    opens = True
    made: list[Recorder]

    def __init__(self, index: int, backend: int) -> None:
        self.index, self.backend, self.released = index, backend, False
        self.asked: list[tuple[int, Any]] = []
        type(self).made.append(self)

    def isOpened(self) -> bool:  # noqa: N802 - OpenCV's name
        return self.opens

    def set(self, key: int, value: Any) -> bool:
        self.asked.append((key, value))
        return True

    def release(self) -> None:
        self.released = True


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> type[Recorder]:
    class Fresh(Recorder):
        made: list[Recorder] = []  # noqa: RUF012

    monkeypatch.setattr(cv2, "VideoCapture", Fresh)
    return Fresh


def test_every_setting_reaches_the_camera_and_the_pixel_format_comes_first(recorder: type[Recorder]) -> None:
    options = SourceOptions(width=1280, height=720, fps=60, fourcc="MJPG", stall_s=2.0)
    camera_opener(3, options)()
    made = recorder.made[0]
    asked = dict(made.asked)
    assert made.index == 3
    assert asked[cv2.CAP_PROP_FOURCC] == cv2.VideoWriter_fourcc(*"MJPG")
    assert (asked[cv2.CAP_PROP_FRAME_WIDTH], asked[cv2.CAP_PROP_FRAME_HEIGHT]) == (1280, 720)
    assert asked[cv2.CAP_PROP_FPS] == 60
    assert asked[cv2.CAP_PROP_BUFFERSIZE] == 1
    assert asked[cv2.CAP_PROP_READ_TIMEOUT_MSEC] == 2000
    order = [key for key, _ in made.asked]
    assert order.index(cv2.CAP_PROP_FOURCC) < order.index(cv2.CAP_PROP_FRAME_WIDTH) < order.index(cv2.CAP_PROP_FPS)


def test_what_was_not_asked_for_is_left_to_the_driver(recorder: type[Recorder]) -> None:
    camera_opener(0, SourceOptions())()
    asked = dict(recorder.made[0].asked)
    assert not {cv2.CAP_PROP_FOURCC, cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FPS} & set(asked)


def test_a_camera_that_does_not_open_is_released_and_named(recorder: type[Recorder]) -> None:
    recorder.opens = False
    with pytest.raises(SourceError, match="camera 42"):
        camera_opener(42, SourceOptions())()
    assert recorder.made[0].released


def test_an_unknown_backend_is_a_usage_error_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match=r"'NOSUCH' is not part of this OpenCV; it has .+"):
        camera_opener(0, SourceOptions(backend="nosuch"))


def test_a_camera_is_a_live_source() -> None:
    with open_camera(7, SourceOptions(), opener=FakeCamera(pictures)) as source:
        assert source.info.live
        assert source.info.name == "camera 7"
        assert source.read() is not None


def test_a_silent_camera_s_error_says_what_may_hold_it() -> None:
    with pytest.raises(SourceError, match=r"camera 7 opened, but gave no picture\. .*may hold it"):
        open_camera(7, SourceOptions(), opener=FakeCamera(lambda: ()))
