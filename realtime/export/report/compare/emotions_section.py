"""The section on emotions: the frames that a source which does not see the mesh gives to each of them."""

from __future__ import annotations

from collections.abc import Sequence

from realtime.core.compare_report import CompareReport, EmotionScores
from realtime.core.wording import APPEARANCE_ABILITY, APPEARANCE_DEPENDABLE
from realtime.export.report.compare.common import (
    LEAST_EFFECTIVE,
    LOWEST_SKILL,
    above,
    interval_row,
    interval_text,
    percent_nme,
    skill_axis,
    skill_name,
    skill_of,
)
from realtime.export.report.compare.lines_section import values_of
from realtime.export.report.dot_chart import Axis, DotMark, DotRow, axis_over, dot_chart
from realtime.export.report.figure import Caption, Figure
from realtime.export.report.legend import legend
from realtime.export.report.markup import Markup, tag
from realtime.export.report.number_text import decimal, score
from realtime.export.report.page import Section, folded
from realtime.export.report.table import Cell, Column, table

_DEPENDABLE = {"appearance": APPEARANCE_DEPENDABLE}


def enough(one: EmotionScores) -> bool:
    """Whether the frames of an emotion are enough for a score."""
    return one.skill is not None and one.effective_n is not None and one.effective_n >= LEAST_EFFECTIVE


def dependable(one: EmotionScores) -> str:
    """How well the source names this emotion, where that is known."""
    known = _DEPENDABLE.get(one.source)
    if known is None:
        return ""
    return "dependable" if one.name in known else "weak"


def emotions_section(report: CompareReport) -> Section:
    """By emotion, with the number of frames and of independent ones."""
    title = "Per emotion"
    found = sorted(report.emotions, key=lambda one: -(one.effective_n or 0.0))
    if not found:
        return Section(
            "emotions", title, "No source that does not see the mesh has named emotions: there is nothing to slice by."
        )
    scored = [one for one in found if enough(one)]
    few = [one.name for one in found if not enough(one)]
    better = [one.name for one in scored if above(one.interval)]
    finding = (
        f"{_listed(better).capitalize()} {'is' if len(better) == 1 else 'are'} better than the face at rest beyond "
        "doubt."
        if better
        else "No emotion is shown to be better than the face at rest."
        if _intervals(scored)
        else "By emotion there are no intervals, so none is shown to be better than the face at rest."
    )
    if few:
        finding += f" {_listed(few).capitalize()} {'has' if len(few) == 1 else 'have'} too few independent frames."
    blocks: list[Markup | Figure] = [_figure(report, found, scored), folded("Numbers of the figure", _numbers(found))]
    return Section("emotions", title, finding, blocks, warnings=len(few))


def _intervals(scored: Sequence[EmotionScores]) -> bool:
    return any(one.interval is not None for one in scored)


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _figure(report: CompareReport, found: Sequence[EmotionScores], scored: Sequence[EmotionScores]) -> Figure:
    rows = []
    for one in found:
        columns = (f"{one.frames:,}", "" if one.effective_n is None else decimal(one.effective_n, 0))
        if not enough(one) or one.skill is None:
            rows.append(DotRow(one.name, None, f"effective n below {LEAST_EFFECTIVE}: no score", columns=columns))
            continue
        gain = skill_of(one, "gain")
        marks = () if gain is None else (DotMark(gain, "gain", "open"),)
        rows.append(interval_row(one.name, one.skill, one.interval, marks=marks, columns=columns))
    scores = report.overall
    low, high = axis_over(values_of(rows) or [1.0], 1.0, LOWEST_SKILL)
    source = found[0].source
    weak = [one.name for one in scored if dependable(one) == "weak"]
    do = (
        f"Do not rank {_listed(weak)} on these data: the source is weak there."
        if weak
        else f"Report {_listed([one.name for one in scored[:3]])} with n and effective n."
        if scored
        else "Record more, and longer: no emotion can be scored."
    )
    ability = f" ({APPEARANCE_ABILITY[1]})" if source == "appearance" else ""
    return Figure(
        "emotions-figure", "Per emotion",
        dot_chart("Skill by emotion: " + "; ".join(f"{row.label} {row.text}" for row in rows),
                  Axis(skill_axis(scores), skill_name(scores), low, high, columns=("frames", "effective n")), rows),
        Caption(
            f"Frames that {source} gives this emotion by at least 0.2 more than the next. Effective n: as many are "
            "independent, since neighbours are alike.",
            f"Effective n above 50 and {'an interval' if _intervals(scored) else 'a dot'} to the right of 0, where the "
            "source is dependable.",
            f"Thousands of frames and an effective n below {LEAST_EFFECTIVE}: one smile held long.",
            do,
        ),
        (*legend(("dot", "as delivered, interval (95 % unless noted)" if _intervals(scored) else
                  "as delivered; a grey line joins it with the square"), ("open gain", "with gain")),
         tag("span", f"named by {source}{ability}")),
    )  # fmt: skip


def _numbers(found: Sequence[EmotionScores]) -> Markup:
    columns = (
        Column("Emotion"), Column("Frames", "", True), Column("Effective n", "", True), Column("Recordings", "", True),
        Column("Skill", "as delivered", True), Column("Interval"), Column("With gain", "skill", True),
        Column("Floor", "skill", True), Column("NME", "% canthi", True), Column("Source is"),
    )  # fmt: skip
    rows: list[list[Cell | str]] = []
    for one in found:
        known = enough(one)
        gain, floor = (skill_of(one, line) if known else None for line in ("gain", "floor"))
        nme = one.nme_adjusted if one.nme_adjusted is not None else one.nme
        ability = dependable(one)
        rows.append([
            one.name, Cell(f"{one.frames:,}", one.frames),
            Cell("" if one.effective_n is None else decimal(one.effective_n, 0), one.effective_n),
            Cell(str(one.recordings), one.recordings),
            Cell(score(one.skill), one.skill) if known else Cell("too few", style="muted"),
            interval_text(one.interval) if known else "", Cell(score(gain), gain), Cell(score(floor), floor),
            Cell(percent_nme(nme), nme), Cell(ability, style="warn" if ability == "weak" else ""),
        ])  # fmt: skip
    return table("Emotions", columns, rows)
