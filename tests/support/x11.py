"""What window managers and desktops tell an X server, told by the tests: Xvfb has neither."""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

NORMAL, ICONIC = 1, 3  # ICCCM 4.1.3.1
_RESOURCE_MANAGER, _STRING = 23, 31  # X11/Xatom.h


class _CursorImage(ctypes.Structure):
    _fields_ = (
        ("x", ctypes.c_short), ("y", ctypes.c_short), ("width", ctypes.c_ushort), ("height", ctypes.c_ushort),
        ("xhot", ctypes.c_ushort), ("yhot", ctypes.c_ushort), ("serial", ctypes.c_ulong),
        ("pixels", ctypes.POINTER(ctypes.c_ulong)), ("atom", ctypes.c_ulong), ("name", ctypes.c_char_p),
    )  # fmt: skip


class Desktop:
    """A connection of its own to an X server."""

    def __init__(self, display: str) -> None:
        self._x11: Any = ctypes.CDLL("libX11.so.6")
        place, number, whole = ctypes.c_void_p, ctypes.c_ulong, ctypes.c_int
        for name, answer, *given in (
            ("XOpenDisplay", place, ctypes.c_char_p),
            ("XInternAtom", number, place, ctypes.c_char_p, whole),
            ("XDefaultRootWindow", number, place),
            ("XChangeProperty", whole, place, number, number, number, whole, whole, place, whole),
            ("XDeleteProperty", whole, place, number, number),
            ("XMapWindow", whole, place, number),
            ("XUnmapWindow", whole, place, number),
            ("XFlush", whole, place),
            ("XCloseDisplay", whole, place),
        ):
            function = getattr(self._x11, name)
            function.restype, function.argtypes = answer, given
        self._connection = self._x11.XOpenDisplay(display.encode())
        if not self._connection:  # to libX11 a null pointer is a crash of the whole process
            raise ConnectionError(f"the X server {display} is gone")

    def set_state(self, window: int, state: int) -> None:
        """Minimise or restore a window, as window managers do it (ICCCM 4.1.3.1 and 4.1.4)."""
        name = self._x11.XInternAtom(self._connection, b"WM_STATE", 0)
        self._x11.XChangeProperty(self._connection, window, name, name, 32, 0, (ctypes.c_long * 2)(state, 0), 2)
        (self._x11.XUnmapWindow if state == ICONIC else self._x11.XMapWindow)(self._connection, window)
        self._x11.XFlush(self._connection)

    @contextmanager
    def resources(self, text: bytes) -> Iterator[None]:
        """X resources of the display, into which desktops write their settings."""
        root = self._x11.XDefaultRootWindow(self._connection)
        self._x11.XChangeProperty(self._connection, root, _RESOURCE_MANAGER, _STRING, 8, 0, text, len(text))
        self._x11.XFlush(self._connection)
        yield
        self._x11.XDeleteProperty(self._connection, root, _RESOURCE_MANAGER)
        self._x11.XFlush(self._connection)

    def pointer_picture(self) -> bytes:
        """The pixels of the mouse's pointer."""
        fixes: Any = ctypes.CDLL("libXfixes.so.3")
        fixes.XFixesGetCursorImage.restype = ctypes.POINTER(_CursorImage)
        fixes.XFixesGetCursorImage.argtypes = [ctypes.c_void_p]
        image = fixes.XFixesGetCursorImage(self._connection).contents
        return bytes(bytearray(int(image.pixels[at]) & 0xFF for at in range(image.width * image.height)))

    def close(self) -> None:
        """End the connection."""
        self._x11.XCloseDisplay(self._connection)


@contextmanager
def desktop(display: str) -> Iterator[Desktop]:
    """A desktop for as long as it is needed."""
    found = Desktop(display)
    try:
        yield found
    finally:
        found.close()


def press_close_button(display: str, window: int) -> None:
    """What a window manager sends when the button is pressed: WM_DELETE_WINDOW."""
    x11 = ctypes.CDLL("libX11.so.6")
    x11.XOpenDisplay.restype = ctypes.c_void_p
    x11.XInternAtom.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int]
    x11.XInternAtom.restype = ctypes.c_ulong
    x11.XSendEvent.argtypes = [ctypes.c_void_p, ctypes.c_ulong, ctypes.c_int, ctypes.c_long, ctypes.c_void_p]
    x11.XCloseDisplay.argtypes = [ctypes.c_void_p]
    connection = x11.XOpenDisplay(display.encode())
    if not connection:
        raise ConnectionError(f"the X server {display} is gone")
    protocols, delete = (x11.XInternAtom(connection, name, 0) for name in (b"WM_PROTOCOLS", b"WM_DELETE_WINDOW"))
    # XClientMessageEvent: type, serial, send_event, display, window, message_type, format, data.l[0..4]
    client_message = 33
    fields = (client_message, 0, 1, connection, window, protocols, 32, delete, 0, 0, 0, 0)
    event = struct.pack("@iLiPLLi5l", *fields)
    x11.XSendEvent(connection, window, 0, 0, ctypes.create_string_buffer(event, 192))
    x11.XCloseDisplay(connection)
