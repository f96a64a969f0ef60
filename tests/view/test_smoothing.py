"""The one-euro filter beside its paper, and the automatic end of the colour scale."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest

from realtime.view.mirror.color_range import ColorRange
from realtime.view.mirror.smoothing import OneEuroFilter, cutoff
from realtime.view.mirror.view_actions import RANGES

RNG = np.random.default_rng(8)


def one_euro(samples: list[tuple[float, float]], least: float, beta: float, speed_cutoff: float = 1.0) -> list[float]:
    """Algorithm 1 and 2 of Casiez, Roussel and Vogel 2012, for one number; samples are (seconds, value)."""

    def alpha(rate: float, frequency: float) -> float:
        tau, period = 1.0 / (2 * math.pi * frequency), 1.0 / rate
        return 1.0 / (1.0 + tau / period)

    found: list[float] = []
    before = speed = smooth = 0.0
    for at, (seconds, value) in enumerate(samples):
        if at == 0:
            before, speed, smooth = value, 0.0, value
        else:
            rate = 1.0 / (seconds - samples[at - 1][0])
            slope = (value - before) * rate
            weight = alpha(rate, speed_cutoff)
            speed = weight * slope + (1 - weight) * speed
            weight = alpha(rate, least + beta * abs(speed))
            smooth = weight * value + (1 - weight) * smooth
            before = value
        found.append(smooth)
    return found


@pytest.mark.parametrize("strength", [0.3, 0.9, 1.0])
def test_it_is_the_filter_of_the_paper(strength: float) -> None:
    stamps = np.cumsum(RNG.integers(15_000_000, 60_000_000, 50))  # an uneven rate
    values = np.cumsum(RNG.normal(0, 3.0, (50, 4, 3)), axis=0) + 100
    unit = 112.0
    smooth = OneEuroFilter()
    found = np.stack([smooth(v, int(t), strength, unit) for v, t in zip(values, stamps, strict=True)])
    for vertex in range(4):
        for axis in range(3):
            samples = [(t / 1e9, v) for t, v in zip(stamps, values[:, vertex, axis], strict=True)]
            expected = one_euro(samples, cutoff(strength), 4.0 / unit)
            np.testing.assert_allclose(found[:, vertex, axis], expected, rtol=1e-6)


def test_the_same_time_gives_the_same_answer_and_an_earlier_one_begins_anew() -> None:
    smooth = OneEuroFilter()
    smooth(np.zeros((4, 3)), 0, 0.9, 1.0)
    second = smooth(np.ones((4, 3)), 33_000_000, 0.9, 1.0)
    assert 0 < second.max() < 1
    assert smooth(np.full((4, 3), 7.0), 33_000_000, 0.9, 1.0) is second
    np.testing.assert_array_equal(smooth(np.full((4, 3), 7.0), 1_000_000, 0.9, 1.0), 7.0)


def test_stronger_is_slower() -> None:
    assert cutoff(0.1) > cutoff(0.5) > cutoff(0.9) > cutoff(1.0) > 0.1


def test_the_range_covers_what_was_seen_in_nice_steps_without_flicker() -> None:
    ends = ColorRange()
    around = [3.1 + 0.3 * math.sin(at) for at in range(400)]
    levels = [*around[:100], 30.0, 30.0, 30.0, *around[:100], *[9.0] * 60, *around]
    found = []
    for at, level in enumerate(levels):
        values = np.full(478, level, np.float32)
        values[:5] = 50.0  # some vertices are beyond any scale
        found.append(ends(values, at * 33_000_000))
    assert set(found) <= set(RANGES)
    assert found[203] == found[0] >= 3.4  # three bad frames move nothing
    assert found[205] < 9.0 <= found[203 + 25]  # in less than a second
    assert found[262 + 60] == found[262]  # for some seconds
    assert 3.4 <= found[-1] <= 5.0  # and back
    assert sum(a != b for a, b in pairwise(found)) == 2


def test_the_range_never_paints_noise_in_full_colours() -> None:
    assert ColorRange()(np.full(478, 0.2, np.float32), 0) == 3.0


def test_time_that_goes_back_begins_anew() -> None:
    ends = ColorRange()
    assert ends(np.full(478, 18.0, np.float32), 5_000_000_000) == 20.0
    assert ends(np.full(478, 4.5, np.float32), 1_000_000_000) == 5.0
