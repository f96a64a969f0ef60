"""The causes of the error, one fixed after the other, as a waterfall."""

from __future__ import annotations

from realtime.core.compare_report import CompareReport
from realtime.export.figures.comparison.dot_figure import Entry, handle
from realtime.export.figures.comparison.print_figure import (
    DOUBLE,
    LEGEND_ROW,
    TICK_LABELS,
    NotDrawn,
    PrintFigure,
    color,
    legend_rows,
)
from realtime.export.report.compare.causes_section import waterfall_bars
from realtime.export.report.compare.common import level_of, skill_axis
from realtime.export.report.number_text import score

_ROW, _BAR = 6.2, 2.9  # mm
_NUMBERS, _INTERVAL, _ALONE, _EDGE = 52.0, 38.0, 13.0, 1.0  # mm
_LOWEST = -1.0


def causes_figure(report: CompareReport) -> PrintFigure:
    """From what is delivered up to 1; beside each step what its cause would add were it the only one fixed."""
    from matplotlib.ticker import MaxNLocator

    scores = report.overall
    steps = [one for one in scores.waterfall if not one.removed and one.adds is not None]
    if not steps or scores.skill is None:
        raise NotDrawn("the causes could not be told apart")
    bars = waterfall_bars(scores, steps)
    ends = [value for bar in bars for value in (bar.start, bar.end)]
    ends += [scores.skill + bar.alone for bar in bars if bar.alone is not None]
    low, high = max(min(0.0, *ends), _LOWEST), max(1.0, *ends)
    label = skill_axis(scores)
    top, tall = _EDGE + LEGEND_ROW, _ROW * len(bars)
    below = top + tall + TICK_LABELS
    legend_top = below + LEGEND_ROW + 1.4
    figure = PrintFigure(DOUBLE, legend_top + legend_rows(1) + _EDGE)
    left = _EDGE + max(figure.text_width(bar.label) for bar in bars) * 1.1 + 2.5
    plot = figure.axes(left, top, DOUBLE - left - _NUMBERS - _EDGE, tall)
    plot.set_xlim(low - 0.01 * (high - low), high + 0.01 * (high - low))
    plot.set_ylim(tall, 0.0)
    plot.set_yticks([])
    plot.spines["left"].set_visible(False)
    plot.xaxis.set_major_locator(MaxNLocator(9, steps=[1, 2, 2.5, 5, 10]))
    plot.grid(axis="x", color=color("grid"), linewidth=0.5)
    plot.set_axisbelow(True)
    plot.axvline(0.0, color=color("muted"), linewidth=0.7, zorder=0.9)
    intervals = iter(steps)
    level = next((level_of(one.interval) for one in steps if one.interval is not None), "")
    figure.text(DOUBLE - _INTERVAL - _EDGE, top - LEGEND_ROW / 2, "in order", ha="right", color=color("muted"))
    figure.text(
        DOUBLE - _ALONE - _EDGE,
        top - LEGEND_ROW / 2,
        f"{level} interval" if level else "",
        ha="right",
        color=color("muted"),
    )
    figure.text(DOUBLE - _EDGE, top - LEGEND_ROW / 2, "alone", ha="right", color=color("muted"))
    for at, bar in enumerate(bars):
        y = _ROW * at + 0.6
        middle, strong = top + y + _BAR / 2, "bold" if bar.strong else "normal"
        first, last = (min(max(value, low), high) for value in (bar.start, bar.end))
        plot.barh(y, last - first, _BAR, first, align="edge", color=color(bar.color.removeprefix("f-")), zorder=2)
        plot.plot([last, last], [y, y + _BAR], color=color(bar.color.removeprefix("f-")), linewidth=0.8, zorder=2)
        if at + 1 < len(bars) and not bars[at + 1].strong:
            plot.plot([last, last], [y + _BAR, y + _ROW], color=color("muted"), linewidth=0.5, zorder=1)
        if bar.alone is not None:
            under = y + _BAR + 1.1
            alone = min(max(scores.skill + bar.alone, low), high)
            start = min(max(scores.skill, low), high)
            plot.plot([start, alone], [under, under], color=color("ink"), linewidth=0.8, marker="|", markersize=3.0,
                      markeredgewidth=0.8)  # fmt: skip
        figure.text(_EDGE, middle, bar.label, weight=strong)
        figure.text(DOUBLE - _INTERVAL - _EDGE, middle, bar.text, ha="right", weight=strong)
        interval = None if bar.strong else next(intervals).interval
        shown = "" if interval is None else f"{score(interval.low)} to {score(interval.high)}"  # the head has the level
        figure.text(DOUBLE - _ALONE - _EDGE, middle, shown, ha="right", color=color("muted"))
        figure.text(DOUBLE - _EDGE, middle, bar.alone_text, ha="right", color=color("muted"))
    figure.below(plot, label, below)
    entries = [
        Entry("block", "delivered", "as delivered"),
        Entry("block", "gain", "can be won"),
        Entry("block", "floor", "floor with all above fixed"),
        Entry("block", "bar", "not with this model"),
    ]
    from matplotlib.lines import Line2D

    alone_line = Line2D([], [], color=color("ink"), linewidth=0.8, marker="|", markersize=3.0)
    figure.legend(legend_top, [*(handle(one) for one in entries), alone_line],
                  [*(one.text for one in entries), "alone: fixed by itself"], 5)  # fmt: skip
    return figure
