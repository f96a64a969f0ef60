"""The interface of a picture on another monitor than the window's."""

from __future__ import annotations

from typing import Protocol

from realtime.view.screen.target import Target


class Output(Target, Protocol):
    """A picture that fills another monitor than that of its screen, whose context it is drawn with."""

    @property
    def alive(self) -> bool:
        """Whether it is still there: monitors are unplugged, windows are closed."""
        ...

    def show(self) -> None:
        """Show what was drawn."""
        ...
