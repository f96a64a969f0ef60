"""The interface of a picture on another monitor than the window's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import moderngl


class Output(Protocol):
    """A picture that fills another monitor than that of its screen; for the main thread only."""

    @property
    def framebuffer(self) -> moderngl.Framebuffer:
        """What to draw into, with the screen's context."""
        ...

    @property
    def size_px(self) -> tuple[int, int]:
        """(width, height) of the framebuffer."""
        ...

    @property
    def scale(self) -> float:
        """Pixels for one unit of layout."""
        ...

    @property
    def alive(self) -> bool:
        """Whether it is still there: monitors are unplugged, windows are closed."""
        ...

    def show(self) -> None:
        """Show what was drawn."""
        ...

    def close(self) -> None:
        """Close it; may be called twice."""
        ...
