"""The sections that compare: models and sources side by side, groups, and what happens about a mark."""

from __future__ import annotations

from collections.abc import Sequence

from realtime.core.compare_report import CompareReport, Difference, EventAverage, ModelScores
from realtime.core.compare_scores import Interval
from realtime.core.training_notes import of_training
from realtime.core.wording import feature_source_names
from realtime.export.report.compare.common import (
    LEAST_LEVEL,
    LOWEST_SKILL,
    above,
    baseline_name,
    below,
    drawn_over,
    interval_row,
    level_of,
    named,
    percent_nme,
    skill_axis,
    skill_name,
    skill_of,
    under,
    words,
)
from realtime.export.report.compare.lines_section import values_of
from realtime.export.report.dot_chart import Axis, DotMark, axis_over, dot_chart
from realtime.export.report.figure import Caption, Figure
from realtime.export.report.legend import legend
from realtime.export.report.markup import Markup
from realtime.export.report.number_text import count, score
from realtime.export.report.page import Section
from realtime.export.report.series_chart import Plane, Series, series_chart
from realtime.export.report.table import Cell, Column, table

_ROOM = 1.25  # of the largest difference, for its interval


def shown(interval: Interval | None, value: float | None) -> int:
    """1 or -1 where the interval of a difference leaves out 0 at a level of 90 % or more, else 0: none is shown."""
    return 0 if value is None else above(interval) - below(interval)


def models_section(report: CompareReport) -> Section:
    """Every setup beside the first one on the same frames."""
    known = [one for one in report.differences if one.skill is not None]
    blocks: list[Markup | Figure] = []
    if known:
        blocks.append(_differences(report, known))
    if report.models:
        blocks.append(_setups(report.models))
    if not known:
        finding = "One model with one source: there is nothing beside it."
        return Section("models", "Models side by side", finding, blocks)
    return Section(
        "models", "Models side by side", " ".join(difference_sentence(report, one) for one in known[:3]), blocks
    )


def difference_sentence(report: CompareReport, one: Difference) -> str:
    """Which of two is better, by how much and how surely."""
    value = one.skill or 0.0
    state = shown(one.interval, one.skill)
    trained = [setup.name for setup in report.models if of_training(setup) and setup.name in (one.one, one.other)]
    fits = [setup.name for setup in report.models if not setup.independent and setup.name in (one.one, one.other)]
    if fits:
        return (
            f"{named(fits)}: the features come from the mesh itself, so the difference in skill between {one.one} and "
            f"{one.other} ({score(value, sign=True)}) says nothing of which of them predicts better."
        )
    if trained:
        return (
            f"{named(trained)}: these are or may be training scores, so the difference in skill between {one.one} and "
            f"{one.other} ({score(value, sign=True)}) says nothing of which of them predicts better."
        )
    if not state:
        inside, why = "", "; there are too few recordings for an interval"
        if one.interval is not None:
            span = f"{score(one.interval.low)} to {score(one.interval.high)}"
            inside = f" ({level_of(one.interval)} interval {span} over {drawn_over(one.interval)})"
            few = one.interval.level < LEAST_LEVEL
            why = (
                f"; an interval of {100 * LEAST_LEVEL:.0f} % would need more {drawn_over(one.interval)}" if few else ""
            )
        size = score(value, sign=True)
        return f"Between {one.one} and {one.other} no difference is shown: {size} in skill{inside}{why}."
    better, worse = (one.one, one.other) if state > 0 else (one.other, one.one)
    inside = ""
    if one.interval is not None:
        ends = sorted((abs(one.interval.low), abs(one.interval.high)))
        inside = (
            f" ({level_of(one.interval)} interval {score(ends[0])} to {score(ends[1])} over {drawn_over(one.interval)})"
        )
    agree = sum((value > 0) == (state > 0) for value in one.recordings.values())
    many = f" in {agree} of {count(len(one.recordings), 'recording')}" if len(one.recordings) > 1 else ""
    return f"{better} is better than {worse}{many}: by {score(abs(value))} in skill{inside}."


def _differences(report: CompareReport, known: Sequence[Difference]) -> Figure:
    rows = [  # names of models are long: above the row instead of beside it
        interval_row(f"{one.frames:,} frames", one.skill or 0.0, one.interval, sign=True,
                     ticks=tuple(one.recordings.values()), open=not shown(one.interval, one.skill),
                     group=f"{one.one} − {one.other}"[:80])
        for one in known
    ]  # fmt: skip
    most = max(1.0, *(_ROOM * abs(row.value or 0.0) for row in rows))  # every difference is on the axis
    values = [min(max(value, -most), most) for value in values_of(rows)]
    least = 0.3 * max(abs(value) for value in values)  # of either side is shown
    low, high = axis_over([*values, least, -least])
    over = drawn_over(known[0].interval)
    do = _advice(report, max(known, key=lambda one: abs(one.skill or 0.0)))
    return Figure(
        "models-figure", "Paired differences",
        dot_chart("Difference in skill: " + "; ".join(f"{row.group}: {row.text}" for row in rows),
                  Axis("Difference in skill, A − B, same frames", "Difference in skill, A − B, same frames", low, high,
                       sides=("B better", "A better")), rows),
        Caption(
            "A minus B on the frames that both have predicted. "
            + (f"Line: interval (95 % unless noted) over {over}. " if over else "")
            + "Ticks: the recordings.",
            "A line that stays on one side of 0, and ticks that agree.",
            "A line across 0: no difference is shown, whatever the dot. Ticks on both sides: it depends on the "
            "recording.",
            words(do),
        ),
        legend(("dot", "difference shown"), ("open", "no difference shown"), ("ticks", "recordings")),
    )  # fmt: skip


