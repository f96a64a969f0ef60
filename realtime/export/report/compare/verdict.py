"""The verdict on a comparison: three sentences with numbers, one line on which they lie, and what they need beside."""

from __future__ import annotations

from realtime.core.compare_report import CompareReport, ModelScores
from realtime.core.compare_scores import ComparedScores
from realtime.core.training_notes import of_training, training_notes
from realtime.core.wording import FITTED, FROM_LANDMARKS
from realtime.export.report.compare.causes_section import most_to_win, short_name
from realtime.export.report.compare.common import (
    LEAST_EFFECTIVE,
    LOWEST_SKILL,
    NOTHING,
    baseline_name,
    drawn_over,
    few_people,
    level_of,
    not_compared,
    one_gain_text,
    own_neutral,
    people_text,
    points,
    scored,
    skill_of,
)
from realtime.export.report.compare.lines_section import chance_of, chance_of_floor
from realtime.export.report.compare.models_section import difference_sentence
from realtime.export.report.markup import Markup, joined, tag
from realtime.export.report.number_text import count, decimal, score
from realtime.export.report.page import KeyFigure
from realtime.export.report.ruler import Mark, ruler


def verdict(report: CompareReport) -> list[Markup]:
    """Three sentences, a paragraph each."""
    if not report.models or report.overall.skill is None:
        return [joined(tag("b", "Nothing could be compared", class_="bad"), ": no frame of these recordings has a "
                       "prediction beside an observed face; the sections below say why.")]  # fmt: skip
    first = report.models[0]
    sentences = (_how_much(report, first), _how_much_more(report, first), _beside(report, first))
    return [Markup(sentence.replace(" %", "\N{NO-BREAK SPACE}%")) for sentence in sentences]


def _how_much(report: CompareReport, first: ModelScores) -> Markup:
    """What is claimed, in the colour of how good that is, and what it must be read beside."""
    claim, style = _claim(report.overall, first)
    begin = [tag("b", first.model), f" with {_features(first)} "]
    parts = [*begin, tag("b", claim, class_=style), f" ({_evidence(report)})", *_beside_it(report, first)]
    return joined(*parts, ".")


def _claim(scores: ComparedScores, first: ModelScores) -> tuple[str, str]:
    """What may be said of a skill, and the class of its colour: no praise of what must not be read, nor of what is no
    better than a constant face.
    """
    skill, constant = scores.skill or 0.0, scores.constant_face
    own = own_neutral(scores)
    if scores.effective_n is not None and scores.effective_n < LEAST_EFFECTIVE:
        many = f"{scores.effective_n:.0f} independent ones, and {LEAST_EFFECTIVE} are the least"
        return f"has no score that could be read: its frames say as much as {many}", "bad"
    if of_training(first):
        what = "training scores" if first.trained_on else "what may be training scores"
        return f"has {what}, which say nothing of other recordings", "bad"
    rest = "a face that never moves" if own else "the model's mean face"
    if skill < NOTHING:
        return f"is {'worse' if skill <= -NOTHING else 'no better'} than {rest}", "bad"
    share = f"{100 * skill:.0f} %" if skill >= 0.01 else "less than 1 %"
    of = "of the expression" if own else "of the variance around the mean face"
    if first.source == FITTED:
        return f"could predict {share} {of} at best", "delivered"
    if constant is not None and constant.skill is not None and skill <= constant.skill:
        return f"is nearer than {rest}, but no nearer than one constant face of each recording", "bad"
    verb = "reproduces" if first.source == FROM_LANDMARKS else "predicts"
    return f"{verb} {share} {of}", "delivered"


def _features(first: ModelScores) -> str:
    """The features by their source: "the classifier's emotions"."""
    kind = {"emotion": "emotions", "au": "action units", "blendshape": "blendshapes"}.get(first.family, "features")
    if first.source == FITTED:
        return f"{kind} that are fitted to these faces"
    owner = {"appearance": "the classifier's", "pyfeat": "py-feat's", "mediapipe": "MediaPipe's"}.get(first.source)
    return f"{kind} of {first.source}" if owner is None else f"{owner} {kind}"


def _evidence(report: CompareReport) -> str:
    scores = report.overall
    parts = [f"skill {score(scores.skill)}"]
    if scores.interval is not None:
        low, high = score(scores.interval.low), score(scores.interval.high)
        parts.append(f"{level_of(scores.interval)} interval {low} to {high} over {drawn_over(scores.interval)}")
    parts.append(f"{count(len(scored(report)), 'recording')}, {people_text(report)}")
    return "; ".join(parts)


