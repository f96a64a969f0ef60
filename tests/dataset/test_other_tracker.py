"""What a tracker's constant difference costs, for fits and for models, and that taking it out mends just that."""

from dataclasses import replace

import numpy as np
import pytest
from common import STUDY
from data_sets import NAMES, people, short_evaluation, smooth, write

from realtime.core.errors import DataSetError
from realtime.dataset.alignment import align, align_to, start_anchors
from realtime.dataset.design import inputs
from realtime.dataset.evaluate_model import evaluate_model
from realtime.dataset.fit import FitOptions, fit_data_set
from realtime.dataset.frames import read_frames
from realtime.dataset.table import meshes_of, open_data_set
from realtime.geometry import rotation_from_pose
from realtime.geometry.procrustes import AnchorReference
from realtime.model import built_in

linear_model = pytest.importorskip("sklearn.linear_model", reason=STUDY)
model_selection = pytest.importorskip("sklearn.model_selection", reason=STUDY)
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


@pytest.fixture(scope="module")
def report(folders):
    with short_evaluation():
        return fit_data_set(folders[0], replace(FIT, other_tracker=folders[1]), lambda text: None)[1]


def test_fits_on_the_meshes_of_another_tracker(folders, report):
    size, worth = folders[2], report.other_tracker
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


def aligned(folder, reference, drop):
    """Frames, inputs and meshes of the kept ones, by the similarities to a reference; None: to the data set's own."""
    data = open_data_set(folder)
    frames, anchors = read_frames(data, "emotion")
    if reference is None:
        alignment = align(data, frames, anchors, "clean", start_anchors(), 1)
    else:
        alignment = align_to(data, frames, anchors, reference, 1, drop=drop)
    rows = np.flatnonzero(frames.kept)
    meshes = alignment.meshes(np.concatenate(list(data.read(["mesh"], meshes_of)))[rows], rows)
    x = inputs(frames.features[rows], frames.pose[rows], probabilities=True)
    return frames.recording[rows], x, meshes.reshape(len(rows), -1).astype(float), alignment.reference


def test_the_difference_that_is_taken_out_of_a_fold_is_that_of_the_other_folds(folders, report):
    """From the aligned meshes with scikit-learn: of the fits of the folds, and of a model that was fit before."""
    one, other, _ = folders
    recording, x, y, reference = aligned(one, None, True)
    recording_2, x_2, y_2, _ = aligned(other, reference, False)
    tests, fits = [], []
    for train, test in model_selection.GroupKFold(3).split(x, groups=recording):
        fits.append(linear_model.LinearRegression().fit(x[train], y[train]))
        tests.append(np.isin(recording_2, recording[test]))
    left = [y_2[test] - fit.predict(x_2[test]) for test, fit in zip(tests, fits, strict=True)]
    scores = []
    for at, test in enumerate(tests):
        offset = np.concatenate([some for fold, some in enumerate(left) if fold != at]).mean(axis=0)
        scores.append(1 - ((left[at] - offset) ** 2).sum() / ((y_2[test] - y_2[test].mean(axis=0)) ** 2).sum())
    assert report.other_tracker.without_offset.folds == pytest.approx(scores, abs=1e-5)

    model = built_in()
    anchors = model.anchors.astype(float)
    recording, x, y, _ = aligned(other, AnchorReference(anchors, anchors, 0, 0.0), False)
    apart = y - model.predict(x[:, :7]).reshape(len(x), -1)
    error = sum(
        ((apart[test] - apart[train].mean(axis=0)) ** 2).sum()
        for train, test in model_selection.GroupKFold(3).split(x, groups=recording)
    )
    found = evaluate_model(other, model, 1).r2_without_offset.deployed_zero
    assert found == pytest.approx(1 - error / ((y - y.mean(axis=0)) ** 2).sum(), abs=1e-5)


def test_recordings_that_are_not_the_same_are_refused(folders, tmp_path):
    one, _, _ = folders
    mesh, emotions, pose, recording, _ = people(built_in(), np.random.default_rng(42), 200, 6, 3)
    strangers = write(tmp_path, mesh, emotions, NAMES, pose, recording + 1000)
    with short_evaluation(), pytest.raises(DataSetError, match="no recording of"):
        fit_data_set(one, replace(FIT, other_tracker=strangers), lambda text: None)
