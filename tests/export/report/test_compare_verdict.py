"""What the first words on a comparison claim, and what they must say beside it."""

import re

import pytest
from compared import compared

from realtime.core.compare_scores import Interval
from realtime.export.report.compare.models_section import difference_sentence, models_section
from realtime.export.report.compare.verdict import notices, verdict


@pytest.fixture(scope="module")
def report():
    return compared(frames=40)[0]


def told(report):
    """The verdict as text."""
    text = " ".join(re.sub(r"<[^>]+>", "", sentence) for sentence in verdict(report))
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


def test_a_personal_model_of_other_recordings_is_no_reason_for_a_remark(report):
    given = with_models(of_level(report, 0.95), personal=True, trained_on=())
    assert notices(given) == notices(report) and "is better" in told(given)
