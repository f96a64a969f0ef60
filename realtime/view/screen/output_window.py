"""A window that fills another monitor and shows one picture, while the controls stay where they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import glfw
import moderngl

from realtime.view.screen.glfw_setup import Monitor, connected_monitors, create_beside
from realtime.view.screen.monitors import Area, other_than


class OutputWindow:
    """What is drawn into `framebuffer`, with the OpenGL of the main window, is shown by `show`. Main thread only.

    It shares its objects with the main window, and has to be closed before that.
    """

    def __init__(self, title: str, monitor: Monitor, main: Any, ctx: moderngl.Context) -> None:
        """Fill a monitor. `main`: glfw's window of `ctx`. Raises DisplayError."""
        self._main, self._ctx = main, ctx
        self._window: Any = create_beside(title, monitor, main)
        glfw.make_context_current(self._window)
        try:
            glfw.swap_interval(0)  # the main window waits for its display; both in turn would halve the rate
            self._own = moderngl.create_context(require=330)
        finally:
            glfw.make_context_current(main)
        self._picture = ctx.texture((1, 1), 4)
        self.framebuffer = ctx.framebuffer([self._picture])
        self._seen: moderngl.Framebuffer | None = (
            None  # the same picture in the own context, which shares no framebuffer
        )
        self._resize()
        glfw.focus_window(main)  # keys and texts are typed where the controls are

    @property
    def size_px(self) -> tuple[int, int]:
        """(width, height) of the framebuffer, as of the last `show`."""
        return self.framebuffer.size

    @property
    def scale(self) -> float:
        """Content scale of its monitor."""
        return 1.0 if self._window is None else max(1.0, float(glfw.get_window_content_scale(self._window)[0]))

    @property
    def alive(self) -> bool:
        """Whether it still fills its monitor: unplugged, glfw makes it a window; the user may have closed it."""
        window = self._window
        if window is None or glfw.window_should_close(window):
            return False
        return bool(glfw.get_window_monitor(window))

    def forward_keys(self, on_key: Callable[..., None], on_char: Callable[..., None]) -> None:
        """Give keys that are pressed in it to the main window."""
        glfw.set_key_callback(self._window, on_key)
        glfw.set_char_callback(self._window, on_char)

    def show(self) -> None:
        """Show what was drawn."""
        if self._window is None:
            return
        self._ctx.finish()  # contexts run beside each other
        glfw.make_context_current(self._window)
        try:
            if self._seen is None:
                size = self.framebuffer.size
                picture = self._own.external_texture(self._picture.glo, size, 4, 0, "f1")
                self._seen = self._own.framebuffer([picture])
            self._own.copy_framebuffer(self._own.screen, self._seen)
            glfw.swap_buffers(self._window)
        finally:
            glfw.make_context_current(self._main)
        self._resize()

    def close(self) -> None:
        """Close it; may be called twice."""
        window, self._window = self._window, None
        if window is None:
            return
        self.framebuffer.release()
        self._picture.release()
        glfw.make_context_current(window)
        self._forget_seen()
        self._own.release()
        glfw.make_context_current(self._main)
        glfw.destroy_window(window)

    def _resize(self) -> None:
        """Take the window's size, which a desktop may change some time after it was asked for."""
        size = glfw.get_framebuffer_size(self._window)
        if min(size) < 1 or size == self.framebuffer.size:
            return
        glfw.make_context_current(self._window)
        self._forget_seen()
        glfw.make_context_current(self._main)
        self.framebuffer.release()
        self._picture.release()
        self._picture = self._ctx.texture(size, 4)
        self.framebuffer = self._ctx.framebuffer([self._picture])

    def _forget_seen(self) -> None:
        if self._seen is not None:
            self._seen.release()
            self._seen = None


def open_beside(title: str, main: Any, ctx: moderngl.Context) -> OutputWindow | None:
    """An output on the first monitor that does not hold the main window; None where there is no other one."""
    monitors = connected_monitors()
    place: Area = (*glfw.get_window_pos(main), *glfw.get_window_size(main))
    at = other_than(place, [monitor.area for monitor in monitors])
    return None if at is None else OutputWindow(title, monitors[at], main, ctx)
