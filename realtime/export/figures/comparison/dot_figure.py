"""Rows of dots with intervals on one axis, for print: the rows are those of the report's charts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from realtime.core.compare_scores import Interval
from realtime.export.figures.comparison.print_figure import (
    LEGEND_ROW,
    ROW,
    SINGLE,
    TICK_LABELS,
    PrintFigure,
    color,
    legend_rows,
)
from realtime.export.report.compare.common import drawn_over, level_of
from realtime.export.report.dot_chart import Axis, DotMark, DotRow

_EDGE, _GAP = 1.0, 1.6  # mm at the figure's edges, and between its parts
_LABEL_LINE = 3.9  # mm
_RANKED = 90.0  # mm, of rows without names
_MOST_LABEL = 0.36  # of the width, for the names of the rows
_MARKERS = {"dot": "o", "open": "s", "diamond": "D", "bar": "|"}
_SIZES = {"dot": 4.2, "open": 5.6, "diamond": 3.8, "bar": 8.0}
_BEYOND = 5.0


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a legend: a shape of `DotMark`, or "interval", "ticks", "chance", "noise"."""

    shape: str
    color: str
    text: str


def interval_entry(interval: Interval | None, units: int, name: str = "delivered") -> list[Entry]:
    """What the lines are, with their true level: below 95 % where there was too little to draw from.

    `units` are the people or recordings that it was drawn over, where it is not of parts of one recording.
    """
    if interval is None:
        return []
    over = drawn_over(interval) if interval.over == "blocks" else f"{units:,} {drawn_over(interval)}"
    return [Entry("interval", name, f"{level_of(interval)} interval over {over}")]


def dot_figure(
    axis: Axis, rows: Sequence[DotRow], entries: Sequence[Entry], width: float = SINGLE, legend_columns: int = 1
) -> PrintFigure:
    """The figure; its height is that of its rows. A value beyond the axis is an arrow at its end."""
    from matplotlib.ticker import MaxNLocator

    heads = [row.group if at == 0 or row.group != rows[at - 1].group else "" for at, row in enumerate(rows)]
    heads = heads if len({row.group for row in rows}) > 1 else [""] * len(rows)
    top = _EDGE + (LEGEND_ROW if axis.columns else 0.0)
    tall = sum(ROW * (2 if head else 1) for head in heads)
    draft = PrintFigure(width, 50.0)
    below = top + tall + TICK_LABELS
    legend_top = below + draft.lines_of(axis.label) * _LABEL_LINE + 1.4
    figure = PrintFigure(width, legend_top + legend_rows(len(entries), legend_columns) + _EDGE)
    labels = [figure.cut(row.label, width * _MOST_LABEL) for row in rows]
    names = max(figure.text_width(label) for label in labels)
    columns = [
        max(figure.text_width(text) for text in (head, *(row.columns[at] for row in rows if row.columns)))
        for at, head in enumerate(axis.columns)
    ]
    numbers = [row.text if row.value is not None else "" for row in rows]
    right = max(figure.text_width(text) for text in numbers)
    left = _EDGE + names + sum(_GAP * 1.6 + one for one in columns) + _GAP * 1.4
    plot = figure.axes(left, top, width - left - right - _GAP - _EDGE, tall)
    _prepare(plot, axis, tall)
    plot.xaxis.set_major_locator(MaxNLocator(5 if width == SINGLE else 9, steps=[1, 2, 2.5, 5, 10]))
    for at, head in enumerate(axis.columns):
        figure.text(_EDGE + names + sum(_GAP * 1.6 + one for one in columns[: at + 1]), top - LEGEND_ROW / 2, head,
                    ha="right", color=color("muted"))  # fmt: skip
    if axis.noise is not None:
        plot.axvspan(0.0, axis.noise, facecolor=color("line"), edgecolor="none", zorder=0)
    y = 0.0
    for row, head, label, number in zip(rows, heads, labels, numbers, strict=True):
        if head:
            figure.text(_EDGE, top + y + ROW / 2, figure.cut(head, width - 2 * _EDGE), weight="bold")
            y += ROW
        middle = y + ROW / 2
        figure.text(_EDGE, top + middle, label)
        for at, text in enumerate(row.columns):
            figure.text(_EDGE + names + sum(_GAP * 1.6 + one for one in columns[: at + 1]), top + middle, text,
                        ha="right", color=color("muted"))  # fmt: skip
        if row.value is None:
            figure.text(left + _GAP, top + middle, row.text, color=color("muted"), style="italic")
        else:
            figure.text(width - _EDGE, top + middle, number, ha="right", color=color(row.color))
            _draw(plot, axis, row, middle)
        y += ROW
    figure.below(plot, axis.label, below)
    figure.legend(legend_top, [handle(one) for one in entries], [one.text for one in entries], legend_columns)
    return figure


