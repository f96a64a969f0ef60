"""The section on the recipes, side by side on the same folds."""

from __future__ import annotations

from realtime.core.study_reports import R2, FitReport, RecipeScore
from realtime.export.report.dot_chart import Axis, DotRow, axis_over, dot_chart
from realtime.export.report.figure import Caption, Figure
from realtime.export.report.fit.intervals import Difference, difference_of
from realtime.export.report.fit.score_sections import NOT_EVALUATED
from realtime.export.report.fit.verdict import within
from realtime.export.report.legend import legend
from realtime.export.report.markup import joined, tag
from realtime.export.report.number_text import score
from realtime.export.report.page import Section, folded
from realtime.export.report.table import Cell, Column, table


def recipes_section(report: FitReport) -> Section:
    """Every recipe that the report holds, with its difference to the seed's."""
    if not report.recipes:
        return Section("recipes", "Recipes side by side", NOT_EVALUATED)
    differences = [(one, difference_of(one)) for one in report.recipes]
    known = sorted(((one, found) for one, found in differences if found is not None), key=lambda pair: -pair[1].value)
    cells = [
        [
            joined_name(one.name, one.description),
            *(Cell(score(r2.mean, 4), r2.mean) if r2 else "" for r2 in _scores(report, one)),
            Cell(score(found.value, 4, sign=True), found.value) if found else "",
            Cell(_interval(found), found.low) if found else "",
            _reading(found) if found else Cell("the reference", style="muted"),
        ]
        for one, found in differences
    ]
    seed = [at for at, one in enumerate(report.recipes) if one.name == "seed"]
    listed = folded("All recipes", table("Recipes", _columns(report), cells, strong=seed))
    better = [one.name for one, found in known if found.shown > 0]
    worse = [one.name for one, found in known if found.shown < 0]
    if not known:
        return Section(
            "recipes", "Recipes side by side", "The differences could not be computed on these folds.", [listed]
        )
    parts = [f"{len(better)} of {len(known)} shown to be better than the seed's"]
    parts += [f"{len(worse)} shown to be worse", f"for {len(known) - len(better) - len(worse)} no difference is shown"]
    rows = [
        DotRow(one.name, found.value, f"{score(found.value, 4, sign=True)} ({_interval(found)})", found.low, found.high,
               open=found.shown == 0)
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
    best = known[0]
    do = (
        f"Use {best[0].name}; say that it was chosen among {len(known)} on these very folds, which makes its "
        "difference look somewhat too good."
        if best[1].shown > 0
        else "Keep the seed's recipe: no other is shown to be better, and it is the one that published models have."
    )
    figure = Figure(
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
    return Section("recipes", "Recipes side by side", f"{'; '.join(parts)}.", [figure, listed])


def _columns(report: FitReport) -> list[Column]:
    titles = ["By recording", *([] if report.people is None else ["By person"]), f"Within {within(report)}"]
    return [
        Column("Recipe"),
        *(Column(title, "R²", True) for title in titles),
        Column("Over the seed", "difference in R²", True),
        Column("95 % interval", "over the folds", True),
        Column("Reading"),
    ]


def _scores(report: FitReport, recipe: RecipeScore) -> list[R2 | None]:
    return [recipe.by_video, *([] if report.people is None else [recipe.by_person]), recipe.within]


def joined_name(name: str, description: str) -> Cell:
    """A recipe's name with what it does under it."""
    return Cell(joined(tag("span", name), tag("small", description, class_="under")))


def _interval(found: Difference) -> str:
    return f"{score(found.low, 4)} to {score(found.high, 4)}"


def _reading(found: Difference) -> Cell:
    if found.shown:
        return Cell("better", style="ok") if found.shown > 0 else Cell("worse", style="bad")
    return Cell("no difference shown", style="muted")
