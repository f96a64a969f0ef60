"""The section on the three lines: as delivered, with gain and the floor, each beside its chance level."""

from __future__ import annotations

from collections.abc import Sequence

from realtime.core.compare_report import CompareReport, ModelScores
from realtime.core.compare_scores import BriefScores, ComparedScores, NullLevel
from realtime.export.report.compare.common import (
    LINES,
    LOWEST_SKILL,
    baseline_name,
    cut,
    drawn_over,
    interval_of,
    interval_row,
    line_label,
    one_gain,
    own_neutral,
    people_text,
    percent_nme,
    scored,
    skill_axis,
    skill_name,
    skill_of,
)
from realtime.export.report.dot_chart import Axis, DotMark, DotRow, axis_over, dot_chart
from realtime.export.report.figure import Caption, Figure
from realtime.export.report.legend import legend
from realtime.export.report.markup import Markup
from realtime.export.report.number_text import count, score
from realtime.export.report.page import Section, folded
from realtime.export.report.table import Cell, Column, table


def chance_of(null: NullLevel | None) -> tuple[float, float] | None:
    """The chance level of the skill with gain: its mean and what 95 % of the shifts lie below."""
    if null is None or null.skill is None:
        return None
    high = null.skill if null.skill_high is None else null.skill_high
    return min(null.skill, high), high


def chance_of_floor(scores: BriefScores) -> tuple[float, float] | None:
    """The skill that a fit with random models reaches, from the least of them to the best."""
    null = None if scores.floor is None else scores.floor.null
    return None if null is None else (null.lowest, null.highest)


def lines_section(report: CompareReport) -> Section:
    """Every setup with its three lines, and the same with other measures."""
    rows = [row for one in report.models for row in line_rows(report, one)]
    if not any(row.value is not None for row in rows):
        return Section("lines", "Three lines", "No frame has a prediction that could be scored.")
    blocks: list[Markup | Figure] = [_figure(report, rows), folded("The same with other measures", _measures(report))]
    return Section("lines", "Three lines", _finding(report), blocks)


def _finding(report: CompareReport) -> str:
    told = []
    for one in report.models[:3]:
        null = one.null
        if null is None or one.skill is None:
            continue
        above = "above" if null.r2 > null.high else "not above"
        told.append(f"{one.name} with gain is {above} chance (R² {score(null.r2)}; shifted in time {score(null.mean)}, "
                    f"95 % below {score(null.high)})")  # fmt: skip
    if told:
        return "; ".join(told) + "."
    if any(not one.independent for one in report.models):
        chance = chance_of_floor(report.models[0])
        reach = f"; random models of equal size reach {score(chance[0])} to {score(chance[1])}" if chance else ""
        return f"The features were fitted to the mesh or come from it: shifts in time say nothing of them{reach}."
    return "No recording is long enough for a chance level by shifts in time: the numbers stand alone."


def _ticks(report: CompareReport, name: str, line: str) -> tuple[float, ...]:
    """The people's skill in the first setup, else that of the recordings in any."""
    if report.people and report.models and name == report.models[0].name:
        found = [skill_of(one, line) for one in report.people]
    else:
        briefs = [setup.scores for one in scored(report) for setup in one.setups if setup.setup == name]
        found = [skill_of(one, line) for one in briefs]
    return tuple(value for value in found if value is not None)


def line_rows(report: CompareReport, one: ModelScores) -> list[DotRow]:
    """The three lines of a setup, each with its chance level."""
    rows = []
    for line, _ in LINES:
        value = skill_of(one, line)
        if value is None:
            continue
        chance = chance_of(one.null) if line == "gain" else chance_of_floor(one) if line == "floor" else None
        rows.append(
            interval_row(
                line_label(one, line), value, interval_of(one, line), ticks=_ticks(report, one.name, line),
                chance=chance, open=one is not report.models[0], group=one.name, color=line,
                marks=_one_gain(one) if line == "gain" else (),
            )
        )  # fmt: skip
    return rows


def _one_gain(one: ModelScores) -> tuple[DotMark, ...]:
    value = one_gain(one)
    return () if value is None else (DotMark(value, "gain", "bar"),)


def values_of(rows: Sequence[DotRow]) -> list[float]:
    """All that has to be on the axis."""
    return [
        value
        for row in rows
        for value in (row.value, row.low, row.high, *row.ticks, *(row.chance or ()), *(m.value for m in row.marks))
        if value is not None
    ]


