"""What a face is made of: against plain loops, and against faces whose parts are known."""

from __future__ import annotations

from dataclasses import replace
from math import pi

import numpy as np
import pytest

from realtime.core.neutral import NeutralInfo
from realtime.core.types import FloatArray, Identity
from realtime.geometry import CanonicalFrame, noise_squares, parts, residual

RNG = np.random.default_rng(5)


def field(size: float) -> FloatArray:
    return RNG.normal(0, size, (478, 3)).astype(np.float32)


@pytest.fixture
def frame(mean_mesh: FloatArray) -> CanonicalFrame:
    return CanonicalFrame.of(mean_mesh)


def identity_of(offset: FloatArray, neutral: FloatArray, noise: float) -> Identity:
    return Identity(offset, neutral + offset, noise, 90)


def test_they_agree_with_plain_loops_and_sum_to_the_total(mean_mesh: FloatArray, frame: CanonicalFrame) -> None:
    neutral = mean_mesh + field(1)
    posed, offset = neutral + field(2), field(4)
    predicted = posed + field(3)
    observed = predicted + offset + field(1)
    found = parts(observed, mean_mesh, neutral, posed, predicted, frame, identity_of(offset, neutral, 0.2))

    def squares(one: FloatArray, other: FloatArray) -> float:
        return sum((float(a) - float(b)) ** 2 for a, b in zip(one.flat, other.flat, strict=True))

    steps = [squares(observed, m) for m in (mean_mesh, neutral + offset, posed + offset, predicted + offset)]
    assert found.identity == pytest.approx(steps[0] - steps[1], rel=1e-4)
    assert found.pose == pytest.approx(steps[1] - steps[2], rel=1e-4)
    assert found.emotion == pytest.approx(steps[2] - steps[3], rel=1e-4)
    assert found.unexplained + found.noise == pytest.approx(steps[3], rel=1e-4)
    assert found.noise == pytest.approx(478 * 3 * pi / 8 * (0.2 * frame.unit / 100) ** 2)
    assert found.total == pytest.approx(steps[0], rel=1e-5)


def test_noise_is_booked_as_what_it_is(mean_mesh: FloatArray, frame: CanonicalFrame) -> None:
    """An error of normal noise whose mean length the calibration knows leaves nothing unexplained."""
    jitter = field(0.5)
    mean_length = 100 / frame.unit * float(np.linalg.norm(jitter, axis=1).mean())
    still = identity_of(np.zeros_like(mean_mesh), mean_mesh, mean_length)
    found = parts(mean_mesh + jitter, mean_mesh, mean_mesh, mean_mesh, mean_mesh, frame, still)
    assert abs(found.unexplained) < 0.06 * found.total
    assert found.noise > 0.9 * found.total


def test_a_prediction_that_makes_it_worse_has_a_negative_part(mean_mesh: FloatArray, frame: CanonicalFrame) -> None:
    wrong = mean_mesh + field(3)
    found = parts(mean_mesh + 0.1, mean_mesh, mean_mesh, mean_mesh, wrong, frame)
    assert found.emotion < 0 < found.unexplained


def test_noise_is_the_larger_of_jitter_and_repeatability(mean_mesh: FloatArray, frame: CanonicalFrame) -> None:
    jitter = identity_of(np.zeros((478, 3), np.float32), mean_mesh, 0.2)
    for repeatability, expected in ((None, 0.2), (0.1, 0.2), (0.3, 0.3)):
        info = NeutralInfo("2026-11-28T20:50:00+00:00", "bundled", repeatability_nme=repeatability)
        identity = replace(jitter, info=info)
        squares = 478 * 3 * pi / 8 * (expected * frame.unit / 100) ** 2
        assert noise_squares(identity, frame) == pytest.approx(squares)
        shown = residual(mean_mesh, mean_mesh, frame=frame, mean_mesh=mean_mesh, identity=identity).baselines
        assert shown["noise"] == expected
        assert shown.get("jitter") == (None if repeatability is None else 0.2)
    assert noise_squares(jitter, frame) == pytest.approx(478 * 3 * pi / 8 * (0.2 * frame.unit / 100) ** 2)


def test_without_a_calibration_there_is_no_identity_and_no_noise(mean_mesh: FloatArray, frame: CanonicalFrame) -> None:
    neutral = mean_mesh + field(2)
    observed = neutral + field(4)
    found = parts(observed, mean_mesh, neutral, neutral, neutral, frame)
    assert (found.identity, found.noise, found.pose) == (0.0, 0.0, 0.0)
    assert found.total == pytest.approx(float(((observed - mean_mesh).astype(np.float64) ** 2).sum()), rel=1e-5)
