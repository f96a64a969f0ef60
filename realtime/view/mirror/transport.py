"""Playback controls of a replay: play, step, seek bar with annotations, speed, time.

Press or drag the seek bar to seek; the handles below it are the in and the out point.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
from imgui_bundle import imgui

from realtime.core.commands import Action, PlayRange, Seek, command
from realtime.core.status import AnnotationView, Playback, Status
from realtime.core.view_state import ViewState
from realtime.core.wording import speed_text, time_text
from realtime.view.mirror.mark_layout import MarkLayout
from realtime.view.mirror.seekbar import SeekBar, frame_s, trimmed
from realtime.view.mirror.transport_items import (
    BUTTON,
    PAD,
    PLAY,
    SPEED,
    VisibleItems,
    mono_width,
    row_labels,
    row_width,
    widths,
)
from realtime.view.paint import icons, theme
from realtime.view.paint.layout import Rect
from realtime.view.paint.painter import Painter
from realtime.view.paint.theme import Color
from realtime.view.paint.tooltip import TooltipRow, draw_tooltip

# Design units.
_LEAST = 200  # width of the seek bar below which other items are omitted
_TRACK, _KNOB = 6, 7.5  # height and radius
_ABOVE, _BELOW = 13, 12  # from the track's middle to the annotations, and to the handles
_REACH = 7  # of a handle or an event, to both sides
_TOOLTIP_W = 320  # width of a tooltip at most

Held = Literal["", "time", "in", "out"]
_POINTS: dict[Held, str] = {"in": "in point", "out": "out point"}


_ALL, _PRESENTATION = VisibleItems(), VisibleItems(steps=False, speed=False, loop=False, row=2)


class Transport:
    """Draws the bar and requests commands."""

    def __init__(self) -> None:
        self.places: dict[str, Rect] = {}  # of everything that answers to the mouse, by its command or name
        self.bar: SeekBar | None = None  # None where there is no replay
        self._marks = MarkLayout(SeekBar(Rect(0, 0, 0, 0), 0.0), ())
        self._held: Held = ""
        self._dragged = 0.0  # s; where the mouse holds it
        self._grab_offset = 0.0  # pixels from the mouse to what it took

    def draw(self, p: Painter, rect: Rect | None, status: Status, ui: ViewState) -> None:
        """One frame; `rect` is None where there is no replay."""
        self.places.clear()
        playback = status.playback
        if rect is None or playback is None or min(rect.w, rect.h) < 1:
            self.bar, self._held = None, ""
            return
        lane = self._beside(p, rect, playback, ui)
        track_h = p.px(_TRACK)
        knob = p.px(_KNOB)  # stays within the lane at both ends
        track = Rect(lane.x + knob, rect.y + (rect.h - track_h) // 2, max(0, lane.w - 2 * knob), track_h)
        self.bar = SeekBar(track, playback.duration_s)
        self.places["seek"] = Rect.between(lane.x, rect.y, lane.right, rect.bottom)
        self._follow(p, self.bar, playback, ui)
        self._draw_bar(p, self.bar, self._while_dragged(playback), status.marks)
        if not ui.help:
            self._draw_tooltip(p, rect, self.bar, playback)

    # Beside the seek bar ----------------------------------------------------------------------------------------------

    def _beside(self, p: Painter, rect: Rect, playback: Playback, ui: ViewState) -> Rect:
        """Draw everything else, as much as there is room for; returns the room of the seek bar."""
        parts: VisibleItems | None = _PRESENTATION if ui.stage else _ALL
        left = right = 0
        while parts is not None:
            left, right = widths(p, parts, playback)
            if rect.w - left - right >= p.px(_LEAST):
                break
            parts = parts.less()
        if parts is None:
            pad = p.px(PAD)
            return Rect.between(rect.x + pad, rect.y, rect.right - pad, rect.bottom)
        self._draw_left(p, rect, parts, playback, ui)
        self._draw_right(p, rect, parts, playback, ui)
        return Rect.between(rect.x + left, rect.y, rect.right - right, rect.bottom)

    def _draw_left(self, p: Painter, rect: Rect, parts: VisibleItems, playback: Playback, ui: ViewState) -> None:
        x, middle = rect.x + p.px(PAD) - p.px(4), rect.y + rect.h // 2
        size = p.px(BUTTON)
        if parts.steps:
            back = Rect(x, middle - size // 2, size, size)
            ink = self._button(p, back, Action.STEP_BACK, ui)
            icons.step(p, back.x + size / 2, middle, 6.0 * p.unit, ink, back=True)
            x = back.right + p.px(2)
        size = min(p.px(PLAY), rect.h - p.px(2))
        box = Rect(x, middle - size // 2, size, size)
        hovered = self._button(p, box, Action.PAUSE, ui) is theme.TEXT
        p.ring(
            box.x + size / 2, box.y + size / 2, size / 2 - p.unit, theme.ACCENT.faded(0.9 if hovered else 0.55), p.unit
        )
        sign = icons.pause if playback.playing else icons.play
        sign(p, box.x + size / 2, box.y + size / 2, 0.24 * size, theme.TEXT)
        x = box.right + p.px(2)
        if parts.steps:
            on = Rect(x, middle - p.px(BUTTON) // 2, p.px(BUTTON), p.px(BUTTON))
            icons.step(p, on.x + on.w / 2, middle, 6.0 * p.unit, self._button(p, on, Action.STEP, ui))
            x = on.right
        x += p.px(10)
        now, total = time_text(self._while_dragged(playback).time_s), time_text(playback.duration_s)
        room = Rect(x, rect.y, mono_width(p, total), rect.h)
        p.text(now, room, theme.TEXT, theme.SIZE_MONO, p.fonts.mono, "right")
        if parts.total:
            rest = f" / {total}"
            room = Rect(room.right, rect.y, mono_width(p, rest), rect.h)
            p.text(rest, room, theme.TEXT_FAINT, theme.SIZE_MONO, p.fonts.mono)

    def _draw_right(self, p: Painter, rect: Rect, parts: VisibleItems, playback: Playback, ui: ViewState) -> None:
        x, middle, size = rect.right - p.px(PAD), rect.y + rect.h // 2, p.px(BUTTON)
        rows = row_labels(playback)
        if parts.row < len(rows):
            wide = row_width(p, parts, playback)
            place = Rect(x - wide, rect.y, wide, rect.h)
            p.text(rows[parts.row], place, theme.TEXT_SOFT, theme.SIZE_SMALL, side="right")
            self.places["row"] = place
            x = place.x - p.px(12)
        if parts.loop:
            box = Rect(x - size, middle - size // 2, size, size)
            if playback.loop:
                p.fill(box, theme.ACCENT.faded(0.18), 6 * p.unit)
            ink = self._button(p, box, Action.LOOP, ui)
            icons.loop(p, box.x + size / 2, middle, 6.0 * p.unit, theme.ACCENT if playback.loop else ink)
            x = box.x - p.px(8)
        if parts.speed:
            sign = p.px(SPEED)
            faster = Rect(x - sign, middle - size // 2, sign, size)
            number = Rect(faster.x - mono_width(p, "0.25×"), rect.y, mono_width(p, "0.25×"), rect.h)
            slower = Rect(number.x - sign, faster.y, sign, size)
            for box, request, text in ((slower, Action.SLOWER, "−"), (faster, Action.FASTER, "+")):
                ink = self._button(p, box, request, ui)
                p.text(text, box, ink, theme.SIZE_TITLE, side="center")
            ink = theme.TEXT_SOFT if playback.speed == 1.0 else theme.ACCENT
            p.text(speed_text(playback.speed), number, ink, theme.SIZE_MONO, p.fonts.mono, "center")

    def _button(self, p: Painter, box: Rect, request: Action, ui: ViewState) -> Color:
        """A clickable area for a command; returns the colour of its icon."""
        self.places[request.name] = box
        hovered = not ui.help and not self._held and p.hovered(box)
        if hovered:
            p.fill(box, theme.TEXT.faded(0.08), box.h / 2 if request is Action.PAUSE else 6 * p.unit)
            if p.clicked(box):
                ui.actions.append(request)
        return theme.TEXT if hovered else theme.TEXT_SOFT

    # The seek bar ----------------------------------------------------------------------------------------------------

    def _follow(self, p: Painter, bar: SeekBar, playback: Playback, ui: ViewState) -> None:
        """Start or continue dragging the time or a handle, and request seeks."""
        pressed = not ui.help and p.clicked(self.places["seek"])
        if pressed:
            self._take(p, bar, playback)
        if not self._held:
            return
        now = self._dragged
        if imgui.is_mouse_pos_valid():  # not while it is outside of the window
            now = self._within(bar.time_of(imgui.get_io().mouse_pos.x + self._grab_offset), playback)
        if pressed or now != self._dragged:
            ui.actions.append(Seek(now))  # of a handle, too: what is shown is where it would be
        self._dragged = now
        if imgui.is_mouse_down(imgui.MouseButton_.left) and not ui.help:
            return
        held = self._while_dragged(playback)
        if self._held != "time" and (held.in_s, held.out_s) != (playback.in_s, playback.out_s):
            ui.actions.append(PlayRange(held.in_s, held.out_s))
        self._held = ""

    def _take(self, p: Painter, bar: SeekBar, playback: Playback) -> None:
        """Grab what is under the mouse: below the track the nearer handle within reach, else the time."""
        mouse = imgui.get_io().mouse_pos
        self._held, self._grab_offset = "time", 0.0
        if mouse.y < bar.track.bottom + 2 * p.unit:
            return
        to_in, to_out = bar.x_of(playback.in_s) - mouse.x, bar.x_of(playback.out_s) - mouse.x
        nearest = min(to_in, to_out, key=abs)
        if abs(nearest) > _REACH * p.unit:
            return
        # If both are at one position, each can be grabbed from its own side.
        self._held = "in" if abs(to_in) < abs(to_out) or (to_in == to_out and to_in > 0) else "out"
        self._grab_offset = nearest

    def _within(self, time_s: float, playback: Playback) -> float:
        """A handle stays on its side of the other one, with a frame between them."""
        least = 2 * frame_s(playback)
        if self._held == "in":
            return max(min(time_s, playback.out_s - least), 0.0)
        return min(max(time_s, playback.in_s + least), playback.duration_s) if self._held == "out" else time_s

    def _while_dragged(self, playback: Playback) -> Playback:
        """The playback with the dragged value applied, since the program needs a moment."""
        if not self._held:
            return playback
        moved = replace(playback, time_s=self._dragged)
        if self._held == "in":
            return replace(moved, in_s=self._dragged)
        return replace(moved, out_s=self._dragged) if self._held == "out" else moved

    def _draw_bar(self, p: Painter, bar: SeekBar, playback: Playback, marks: Sequence[AnnotationView]) -> None:
        track, corner = bar.track, bar.track.h / 2
        middle = track.y + track.h / 2
        left, right = bar.between(playback.in_s, playback.out_s)
        p.fill(track, theme.TRACK.faded(0.6) if trimmed(playback) else theme.TRACK, corner)
        if trimmed(playback):
            p.fill(Rect.between(left, track.y, right, track.bottom), theme.TRACK, corner)
        at = bar.x_of(playback.time_s)
        played = left, round(min(at, right))
        p.fill(Rect.between(played[0], track.y, played[1], track.bottom), theme.ACCENT, corner)
        self._draw_marks(p, bar, marks, played)
        self._draw_handles(p, bar, playback)
        hovered = self._held == "time" or (not self._held and p.hovered(self.places["seek"]))
        radius = _KNOB * p.unit
        p.dot(at, middle, radius + 2 * p.unit, theme.CARD)
        p.dot(at, middle, radius, theme.TEXT if hovered else theme.ACCENT)

    def _draw_marks(self, p: Painter, bar: SeekBar, marks: Sequence[AnnotationView], played: tuple[int, int]) -> None:
        """Intervals first, which are wide, brighter where they are played; events with a stem through the track."""
        track, thin = bar.track, max(1, p.px(1.5))
        middle = track.y + track.h / 2
        above = min(p.px(_ABOVE), round(middle - self.places["seek"].y) - p.px(6))
        self._marks = self._marks.of(bar, marks)
        for left, right in self._marks.spans:
            top = round(middle) - above
            p.fill(Rect.between(left, top, right, track.y), theme.WARN.faded(0.13))
            p.fill(Rect(left, top, right - left, thin), theme.WARN.faded(0.8))
            p.fill(Rect.between(left, track.y, right, track.bottom), theme.TRACK)
            p.fill(Rect.between(left, track.y, right, track.bottom), theme.WARN.faded(0.4))
            p.fill(Rect.between(max(played[0], left), track.y, min(played[1], right), track.bottom), theme.WARN)
        before = -1e9
        for x in self._marks.event_x:
            p.fill(Rect.between(round(x - thin / 2), round(middle) - above, round(x - thin / 2) + thin, track.bottom),
                   theme.MARK)  # fmt: skip
            if x - before >= 8 * p.unit:  # in dense groups only the stems are distinguishable
                icons.diamond(p, x, round(middle) - above, 4.0 * p.unit, theme.MARK)
                before = x

    def _draw_handles(self, p: Painter, bar: SeekBar, playback: Playback) -> None:
        """Two wedges below the track that enclose what is played."""
        track = bar.track
        low = min(track.y + track.h // 2 + p.px(_BELOW), self.places["seek"].bottom - p.px(3))
        ink = theme.TEXT_SOFT if trimmed(playback) else theme.TEXT_FAINT.faded(0.6)
        top, reach = track.bottom + p.px(3), p.px(_REACH)
        left, right = round(bar.x_of(playback.in_s)), round(bar.x_of(playback.out_s))
        if trimmed(playback):
            p.fill(Rect.between(left, low - max(1, p.px(1)), right, low), ink.faded(0.6))
        for held, x, inwards in (("in", left, 1), ("out", right, -1)):
            place = Rect.between(x - reach, top, x + reach, self.places["seek"].bottom)
            self.places[held] = place
            hovered = self._held == held or (not self._held and p.hovered(place))
            corners = [(x, top), (x, low), (x + inwards * p.px(8), low)]
            p.polygon(np.array(corners[::inwards], float), theme.TEXT if hovered else ink)

    # Tooltip ----------------------------------------------------------------------------------------------------------

    def _draw_tooltip(self, p: Painter, rect: Rect, bar: SeekBar, playback: Playback) -> None:
        """A tooltip above the bar: of a button, or the time and annotation at the mouse."""
        mouse = imgui.get_io().mouse_pos
        if not self._held:
            for name, box in self.places.items():
                text = _tooltip_text(name, playback)
                if text and p.hovered(box):
                    _draw_rows(p, rect, box.x + box.w / 2, [(text, theme.TEXT_SOFT)])
                    return
            if not p.hovered(self.places["seek"]):
                return
        x = bar.x_of(self._dragged if self._held else bar.time_of(mouse.x))
        lines = [(time_text(bar.time_of(x)), theme.TEXT)]
        if self._held in _POINTS:
            lines.append((_POINTS[self._held], theme.TEXT_SOFT))
        elif (mark := self._marks.at(x, _REACH * p.unit)) is not None:
            lines.append((_annotation_text(mark), theme.MARK if mark.kind == "event" else theme.WARN))
        if not self._held:
            thin = max(1, p.px(1))
            middle = bar.track.y + bar.track.h / 2
            p.fill(Rect(round(x), round(middle - 9 * p.unit), thin, p.px(18)), theme.TEXT.faded(0.6))
        _draw_rows(p, rect, x, lines)


def annotation_time(mark: AnnotationView) -> str:
    """The time of an event, or the interval of an exclusion."""
    if mark.kind == "event":
        return time_text(mark.start_s)
    return f"{time_text(mark.start_s)} – " + ("…" if mark.open else time_text(mark.end_s))


def _annotation_text(mark: AnnotationView) -> str:
    kind = "event" if mark.kind == "event" else "excluded"
    return f"{kind} {annotation_time(mark)}  {mark.label}".rstrip()


def _tooltip_text(name: str, playback: Playback) -> str:
    """The tooltip of an item; "" for the seek bar itself, which shows the time."""
    if name == "row":
        return playback.note or "row of the session's table, counted from 0"
    if name not in Action.__members__:
        return ""
    entry = command(Action[name])
    doing = {
        "PAUSE": "pause" if playback.playing else "play",
        "LOOP": "loop off" if playback.loop else "loop on",
    }
    description = doing.get(name, entry.description)
    return f"{description[0].upper()}{description[1:]} ({', '.join(entry.keys)})"


def _draw_rows(p: Painter, rect: Rect, x: float, lines: Sequence[tuple[str, Color]]) -> None:
    """A tooltip above a position of the bar."""
    rows = [TooltipRow(p.elide_middle(text, p.px(_TOOLTIP_W), theme.SIZE_SMALL), color=color) for text, color in lines]
    draw_tooltip(p, rows, x, rect.y - p.px(6), "above")
