"""The panel's section on several faces: which one is shown, and who chooses it."""

from __future__ import annotations

from functools import partial

from realtime.core.commands import Action
from realtime.view.mirror.controls.control_column import ButtonSpec, ControlColumn, PanelItem


def _button(c: ControlColumn, action: Action) -> None:
    c.buttons(ButtonSpec(action))


FACES = tuple(
    PanelItem((action,), partial(_button, action=action))
    for action in (Action.NEXT_FACE, Action.PREVIOUS_FACE, Action.AUTOMATIC_FACE)
)
