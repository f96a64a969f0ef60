"""The bootstrap: people first, then their recordings; paired, seeded, and honest about few people."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from realtime.core.types import FloatArray
from realtime.geometry import ScoreSums, pooled_r2_within
from realtime.geometry.bootstrap import (
    drawn,
    gain_of,
    interval,
    mean_of,
    paired_difference,
    r2_of,
    r2_rows,
    resample_blocks,
    resample_people,
    skill_of,
)

F64 = npt.NDArray[np.float64]
PEOPLE = ["a", "a", "a", "b", "c", "c", "d", "e", "e", "f"]


def _sums(rng: np.random.Generator, n: int) -> F64:
    baseline = rng.uniform(5.0, 20.0, n)
    return np.stack([baseline * rng.uniform(0.2, 1.1, n), baseline], axis=1)


def test_draws_are_of_people_then_of_their_recordings(rng: np.random.Generator) -> None:
    sums = _sums(rng, len(PEOPLE))
    found = drawn(resample_people(PEOPLE, draws=20_000), sums, skill_of)
    naive = []
    names = sorted(set(PEOPLE))
    for _ in range(4000):
        rows: list[int] = []
        for name in rng.choice(names, len(names)):
            own = [at for at, person in enumerate(PEOPLE) if person == name]
            rows.extend(rng.choice(own, len(own)))
        naive.append(1 - sums[rows, 0].sum() / sums[rows, 1].sum())
    assert found.mean() == pytest.approx(np.mean(naive), abs=0.004)
    assert found.std() == pytest.approx(np.std(naive), rel=0.06)
    # Recordings alone have another spread: the test would see it if people were not drawn first.
    alone = drawn(resample_people([None] * len(PEOPLE), draws=20_000), sums, skill_of)
    assert abs(alone.std() / np.std(naive) - 1) > 0.1


def test_the_same_seed_gives_the_same_interval_and_another_one_nearly_so(rng: np.random.Generator) -> None:
    sums = _sums(rng, len(PEOPLE))
    one, same, other = (interval(resample_people(PEOPLE, seed=seed), sums, skill_of) for seed in (1, 1, 2))
    assert one is not None and other is not None and one == same and one != other
    assert one.value == other.value == pytest.approx(1 - sums[:, 0].sum() / sums[:, 1].sum())
    assert one.low < one.value < one.high
    assert one.low == pytest.approx(other.low, abs=0.1) and one.level == 0.95 and one.over == "people"


def test_of_fewer_than_five_people_nothing_is_said_in_general(rng: np.random.Generator) -> None:
    four = resample_people(["a", "b", "c", "d", "d", "d"])
    assert not four.population and four.over == "recordings" and "4 of the 5 people" in four.note
    unknown = resample_people([None, *PEOPLE])
    assert not unknown.population and unknown.over == "recordings" and "1 of 11 recordings is unknown" in unknown.note
    assert resample_people(PEOPLE).population
    one = resample_people(["a"])
    assert interval(one, _sums(rng, 1), skill_of) is None and "one recording" in one.note
    assert interval(resample_people([]), np.zeros((0, 2)), skill_of) is None
    three = interval(resample_people([None] * 3), sums := _sums(rng, 3), skill_of)
    assert three is not None and three.level == 0.75  # no more can be had of three
    skills = 1 - sums[:, 0] / sums[:, 1]
    assert three.low == pytest.approx(skills.min(), abs=0.1) and three.high <= skills.max() + 1e-9


@pytest.mark.parametrize("units", [5, 12])
def test_intervals_cover_what_they_say(units: int, rng: np.random.Generator) -> None:
    """Of the mean of normal values, whose true mean is 0; plain percentiles of five cover 84 %."""
    covered = 0
    for seed in range(300):
        values = rng.normal(size=units)
        found = interval(
            resample_people([None] * units, draws=400, seed=seed), np.stack([values, np.ones(units)], 1), mean_of
        )
        assert found is not None
        covered += found.low <= 0.0 <= found.high
    assert 0.89 <= covered / 300 <= 0.98


def test_paired_differences_leave_out_what_is_common(rng: np.random.Generator) -> None:
    baseline = rng.uniform(5.0, 20.0, 10)
    share = rng.uniform(0.1, 0.9, 10)  # recordings differ much
    one = np.stack([baseline * share, baseline], axis=1)
    other = np.stack([baseline * (share + 0.05 + rng.normal(0, 0.005, 10)), baseline], axis=1)
    draw = resample_people(PEOPLE)
    difference = paired_difference(draw, one, other, skill_of)
    single = interval(draw, one, skill_of)
    assert difference is not None and single is not None
    assert 0.03 < difference.low < difference.value < difference.high < 0.07
    assert difference.high - difference.low < 0.2 * (single.high - single.low)
    nothing = paired_difference(draw, one, one, skill_of)
    assert nothing is not None and (nothing.low, nothing.value, nothing.high) == (0, 0, 0)


def test_statistics_of_sums() -> None:
    assert gain_of(np.array([3.0, 2.0, 0.5])) == 1.5
    assert np.isnan(gain_of(np.array([3.0, 2.0, 4.0]))) and np.isnan(skill_of(np.array([1.0, 0.0])))
    # A statistic that many draws do not have has no interval.
    sums = np.array([[1.0, 0.0], [1.0, 0.0], [1.0, 2.0]])
    assert interval(resample_people([None] * 3), sums, skill_of) is None


def test_blocks_of_a_recording_are_drawn_within_it(rng: np.random.Generator) -> None:
    codes = [0] * 6 + [1] * 4
    draw = resample_blocks(codes)
    assert (draw.counts[:, :6].sum(axis=1) == 6).all() and (draw.counts[:, 6:].sum(axis=1) == 4).all()
    found = interval(draw, _sums(rng, 10), skill_of)
    assert found is not None and found.over == "blocks" and "nothing of other recordings" in draw.note
    assert interval(resample_blocks([0, 0, 1]), _sums(rng, 3), skill_of) is None
    # Of a single recording its blocks are drawn as recordings are, and their intervals are as wide.
    sums, single, others = _sums(rng, 6), resample_blocks([7] * 6), resample_people([None] * 6)
    one, other = interval(single, sums, skill_of), interval(others, sums, skill_of)
    assert one is not None and other is not None and (one.low, one.high) == (other.low, other.high)
    assert draw.units == 9 and single.units == others.units == 6


def test_r2_of_draws_is_that_of_the_drawn_frames(rng: np.random.Generator) -> None:
    mean = rng.normal(size=(20, 3))
    people = ["a", "a", "b", "c"]
    observed: list[FloatArray] = []
    predicted: list[FloatArray] = []
    for person in people:
        own = mean + {"a": 1.0, "b": -1.0, "c": 0.5}[person] * np.arange(60).reshape(20, 3) / 30
        observed.append((own + rng.normal(size=(int(rng.integers(5, 9)), 20, 3))).astype(np.float32))
        predicted.append((observed[-1] + rng.normal(0.2, 0.5, observed[-1].shape)).astype(np.float32))

    def scored(which: list[int]) -> ScoreSums:
        sums = ScoreSums(mean.astype(np.float32))
        for at in which:
            for seen, expected in zip(observed[at], predicted[at], strict=True):
                sums.add(seen, expected)
        return sums

    each = [scored([at]) for at in range(4)]
    deviations = np.stack(
        [(seen.astype(np.float64) - mean.astype(np.float32)).sum(axis=0).ravel() for seen in observed]
    )
    errors = np.stack(
        [(a.astype(np.float64) - b).sum(axis=0).ravel() for a, b in zip(observed, predicted, strict=True)]
    )
    rows = r2_rows([one.sse for one in each], [one.squares for one in each], [one.frames for one in each])
    draw = resample_people([None] * 4, draws=20)
    whole = drawn(draw, rows, r2_of(deviations @ deviations.T, [range(4)]))
    within = drawn(
        draw, rows, r2_of(deviations @ deviations.T, [[0, 1], [2], [3]], error_gram=errors @ errors.T)
    )  # fmt: skip
    for counts, one, other in zip(draw.counts, whole, within, strict=True):
        which = [at for at, often in enumerate(counts) for _ in range(often)]
        assert one == pytest.approx(scored(which).r2, rel=1e-9)
        by_person = [
            scored([at for at in which if people[at] == person]) for person in sorted({people[at] for at in which})
        ]
        assert other == pytest.approx(pooled_r2_within(by_person), rel=1e-9)
