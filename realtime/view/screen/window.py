"""The window on the desktop: glfw, its keys and its mouse."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

import glfw
import numpy as np
from imgui_bundle import imgui

from realtime.core.commands import BY_KEY, REPEATING, Action, CloseWindow, OpenPath, Request
from realtime.core.errors import DisplayError, DisplayLostError
from realtime.core.types import ByteArray
from realtime.core.view_state import ViewState
from realtime.view.gl.orbit_camera import MAX_ZOOM, MIN_ZOOM, clamp_orbit
from realtime.view.screen.cursors import Cursors
from realtime.view.screen.display_connection import DisplayConnection
from realtime.view.screen.glfw_setup import (
    connected_monitors,
    context,
    create,
    message_text,
    reporting_to,
    start_glfw,
)
from realtime.view.screen.imgui_keys import feed_character, feed_key
from realtime.view.screen.key_names import key_name
from realtime.view.screen.listener import Listener
from realtime.view.screen.monitors import Area, holding
from realtime.view.screen.offscreen import read_pixels
from realtime.view.screen.output import Output
from realtime.view.screen.output_window import OutputWindow, open_beside

_COMMAND = glfw.MOD_CONTROL | glfw.MOD_SUPER  # Ctrl, and Cmd on a Mac
_DEGREES_A_POINT = 0.4
_ZOOM_A_NOTCH = 1.1
_OUTSIDE = float(np.finfo(np.float32).min)  # imgui's value for a mouse outside the window
_DOUBLE_CLICK_S, _DOUBLE_CLICK_POINTS = 0.35, 6.0


class Window:
    """A window with an OpenGL 3.3 context. Raises DisplayError where none can be opened, and outside the main thread.

    For the main thread only. `close` may be called twice; after it drawing, `swap` and `poll` do nothing, because glfw
    aborts the process when a destroyed window is swapped. Once the display is lost `wait`, `poll` and `swap` raise
    DisplayLostError, and `close` leaves glfw and OpenGL as they are: drivers need the display to free anything.
    """

    def __init__(
        self, title: str, size: tuple[int, int], vsync: bool = True, visible: bool = True, fullscreen: bool = False
    ) -> None:
        self.visible = visible  # whether there is a window to look at
        self.listener: Listener | None = None
        self._input_received = True  # user input, or a redraw requested by the desktop
        self._window: Any = None
        self._title = title
        self._output: OutputWindow | None = None
        self._actions: list[Request] = []
        self._digit: Request | None = None  # request of the last press of a digit key
        self._orbited = (0.0, 0.0)
        self._zoomed = 1.0
        self._drag_from: tuple[float, float] | None = None
        self._pressed_at: tuple[float, float, float] | None = None
        self._cursor = (0.0, 0.0)
        self._size = (0, 0)
        self._pixels: ByteArray = np.empty((0, 0, 4), np.uint8)
        self._before: Area = (0, 0, *size)  # where the window was before it filled its monitor
        start_glfw()
        try:
            self._window = create(title, size, visible)
            self._connection = DisplayConnection(self._window)
            glfw.make_context_current(self._window)
            # Under Wayland a swap that waits for the display waits for ever while the window is hidden (glfw's issue
            # 1350), and half a picture is never shown whatever the interval.
            waits = vsync and glfw.get_platform() != glfw.PLATFORM_WAYLAND
            glfw.swap_interval(1 if waits else 0)
            self.ctx = context()
            self._reset_status = _reset_status()
        except DisplayError:
            self._destroy()
            raise
        self._color = self.ctx.renderbuffer((1, 1), 4)
        self.framebuffer = self.ctx.framebuffer([self._color])
        self._cursors = Cursors(self._window)
        self._listen()
        if fullscreen:
            self.toggle_fullscreen()
        self._resize_framebuffer()

    @property
    def size_px(self) -> tuple[int, int]:
        """(width, height) in pixels as of the last `poll`; with a 0 in it while minimised, and once closed."""
        return self._size

    @property
    def scale(self) -> float:
        """Content scale: framebuffer pixels per layout unit, 2 on a high-density display.

        It changes when the window moves to another monitor, so it is queried every frame.
        """
        if self._window is None:
            return 1.0
        return max(1.0, float(glfw.get_window_content_scale(self._window)[0]))

    @property
    def lost(self) -> bool:
        """Whether the GPU was reset and the context with all its objects is lost; only a new window helps.

        0.2 us over llvmpipe, so that it can be queried after every frame.
        """
        return self._window is not None and self._reset_status() != 0

    @property
    def fullscreen(self) -> bool:
        """Whether it fills a monitor. When that is unplugged, glfw makes it a window by itself."""
        return self._window is not None and bool(glfw.get_window_monitor(self._window))

    def toggle_fullscreen(self) -> None:
        """Fill the monitor that shows most of the window, or restore the former position and size."""
        window = self._window
        if window is None:
            return
        if self.fullscreen:
            glfw.set_window_monitor(window, None, *self._before, glfw.DONT_CARE)  # type: ignore[arg-type]
            return
        with reporting_to([]):  # Wayland does not report window positions
            self._before = (*glfw.get_window_pos(window), *glfw.get_window_size(window))
        monitors = connected_monitors()
        if not monitors:
            return
        here = monitors[holding(self._before, [monitor.area for monitor in monitors])]
        # In the mode that the monitor has, so that no other window is moved about.
        glfw.set_window_monitor(window, here.handle, 0, 0, *here.area[2:], here.refresh_hz)

    def open_output(self) -> Output | None:
        """A picture that fills another monitor; None where there is no other one. Raises DisplayError."""
        if self._window is None:
            return None
        if self._output is not None:
            self._output.close()
        with reporting_to([]):  # Wayland does not report window positions
            self._output = open_beside(self._title, self._window, self.ctx)
        if self._output is not None:
            self._output.forward_keys(self._on_key, self._on_char)
        return self._output

    def poll(self, ui: ViewState) -> list[Request]:
        """Process desktop events, apply drags and the wheel to `ui`, and return the requests since the last call.

        The close button is `CloseWindow`; the window is not closed by it.
        """
        if self._window is None:
            return []
        self._cursors.follow()
        glfw.poll_events()
        self._check_display()
        if glfw.window_should_close(self._window):
            glfw.set_window_should_close(self._window, False)
            self._actions.append(CloseWindow())
        if self._orbited != (0.0, 0.0):
            azimuth, elevation = ui.orbit_deg
            ui.orbit_deg = clamp_orbit(azimuth + self._orbited[0], elevation + self._orbited[1])
            self._orbited = (0.0, 0.0)
        if self._zoomed != 1.0:
            ui.zoom = float(np.clip(ui.zoom * self._zoomed, MIN_ZOOM, MAX_ZOOM))
            self._zoomed = 1.0
        self._resize_framebuffer()
        actions, self._actions = self._actions + ui.actions, []
        ui.actions = []
        return actions

    def wait(self, seconds: float) -> bool:
        """Sleep until the user does something, `wake` is called or the time is over; whether the user did anything."""
        if self._window is not None:
            glfw.wait_events_timeout(max(seconds, 0.0))
            self._check_display()
        received, self._input_received = self._input_received, False
        return received

    def wake(self) -> None:
        """End a `wait`; the one call that any thread may make."""
        if self._window is not None:
            glfw.post_empty_event()

    def copy(self, text: str) -> bool:
        """Put a text into the desktop's clipboard; False where there is none."""
        if self._window is None:
            return False
        reports: list[str] = []
        with reporting_to(reports):
            glfw.set_clipboard_string(None, text)  # type: ignore[arg-type]  # glfw warns where a window is named
        return not reports

    def paste(self) -> str | None:
        """The clipboard's text; None where it has none."""
        if self._window is None:
            return None
        with reporting_to([]):  # what is no text is an error to glfw
            text = glfw.get_clipboard_string(None)  # type: ignore[arg-type]
        return None if text is None else message_text(text)

    def swap(self) -> None:
        """Show what was drawn; returns when it is shown where vsync is on, and does nothing while minimised."""
        if self._window is None or min(self._size) == 0:
            return
        self.ctx.copy_framebuffer(self.ctx.screen, self.framebuffer)
        glfw.swap_buffers(self._window)
        # A swap only queues its picture, and drivers let a program run ahead of the display: each picture in the queue
        # adds a refresh of latency between camera and display. glFinish after the swap limits it to one (glfw's
        # tests/inputlag.c, and its pull request 973 with the timing). Over llvmpipe it costs 0.2 us.
        self.ctx.finish()
        self._check_display()

    def read(self) -> ByteArray:
        """What was drawn last, (h, w, 3) RGB with the top row first; the array is the caller's."""
        if self._window is None:
            return np.empty((0, 0, 3), np.uint8)
        width, height = self.framebuffer.size
        if self._pixels.shape[:2] != (height, width):
            self._pixels = np.empty((height, width, 4), np.uint8)
        return read_pixels(self.framebuffer, self._pixels)

    def close(self) -> None:
        """Destroy the window and its context; may be called twice."""
        if self._window is None:
            return
        if self._connection.error:
            self._window, self._size = None, (0, 0)
            return
        if self._output is not None:
            self._output.close()
        self.ctx.release()
        self._destroy()

    def __enter__(self) -> Window:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _destroy(self) -> None:
        window, self._window, self._size = self._window, None, (0, 0)
        if window is not None:
            glfw.destroy_window(window)
        glfw.terminate()

    def _check_display(self) -> None:
        """Raises DisplayLostError."""
        reason = self._connection.error
        if reason:
            raise DisplayLostError(f"The window is gone: {reason}.")

    def _resize_framebuffer(self) -> None:
        """Draw into a framebuffer of the window's size, not into the window itself.

        A driver resizes the window's buffers some time after the window, and the contents of covered windows are
        undefined. Recordings must not depend on either.
        """
        width, height = glfw.get_framebuffer_size(self._window)
        if glfw.get_window_attrib(self._window, glfw.ICONIFIED):
            width = height = 0
        self._check_display()  # a size of a lost display is a random number
        self._size = size = (width, height)
        if min(size) > 0 and size != self.framebuffer.size and not self.lost:
            self.framebuffer.release()
            self._color.release()
            self._color = self.ctx.renderbuffer(size, 4)
            self.framebuffer = self.ctx.framebuffer([self._color])

    # What the desktop reports ---------------------------------------------------------------------------------------

    def _listen(self) -> None:
        glfw.set_key_callback(self._window, self._on_key)
        glfw.set_char_callback(self._window, self._on_char)
        glfw.set_cursor_pos_callback(self._window, self._on_move)
        glfw.set_cursor_enter_callback(self._window, self._on_enter)
        glfw.set_mouse_button_callback(self._window, self._on_button)
        glfw.set_scroll_callback(self._window, self._on_scroll)
        glfw.set_drop_callback(self._window, self._on_drop)  # type: ignore[arg-type]  # glfw hands on a list
        # What changes the window without a key or the mouse: uncovered, resized, minimised, moved to another monitor.
        glfw.set_window_refresh_callback(self._window, self._on_change)
        glfw.set_framebuffer_size_callback(self._window, self._on_change)
        glfw.set_window_iconify_callback(self._window, self._on_change)
        glfw.set_window_content_scale_callback(self._window, self._on_change)

    def _on_drop(self, _window: Any, paths: list[str]) -> None:
        self._input_received = True
        if paths:  # one thing is shown at a time
            self._actions.append(OpenPath(paths[0]))

    def _on_change(self, _window: Any, *_: Any) -> None:
        self._input_received = True

    def _on_key(self, _window: Any, key: int, scancode: int, action: int, mods: int) -> None:
        self._input_received = True
        if self.listener is not None:
            feed_key(key, action != glfw.RELEASE, mods)
            if self.listener.typing:
                return
        if action == glfw.RELEASE:
            return
        name = key_name(key, scancode)
        if not name or mods & glfw.MOD_ALT:
            return
        if mods & _COMMAND:
            shifted = f"Ctrl+Shift+{name}"
            name = shifted if mods & glfw.MOD_SHIFT and shifted in BY_KEY else f"Ctrl+{name}"
        elif mods & glfw.MOD_SHIFT and f"Shift+{name}" in BY_KEY:
            name = f"Shift+{name}"
        if action == glfw.REPEAT and BY_KEY.get(name) not in REPEATING:
            return
        if (self.listener is None or not self.listener.key(name)) and name in BY_KEY:
            self._actions.append(BY_KEY[name])
            self._digit = BY_KEY[name] if name[-1].isdigit() and len(name) in (1, len("Shift+1")) else None

    def _on_char(self, _window: Any, character: int) -> None:
        self._input_received = True
        if self.listener is not None:
            feed_character(character)
            if self.listener.typing:
                return
        # Punctuation is elsewhere on every keyboard, so it is handled as characters and not as keys.
        sign = chr(character)
        if sign in BY_KEY and not sign.isalnum() and not (self.listener is not None and self.listener.key(sign)):
            if self._digit is not None and self._actions[-1:] == [self._digit]:
                self._actions.pop()  # the key is a digit's on another keyboard, and this press meant the sign
            self._actions.append(BY_KEY[sign])
        self._digit = None

    def _in_pixels(self, x: float, y: float) -> tuple[float, float]:
        """From the desktop's points, in which glfw reports the mouse, to pixels, in which all is drawn."""
        points = glfw.get_window_size(self._window)
        factor = self._size[0] / max(points[0], 1)
        return x * factor, y * factor

    def _claimed(self) -> bool:
        return self.listener is not None and self.listener.claims(*self._in_pixels(*self._cursor))

    def _on_move(self, _window: Any, x: float, y: float) -> None:
        self._input_received = True
        if imgui.get_current_context() is not None:
            imgui.get_io().add_mouse_pos_event(*self._in_pixels(x, y))
        self._cursor = (x, y)
        if self._drag_from is not None:
            dx, dy = x - self._drag_from[0], y - self._drag_from[1]
            # The face follows the mouse, so the camera moves the other way.
            self._orbited = self._orbited[0] - dx * _DEGREES_A_POINT, self._orbited[1] + dy * _DEGREES_A_POINT
            self._drag_from = (x, y)

    def _on_enter(self, _window: Any, entered: int) -> None:
        self._input_received = True
        if not entered and imgui.get_current_context() is not None:
            imgui.get_io().add_mouse_pos_event(_OUTSIDE, _OUTSIDE)

    def _on_button(self, _window: Any, button: int, action: int, _mods: int) -> None:
        self._input_received = True
        pressed = button == glfw.MOUSE_BUTTON_LEFT and action == glfw.PRESS
        if pressed and self.listener is not None and self.listener.pressed(*self._in_pixels(*self._cursor)):
            self._pressed_at = None
            return
        if imgui.get_current_context() is not None and button in (0, 1, 2):
            imgui.get_io().add_mouse_button_event(button, action == glfw.PRESS)
        if button != glfw.MOUSE_BUTTON_LEFT:
            return
        if action != glfw.PRESS:
            self._drag_from = None
            return
        if self._claimed():
            self._pressed_at = None
            return
        x, y = self._cursor  # as reported up to this press; asking would give where the pointer is by now
        now = glfw.get_time()
        before, self._pressed_at = self._pressed_at, (now, x, y)
        self._drag_from = (x, y)
        if before is not None and now - before[0] < _DOUBLE_CLICK_S:
            near = abs(x - before[1]) + abs(y - before[2]) < _DOUBLE_CLICK_POINTS
            if near:
                self._actions.append(Action.RESET)
                self._pressed_at = None

    def _on_scroll(self, _window: Any, dx: float, dy: float) -> None:
        self._input_received = True
        if self._claimed():
            imgui.get_io().add_mouse_wheel_event(dx, dy)
            return
        self._zoomed *= _ZOOM_A_NOTCH**dy


def _reset_status() -> Callable[[], int]:
    """glGetGraphicsResetStatus of the current context, which gives 0 while all is well.

    OpenGL 4.5 has it, and with KHR_robustness or ARB_robustness any version; macOS has none of them.
    """
    for name in ("glGetGraphicsResetStatus", "glGetGraphicsResetStatusKHR", "glGetGraphicsResetStatusARB"):
        address: Any = glfw.get_proc_address(name)
        if address:
            # Windows' OpenGL is called like the rest of Windows.
            convention = getattr(ctypes, "WINFUNCTYPE", ctypes.CFUNCTYPE)
            status: Callable[[], int] = convention(ctypes.c_uint)(address)
            return status
    return lambda: 0
