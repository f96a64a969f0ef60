"""What a tracker's constant difference costs, for fits and for models, and that taking it out mends just that."""

from dataclasses import replace

import numpy as np
import pytest
from data_sets import NAMES, people, smooth, write

from realtime.core.errors import DataSetError
from realtime.dataset.evaluate_model import evaluate_model
from realtime.dataset.fit import FitOptions, fit_data_set
from realtime.geometry import rotation_from_pose
from realtime.model import built_in

FIT = FitOptions("emotion", workers=2)


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """The same faces by two trackers; the other one sees everybody's face with the same difference, as it is turned."""
    rng = np.random.default_rng(41)
    model = built_in()
    mesh, emotions, pose, recording, person = people(model, rng, 900, 24, 12, identity=1.0, noise=0.2)
    still = np.linalg.norm(model.mean_mesh[:, None] - model.anchors[None], axis=-1).min(axis=1)[:, None]
    shift = smooth(rng, 1, model)[0] * 4.0 * np.minimum(still / 20.0, 1.0)
    canthi = float(np.linalg.norm(model.mean_mesh[33] - model.mean_mesh[263]))
    size = np.linalg.norm(mesh[:, 33] - mesh[:, 263], axis=1) / canthi
    other = mesh + size[:, None, None] * (shift @ rotation_from_pose(pose))
    made = []
    for name, meshes in (("bundled", mesh), ("task", other)):
        folder = tmp_path_factory.mktemp(name)
        made.append(write(folder, meshes, emotions, NAMES, pose, recording, person, metadata={"tracker": name}))
    return *made, float(np.linalg.norm(shift, axis=1).mean()) / canthi


def test_fits_on_the_meshes_of_another_tracker(folders):
    one, other, size = folders
    _, report = fit_data_set(one, replace(FIT, other_tracker=other), lambda text: None)
    worth = report.other_tracker
    assert worth.tracker == "task" and worth.recordings == 24
    assert worth.own == report.r2.full
    assert worth.other.mean < worth.own.mean - 0.3
    assert worth.without_offset.mean == pytest.approx(worth.own.mean, abs=0.03)
    assert worth.offset_percent == pytest.approx(100 * size, rel=0.1)


def test_a_models_constant_difference_is_told_apart(folders):
    one, other, size = folders
    model, _ = fit_data_set(one, replace(FIT, evaluate=False), lambda text: None)
    own, moved = (evaluate_model(folder, model, 2) for folder in (one, other))
    assert own.r2_without_offset.full == pytest.approx(own.r2.full, abs=0.03) and own.offset_percent < 0.3
    assert moved.r2.full < own.r2.full - 0.3
    assert moved.r2_without_offset.full == pytest.approx(own.r2.full, abs=0.03)
    assert moved.offset_percent == pytest.approx(100 * size, rel=0.1)


def test_recordings_that_are_not_the_same_are_refused(folders, tmp_path):
    one, _, _ = folders
    mesh, emotions, pose, recording, _ = people(built_in(), np.random.default_rng(42), 200, 6, 3)
    strangers = write(tmp_path, mesh, emotions, NAMES, pose, recording + 1000)
    with pytest.raises(DataSetError, match="no recording of"):
        fit_data_set(one, replace(FIT, other_tracker=strangers), lambda text: None)
