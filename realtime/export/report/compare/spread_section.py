"""The section on the spread of the error over the frames."""

from __future__ import annotations

from itertools import accumulate

import numpy as np

from realtime.core.compare_report import CompareReport
from realtime.core.compare_scores import ComparedScores, CumulativeCurve, Percentiles
from realtime.export.report.compare.common import baseline_name, own_neutral, percent_nme
from realtime.export.report.compare.slices_figure import slices_figure
from realtime.export.report.figure import Caption, Figure
from realtime.export.report.legend import legend
from realtime.export.report.markup import Markup
from realtime.export.report.number_text import percent, score
from realtime.export.report.page import Section, folded
from realtime.export.report.series_chart import Plane, Series, Span, series_chart
from realtime.export.report.table import Cell, Column, table

_POINTS = 300  # of a drawn line
_SAME_SHARE = 0.01  # of the frames, by which two lines are told apart
_LEAST_SHOWN = 0.995  # of the frames are on the axis


def spread_section(report: CompareReport) -> Section:
    """How many frames have at most some error."""
    scores = report.overall
    curve = scores.curve
    if curve is None or not any(curve.frames):
        return Section("spread", "Spread of the error", "No frame has an error that could be counted.")
    shown = scores.percentiles
    finding = "How the error is spread over the frames."
    if shown is not None:
        finding = (
            f"Half of the frames lie below {percent_nme(shown.p50)} % canthi, one in twenty beyond "
            f"{percent_nme(shown.p95)} %."
        )
    blocks: list[Markup | Figure] = [_figure(scores, curve)]
    if shown is not None:
        blocks.append(folded("Numbers of the figure", _percentiles(scores, shown)))
    slices = slices_figure(scores)
    if slices is not None:
        blocks.append(slices)
    return Section("spread", "Spread of the error", finding, blocks)


def course(curve: CumulativeCurve, name: str, color: str, end: float) -> Series:
    """The share of the frames at or below the upper end of each bin."""
    total = sum(curve.frames)
    bins = max(1, round(end / curve.bin_percent))
    sums = [0, *accumulate(curve.frames)][: bins + 1]
    sums += [sums[-1]] * (bins + 1 - len(sums))
    step = max(1, bins // _POINTS)
    at = [*range(0, bins, step), bins]
    return Series(name, color, [one * curve.bin_percent for one in at], [100.0 * sums[one] / total for one in at])


def beside(curve: CumulativeCurve, baseline: CumulativeCurve) -> str:
    """How the line as delivered lies to the dashed one of the baseline, over all errors."""
    one, other = (np.cumsum(line.frames) / max(sum(line.frames), 1) for line in (curve, baseline))
    length = max(len(one), len(other))
    one, other = (np.pad(line, (0, length - len(line)), constant_values=1.0) for line in (one, other))
    above, below = float((one - other).max()), float((other - one).max())
    if max(above, below) < _SAME_SHARE:
        return "the dashed line is as good"
    if below < _SAME_SHARE:
        return "the whole line is better than the dashed one"
    if above < _SAME_SHARE:
        return "the dashed line is better over its whole length"
    return "the lines cross, and neither is better for all frames"


def curves_end(curves: list[CumulativeCurve]) -> float:
    """Where nearly all frames of every line are on the axis, or the threshold."""
    ends = []
    for curve in curves:
        total = sum(curve.frames)
        most = next(at for at, below in enumerate(accumulate(curve.frames)) if below >= _LEAST_SHOWN * total)
        ends.append((most + 1) * curve.bin_percent)
    return min(max(1.0, max(ends) * 1.05), curves[0].limit)


def _figure(scores: ComparedScores, curve: CumulativeCurve) -> Figure:
    lines = [("delivered", "as delivered", curve)]
    baseline, floor = scores.curves.get("baseline"), scores.curves.get("floor")
    if baseline is not None and any(baseline.frames):
        lines.insert(0, ("neutral", baseline_name(scores), baseline))
    if floor is not None and any(floor.frames):
        lines.append(("floor", "floor", floor))
    end = curves_end([one for _, _, one in lines])
    noise = scores.baselines.get("noise")
    taken = "identity taken out" if own_neutral(scores) else "raw"
    plane = Plane(
        (0.0, end), (0.0, 100.0),
        f"NME per frame, % of outer-canthal distance (mean of 478 vertices, {taken})", "Frames at or below, %",
        x_short=f"NME, % of outer-canthal distance ({taken})",
        x_line=(curve.failure_above, f"fails from {curve.failure_above:g} % on") if curve.failure_above < end else None,
    )  # fmt: skip
    spans = [Span(0.0, min(noise, end), f"noise {noise:.2f}", "f-noise")] if noise else []
    entries = [
        ("neutral" if color == "neutral" else f"line {color}",
         f"{name}: area {score(one.area)}, fails {percent(one.failure_rate or 0.0)}")
        for color, name, one in lines
    ]  # fmt: skip
    fails = curve.failure_rate or 0.0
    do = (
        f"Look at the frames of {curve.failure_above:g} % or more ({percent(fails)}) with the slider of the face."
        if fails > 0.02
        else f"Report median and 95 % beside the mean{'' if baseline is None else f': {beside(curve, baseline)}'}."
    )
    return Figure(
        "spread-figure", "How many frames are how good",
        series_chart("Share of the frames at or below an error", plane,
                     [course(one, name, color, end) for color, name, one in lines], spans),
        Caption(
            f"Share of the frames whose error is at or below the value. Area: of the curve up to {curve.limit:g} %; "
            f"fails: {curve.failure_above:g} % or more. Bins of {curve.bin_percent:g} %.",
            "Blue clearly left of the dashed line over its whole length.",
            "Blue on the dashed line: the features add nothing to the face at rest. A long tail: a few frames decide "
            "the mean.",
            do,
        ),
        legend(*entries),
    )  # fmt: skip


def _percentiles(scores: ComparedScores, shown: Percentiles) -> Markup:
    rows = [("as delivered", shown)]
    if "baseline" in scores.percentiles_of:
        rows.insert(0, (baseline_name(scores), scores.percentiles_of["baseline"]))
    if "floor" in scores.percentiles_of:
        rows.append(("floor", scores.percentiles_of["floor"]))
    columns = [Column("NME per frame"), *(Column(f"{p} %", "% canthi", True) for p in (50, 75, 90, 95, 99))]
    cells: list[list[Cell | str]] = [
        [name, *(Cell(percent_nme(value), value) for value in (one.p50, one.p75, one.p90, one.p95, one.p99))]
        for name, one in rows
    ]
    return table("Percentiles", columns, cells, sortable=False)