def _figure(report: CompareReport, rows: Sequence[DotRow]) -> Figure:
    scores = report.overall
    low, high = axis_over(values_of(rows), 1.0, LOWEST_SKILL)
    first = report.models[0]
    over = drawn_over(first.interval)
    units = "people" if report.people else "recordings"
    null = first.null
    chance = chance_of(null)
    entries = [("block delivered", "as delivered"), ("block gain", "with gain"), ("block floor", "floor")]
    if one_gain(first) is not None:
        entries.append(("bar gain", f"one gain for all recordings ({score(first.gain)})"))
    if report.people and len(report.models) > 1:
        entries.append(("ticks delivered", f"people of {cut(first.name)}; recordings of the others"))
    else:
        entries.append(("ticks delivered", units))
    if chance is not None and null is not None:
        shifts = f"{null.shifts:,} shifts of at least {null.shortest_s:.2g} s"
        entries.append(("chance", f"chance: mean to 95 % of {shifts}; of the floor: random models of equal size"))
    elif chance_of_floor(first) is not None:
        entries.append(("chance", "chance of the floor: random models of equal size"))
    return Figure(
        "lines-figure", "Three lines, against chance",
        dot_chart("Skill: " + "; ".join(f"{row.group}, {row.label}: {row.text}" for row in rows),
                  Axis(skill_axis(scores), skill_name(scores), low, high), rows),
        Caption(
            f"Dot: all frames ({people_text(report)}, {count(len(scored(report)), 'recording')}). "
            + (f"Line: interval (95 % unless noted) over {over}. " if over else "")
            + f"Ticks below: {'see legend' if report.people and len(report.models) > 1 else units}. Hatched: chance.",
            "Dots right of the hatched band, lines that do not reach it, ticks together.",
            f"The floor alone far right of 0: it is fitted to the faces. A dot left of 0: worse than the "
            f"{baseline_name(scores)}.",
            "Quote “as delivered” with the chance level. Use the floor to judge the model and never as a result."
            if first.independent
            else "Quote nothing of this as a prediction: the features come from the mesh. Use a source that sees the "
            "picture alone.",
        ),
        legend(*entries),
    )  # fmt: skip


def _measures(report: CompareReport) -> Markup:
    setups = report.models
    first = setups[0]
    columns = [Column("Measure"), *(Column(one.name, one.source, True) for one in setups)]
    columns += [Column("Baseline", baseline_name(first), True), Column("Constant face", "best, known after", True),
                Column("Model card", "other data", True)]  # fmt: skip
    adjusted = ", identity taken out" if own_neutral(first) else ""
    constant, noise = first.constant_face, first.baselines
    base_nme = noise.get("own_neutral" if own_neutral(first) else "mean_mesh")
    card = f"{first.card_r2:.4f}" if first.card_r2 is not None else ""
    rows = [
        _measure(f"skill against {baseline_name(first)}", setups, "skill", 2, base="0.00",
                 constant=score(constant.skill) if constant else ""),
        _measure(f"R²{adjusted}", setups, "r2", 2, constant=score(constant.r2) if constant else "", card=card),
        _measure("R², raw", setups, "r2_raw", 2),
        _measure("R² within a person" if report.people else "R² within a recording", setups, "r2_within", 2),
        _measure(f"MAE of a coordinate{adjusted}, model units", setups, "mae", 4),
        _measure(f"MAE of a coordinate{adjusted}, % canthi", setups, "mae_percent", 2),
        _measure("NME, identity taken out, % canthi", setups, "nme_adjusted", 2,
                 base=percent_nme(base_nme) if own_neutral(first) else ""),
        _measure("NME, raw, % canthi", setups, "nme", 2, base="" if own_neutral(first) else percent_nme(base_nme)),
        _measure(f"RMS of a vertex{adjusted}, % canthi", setups, "rms", 2),
    ]  # fmt: skip
    variants = (("without_amber", "without amber frames"), ("pose_live", "pose as measured"), ("pose_zero", "pose 0"))
    for key, name in variants:
        found = [getattr(one, key) for one in setups]
        if any(one is not None and one.skill is not None for one in found):
            rows.append(_row(f"skill, {name}", [None if one is None else one.skill for one in found], 2))
    return table("Other measures", columns, [row for row in rows if any(cell for cell in map(_text, row[1:]))])


def _text(cell: Cell | str) -> str:
    return str(cell.text if isinstance(cell, Cell) else cell)


def _measure(
    name: str, setups: Sequence[ComparedScores], key: str, digits: int, base: str = "", constant: str = "",
    card: str = "",
) -> list[Cell | str]:  # fmt: skip
    return [*_row(name, [getattr(one, key) for one in setups], digits)[:-3], base, constant, card]


def _row(name: str, values: Sequence[float | None], digits: int) -> list[Cell | str]:
    return [name, *(Cell(score(value, digits), value) for value in values), "", "", ""]
