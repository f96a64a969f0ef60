"""Generalised Procrustes analysis of the anchors, in the published form and in the clean one."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.spatial import procrustes
from scipy.spatial.transform import Rotation

from realtime.geometry import ANCHORS, fit_similarity
from realtime.geometry.canonical_face import canonical_face
from realtime.geometry.procrustes import centroid_size, clean_reference, published_reference


def faces(rng, n=200, spread=2.0):
    """Anchors (n, 12, 3) of different faces, turned, scaled and moved; and the mean face."""
    mean = canonical_face()[list(ANCHORS)] * 15.0
    shapes = mean + rng.normal(size=(n, 12, 3)) * spread
    turns = Rotation.from_rotvec(rng.normal(size=(n, 3)) * 0.4).as_matrix()
    moved = shapes @ turns.swapaxes(1, 2) * rng.uniform(0.5, 2.0, (n, 1, 1)) + rng.normal(size=(n, 1, 3)) * 100
    return moved, mean


def test_the_clean_reference_is_a_fixed_point_of_the_size_of_its_start():
    shapes, mean = faces(np.random.default_rng(1))
    found = clean_reference(shapes, mean)
    assert centroid_size(found.points) == pytest.approx(centroid_size(mean), rel=1e-12)
    again = fit_similarity(shapes, found.points).apply(shapes).mean(axis=0)
    again = (again - again.mean(axis=0)) * centroid_size(mean) / centroid_size(again) + found.points.mean(axis=0)
    assert np.abs(again - found.points).max() < 1e-6 * centroid_size(mean)
    assert procrustes(mean, found.points)[2] < 1e-3  # the shape is that of the mean face


def test_the_order_of_the_rows_and_the_number_of_threads_do_not_matter():
    rng = np.random.default_rng(2)
    shapes, mean = faces(rng, 9000)
    found = clean_reference(shapes, mean)
    other = clean_reference(shapes[rng.permutation(len(shapes))], mean, workers=3)
    assert np.abs(found.points - other.points).max() < 1e-7 * centroid_size(mean)
    assert np.array_equal(clean_reference(shapes, mean, workers=3).points, found.points)


def test_the_published_reference_shrinks_as_its_script_lets_it():
    shapes, _ = faces(np.random.default_rng(3))
    found = published_reference(shapes)
    # Written out once more, as the script does it.
    reference, references = shapes[0].astype(float), []
    for _ in range(5):
        reference = fit_similarity(shapes, reference).apply(shapes).mean(axis=0)
        references.append(reference)
    assert found.rounds == 5
    np.testing.assert_allclose(found.points, references[3], rtol=0, atol=1e-11 * centroid_size(references[3]))
    np.testing.assert_allclose(found.judging, references[4], rtol=0, atol=1e-11 * centroid_size(references[4]))
    sizes = [centroid_size(one) for one in references]
    assert all(later < earlier for earlier, later in pairwise(sizes))
    shuffled = published_reference(shapes[::-1])
    assert centroid_size(shuffled.points) != pytest.approx(centroid_size(found.points), rel=0.01)


def test_degenerate_anchors_are_left_out_and_none_is_an_error():
    shapes, mean = faces(np.random.default_rng(4), 50)
    broken = np.concatenate([shapes, np.zeros((3, 12, 3)), np.full((1, 12, 3), np.nan)])
    assert np.allclose(clean_reference(broken, mean).points, clean_reference(shapes, mean).points, atol=1e-9)
    with pytest.raises(ValueError, match="span"):
        clean_reference(np.zeros((4, 12, 3)), mean)
