"""The virtual camera's process: pictures arrive whole, and whatever happens to it, only it is ended.

No driver of a camera is needed: the process imports a module `pyvirtualcam` that stands in for the library with its
driver, and writes what it gets to a file. Everything before the library is the real thing.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from lacking_packages import python_without

from realtime.core.config import StreamConfig
from realtime.core.errors import UsageError
from realtime.stream.address import StreamAddress
from realtime.stream.pictures import camera
from realtime.stream.pictures.camera import CameraOutput
from realtime.stream.pictures.channel import PictureChannel
from realtime.stream.pictures.outputs import check_pictures
from realtime.stream.pictures.picture import StreamPicture

SIZE = (320, 180)
SHARED = StreamConfig(share_face=True)
_LIBRARY = """
import os, pathlib, time, enum
here = pathlib.Path(__file__).parent
class PixelFormat(enum.Enum):
    RGB = "raw "
class Camera:
    def __init__(self, width, height, fps, *, fmt):
        print("a library that prints")
        problem = here / "problem"
        if problem.exists():
            raise RuntimeError(problem.read_text())
        (here / "opened").write_text(f"{width} {height} {fps:g} {fmt.name}")
        self.device = "/dev/video9"
    def send(self, frame):
        if (here / "crash").exists():
            os.abort()
        if (here / "hang").exists():
            time.sleep(60)
        assert frame.dtype == "uint8"
        with (here / "frames").open("ab") as file:
            file.write(frame.tobytes())
    def __enter__(self):
        return self
    def __exit__(self, *_):
        (here / "closed").touch()
"""


def until(true: Callable[[], object], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on the path of modules that has the stand-in."""
    folder = tmp_path / "modules"
    folder.mkdir()
    (folder / "pyvirtualcam.py").write_text(_LIBRARY)
    monkeypatch.syspath_prepend(str(folder))
    return folder


def picture(seed: int) -> StreamPicture:
    image = np.random.default_rng(seed).integers(0, 256, (SIZE[1], SIZE[0], 3)).astype(np.uint8)
    now = time.monotonic_ns()
    return StreamPicture(image, now, now)


def test_every_picture_arrives_whole_and_the_process_ends_with_the_output(library: Path) -> None:
    output = CameraOutput(SIZE, 25)
    assert output.title == "Virtual camera /dev/video9" and output.wanted and not output.link
    assert (library / "opened").read_text() == "320 180 25 RGB"
    pictures = [picture(at) for at in range(20)]
    for one in pictures:
        output.send(one)
    process = output._process
    with pytest.raises(OSError, match="not the camera's size"):
        output.send(StreamPicture(np.zeros((10, 10, 3), np.uint8), 0, 0))
    output.close()
    assert process.poll() == 0 and (library / "closed").exists(), "the camera was given back"
    written = np.fromfile(library / "frames", np.uint8).reshape(-1, SIZE[1], SIZE[0], 3)
    np.testing.assert_array_equal(written, np.stack([one.image for one in pictures]))


def test_it_ends_by_itself_where_the_program_is_gone(library: Path) -> None:
    output = CameraOutput(SIZE, 25)
    assert output._process.stdin is not None
    output._process.stdin.close()
    assert output._process.wait(20) == 0 and (library / "closed").exists()
    output.close()


@pytest.fixture
def channel(library: Path, monkeypatch: pytest.MonkeyPatch) -> PictureChannel:
    monkeypatch.setattr("realtime.stream.pictures.channel.RETRY_S", 0.1)
    monkeypatch.setattr(camera, "STALL_S", 1.0)
    made = PictureChannel(StreamAddress.parse("camera"), SHARED, SIZE, lambda text: None)
    until(lambda: made.ready)
    return made


def processes(channel: PictureChannel) -> int:
    output = channel._output
    assert isinstance(output, CameraOutput)
    return output._process.pid


@pytest.mark.parametrize(("how", "said"), [("crash", "was ended by SIGABRT"), ("hang", "did not answer for 1 s")])
@pytest.mark.skipif(sys.platform == "win32", reason="processes have no signals there")
def test_a_library_that_crashes_or_hangs_is_said_and_started_again(
    library: Path, channel: PictureChannel, how: str, said: str
) -> None:
    channel.show(picture(0))
    until(lambda: channel.report().sent == 1)
    first, before = processes(channel), channel._output
    (library / how).touch()
    begun = time.monotonic()
    channel.show(picture(1))
    assert time.monotonic() - begun < 0.9, "who shows does not wait for it"
    until(lambda: channel.report().errors == 1)
    (library / how).unlink()
    assert said in str(channel.report().last_error)
    until(lambda: channel.wanted)
    assert isinstance(before, CameraOutput) and before._process.stdin is not None
    assert before._process.poll() is not None and before._process.stdin.closed
    assert processes(channel) != first and not channel.state().error
    channel.show(picture(2))
    until(lambda: channel.report().sent == 2)
    channel.close()
    assert channel.report().dropped == 1
    written = np.fromfile(library / "frames", np.uint8).reshape(-1, SIZE[1], SIZE[0], 3)
    np.testing.assert_array_equal(written, np.stack([picture(at).image for at in (0, 2)]))


@pytest.mark.skipif(sys.platform == "win32", reason="processes are not stopped there")
def test_a_process_that_takes_no_bytes_any_more_is_ended(library: Path, channel: PictureChannel) -> None:
    stopped = processes(channel)
    os.kill(stopped, signal.SIGSTOP)
    channel.show(picture(0))
    until(lambda: channel.report().errors == 1)
    assert "SIGKILL" in str(channel.report().last_error)
    until(lambda: channel.wanted)
    os.kill(processes(channel), signal.SIGSTOP)
    channel.show(picture(1))
    begun = time.monotonic()
    channel.close()
    assert time.monotonic() - begun < 20
    assert channel.report().sent == 0


def test_a_device_that_is_missing_is_said_in_the_words_of_the_library(library: Path) -> None:
    (library / "problem").write_text("No v4l2 loopback device found at /dev/video[0-99].")
    with pytest.raises(OSError, match=r"no virtual camera: No v4l2 loopback device found at /dev/video\[0-99\]"):
        CameraOutput(SIZE, 25)


def test_a_package_that_is_missing_is_named_with_its_command(tmp_path: Path) -> None:
    """With the real import machinery: the program in an environment without it, before a source is opened."""
    address = StreamAddress.parse("camera")
    python, around = python_without(tmp_path / "packages", "pyvirtualcam")
    command = ["-m", "realtime", "live", "--source", "nothing.mp4", "--headless", "--stream", "camera", "--share-face"]
    done = subprocess.run(
        [*python, *command], env=around, capture_output=True, text=True, timeout=60, check=False, cwd=tmp_path
    )
    assert done.returncode == 2
    assert "--stream camera: needs the Python package 'pyvirtualcam'" in " ".join(done.stderr.split())
    assert "pip install pyvirtualcam" in " ".join(done.stderr.split()) and "Traceback" not in done.stderr
    with pytest.raises(UsageError, match="--share-face"):
        check_pictures(address, StreamConfig())
