"""The section on the recipes, side by side on the same folds."""

from __future__ import annotations

from realtime.core.study_reports import FitReport, RecipeScore
from realtime.export.report.dot_chart import Axis, DotRow, axis_over, dot_chart
from realtime.export.report.figure import Caption, Figure
from realtime.export.report.fit.intervals import Difference, difference_of
from realtime.export.report.fit.score_sections import not_scored
from realtime.export.report.fit.verdict import within
from realtime.export.report.legend import legend
from realtime.export.report.markup import Markup, joined, tag
from realtime.export.report.number_text import score, with_minus
from realtime.export.report.page import Section, folded
from realtime.export.report.table import Cell, Column, table

_SEED = "seed"
_HALVES = "second_half"  # of recipes that only the second halves of recordings can be scored by


def recipes_section(report: FitReport) -> Section:
    """Every recipe that the report holds, with its difference to the seed's; and which to use."""
    if not report.recipes:
        return Section("recipes", "Recipes side by side", not_scored(report))
    differences = [(one, difference_of(one)) for one in report.recipes]
    known = sorted(
        ((one, found) for one, found in differences if found is not None),
        key=lambda pair: (pair[0].compared_by == _HALVES, -pair[1].value),
    )
    finding, *others = map(with_minus, report.advice) if report.advice else ["The differences could not be computed."]
    blocks: list[Markup | Figure] = [tag("ul", (tag("li", text) for text in others), class_="notes")] if others else []
    if known:
        blocks.append(_figure(known, finding))
    blocks.append(folded("All recipes", _table(report, differences)))
    rows = _beyond(report)
    if rows:
        blocks.append(table("Beyond a linear fit", (Column("What"), Column("Value")), rows, sortable=False, facts=True))
    return Section("recipes", "Recipes side by side", finding, blocks)


def _figure(known: list[tuple[RecipeScore, Difference]], finding: str) -> Figure:
    halves = any(one.compared_by == _HALVES for one, _ in known)
    groups = {_HALVES: "On the second half of each recording"} if halves else {}
    rest = "On frames that were held out" if halves else ""
    rows = [
        DotRow(one.name, found.value, f"{score(found.value, 4, sign=True)} ({_interval(found)})", found.low, found.high,
               open=found.shown == 0, group=groups.get(one.compared_by or "", rest))
        for one, found in known
    ]  # fmt: skip
    low, high = axis_over([value for _, found in known for value in (found.value, found.low, found.high)])
    axis = Axis(
        "Difference in held-out R², recipe − seed, same folds",
        "Difference in held-out R², recipe − seed",
        low,
        high,
        sides=("worse", "better"),
    )
    better = sum(found.shown > 0 and one.compared_by != _HALVES for one, found in known)
    do = finding.partition(": ")[0].partition(" (")[0] + "."
    if better:
        do += " A recipe that was chosen among many on these very folds looks somewhat too good."
    return Figure(
        "recipes-figure", "Differences to the seed's recipe",
        dot_chart("Difference in R2 to the seed's recipe: "
                  + "; ".join(f"{row.label} {row.text}" for row in rows), axis, rows),
        Caption(
            "Each recipe minus the seed's on the same folds of people (of recordings where people are few). Line: "
            "95 % interval by Student's t over the folds.",
            "A line wholly right of 0: better. R² within a person may improve while R² by person does not.",
            "A line across 0: no difference is shown, however far its dot. Three folds give wide intervals.",
            do,
        ),
        legend(("dot", "difference shown"), ("open", "no difference shown"), ("interval", "95 % interval")),
    )  # fmt: skip


def _table(report: FitReport, differences: list[tuple[RecipeScore, Difference | None]]) -> Markup:
    halves = any(one.second_half for one, _ in differences)
    known = report.people is not None
    titles = ["By recording", *(["By person"] if known else []), f"Within {within(report)}"]
    titles += ["Second halves"] if halves else []
    columns = [
        Column("Recipe"), *(Column(title, "R²", True) for title in titles),
        Column("Over the seed", "difference in R²", True), Column("95 % interval", "over the folds", True),
        Column("Reading"),
    ]  # fmt: skip
    cells = []
    for one, found in differences:
        scores = [one.by_video, *([one.by_person] if known else []), one.within, *([one.second_half] if halves else [])]
        cells.append([
            joined_name(one.name, one.description),
            *(Cell(score(r2.mean, 4), r2.mean) if r2 else "" for r2 in scores),
            Cell(score(found.value, 4, sign=True), found.value) if found else "",
            Cell(_interval(found), found.low) if found else "",
            _reading(one, found),
        ])  # fmt: skip
    used = [at for at, one in enumerate(report.recipes) if one.name == report.recipe]
    return table("Recipes", columns, cells, strong=used)


def _beyond(report: FitReport) -> list[tuple[str, str]]:
    """What a linear fit leaves, and how far predicted changes are from their right size."""
    rows = []
    if report.ceiling is not None:
        found = report.ceiling
        interval = "" if found.interval is None else (
            f", 95 % interval {score(found.interval[0], 4)} to {score(found.interval[1], 4)}"
        )  # fmt: skip
        rows.append((
            "a small neural network",
            f"R² {score(found.network.mean, 4)} beside {score(found.linear.mean, 4)} of a linear fit of the same "
            f"{found.frames:,} frames of {found.recordings:,} recordings "
            f"({score(found.difference, 4, sign=True)}{interval})",
        ))  # fmt: skip
    if report.gains is not None:
        gains = report.gains
        rows.append((
            "gain of a recording",
            f"median {score(gains.median)}, half of {gains.recordings:,} recordings between {score(gains.low)} and "
            f"{score(gains.high)}; 1: predicted changes are as large as observed ones",
        ))  # fmt: skip
    return rows


def joined_name(name: str, description: str) -> Cell:
    """A recipe's name with what it does under it."""
    return Cell(joined(tag("span", name), tag("small", description, class_="under")))


def _interval(found: Difference) -> str:
    return f"{score(found.low, 4)} to {score(found.high, 4)}"


def _reading(recipe: RecipeScore, found: Difference | None) -> Cell:
    if found is None:
        return Cell("the reference" if recipe.name == _SEED else "", style="muted")
    if found.shown:
        return Cell("better", style="ok") if found.shown > 0 else Cell("worse", style="bad")
    return Cell("no difference shown", style="muted")
