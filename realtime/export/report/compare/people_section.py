"""The sections by person and by recording."""

from __future__ import annotations

from collections.abc import Sequence

from realtime.core.compare_report import CompareReport, RecordingScores
from realtime.core.compare_scores import ComparedScores
from realtime.core.wording import time_text
from realtime.export.report.compare.common import (
    FEW_PEOPLE,
    LINES,
    LOWEST_SKILL,
    baseline_name,
    cut,
    few_people,
    interval_of,
    interval_row,
    named,
    percent_nme,
    scored,
    skill_axis,
    skill_name,
    skill_of,
    words,
)
from realtime.export.report.compare.lines_section import values_of
from realtime.export.report.compare.pooled import pooled
from realtime.export.report.compare.quality_section import weak
from realtime.export.report.dot_chart import Axis, DotMark, Shape, axis_over, dot_chart
from realtime.export.report.figure import Caption, Figure
from realtime.export.report.legend import legend
from realtime.export.report.markup import Markup
from realtime.export.report.number_text import count, percent, score
from realtime.export.report.page import Section, folded
from realtime.export.report.table import Cell, Column, table

_MOST_DRAWN = 20  # people or recordings in a figure; the table has all of them


def people_section(report: CompareReport) -> Section:
    """Each person, over all recordings of it."""
    if not report.people:
        return Section(
            "people", "Per person",
            "Who is on the recordings is not known (--people names them): recordings are what there is, and none of "
            "them is called a person.",
        )  # fmt: skip
    ranked = sorted(report.people, key=lambda one: -(one.skill if one.skill is not None else -1e9))
    known = [one for one in ranked if one.skill is not None]
    finding = f"{count(len(ranked), 'person', 'people')}."
    if len(known) > 1:
        finding = (
            f"{known[0].name} is highest (skill {score(known[0].skill)}), {known[-1].name} lowest "
            f"({score(known[-1].skill)})."
        )
    names = {one.name: one for one in report.recordings}
    notes = {
        one.name: f"{count(len(one.recordings), 'recording')}, "
        + time_text(sum(names[name].quality.seconds or 0.0 for name in one.recordings if name in names)).split(".")[0]
        for one in ranked
    }
    parts = {
        one.name: [names[name] for name in one.recordings if name in names] for one in ranked
    }  # ticks are their recordings
    do = (
        f"With {count(len(ranked), 'person', 'people')} show all of them and give no mean of people; {FEW_PEOPLE} are "
        "the least for a statement on people."
        if few_people(report)
        else "Report the interval over people, and the lowest of them beside the mean."
    )
    shown = [one for one in ranked if one.skill is not None][:_MOST_DRAWN]
    blocks: list[Markup | Figure] = []
    if shown:
        blocks.append(_figure(report, "people-figure", "Per person",
                              [(one.name, one, parts[one.name]) for one in shown], Caption(
            "Each person, all of its recordings together, in three lines. Line: interval (95 % unless noted); "
            "ticks: the recordings.",
            "All people in the same order and close together.",
            "One person far from the others: its neutral, its pose or its way to smile.",
            words(do),
        )))  # fmt: skip
    rows = [[*_brief(one.name, one), notes[one.name]] for one in ranked]
    listed = table("People", [*_columns("Person"), Column("Recordings")], rows)
    blocks.append(folded("Numbers by person", listed))
    return Section("people", "Per person", finding, blocks, warnings=int(few_people(report)))


def recordings_section(report: CompareReport) -> Section:
    """Each recording; and all of them with and without the weak ones."""
    if not report.recordings:
        return Section("recordings", "Per recording", "No recording could be compared.")
    ranked = sorted(report.recordings, key=lambda one: -(one.skill if one.skill is not None else -1e9))
    among = {one.name for one in scored(report)}
    known = [one for one in ranked if one.name in among]
    finding = f"{count(len(ranked), 'recording')}; the table sorts by any column."
    if len(known) > 1:
        first, last = known[0], known[-1]
        finding = (
            f"From {score(last.skill)} ({last.name}) to {score(first.skill)} ({first.name}); the table sorts by any "
            "column."
        )
    blocks: list[Markup | Figure] = []
    if len(known) > 1:
        outlier = known[-1]
        do = (
            f"Look at {outlier.name} first: it is worse than its baseline."
            if (outlier.skill or 0.0) < 0
            else "No recording is worse than its baseline; read the remarks in the table."
        )
        blocks.append(_recordings_figure(report, known[:_MOST_DRAWN], len(known), do))
    rows = [[*_brief(one.name, one), _remark(report, one)] for one in ranked]
    totals: list[list[Cell | str]] = [[*_brief(f"All {len(known)} together", report.overall), ""]]
    poor = [one for one in known if weak(one)]
    if poor and len(poor) < len(known):
        totals.append(_without(poor, [one for one in known if not weak(one)]))
    columns = [*_columns("Recording"), Column("Remark")]
    blocks.append(folded("Numbers by recording", table("Recordings", columns, rows, totals=totals)))
    return Section("recordings", "Per recording", finding, blocks, warnings=sum(map(weak, report.recordings)))


