"""Detects that the connection to the X server or the Wayland compositor is gone, or that the window was destroyed.

By default Xlib ends the process for both, in the middle of whatever it is doing; a recording would then be cut off. The
handlers that are installed here note the error instead, after which calls of Xlib return at once. No value that a call
returned after the loss is meaningful: sizes are those of uninitialised memory.
"""

from __future__ import annotations

import ctypes
import logging
from typing import Any

import glfw

log = logging.getLogger(__name__)

_BAD_WINDOW, _BAD_DRAWABLE = 3, 9  # X11/X.h
_gone: set[int] = set()  # addresses of Xlib's connections that can be used no longer
_destroyed: set[int] = set()  # X windows that were named in a BadWindow or BadDrawable


class _XErrorEvent(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int), ("display", ctypes.c_void_p), ("resource", ctypes.c_ulong), ("serial", ctypes.c_ulong),
        ("error", ctypes.c_ubyte), ("request", ctypes.c_ubyte), ("minor", ctypes.c_ubyte),
    )  # fmt: skip


def _on_exit(display: int, _: object) -> None:
    """Called where Xlib would end the process: the connection is gone."""
    _gone.add(display)


def _on_io_error(_: int) -> int:
    """Called before `_on_exit`; that of Xlib prints a line."""
    return 0


def _on_error(_: int, event: Any) -> int:
    """Called where a request failed; that of Xlib ends the process. Windows of other programs may end at any time."""
    found = event.contents
    log.debug("X error %d of request %d.%d", found.error, found.request, found.minor)
    if found.error in (_BAD_WINDOW, _BAD_DRAWABLE):
        _destroyed.add(found.resource)
    return 0


# They belong to the process: Xlib may call them as long as it lives.
_EXIT_HANDLER = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)(_on_exit)
_IO_ERROR_HANDLER = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p)(_on_io_error)
_ERROR_HANDLER = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.POINTER(_XErrorEvent))(_on_error)


class DisplayConnection:
    """glfw's connection to the display, for one of its windows."""

    def __init__(self, window: Any) -> None:
        """Install the handlers; `window` is that of glfw."""
        self._display: int | None = None  # Xlib's
        self._window = 0  # X's number of the window
        self._wayland: Any = None  # the function that gives the error of the connection, and its argument
        try:
            platform = glfw.get_platform()
            if platform == glfw.PLATFORM_X11:
                self._watch_x11(window)
            elif platform == glfw.PLATFORM_WAYLAND:
                self._watch_wayland()
        except (OSError, AttributeError) as error:  # libX11 before 1.7: Xlib ends the process, as it always did
            log.debug("a lost display cannot be detected: %s", error)

    @property
    def error(self) -> str:
        """Why nothing can be shown any more; empty while the connection works."""
        if self._display is not None:
            if self._display in _gone:
                return "the X server has ended or closed the connection"
            return "another program has destroyed the window" if self._window in _destroyed else ""
        if self._wayland is not None:
            get_error, display = self._wayland
            return "the Wayland compositor has ended or closed the connection" if get_error(display) else ""
        return ""

    def _watch_x11(self, window: Any) -> None:
        x11 = ctypes.CDLL("libX11.so.6")
        display = ctypes.cast(glfw.get_x11_display(), ctypes.c_void_p).value
        if display is None:
            return
        x11.XSetIOErrorExitHandler.argtypes = [ctypes.c_void_p, type(_EXIT_HANDLER), ctypes.c_void_p]
        x11.XSetIOErrorExitHandler.restype = None
        x11.XSetIOErrorExitHandler(display, _EXIT_HANDLER, None)
        x11.XSetIOErrorHandler.restype = x11.XSetErrorHandler.restype = ctypes.c_void_p
        x11.XSetIOErrorHandler(_IO_ERROR_HANDLER)
        x11.XSetErrorHandler(_ERROR_HANDLER)
        self._display, self._window = display, int(glfw.get_x11_window(window))
        _gone.discard(display)  # an earlier connection or window may have had the same one
        _destroyed.discard(self._window)

    def _watch_wayland(self) -> None:
        wayland = ctypes.CDLL("libwayland-client.so.0")
        display = ctypes.cast(glfw.get_wayland_display(), ctypes.c_void_p)
        wayland.wl_display_get_error.argtypes = [ctypes.c_void_p]
        self._wayland = wayland.wl_display_get_error, display