def _beside_it(report: CompareReport, first: ModelScores) -> list[str]:
    """What a constant face has, and what chance has; the end of the first sentence."""
    found, constant = [], report.overall.constant_face
    if constant is not None and constant.skill is not None:
        each = " of each recording" if len(scored(report)) > 1 else ""
        found.append(f"one constant face{each} has {score(constant.skill)}")
    if first.source != FITTED:
        chance = chance_of(first.null)
        found.append(
            "there is no chance level, since no recording is long enough"
            if chance is None
            else f"chance {score(chance[0])} with a gain (95 % of shifts in time at most {score(chance[1])})"
        )
    return [f"; {' and '.join(found)}"] if found else []


def _how_much_more(report: CompareReport, first: ModelScores) -> Markup:
    scores = report.overall
    gain, floor = skill_of(scores, "gain"), skill_of(scores, "floor")
    if first.source == FITTED:
        return joined(
            "These features are fitted to the very faces that they are compared with, a limit and no measurement",
            _random_models(report, " ("), ": ", *_out_of_reach(scores, scores.skill or 0.0), ".",
        )  # fmt: skip
    parts: list[str | Markup] = []
    if gain is not None and scores.gain is not None:
        others = one_gain_text(scores)
        which = (
            f"With its own gain each ({others}) the recordings" if others else f"With a gain of {score(scores.gain)} it"
        )
        parts += [f"{which} would have ", tag("b", score(gain), class_="gain")]
    if floor is not None:
        parts += [
            ", the best features within their range " if parts else "The best features within their range would have ",
            tag("b", score(floor), class_="floor"), _random_models(report, " ("), ": ", *_out_of_reach(scores, floor),
        ]  # fmt: skip
    if not parts:
        return joined("Without a neutral of each person, identity and expression are not told apart: a calibration "
                      "(--people, --neutral) would give the gain and the floor.")  # fmt: skip
    return joined(*parts, ".")


def _out_of_reach(scores: ComparedScores, floor: float) -> list[str | Markup]:
    """What lies above the floor, and how much of that stays when what is no matter of features is fixed as well."""
    rest = next((step.adds for step in scores.waterfall if step.cause == "model" and not step.removed), None)
    parts: list[str | Markup] = ["the other ", tag("b", f"{100 * (1 - floor):.0f} %"), " this model cannot show"]
    if rest is not None and rest < 1 - floor - NOTHING:
        parts.append(f", {100 * rest:.0f} % even where identity, head pose and noise are fixed as well")
    return parts


def _random_models(report: CompareReport, before: str) -> str:
    """What a fit reaches by chance; "" where that was not computed."""
    chance = chance_of_floor(report.overall)
    if chance is None:
        return ""
    return f"{before}random models of equal size: {score(chance[0])} to {score(chance[1])})"


def _beside(report: CompareReport, first: ModelScores) -> Markup:
    fits = {one.name for one in report.models if not one.independent}
    known = [one for one in report.differences if one.skill is not None and not {one.one, one.other} & fits]
    if known:
        return joined(difference_sentence(report, known[0]))
    best = None if first.source == FITTED else most_to_win(report.overall.waterfall)
    if best is None:
        rest = "" if own_neutral(report.overall) else " and who the people are"
        return joined(f"What these numbers cannot show: what anybody feels{rest}, and anything about other people.")
    in_order, alone = best
    by_itself = f"{points(in_order.alone or 0.0)} if it alone were fixed"
    if alone is not in_order:
        by_itself = f"of what is fixed alone, at the {short_name(alone.cause)} ({points(alone.alone or 0.0)})"
    return joined(
        "Of the causes, fixed one after the other, most could be won at the ", tag("b", short_name(in_order.cause)),
        f": {points(in_order.adds or 0.0)}; {by_itself}.",
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
    if scores.constant_face is not None and scores.constant_face.skill is not None:
        constant = scores.constant_face.skill
        marks.append(Mark(constant, score(constant), "constant face", "neutral", open=True))
    chance = chance_of(report.models[0].null) if report.models else None
    lowest = min([0.0, *(mark.value for mark in marks), *(chance or ())])
    low = 0.0 if lowest > -0.02 else max(LOWEST_SKILL, lowest - 0.05)
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
    found += [tag("b", note, class_="bad") for note in training_notes(report.models, len(scored(report)))]
    if few_people(report):
        known = report.population.lower().startswith("no statement")
        found.append(
            report.population if known else f"No statement about people in general. {report.population}".strip()
        )
    if report.models and not report.models[0].independent and report.models[0].source != FITTED:
        found.append(
            "The features come from the same landmarks as the faces: the scores are no evidence of a prediction."
        )
    return [*found, *filter(None, [not_compared(report)])]
