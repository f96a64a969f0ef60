"""Left and right of the mesh: the pairs are those of the triangulation, and a mirrored field is what a mirror shows."""

from __future__ import annotations

import numpy as np
import pytest

from realtime.geometry import CanonicalFrame, asymmetry, mirror_pairs, mirrored, symmetric_part
from realtime.geometry.regions import regions
from realtime.geometry.topology import INNER_LIPS, LEFT_EYE, LEFT_IRIS, RIGHT_EYE, RIGHT_IRIS, triangles
from realtime.model import built_in


@pytest.fixture(scope="module")
def mesh() -> np.ndarray:
    return built_in().mean_mesh.astype(np.float64)


@pytest.fixture(scope="module")
def pairs(mesh: np.ndarray) -> np.ndarray:
    return mirror_pairs(mesh)


def test_the_pairs_are_an_involution_that_maps_the_triangulation_onto_itself(pairs: np.ndarray) -> None:
    assert np.array_equal(pairs[pairs], np.arange(478))
    every = {frozenset(triangle) for triangle in triangles().tolist()}
    assert {frozenset(triangle) for triangle in pairs[triangles()].tolist()} == every
    assert not np.array_equal(pairs, np.arange(478))
    # One wrong pair and the triangulation is no longer mapped onto itself, so the predicate can fail.
    wrong = pairs.copy()
    wrong[[61, 146]] = wrong[[146, 61]]
    assert {frozenset(triangle) for triangle in wrong[triangles()].tolist()} != every


def test_known_parts_change_sides(pairs: np.ndarray) -> None:
    for right, left in ((RIGHT_EYE, LEFT_EYE), (RIGHT_IRIS, LEFT_IRIS)):
        assert set(pairs[list(right)]) == set(left)
    assert pairs[[33, 133, 61, 468, 105, 234]].tolist() == [263, 362, 291, 473, 334, 454]
    middle = [10, 151, 9, 8, 168, 6, 197, 195, 5, 4, 1, 0, 13, 14, 17, 152]
    assert pairs[middle].tolist() == middle and (pairs == np.arange(478)).sum() == 28
    assert set(pairs[list(INNER_LIPS)]) == set(INNER_LIPS)
    for vertices in regions().values():
        assert set(pairs[vertices]) == set(vertices.tolist())


def test_pairs_do_not_depend_on_axes_and_unit(mesh: np.ndarray, pairs: np.ndarray) -> None:
    turned = 0.01 * mesh @ np.array([[0, 0, 1], [-1, 0, 0], [0, -1, 0]]).T + (3, -1, 2)
    np.testing.assert_array_equal(mirror_pairs(turned), pairs)


def test_a_lopsided_mesh_is_refused(mesh: np.ndarray, rng: np.random.Generator) -> None:
    frame = CanonicalFrame.of(mesh)
    with pytest.raises(ValueError, match="not symmetric enough"):
        mirror_pairs(mesh + rng.normal(scale=0.1 * frame.unit, size=mesh.shape))
    with pytest.raises(ValueError, match="must be"):
        mirror_pairs(mesh[:100])


def test_mirrored_twice_is_the_field_itself(pairs: np.ndarray, rng: np.random.Generator) -> None:
    fields = rng.normal(size=(5, 478, 3))
    np.testing.assert_array_equal(mirrored(mirrored(fields, pairs), pairs), fields)
    halves = symmetric_part(fields, pairs)
    np.testing.assert_allclose(mirrored(halves, pairs), halves)
    np.testing.assert_allclose(symmetric_part(fields - halves, pairs), 0, atol=1e-15)


def test_asymmetry_is_the_share_of_energy(pairs: np.ndarray, rng: np.random.Generator) -> None:
    fields = rng.normal(size=(4, 478, 3))
    even = symmetric_part(fields, pairs)
    odd = fields - even
    assert asymmetry(even, pairs) == pytest.approx(np.zeros(4), abs=1e-15)
    assert asymmetry(odd, pairs) == pytest.approx(np.ones(4))
    by_hand = (odd**2).sum(axis=(1, 2)) / (fields**2).sum(axis=(1, 2))
    np.testing.assert_allclose(asymmetry(fields, pairs), by_hand)
    np.testing.assert_allclose(asymmetry(fields, pairs, mirrored(fields, pairs)), 0, atol=1e-15)
    assert asymmetry(np.zeros((478, 3)), pairs) == 0
