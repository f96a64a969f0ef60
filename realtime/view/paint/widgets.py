"""Sliders, buttons, switches and text fields in the panel's style: imgui handles the mouse, the painter draws.

Immediate mode: a widget is called once per frame, inside an imgui window, and returns the user's input.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import floor, log10
from typing import Any

from imgui_bundle import imgui

from realtime.view.paint import theme
from realtime.view.paint.layout import Rect
from realtime.view.paint.painter import Painter, Side
from realtime.view.paint.theme import Color

_LIT = 0.07  # share of white added on hover
_PRESSED = -0.25
_MOST_DIGITS = 4


@dataclass(frozen=True, slots=True)
class SliderRange:
    """What a slider covers and how its numbers are written."""

    low: float
    high: float
    digits: int
    step: float  # dragging snaps to multiples of it
    unit: str = ""  # as it is written after the number

    def share(self, value: float) -> float:
        """Position of a value on the slider, 0 to 1, clamped."""
        return min(max((value - self.low) / (self.high - self.low), 0.0), 1.0)

    def at(self, share: float) -> float:
        """The value at a position, 0 to 1, snapped to the step; both ends are always reached."""
        share = min(max(share, 0.0), 1.0)
        if share in (0.0, 1.0):
            return self.high if share else self.low
        value = round(round((self.low + share * (self.high - self.low)) / self.step) * self.step, 12)
        return min(value, self.high)

    @classmethod
    def up_to(cls, high: float) -> SliderRange:
        """From 0 to `high`, with a step and digits that suit it: some features end at a hundredth."""
        size = 10.0 ** floor(log10(high) + 0.301)  # 1 from 0.5 on, 0.1 from 0.05 on
        return cls(0.0, high, 2 - min(0, round(log10(size))), min(size, 1.0) / 1000)

    def text(self, value: float) -> str:
        """The number in at most five characters, without a minus before a zero."""
        if self.digits > _MOST_DIGITS and value:
            return f"{value:.0e}".replace("e-0", "e−")
        digits = min(self.digits, _MOST_DIGITS)
        text = f"{value:.{digits}f}"
        text = f"{0:.{digits}f}" if float(text) == 0 else text
        text = text.replace("0.", ".", 1) if digits > 2 and text.startswith("0.") else text
        return text.replace("-", "−") + self.unit


@dataclass(frozen=True, slots=True)
class SliderChange:
    """What was done to a slider."""

    value: float | None = None  # its new value; None: not moved
    grabbed: bool = False  # a drag began in this frame
    reset: bool = False


@dataclass(slots=True)
class Widgets:
    """State that the widgets keep between frames, and their rectangles."""

    places: dict[str, Rect] = field(default_factory=dict)  # rectangle of each visible widget of the last frame
    hovered: str = ""  # the slider under the mouse
    _editing: str = ""
    _offered: str = ""
    _draft: str = ""
    _focus: bool = False
    _seen: bool = True  # the field in which a number is typed was drawn
    _ignore_drag: str = ""  # a slider that was reset by a double click follows the mouse no more until it is released

    @property
    def editing(self) -> bool:
        """Whether a number is being typed."""
        return bool(self._editing)

    def begin(self) -> None:
        """Start a frame."""
        self.places.clear()
        self.hovered = ""
        if not self._seen and not self._focus:
            self._editing = ""  # its row was filtered out or scrolled out of view
        self._seen = False

    def slider(
        self, p: Painter, name: str, row: Rect, label_w: int, span: SliderRange, value: float, ink: Color, *,
        label: str = "", side: Side = "right",
    ) -> SliderChange:  # fmt: skip
        """Name, track with a knob, and number. Drag the track; double click to reset; click the number to type."""
        number_w = round(p.width("−00.0" + span.unit, theme.SIZE_MONO, p.fonts.mono)) + p.px(10)
        number = Rect(row.right - number_w, row.y, number_w, row.h)
        knob = 6.5 * p.unit
        left = row.x + label_w + p.px(14)
        track = Rect(left, row.y, max(1, number.x - p.px(12) - left), row.h)
        label_box = Rect(row.x, row.y, label_w, row.h)

        change = self._drag(name, track, span, knob)
        label_hit = _hit(f"##label.{name}", label_box)
        if label_hit.hovered and imgui.is_mouse_double_clicked(imgui.MouseButton_.left):
            change = SliderChange(reset=True)
        hovered = label_hit.hovered or self.hovered == name
        if hovered:
            self.hovered = name
        self.places[name], self.places[f"{name}.number"] = track, number

        p.text(label or name, label_box, theme.TEXT if hovered else theme.TEXT_SOFT, side=side)
        bar = Rect(track.x, track.y + (track.h - p.px(8)) // 2, track.w, p.px(8))
        at = bar.x + span.share(value) * bar.w
        rest = bar.x + span.share(0.0) * bar.w
        p.fill(bar, theme.TRACK, bar.h / 2)
        if span.low < 0:
            p.rule(rest, bar.y - p.px(3), rest, bar.bottom + p.px(3), theme.CARD_EDGE, max(1.0, p.unit))
        filled = Rect(round(min(at, rest)), bar.y, round(abs(at - rest)), bar.h)
        p.fill(filled, ink, bar.h / 2 if span.low >= 0 else 0.0)
        middle = bar.y + bar.h / 2
        p.dot(at, middle, knob + 2 * p.unit, theme.CARD)
        p.dot(at, middle, knob, lighten(ink, _LIT * 3) if hovered else ink)
        typed = self._number(p, name, number, span, value, hovered)
        return change if typed is None else SliderChange(value=typed, grabbed=True)

    def _drag(self, name: str, track: Rect, span: SliderRange, knob: float) -> SliderChange:
        hit = _hit(f"##track.{name}", Rect(round(track.x - knob), track.y, round(track.w + 2 * knob), track.h))
        if hit.hovered or hit.active:
            self.hovered = name
        if not hit.active:
            if self._ignore_drag == name:
                self._ignore_drag = ""
            return SliderChange()
        if hit.hovered and imgui.is_mouse_double_clicked(imgui.MouseButton_.left):
            self._ignore_drag = name
            return SliderChange(reset=True)
        if hit.grabbed and imgui.get_io().key_ctrl:
            self._edit(name)
            self._ignore_drag = name
        if self._ignore_drag == name:
            return SliderChange()
        mouse = imgui.get_io().mouse_pos
        return SliderChange(value=span.at((mouse.x - track.x) / track.w), grabbed=hit.grabbed)

    def _edit(self, name: str) -> None:
        self._editing, self._focus = name, True

    def _number(self, p: Painter, name: str, box: Rect, span: SliderRange, value: float, hovered: bool) -> float | None:
        if self._editing != name:
            hit = _hit(f"##number.{name}", box)
            if hit.hovered:
                self.hovered = name
                p.fill(box.inset(0, box.h * 0.1), lighten(theme.CARD, _LIT), 4 * p.unit)
            if hit.clicked:
                self._edit(name)
            where = Rect(box.x, box.y, box.w - p.px(5), box.h)
            p.text(
                span.text(value),
                where,
                theme.TEXT if hovered else theme.TEXT_SOFT,
                theme.SIZE_MONO,
                p.fonts.mono,
                "right",
            )
            return None
        self._seen = True
        focus, self._focus = self._focus, False
        if focus:
            self._draft = self._offered = f"{value:.6g}"
        flags = imgui.InputTextFlags_.chars_decimal | imgui.InputTextFlags_.auto_select_all
        where = box.inset(0, (box.h - p.px(24)) / 2)
        _, self._draft = text_field(p, f"##typed.{name}", "", self._draft, where, flags, mono=True, focus=focus)
        if not imgui.is_item_deactivated():
            return None
        self._editing = ""
        # What was offered is rounded; left as it is, it changes nothing.
        unchanged = self._draft == self._offered or imgui.is_key_pressed(imgui.Key.escape)
        return None if unchanged else _parsed(self._draft)

    def button(
        self, p: Painter, name: str, label: str, key: str, box: Rect, *, ink: Color | None = None,
        disabled: bool = False, icon: Callable[[float, float], None] | None = None,
    ) -> bool:  # fmt: skip
        """A button with the key that does the same; whether it was clicked. `icon` draws around a middle before it."""
        hit = _hit(f"##button.{name}", box)
        self.places[name] = box
        self._ground(p, box, hit, disabled)
        inside = box.inset(p.px(6), 0)
        lead = p.px(20) if icon is not None else 0
        label_width = p.width(label)
        keycap = p.keycap_width(key) + p.px(8) if key else 0
        if lead + label_width + keycap > inside.w:
            key, keycap = "", 0
        left = inside.x + round((inside.w - min(lead + label_width + keycap, inside.w)) / 2)
        if icon is not None:
            icon(left + p.px(7), box.y + box.h / 2)
            left += lead
        soft = ink or (theme.TEXT if hit.hovered else theme.TEXT_SOFT)
        p.text(label, Rect(left, box.y, inside.right - left, box.h), theme.TEXT_FAINT if disabled else soft)
        if key:
            p.keycap(key, left + round(label_width + p.px(8)), box.y + box.h // 2)
        return hit.clicked and not disabled

    def switch(
        self, p: Painter, name: str, wordings: tuple[str, ...], key: str, box: Rect, on: bool, *, disabled: bool = False
    ) -> bool:
        """A switch with its label, in the longest variant that fits; whether it was toggled."""
        hit = _hit(f"##switch.{name}", box)
        pill_h, pill_w = p.px(15), p.px(27)
        pill = Rect(box.x, box.y + (box.h - pill_h) // 2, pill_w, pill_h)
        self.places[name] = pill
        ground = theme.TRACK if disabled or not on else theme.ACCENT
        p.fill(pill, lighten(ground, _LIT if hit.hovered and not disabled else 0.0), pill.h / 2)
        radius = pill.h / 2 - 2.2 * p.unit
        x = pill.right - pill.h / 2 if on else pill.x + pill.h / 2
        knob = theme.MUTED_BAR if disabled else theme.GROUND_TOP if on else theme.TEXT_SOFT
        p.dot(x, pill.y + pill.h / 2, radius, knob)
        left = pill.right + p.px(9)
        keycap = p.keycap_width(key) if key else 0
        label = p.first_fitting(wordings, box.right - left - keycap - p.px(8))
        ink = theme.TEXT_FAINT if disabled else theme.TEXT if on or hit.hovered else theme.TEXT_SOFT
        p.text(label, Rect(left, box.y, box.right - left, box.h), ink)
        if key and label:
            p.keycap(key, box.right - keycap, box.y + box.h // 2)
        return hit.clicked and not disabled

    def combo_box(
        self, p: Painter, name: str, text: str, box: Rect, *, disabled: bool = False, lead: int = 0, faint: bool = False
    ) -> bool:
        """The closed box of a menu, with what is chosen; whether it was clicked. `lead` pixels are left free first."""
        hit = _hit(f"##opener.{name}", box)
        self.places[name] = box
        self._ground(p, box, hit, disabled)
        inside = Rect.between(box.x + p.px(9) + lead, box.y, box.right - p.px(24), box.bottom)
        ink = theme.TEXT_FAINT if disabled or faint else theme.TEXT if hit.hovered else theme.TEXT_SOFT
        p.text(p.elide_middle(text, inside.w), inside, ink)
        p.chevron(box.right - p.px(13), box.y + box.h / 2, 4 * p.unit, theme.TEXT_FAINT)
        return hit.clicked and not disabled

    def segments(self, p: Painter, name: str, labels: Sequence[str], box: Rect, chosen: int) -> int | None:
        """One of a few, side by side; which was clicked."""
        clicked = None
        p.fill(box, theme.TRACK, 6 * p.unit)
        for at, label in enumerate(labels):
            left, right = (box.x + round(box.w * part / len(labels)) for part in (at, at + 1))
            part = Rect(left, box.y, right - left, box.h)
            hit = _hit(f"##segment.{name}.{label}", part)
            self.places[f"{name}.{label}"] = part
            if at == chosen:
                p.fill(part.inset(p.px(2), p.px(2)), theme.ACCENT.faded(0.22), 5 * p.unit)
            elif hit.hovered:
                p.fill(part.inset(p.px(2), p.px(2)), lighten(theme.TRACK, _LIT), 5 * p.unit)
            p.text(label, part, theme.TEXT if at == chosen or hit.hovered else theme.TEXT_SOFT, side="center")
            if hit.clicked:
                clicked = at
        return clicked

    def _ground(self, p: Painter, box: Rect, hit: _Hit, disabled: bool) -> None:
        color = lighten(theme.TRACK, 0.0 if disabled else _PRESSED if hit.active else _LIT if hit.hovered else 0.0)
        p.fill(box, color.faded(0.5) if disabled else color, 6 * p.unit)
        p.frame(box, theme.CARD_EDGE, 6 * p.unit, max(1.0, p.unit))


@dataclass(frozen=True, slots=True)
class _Hit:
    hovered: bool
    active: bool
    grabbed: bool  # became active in this frame
    clicked: bool


def click_area(name: str, box: Rect) -> bool:
    """Whether a rectangle was clicked whose content is drawn elsewhere."""
    return _hit(name, box).clicked


def _hit(name: str, box: Rect) -> _Hit:
    """An invisible area that handles the mouse."""
    imgui.set_cursor_screen_pos(imgui.ImVec2(box.x, box.y))
    clicked = imgui.invisible_button(name, imgui.ImVec2(max(box.w, 1), max(box.h, 1)))
    return _Hit(imgui.is_item_hovered(), imgui.is_item_active(), imgui.is_item_activated(), bool(clicked))


def text_field(
    p: Painter,
    name: str,
    hint: str,
    text: str,
    box: Rect,
    flags: int = 0,
    *,
    mono: bool = False,
    focus: bool = False,
) -> tuple[bool, str]:
    """imgui's text field, themed: whether it changed (or was confirmed, depending on `flags`), and its text."""
    font, size = (p.fonts.mono, theme.SIZE_MONO) if mono else (p.fonts.regular, theme.SIZE_BODY)
    imgui.push_font(font, float(max(8, round(size * p.unit))))
    imgui.push_style_color(imgui.Col_.nav_cursor, 0)
    padding = imgui.ImVec2(p.px(5 if mono else 10), max(0.0, (box.h - imgui.get_font_size()) / 2))
    imgui.push_style_var(imgui.StyleVar_.frame_padding, padding)
    imgui.set_cursor_screen_pos(imgui.ImVec2(box.x, box.y))
    imgui.set_next_item_width(box.w)
    if focus:
        imgui.set_keyboard_focus_here()
    changed, text = imgui.input_text_with_hint(name, hint, text, flags)
    imgui.pop_style_var()
    imgui.pop_style_color()
    imgui.pop_font()
    return bool(changed), str(text)


