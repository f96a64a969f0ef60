"""Scores as rows of dots: the three lines, parts of the face, emotions, people and recordings."""

from __future__ import annotations

from collections.abc import Sequence

from realtime.core.compare_report import CompareReport, EmotionScores
from realtime.core.compare_scores import ComparedScores
from realtime.export.figures.comparison.dot_figure import Entry, dot_figure, interval_entry, ranked_figure
from realtime.export.figures.comparison.print_figure import NotDrawn, PrintFigure
from realtime.export.report.compare.common import (
    LEAST_EFFECTIVE,
    LOWEST_SKILL,
    baseline_name,
    drawn_over,
    interval_of,
    interval_row,
    level_of,
    one_gain,
    own_neutral,
    percent_nme,
    scored,
    skill_axis,
    skill_of,
)
from realtime.export.report.compare.emotions_section import enough
from realtime.export.report.compare.lines_section import chance_of, chance_of_floor, line_rows, values_of
from realtime.export.report.dot_chart import Axis, DotMark, DotRow, axis_over
from realtime.export.report.number_text import decimal, score

MOST_NAMED = 45  # rows that fit on a page with their names


def lines_figure(report: CompareReport) -> PrintFigure:
    """Every setup as delivered, with gain and at its floor, each with its interval and its chance level."""
    rows = [row for one in report.models for row in line_rows(report, one)]
    if not rows:
        raise NotDrawn("no frame has a prediction that could be scored")
    first = report.models[0]
    entries = interval_entry(first.interval, units_of(report))
    if any(row.ticks for row in rows):
        others = " (other models: recordings)" if len(report.models) > 1 else ""
        entries.append(Entry("ticks", "delivered", f"people{others}" if report.people else "recordings"))
    if one_gain(first) is not None:
        entries.append(Entry("bar", "gain", f"one gain for all recordings ({score(first.gain)})"))
    null = first.null
    if null is not None and chance_of(null) is not None:
        entries.append(Entry("chance", "chance", f"chance, with gain: {null.shifts:,} shifts of ≥ "
                             f"{null.shortest_s:.2g} s, mean to 95 %"))  # fmt: skip
    floor_null = None if first.floor is None else first.floor.null
    if floor_null is not None and chance_of_floor(first) is not None:
        entries.append(Entry("chance", "chance", f"chance, floor: {floor_null.models} random models, all of them"))
    return dot_figure(_skill_axis(report, rows), rows, entries)


def regions_figure(report: CompareReport) -> PrintFigure:
    """Mean distance of the vertices of each part of the face, beside that of the baseline and of the floor."""
    scores = report.overall
    regions = sorted((one for one in scores.regions if one.nme is not None), key=lambda one: -(one.nme or 0.0))
    if not regions:
        raise NotDrawn("no frame is in the scores")
    rows = []
    for one in regions:
        marks = [DotMark(one.nme_baseline, "neutral", "bar")] if one.nme_baseline is not None else []
        marks += [DotMark(one.nme_floor, "floor", "diamond")] if one.nme_floor is not None else []
        rows.append(DotRow(one.region, one.nme, percent_nme(one.nme), marks=tuple(marks)))
    noise = scores.baselines.get("noise")
    taken = "identity taken out" if own_neutral(scores) else "raw"
    label = f"Mean distance of the vertices, % of outer-canthal distance ({taken})"
    entries = [Entry("dot", "delivered", "as delivered")]
    if any(one.nme_baseline is not None for one in regions):
        entries.append(Entry("bar", "neutral", baseline_name(scores)))
    if any(one.nme_floor is not None for one in regions):
        entries.append(Entry("diamond", "floor", "floor"))
    if noise is not None:
        entries.append(Entry("noise", "line", f"noise, {decimal(noise, 2)} %"))
    return dot_figure(Axis(label, "", *axis_over(values_of(rows)), noise=noise), rows, entries, legend_columns=2)


def emotions_figure(report: CompareReport) -> PrintFigure:
    """Skill by emotion with frames and effective frames; words in place of a score of too few."""
    found = sorted(report.emotions, key=lambda one: -(one.effective_n or 0.0))
    if not found:
        raise NotDrawn("no source that does not see the mesh has named emotions")
    rows = [_emotion_row(one) for one in found]
    scored = [one for one in found if enough(one)]
    entries = []
    if scored:
        entries = [Entry("dot", "delivered", f"as delivered; emotions as {found[0].source} names them"),
                   *interval_entry(scored[0].interval, units_of(report))]  # fmt: skip
    if any(skill_of(one, "gain") is not None for one in scored):
        entries.append(Entry("open", "gain", "with gain"))
    return dot_figure(_skill_axis(report, rows, ("n", "eff. n")), rows, entries)


