"""What a command changes in the view alone; the rest of them is the program's."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import TypeAlias, TypeVar

from realtime.core.commands import Action, Request, Show
from realtime.core.view_options import (
    MOST_EXAGGERATION,
    MOST_VIEWS,
    Card,
    ColorMap,
    Overlay,
    SignedMap,
    Style,
)
from realtime.core.view_state import ViewState

SMOOTHINGS = (0.0, 0.3, 0.6, 0.9)  # as the key steps through them
RANGES = (1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 12.0, 15.0, 20.0, 30.0, 40.0, 60.0, 100.0)
_EXAGGERATION_STEP, _WIPE_STEP = 0.5, 0.05
PLOTS = (Card.RESIDUAL, Card.SKILL, Card.REGIONS, Card.EMOTIONS, Card.POSE, Card.PARTS, Card.PINS)

Name = TypeVar("Name", bound=Enum)
Change: TypeAlias = Callable[[ViewState, int], None]


def apply(ui: ViewState, request: Request, models: int) -> bool:
    """Apply a request to the view, for `models` models; False if it is not the view's to handle."""
    if isinstance(request, Show):
        _show(ui, request)
        return True
    if not isinstance(request, Action) or request not in _CHANGES:
        return False
    _CHANGES[request](ui, models)
    return True


def _show(ui: ViewState, request: Show) -> None:
    view = request.view
    if request.alone:
        if ui.views == (view,) and ui.views_before:
            ui.views, ui.views_before = ui.views_before, ()
        elif ui.solo:
            ui.views = (view,)
        else:
            ui.views_before, ui.views = ui.views, (view,)
    elif ui.solo:
        before, ui.views_before = ui.views_before, ()
        ui.views = before if view in before else (*before[: MOST_VIEWS - 1], view)
    elif view not in ui.views:
        ui.views = (*ui.views[: MOST_VIEWS - 1], view)
    elif len(ui.views) > 1:
        ui.views = tuple(shown for shown in ui.views if shown is not view)


def _after(now: Name) -> Name:
    every = list(type(now))
    return every[(every.index(now) + 1) % len(every)]


def _style(ui: ViewState, _models: int) -> None:
    ui.style = Style(_after(ui.style))


def _overlay(ui: ViewState, _models: int) -> None:
    ui.overlay = Overlay(_after(ui.overlay))


def _colors(ui: ViewState, _models: int) -> None:
    """The next colour map: the diverging one while the heat map is signed."""
    if ui.signed:
        ui.signed_colours = SignedMap(_after(ui.signed_colours))
    else:
        ui.colours = ColorMap(_after(ui.colours))


def _hold(ui: ViewState, _models: int = 0) -> None:
    """Hold the colour scale at the end that it has, or let it follow again."""
    if ui.colour_auto:
        ui.colour_max = ui.colour_end
    ui.colour_auto = not ui.colour_auto


def _range(ui: ViewState, up: bool) -> None:
    if ui.colour_auto:
        _hold(ui)
    if up:
        ui.colour_max = next((step for step in RANGES if step > ui.colour_max), RANGES[-1])
    else:
        ui.colour_max = next((step for step in reversed(RANGES) if step < ui.colour_max), RANGES[0])


def _exaggerate(ui: ViewState, step: float) -> None:
    ui.exaggeration = min(max(ui.exaggeration + step, 1.0), MOST_EXAGGERATION)


def _smooth(ui: ViewState, _models: int) -> None:
    ui.smoothing = next((step for step in SMOOTHINGS if step > ui.smoothing), SMOOTHINGS[0])


def _wipe(ui: ViewState, step: float) -> None:
    ui.wipe = min(max(round(ui.wipe + step, 6), 0.0), 1.0)


def _model(ui: ViewState, models: int) -> None:
    ui.model = (ui.model + 1) % models


def _card(ui: ViewState, _models: int) -> None:
    """The next plot in the first plot's slot, after the last one none; without a plot, one after the first card."""
    at = next((at for at, card in enumerate(ui.cards) if card in PLOTS), None)
    free = [card for card in PLOTS if card not in ui.cards]
    if not free:
        return
    if at is None:
        ui.cards = (*ui.cards[:1], PLOTS[0], *ui.cards[1:])
        return
    if ui.cards == PLOTS[-1:]:
        ui.cards = ()
        return
    start = PLOTS.index(ui.cards[at])
    following = [PLOTS[(start + step) % len(PLOTS)] for step in range(1, len(PLOTS))]
    after = next(card for card in following if card in free)
    ui.cards = (*ui.cards[:at], after, *ui.cards[at + 1 :])


def _reset(ui: ViewState, _models: int) -> None:
    ui.orbit_deg, ui.zoom = (0.0, 0.0), 1.0


def _unpin(ui: ViewState, _models: int) -> None:
    ui.pins = ()


def _next_word(ui: ViewState, _models: int) -> None:
    ui.explained += 1


def _flip(name: str) -> Change:
    def flip(ui: ViewState, _models: int) -> None:
        setattr(ui, name, not getattr(ui, name))

    return flip


_CHANGES: dict[Action, Change] = {
    Action.HELP: _flip("help"),
    Action.INTRODUCE: _flip("introduced"),
    Action.EXPLAIN: _next_word,
    Action.PANEL: _flip("panel"),
    Action.PRESENTATION: _flip("stage"),
    Action.OUTPUT: _flip("output"),
    Action.MIRROR: _flip("mirrored"),
    Action.ANCHORS: _flip("anchors"),
    Action.BOX: _flip("box"),
    Action.WHOLE: _flip("whole"),
    Action.SIGNED: _flip("signed"),
    Action.RANGE: _hold,
    Action.DISAGREE: _flip("disagreement"),
    Action.FREEZE: _flip("frozen"),
    Action.STYLE: _style,
    Action.OVERLAY: _overlay,
    Action.COLORS: _colors,
    Action.RANGE_LESS: lambda ui, _: _range(ui, up=False),
    Action.RANGE_MORE: lambda ui, _: _range(ui, up=True),
    Action.EXAGGERATE_LESS: lambda ui, _: _exaggerate(ui, -_EXAGGERATION_STEP),
    Action.EXAGGERATE_MORE: lambda ui, _: _exaggerate(ui, _EXAGGERATION_STEP),
    Action.SMOOTH: _smooth,
    Action.WIPE_LEFT: lambda ui, _: _wipe(ui, -_WIPE_STEP),
    Action.WIPE_RIGHT: lambda ui, _: _wipe(ui, _WIPE_STEP),
    Action.MODEL: _model,
    Action.CARD: _card,
    Action.RESET: _reset,
    Action.UNPIN: _unpin,
}
