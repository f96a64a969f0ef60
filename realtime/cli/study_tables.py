"""The reports of `meshmirror fit` and `meshmirror evaluate` in the terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from realtime.cli.output import MUTED
from realtime.core.study_reports import (
    R2,
    Evaluation,
    FitReport,
    HeldOutR2,
    ModelCheck,
    ModelReport,
    PersonalReport,
    RecipeScore,
)  # fmt: skip
from realtime.export.report.number_text import count

_FAR = 10.0
_FORMS = (
    ("full", "all inputs"), ("deployed_live", "deployed, live pose"), ("deployed_zero", "deployed, pose 0"),
)  # fmt: skip


def fit_table(report: FitReport) -> RenderableType:
    """All of a fit, from the data to the scores."""
    canthi = f"outer canthi {report.outer_canthal:.2f} units apart"
    facts = facts_table(
        ("features", report.family),
        ("data", _data(report)),
        ("dropped", _dropped(report.frames_dropped)),
        ("alignment", f"{report.alignment}, {report.alignment_rounds} rounds; {canthi}"),
        ("method", report.method),
        ("R2 in training", f"{report.r2_training:.4f}  (not to be compared with held-out ones)"),
    )  # fmt: skip
    parts: list[RenderableType] = [facts, *_scores(report)]
    if report.check is not None:
        parts += ["", facts_table(*(_odd(report.check) or [("models check", "nothing odd")]))]
    files = [(name, getattr(report, name)) for name in ("model", "card", "atlas", "report")]
    if written := [(name, path) for name, path in files if path]:
        parts += ["", facts_table(*written)]
    return Group(*parts)


def personal_table(report: PersonalReport) -> RenderableType:
    """A personal model, beside what it has to be compared with."""
    strength = "the strongest: only the neutral is your own" if report.strength is None else f"{report.strength:.3g}"
    person = f" of {report.person}" if report.person else ""
    facts = facts_table(
        ("shrunk towards", f"{report.of}, in its frame; strength {strength}"),
        ("data", f"{count(report.frames, 'frame')}, {count(report.sessions, 'session')}{person}"),
        ("from", f"tracker {report.tracker}, features {report.sources}"),
        ("dropped", _dropped(report.frames_dropped)),
    )
    scores = grid(f"held-out R2, {report.folds} {report.folds_of}", "over all frames", "of each")
    for name, found in (
        ("personal", report.personal),
        (f"{report.of}, own neutral and response to the pose", report.neutral_and_pose),
        (f"{report.of}, own neutral", report.own_neutral),
        (f"{report.of} as it is", report.model_itself),
    ):
        scores.add_row(name, _number(found.r2), _range(found))
    parts: list[RenderableType] = [facts, "", scores, "", Text(report.verdict, style="bold"), *_remarks(report.remarks)]
    if odd := _odd(report.check):
        parts += ["", facts_table(*odd)]
    if report.model:
        parts += ["", facts_table(("model", report.model), ("card", report.card or "none"))]
    return Group(*parts)


def _odd(check: ModelCheck | None) -> list[tuple[str, str]]:
    """What the check of the model found odd, under a line that says so."""
    odd = [] if check is None else [(one.name, one.found) for one in check.findings if one.state != "ok"]
    return [("models check", f"{count(len(odd), 'finding')} to look at:"), *odd] if odd else []


def _range(found: HeldOutR2) -> Text:
    return Text(f"{min(found.folds):.4f} to {max(found.folds):.4f}")


def model_table(report: ModelReport) -> RenderableType:
    """A model on a data set."""
    facts = facts_table(
        ("model", report.model),
        ("data", _data(report)),
        ("dropped", _dropped(report.frames_dropped)),
        ("MAE", f"{report.mae:.4f} units, {report.mae_percent:.2f} % of the outer-canthal distance"),
    )  # fmt: skip
    who = "recording" if report.people is None else "person"
    scores = grid("R2", *(title for _, title in _FORMS))
    for name, found in (
        ("over all frames", report.r2),
        (f"each {who}'s mean taken out", report.r2_within),
        (f"a constant taken out ({report.offset_percent:.2f} %)", report.r2_without_offset),
    ):
        scores.add_row(name, *(_number(getattr(found, form)) for form, _ in _FORMS))
    regions = grid("part of the face", "R2 over all frames")
    for name, score in report.regions.items():
        regions.add_row(name, _number(score))
    return Group(facts, "", scores, "", regions, *_remarks(report.remarks))


def _scores(found: FitReport) -> list[RenderableType]:
    if found.r2.full is None and found.r2_by_person.full is None:
        return _remarks(found.remarks)
    held_out = grid("held-out R2", *(title for _, title in _FORMS))
    people = found.people is not None  # where they are not known, each recording counts as one
    within = "within person" if people else "within recording"
    for name, forms in (("by recording", found.r2), ("by person", found.r2_by_person), (within, found.r2_within)):
        if name == "by person" and not people:
            continue
        held_out.add_row(name, *(_score(getattr(forms, form)) for form, _ in _FORMS))
    titles = ("recording", *(["person"] if people else []), "within", "2nd half")
    recipes = grid("R2 of recipes", *titles, "over the seed, 95 %")
    for recipe in found.recipes:
        by_person = [recipe.by_person] if people else []
        scores = (recipe.by_video, *by_person, recipe.within, recipe.second_half)
        recipes.add_row(
            recipe.name,
            *(_mean(score) for score in scores),
            _difference(recipe),
            style="bold" * (recipe.name == found.recipe),
        )
    points = [(point, point.r2) for point in found.learning_curve if point.r2 is not None]
    curve = grid("recordings", "frames", "R2 by recording")
    curve.caption, curve.caption_style, curve.caption_justify = "frames in training, mean of the folds", MUTED, "left"
    for point, r2 in points:
        curve.add_row(f"{100 * point.share:.3g} %", f"{point.frames:,}", _score(r2))
    regions = grid("part of the face", "R2 by recording")
    for region in found.regions:
        regions.add_row(region.region, _score(region.r2))
    # A recipe that is not scored by recordings has neither of the two.
    beside: list[RenderableType] = (
        ["", _grid_of_two(curve, regions)] if points or any(region.r2 for region in found.regions) else []
    )
    facts = list(_facts(found))
    more: list[RenderableType] = ["", facts_table(*facts)] if facts else []
    return ["", held_out, *more, "", recipes, *_remarks(found.advice), *beside, *_remarks(found.remarks)]


def _facts(found: Evaluation) -> Iterator[tuple[str, str]]:
    """What has to be read beside the scores."""
    if found.mae is not None:
        yield "MAE", f"{found.mae:.4f} units, {found.mae_percent:.2f} % of the outer-canthal distance (by recording)"
    null = found.null
    if null is not None:
        chance, highest, own = (_digits(value) for value in (null.mean, null.highest, null.r2))
        yield (
            "chance level",
            f"R2 {chance}, at most {highest}, with the features of others; {own} with the own ones "
            f"(p = {null.p:.2f}, {null.draws} draws on {null.frames:,} frames)",
        )
    if found.gains is not None:
        gains = found.gains
        yield (
            "gains",
            f"median {gains.median:.2f} of {gains.recordings:,} recordings, half of them from {gains.low:.2f} to "
            f"{gains.high:.2f}",
        )
    other = found.other_tracker
    if other is not None and other.own and other.other and other.without_offset:
        own, moved, mended = (_digits(score.mean) for score in (other.own, other.other, other.without_offset))
        yield (
            "tracker",
            f"R2 {own} on its own meshes, {moved} on those of {other.tracker}, {mended} with a constant of "
            f"{other.offset_percent:.2f} % taken out of these",
        )


def _grid_of_two(left: Table, right: Table) -> Table:
    both = Table.grid(padding=(0, 4))
    both.add_row(left, right)
    return both


def facts_table(*rows: tuple[str, str]) -> Table:
    """Names and values, side by side."""
    table = Table.grid(padding=(0, 2))
    table.add_column(style=MUTED, no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in rows:
        table.add_row(name, Text(value))
    return table


def grid(first: str, *others: str) -> Table:
    """A table of numbers: the first column to the left, the others to the right."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style=MUTED)
    table.add_column(first)
    for other in others:
        table.add_column(other, justify="right")
    return table