def _figure(
    report: CompareReport, name: str, title: str,
    entries: Sequence[tuple[str, ComparedScores, Sequence[RecordingScores]]], caption: Caption,
) -> Figure:  # fmt: skip
    rows = []
    for label, one, parts in entries:
        for line, line_name in LINES:
            value = skill_of(one, line)
            if value is None:
                continue
            ticks = [skill_of(part, line) for part in parts] if len(parts) > 1 else []
            known = tuple(tick for tick in ticks if tick is not None)
            interval = interval_of(one, line)
            rows.append(interval_row(line_name, value, interval, ticks=known, group=label[:70], color=line))
    low, high = axis_over(values_of(rows), 1.0, LOWEST_SKILL)
    scores = report.overall
    return Figure(
        name, title,
        dot_chart(f"{title}: " + "; ".join(f"{row.group}, {row.label}: {row.text}" for row in rows),
                  Axis(skill_axis(scores), skill_name(scores), low, high), rows),
        caption,
        legend(("block delivered", "as delivered"), ("block gain", "with gain"), ("block floor", "floor")),
    )  # fmt: skip


def _recordings_figure(report: CompareReport, shown: Sequence[RecordingScores], of: int, do: str) -> Figure:
    """A row a recording: there may be many."""
    rows = []
    for one in shown:
        others: tuple[tuple[str, Shape], ...] = (("gain", "open"), ("floor", "diamond"))
        marks = [DotMark(value, line, shape) for line, shape in others if (value := skill_of(one, line)) is not None]
        rows.append(interval_row(cut(one.name), one.skill or 0.0, one.interval, marks=tuple(marks)))
    low, high = axis_over(values_of(rows), 1.0, LOWEST_SKILL)
    scores = report.overall
    return Figure(
        "recordings-figure", "Per recording",
        dot_chart("Skill by recording: " + "; ".join(f"{row.label} {row.text}" for row in rows),
                  Axis(skill_axis(scores), skill_name(scores), low, high), rows),
        Caption(
            "Each recording: as delivered with its interval (95 % unless noted) over parts of it, with gain, and the "
            "floor."
            + (f" The {len(shown)} highest; the table has all." if of > len(shown) else ""),
            "Recordings of one person close together, in the same order of lines.",
            "A recording left of 0 among others right of it: its neutral or its data.",
            words(do),
        ),
        legend(
            ("dot", "as delivered, interval (95 % unless noted)"),
            ("open gain", "with gain"),
            ("diamond floor", "floor"),
        ),
    )  # fmt: skip


def _columns(first: str) -> list[Column]:
    return [
        Column(first), Column("Skill", "delivered", True), Column("With gain", "skill", True),
        Column("Floor", "skill", True), Column("Gain", "", True), Column("Chance", "skill with gain", True),
        Column("NME", "% canthi", True), Column("95 % below", "% canthi", True), Column("Frames", "", True),
    ]  # fmt: skip


def _brief(name: str, one: ComparedScores) -> list[Cell | str]:
    gain, floor = skill_of(one, "gain"), skill_of(one, "floor")
    chance = one.null.skill if one.null is not None else None
    nme = one.nme_adjusted if one.nme_adjusted is not None else one.nme
    p95 = None if one.percentiles is None else one.percentiles.p95
    return [
        name,
        Cell(score(one.skill), one.skill, "delivered"), Cell(score(gain), gain), Cell(score(floor), floor),
        Cell(score(one.gain), one.gain), Cell(score(chance), chance), Cell(percent_nme(nme), nme),
        Cell(percent_nme(p95), p95), Cell(f"{one.frames:,}", one.frames),
    ]  # fmt: skip


def _without(poor: Sequence[RecordingScores], others: Sequence[RecordingScores]) -> list[Cell | str]:
    rest = pooled(others)
    name = f"Without {named([one.name for one in poor], 2)}"
    lines = [Cell(score(value), value) for value in (rest.delivered, rest.gain, rest.floor)]
    return [
        Cell(name, style="muted"), *lines, "", "", Cell(percent_nme(rest.nme), rest.nme), "",
        Cell(f"{rest.frames:,}", rest.frames), "",
    ]  # fmt: skip


def _remark(report: CompareReport, one: RecordingScores) -> Cell:
    quality = one.quality
    parts = list(one.remarks)
    if one.skill is not None and one.baseline != report.overall.baseline:
        parts.insert(0, f"skill against the {baseline_name(one)}, and not in the scores of all")
    if quality.faces_seen > 1:
        parts.append(f"up to {quality.faces_seen} faces, the largest is taken")
    if quality.face_changes:
        parts.append(f"the face changes {count(quality.face_changes, 'time')}")
    if quality.damaged:
        parts.append(f"{count(quality.damaged, 'frame')} could not be decoded")
    if one.neutral.kind in ("first", "labelled", "none"):
        parts.append(f"neutral: {one.neutral.description}")
    if weak(one):
        lost = 1 - quality.valid / max(quality.frames, 1)
        parts.insert(0, f"weak: {percent(lost)} lost or outside")
    return Cell("; ".join(parts), style="remark warn" if weak(one) else "remark")
