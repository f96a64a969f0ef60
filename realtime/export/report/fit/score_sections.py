"""The sections on how well such fits predict what they have not seen."""

from __future__ import annotations

from collections.abc import Sequence

from realtime.core.study_reports import R2, FitReport, Forms
from realtime.export.report.dot_chart import Axis, DotRow, axis_over, dot_chart
from realtime.export.report.figure import Caption, Figure
from realtime.export.report.fit.verdict import by_person, held_out, within
from realtime.export.report.legend import legend
from realtime.export.report.line_chart import LinePoint, line_chart
from realtime.export.report.number_text import score, with_spread
from realtime.export.report.page import Section, folded
from realtime.export.report.table import Cell, Column, table

_FORMS = (("full", "all inputs"), ("deployed_live", "deployed, live pose"), ("deployed_zero", "deployed, pose 0"))
_R2 = "Held-out R² (0 = the constant mean face, 1 = every difference)"
_SHORT = "Held-out R² (0 = the constant mean face)"
_LOWEST = -1.0  # of an axis of R2; what lies below is an arrow


def not_scored(report: FitReport) -> str:
    """Why a section has no number."""
    what = "No recordings were held out" if held_out(report) is None else "This recipe is not scored by recordings"
    return f"{what}, so there is no number here; “Errors and remarks” says why."


def _groups(report: FitReport) -> tuple[tuple[str, Forms], ...]:
    """People of whom nobody knows who they are have no score by person: theirs would be the one by recording again."""
    person = () if report.people is None else (("By person", report.r2_by_person),)
    return ("By recording", report.r2), *person, (f"Within {within(report)}", report.r2_within)


def scores_section(report: FitReport) -> Section:
    """The three forms of the fit by recording, by person and within people."""
    rows, cells, missing = [], [], []
    for group, forms in _groups(report):
        known = [(title, one) for form, title in _FORMS if (one := getattr(forms, form)) is not None]
        if not known:
            missing.append(group.lower())
        for title, one in known:
            rows.append(DotRow(title, one.mean, _with_sd(one), ticks=one.folds, group=group))
            cells.append(_row(f"{group}, {title}", one))
        if known and group == "By recording" and report.null is not None:
            null = report.null
            text = f"{score(null.mean)} to {score(null.highest)}"
            rows.append(DotRow("chance level", None, text, chance=(null.mean, null.highest), group=group))
    if not rows:
        return Section("scores", "The scores", not_scored(report))
    parts = [f"{score(forms.full.mean)} {group.lower()}" for group, forms in _groups(report) if forms.full is not None]
    finding = f"Held-out R² of the full inputs is {', '.join(parts)}."
    if missing:
        finding += f" There are no scores {' and '.join(missing)}; “Errors and remarks” says why."
    low, high = axis_over(_values(rows), 1.0, _LOWEST)
    folds = max(len(row.ticks) for row in rows)
    entries = [("dot", "mean over the folds"), ("ticks", "each fold")]
    if report.null is not None:
        entries.append(("chance", f"features of another recording: mean to highest of {report.null.draws} draws"))
    inside, person = report.r2_within.full, by_person(report)
    gap = inside.mean - person.mean if inside and person else None
    do = (
        "Name the people of the data set, or say that the same person may be on both sides."
        if report.people is None
        else "Collect more people: by recording alone, the same person may be on both sides."
        if gap is None
        else "Quote by person with its chance level; for expression, within person: "
        f"identity makes a difference of {score(gap, sign=True)} here."
    )
    figure = Figure(
        "scores-figure", "Scores of the fit in the forms in which it is used",
        dot_chart("Held-out R2: " + "; ".join(f"{row.group}, {row.label}: {row.text}" for row in rows),
                  Axis(_R2, _SHORT, low, high), rows),
        Caption(
            "R² over all coordinates on held-out frames. All inputs: those of the recipe. Deployed: products, where it "
            "has them, folded into the pose. Pose 0: features alone.",
            "Dots right of the hatched chance level and of 0, ticks of the folds close together.",
            "A dot within the chance level or left of 0: the features say nothing. Ticks far apart: few people decide.",
            do,
        ),
        legend(*entries),
    )  # fmt: skip
    columns = [Column("Scored"), Column("R²", "mean of the folds", True), Column("sd", "of the folds", True)]
    columns += [Column(f"Fold {at + 1}", "", True) for at in range(folds)]
    return Section(
        "scores",
        "The scores",
        finding,
        [figure, folded("Numbers of the figure", table("Scores by fold", columns, _filled(cells, folds)))],
    )


