"""The third reading: gains of recordings against plain loops, and what a network finds that a linear fit cannot."""

import numpy as np
import pytest
from common import needs_study
from data_sets import NAMES, short_evaluation, smooth, write
from scipy import stats

from realtime.core.types import EMOTIONS
from realtime.dataset.aligned import AlignedData
from realtime.dataset.alignment import align, start_anchors
from realtime.dataset.ceiling import ceiling_of
from realtime.dataset.evaluator import Evaluator
from realtime.dataset.frames import Frames, read_frames
from realtime.dataset.null import _elsewhere
from realtime.dataset.recipe_scores import GAIN, gains_of, score_recipes
from realtime.dataset.recipes import FULL
from realtime.dataset.t_interval import t_interval
from realtime.dataset.table import open_data_set
from realtime.model import built_in

pytestmark = needs_study
RECORDINGS = 24


@pytest.fixture(scope="module")
def faces(tmp_path_factory):
    """Recordings whose faces move by an amplitude of their own; rows of two recordings in turn; one of a single row."""
    rng = np.random.default_rng(31)
    model = built_in()
    recording = np.sort(rng.integers(RECORDINGS - 1, size=900))
    order = np.concatenate([np.flatnonzero(recording // 2 == pair)[np.argsort(
        rng.uniform(size=int((recording // 2 == pair).sum())))] for pair in range(RECORDINGS)])  # fmt: skip
    recording = np.append(recording[order], RECORDINGS - 1)
    emotions = rng.dirichlet(np.full(7, 0.4), size=len(recording))
    predicted = model.predict(emotions.astype(np.float32)).astype(float)
    mean = predicted.mean(axis=0)
    amplitude = rng.uniform(0.3, 1.7, size=RECORDINGS)
    mesh = mean + amplitude[recording, None, None] * (predicted - mean)
    mesh += (smooth(rng, RECORDINGS, model) * 2.0)[recording] + rng.normal(size=mesh.shape) * 0.2
    folder = tmp_path_factory.mktemp("faces")
    pose = np.zeros((len(recording), 3))
    names = np.array([f"r{at:02d}" for at in range(RECORDINGS)])
    return write(folder, mesh + 300.0, emotions, NAMES, pose, names[recording], group=200), amplitude


@pytest.fixture(scope="module")
def read(faces):
    folder, _ = faces
    data = open_data_set(folder)
    frames, anchors = read_frames(data, "emotion")
    aligned = AlignedData.of(data, frames, align(data, frames, anchors, "clean", start_anchors(), 1), 2)
    evaluator = Evaluator(aligned.sums, aligned.cells, None)
    fits = [evaluator.rows(FULL, fold, people=False) for fold in range(3)]
    return aligned, evaluator, fits, aligned.read_again(aligned.cells.video, fits, np.flatnonzero(frames.kept))


def test_the_gain_of_a_recordings_first_half_is_that_of_plain_loops(read):
    aligned, evaluator, fits, third = read
    frames, fold_of = aligned.frames, aligned.cells.video
    rows = np.flatnonzero(frames.kept)
    y = third.sample.reshape(len(rows), -1).astype(float)
    left, with_gain, whole = np.zeros(3), np.zeros(3), np.zeros(3)
    from realtime.dataset.design import inputs

    x = inputs(frames.features[rows], frames.pose[rows], probabilities=True)
    for recording in range(len(frames.recordings)):
        here = np.flatnonzero(frames.recording[rows] == recording)
        fold = int(fold_of[rows[here[0]]])
        guess = x @ fits[fold].coef.reshape(31, -1) + fits[fold].intercept.reshape(-1)
        first, second = here[: (len(here) + 1) // 2], here[(len(here) + 1) // 2 :]
        if not len(second):
            continue
        p, q = guess[first] - guess[first].mean(axis=0), y[first] - y[first].mean(axis=0)
        gain = (p * q).sum() / (p * p).sum()
        assert third.halves.gain[recording] == pytest.approx(gain, abs=1e-4)
        p, q = guess[second] - guess[second].mean(axis=0), y[second] - y[second].mean(axis=0)
        left[fold] += ((q - p) ** 2).sum()
        with_gain[fold] += ((q - gain * p) ** 2).sum()
        whole[fold] += (q**2).sum()
    by_name = {one.name: one for one in score_recipes(evaluator, third.halves, FULL)}
    assert by_name["seed"].second_half.folds == pytest.approx(1 - left / whole, abs=1e-5)
    assert by_name[f"seed, {GAIN}"].second_half.folds == pytest.approx(1 - with_gain / whole, abs=1e-4)


def test_gains_are_the_amplitudes_and_help(read, faces):
    _, evaluator, _, third = read
    _, amplitude = faces
    moving = third.halves.variation > 0
    assert moving.sum() == RECORDINGS - 1  # one has a single frame, and no second half
    assert np.corrcoef(third.halves.gain[moving], amplitude[moving])[0, 1] > 0.97
    gains = gains_of(third.halves)
    assert gains.recordings == RECORDINGS - 1 and gains.low < gains.median < gains.high
    scored = {one.name: one for one in score_recipes(evaluator, third.halves, FULL)}[f"seed, {GAIN}"]
    assert scored.compared_by == "second_half" and scored.gain_interval[0] > 0.02


def test_features_of_chance_are_of_another_recording_at_the_same_relative_time():
    starts, lengths = np.array([0, 4, 10, 11]), np.array([4, 6, 1, 9])
    of_place, rng = np.repeat(np.arange(4), lengths), np.random.default_rng(35)
    for _ in range(20):
        places = _elsewhere(starts, lengths, rng)
        donors = [set(of_place[places[of_place == at]].tolist()) for at in range(4)]
        assert all(len(one) == 1 and at not in one for at, one in enumerate(donors)) and len(set.union(*donors)) == 4
        for at in range(4):
            (donor,) = donors[at]
            moments = (np.arange(lengths[at]) + 0.5) / lengths[at]
            within = moments * lengths[donor] - (places[of_place == at] - starts[donor])
            assert (within >= 0).all() and (within < 1).all()


@pytest.mark.parametrize("bent", [False, True])
def test_a_network_finds_more_only_where_there_is_more(bent):
    rng = np.random.default_rng(33)
    n, groups = 1200, np.repeat(np.arange(60), 20)
    emotions = rng.dirichlet(np.full(7, 0.5), size=n).astype(np.float32)
    drive = (emotions[:, 0] - emotions[:, 1]).astype(float)
    if bent:
        drive = np.cos(6.0 * drive)
    fields = smooth(rng, 25, built_in())
    scores = rng.normal(size=(n, 25)) * 0.1
    scores[:, 0] += 5.0 * drive
    meshes = np.einsum("nf,fvc->nvc", scores, fields).astype(np.float32)
    frames = Frames("emotion", EMOTIONS, emotions, np.zeros((n, 3), np.float32), groups, groups, (), (), True,
                    np.ones(n, bool), True)  # fmt: skip
    found = ceiling_of(frames, groups % 3, groups, np.arange(n), meshes)
    assert found.frames == n and found.recordings == 60 and found.share > 0.9
    if bent:
        assert found.interval[0] > 0.1
    else:
        assert found.linear.mean > 0.8 and found.interval[0] <= 0  # noise is a sixth of the variance


def test_the_interval_over_folds_is_students():
    values = [0.11, 0.16, 0.02, 0.07]
    expected = stats.t.interval(0.95, 3, loc=np.mean(values), scale=stats.sem(values))
    assert t_interval(values) == pytest.approx(expected) and t_interval(values[:1]) is None


def test_what_tests_a_network_is_not_what_it_learns_from():
    """Of the third fold everything is the other way round than in the two that predict it."""
    rng = np.random.default_rng(36)
    n, groups = 600, np.repeat(np.arange(30), 20)
    emotions = rng.dirichlet(np.full(7, 0.5), size=n).astype(np.float32)
    drive = np.where(groups % 3 == 2, -1.0, 1.0) * (emotions[:, 0] - emotions[:, 1])
    meshes = (drive[:, None, None] * smooth(rng, 1, built_in()) + rng.normal(size=(n, 478, 3)) * 0.01).astype(
        np.float32
    )
    frames = Frames("emotion", EMOTIONS, emotions, np.zeros((n, 3), np.float32), groups, groups, (), (), True,
                    np.ones(n, bool), True)  # fmt: skip
    with short_evaluation():
        found = ceiling_of(frames, groups % 3, groups, np.arange(n), meshes)
    assert found.linear.folds[2] < -2.5


def test_the_command_knows_every_recipe_that_fits_a_model():
    from realtime.cli.options import Recipe
    from realtime.dataset.recipes import MODELS

    assert [one.value.replace("-", " ") for one in Recipe] == list(MODELS)