def _emotion_row(one: EmotionScores) -> DotRow:
    columns = (f"{one.frames:,}", "" if one.effective_n is None else decimal(one.effective_n, 0))
    if not enough(one) or one.skill is None:
        return DotRow(one.name, None, f"eff. n < {LEAST_EFFECTIVE}: no score", columns=columns)
    gain = skill_of(one, "gain")
    marks = () if gain is None else (DotMark(gain, "gain", "open"),)
    return interval_row(one.name, one.skill, one.interval, marks=marks, columns=columns)


def people_figure(report: CompareReport) -> PrintFigure:
    """Each person in the three lines, sorted; ticks are their recordings."""
    if not report.people:
        raise NotDrawn("people are not known; --people names them")
    skills = {one.name: one.skill for one in report.recordings}
    ticks = {one.name: [skill for name in one.recordings if (skill := skills.get(name)) is not None]
             for one in report.people}  # fmt: skip
    return _each(report, [(one.name, one) for one in report.people], "People", ticks)


def recordings_figure(report: CompareReport) -> PrintFigure:
    """Each recording in the three lines, sorted."""
    return _each(report, [(one.name, one) for one in report.recordings], "Recordings", {})


def _each(
    report: CompareReport, units: Sequence[tuple[str, ComparedScores]], what: str, ticks: dict[str, list[float]]
) -> PrintFigure:
    scored = [(name, one, one.skill) for name, one in units if one.skill is not None]
    known = [unit for unit in scored if unit[1].baseline == report.overall.baseline]  # or it is another axis
    if not known:
        raise NotDrawn("none of them has a score")
    known.sort(key=lambda unit: (-unit[2], unit[0]))
    rows = []
    for name, one, skill in known:
        marks = []
        for line, shape in (("gain", "open"), ("floor", "diamond")):
            value = skill_of(one, line)
            if value is not None:
                marks.append(DotMark(value, line, "open" if shape == "open" else "diamond"))
        many = tuple(ticks.get(name, ()))
        rows.append(interval_row(name, skill, interval_of(one, "delivered"), marks=tuple(marks),
                                 ticks=many if len(many) > 1 else ()))  # fmt: skip
    others = f" ({len(scored) - len(known)} without a neutral not shown)" if len(scored) > len(known) else ""
    entries = [Entry("dot", "delivered", f"as delivered{others}"), *_interval_of_each([one for _, one, _ in known])]
    shapes = {mark.color: mark for row in rows for mark in row.marks}
    entries += [Entry(shapes[line].shape, line, name) for line, name in (("gain", "with gain"), ("floor", "floor"))
                if line in shapes]  # fmt: skip
    if any(row.ticks for row in rows):
        entries.append(Entry("ticks", "delivered", "recordings"))
    if len(rows) > MOST_NAMED:
        return ranked_figure(_skill_axis(report, rows), rows, entries, what)
    return dot_figure(_skill_axis(report, rows), rows, entries)


def _interval_of_each(scores: Sequence[ComparedScores]) -> list[Entry]:
    """What the intervals are, of units that may have been drawn over different things at different levels."""
    intervals = [one.interval for one in scores if one.interval is not None]
    if not intervals:
        return []
    levels = sorted({level_of(one) for one in intervals})
    over = sorted({drawn_over(one) for one in intervals})
    over = [*over[1:], "their parts"] if len(over) > 1 and over[0].startswith("parts") else over
    return [
        Entry(
            "interval", "delivered", f"{' to '.join(levels[:: len(levels) - 1 or 1])} interval over {' or '.join(over)}"
        )
    ]


def _skill_axis(report: CompareReport, rows: Sequence[DotRow], columns: tuple[str, ...] = ()) -> Axis:
    """Up to 1, where every movement is predicted, so that figures can be compared."""
    low, _ = axis_over(values_of(rows), 1.0, LOWEST_SKILL)
    return Axis(skill_axis(report.overall), "", low, 1.0, columns=columns)


def units_of(report: CompareReport) -> int:
    """How many people, or recordings, the intervals over all frames are drawn over."""
    interval = report.overall.interval
    return len(report.people) if interval is not None and interval.over == "people" else len(scored(report))
