"""Creating a glfw window with an OpenGL context, and the error messages where that fails."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import glfw
import moderngl

from realtime.core.errors import DisplayError
from realtime.core.printable import printable
from realtime.view.screen.icon import draw_icon
from realtime.view.screen.monitors import Area
from realtime.view.screen.offscreen import NEEDS_GL

log = logging.getLogger(__name__)

_SMALLEST = (480, 320)  # layout units
_APP = "meshmirror"  # by which desktops group windows and find their settings
_DEBIAN = "On Debian or Ubuntu: sudo apt-get install libgl1 libgl1-mesa-dri"


def start_glfw() -> None:
    """Start the library. Raises DisplayError outside of the main thread, and where there is no display."""
    if threading.current_thread() is not threading.main_thread():
        # macOS ends a process that makes a window elsewhere, since AppKit's objects belong to the main thread; the
        # reference of glfwInit, glfwCreateWindow and glfwPollEvents demands it of every platform.
        raise DisplayError("A window can be opened in the main thread only; draw offscreen in other threads.")
    reports: list[str] = []
    glfw.set_error_callback(lambda code, text: reports.append(message_text(text)))
    # Inside a bundle glfw would change the working folder, and relative paths of the command line with it (GLFW's
    # introduction guide, "macOS specific init hints"). The menu bar stays: without it there is no Cmd+Q.
    glfw.init_hint(glfw.COCOA_CHDIR_RESOURCES, False)
    if not glfw.init():
        reason = reports[-1] if reports else "no display was found"
        raise DisplayError(
            f"No window can be opened: {reason}. Is a desktop running, and DISPLAY or WAYLAND_DISPLAY set? "
            "Without one, use --headless; under Debian or Ubuntu `xvfb-run meshmirror` makes a display "
            "(sudo apt-get install xvfb)."
        )
    glfw.set_error_callback(lambda code, text: log.warning("glfw: %s (%#x)", message_text(text), code))


def create(title: str, size: tuple[int, int], visible: bool) -> Any:
    """A window of `size` layout units. Raises DisplayError with the driver's reason and the way out."""
    reports: list[str] = []
    with reporting_to(reports):
        # A driver reports a GPU reset only if the context asks for it (KHR_robustness); one that does not support it
        # may refuse the context, so a second attempt goes without.
        for robustness in (glfw.LOSE_CONTEXT_ON_RESET, glfw.NO_ROBUSTNESS):
            _hint(visible)
            glfw.window_hint(glfw.CONTEXT_ROBUSTNESS, robustness)
            window = glfw.create_window(*size, printable(title), None, None)
            if window:
                break
        offered = "" if window else _offered()
    if not window:
        reason = reports[0] if reports else "the driver gave no reason"
        raise DisplayError(f"No window with OpenGL 3.3 can be opened: {reason}. {_way_out(offered)}")
    # Below this size text does not fit; the desktop enforces it, and the layout survives where it does not.
    least_w, least_h = (min(side, least) for side, least in zip(size, _SMALLEST, strict=True))
    glfw.set_window_size_limits(window, least_w, least_h, glfw.DONT_CARE, glfw.DONT_CARE)
    if glfw.get_platform() in (glfw.PLATFORM_X11, glfw.PLATFORM_WIN32):  # elsewhere it belongs to an installed program
        glfw.set_window_icon(window, 1, [draw_icon()])  # type: ignore[list-item]  # glfw takes a tuple as well
    return window


@dataclass(frozen=True, slots=True)
class Monitor:
    """A monitor as the desktop has it."""

    handle: Any  # glfw's
    area: Area
    refresh_hz: int


def connected_monitors() -> list[Monitor]:
    """All monitors, the desktop's primary one first."""
    found = []
    for handle in glfw.get_monitors():
        mode = glfw.get_video_mode(handle)
        area = (*glfw.get_monitor_pos(handle), mode.size.width, mode.size.height)
        found.append(Monitor(handle, area, mode.refresh_rate))
    return found


