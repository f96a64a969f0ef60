"""The verdict on a fit: three sentences with numbers and what these are compared with."""

from __future__ import annotations

from realtime.core.study_reports import R2, FitReport
from realtime.export.report.markup import Markup, joined, tag
from realtime.export.report.number_text import percent, score, with_minus, with_spread
from realtime.export.report.page import KeyFigure
from realtime.export.report.ruler import Mark, ruler

_FEATURES = {"emotion": "The seven emotions", "au": "The action units", "blendshape": "The blendshapes"}
_CARD = " (card of emotion@v6: 0.2057, other data)"
_LOWEST = -0.5  # of the ruler


def by_person(report: FitReport) -> R2 | None:
    """The score by person; None where nobody knows who they are, since each recording then counts as a person."""
    return None if report.people is None else report.r2_by_person.full


def held_out(report: FitReport) -> R2 | None:
    """The score by person, else the one by recording."""
    return by_person(report) or report.r2.full


def within(report: FitReport) -> str:
    """What the means were taken out of: "person", or "recording" where people are not known."""
    return "recording" if report.people is None else "person"


def verb(report: FitReport) -> str:
    """Features that were computed from the mesh are no second witness of it."""
    sources = report.sources.lower()
    if report.family == "blendshape" or "inverse" in sources or "mediapipe" in sources:
        return "reproduce"
    return "predict"


def verdict(report: FitReport) -> list[Markup]:
    """The sentences, a paragraph each."""
    return [_how_much(report), _which_recipe(report), _not_shown(report)]


def _how_much(report: FitReport) -> Markup:
    found = held_out(report)
    if found is None:
        return joined(
            "Nothing was held out, so ", tag("b", "how well such a fit predicts faces that it has not seen is unknown"),
            f"; R² on its own frames, {score(report.r2_training)}, does not say that.",
        )  # fmt: skip
    whose = (
        "the differences among faces of people that the fit has never seen"
        if by_person(report) is not None
        else "the differences among faces in recordings that the fit has never seen (the people may be the same)"
    )
    inputs = _FEATURES[report.family] + (" and the head pose" if report.inputs > len(report.features) else "")
    spread = f"R² {with_spread(found.mean, found.sd)} over {len(found.folds)} folds"
    if found.mean > 0:
        start = joined(
            f"{inputs} {verb(report)} ",
            tag("b", percent(found.mean), class_="delivered"),
            f" of {whose} ({spread}), against 0 for the constant mean face",
        )
    else:
        start = joined(
            f"{inputs} {verb(report)} ", tag("b", "nothing", class_="bad"),
            f" of {whose}: {spread}, against 0 for the constant mean face",
        )  # fmt: skip
    return joined(start, _chance(report), ".")


def _chance(report: FitReport) -> Markup | None:
    null = report.null
    if null is None:
        return None
    return joined(
        ". Chance level, by folds of recordings: ", tag("b", score(null.mean)), " with the features of other "
        f"recordings (at most {score(null.highest)} in {null.draws} draws), where the own features have "
        f"{score(null.r2)}",
    )  # fmt: skip


def _which_recipe(report: FitReport) -> Markup:
    if not report.advice:
        return joined("Whether another recipe would be better was not tested.")
    what, colon, why = with_minus(report.advice[0]).partition(": ")
    return joined(tag("b", what), colon, why)


def _not_shown(report: FitReport) -> Markup:
    if report.remarks:
        return joined("What these data cannot show: ", report.remarks[0])
    found = held_out(report)
    rest = f" why {percent(1 - found.mean)} are left over (identity, tracker, errors of the features)," if found else ""
    who = f"these {report.people:,}" if report.people else "these"
    return joined(f"What these data cannot show: what anybody feels,{rest} and anything about people unlike {who}.")


def key_figures(report: FitReport) -> list[KeyFigure]:
    """The numbers beside the verdict; those that do not exist are left out."""
    card = _CARD if report.family == "emotion" else ""
    keys = [
        KeyFigure(score(one.mean), what)
        for one, what in (
            (by_person(report), "R², people never seen"),
            (report.r2.full, f"R², recordings never seen{card}"),
            (report.r2_within.full, f"R² within a {within(report)}: expression without identity"),
        )
        if one is not None
    ]
    if report.mae_percent is not None and report.mae is not None:
        keys.append(
            KeyFigure(f"{score(report.mae_percent)} %", f"MAE of a coordinate, % canthi ({report.mae:.2f} model units)")
        )
    keys.append(KeyFigure(f"{report.rank} of {report.inputs}", "independent inputs"))
    return keys


def verdict_ruler(report: FitReport) -> tuple[Markup, ...]:
    """The scores on a line from the mean face to everything explained; empty where nothing was held out."""
    known = [
        (report.r2.full, "by recording", True),
        (by_person(report), "by person", False),
        (report.r2_within.full, f"within {within(report)}", False),
    ]
    marks = [Mark(one.mean, score(one.mean), name, "gain" if name.startswith("within") else "delivered", kind)
             for one, name, kind in known if one is not None]  # fmt: skip
    if not marks:
        return ()
    null = report.null
    lowest = min([0.0, *(mark.value for mark in marks), *([null.mean] if null else [])])
    low = 0.0 if lowest > -0.02 else max(_LOWEST, lowest - 0.05)
    chance = None if null is None else (min(null.mean, null.highest), null.highest)
    ends = "the constant mean face" + ("; hatched: features of others" if null else ""), "every difference"
    said = "; ".join(f"{mark.label} {mark.text}" for mark in marks)
    return ruler(f"Held-out R2 on a line from 0, the constant mean face, to 1: {said}", marks, low, chance, ends)
