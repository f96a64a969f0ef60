"""Sentences that the window and the terminal share."""

from __future__ import annotations

from realtime.core.wording import skill_sentence


def test_a_fit_to_the_mesh_is_never_called_an_explanation() -> None:
    for skill in (0.004, 0.39, 1.0):
        for baseline in ("own_neutral", "mean_mesh"):
            wordings, good = skill_sentence(skill, baseline, "inverse")
            assert good and not any("explain" in wording for wording in wordings)
            assert "at best" in wordings[0].lower() and "fitted to this face" in wordings[0]
            assert skill_sentence(skill, baseline, "pyfeat")[0][0].startswith("The model explains")
            same = skill_sentence(skill, baseline, "mediapipe")[0]  # computed from the same landmarks
            assert "same landmarks" in same[0] and not any("explain" in wording for wording in same)


def test_below_the_baseline_it_says_so() -> None:
    wordings, good = skill_sentence(-0.03, "own_neutral", "pyfeat")
    assert not good and "own neutral" in wordings[0] and "−0.03" in wordings[0]
