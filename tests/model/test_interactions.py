"""The whole fit of a model: what its features do to the face in each pose."""

from __future__ import annotations

import numpy as np
import pytest

from realtime.model import Inverse, LinearMeshModel, built_in


@pytest.fixture(scope="module")
def interacting() -> LinearMeshModel:
    """An emotion model with the whole fit: every emotion moves the face differently in every pose."""
    rng = np.random.default_rng(11)
    full = rng.normal(size=(31, 1434)).astype(np.float32)
    units = built_in()
    return units.replaced(name="whole", coef=full[:10], coef_full=full, metadata={}, label_repair={})


def test_interactions_are_part_of_the_prediction(interacting: LinearMeshModel) -> None:
    rng = np.random.default_rng(12)
    features, pose = rng.dirichlet(np.ones(7), 20), rng.normal(size=(20, 3)) * 0.3
    crossed = (pose[:, :, None] * features[:, None, :]).reshape(20, 21)  # pose-major
    full = np.hstack([features, pose, crossed]) @ interacting.coef_full.astype(float) + interacting.intercept
    expected = full.reshape(20, 3, 478).swapaxes(1, 2)
    many = interacting.predict(features, pose)
    assert np.abs(many - expected).max() < 1e-3
    for at in (0, 7):
        assert np.abs(interacting.predict(features[at], pose[at]) - expected[at]).max() < 1e-3
    plain = features[0].astype(np.float32) @ interacting.coef[:7] + interacting.intercept
    assert np.allclose(interacting.predict(features[0]), plain.reshape(3, 478).T, atol=1e-4)


def test_the_live_pose_is_the_default_only_with_interactions(interacting: LinearMeshModel) -> None:
    assert interacting.has_interactions and interacting.default_pose == "live"
    assert interacting.replaced(metadata={"default_pose": "zero"}).default_pose == "zero"
    for full in (
        None,
        interacting.coef_full[:30],
        interacting.coef_full + 1,
    ):  # absent, other rows, other fit
        other = interacting.replaced(coef_full=full)
        assert not other.has_interactions and other.default_pose == "zero"


def test_the_inverse_knows_the_interactions(interacting: LinearMeshModel) -> None:
    rng = np.random.default_rng(13)
    inverse, pose = Inverse(interacting), np.array([0.2, -0.3, 0.1])
    for _ in range(5):
        features = rng.dirichlet(np.ones(7))
        found = inverse.solve(interacting.predict(features, pose), pose)
        assert np.abs(np.array(list(found.values())) - features).max() < 1e-4
