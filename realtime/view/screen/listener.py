"""Protocol for controls that handle mouse and keys before the views do."""

from __future__ import annotations

from typing import Protocol


class Listener(Protocol):
    """Controls in the window: they get the mouse and the keys before the views do. Places are in pixels."""

    @property
    def typing(self) -> bool:
        """Whether a text field has the keyboard focus."""
        ...

    def claims(self, x: float, y: float) -> bool:
        """Whether this place belongs to the controls, so that dragging and the wheel do not orbit or zoom."""
        ...

    def pressed(self, x: float, y: float) -> bool:
        """The left button went down; True where that has done what it was for, and nothing else may come of it."""
        ...

    def key(self, name: str) -> bool:
        """A key was pressed, named as in the table of commands; True where it was meant for the controls."""
        ...
