"""The overlay that lists every key, in as many columns as fit, on pages where the window is too small."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from imgui_bundle import imgui

from realtime.view.paint import theme
from realtime.view.paint.layout import Rect
from realtime.view.paint.painter import Fonts, Painter

Line = tuple[tuple[str, ...], str]  # the keys, or what the mouse does; and what that is for
_ROW, _HEAD, _PAD, _GAP, _TITLE, _BETWEEN = 25, 31, 26, 40, 44, 8  # design units
_STEP = 0.94
_SMALLEST_UNIT, _PAGED_UNIT = 0.5, 0.7  # pixels: type of less is no longer read; of a window with pages
_MOST_COLUMNS = 4
_FURTHER = (imgui.Key.right_arrow, imgui.Key.down_arrow, imgui.Key.page_down)
_BACK = (imgui.Key.left_arrow, imgui.Key.up_arrow, imgui.Key.page_up)

_Sections = list[tuple[str, Sequence[Line]]]


@dataclass(frozen=True, slots=True)
class _Fit:
    """How the sections fit into a window: in the columns of one page, or of several in a small one."""

    unit: float
    pages: list[list[_Sections]]


class HelpOverlay:
    """The overlay with these sections; how they fit is worked out once for each size of the window.

    In a window that is too small for all of them they stand on pages, which the wheel and the arrow keys turn.
    """

    def __init__(self, sections: Mapping[str, Sequence[Line]]) -> None:
        self._sections = sections
        self._fit: tuple[object, _Fit] | None = None
        self._page = 0
        self._frame = -1  # of Dear ImGui, in which it was last drawn

    def draw(self, fonts: Fonts, unit: float, size_px: tuple[int, int]) -> None:
        """A card in the middle over the dimmed window: each key and what it does, by section."""
        p = Painter(fonts, unit, imgui.get_foreground_draw_list())
        whole = Rect(0, 0, *size_px)
        if self._fit is None or self._fit[0] != (size_px, unit):
            self._fit = (size_px, unit), _fitted(p, whole, self._sections)
        fit = self._fit[1]
        self._turn_page(len(fit.pages))
        columns = fit.pages[self._page]
        p.fill(whole, theme.GROUND_BOTTOM.faded(0.8))
        p = p.with_unit(fit.unit)
        widths = [_width(p, column) for column in columns]
        inner_h = max(_height(p, column) for page in fit.pages for column in page)
        width = max(_page_width(p, page) for page in fit.pages) + 2 * p.px(_PAD)
        height = p.px(_TITLE) + inner_h + 2 * p.px(_PAD)
        card = Rect((whole.w - width) // 2, (whole.h - height) // 2, width, height)
        p.fill(card, theme.CARD, 12 * p.unit)
        p.frame(card, theme.CARD_EDGE, 12 * p.unit, max(1.0, p.unit))
        inside = card.inset(p.px(_PAD), p.px(_PAD))
        top = Rect(inside.x, inside.y, inside.w, p.px(30))
        left = p.text("Keyboard and mouse", top, theme.TEXT, theme.SIZE_NAME, p.fonts.bold)
        right = Rect.between(top.x + round(left) + p.px(14), top.y, top.right, top.bottom)
        p.fitting(self._foot(len(fit.pages)), right, theme.TEXT_FAINT, theme.SIZE_SMALL, side="right")
        x = inside.x
        for column, wide in zip(columns, widths, strict=True):
            _draw_column(p, Rect(x, inside.y + p.px(_TITLE), wide, inner_h), column)
            x += wide + p.px(_GAP)

    def _foot(self, pages: int) -> tuple[str, ...]:
        if pages == 1:
            return ("Esc to close",)
        at = f"{self._page + 1} of {pages}"
        return f"{at}: arrow keys or wheel; Esc to close", f"{at}: arrow keys or wheel", f"{at}: arrow keys", at

    def _turn_page(self, pages: int) -> None:
        """Take the wheel and the arrow keys; what was closed begins at the first page again."""
        frame, before = imgui.get_frame_count(), self._frame
        self._frame = frame
        if frame - before > 1:
            self._page = 0
            return
        step = -round(imgui.get_io().mouse_wheel)
        step += sum(map(imgui.is_key_pressed, _FURTHER)) - sum(map(imgui.is_key_pressed, _BACK))
        self._page = min(max(self._page + step, 0), pages - 1)


def _fitted(p: Painter, whole: Rect, sections: Mapping[str, Sequence[Line]]) -> _Fit:
    """The largest type, in the fewest columns, with which everything fits into the window; else pages."""
    unit = p.unit
    while unit >= _SMALLEST_UNIT:
        smaller = p.with_unit(unit)
        room = _room(smaller, whole)
        for count in range(1, _MOST_COLUMNS + 1):
            columns = _split(smaller, sections, count)
            high = max(_height(smaller, column) for column in columns)
            if _page_width(smaller, columns) <= room.w and high <= room.h:
                return _Fit(unit, [columns])
        unit *= _STEP
    return _Fit(min(p.unit, _PAGED_UNIT), _pages(p.with_unit(min(p.unit, _PAGED_UNIT)), whole, sections))


def _room(p: Painter, whole: Rect) -> Rect:
    """What a window has for the columns."""
    room = whole.inset(p.px(_PAD + 8), p.px(_PAD + 8))
    return Rect.between(room.x, room.y + p.px(_TITLE), room.right, room.bottom)


def _pages(p: Painter, whole: Rect, sections: Mapping[str, Sequence[Line]]) -> list[list[_Sections]]:
    """As many columns a page as are beside each other in the window, at least one."""
    room = _room(p, whole)
    most = max(1, (room.h - p.px(_HEAD)) // p.px(_ROW))  # lines of a section
    pieces = [
        (name, lines[at : at + most]) for name, lines in sections.items() for at in range(0, len(lines), most)
    ]  # fmt: skip
    pages: list[list[_Sections]] = [[]]
    for column in _filled(p, pieces, room.h):
        if pages[-1] and _page_width(p, [*pages[-1], column]) > room.w:
            pages.append([])
        pages[-1].append(column)
    return pages


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


def _page_width(p: Painter, columns: Sequence[_Sections]) -> int:
    return sum(_width(p, column) for column in columns) + (len(columns) - 1) * p.px(_GAP)


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