def create_beside(title: str, monitor: Monitor, main: Any) -> Any:
    """A window that fills a monitor in the mode that it has, and shares the objects of another window's context.

    Raises DisplayError with the driver's reason.
    """
    reports: list[str] = []
    with reporting_to(reports):
        # Contexts share only with those that are told of a reset in the same way.
        robustness = glfw.get_window_attrib(main, glfw.CONTEXT_ROBUSTNESS)
        _hint(visible=True)
        glfw.window_hint(glfw.CONTEXT_ROBUSTNESS, robustness)
        glfw.window_hint(glfw.REFRESH_RATE, monitor.refresh_hz)
        window = glfw.create_window(*monitor.area[2:], printable(title), monitor.handle, main)
    if not window:
        raise DisplayError(f"no second window can be opened: {reports[0] if reports else 'the driver gave no reason'}.")
    return window


def context() -> moderngl.Context:
    """ModernGL over the window that is current. Raises DisplayError."""
    try:
        return moderngl.create_context(require=NEEDS_GL)
    except Exception as cause:  # moderngl raises bare Exception for every kind of missing driver
        raise DisplayError(f"The window's OpenGL cannot be used ({cause}). {_way_out('')}") from cause


@contextmanager
def reporting_to(reports: list[str]) -> Iterator[None]:
    """Collect glfw's error reports in a list."""
    before = glfw.set_error_callback(lambda code, text: reports.append(message_text(text)))
    try:
        yield
    finally:
        if before is not None:
            glfw.set_error_callback(before)


def message_text(text: str | bytes) -> str:
    """A glfw message as str; it comes as bytes or str."""
    return text.decode(errors="replace") if isinstance(text, bytes) else text


def _hint(visible: bool) -> None:
    glfw.default_window_hints()
    glfw.window_hint(glfw.CONTEXT_VERSION_MAJOR, NEEDS_GL // 100)
    glfw.window_hint(glfw.CONTEXT_VERSION_MINOR, NEEDS_GL // 10 % 10)
    glfw.window_hint(glfw.OPENGL_PROFILE, glfw.OPENGL_CORE_PROFILE)
    glfw.window_hint(glfw.OPENGL_FORWARD_COMPAT, True)
    glfw.window_hint(glfw.VISIBLE, visible)
    # Pixels are layout units x content scale on every platform, and never twice that, because each of the two hints
    # counts where the other does not (GLFW's window guide): where a screen coordinate is a pixel (Windows, X11) the
    # first makes the window larger; where it is not (macOS, Wayland) the second makes its framebuffer larger.
    glfw.window_hint(glfw.SCALE_TO_MONITOR, True)
    glfw.window_hint(glfw.COCOA_RETINA_FRAMEBUFFER, True)  # GLFW 3.4 calls the same hint SCALE_FRAMEBUFFER
    glfw.window_hint(glfw.SAMPLES, 0)  # the faces smooth their own outlines
    glfw.window_hint(glfw.DEPTH_BITS, 0)
    glfw.window_hint(glfw.ALPHA_BITS, 0)
    # A mirror that fills a second monitor stays there when another window gets the focus.
    glfw.window_hint(glfw.AUTO_ICONIFY, False)
    glfw.window_hint_string(glfw.X11_CLASS_NAME, _APP)
    glfw.window_hint_string(glfw.X11_INSTANCE_NAME, _APP)
    glfw.window_hint_string(glfw.WAYLAND_APP_ID, _APP)


def _offered() -> str:
    """The version of OpenGL that the driver does offer; "" where it offers none."""
    glfw.default_window_hints()  # default hints ask for the highest version
    glfw.window_hint(glfw.VISIBLE, False)
    window = glfw.create_window(64, 64, _APP, None, None)
    if not window:
        return ""
    attributes = (glfw.CONTEXT_VERSION_MAJOR, glfw.CONTEXT_VERSION_MINOR)
    version = ".".join(str(glfw.get_window_attrib(window, name)) for name in attributes)
    glfw.destroy_window(window)
    return version


def _way_out(offered: str) -> str:
    linux = sys.platform.startswith("linux")
    if offered:
        software = " LIBGL_ALWAYS_SOFTWARE=1 lets Mesa draw with the processor." if linux else ""
        return f"The driver offers OpenGL {offered}. Update it, or use --headless.{software}"
    return "Update the graphics driver, or use --headless." + (f" {_DEBIAN}" if linux else "")
