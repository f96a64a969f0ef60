"""A dropdown menu: an imgui popup with its mouse and arrow key handling, in the theme's style."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from imgui_bundle import imgui

from realtime.view.paint import theme
from realtime.view.paint.imgui_style import MENU_PADDING
from realtime.view.paint.layout import Rect
from realtime.view.paint.painter import Painter

_ROW, _MARK, _NOTE_GAP = 27, 24, 18  # design units


@dataclass(frozen=True, slots=True)
class Option:
    """A line of a menu."""

    label: str
    note: str = ""  # on the right
    chosen: bool = False
    disabled: bool = False  # shown but not selectable; the note gives the reason
    head: bool = False  # no choice at all: what the lines below are about
    ruled: bool = False  # a rule above it
    paint: Callable[[Painter, Rect], None] | None = None  # draws a swatch between check mark and label


@dataclass(frozen=True, slots=True)
class Picked:
    """The selected line; `checkbox`: its check box was clicked, not its label."""

    at: int
    checkbox: bool = False


def menu(
    p: Painter, name: str, options: Sequence[Option], below: Rect, *, checkboxes: bool = False, places: dict[str, Rect]
) -> Picked | None:
    """The menu of this name while it is open (`imgui.open_popup`), below a rectangle; what was selected in this frame.

    With `checkboxes` the check boxes can be clicked separately and keep the menu open. The rectangle of each line is
    stored in `places` as "name/label".
    """
    if not imgui.is_popup_open(name):
        return None
    window, edge, swatch = imgui.get_io().display_size, p.px(MENU_PADDING), p.px(46)
    lead = p.px(_MARK) + (swatch if any(option.paint for option in options) else 0)
    most = round(window.x) - p.px(4 * MENU_PADDING) - lead

    def wide(option: Option) -> int:
        note = p.px(_NOTE_GAP) + round(p.width(option.note, theme.SIZE_SMALL)) if option.note else 0
        return round(p.width(option.label)) + 1 + note

    width = max(min(max(map(wide, options)), most) + lead + p.px(10), below.w - 2 * edge)
    height = len(options) * p.px(_ROW)
    shown = min(height + 2 * edge, round(window.y) - 2 * edge)
    free = round(window.y) - below.bottom - edge
    top = below.bottom + p.px(3)
    if shown > free:
        top = max(edge, below.y - p.px(3) - shown) if below.y - edge >= shown else round(window.y) - edge - shown
    left = max(edge, min(below.x, round(window.x) - width - 3 * edge))
    imgui.set_next_window_pos(imgui.ImVec2(left, max(0, top)))
    imgui.set_next_window_size_constraints(imgui.ImVec2(0, 0), imgui.ImVec2(window.x, shown))
    picked = None
    if imgui.begin_popup(name, imgui.WindowFlags_.no_move):
        inside = Painter(p.fonts, p.unit, imgui.get_window_draw_list())
        start = imgui.get_cursor_screen_pos()
        for at, option in enumerate(options):
            row = Rect(round(start.x), round(start.y) + at * p.px(_ROW), width, p.px(_ROW))
            places[f"{name}/{option.label}"] = row
            if _line(inside, row, option, at, lead, stays=checkboxes):
                mouse = imgui.get_io().mouse_pos
                on_checkbox = checkboxes and row.contains(mouse.x, mouse.y) and mouse.x < row.x + p.px(_MARK)
                picked = Picked(at, on_checkbox)
                if not on_checkbox:
                    imgui.close_current_popup()
        imgui.end_popup()
    return picked


def _line(p: Painter, row: Rect, option: Option, at: int, lead: int, *, stays: bool) -> bool:
    flags = imgui.SelectableFlags_.no_auto_close_popups if stays else 0
    if option.disabled or option.head:
        flags |= imgui.SelectableFlags_.disabled
    imgui.set_cursor_screen_pos(imgui.ImVec2(row.x, row.y))
    clicked, _ = imgui.selectable(f"##{at}", False, flags, imgui.ImVec2(row.w, row.h))
    if option.chosen and imgui.is_window_appearing():
        imgui.set_item_default_focus()
    ink = theme.TEXT_FAINT if option.disabled or option.head else theme.TEXT if option.chosen else theme.TEXT_SOFT
    middle = row.y + row.h / 2
    if option.ruled:
        p.rule(row.x, row.y, row.right, row.y, theme.MUTED_BAR.faded(0.6), max(1.0, p.unit))
    if option.chosen:
        p.check(row.x + p.px(11), middle, 5 * p.unit, theme.ACCENT)
    elif stays and not option.head:
        p.frame(Rect(row.x + p.px(6), round(middle) - p.px(5), p.px(10), p.px(10)), theme.MUTED_BAR, 3 * p.unit)
    if option.paint is not None:
        option.paint(p, Rect(row.x + p.px(_MARK), row.y + p.px(8), lead - p.px(_MARK) - p.px(10), row.h - p.px(16)))
    start = row.x + (p.px(6) if option.head else lead)
    note = round(p.width(option.note, theme.SIZE_SMALL)) + p.px(_NOTE_GAP) if option.note else 0
    right = row.right - p.px(8)
    room = Rect.between(start, row.y, right - note + 2, row.bottom)
    size = theme.SIZE_SMALL if option.head else theme.SIZE_BODY
    p.text(p.elide_middle(option.label, room.w, size), room, ink, size)
    p.text(option.note, Rect.between(start, row.y, right, row.bottom), theme.TEXT_FAINT, theme.SIZE_SMALL, side="right")
    return bool(clicked)