def _remarks(remarks: tuple[str, ...]) -> list[RenderableType]:
    return ["", *(Text(f"· {remark}", style=MUTED) for remark in remarks)] if remarks else []


def _dropped(reasons: dict[str, int]) -> str:
    return "; ".join(f"{rows:,} {reason}" for reason, rows in reasons.items() if rows) or "none"


def _data(report: FitReport | ModelReport) -> str:
    people = "people unknown" if report.people is None else count(report.people, "person", "people")
    recordings = count(report.recordings, "recording")
    return f"{count(report.frames, 'frame')} of {recordings}, {people}; tracker {report.tracker}"


def _score(score: R2 | None) -> Text:
    return Text("-" if score is None else f"{_digits(score.mean)} ± {_digits(score.sd, like=score.mean)}")


def _mean(score: R2 | None) -> Text:
    return Text("-" if score is None else _digits(score.mean))


def _difference(recipe: RecipeScore) -> str:
    if recipe.gain_over_seed is None or recipe.gain_interval is None:
        return ""
    value, (low, high) = recipe.gain_over_seed, recipe.gain_interval
    return f"{'+' if value >= 0 else ''}{_digits(value)} ± {_digits((high - low) / 2, like=value)}"


def _digits(value: float, like: float | None = None) -> str:
    """Four decimals; none for numbers of a fit that was asked for what it has never seen."""
    digits = 4 if abs(value if like is None else like) < _FAR else 0
    return f"{value:,.{digits}f}"


def _number(value: float | None) -> Text:
    return Text("-" if value is None else f"{value:.4f}")
