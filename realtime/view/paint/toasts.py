"""Notifications: short texts for some seconds, directly below the header at its right end, clear of colour scales."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from imgui_bundle import imgui

from realtime.core.status import Notification
from realtime.core.view_state import ViewState
from realtime.view.paint import theme
from realtime.view.paint.layout import Panel, Rect
from realtime.view.paint.painter import Painter

_WIDE, _SHARE, _PAD, _LINE, _GAP, _ICON, _BUTTON = 470, 0.62, 12, 21, 6, 26, 26  # design units; share of the width
_MOST_LINES = 3
_MOST = 3  # at a time, beside errors: they lie over a face
_ERROR = "Error"


def toast_area(header: Rect, faces: Rect, tiles: Sequence[Panel]) -> Rect:
    """Where they may stand: from the header down to the first colour scale, which is in the footer of a tile."""
    bottom = min((tile.footer.y if tile.footer.h else tile.body.bottom for tile in tiles), default=faces.bottom)
    return Rect.between(faces.x, max(header.bottom, faces.y), faces.right, bottom)


def draw_toasts(p: Painter, area: Rect, notifications: Sequence[Notification], ui: ViewState) -> tuple[Rect, ...]:
    """Draw them below each other, the newest three first, and all errors; those that do not fit into the area are left
    out.

    Clicks on their buttons request what these offer. The rectangles, which take the mouse; none beside the help.
    """
    if ui.help:
        return ()
    p = Painter(p.fonts, p.unit, imgui.get_foreground_draw_list())  # over all of the faces' texts
    found: list[Rect] = []
    top = area.y + p.px(4)
    newest = [one for at, one in enumerate(reversed(notifications)) if at < _MOST or one.error]
    for notification in newest:
        toast = _measured(p, notification, min(p.px(_WIDE), round(_SHARE * area.w)))
        box = Rect(area.right - p.px(4) - toast.size[0], top, *toast.size)
        if box.bottom > area.bottom or box.x < area.x:
            break
        _draw(p, box, toast, notification, ui)
        found.append(box)
        top = box.bottom + p.px(_GAP)
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Toast:
    lines: tuple[str, ...]
    size: tuple[int, int]  # pixels


def _measured(p: Painter, notification: Notification, widest: int) -> _Toast:
    room = widest - p.px(2 * _PAD + _ICON)
    text = f"{_ERROR}: {notification.text}" if notification.error else notification.text
    lines = p.wrap(text, room, theme.SIZE_BODY)
    if len(lines) > _MOST_LINES:
        rest = " ".join(lines[_MOST_LINES - 1 :])
        lines = (*lines[: _MOST_LINES - 1], rest)
    lines = tuple(p.elide_middle(line, room, theme.SIZE_BODY) for line in lines)
    used = max((p.width(line, theme.SIZE_BODY) for line in lines), default=0.0)
    buttons = sum(_button_width(p, offer.label) + p.px(8) for offer in notification.offers)
    wide = min(widest, round(max(used, buttons)) + p.px(2 * _PAD + _ICON) + 1)
    high = len(lines) * p.px(_LINE) + p.px(2 * _PAD - 8) + (p.px(_BUTTON + 6) if notification.offers else 0)
    return _Toast(lines, (wide, high))


def _draw(p: Painter, box: Rect, toast: _Toast, notification: Notification, ui: ViewState) -> None:
    ink = theme.BAD if notification.error else theme.ACCENT
    p.fill(box, theme.GROUND_BOTTOM, 9 * p.unit)
    if notification.error:
        p.fill(box, theme.BAD.faded(0.16), 9 * p.unit)
    p.frame(box, ink.faded(0.75), 9 * p.unit, max(1.0, p.unit))
    _draw_icon(p, box.x + p.px(_PAD + 8), box.y + p.px(_PAD - 4) + p.px(_LINE) / 2, notification)
    x, y = box.x + p.px(_PAD + _ICON), box.y + p.px(_PAD - 4)
    for at, line in enumerate(toast.lines):
        row = Rect.between(x, y, box.right - p.px(_PAD) + 1, y + p.px(_LINE))
        if at == 0 and notification.error and line.startswith(_ERROR):
            p.text(_ERROR, row, theme.BAD, theme.SIZE_BODY)
            before = round(p.width(_ERROR, theme.SIZE_BODY))
            row, line = Rect(row.x + before, row.y, row.w - before, row.h), line.removeprefix(_ERROR)
        p.text(line, row, theme.TEXT, theme.SIZE_BODY)
        y += p.px(_LINE)
    left, y = x, y + p.px(4)
    for offer in notification.offers:
        place = Rect(left, y, _button_width(p, offer.label), p.px(_BUTTON))
        hovered = p.hovered(place)
        p.fill(place, ink.faded(0.4 if hovered else 0.22), 6 * p.unit)
        p.frame(place, ink.faded(0.8), 6 * p.unit, max(1.0, p.unit))
        p.text(offer.label, place, theme.TEXT, theme.SIZE_SMALL, p.fonts.bold, "center")
        if hovered and p.clicked(place):
            ui.actions.append(offer.request)
        left = place.right + p.px(8)


def _draw_icon(p: Painter, x: float, y: float, notification: Notification) -> None:
    if not notification.error:
        p.dot(x, y, 4 * p.unit, theme.ACCENT)
        return
    p.dot(x, y, 8.5 * p.unit, theme.BAD)
    p.rule(x, y - 4.5 * p.unit, x, y + 1.0 * p.unit, theme.GROUND_BOTTOM, max(1.0, 2.2 * p.unit))
    p.dot(x, y + 4.0 * p.unit, 1.4 * p.unit, theme.GROUND_BOTTOM)


def _button_width(p: Painter, label: str) -> int:
    return round(p.width(label, theme.SIZE_SMALL, p.fonts.bold)) + p.px(20)
