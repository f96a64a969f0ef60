"""The residual card: three named lines of the same frame, the tracker beside them, and why there is no gain."""

from __future__ import annotations

import pytest

from realtime.core.frame_result import GainLine
from realtime.core.wording import skill_sentence
from realtime.view.mirror.panels import frame_wordings, gain_names


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (None, "not calibrated"),
        (GainLine(None, None), "noise"),
        (GainLine(0.42, 3.0), "with gain 0.42"),
        (GainLine(-0.2, 3.0), "with gain −0.20, applied as 0"),
        (GainLine(1.31, 3.0), "beyond the model's full expression"),
        (GainLine(1.001, 3.0), "with gain 1.00"),
    ],
)
def test_the_line_with_gain_says_its_gain_or_why_there_is_none(line: GainLine | None, said: str) -> None:
    long, *_, short = gain_names(line)
    assert said in long and len(short) <= len(long)
    if line is not None and line.gain is not None:
        assert all(f"{abs(line.gain):.2f}" in name for name in gain_names(line)), "never without its value"


@pytest.mark.parametrize("skill", [0.31, -0.4])
def test_the_card_says_in_every_wording_that_its_share_is_of_one_frame(skill: float) -> None:
    wordings = frame_wordings(skill_sentence(skill, "own_neutral", "appearance")[0])
    assert all(text.startswith(("This frame", "Frame: ")) for text in wordings) and "as delivered" in wordings[0]
    assert [len(text) for text in wordings] == sorted((len(text) for text in wordings), reverse=True)
