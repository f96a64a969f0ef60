"""The overlay that lists every key, in as many columns as fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from imgui_bundle import imgui

from realtime.view.paint import theme
from realtime.view.paint.layout import Rect
from realtime.view.paint.painter import Fonts, Painter

Line = tuple[tuple[str, ...], str]  # the keys, or what the mouse does; and what that is for
_ROW, _HEAD, _PAD, _GAP, _TITLE, _BETWEEN = 25, 31, 26, 40, 44, 8  # design units
_SMALLEST, _STEP = 0.4, 0.94
_MOST_COLUMNS = 4


_Sections = list[tuple[str, Sequence[Line]]]


class HelpOverlay:
    """The overlay with these sections; how they fit is worked out once for each size of the window."""

    def __init__(self, sections: Mapping[str, Sequence[Line]]) -> None:
        self._sections = sections
        self._fit: tuple[object, float, list[_Sections], list[int]] = (None, 1.0, [], [])

    def draw(self, fonts: Fonts, unit: float, size_px: tuple[int, int]) -> None:
        """A card in the middle over the dimmed window: each key and what it does, by section."""
        p = Painter(fonts, unit, imgui.get_foreground_draw_list())
        whole = Rect(0, 0, *size_px)
        if self._fit[0] != (size_px, unit):
            smaller, columns = _fitted(p, whole, self._sections)
            self._fit = (size_px, unit), smaller.unit, columns, [_width(smaller, column) for column in columns]
        _, unit, columns, widths = self._fit
        p.fill(whole, theme.GROUND_BOTTOM.faded(0.8))
        p = p.with_unit(unit)
        inner_h = max(_height(p, column) for column in columns)
        width = sum(widths) + (len(columns) - 1) * p.px(_GAP) + 2 * p.px(_PAD)
        height = p.px(_TITLE) + inner_h + 2 * p.px(_PAD)
        card = Rect((whole.w - width) // 2, (whole.h - height) // 2, width, height)
        p.fill(card, theme.CARD, 12 * p.unit)
        p.frame(card, theme.CARD_EDGE, 12 * p.unit, max(1.0, p.unit))
        inside = card.inset(p.px(_PAD), p.px(_PAD))
        top = Rect(inside.x, inside.y, inside.w, p.px(30))
        p.text("Keyboard and mouse", top, theme.TEXT, theme.SIZE_NAME, p.fonts.bold)
        p.text("Esc to close", top, theme.TEXT_FAINT, theme.SIZE_SMALL, side="right")
        x = inside.x
        for column, wide in zip(columns, widths, strict=True):
            _draw_column(p, Rect(x, inside.y + p.px(_TITLE), wide, inner_h), column)
            x += wide + p.px(_GAP)


def _fitted(p: Painter, whole: Rect, sections: Mapping[str, Sequence[Line]]) -> tuple[Painter, list[_Sections]]:
    """The largest type, in the fewest columns, with which everything fits into the window."""
    share = 1.0
    while True:
        smaller = p.with_unit(p.unit * share)
        for count in range(1, _MOST_COLUMNS + 1):
            columns = _split(smaller, sections, count)
            wide = sum(_width(smaller, column) for column in columns) + (len(columns) - 1) * smaller.px(_GAP)
            high = smaller.px(_TITLE) + max(_height(smaller, column) for column in columns)
            room = whole.inset(smaller.px(_PAD + 8), smaller.px(_PAD + 8))
            if (wide <= room.w and high <= room.h) or (share < _SMALLEST and count == _MOST_COLUMNS):
                return smaller, columns
        share *= _STEP


def _split(p: Painter, sections: Mapping[str, Sequence[Line]], count: int) -> list[_Sections]:
    """Sections in their order over `count` columns, the tallest of which is as low as can be."""
    every = list(sections.items())
    low, high = max(_height(p, [section]) for section in every), _height(p, every)
    while low < high:  # the lowest height at which they fit, by halving
        half = (low + high) // 2
        if len(_filled(p, every, half)) <= count:
            high = half
        else:
            low = half + 1
    return _filled(p, every, low)


def _filled(p: Painter, every: _Sections, height: int) -> list[_Sections]:
    columns: list[_Sections] = [[]]
    for section in every:
        if columns[-1] and _height(p, [*columns[-1], section]) > height:
            columns.append([])
        columns[-1].append(section)
    return columns


def _height(p: Painter, column: _Sections) -> int:
    lines = sum(len(lines) for _, lines in column)
    heads = sum(bool(name) for name, _ in column)
    return lines * p.px(_ROW) + heads * p.px(_HEAD) + (len(column) - 1) * p.px(_BETWEEN)


def _width(p: Painter, column: _Sections) -> int:
    return max(_keys_width(p, lines) + p.px(14) + _words_width(p, lines) for _, lines in column)


def _keys_width(p: Painter, lines: Sequence[Line]) -> int:
    """Width of the key column of one section; sections are aligned independently."""
    return max(sum(p.keycap_width(key) for key in keys) + (len(keys) - 1) * p.px(4) for keys, _ in lines)


def _words_width(p: Painter, lines: Sequence[Line]) -> int:
    return max(round(p.width(text, theme.SIZE_SMALL)) + 1 for _, text in lines)


def _draw_column(p: Painter, rect: Rect, column: _Sections) -> None:
    y = rect.y
    for name, lines in column:
        left = rect.x + _keys_width(p, lines) + p.px(14)
        if name:
            head = Rect(rect.x, y, rect.w, p.px(_HEAD) - p.px(4))
            p.text(name, head, theme.ACCENT, theme.SIZE_SMALL, p.fonts.bold)
            p.rule(rect.x, head.bottom, rect.right, head.bottom, theme.CARD_EDGE, max(1.0, p.unit))
            y += p.px(_HEAD)
        for keys, text in lines:
            x = rect.x
            for key in keys:
                x = p.keycap(key, x, y + p.px(_ROW) // 2, theme.TEXT).right + p.px(4)
            p.text(text, Rect.between(left, y, rect.right, y + p.px(_ROW)), theme.TEXT_SOFT, theme.SIZE_SMALL)
            y += p.px(_ROW)
        y += p.px(_BETWEEN)
