"""What the timeline tells under the mouse."""

from __future__ import annotations

from collections.abc import Sequence

from imgui_bundle import imgui

from realtime.core.commands import Action, command
from realtime.core.overview import (
    FIRST_EMOTION,
    FIRST_USABLE,
    FROM_MEAN,
    MOVED,
    N_EMOTIONS,
    N_FROM_MEAN,
    N_MOVED,
    Overview,
    Usable,
)
from realtime.core.status import Playback
from realtime.core.types import EMOTIONS, FloatArray
from realtime.core.wording import time_text
from realtime.view.mirror.plots import ticks
from realtime.view.mirror.timeline.curves import ribbon_color
from realtime.view.mirror.timeline.marks import MarkLayout, annotation_text
from realtime.view.mirror.timeline.selection import Stretch, share_text
from realtime.view.mirror.timeline.span import TimeSpan
from realtime.view.paint import theme
from realtime.view.paint.layout import Rect
from realtime.view.paint.painter import Painter
from realtime.view.paint.tooltip import TooltipRow, draw_tooltip

_REACH = 7  # of an event, to both sides, design units
_WIDEST = 320  # of a line
_AROUND_S = 0.25  # to both sides of the mouse, at least
_WORDS = {
    "whole": "Show all of it (double click)",
    "zoom A": "Show A as wide as the window",
    "zoom B": "Show B as wide as the window",
    "compare": "The next stretch that you drag is B (or drag with Ctrl)",
    "export": "Export the selected stretch",
    "clear": "Select nothing, play all",
    "undo": "What was selected before",
}
_STATES = {
    Usable.NO_FACE: "no face",
    Usable.OUT_OF_RANGE: "out of the models' range",
    Usable.TURNED: "turned: expression and head pose are not told apart",
}


def button_text(name: str, playback: Playback | None) -> str:
    """The tooltip of an item of the controls; "" for what has none."""
    if name == "row" and playback is not None:
        return playback.note or f"row of the session's table, of {playback.rows}, counted from 0"
    if name in _WORDS:
        return _WORDS[name]
    if name not in Action.__members__:
        return ""
    entry = command(Action[name])
    doing = {}
    if playback is not None:
        doing = {
            "PAUSE": "pause" if playback.playing else "play",
            "LOOP": "loop off" if playback.loop else "loop on",
        }
    description = doing.get(name, entry.description)
    return f"{description[0].upper()}{description[1:]} ({', '.join(entry.keys)})"


def draw_button_tooltip(p: Painter, places: dict[str, Rect], playback: Playback | None, top: int) -> bool:
    """That of the item under the mouse, above `top`; whether there is one."""
    for name, box in places.items():
        text = button_text(name, playback)
        if text and p.hovered(box):
            _draw(p, box.x + box.w / 2, top, [TooltipRow(_cut(p, text))])
            return True
    return False


def draw_readout(
    p: Painter, area: Rect, top: int, span: TimeSpan, overview: Overview | None, marks: MarkLayout, *, live: bool
) -> None:
    """The values around the mouse, with the annotation there, above `top`."""
    mouse = imgui.get_io().mouse_pos
    if not p.hovered(area):
        return
    time_s = span.time_of(mouse.x)
    step = span.seconds / max(span.width, 1)
    when = ticks.ago(span.end_s - time_s, min(step, 1.0)) if live else time_text(time_s)
    rows = [TooltipRow(when, color=theme.TEXT, bold=True)]
    mark = marks.at(mouse.x, _REACH * p.unit)
    if mark is not None:
        ink = theme.MARK if mark.kind == "event" else theme.WARN
        rows.append(TooltipRow(_cut(p, annotation_text(mark)), color=ink))
    if overview is not None and len(overview.times_s):
        around = max(_AROUND_S, step)
        near = [one for one in overview.changes if abs(one.time_s - time_s) <= _REACH * p.unit * step]
        rows += [TooltipRow(_cut(p, one.text), color=theme.TEXT) for one in near[:3]]
        rows += values_at(overview, Stretch(time_s - around, time_s + around))
    p.fill(Rect(round(mouse.x), area.y, max(1, p.px(1)), area.h), theme.TEXT.faded(0.5))
    _draw(p, mouse.x, top, rows)


def values_at(overview: Overview, stretch: Stretch) -> list[TooltipRow]:
    """The measurements of a stretch in lines."""
    sums = overview.between(stretch.start_s, stretch.end_s)
    rows = []
    if sums[N_MOVED]:
        distance = float(sums[MOVED] / sums[N_MOVED]) ** 0.5
        rows.append(TooltipRow("distance from rest", f"{distance:.1f} %", dot=theme.SERIES_RAW))
        rows.append(TooltipRow("predicted of its square", share_text(overview, stretch), dot=theme.ACCENT))
    elif sums[N_FROM_MEAN]:
        distance = float(sums[FROM_MEAN] / sums[N_FROM_MEAN]) ** 0.5
        rows.append(TooltipRow("distance from the mean face", f"{distance:.1f} %", dot=theme.SERIES_MEAN))
    rows += _emotions(sums)
    frames = sums[FIRST_USABLE : FIRST_USABLE + len(Usable)]
    if frames.any() and (state := Usable(int(frames.argmax()))) in _STATES:
        rows.append(TooltipRow(_STATES[state], color=theme.WARN))
    return rows


def _emotions(sums: FloatArray) -> list[TooltipRow]:
    if not sums[N_EMOTIONS]:
        return []
    values = (sums[FIRST_EMOTION:N_EMOTIONS] / sums[N_EMOTIONS]).tolist()
    order = sorted(range(len(EMOTIONS)), key=lambda at: -values[at])[:2]
    return [
        TooltipRow(EMOTIONS[at], f"{100 * values[at]:.0f} %", dot=ribbon_color(EMOTIONS[at]))
        for at in order
        if values[at] >= 0.05
    ]


def _cut(p: Painter, text: str) -> str:
    return p.elide_middle(text, p.px(_WIDEST), theme.SIZE_SMALL)


def _draw(p: Painter, x: float, top: int, rows: Sequence[TooltipRow]) -> None:
    draw_tooltip(p, rows, x, top - p.px(6), "above")
