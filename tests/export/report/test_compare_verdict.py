"""What the first words on a comparison claim, and what they must say beside it."""

import re

import pytest
from compared import compared

from realtime.core.compare_scores import ComparedLine, Interval, WaterfallStep
from realtime.export.comparison.methods import methods_text
from realtime.export.report.compare.common import line_label
from realtime.export.report.compare.models_section import difference_sentence, models_section
from realtime.export.report.compare.verdict import notices, verdict
from realtime.export.report.markup import plain_text


@pytest.fixture(scope="module")
def report():
    return compared(frames=40)[0]


def told(report):
    """The verdict as text."""
    text = " ".join(plain_text(sentence) for sentence in verdict(report))
    return text.replace("\xa0", " ")


def with_models(report, **changes):
    """The second setup with other fields."""
    first, second = report.models
    return report.model_copy(update={"models": (first, second.model_copy(update=changes))})


def of_level(report, level):
    """The difference of the two setups with an interval of this level, clear of 0."""
    one = report.differences[0]
    interval = Interval(low=-1.42, high=-1.33, draws=2000, level=level, over="recordings")
    return report.model_copy(update={"differences": (one.model_copy(update={"skill": -1.38, "interval": interval}),)})


@pytest.mark.parametrize(("level", "better"), [(0.5, False), (0.75, False), (0.875, False), (0.9375, True)])
def test_a_setup_is_better_by_an_interval_of_90_percent_alone(report, level, better):
    given = of_level(report, level)
    text = told(given)
    assert ("is better than" in text) is better and (f"no difference is shown: −1.38 in skill ({100 * level:.0f} %"
                                                     in text) is not better  # fmt: skip
    advice = " ".join(models_section(given).blocks[0].caption.do.split())
    assert ("Use " in advice) is better


def overall(report, **changes):
    return report.model_copy(update={"overall": report.overall.model_copy(update={"effective_n": 60.0} | changes)})


def face(skill):
    return ComparedLine(skill=skill, r2=0.0)


@pytest.mark.parametrize(("changes", "claim"), [
    ({"skill": 0.75, "constant_face": face(0.97)}, "is nearer than a face that never moves, but no nearer than one"),
    ({"skill": 0.75, "constant_face": face(0.5)}, "predicts 75 % of the expression (skill 0.75;"),
    ({"skill": 0.75, "constant_face": face(0.5), "effective_n": 13.2},
     "has no score that could be read: its frames say as much as 13 independent ones"),
    ({"skill": -0.57}, "is worse than a face that never moves (skill −0.57;"),
    ({"skill": 0.001}, "is no better than a face that never moves"),
])  # fmt: skip
def test_what_is_no_better_than_a_constant_face_or_has_few_frames_is_not_praised(report, changes, claim):
    given = overall(report, **changes)
    text, constant = told(given), given.overall.constant_face.skill
    assert text.startswith(f"emotion@v6 with the classifier's emotions {claim}")
    assert ("predicts" in text) is claim.startswith("predicts")
    assert f"one constant face of each recording has {constant:.2f}" in text


@pytest.mark.parametrize("source", ["appearance", "inverse", "mediapipe"])
@pytest.mark.parametrize("bare", [False, True])
def test_it_is_three_sentences_with_numbers(report, source, bare):
    """Each a paragraph: how much, how much more could be had, and what beside it."""
    first, second = report.models
    changes = {"models": (first.model_copy(update={"source": source, "independent": source == "appearance"}), second)}
    if bare:
        changes["differences"] = ()
    sentences = [plain_text(one).replace("\xa0", " ") for one in verdict(report.model_copy(update=changes))]
    assert len(sentences) == 3
    for text in sentences:
        assert re.search(r"[.:;] [A-Z]", text) is None and text.endswith("."), text
        assert len(text) < 330, text
    assert all(re.search(r"[0-9]", text) for text in sentences[:2])