def lighten(color: Color, by: float) -> Color:
    """Towards white by a share; below 0 towards black."""
    towards = 1.0 if by > 0 else 0.0
    red, green, blue = (part + (towards - part) * abs(by) for part in color[:3])
    return Color(red, green, blue, color.alpha)


def borderless_window(name: str, box: Rect, flags: int = 0) -> Any:
    """Begin an imgui window without frame, background and padding. End it with imgui.end()."""
    imgui.set_next_window_pos(imgui.ImVec2(box.x, box.y))
    imgui.set_next_window_size(imgui.ImVec2(box.w, box.h))
    every = imgui.WindowFlags_.no_decoration | imgui.WindowFlags_.no_background | imgui.WindowFlags_.no_move
    every = every | imgui.WindowFlags_.no_saved_settings | imgui.WindowFlags_.no_nav
    every = every | imgui.WindowFlags_.no_scroll_with_mouse
    imgui.begin(name, None, every | flags)
    return imgui.get_window_draw_list()


@contextmanager
def scrolling(p: Painter, name: str, area: Rect, flags: int = 0) -> Iterator[Painter]:
    """A scrolling child window with a thin scroll bar; draw into it with the painter returned."""
    imgui.set_cursor_screen_pos(imgui.ImVec2(area.x, area.y))
    size = imgui.ImVec2(max(1, area.w), max(1, area.h))
    imgui.begin_child(name, size, 0, imgui.WindowFlags_.no_background | imgui.WindowFlags_.no_nav | flags)
    yield Painter(p.fonts, p.unit, imgui.get_window_draw_list())
    imgui.end_child()


def _parsed(text: str) -> float | None:
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        return None
    return value if abs(value) < 1e9 else None
