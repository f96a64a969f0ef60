"""Fits of simulated data sets find what is known of them, within what chance allows."""

import numpy as np
import pytest
from common import needs_study
from data_sets import short_evaluation

from realtime.dataset.alignment import align, start_anchors
from realtime.dataset.design import inputs
from realtime.dataset.fit import FitOptions, fit_data_set
from realtime.dataset.frames import read_frames
from realtime.dataset.simulated import Simulation, simulate
from realtime.dataset.table import MESH, meshes_of, open_data_set

pytestmark = needs_study


@pytest.fixture(
    scope="module", params=[0.3, pytest.param(0.0, marks=pytest.mark.slow)], ids=["confused labels", "right labels"]
)
def found(request, tmp_path_factory):
    """Folder, truth, model and report."""
    folder = tmp_path_factory.mktemp("simulated")
    truth = simulate(folder, Simulation(5000, 600, 250, confusion=request.param, r2=0.3))
    with short_evaluation():
        model, report = fit_data_set(folder, FitOptions("emotion"), lambda text: None)
    return folder, truth, model, report


def contrasts(coef):
    """What emotions that sum to one identify: each minus neutral, the pose at their mean, the pose effects about it."""
    products = coef[10:].reshape(3, 7, *coef.shape[1:])
    about = (products - products.mean(axis=1, keepdims=True)).reshape(21, *coef.shape[1:])
    return np.concatenate([coef[:6] - coef[6], coef[7:10] + products.mean(axis=1), about])


def meshes_like(rows):
    return np.swapaxes(rows.reshape(-1, 3, 478), -1, -2).astype(float)


def test_identified_contrasts_lie_within_their_standard_errors(found):
    """Standard errors by people (Liang & Zeger 1986): the frames of one person err together."""
    folder, truth, model, _ = found
    data = open_data_set(folder)
    frames, anchors = read_frames(data, "emotion")
    alignment = align(data, frames, anchors, "clean", start_anchors(), 1)
    meshes = np.concatenate(list(data.read([MESH], lambda batch: meshes_of(batch).copy())))
    rows = np.flatnonzero(frames.kept)
    vertices = np.random.default_rng(1).choice(468, 40, replace=False)
    vertices = vertices[np.linalg.norm(truth.coef[:7, vertices], axis=-1).min(axis=0) > 0.2]  # the anchors are still
    y = alignment.meshes(meshes[rows], rows)[:, vertices].reshape(len(rows), -1).astype(float)
    x = inputs(frames.features[rows], frames.pose[rows], probabilities=True)
    x = np.hstack([x, np.ones((len(x), 1))])
    bread = np.linalg.pinv(x.T @ x, rcond=1e-12, hermitian=True)
    fitted = np.vstack([meshes_like(model.coef_full)[:, vertices].reshape(31, -1), np.zeros((1, y.shape[1]))])
    off = y - x @ fitted
    off -= off.mean(axis=0)
    scores = np.zeros((len(frames.people), x.shape[1], y.shape[1]))
    np.add.at(scores, frames.person[rows], x[:, :, None] * off[:, None, :])
    linear = contrasts(np.eye(31)[:, :, None])[:, :, 0] @ np.eye(31, 32)  # contrasts of the coefficients
    by_person = np.einsum("cp,gpo->gco", linear @ bread, scores)
    errors = np.sqrt((by_person**2).sum(axis=0))
    apart = contrasts(fitted[:31]) - contrasts(truth.coef[:, vertices].reshape(31, -1))
    z = apart / errors
    assert 0.7 < np.sqrt((z**2).mean()) < 1.4
    assert (np.abs(z) < 2).mean() > 0.85


def test_held_out_r2_is_the_one_that_can_be_reached(found):
    _, truth, _, report = found
    score = report.r2_by_person.full
    assert abs(score.mean - truth.r2) < 3 * max(score.sd, 0.01)
    assert report.r2_training > truth.r2 - 0.03
    assert report.null.p == pytest.approx(0.1)


def test_an_r2_that_cannot_be_had_is_refused(tmp_path):
    with pytest.raises(ValueError, match="cannot be had"):
        simulate(tmp_path, Simulation(100, 10, 5, r2=0.999))