def test_what_has_no_chance_level_says_so(report):
    first, second = report.models
    given = report.model_copy(update={"models": (first.model_copy(update={"null": None}), second)})
    assert "there is no chance level" in told(given) and " and chance " in told(report)


def test_the_gain_of_each_recording_and_one_gain_for_all_are_told_apart(report):
    scores = report.overall
    assert f"With a gain of {scores.gain:.2f} it would have {scores.with_gain.skill:.2f}" in told(report)
    given = overall(report, gain=0.31, with_one_gain=face(0.145), with_gain=face(0.16))
    assert "With its own gain each (0.31 for all gives 0.14) the recordings would have 0.16" in told(given)
    assert line_label(given.overall, "gain") == "with its own gain each"


def test_what_could_be_won_is_what_the_waterfall_shows(report):
    def step(cause, adds, alone):
        return WaterfallStep(cause=cause, skill=0.5, adds=adds, alone=alone, removed=False)

    steps = (
        step("identity", 0.12, 0.12),
        step("gain", 0.02, 0.03),
        step("source", 0.08, 0.64),
        step("model", 0.2, None),
    )
    given = overall(report.model_copy(update={"differences": ()}), waterfall=steps)
    assert ("Of the causes, fixed one after the other, most could be won at the identity: 12 points; of what is fixed "
            "alone, at the source of the features (64 points)") in told(given)  # fmt: skip
    floor = given.overall.floor.skill
    assert f"the other {100 * (1 - floor):.0f} % this model cannot show, 20 % even where identity" in told(given)


@pytest.mark.parametrize("changes", [
    {"model": "mine", "personal": True}, {"model": "mine", "trained_on": ("P1 interview",)},
])  # fmt: skip
def test_training_scores_are_called_that_and_decide_nothing(report, changes):
    given = with_models(of_level(report, 0.95), **changes)
    (notice,) = [text for text in notices(given) if "training scores" in text]
    assert "1 of these 6 recordings are among those on which mine was fit (P1 interview)" in notice or (
        "mine is a model of one person" in notice
    )
    assert "is better" not in told(given) and "says nothing" in difference_sentence(given, given.differences[0])
    assert models_section(given).blocks[0].caption.do.startswith("Choose nothing by training scores")


def test_a_model_that_was_fit_on_these_recordings_is_not_praised_alone(report):
    first = report.models[0].model_copy(update={"trained_on": ("P1 interview",)})
    text = told(overall(report, skill=0.75, constant_face=face(0.5)).model_copy(update={"models": (first,)}))
    assert "has training scores" in text and "predicts 75 %" not in text
    assert "1 of these 6 recordings" in methods_text(report.model_copy(update={"models": (first,)}))


def test_what_is_not_compared_is_named(report):
    assert notices(report)[-1] == "Not compared, see Errors: P3_film.mp4."


def test_methods_have_every_reason_and_every_neutral_in_sentences(report):
    first, *others = report.recordings
    none = first.neutral.model_copy(update={"kind": "none", "description": "first 1 s: too much motion"})
    restless = others[0].neutral.model_copy(update={"findings": ("mouth open: the lips are 9 % apart",)})
    changed = (first.model_copy(update={"neutral": none, "baseline": "mean_mesh"}),
               others[0].model_copy(update={"neutral": restless}), *others[1:])  # fmt: skip
    text = methods_text(report.model_copy(update={"recordings": changed}))
    for part in (
        "5 of 6 are in the scores",
        "61 no face; 48 yaw beyond 40°; 30 neutral segment",
        "baseline (the subject's own neutral face)",
        "of P1 interview, none (first 1 s: too much motion)",
        "of 5 recordings, 0:02 to 0:05",
        "The face was not at rest in that of P1 reading.",
        "at head pose 0",
    ):
        assert part in text, part


def test_a_personal_model_of_other_recordings_is_no_reason_for_a_remark(report):
    given = with_models(of_level(report, 0.95), personal=True, trained_on=())
    assert notices(given) == notices(report) and "is better" in told(given)