def _advice(report: CompareReport, best: Difference) -> str:
    state = shown(best.interval, best.skill)
    if any(of_training(one) and one.name in (best.one, best.other) for one in report.models):
        return "Choose nothing by training scores: compare recordings on which none of them was fit."
    chosen = best.one if state > 0 else best.other
    if not state:
        return "Choose by other things: these recordings show no difference, which is not the same as none."
    if any(one.name == chosen and not one.independent for one in report.models):
        return "Choose nothing by a fit to the mesh: it is nearer by construction. It is the limit for other sources."
    return f"Use {chosen} on recordings like these."


def _setups(models: Sequence[ModelScores]) -> Markup:
    columns = (
        Column("Setup"), Column("Source of the features"), Column("Pose"), Column("Skill", "", True),
        Column("With gain", "", True), Column("Floor", "", True), Column("Gain", "", True), Column("R²", "", True),
        Column("NME", "% canthi", True), Column("Frames", "", True),
    )  # fmt: skip
    rows = []
    for one in models:
        gain, floor = skill_of(one, "gain"), skill_of(one, "floor")
        nme = one.nme_adjusted if one.nme_adjusted is not None else one.nme
        facts = [one.model, one.family]
        if one.label_repair:
            facts.append("labels repaired")
        if one.depth_factor != 1:
            facts.append(f"depth × {one.depth_factor:.4g}")
        source = feature_source_names(one.source)[-1]
        rows.append([
            Cell(under(one.name, " · ".join(facts))),
            Cell(under(source, "" if one.independent else "comes from the mesh"),
                 style="" if one.independent else "warn"),
            "as measured" if one.pose_mode == "live" else "0",
            Cell(score(one.skill), one.skill), Cell(score(gain), gain), Cell(score(floor), floor),
            Cell(score(one.gain), one.gain), Cell(score(one.r2), one.r2), Cell(percent_nme(nme), nme),
            Cell(f"{one.frames:,}", one.frames),
        ])  # fmt: skip
    return table("Setups", columns, rows)


def groups_section(report: CompareReport) -> Section | None:
    """Groups, conditions and marks; None where nothing names any."""
    groups = [one for one in report.groups if one.skill is not None]
    blocks: list[Markup | Figure] = []
    if groups:
        rows = []
        for one in groups:
            gain = skill_of(one, "gain")
            people = "" if one.people is None else f", {count(one.people, 'person', 'people')}"
            label = " · ".join(filter(None, [one.group, one.condition])) or "no group"
            marks = () if gain is None else (DotMark(gain, "gain", "open"),)
            columns = (f"{len(one.recordings)} rec.{people}",)
            rows.append(interval_row(label[:60], one.skill or 0.0, one.interval, marks=marks, columns=columns))
        low, high = axis_over(values_of(rows), 1.0, LOWEST_SKILL)
        scores = report.overall
        blocks.append(Figure(
            "groups-figure", "Groups and conditions",
            dot_chart("Skill by group: " + "; ".join(f"{row.label} {row.text}" for row in rows),
                      Axis(skill_axis(scores), skill_name(scores), low, high), rows),
            Caption(
                "The recordings of each group and condition together; line: interval (95 % unless noted).",
                "Intervals that are clear of each other, over many people in each group.",
                "One or two recordings in a group: a difference is then one of recordings.",
                "Compare groups only where their data are alike: rate, light, pose and length are in section 1.",
            ),
            legend(("dot", "as delivered"), ("open gain", "with gain")),
        ))  # fmt: skip
    blocks += [_event(number, one, baseline_name(report.overall)) for number, one in enumerate(report.events[:12])]
    if not blocks:
        return None
    parts = []
    if groups:
        parts.append(f"{count(len(groups), 'group')} of recordings")
    if report.events:
        names = list(dict.fromkeys(one.mark for one in report.events))
        parts.append(f"averages about {named(names)}")
    return Section("groups", "Groups and marks", f"{' and '.join(parts).capitalize()}.", blocks)


def _event(number: int, one: EventAverage, baseline: str) -> Figure:
    times = list(one.times_s)
    nme = [float("nan") if value is None else value for value in one.nme]
    low = [float("nan") if value is None else value for value in one.low]
    high = [float("nan") if value is None else value for value in one.high]
    finite = [value for value in (*nme, *high) if value == value]
    top = max(finite, default=1.0) * 1.1 or 1.0
    group = "" if one.group is None else f", {one.group}"
    return Figure(
        f"event-{number}-figure", f"About the mark “{one.mark[:60]}”{group[:60]}",
        series_chart(
            f"Mean error about a mark in {len(one.recordings)} recordings",
            Plane((times[0], max(times[-1], times[0] + 1e-3)), (0.0, top), f"Time from the mark {one.mark[:40]}, s",
                  "NME, %", height=170, x_line=(0.0, "mark") if times[0] <= 0 <= times[-1] else None),
            [Series("mean", "delivered", times, nme, low, high)],
        ),
        Caption(
            f"Mean error of {count(len(one.recordings), 'recording')}, aligned on the mark. Band: 95 %, where there "
            "are three or more.",
            "A line that does not change at the mark: the model follows what happens there.",
            "A step at the mark: the faces do then what the model does not know.",
            f"Look at the frames after the mark, beside the {baseline}.",
        ),
        legend(("line", "mean of the recordings"), ("band", "95 %")),
    )  # fmt: skip
