"""What the lanes of the timeline have around their values: names, ticks, marks, selections, the playhead."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from realtime.core.overview import N_EMOTIONS, N_FROM_MEAN, N_MOVED, Overview, Usable
from realtime.view.mirror.plots import ticks
from realtime.view.mirror.plots.value_axis import ValueAxis, label
from realtime.view.mirror.timeline.curves import Values
from realtime.view.mirror.timeline.lanes import Lanes
from realtime.view.mirror.timeline.marks import MarkLayout
from realtime.view.mirror.timeline.pointer import scrollbar_of
from realtime.view.mirror.timeline.selection import Selected, selection_color, share_text
from realtime.view.mirror.timeline.span import TimeSpan
from realtime.view.paint import icons, theme
from realtime.view.paint.layout import Rect
from realtime.view.paint.painter import Painter

STEM_FADED = 0.85  # of an event through the lanes
# Design units.
_TICK_W = 84  # room of a tick with its label
_ROW = 15  # of the legend
_MOST_LABELS = 200
_STATE_W = 14  # around the word of a state
_TAG_H = 17


def knows_emotions(overview: Overview) -> bool:
    """Whether emotions are known of any frame, or nothing is known yet."""
    last = overview.sums_before[-1]
    return bool(last[N_EMOTIONS]) or not last.any() or not (last[N_MOVED] or last[N_FROM_MEAN])


# Names ----------------------------------------------------------------------------------------------------------------


def draw_names(p: Painter, lanes: Lanes, scale: ValueAxis | None, values: Values | None, *, fitted: bool) -> None:
    """The names of the lanes at their left; below the movement's, as far as there is room, what its colours mean.

    `fitted`: the emotions are fitted to the face itself, so what is blue is the best that the model could do.
    """
    names = lanes.names
    if names is None:
        return
    high = min(p.px(18), lanes.movement.h)
    title = Rect(names.x, lanes.movement.y, names.w - p.px(6), high)
    taken = p.text("movement", title, theme.TEXT, theme.SIZE_SMALL, p.fonts.bold, term="movement")
    if lanes.size == "full" and scale is not None and values is not None:
        top = f"{label(scale.high, scale.step)} %"
        if taken + p.px(6) + p.width(top, theme.SIZE_CAP) <= title.w:
            p.text(top, title, theme.TEXT_SOFT, theme.SIZE_CAP, side="right")
        _draw_legend(
            p, Rect.between(names.x, title.bottom, names.right - p.px(4), lanes.movement.bottom), values, fitted=fitted
        )
    for name, lane, term in (("emotions", lanes.emotions, "ribbon"), ("usable", lanes.usable, "usable")):
        if lane is not None and lane.y - lanes.movement.bottom >= 0:
            height = p.px(16)
            box = Rect(names.x, lane.y + (lane.h - height) // 2, names.w - p.px(6), height)
            if box.y >= title.bottom:
                p.text(name, box, theme.TEXT, theme.SIZE_SMALL, p.fonts.bold, term=term)


def _draw_legend(p: Painter, room: Rect, values: Values, *, fitted: bool) -> None:
    before = bool(values.before.any())  # frames without a known rest
    names = ("out of reach", "at best") if fitted else ("not predicted", "predicted")
    entries = [(names[0], theme.SERIES_RAW, "square"), (names[1], theme.ACCENT, "square")]
    entries += [("noise", theme.PART_NOISE, "dots")]
    if before and not values.moved.any():
        entries = [("from the mean", theme.SERIES_MEAN, "square"), ("face, no rest", theme.SERIES_MEAN, "")]
    elif before:
        entries.append(("no rest yet", theme.SERIES_MEAN, "square"))
    row, lead = p.px(_ROW), p.px(12)
    for at, (text, ink, sign) in enumerate(entries):
        box = Rect(room.x, room.y + at * row, room.w, row)
        if box.bottom > room.bottom or lead + p.width(text, theme.SIZE_CAP) > room.w:
            break
        middle = box.y + row // 2
        if sign == "square":
            p.fill(Rect(box.x, middle - p.px(4), p.px(8), p.px(8)), ink, 2 * p.unit)
        elif sign == "dots":
            for dot in range(3):
                p.fill(Rect(box.x + dot * p.px(3.5), middle, max(1, p.px(2)), max(1, p.px(1.5))), ink)
        p.text(text, Rect.between(box.x + lead, box.y, box.right, box.bottom), theme.TEXT_SOFT, theme.SIZE_CAP)


# Times ----------------------------------------------------------------------------------------------------------------


def draw_grid(p: Painter, lanes: Lanes, span: TimeSpan, *, live: bool) -> None:
    """Ticks through the lanes, with their times below."""
    step = ticks.step_of(span.seconds, max(1, span.width // p.px(_TICK_W)))
    floor = Rect(lanes.movement.x, lanes.movement.bottom - 1, lanes.movement.w, 1)
    p.fill(floor, theme.CARD_EDGE)
    if lanes.size != "full" or lanes.times is None or span.seconds <= 0:
        return
    offset = 0.0
    if live:  # ticks tell how long ago; those of a panned view too
        offset = span.end_s
    thin, end = max(1, p.px(1)), float("-inf")
    top, low = lanes.movement.y, lanes.plotted.bottom
    for tick in ticks.ticks(span.start_s - offset, span.end_s - offset, step):
        x = round(span.x_of(tick + offset))
        p.fill(Rect(x, top, thin, low - top), theme.TRACK.faded(0.8))
        text = ticks.ago(-tick, step) if live else ticks.clock(tick, step)
        width = p.width(text, theme.SIZE_SMALL)
        left = min(max(x - width / 2, lanes.times.x), lanes.times.right - width - 1)
        if left < end or width > lanes.times.w:
            continue
        box = Rect(round(left), lanes.times.y, round(width) + 2, lanes.times.h - p.px(3))
        p.text(text, box, theme.TEXT if text == "now" else theme.TEXT_SOFT, theme.SIZE_SMALL)
        end = left + width + p.px(10)


def draw_changes(p: Painter, lane: Rect, span: TimeSpan, overview: Overview) -> None:
    """A tick where the source, the neutral or the source of the emotions changed; one a column of pixels."""
    seen = {round(span.x_of(one.time_s)) for one in overview.changes if span.sees(one.time_s)}
    for x in seen:
        p.fill(Rect(x - max(1, p.px(1)), lane.y - p.px(3), max(2, p.px(2)), lane.h + p.px(6)), theme.TEXT)


def draw_scrollbar(p: Painter, lanes: Lanes, span: TimeSpan, reach: tuple[float, float, float | None]) -> None:
    """Which part of the whole is seen."""
    bar = scrollbar_of(lanes, p.unit)
    now_s, full_s, _ = reach
    if bar is None or full_s <= 0:
        return
    p.fill(bar, theme.TRACK, bar.h / 2)
    start, end = ((time_s - (now_s - full_s)) / full_s for time_s in (span.start_s, span.end_s))
    left, right = (bar.x + round(min(max(share, 0.0), 1.0) * bar.w) for share in (start, end))
    p.fill(Rect.between(left, bar.y, max(right, left + p.px(8)), bar.bottom), theme.MUTED_BAR, bar.h / 2)


def draw_playhead(p: Painter, lanes: Lanes, span: TimeSpan, time_s: float, *, hot: bool) -> None:
    """The time that is shown."""
    if not span.sees(time_s):
        return
    x, wide = round(span.x_of(time_s)), max(2, p.px(2))
    top, low = lanes.all.y, lanes.plotted.bottom
    p.fill(Rect(x - wide // 2, top, wide, low - top), theme.TEXT)
    if lanes.marks is not None:
        half, y = p.px(7), lanes.marks.bottom - p.px(8)
        points = [(x - half, y - p.px(3)), (x + half, y - p.px(3)), (x + half, y + p.px(4)), (x, y + p.px(11)),
                  (x - half, y + p.px(4))]  # fmt: skip
        p.polygon(np.array(points, float), theme.ACCENT if hot else theme.TEXT)


# Marks and states -----------------------------------------------------------------------------------------------------


def draw_marks(p: Painter, lanes: Lanes, layout: MarkLayout) -> list[Rect]:
    """Exclusions darken what is excluded; events are stems with a diamond, and their names where they have room.

    Returns where the lane of the marks is taken.
    """
    lane = lanes.plotted
    thin = max(1, p.px(1.5))
    top = lanes.marks.y + p.px(6) if lanes.marks is not None else lane.y
    for left, right in layout.spans:
        p.fill(Rect.between(left, lane.y, right, lane.bottom), theme.CARD.faded(0.62))
        p.fill(Rect.between(left, lane.y, right, lane.y + thin), theme.WARN)
        for end in (left, right - thin):
            p.fill(Rect(end, lane.y, thin, p.px(5)), theme.WARN)
    taken: list[Rect] = []
    seen = float("-inf")
    for x in layout.event_x:
        p.fill(Rect(round(x - thin / 2), top, thin, lane.bottom - top), theme.MARK.faded(STEM_FADED))
        if lanes.marks is not None and x - seen >= 8 * p.unit:  # in dense groups only the stems are distinguishable
            icons.diamond(p, x, lanes.marks.y + p.px(8), 4.0 * p.unit, theme.MARK)
            taken.append(Rect(round(x) - p.px(6), lanes.marks.y, p.px(12), lanes.marks.h))
            seen = x
    if lanes.marks is None or len(layout.event_x) > _MOST_LABELS:
        return taken
    font = p.fonts.bold
    for one in layout.labels(lambda text: p.width(text, theme.SIZE_SMALL, font), p.px(8), p.px(10)):
        box = Rect(one.x, lanes.marks.y, one.width + 1, p.px(16))
        p.text(one.text, box, theme.TEXT, theme.SIZE_SMALL, font)
        taken.append(box)
    return taken


_WORDS = {Usable.OUT_OF_RANGE: "out of range", Usable.TURNED: "turned away"}


def draw_states(
    p: Painter, lanes: Lanes, span: TimeSpan, values: Values | None, taken: Sequence[Rect], *, recorded: bool
) -> list[Rect]:
    """Where the movement cannot be used a shade, and what is wrong there, in the lane of the marks where that is not
    `taken`; without a face it is said in the empty lane. Returns the boxes of the words there.
    """
    lane = lanes.movement
    height = p.px(16)
    if lanes.size == "tiny" or lane.h < height:
        return []
    line = Rect(lane.x, lane.y + (lane.h - height) // 2, lane.w, height)
    if values is None:
        texts = ("the recording is being read …",) if recorded else ("the last minutes appear here", "no frames yet")
        text = p.first_fitting(texts, line.w, theme.SIZE_SMALL)
        p.text(text, line, theme.TEXT_SOFT, theme.SIZE_SMALL, side="center")
        return [line] if text else []
    written: list[Rect] = []
    above = list(taken)
    for run in values.runs:
        ends = span.between(run.start_s, run.end_s)
        if ends is None or run.usable is None or run.usable is Usable.YES or len(written) + len(above) > _MOST_LABELS:
            continue
        nobody = run.usable is Usable.NO_FACE
        if not nobody:
            p.fill(Rect.between(ends[0], lane.y, ends[1], lane.bottom), theme.WARN.faded(0.13))
            if lanes.marks is None:
                continue
        text = "no face" if nobody else _WORDS[run.usable]
        width = p.width(text, theme.SIZE_SMALL)
        y = line.y if nobody or lanes.marks is None else lanes.marks.y
        box = Rect(round((ends[0] + ends[1] - width) / 2), y, round(width) + 2, height)
        others = written if nobody else above
        if width + p.px(_STATE_W) <= ends[1] - ends[0] and not any(_meet(box, one) for one in others):
            p.text(text, box, theme.TEXT_SOFT if nobody else theme.WARN, theme.SIZE_SMALL)
            others.append(box)
    return written


def draw_selected(p: Painter, lanes: Lanes, span: TimeSpan, selected: Selected, places: dict[str, Rect]) -> None:
    """The selected stretches, with a grip at each end."""
    lane = lanes.plotted
    for name, stretch in selected.shown:
        ends = span.between(stretch.start_s, stretch.end_s)
        if ends is None:
            continue
        ink, (left, right) = selection_color(name), ends
        p.fill(Rect.between(left, lane.y, right, lane.bottom), ink.faded(0.16))
        p.frame(Rect.between(left, lane.y, right, lane.bottom), ink, 2 * p.unit, max(1.0, 1.5 * p.unit))
        high = min(p.px(20), lane.h)
        for side, x in (("in", left), ("out", right)):
            p.fill(Rect(x - p.px(2), lane.y + (lane.h - high) // 2, max(3, p.px(4)), high), ink, 2 * p.unit)
            places[f"{side} {name}"] = Rect(x - p.px(6), lane.y, p.px(12), lane.h)


def draw_tags(
    p: Painter, lanes: Lanes, span: TimeSpan, selected: Selected, overview: Overview | None, words: Sequence[Rect]
) -> None:
    """The name of each selected stretch with the predicted share of its movement, beside the `words` that are there."""
    if lanes.size == "tiny":
        return
    written = list(words)
    for name, stretch in selected.shown:
        ends = span.between(stretch.start_s, stretch.end_s)
        share = share_text(overview, stretch)
        for text in ([f"{name}  {share}"] if share else []) + [name]:
            width = round(p.width(text, theme.SIZE_SMALL, p.fonts.bold)) + p.px(10)
            if ends is None:
                continue
            box = Rect(ends[1] - width, lanes.plotted.y, width, p.px(_TAG_H))
            tag = _free_tag(box, lanes, ends[0], written)
            if tag is not None:
                p.fill(tag, selection_color(name), 3 * p.unit)
                p.text(text, tag, theme.GROUND_TOP, theme.SIZE_SMALL, p.fonts.bold, "center")
                written.append(tag)
                break


def _free_tag(tag: Rect, lanes: Lanes, left: int, written: Sequence[Rect]) -> Rect | None:
    """The tag within its stretch if it fits, else beside it; None where other words are."""
    places = [tag] if tag.x >= left else [Rect(tag.right, tag.y, tag.w, tag.h), Rect(left - tag.w, tag.y, tag.w, tag.h)]
    for place in places:
        inside = place.x >= lanes.movement.x and place.right <= lanes.movement.right
        if inside and place.bottom <= lanes.plotted.bottom and not any(_meet(place, one) for one in written):
            return place
    return None


def _meet(one: Rect, other: Rect) -> bool:
    return one.x < other.right and other.x < one.right and one.y < other.bottom and other.y < one.bottom
