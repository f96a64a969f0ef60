"""A target without a display: for recording, for tests, and where no window can be opened."""

from __future__ import annotations

import ctypes
import sys
import threading

import moderngl
import numpy as np

from realtime.core.commands import Request
from realtime.core.errors import DisplayError
from realtime.core.types import ByteArray
from realtime.core.view_state import ViewState
from realtime.view.screen.listener import Listener
from realtime.view.screen.output import Output

_EGL = sys.platform.startswith("linux")  # glcontext makes a context without a display through it there
NEEDS_GL = 330  # OpenGL 3.3 core; more than 4.5 is refused by Mesa's software renderer


class Offscreen:
    """The same interface as `Window`, drawn into memory.

    Raises DisplayError where the machine has no OpenGL at all.
    """

    def __init__(self, size: tuple[int, int], scale: float = 1.0) -> None:
        self.ctx = _create_context()
        self.scale = scale
        self.visible = False  # there is nothing to look at
        self.fullscreen = False
        self.lost = False  # not watched: what is recorded without a window ends with its driver
        self.listener: Listener | None = None
        self._wake_event = threading.Event()
        self._size = size
        self._closed = False
        self._color = self.ctx.renderbuffer(size, 4)
        self.framebuffer = self.ctx.framebuffer([self._color])
        self._pixels = np.empty((size[1], size[0], 4), np.uint8)

    @property
    def size_px(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        return self._size

    def toggle_fullscreen(self) -> None:
        """There is no monitor to fill."""

    def open_output(self) -> Output | None:
        """There is no monitor here."""
        return None

    def poll(self, ui: ViewState) -> list[Request]:
        """The requests since the last call; there is no user, but widgets may be scripted."""
        actions, ui.actions = ui.actions, []
        return actions

    def wait(self, seconds: float) -> bool:
        """Sleep until `wake` or the timeout; there is no user input."""
        self._wake_event.wait(seconds)
        self._wake_event.clear()
        return False

    def wake(self) -> None:
        """End a `wait`."""
        self._wake_event.set()

    def copy(self, text: str) -> bool:
        """There is no clipboard here."""
        return False

    def paste(self) -> str | None:
        """There is no clipboard here."""
        return None

    def swap(self) -> None:
        """Nothing to show."""

    def read(self) -> ByteArray:
        """What was drawn, (h, w, 3) RGB with the top row first; the array is the caller's."""
        return read_pixels(self.framebuffer, self._pixels)

    def close(self) -> None:
        """Release the context; may be called twice."""
        if self._closed:
            return
        self._closed = True
        self.framebuffer.release()
        self._color.release()
        self.ctx.release()
        _release_context()

    def __enter__(self) -> Offscreen:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def read_pixels(framebuffer: moderngl.Framebuffer, buffer: ByteArray) -> ByteArray:
    """Read a framebuffer through a reused buffer (h, w, 4); returns a copy (h, w, 3), top row first.

    Four components are read as stored: leaving one out takes drivers three times as long.
    """
    import cv2

    framebuffer.read_into(buffer, components=4, alignment=1)
    picture: ByteArray = cv2.flip(cv2.cvtColor(buffer, cv2.COLOR_RGBA2RGB), 0)
    return picture


def _release_context() -> None:
    """Leave this thread without a context: a released one stays current, and glfw could then open no window here."""
    if not sys.platform.startswith("linux"):
        return
    try:
        egl = ctypes.CDLL("libEGL.so.1")
    except OSError:  # the context came from a driver that brings its own
        return
    egl.eglGetCurrentDisplay.restype = ctypes.c_void_p
    egl.eglMakeCurrent.argtypes = [ctypes.c_void_p] * 4
    display = egl.eglGetCurrentDisplay()
    if display:
        egl.eglMakeCurrent(display, None, None, None)


def _create_context() -> moderngl.Context:
    try:
        return _create(NEEDS_GL)
    except Exception as cause:  # moderngl and glcontext raise bare Exception for every kind of missing driver
        raise DisplayError(
            f"No OpenGL 3.3 context could be made without a display ({str(cause).strip() or type(cause).__name__}). "
            + _way_out(_offered())
        ) from cause


def _create(version: int) -> moderngl.Context:
    if _EGL:
        return moderngl.create_context(standalone=True, require=version, backend="egl")  # type: ignore[arg-type]
    return moderngl.create_context(standalone=True, require=version)


def _offered() -> str:
    """The version of OpenGL that the driver does offer, of those that are too old; "" where it offers none."""
    for version in (320, 310, 300):
        try:
            ctx = _create(version)
        except Exception:
            continue
        found = ctx.version_code
        ctx.release()
        _release_context()
        return f"{found // 100}.{found // 10 % 10}"
    return ""


def _way_out(offered: str) -> str:
    if not _EGL:
        return "Update the graphics driver of this machine."
    if offered:
        return (
            f"The driver offers OpenGL {offered}. Update it; LIBGL_ALWAYS_SOFTWARE=1 lets Mesa draw with the processor."
        )
    return (
        "The EGL library or a driver for it is missing. On Debian or Ubuntu: "
        "sudo apt-get install libegl1 libgl1 libgl1-mesa-dri"
    )
