"""The control experiments on frames whose truth is known: each sees what was taken away, and only that."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from realtime import load_model
from realtime.core.types import Identity
from realtime.geometry import pooled_r2_within, shares_of_variance
from realtime.geometry.scores import ScoreSums
from realtime.model.control_models import random_sums, relabeled
from realtime.pipeline.control_experiments import (
    half_faces,
    other_neutrals,
    permuted_labels,
    pose_shares,
    random_models,
    shuffled_in_time,
    tracker_gap,
)
from realtime.pipeline.measured_frames import MeasuredFrames, fit, score

MODEL = load_model("emotion@built-in")
COUNT = 60
RNG = np.random.default_rng(3)


def _frames(gain: float = 1.0, noise: float = 0.2) -> MeasuredFrames:
    """A person whose face does what the model says, times a gain, from a neutral of its own."""
    features = RNG.dirichlet(np.full(7, 0.4), COUNT)
    neutral = MODEL.predict_neutral().astype(float)
    offset = RNG.normal(0, 3, (478, 3))
    moved = MODEL.predict(features.astype(np.float32)).astype(float) - neutral
    observed = neutral + offset + gain * moved + RNG.normal(0, noise, (COUNT, 478, 3))
    identity = Identity(offset.astype(np.float32), (neutral + offset).astype(np.float32), 0.1, 20)
    frames = np.arange(COUNT)
    pose = RNG.normal(0, 0.1, (COUNT, 3))
    return MeasuredFrames(
        MODEL, "bundled", "appearance", identity, frames, frames / 20.0, observed, features, features, pose, None
    )


def test_scores_are_those_of_plain_sums() -> None:
    frames = _frames(gain=0.4)
    found = score(frames, frames.delivered)
    offset, neutral = frames.identity.offset_canon, MODEL.predict_neutral().astype(float)
    moved = MODEL.predict(frames.delivered.astype(np.float32)) - neutral
    own = frames.observed - neutral - offset
    sse, base = ((own - moved) ** 2).sum(), (own**2).sum()
    gain = (own * moved).sum() / (moved**2).sum()
    variation = ((own - own.mean(axis=0)) ** 2).sum()
    assert found.gain == pytest.approx(gain, rel=1e-5) and gain == pytest.approx(0.4, abs=0.01)
    assert found.skill == pytest.approx(1 - sse / base, abs=1e-5)
    assert found.skill_with_gain == pytest.approx(1 - ((own - gain * moved) ** 2).sum() / base, abs=1e-5)
    assert found.r2 == pytest.approx(1 - sse / variation, abs=1e-5)
    assert found.constant_skill == pytest.approx(1 - variation / base, abs=1e-5)


def test_what_is_true_survives_and_what_is_taken_away_is_missed() -> None:
    frames = _frames()
    whole = score(frames, fit(frames)).skill
    assert whole is not None and whole > 0.95
    assert np.abs(fit(frames) - frames.delivered).max() < 0.1
    assert np.mean(shuffled_in_time(frames, frames.delivered, np.random.default_rng(0))) < 0.5
    halves = half_faces(frames)
    assert halves.from_upper is not None and halves.from_upper > 0.8, "the halves agree here"
    assert halves.from_whole is not None and halves.from_lower is not None and halves.from_lower > 0.9
    assert max(random_models(frames, np.random.default_rng(0), 5)) < whole
    labels = permuted_labels(frames, np.random.default_rng(0), 5)
    true = score(frames, frames.delivered).skill_with_gain
    assert labels.fitted_changes < 1e-6 and true is not None and max(labels.delivered) < true


def test_halves_that_disagree_are_seen() -> None:
    frames, other = _frames(), _frames()
    from realtime.geometry import regions

    upper = np.concatenate([regions()[name] for name in ("forehead", "brows", "eyes")])
    mixed = frames.observed.copy()
    own = other.observed - other.identity.offset_canon + frames.identity.offset_canon
    mixed[:, upper] = own[:, upper]  # the upper face of other emotions
    halves = half_faces(replace(frames, observed=mixed))
    assert halves.from_upper is not None and halves.from_lower is not None
    assert halves.from_upper < 0.2 < 0.9 < halves.from_lower


def test_another_neutral_is_another_baseline() -> None:
    frames = _frames()
    found = other_neutrals(frames)
    assert len(found) == 3 and [one.start_s for one in found] == [0.0, 1.0, 2.0]
    first = frames.calibrated_on(frames.seconds < 1.0)
    assert found[0].fitted == score(first, fit(first))
    assert np.allclose(
        first.identity.neutral_canon, np.sort(frames.observed[:20], axis=0)[5:15].mean(axis=0), atol=1e-3
    )


def test_pose_that_is_read_as_an_emotion_is_seen() -> None:
    frames = _frames()
    features = frames.delivered.copy()
    features[:, 2] = 0.5 + frames.pose @ [1.0, 2.0, 0.0]
    found = pose_shares(frames, features)
    assert found.shares["fear"] == pytest.approx(1.0) and found.by_chance["fear"] < 0.3
    assert found.shares["anger"] < 0.3
    features[:, 0] = 0.25
    assert "anger" not in pose_shares(frames, features).shares, "what does not vary has no share"
    x = np.column_stack([np.ones(COUNT), frames.pose])
    left = features[:, 3] - x @ np.linalg.lstsq(x, features[:, 3], rcond=None)[0]
    assert found.shares["happiness"] == pytest.approx(1 - left.var() / features[:, 3].var())
    with pytest.raises(ValueError, match="rows"):
        shares_of_variance(np.zeros((4, 3)), np.zeros((4, 1)))


def test_two_trackers_are_compared_on_the_frames_that_both_have() -> None:
    frames = _frames()
    later = frames.rows(np.arange(10, COUNT))
    moved = replace(later, observed=later.observed + np.array([0.03 * frames.canonical.unit, 0, 0]))
    gap = tracker_gap(frames, moved)
    assert gap is not None and gap.frames == COUNT - 10
    assert gap.distance == pytest.approx(3.0, abs=1e-6) and gap.pose_deg == 0 and gap.delivered_agree == 1
    assert tracker_gap(frames.rows(np.arange(5)), moved) is None


def test_control_models() -> None:
    model = random_sums(MODEL, np.random.default_rng(1))
    assert np.array_equal(model.predict_neutral(), MODEL.predict_neutral())
    assert not np.allclose(model.coef[:6], MODEL.coef[:6])
    with pytest.raises(ValueError, match="seven emotions"):
        random_sums(load_model("au@v4"), np.random.default_rng(1))
    with pytest.raises(ValueError, match="another frame"):
        random_sums(MODEL.replaced(anchors=MODEL.anchors + 1), np.random.default_rng(1))
    order = [1, 0, 2, 3, 4, 5, 6]
    named = relabeled(MODEL, order)
    assert np.array_equal(named.predict({"anger": 1.0}), MODEL.predict({"disgust": 1.0}))
    with pytest.raises(ValueError, match="order of 7"):
        relabeled(MODEL, [0, 0, 2, 3, 4, 5, 6])


def test_r2_within_people_removes_each_persons_mean() -> None:
    people = [RNG.normal(at, 1, (9, 478, 3)) for at in (0, 20)]
    guesses = [RNG.normal(at, 1, (9, 478, 3)) for at in (5, 30)]
    sums = []
    for seen, guess in zip(people, guesses, strict=True):
        sums.append(ScoreSums(np.zeros((478, 3))))
        for one, other in zip(seen, guess, strict=True):
            sums[-1].add(one, other)
    apart = [seen - guess for seen, guess in zip(people, guesses, strict=True)]
    left = sum(((one - one.mean(axis=0)) ** 2).sum() for one in apart)
    varied = sum(((one - one.mean(axis=0)) ** 2).sum() for one in people)
    assert pooled_r2_within(sums) == pytest.approx(1 - left / varied)
    assert pooled_r2_within([]) is None and pooled_r2_within([ScoreSums(np.zeros((478, 3)))]) is None
