"""A virtual camera: pictures go by a pipe to a process of its own, which has the driver's library in it.

That library (pyvirtualcam, GPL) is none of this program; a crash of it ends the process alone.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import threading
import time
from queue import Empty, SimpleQueue

from realtime.core.process import module_command, module_environment
from realtime.stream.pictures.picture import StreamPicture

START_S = 15.0  # that the library may take to open the camera
CLOSE_S = 2.0
STALL_S = 5.0  # that it may take for one picture


class CameraOutput:
    """A process with a virtual camera in it."""

    link = ""
    wanted = True  # a camera cannot know who looks

    def __init__(self, size: tuple[int, int], rate: float) -> None:
        """Start it for pictures of (width, height), `rate` a second. Raises OSError with the library's reason."""
        width, height = size
        self._bytes = width * height * 3
        command = module_command("realtime.stream.pictures.camera_process")
        self._process = subprocess.Popen(
            [*command, str(width), str(height), f"{rate:g}"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, env=module_environment(os.environ), bufsize=0,
        )  # fmt: skip
        self._answers: SimpleQueue[bytes] = SimpleQueue()  # an empty one: it has ended
        self._busy_since: float | None = None  # monotonic clock
        self._closed = False
        threading.Thread(target=self._read, name="pictures: camera", daemon=True).start()
        try:
            self._begin(START_S)
            answer = json.loads(self._answer())
            if "error" in answer:
                raise OSError(answer["error"])
            self.title = f"Virtual camera {answer['device']}"
        except BaseException:
            self.close()
            raise
        threading.Thread(target=self._watch, name="pictures: watch", daemon=True).start()

    @property
    def note(self) -> str:
        """Nothing is known of who looks."""
        return ""

    def send(self, picture: StreamPicture) -> None:
        """Hand it over and wait until the library has it. Raises OSError where the process has ended or hangs."""
        image = picture.image
        if image.nbytes != self._bytes:
            raise OSError(f"a picture of {image.shape[1]} x {image.shape[0]} pixels, which is not the camera's size")
        assert self._process.stdin is not None
        self._begin(STALL_S)
        left = image.data.cast("B")
        try:
            while left:
                left = left[self._process.stdin.write(left) :]
        except OSError:
            raise OSError(self._why()) from None
        answer = json.loads(self._answer())
        if "error" in answer:
            raise OSError(answer["error"])

    def close(self) -> None:
        """End the process; a `send` that waits ends with it."""
        self._closed = True
        process = self._process
        if self._busy_since is None and process.stdin is not None:
            with contextlib.suppress(OSError, subprocess.TimeoutExpired):
                process.stdin.close()  # the end of pictures: the library gives the camera back
                process.wait(CLOSE_S)
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()

    def _begin(self, seconds: float) -> None:
        self._busy_since, self._allowed_s = time.monotonic(), seconds

    def _answer(self) -> bytes:
        """The next line of the process."""
        try:
            line = self._answers.get(timeout=self._allowed_s)
        except Empty:
            self._process.kill()
            raise OSError(f"the camera's process did not answer for {self._allowed_s:g} s and was ended") from None
        finally:
            self._busy_since = None
        if not line:
            raise OSError(self._why())
        return line

    def _why(self) -> str:
        try:
            code = self._process.wait(1.0)
        except subprocess.TimeoutExpired:
            return "the camera's process takes no pictures any more"
        if code < 0:
            with contextlib.suppress(ValueError):
                return f"the camera's process was ended by {signal.Signals(-code).name}"
        return f"the camera's process ended with code {code}"

    def _read(self) -> None:
        assert self._process.stdout is not None
        with contextlib.suppress(OSError, ValueError):  # closed meanwhile
            while line := self._process.stdout.readline():
                self._answers.put(line)
        self._answers.put(b"")

    def _watch(self) -> None:
        """End a process that takes no bytes of a picture: a write waits for ever."""
        while not self._closed and self._process.poll() is None:
            since = self._busy_since
            if since is not None and time.monotonic() - since > self._allowed_s + 1.0:
                self._process.kill()
            time.sleep(0.5)
