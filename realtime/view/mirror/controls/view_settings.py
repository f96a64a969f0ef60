"""The panel's sections on views, rendering, camera overlay, colour scale and plots."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from realtime.core.commands import CARD_NAMES, Action, Show
from realtime.core.config import ViewConfig
from realtime.core.view_options import (
    BACKGROUNDS,
    MOST_CARDS,
    MOST_EXAGGERATION,
    Card,
    ColorMap,
    Overlay,
    SignedMap,
    Style,
    Theme,
    View,
)
from realtime.core.view_state import ViewState
from realtime.geometry import region_of
from realtime.view.mirror.controls.control_column import ROW, ButtonSpec, ControlColumn, PanelItem
from realtime.view.mirror.controls.swap import put_card
from realtime.view.mirror.view_actions import RANGES
from realtime.view.paint.layout import Rect
from realtime.view.paint.menu import Option
from realtime.view.paint.painter import Painter
from realtime.view.paint.widgets import SliderRange

_DELIVERED = ViewState.of(ViewConfig())
_STYLES = {style: str(style) for style in Style}
_OVERLAYS = {
    Overlay.MESH: "mesh",
    Overlay.CONTOURS: "contours",
    Overlay.TINT: "residual",
    Overlay.NONE: "none",
}
_NOTHING = "none"


def _view(c: ControlColumn, view: View) -> None:
    box = c.row(ROW)
    if box is None:
        return
    alone_w = c.p.px(112)
    c.toggle(Show(view), view in c.ui.views, room=Rect(box.x, box.y, box.w - alone_w - c.p.px(8), box.h))
    place = Rect(box.right - alone_w, box.y, alone_w, box.h).inset(0, (box.h - c.p.px(25)) / 2)
    c.button(place, ButtonSpec(Show(view, alone=True), "solo"))


@dataclass(frozen=True, slots=True)
class _Setting:
    """A setting of the window with a dropdown or a slider."""

    name: str
    label: str
    requests: tuple[Action, ...]


def _pick_setting(c: ControlColumn, of: _Setting, names: dict[Any, str]) -> None:
    now = getattr(c.ui, of.name)
    options = [Option(text, chosen=value == now) for value, text in names.items()]
    picked = c.dropdown(of.name, names[now], options, label=of.label, request=of.requests[0])
    if picked is not None:
        setattr(c.ui, of.name, list(names)[picked.at])


def _slide_setting(c: ControlColumn, of: _Setting, span: SliderRange) -> None:
    now = float(getattr(c.ui, of.name))
    value = c.slider(of.name, of.label, of.requests, span, now, getattr(_DELIVERED, of.name))
    if value is not None:
        setattr(c.ui, of.name, min(max(value, span.low), span.high))


def _colors(c: ControlColumn) -> None:
    """Both maps; the key cap is beside the one that it steps."""
    for name, label, kind, now in (
        ("colours", "Magnitude", ColorMap, not c.ui.signed),
        ("signed_colours", "Signed", SignedMap, c.ui.signed),
    ):
        chosen = getattr(c.ui, name)
        options = [Option(str(one), chosen=one == chosen, paint=partial(Painter.color_scale, name=one)) for one in kind]
        picked = c.dropdown(name, str(chosen), options, label=label, request=Action.COLORS if now else None)
        if picked is not None:
            setattr(c.ui, name, list(kind)[picked.at])


def _range(c: ControlColumn) -> None:
    request = (Action.RANGE_LESS, Action.RANGE_MORE)
    span = SliderRange(RANGES[0], 40.0, 1, 0.5, " %")
    now = c.ui.colour_end if c.ui.colour_auto else c.ui.colour_max
    value = c.slider("colour_max", "Range", request, span, now, _DELIVERED.colour_max)
    if value is not None:
        c.ui.colour_auto, c.ui.colour_max = False, min(max(value, RANGES[0]), RANGES[-1])


def _background(c: ControlColumn) -> None:
    """The even ground of the presentation layout; a colour of the settings stays on the list while it is chosen."""
    now = c.ui.background
    names = [*BACKGROUNDS, *([] if now in BACKGROUNDS else [now])]
    picked = c.dropdown(
        "background", now, [Option(name, chosen=name == now) for name in names], label="Stage ground",
        description="even ground of the presentation layout, for chroma keying",
    )  # fmt: skip
    if picked is not None:
        c.ui.background = names[picked.at]


def _theme(c: ControlColumn) -> None:
    now = c.ui.theme
    options = [Option(str(one), chosen=one is now) for one in Theme]
    picked = c.dropdown("theme", str(now), options, label="Theme", description="colours of the window")
    if picked is not None:
        c.ui.theme = list(Theme)[picked.at]


def _cards(c: ControlColumn) -> None:
    cards = list(Card)
    for at in range(min(len(c.ui.cards) + 1, MOST_CARDS)):
        card = c.ui.cards[at] if at < len(c.ui.cards) else None
        text = _NOTHING if card is None else CARD_NAMES[card]
        options = [Option(CARD_NAMES[one], _where(c.ui, one, card), chosen=one is card) for one in cards]
        options.append(Option(_NOTHING, chosen=card is None))
        description = f"card in slot {at + 1} of the lower row"
        picked = c.dropdown(
            f"card{at}", text, options, label=f"Slot {at + 1}", description=description, faint=card is None
        )
        if picked is not None:
            put_card(c.ui, at, cards[picked.at] if picked.at < len(cards) else None)


def _where(ui: ViewState, card: Card, here: Card | None) -> str:
    return f"slot {ui.cards.index(card) + 1}" if card in ui.cards and card is not here else ""


def _pins(c: ControlColumn) -> None:
    c.space()
    for pin in c.ui.pins:
        if c.removable(f"pin {pin}", f"vertex {pin}, {region_of(pin)}"):
            c.ui.pins = tuple(other for other in c.ui.pins if other != pin)
    if not c.ui.pins:
        c.note("Click a vertex of a face to pin it.")
    c.space()
    c.buttons(ButtonSpec(Action.UNPIN))


def _setting(draw: Callable[..., None], name: str, label: str, *request: Action, **more: Any) -> PanelItem:
    return PanelItem(request, partial(draw, of=_Setting(name, label, request), **more))


def _switch(request: Action, name: str) -> PanelItem:
    return PanelItem((request,), lambda c: c.toggle(request, getattr(c.ui, name)))


def _button(request: Action) -> PanelItem:
    def draw(c: ControlColumn) -> None:
        c.space()
        c.buttons(ButtonSpec(request))

    return PanelItem((request,), draw)


VIEWS = tuple(PanelItem((Show(view), Show(view, alone=True)), partial(_view, view=view)) for view in View)
RENDERING = (
    _setting(_pick_setting, "style", "Surface", Action.STYLE, names=_STYLES),
    _setting(
        _slide_setting, "exaggeration", "Exaggerate", Action.EXAGGERATE_LESS, Action.EXAGGERATE_MORE,
        span=SliderRange(1.0, MOST_EXAGGERATION, 1, 0.1, " ×"),
    ),
    _setting(_slide_setting, "smoothing", "Smoothing", Action.SMOOTH, span=SliderRange(0.0, 1.0, 2, 0.01)),
    _setting(_slide_setting, "wipe", "Wipe", Action.WIPE_LEFT, Action.WIPE_RIGHT, span=SliderRange(0.0, 1.0, 2, 0.01)),
    _button(Action.RESET),
)  # fmt: skip
CAMERA_OVERLAY = (
    _setting(_pick_setting, "overlay", "Overlay", Action.OVERLAY, names=_OVERLAYS),
    _switch(Action.ANCHORS, "anchors"),
    _switch(Action.WHOLE, "whole"),
    _switch(Action.BOX, "box"),
)
COLOR_SCALE = (
    PanelItem((Action.COLORS,), _colors),
    _switch(Action.SIGNED, "signed"),
    _switch(Action.RANGE, "colour_auto"),
    PanelItem((Action.RANGE_LESS, Action.RANGE_MORE), _range),
)
APPEARANCE = (PanelItem((), _theme), PanelItem((), _background))
PLOTS = (
    PanelItem((), _cards),
    _button(Action.CARD),
    _switch(Action.FREEZE, "frozen"),
    PanelItem((Action.UNPIN,), _pins),
)
