"""The verdict on a comparison: three sentences with numbers, one line on which they lie, and what they need beside."""

from __future__ import annotations

from realtime.core.compare_report import CompareReport, ModelScores
from realtime.core.training_notes import training_notes
from realtime.core.wording import FITTED, feature_source_names, skill_sentence
from realtime.export.report.compare.causes_section import NAMES
from realtime.export.report.compare.common import (
    baseline_name,
    drawn_over,
    few_people,
    level_of,
    own_neutral,
    people_text,
    points,
    scored,
    skill_of,
    skill_percent,
)
from realtime.export.report.compare.lines_section import chance_of, chance_of_floor
from realtime.export.report.compare.models_section import difference_sentence
from realtime.export.report.markup import Markup, joined, tag
from realtime.export.report.number_text import count, decimal, score
from realtime.export.report.page import KeyFigure
from realtime.export.report.ruler import Mark, ruler

_LOWEST = -0.5  # of the ruler


def verdict(report: CompareReport) -> list[Markup]:
    """The sentences, a paragraph each."""
    if not report.models or report.overall.skill is None:
        return [joined(tag("b", "Nothing could be compared", class_="bad"), ": no frame of these recordings has a "
                       "prediction beside an observed face; the sections below say why.")]  # fmt: skip
    first = report.models[0]
    sentences = (_how_much(report, first), _how_much_more(report, first), _beside(report, first))
    return [Markup(sentence.replace(" %", "\N{NO-BREAK SPACE}%")) for sentence in sentences]


def _whole(value: float) -> str:
    """A skill in a sentence: "14 %"; below 0, as a number."""
    return f"{100 * value:.0f} %" if value > 0 else f"skill {score(value)}"


def _how_much(report: CompareReport, first: ModelScores) -> Markup:
    skill = report.overall.skill or 0.0
    sentences, good = skill_sentence(skill, report.overall.baseline, first.source)
    told = sentences[0][0].lower() + sentences[0][1:]
    source = feature_source_names(first.source)[0]
    interval = report.overall.interval
    inside = ""
    if interval is not None:
        inside = f" ({level_of(interval)} interval {skill_percent(interval)} over {drawn_over(interval)})"
    parts = [
        "With ", tag("b", first.name), f" and features {'' if first.source == FITTED else 'from '}{source}, ",
        tag("b", told, class_="delivered" if good else "bad"),
        f" in {count(len(scored(report)), 'recording')}, {people_text(report)}{inside}",
    ]  # fmt: skip
    chance = chance_of(first.null)
    if chance is not None:
        parts.append(f"; features shifted in time, with gain, reach {_whole(chance[0])}, 95 % of them at most "
                     f"{_whole(chance[1])}")  # fmt: skip
    return joined(*parts, ".")


def _how_much_more(report: CompareReport, first: ModelScores) -> Markup:
    scores = report.overall
    gain, floor = skill_of(scores, "gain"), skill_of(scores, "floor")
    if first.source == FITTED:
        return joined(
            "These features are fitted to the very faces that they are compared with: a limit and no measurement",
            _random_models(report, "; "), "; the other ",
            tag("b", f"{100 * (1 - (scores.skill or 0.0)):.0f} %"), " this model cannot show.",
        )  # fmt: skip
    parts: list[str | Markup] = []
    if gain is not None and scores.gain is not None:
        parts += [f"One factor for the amplitude of each recording ({score(scores.gain)} for all) would make it ",
                  tag("b", _whole(gain), class_="gain")]  # fmt: skip
    if floor is not None:
        parts += [
            ", " if parts else "It could be ", "the best features conceivable " if parts else "",
            tag("b", _whole(floor), class_="floor"), f" at best (fitted to these faces{_random_models(report, '; ')}), "
            "and the other ",
            tag("b", f"{100 * (1 - floor):.0f} %"), " this model cannot show",
        ]  # fmt: skip
    if not parts:
        return joined("Without a neutral of each person, identity and expression are not told apart: a calibration "
                      "(--people, --neutral) would give the gain and the floor.")  # fmt: skip
    return joined(*parts, ".")


def _random_models(report: CompareReport, before: str) -> str:
    """What a fit reaches by chance; "" where that was not computed."""
    chance = chance_of_floor(report.overall)
    if chance is None:
        return ""
    return f"{before}random models of equal size reach {_whole(chance[0])} to {_whole(chance[1])}"


