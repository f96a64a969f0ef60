"""What differs between two states of the view, in words: the names of the steps that can be undone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from realtime.core.commands import CARD_NAMES, VIEW_NAMES, Action, command
from realtime.core.view_options import Card, View
from realtime.core.view_state import REMEMBERED, ViewState

# Beside what is saved, but for the notes of the first start: what a user sets for this run. What drawing writes into
# the state (the end of an automatic colour range), and what is open for a moment, is no step.
_OF_THIS_RUN = ("mirrored", "model", "disagreement", "orbit_deg", "zoom", "frozen", "pins", "views_before")
UNDOABLE = (*(name for name in REMEMBERED if name != "introduced"), *_OF_THIS_RUN)
_SHARES = ("timeline_share", "cards_share", "panel_share")
CONTINUOUS = frozenset({"colour_max", "exaggeration", "smoothing", "wipe", "orbit_deg", "zoom", *_SHARES})
_SILENT = frozenset({"views_before"})
_SWITCHES = {
    "anchors": Action.ANCHORS, "box": Action.BOX, "signed": Action.SIGNED, "colour_auto": Action.RANGE,
    "adjusted": Action.ADJUST, "panel": Action.PANEL, "stage": Action.PRESENTATION, "mirrored": Action.MIRROR,
    "disagreement": Action.DISAGREE, "frozen": Action.FREEZE, "whole": Action.WHOLE,
}  # fmt: skip
_VALUES = {
    "style": "surface", "overlay": "overlay", "colours": "colour map", "signed_colours": "colour map",
    "colour_max": "colour range", "exaggeration": "exaggeration", "smoothing": "smoothing", "wipe": "wipe",
    "model": "residual of another model", "orbit_deg": "orbit", "zoom": "zoom", "pins": "pinned vertices",
    "timeline_share": "height of the timeline", "cards_share": "height of the cards",
    "panel_share": "width of the panel",
}  # fmt: skip

Snapshot = Mapping[str, Any]


def snapshot(ui: ViewState) -> Snapshot:
    """What can be undone, as it is now; all values are immutable."""
    return {name: getattr(ui, name) for name in UNDOABLE}


def restore(ui: ViewState, state: Snapshot) -> None:
    """Set the view to what it was."""
    for name, value in state.items():
        setattr(ui, name, value)


def changed(before: Snapshot, after: Snapshot) -> frozenset[str]:
    """The names of what differs."""
    return frozenset(name for name in UNDOABLE if before[name] != after[name])


def change_text(before: Snapshot, after: Snapshot) -> str:
    """What was changed, in a few words: "heat map shown"; empty where nothing was."""
    names = [name for name in UNDOABLE if before[name] != after[name] and name not in _SILENT]
    if len(names) > 2:
        return f"{len(names)} settings"
    return ", ".join(_text(name, before[name], after[name]) for name in names)


def _text(name: str, before: Any, after: Any) -> str:
    if name == "views":
        return _shown_text({view: VIEW_NAMES[view] for view in View}, before, after, "views")
    if name == "cards":
        return _shown_text({card: CARD_NAMES[card] for card in Card}, before, after, "plots")
    label = command(_SWITCHES[name]).label.lower() if name in _SWITCHES else _VALUES.get(name, name.replace("_", " "))
    if isinstance(after, bool):
        return f"{label} {'on' if after else 'off'}"
    if isinstance(after, StrEnum):
        return f"{label} {after}"
    if name == "colour_max":
        return f"{label} {after:g} %"
    return f"{label} {after:g}" if name in ("exaggeration", "smoothing") else label


def _shown_text(names: Mapping[Any, str], before: Sequence[Any], after: Sequence[Any], several: str) -> str:
    come = [names[one].lower() for one in after if one not in before]
    gone = [names[one].lower() for one in before if one not in after]
    if len(gone) > 1 and len(after) == 1:
        return f"{names[after[0]].lower()} shown alone"
    if not (come or gone):
        return f"{several} swapped"
    if len(come) + len(gone) > 2:
        return f"{several} changed"
    shown = [f"{', '.join(come)} shown"] if come else []
    hidden = [f"{', '.join(gone)} hidden"] if gone else []
    return ", ".join(shown + hidden)
