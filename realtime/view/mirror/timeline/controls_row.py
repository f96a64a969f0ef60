"""The line of a replay above the lanes: playing, stepping, speed, loop, and what can be done with a selection."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from realtime.core.commands import Action
from realtime.core.status import Playback
from realtime.core.view_state import ViewState
from realtime.core.wording import speed_text, time_text
from realtime.view.paint import icons, theme
from realtime.view.paint.layout import Rect
from realtime.view.paint.painter import Painter
from realtime.view.paint.theme import Color

# Design units.
_PAD, _GAP, _BETWEEN = 14, 4, 14
_PLAY, _BUTTON, _SIGN = 34, 28, 22
_TEXT_PAD, _TEXT_H = 11, 26

Side = Literal["left", "right"]


@dataclass(frozen=True, slots=True)
class Item:
    """Something in the line: how wide it is, what is left out first (the highest), and how it is drawn into a box."""

    name: str
    width: int
    side: Side
    rank: int
    draw: Callable[[Rect], None]


@dataclass(frozen=True, slots=True)
class TextButton:
    """A button with a word."""

    name: str
    text: str
    on: bool = False


class ControlsRow:
    """Draws the line and requests commands; what has no room is left out, the least needed first."""

    def __init__(self, places: dict[str, Rect]) -> None:
        """`places` gets the rectangle of everything that answers to the mouse."""
        self._places = places

    def draw(
        self, p: Painter, row: Rect, playback: Playback, ui: ViewState, buttons: Sequence[TextButton], *, busy: bool
    ) -> str:
        """One frame; the name of the button that was clicked, "" for none. `busy`: the mouse drags something else."""
        self._p, self._ui, self._busy, self._clicked = p, ui, busy, ""
        items = self._items(p, playback, buttons)
        for item, box in placed(items, row, p.px(_PAD), p.px(_GAP)):
            item.draw(box)
        return self._clicked

    def play_and_time(self, p: Painter, box: Rect, playback: Playback, ui: ViewState, *, busy: bool) -> None:
        """Where there is room for a single button, and mostly for the time."""
        self._p, self._ui, self._busy, self._clicked = p, ui, busy, ""
        size = min(p.px(_PLAY), box.h, box.w)
        self._play(Rect(box.x, box.y, size, box.h), playback)
        room = Rect.between(box.x + size + p.px(8), box.y, box.right - p.px(8), box.bottom)
        time_s, total = time_text(playback.time_s), time_text(playback.duration_s)
        p.fitting((f"{time_s} of {total}", time_s), room, theme.TEXT, theme.SIZE_SMALL, p.fonts.bold)

    def _items(self, p: Painter, playback: Playback, buttons: Sequence[TextButton]) -> list[Item]:
        button, total = p.px(_BUTTON), time_text(playback.duration_s)
        rows = f"row {playback.row}"
        widest = f"row {playback.rows}"
        if playback.whose:
            rows, widest = f"{playback.whose} {rows}", f"{playback.whose} {widest}"
        left = [
            Item("STEP_BACK", button, "left", 4, lambda box: self._step(box, back=True)),
            Item("PAUSE", p.px(_PLAY), "left", 0, lambda box: self._play(box, playback)),
            Item("STEP", button, "left", 4, lambda box: self._step(box, back=False)),
            self._text("time", time_text(playback.time_s), total, "left", 1, theme.TEXT, theme.SIZE_TITLE, bold=True),
            self._text("total", f"of {total}", "", "left", 3, theme.TEXT_SOFT),
            self._text("row", rows, widest, "left", 8, theme.TEXT_FAINT),
        ]
        right = [
            Item("speed", 2 * p.px(_SIGN) + self._speed_width(p), "right", 5, lambda box: self._speed(box, playback)),
            Item("LOOP", button, "right", 2, lambda box: self._loop(box, playback)),
        ]
        words = [
            Item(one.name, round(p.width(one.text)) + 2 * p.px(_TEXT_PAD), "right", 6 if at < 3 else 7,
                 lambda box, one=one: self._word(box, one))  # type: ignore[misc]
            for at, one in enumerate(buttons)
        ]  # fmt: skip
        return [*left, *words[::-1], *right]

    def _text(
        self, name: str, text: str, widest: str, side: Side, rank: int, ink: Color,
        size: float = theme.SIZE_BODY, *, bold: bool = False,
    ) -> Item:  # fmt: skip
        p = self._p
        font = p.fonts.bold if bold else p.fonts.regular
        width = round(max(p.width(text, size, font), p.width(widest, size, font))) + p.px(_BETWEEN - 4)

        def draw(box: Rect) -> None:
            self._places[name] = box
            p.text(text, box.inset(0, 0), ink, size, font)

        return Item(name, width, side, rank, draw)

    @staticmethod
    def _speed_width(p: Painter) -> int:
        return round(p.width("0.25×", theme.SIZE_MONO, p.fonts.mono)) + 1

    def _button(self, box: Rect, request: Action) -> Color:
        """A clickable area for a command; returns the colour of its icon."""
        p = self._p
        self._places[request.name] = box
        hovered = not self._ui.help and not self._busy and p.hovered(box)
        if hovered:
            p.fill(box, theme.TEXT.faded(0.08), box.h / 2 if request is Action.PAUSE else 6 * p.unit)
            if p.clicked(box):
                self._ui.actions.append(request)
        return theme.TEXT if hovered else theme.TEXT_SOFT

    def _step(self, box: Rect, *, back: bool) -> None:
        p = self._p
        ink = self._button(_middle(box, p.px(_BUTTON)), Action.STEP_BACK if back else Action.STEP)
        icons.step(p, box.x + box.w / 2, box.y + box.h / 2, 6.0 * p.unit, ink, back=back)

    def _play(self, box: Rect, playback: Playback) -> None:
        p, box = self._p, _middle(box, min(box.w, box.h))
        hovered = self._button(box, Action.PAUSE) is theme.TEXT
        x, y = box.x + box.w / 2, box.y + box.h / 2
        p.ring(x, y, box.w / 2 - p.unit, theme.ACCENT.faded(0.9 if hovered else 0.55), p.unit)
        (icons.pause if playback.playing else icons.play)(p, x, y, 0.24 * box.w, theme.TEXT)

    def _loop(self, box: Rect, playback: Playback) -> None:
        p, box = self._p, _middle(box, box.w)
        if playback.loop:
            p.fill(box, theme.ACCENT.faded(0.18), 6 * p.unit)
        ink = self._button(box, Action.LOOP)
        icons.loop(p, box.x + box.w / 2, box.y + box.h / 2, 6.0 * p.unit, theme.ACCENT if playback.loop else ink)

    def _speed(self, box: Rect, playback: Playback) -> None:
        p, sign = self._p, self._p.px(_SIGN)
        inner = _middle(box, p.px(_BUTTON))
        slower = Rect(box.x, inner.y, sign, inner.h)
        faster = Rect(box.right - sign, inner.y, sign, inner.h)
        for place, request, text in ((slower, Action.SLOWER, "−"), (faster, Action.FASTER, "+")):
            p.text(text, place, self._button(place, request), theme.SIZE_TITLE, side="center")
        ink = theme.TEXT_SOFT if playback.speed == 1.0 else theme.ACCENT
        number = Rect.between(slower.right, box.y, faster.x, box.bottom)
        p.text(speed_text(playback.speed), number, ink, theme.SIZE_MONO, p.fonts.mono, "center")

    def _word(self, box: Rect, button: TextButton) -> None:
        p, box = self._p, _middle(box, min(self._p.px(_TEXT_H), box.h))
        self._places[button.name] = box
        hovered = not self._ui.help and not self._busy and p.hovered(box)
        ground = theme.ACCENT.faded(0.22) if button.on else theme.CARD_LIT if hovered else theme.TRACK
        p.fill(box, ground, 6 * p.unit)
        p.frame(box, theme.ACCENT.faded(0.8) if button.on else theme.CARD_EDGE, 6 * p.unit, max(1.0, p.unit))
        p.text(button.text, box, theme.TEXT if hovered or button.on else theme.TEXT_SOFT, side="center")
        if hovered and p.clicked(box):
            self._clicked = button.name


def placed(items: Sequence[Item], row: Rect, pad: int, gap: int) -> list[tuple[Item, Rect]]:
    """The items that fit into a row, with their boxes, from the left and from the right; those of a rank go at once."""
    kept = list(items)
    while kept and sum(item.width + gap for item in kept) + 2 * pad > row.w:
        worst = max(item.rank for item in kept)
        kept = [item for item in kept if item.rank < worst]
    found, left, right = [], row.x + pad, row.right - pad
    for item in [item for item in kept if item.side == "left"]:
        found.append((item, Rect(left, row.y, item.width, row.h)))
        left += item.width + gap
    for item in reversed([item for item in kept if item.side == "right"]):
        right -= item.width
        found.append((item, Rect(right, row.y, item.width, row.h)))
        right -= gap
    return found


def _middle(box: Rect, height: int) -> Rect:
    """As wide, and of this height around its middle."""
    return Rect(box.x, box.y + (box.h - height) // 2, box.w, height)
