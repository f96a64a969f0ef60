"""The interface of what is drawn into: a window, or the same without a display."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from realtime.core.commands import Request
from realtime.core.errors import DisplayError
from realtime.core.system_packages import explain
from realtime.core.types import ByteArray
from realtime.core.view_state import ViewState
from realtime.view.screen.listener import Listener
from realtime.view.screen.output import Output
from realtime.view.screen.target import Target

if TYPE_CHECKING:
    import moderngl


class Screen(Target, Protocol):
    """What a window and an offscreen target have in common; for the main thread only."""

    visible: bool  # whether there is a window to look at
    listener: Listener | None  # set by the view that has controls in it

    @property
    def ctx(self) -> moderngl.Context:
        """The OpenGL 3.3 core context."""
        ...

    @property
    def lost(self) -> bool:
        """Whether the OpenGL context is gone with a reset of the graphics card; then only `close` makes sense."""
        ...

    @property
    def fullscreen(self) -> bool:
        """Whether it fills a monitor."""
        ...

    def toggle_fullscreen(self) -> None:
        """Fill the monitor that holds most of the window, and back; the size changes with one of the next polls."""
        ...

    def open_output(self) -> Output | None:
        """A picture that fills another monitor; None where there is no other one. Raises DisplayError."""
        ...

    def poll(self, ui: ViewState) -> list[Request]:
        """Take what the user did since the last call; drags and the wheel change `ui` at once."""
        ...

    def wait(self, seconds: float) -> bool:
        """Sleep until the user does something, `wake` is called or the time is over; whether the user did anything."""
        ...

    def wake(self) -> None:
        """End a `wait`; the one call that any thread may make."""
        ...

    def copy(self, text: str) -> bool:
        """Put a text into the desktop's clipboard; False where there is none."""
        ...

    def paste(self) -> str | None:
        """The clipboard's text; None where it has none, or there is no clipboard."""
        ...

    def swap(self) -> None:
        """Present the frame; returns once it is queued for the display, the point up to which latency is measured."""
        ...

    def read(self) -> ByteArray:
        """The picture as (height, width, 3) RGB, top row first; valid until the next call."""
        ...


def open_window(
    title: str, size: tuple[int, int], vsync: bool = True, visible: bool = True, fullscreen: bool = False
) -> Screen:
    """A window of `size` layout units, or one that fills its monitor. Raises DisplayError with the way out."""
    try:
        from realtime.view.screen.window import Window
    except (ImportError, OSError) as error:
        raise DisplayError(f"No window can be opened. {explain(error)}") from error
    return Window(title, size, vsync=vsync, visible=visible, fullscreen=fullscreen)


def open_offscreen(size: tuple[int, int], scale: float = 1.0) -> Screen:
    """A target of `size` pixels that needs no display. Raises DisplayError with the way out."""
    try:
        from realtime.view.screen.offscreen import Offscreen
    except (ImportError, OSError) as error:
        raise DisplayError(f"Nothing can be drawn. {explain(error)}") from error
    return Offscreen(size, scale=scale)
