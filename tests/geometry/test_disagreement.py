"""Distances between the predictions of several models."""

from __future__ import annotations

import numpy as np
import pytest

from realtime.core.resources import pyfeat_file
from realtime.geometry import CanonicalFrame, disagreement


@pytest.fixture(scope="module")
def mean_mesh() -> np.ndarray:
    with np.load(pyfeat_file("resources/au_to_mesh_pls_v4.npz"), allow_pickle=False) as file:
        return file["mean_aligned_mesh"].reshape(478, 3)


def test_pairs_and_their_mean(mean_mesh: np.ndarray) -> None:
    frame = CanonicalFrame.of(mean_mesh)
    aside = np.array([0.03 * frame.unit, 0, 0])
    meshes = {"a": mean_mesh, "b": mean_mesh + aside, "c": mean_mesh - aside}
    found = disagreement(meshes, frame)
    wanted = {("a", "b"): 3.0, ("a", "c"): 3.0, ("b", "c"): 6.0}
    assert found.pairs == {pair: pytest.approx(value, rel=1e-4) for pair, value in wanted.items()}
    np.testing.assert_allclose(found.distance, 4.0, rtol=1e-4)
    assert found.nme == pytest.approx(4.0, rel=1e-4)


def test_one_model_does_not_disagree(mean_mesh: np.ndarray) -> None:
    with pytest.raises(ValueError, match="two are needed"):
        disagreement({"a": mean_mesh}, CanonicalFrame.of(mean_mesh))
