"""Rows that depend on the head pose: their sums are those of plain loops over faces."""

from __future__ import annotations

import numpy as np
import pytest

from realtime.geometry.bootstrap import resample_blocks
from realtime.geometry.lag import lag_curve, lag_sums
from realtime.geometry.shift_null import null_of_recording, shift_sums
from realtime.geometry.turned_rows import TurnedRows, energies

N, K, M = 120, 3, 30


@pytest.fixture(params=[1, 4])
def rows(request: pytest.FixtureRequest, rng: np.random.Generator) -> TurnedRows:
    return TurnedRows(rng.normal(size=(request.param, K, M)))


def _at(rows: TurnedRows, angles: np.ndarray) -> np.ndarray:
    """(k, m) rows at a pose, term by term."""
    found = rows.rows[0].copy()
    for angle, more in zip(angles, rows.rows[1:], strict=False):
        found += angle * more
    return found


def test_projections_and_energies_are_those_of_the_rows_at_each_pose(
    rows: TurnedRows, rng: np.random.Generator
) -> None:
    f, angles, faces = rng.normal(size=(N, K)), 0.4 * rng.normal(size=(N, 3)), rng.normal(size=(N, M))
    each = np.stack([_at(rows, turned) for turned in angles])
    assert rows.projected(faces, angles) == pytest.approx(np.einsum("nkm,nm->nk", each, faces))
    squares = np.square(np.einsum("nk,nkm->nm", f, each)).sum(axis=1)
    assert (rows.terms(angles) * energies(f, rows.grams)).sum(axis=1) == pytest.approx(squares)


def test_shifts_leave_each_face_its_pose(rows: TurnedRows, rng: np.random.Generator) -> None:
    f, angles = rng.normal(size=(N, K)), 0.4 * rng.normal(size=(N, 3))
    each = np.stack([_at(rows, turned) for turned in angles])
    y = 0.7 * np.einsum("nk,nkm->nm", np.roll(f, -5, axis=0), each) + rng.normal(size=(N, M))  # features come late
    valid = np.arange(N) % 50 > 1
    z, squares, terms = rows.projected(y, angles), np.square(y).sum(axis=1), rows.terms(angles)
    sums = shift_sums(f, z, rows.grams, squares, valid, 10, terms)
    assert sums is not None
    shifted = [null_of_recording(sums).skill, *null_of_recording(sums).skill_shifted]
    for shift, skill in zip((0, *range(10, N - 9)), shifted, strict=True):
        pairs = [(t, (t - shift) % N) for t in range(N) if valid[t] and valid[(t - shift) % N]]
        moved = np.array([f[s] @ each[t] for t, s in pairs])
        seen = np.array([y[t] for t, _ in pairs])
        gain = max(0.0, (moved * seen).sum() / (moved**2).sum())
        assert skill == pytest.approx(1 - ((seen - gain * moved) ** 2).sum() / (seen**2).sum(), abs=1e-9)
    blocks = [
        lag_sums(f, z, rows.grams, squares, valid, block=np.arange(N) // 20 == at, terms=terms) for at in range(6)
    ]
    whole = lag_sums(f, z, rows.grams, squares, valid, terms=terms)
    known = [block for block in blocks if block is not None]
    assert whole is not None
    curve = lag_curve([whole])
    of_blocks = lag_curve(known, resample_blocks([0] * len(known)))
    assert curve is not None and of_blocks is not None and of_blocks.interval is not None
    assert curve.peak == pytest.approx(5, abs=0.3) and of_blocks.interval.value == pytest.approx(curve.peak)
    assert of_blocks.interval.low <= curve.peak <= of_blocks.interval.high