def _row(name: str, one: R2) -> list[Cell | str]:
    numbers = (one.mean, one.sd, *one.folds)
    return [name, *(Cell(score(value, 4), value) for value in numbers)]


def _filled(rows: list[list[Cell | str]], folds: int) -> list[list[Cell | str]]:
    return [[*row, *([""] * (folds + 3 - len(row)))] for row in rows]


def regions_section(report: FitReport) -> Section:
    """R2 of the parts of the face."""
    known = sorted(((one.region, one.r2) for one in report.regions if one.r2), key=lambda pair: -pair[1].mean)
    if not known:
        return Section("regions", "Parts of the face", not_scored(report))
    rows = [DotRow(name, one.mean, _with_sd(one), ticks=one.folds) for name, one in known]
    low, high = axis_over(_values(rows), 1.0, _LOWEST)
    best, least = known[0], known[-1]
    finding = f"Best predicted: {best[0]} (R² {score(best[1].mean)}); least: {least[0]} ({score(least[1].mean)})."
    do = f"Trust effects on the {best[0]}; read those on the {least[0]} with care."
    if best[1].mean <= 0:
        finding = (
            f"No part of the face is predicted better than by its mean; nearest is {best[0]} ({score(best[1].mean)})."
        )
        do = "Read no effect on any part of the face from this model."
    figure = Figure(
        "regions-figure", "Where on the face",
        dot_chart("Held-out R2 by part of the face: " + "; ".join(f"{row.label} {row.text}" for row in rows),
                  Axis(_R2, _SHORT, low, high), rows),
        Caption(
            "R² by folds of recordings, each part of the face about its own mean. It includes identity; parts differ "
            "in how much they vary at all.",
            "Mouth and brows ahead: these move with the features.",
            "Parts that hardly move ahead of the mouth: then the score is of identity or of the tracker.",
            do,
        ),
        legend(("dot", "mean over the folds"), ("ticks", "each fold")),
    )  # fmt: skip
    return Section("regions", "Parts of the face", finding, [figure])


def learning_section(report: FitReport) -> Section:
    """R2 by how many recordings the fit had."""
    known = [(one, one.r2) for one in report.learning_curve if one.r2 is not None and one.frames > 0]
    if len(known) < 2:
        few = f"{report.recordings:,} recordings are too few for fits of parts of them: there is no curve."
        return Section("learning", "Learning curve", few if known else not_scored(report))
    (half, before), (_, after) = known[-2], known[-1]
    rise = after.mean - before.mean
    small = abs(rise) < after.sd
    finding = (
        f"From {100 * half.share:.3g} % to all of the training recordings R² changes by {score(rise, 3, sign=True)}, "
        f"{'within' if small else 'more than'} the spread of the folds ({score(after.sd, 3)})."
    )
    points = [
        LinePoint(one.frames, f"{one.frames:,}", r2.mean, score(r2.mean), r2.mean - r2.sd, r2.mean + r2.sd, r2.folds)
        for one, r2 in known
    ]
    low, high = axis_over([value for one in points for value in (one.low, one.high, *one.ticks)], 1.0, _LOWEST)
    training = report.r2_training
    figure = Figure(
        "learning-figure", "What more recordings would bring",
        line_chart(
            "Held-out R2 by frames of training: " + "; ".join(f"{one.x_text} frames {one.text}" for one in points),
            points, (low, max(high, training) if training <= 1 else high),
            ("Frames in training, logarithmic", _SHORT),
            (training, f"in training, all frames: {score(training)}"),
        ),
        Caption(
            "R² by folds of recordings, for fits that had a part of the training recordings up to all. Band: standard "
            "deviation of the folds; ticks: each fold.",
            "A line that has become flat, near the dashed line of the fit's own frames.",
            "A line that still rises steeply, far below the dashed line: the fit knows its recordings by heart.",
            "Collect no more of the same: other things limit this fit." if small and rise < 0.01
            else "Collect more recordings, of new people: the curve has not levelled off.",
        ),
        legend(("line", "mean over the folds"), ("band", "± 1 standard deviation"), ("ticks", "each fold"),
               ("neutral", "R² in training")),
    )  # fmt: skip
    return Section("learning", "Learning curve", finding, [figure])


def _with_sd(one: R2) -> str:
    return with_spread(one.mean, one.sd)


def _values(rows: Sequence[DotRow]) -> list[float]:
    found = []
    for row in rows:
        found += [
            value for value in (row.value, row.low, row.high, *row.ticks, *(row.chance or ())) if value is not None
        ]
    return found
