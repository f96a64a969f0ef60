"""Displacements are found again in their components."""

from __future__ import annotations

import numpy as np
import pytest

from realtime.geometry.principal_components import principal_components


def made(n: int, rank: int, noise: float = 0.0) -> np.ndarray:
    rng = np.random.default_rng(5)
    sizes = 10.0 * 0.6 ** np.arange(rank)
    moved = np.tensordot(rng.normal(size=(n, rank)) * sizes, rng.normal(size=(rank, 478, 3)), axes=1)
    return moved + noise * rng.normal(size=(n, 478, 3))


def test_as_many_as_there_are_and_nothing_is_left() -> None:
    moved = made(40, 4)
    found = principal_components(moved, 1e-6, 20)
    weights = found.weights(moved)
    assert len(found) == 4 and np.abs(found.rest(moved, weights)).max() < 1e-9
    assert np.abs(weights).max(axis=0) == pytest.approx(np.ones(4))


def test_no_mesh_is_left_beyond_the_tolerance() -> None:
    moved = made(60, 6, 0.01)
    found = principal_components(moved, 0.5, 20)
    left = np.linalg.norm(found.rest(moved, found.weights(moved)), axis=-1).mean(axis=-1)
    assert left.max() <= 0.5
    fewer = found.displacements[:-1]
    rest = moved - np.tensordot(found.weights(moved)[:, :-1], fewer, axes=1)
    assert np.linalg.norm(rest, axis=-1).mean(axis=-1).max() > 0.5, "one less would not do"


def test_no_more_than_asked_for_and_none_of_nothing() -> None:
    assert len(principal_components(made(60, 6), 1e-6, 3)) == 3
    nothing = principal_components(np.zeros((5, 478, 3)), 0.1, 9)
    assert len(nothing) == 0 and nothing.weights(np.ones((2, 478, 3))).shape == (2, 0)
    assert nothing.rest(np.ones((2, 478, 3)), np.zeros((2, 0))).shape == (2, 478, 3)
    one = principal_components(made(1, 2), 1e-6, 9)
    assert len(one) == 1