def _beside(report: CompareReport, first: ModelScores) -> Markup:
    fits = {one.name for one in report.models if not one.independent}
    known = [one for one in report.differences if one.skill is not None and not {one.one, one.other} & fits]
    if known:
        return joined(difference_sentence(report, known[0]))
    wins = [one for one in report.overall.waterfall
            if not one.removed and one.cause in ("pose", "gain", "source") and (one.adds or 0.0) > 0.005]  # fmt: skip
    if not wins or first.source == FITTED:
        rest = "" if own_neutral(report.overall) else " and who the people are"
        return joined(f"What these numbers cannot show: what anybody feels{rest}, and anything about other people.")
    best = max(wins, key=lambda one: one.adds or 0.0)
    return joined(
        "Of what can be won, most is at the ", tag("b", NAMES[best.cause]), f": {points(best.adds or 0.0)}, "
        f"{points(best.alone or 0.0)} by itself.",
    )  # fmt: skip


def key_figures(report: CompareReport) -> list[KeyFigure]:
    """The numbers beside the verdict; those that do not exist are left out."""
    scores = report.overall
    taken = ", identity taken out" if own_neutral(scores) else ", raw"
    card = report.models[0].card_r2 if report.models else None
    other = f" (card {card:.4f}: other data, over people)" if card is not None else ""
    keys = []
    if scores.r2 is not None:
        keys.append(KeyFigure(score(scores.r2), f"R²{taken}{other}"))
    if scores.mae is not None:
        percent = "" if scores.mae_percent is None else f" ({decimal(scores.mae_percent, 2)} % canthi)"
        keys.append(KeyFigure(decimal(scores.mae, 2), f"MAE of a coordinate, model units{percent}"))
    nme = scores.nme_adjusted if scores.nme_adjusted is not None else scores.nme
    if nme is not None:
        keys.append(KeyFigure(f"{decimal(nme, 2)} %", f"NME, % of outer-canthal distance{taken}"))
    if "noise" in scores.baselines:
        keys.append(KeyFigure(f"{decimal(scores.baselines['noise'], 2)} %", "noise: below it nothing is measured"))
    if scores.effective_n is not None:
        keys.append(KeyFigure(decimal(scores.effective_n, 0), f"effective n of {scores.frames:,} frames"))
    return keys


def verdict_ruler(report: CompareReport) -> tuple[Markup, ...]:
    """Chance level, delivered, gain and floor on one line; empty without a skill."""
    scores = report.overall
    names = (("delivered", "as delivered"), ("gain", "with gain"), ("floor", "floor"))
    marks = [Mark(value, score(value), name, line) for line, name in names
             if (value := skill_of(scores, line)) is not None]  # fmt: skip
    if not marks:
        return ()
    chance = chance_of(report.models[0].null) if report.models else None
    lowest = min([0.0, *(mark.value for mark in marks), *(chance or ())])
    low = 0.0 if lowest > -0.02 else max(_LOWEST, lowest - 0.05)
    ends = (
        f"{baseline_name(scores)}{'; hatched: shifted in time' if chance else ''}",
        "every movement predicted" if own_neutral(scores) else "every difference predicted",
    )
    told = "; ".join(f"{mark.label} {mark.text}" for mark in marks)
    return ruler(f"Skill on a line from 0, the {baseline_name(scores)}, to 1: {told}", marks, low, chance, ends)


def notices(report: CompareReport) -> list[str]:
    """What must be read before any number."""
    found = [
        f"The numbers may be an error. {check.name}: {check.found} (expected {check.expected}). See section 1 before "
        "you read on."
        for check in report.checks
        if check.state == "bad"
    ]
    found += training_notes(report.models, len(scored(report)))
    if few_people(report):
        known = report.population.lower().startswith("no statement")
        found.append(
            report.population if known else f"No statement about people in general. {report.population}".strip()
        )
    if report.models and not report.models[0].independent and report.models[0].source != FITTED:
        found.append(
            "The features come from the same landmarks as the faces: the scores are no evidence of a prediction."
        )
    if report.errors:
        found.append(f"{count(len(report.errors), 'input')} could not be compared; see Errors.")
    return found