def ranked_figure(axis: Axis, rows: Sequence[DotRow], entries: Sequence[Entry], what: str) -> PrintFigure:
    """More rows than can have names: one below the other, in their order, as "People" or "Recordings"."""
    from matplotlib.ticker import MaxNLocator

    left, below = 6.5, _EDGE + _RANKED + TICK_LABELS
    draft = PrintFigure(SINGLE, 50.0)
    legend_top = below + draft.lines_of(axis.label) * _LABEL_LINE + 1.4
    figure = PrintFigure(SINGLE, legend_top + legend_rows(len(entries)) + _EDGE)
    plot = figure.axes(left, _EDGE, SINGLE - left - 4.0, _RANKED)
    _prepare(plot, axis, _RANKED)
    plot.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
    figure.text(3.0, _EDGE + _RANKED / 2, f"{what}, from the highest skill (n = {len(rows):,})", rotation=90,
                ha="center", va="center")  # fmt: skip
    for at, row in enumerate(rows):
        _draw(plot, axis, replace(row, ticks=()), _RANKED * (at + 0.5) / len(rows), 0.55)
    figure.below(plot, axis.label, below)
    figure.legend(legend_top, [handle(one) for one in entries], [one.text for one in entries])
    return figure


def _prepare(plot: Any, axis: Axis, tall: float) -> None:
    """Limits in mm downwards, a grid, and no frame but the axis."""
    margin = 0.025 * (axis.high - axis.low)
    plot.set_xlim(axis.low - margin, axis.high + margin)
    plot.set_ylim(tall, 0.0)
    plot.set_yticks([])
    plot.spines["left"].set_visible(False)
    plot.grid(axis="x", color=color("grid"), linewidth=0.5)
    plot.set_axisbelow(True)
    if axis.low <= 0.0 <= axis.high:
        plot.axvline(0.0, color=color("muted"), linewidth=0.7, zorder=0.9)


def _draw(plot: Any, axis: Axis, row: DotRow, y: float, size: float = 1.0) -> None:
    value = row.value or 0.0
    shade = color(row.color)
    if row.chance is not None:
        chance_band(plot, max(row.chance[0], axis.low), min(row.chance[1], axis.high), y)
    if row.marks and row.low is None:  # with an interval the line is the interval
        places = [value, *(mark.value for mark in row.marks)]
        plot.plot([min(places), max(places)], [y, y], color=color("bar"), linewidth=0.8, zorder=1)
    if row.low is not None and row.high is not None:
        ends = [min(max(one, axis.low), axis.high) for one in (row.low, row.high)]
        plot.plot(ends, [y, y], color=shade, linewidth=1.3 * size, solid_capstyle="butt", zorder=2)
        for end, shape, beyond in ((axis.low, "<", row.low < axis.low), (axis.high, ">", row.high > axis.high)):
            if beyond:
                plot.plot([end], [y], shape, color=shade, markersize=0.7 * _BEYOND * size, clip_on=False, zorder=2)
    ticks = [one for one in row.ticks if axis.low <= one <= axis.high]
    plot.vlines(ticks, y + ROW * 0.24, y + ROW * 0.44, color=shade, linewidth=0.7)
    for mark in (*row.marks, DotMark(value, row.color, "open" if row.open else "dot")):
        _mark(plot, axis, mark, y, size)


def _mark(plot: Any, axis: Axis, mark: DotMark, y: float, size: float) -> None:
    beyond = mark.value < axis.low or mark.value > axis.high
    if beyond:
        x, shape = (axis.low, "<") if mark.value < axis.low else (axis.high, ">")
        plot.plot([x], [y], shape, color=color(mark.color), markersize=_BEYOND * size, clip_on=False, zorder=3)
        return
    plot.plot([mark.value], [y], clip_on=False, zorder=3, **_marker(mark.shape, mark.color, size))


def _marker(shape: str, name: str, size: float = 1.0) -> dict[str, Any]:
    face = "none" if shape == "open" else color(name)  # so that a dot within it is seen
    return {
        "marker": _MARKERS[shape], "markersize": _SIZES[shape] * size, "markerfacecolor": face, "linestyle": "none",
        "markeredgecolor": color(name), "markeredgewidth": 1.6 if shape == "bar" else 1.0,
    }  # fmt: skip


def chance_band(plot: Any, low: float, high: float, y: float) -> None:
    """A hatched box about a row: what chance reaches."""
    from matplotlib.patches import Rectangle

    plot.add_patch(
        Rectangle((low, y - ROW * 0.36), max(high - low, 1e-9), ROW * 0.72, facecolor="none", hatch="/" * 7,
                  edgecolor=color("chance"), linewidth=0.4, zorder=1.5)
    )  # fmt: skip


def handle(entry: Entry) -> Any:
    """What stands for an entry in a legend."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    if entry.shape == "chance":
        return Patch(facecolor="none", hatch="/" * 7, edgecolor=color("chance"), linewidth=0.4)
    if entry.shape == "noise":
        return Patch(facecolor=color("line"), edgecolor="none")
    if entry.shape == "block":
        return Patch(facecolor=color(entry.color), edgecolor="none")
    if entry.shape == "interval":
        return Line2D([], [], color=color(entry.color), linewidth=1.3)
    if entry.shape == "ticks":
        return Line2D([], [], color=color(entry.color), marker="|", markersize=3.5, markeredgewidth=0.7,
                      linestyle="none")  # fmt: skip
    return Line2D([], [], **_marker(entry.shape, entry.color))
