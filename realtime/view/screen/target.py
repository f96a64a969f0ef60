"""The interface of what a view draws into."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import moderngl


class Target(Protocol):
    """What can be drawn into; for the main thread only."""

    @property
    def framebuffer(self) -> moderngl.Framebuffer:
        """What to draw into."""
        ...

    @property
    def size_px(self) -> tuple[int, int]:
        """(width, height) of the framebuffer; with a 0 in it while minimised, when nothing may be drawn."""
        ...

    @property
    def scale(self) -> float:
        """Pixels of the framebuffer for one unit of layout: 2 on a high-density display."""
        ...

    def close(self) -> None:
        """Free it; may be called twice, and nothing may be drawn afterwards."""
        ...
