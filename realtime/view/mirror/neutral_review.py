"""A new neutral over the tiles, shown for confirmation: the face, its numbers, what was found, and two buttons."""

from __future__ import annotations

import numpy as np

from realtime.core.commands import Action, command
from realtime.core.status import NeutralReview, Status
from realtime.core.types import FloatArray
from realtime.core.view_state import ViewState
from realtime.geometry import features_contour, oval_contour
from realtime.geometry.canonical_frame import CHIN, FOREHEAD, LEFT_OUTER_CANTHUS, RIGHT_OUTER_CANTHUS
from realtime.view.paint import theme
from realtime.view.paint.layout import Rect
from realtime.view.paint.painter import Painter
from realtime.view.paint.theme import Color

_WIDE, _PAD, _HEAD, _FACE_W, _FACE_H, _GAP, _LINE, _BUTTON = 400, 16, 28, 112, 128, 10, 19, 30  # design units
_SMALLEST = 0.4


def draw_review(p: Painter, area: Rect, status: Status, ui: ViewState) -> Rect | None:
    """Draw the card in the middle of an area; clicks request actions. The card; None where there is none."""
    review = status.review
    if review is None:
        return None
    p, lines = _fitted(p, area, review)
    wide, high = p.px(_WIDE), _height(p, lines)
    card = Rect(area.x + (area.w - wide) // 2, area.y + (area.h - high) // 2, wide, high)
    p.fill(card, theme.GROUND_BOTTOM.faded(0.93), 12 * p.unit)
    ink = theme.WARN if review.findings else theme.ACCENT
    p.frame(card, ink.faded(0.6), 12 * p.unit, max(1.0, p.unit))
    inside = card.inset(p.px(_PAD), p.px(_PAD))
    _title(p, Rect(inside.x, inside.y, inside.w, p.px(22)), review, ink)
    face = Rect(inside.x, inside.y + p.px(_HEAD), p.px(_FACE_W), p.px(_FACE_H))
    draw_neutral(p, face, review, mirrored=ui.mirrored)
    _draw_facts(p, Rect.between(face.right + p.px(16), face.y, inside.right, face.bottom), review)
    y = face.bottom + p.px(_GAP)
    if not lines:
        p.check(inside.x + p.px(6), y + p.px(_LINE) / 2, 5 * p.unit, theme.GOOD)
        row = Rect(inside.x + p.px(20), y, inside.w - p.px(20), p.px(_LINE))
        p.text("at rest: nothing was found", row, theme.GOOD, theme.SIZE_SMALL)
    for first, line in lines:
        row = Rect(inside.x, y, inside.w, p.px(_LINE))
        if first:
            p.dot(row.x + p.px(5), row.y + row.h / 2, 3 * p.unit, theme.WARN)
        p.text(line, Rect(row.x + p.px(16), row.y, row.w - p.px(16), row.h), theme.WARN, theme.SIZE_SMALL)
        y += p.px(_LINE)
    _draw_buttons(p, Rect(inside.x, inside.bottom - p.px(_BUTTON), inside.w, p.px(_BUTTON)), ui, ink)
    return card


_Lines = list[tuple[bool, str]]  # of the findings; whether a line is the first of one


def _fitted(p: Painter, area: Rect, review: NeutralReview) -> tuple[Painter, _Lines]:
    """The largest type with which the card fits into the area, and its lines."""
    share = 1.0
    while True:
        smaller = p.with_unit(p.unit * share)
        width = smaller.px(_WIDE - 2 * _PAD - 16)
        lines = [
            (at == 0, line)
            for finding in review.findings
            for at, line in enumerate(smaller.wrap(finding.text, width, theme.SIZE_SMALL))
        ]
        if share < _SMALLEST or (smaller.px(_WIDE) <= area.w and _height(smaller, lines) <= area.h):
            return smaller, lines
        share *= 0.94


def _height(p: Painter, lines: _Lines) -> int:
    heights = (2 * _PAD, _HEAD, _FACE_H, _GAP, _GAP, _BUTTON)
    return sum(map(p.px, heights)) + max(1, len(lines)) * p.px(_LINE)


def _title(p: Painter, rect: Rect, review: NeutralReview, ink: Color) -> None:
    p.text("New neutral", rect, theme.TEXT, theme.SIZE_NAME, p.fonts.bold)
    left = review.seconds_left
    text = "waits for you" if left is None else f"accepted in {left} s"
    p.text(text, rect, ink, theme.SIZE_SMALL, p.fonts.bold, "right")


def _draw_facts(p: Painter, rect: Rect, review: NeutralReview) -> None:
    """The numbers of the new neutral, beside those of the one in use."""
    new, old = review.neutral, review.before
    columns = [("", "new", "in use")]
    columns += [
        ("frames", f"{new.frames}", "-" if old is None else f"{old.frames}"),
        ("jitter", f"{new.noise_nme:.2f} %", "-" if old is None else f"{old.noise_nme:.2f} %"),
        ("motion", f"{new.motion_nme:.1f} %", "-" if old is None else f"{old.motion_nme:.1f} %"),
    ]
    if new.rest is not None:
        for name, angle in list(new.rest.degrees().items())[:2]:
            before = "-" if old is None or old.rest is None else f"{old.rest.degrees()[name]:+.0f}°"
            columns.append((name, f"{angle:+.0f}°", before))
    third = rect.w / 3
    for at, cells in enumerate(columns):
        for column, text in enumerate(cells):
            box = Rect(round(rect.x + column * third), rect.y + at * p.px(21), round(third), p.px(21))
            ink = theme.TEXT_FAINT if at == 0 or column == 0 else theme.TEXT if column == 1 else theme.TEXT_SOFT
            p.text(text, box, ink, theme.SIZE_SMALL, side="left" if column == 0 else "right")


def draw_neutral(p: Painter, rect: Rect, review: NeutralReview, *, mirrored: bool) -> None:
    """The contours of the new neutral, over those of the one in use."""
    if review.before is not None:
        _draw_contours(p, rect, review.before.neutral_canon, theme.TEXT_FAINT.faded(0.6), 1.0, mirrored=mirrored)
    _draw_contours(p, rect, review.neutral.neutral_canon, theme.TEXT, 1.4, mirrored=mirrored)


def _draw_contours(p: Painter, rect: Rect, mesh: FloatArray, ink: Color, width: float, *, mirrored: bool) -> None:
    points = front_view(mesh)
    if mirrored:
        points = points * [-1.0, 1.0]
    scale = min(rect.w / 1.75, rect.h / 2.05)
    x, y = rect.x + rect.w / 2, rect.y + rect.h / 2
    for one, other in np.concatenate([features_contour(), oval_contour()]):
        (x0, y0), (x1, y1) = points[one] * scale, points[other] * scale
        p.rule(x + x0, y + y0, x + x1, y + y1, ink, max(1.0, width * p.unit))


def front_view(mesh: FloatArray) -> FloatArray:
    """(478, 2) the mesh from the front in outer-canthal distances, x to the subject's left, y down, about its middle.

    The axes are read off the mesh, so any canonical frame serves.
    """
    points = mesh.astype(np.float64)
    across = points[LEFT_OUTER_CANTHUS] - points[RIGHT_OUTER_CANTHUS]
    unit = float(np.linalg.norm(across))
    right = across / unit
    down = points[CHIN] - points[FOREHEAD]
    down -= (down @ right) * right
    down /= np.linalg.norm(down)
    middle = (points[FOREHEAD] + points[CHIN]) / 2
    seen: FloatArray = np.stack([(points - middle) @ right, (points - middle) @ down], axis=1) / unit
    return seen


def _draw_buttons(p: Painter, rect: Rect, ui: ViewState, ink: Color) -> None:
    gap = p.px(10)
    wide = (rect.w - gap) // 2
    boxes = (Rect(rect.x, rect.y, wide, rect.h), Rect(rect.right - wide, rect.y, wide, rect.h))
    for box, action, key in zip(boxes, (Action.ACCEPT_NEUTRAL, Action.DISCARD_NEUTRAL), ("Enter", "Esc"), strict=True):
        label = command(action).label
        hovered = p.hovered(box) and not ui.help
        main = action is Action.ACCEPT_NEUTRAL
        p.fill(box, (ink if main else theme.CARD_EDGE).faded(0.45 if hovered else 0.28), 7 * p.unit)
        p.frame(box, (ink if main else theme.CARD_EDGE).faded(0.9), 7 * p.unit, max(1.0, p.unit))
        text_w, cap = p.width(label, theme.SIZE_BODY, p.fonts.bold), p.keycap_width(key)
        x = box.x + round((box.w - text_w - cap - p.px(8)) / 2)
        p.text(label, Rect(x, box.y, box.right - x, box.h), theme.TEXT, theme.SIZE_BODY, p.fonts.bold)
        p.keycap(key, x + round(text_w) + p.px(8), box.y + box.h // 2)
        if hovered and p.clicked(box):
            ui.actions.append(action)
