"""Curves: how many frames have at most some error, and skill by shifts in time."""

from __future__ import annotations

from typing import Any

from realtime.core.compare_report import CompareReport
from realtime.export.figures.comparison.dot_figure import Entry, handle, interval_entry
from realtime.export.figures.comparison.print_figure import (
    SINGLE,
    TICK_LABELS,
    NotDrawn,
    PrintFigure,
    color,
    legend_rows,
)
from realtime.export.figures.comparison.score_figures import units_of
from realtime.export.report.compare.causes_section import lag_seen
from realtime.export.report.compare.common import baseline_name, own_neutral, skill_name
from realtime.export.report.compare.spread_section import course, curves_end
from realtime.export.report.number_text import decimal, percent, score

_LEFT, _RIGHT, _TOP, _TALL = 16.5, 3.0, 2.0, 46.0  # mm
_LEGEND = 11.2  # mm below the axes
_STYLES = {"neutral": (0, (4, 2)), "delivered": "-", "floor": (0, (1, 1.2)), "gain": "-"}


def cumulative_figure(report: CompareReport) -> PrintFigure:
    """Share of the frames with at most some NME, with the threshold of a failure; areas and failures in the legend."""
    scores = report.overall
    curve = scores.curve
    if curve is None or not any(curve.frames):
        raise NotDrawn("no frame has an error that could be counted")
    lines = [("delivered", "as delivered", curve)]
    for key, shade, name in (("baseline", "neutral", baseline_name(scores)), ("floor", "floor", "floor")):
        other = scores.curves.get(key)
        if other is not None and any(other.frames):
            lines.append((shade, name, other))
    noise = scores.baselines.get("noise")
    end = curves_end([one for _, _, one in lines])
    end = max(end, min(curve.failure_above * 1.05, curve.limit))  # the threshold is always to be seen
    taken = "identity taken out" if own_neutral(scores) else "raw"
    label = f"NME per frame, % of outer-canthal distance (mean of 478 vertices, {taken})"
    entries = len(lines) + 1 + (noise is not None)
    figure, plot = _plane(label, entries)
    handles: list[Any] = []
    names = []
    for shade, name, one in lines:
        drawn = course(one, name, shade, end)
        handles += plot.plot(drawn.x, drawn.y, color=color(shade), linestyle=_STYLES[shade], linewidth=1.2)
        names.append(f"{name}: area {score(one.area)}, failures {percent(one.failure_rate or 0.0)}")
    handles.append(plot.axvline(curve.failure_above, color=color("bad"), linewidth=0.8, zorder=1))
    names.append(f"failure: {curve.failure_above:g} % or more; area: up to {curve.limit:g} %")
    if noise is not None:
        plot.axvspan(0.0, noise, facecolor=color("line"), edgecolor="none", zorder=0)
        handles.append(handle(Entry("noise", "line", "")))
        names.append(f"noise, {decimal(noise, 2)} %")
    plot.set_xlim(0.0, end)
    plot.set_ylim(0.0, 102.0)
    plot.set_ylabel("Frames at or below, %")
    _close(figure, plot, label, handles, names)
    return figure


def lag_figure(report: CompareReport) -> PrintFigure:
    """Skill with the gain refitted, by shifts of a few frames."""
    from matplotlib.ticker import MultipleLocator

    lag = report.overall.lag
    known = [] if lag is None else [(one.frames, one.skill) for one in lag.curve if one.skill is not None]
    if lag is None or len(known) < 3:
        raise NotDrawn("no recording is long enough to shift the features in time")
    label = "Shift of the features, frames (right: taken from later frames)"
    seen = lag_seen(lag)
    entries = [] if lag.interval is None or not seen else interval_entry(lag.interval, units_of(report), "neutral")
    figure, plot = _plane(label, 1 + seen + bool(entries))
    values = [value for _, value in known]
    room = max(0.1 * (max(values) - min(values)), 0.01)
    handles = plot.plot([at for at, _ in known], values, color=color("gain"), linewidth=1.2, marker="o", markersize=2.6,
                        clip_on=False)  # fmt: skip
    names = ["with gain" if seen else "with gain; no peak is to be seen"]
    if seen and lag.peak is not None:
        handles.append(plot.axvline(lag.peak, color=color("ink"), linewidth=0.8, linestyle=(0, (4, 2)), zorder=1))
        in_time = "" if lag.peak_ms is None else f" ({decimal(lag.peak_ms, 0)} ms)"
        names.append(f"highest at {decimal(lag.peak, 1)} frames{in_time}")
    if lag.interval is not None and seen:
        handles.append(plot.axvspan(lag.interval.low, lag.interval.high, facecolor=color("line"), edgecolor="none",
                                    zorder=0))  # fmt: skip
        names.append(f"the peak's {entries[0].text}")
    plot.set_xlim(known[0][0], known[-1][0])
    plot.set_ylim(min(values) - room, max(values) + room)
    plot.set_ylabel(f"{skill_name(report.overall)},\nwith gain")
    plot.xaxis.set_major_locator(MultipleLocator(5))
    _close(figure, plot, label, handles, names)
    return figure


def _plane(label: str, entries: int) -> tuple[PrintFigure, Any]:
    """A figure with one pair of axes and room for its label and so many entries below it."""
    more = 3.9 * (PrintFigure(SINGLE, 50.0).lines_of(label) - 1)
    figure = PrintFigure(SINGLE, _TOP + _TALL + _LEGEND + more + legend_rows(entries) + 1.0)
    plot = figure.axes(_LEFT, _TOP, SINGLE - _LEFT - _RIGHT, _TALL)
    plot.grid(color=color("grid"), linewidth=0.5)
    plot.set_axisbelow(True)
    return figure, plot


def _close(figure: PrintFigure, plot: Any, label: str, handles: list[Any], names: list[str]) -> None:
    more = 3.9 * (figure.lines_of(label) - 1)
    figure.below(plot, label, _TOP + _TALL + TICK_LABELS)
    figure.legend(_TOP + _TALL + _LEGEND + more, handles, names)
