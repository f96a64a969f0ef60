"""What is written while a stage waits for somebody: one invitation, and the name of the expression that is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from realtime.core.status import Attract
from realtime.core.view_options import Style, View
from realtime.core.view_state import ViewState
from realtime.core.wording import ACTION_UNITS
from realtime.view.mirror.layout import Layout
from realtime.view.paint import theme
from realtime.view.paint.layout import Rect
from realtime.view.paint.painter import Painter

_INVITATION = ("Step in front of the camera", "Step in front", "Step in")
_HUGE = (54.0, 48.0, 42.0, 36.0, 30.0, 26.0, 22.0, 18.0)  # the largest that fits is used
_NAME = (34.0, 30.0, 26.0, 22.0, 18.0, 16.0, 14.0)
_SMALL = (18.0, 16.5, 15.0)
_ZOOM = 0.9  # an open mouth in full intensity reaches below a face at rest
_INVITATION_SHARE = 0.62  # of the caption's height


def attract_look(ui: ViewState, attract: Attract) -> ViewState:
    """How its face is drawn: as usual on a stage, but alone and turning slowly. Requests still go to `ui`."""
    return replace(
        ui, views=(View.PREDICTED,), views_before=(), style=Style.TESSELLATION, adjusted=False, disagreement=False,
        model=0, exaggeration=1.0, smoothing=0.0, orbit_deg=(attract.turn_deg, 0.0), zoom=_ZOOM, mirrored=False,
    )  # fmt: skip


def draw_attract(p: Painter, layout: Layout, attract: Attract) -> None:
    """The name above the face, the invitation below it."""
    assert layout.caption is not None  # it is the stage's
    name = ACTION_UNITS.get(attract.name, attract.name)
    tile = layout.tiles[0]
    _fitted(p, (name.capitalize(), attract.name), tile.title.inset(p.px(8), 0), _NAME, theme.ACCENT)
    caption = layout.caption
    inside = caption.inset(p.px(20), p.px(10))
    above = round(_INVITATION_SHARE * inside.h)
    _fitted(p, _INVITATION, Rect(inside.x, inside.y, inside.w, above), _HUGE, theme.TEXT)
    below = Rect(inside.x, inside.y + above, inside.w, inside.h - above)
    what = (
        f"This face is what the model predicts for {name.lower()}.",
        f"What the model predicts for {name.lower()}",
        "What the model predicts",
    )
    _fitted(p, what, below, _SMALL, theme.TEXT_SOFT)


def _fitted(p: Painter, wordings: Sequence[str], rect: Rect, sizes: Sequence[float], color: theme.Color) -> None:
    """The longest wording that fits, as large as it can be, in the middle; nothing where none fits."""
    for text in wordings:
        for size in sizes:
            if p.width(text, size, p.fonts.bold) <= rect.w and 1.15 * size * p.unit <= rect.h:
                p.text(text, rect, color, size, p.fonts.bold, "center")
                return
