"""Fits of data sets: a known model is found again, and data that cannot be fit is refused with the reason."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from common import needs_study
from data_sets import NAMES, people, short_evaluation, smooth, write
from same_numbers import same_numbers

from realtime.core.errors import DataSetError
from realtime.dataset.evaluate_model import evaluate_model
from realtime.dataset.fit import FitOptions, fit_data_set
from realtime.dataset.frames import read_frames
from realtime.dataset.table import open_data_set
from realtime.geometry import fit_similarity
from realtime.geometry.canonical_face import canonical_face
from realtime.model import Inverse, built_in, load_model
from realtime.model.audit.audit import check
from realtime.model.builtin import action_units
from realtime.model.file import read_model, write_model
from realtime.model.label_repair import V5

pytestmark = needs_study
EMOTIONS = FitOptions("emotion", workers=2)
QUICK = replace(EMOTIONS, evaluate=False)


@pytest.fixture(autouse=True, scope="module")
def short():
    with short_evaluation():
        yield


@pytest.fixture(scope="module")
def truth():
    """A model of emotions that moves the face with the pose, and differently for every emotion."""
    rng = np.random.default_rng(21)
    base = built_in()

    def rows(count, size):
        return np.swapaxes(smooth(rng, count, base) * size, -1, -2).reshape(count, -1).astype(np.float32)

    full = np.vstack([base.coef[:7], rows(3, 6.0), rows(21, 4.0)])
    return base.replaced(name="truth", coef=full[:10], coef_full=full, metadata={})


@pytest.fixture(scope="module")
def faces(truth):
    """The rows of a data set: meshes, emotions, pose, recordings, people."""
    return people(truth, np.random.default_rng(22), 1600, 48, 16, identity=1.0, noise=0.3)


@pytest.fixture(scope="module")
def folder(faces, tmp_path_factory):
    mesh, emotions, pose, recording, person = faces
    folder = tmp_path_factory.mktemp("faces")
    return write(folder, mesh, emotions, NAMES, pose, recording, person, metadata={"tracker": "task"})


@pytest.fixture(scope="module")
def fitted(folder):
    return fit_data_set(folder, EMOTIONS, lambda text: None)


def slopes(model):
    """The displacements of the emotions from neutral, in the frame of MediaPipe's canonical face."""
    rows = np.swapaxes(model.coef[:7].reshape(7, 3, 478), -1, -2).astype(float)
    turn = fit_similarity(model.mean_mesh[:468], canonical_face()).rotation
    return (rows[:6] - rows[6]) @ turn.T


def test_a_known_model_is_found_again(truth, fitted):
    model, report = fitted
    assert report.rank == 27 and report.inputs == 31 and report.people == 16 and report.recordings == 48
    assert report.frames_dropped["worst 1 % of the anchors"] == 16 and report.frames == 1584
    found, expected = slopes(model), slopes(truth)
    apart = np.linalg.norm(found - expected) / np.linalg.norm(expected)
    assert apart < 0.15  # sixteen identities differ by chance with the emotions, and the alignment takes some motion
    assert all(np.corrcoef(one.ravel(), other.ravel())[0, 1] > 0.96 for one, other in zip(found, expected, strict=True))
    assert model.has_interactions and model.default_pose == "live"


def test_the_frame_is_turned_to_the_canonical_face_in_the_units_of_the_family(fitted):
    model, _ = fitted
    turn = fit_similarity(model.mean_mesh[:468], canonical_face()).rotation
    assert np.allclose(turn, np.eye(3), atol=1e-5)
    assert np.allclose(model.neutral_mesh, model.predict_neutral(), atol=1e-3)
    size = np.linalg.norm(model.anchors - model.anchors.mean(axis=0))
    filed = action_units().anchors
    assert size == pytest.approx(np.linalg.norm(filed - filed.mean(axis=0)), rel=1e-5)


def test_pose_rows_with_the_interactions_have_the_effect_of_the_pose(fitted):
    _, report = fitted
    by_name = {recipe.name: recipe for recipe in report.recipes}
    assert report.r2.full.mean > report.r2.deployed_live.mean > report.r2.deployed_zero.mean
    assert by_name["seed, deployed"].within.mean > by_name["seed, as published"].within.mean + 0.05
    # All of so few frames are its sample, and its own score is that of the folds.
    assert report.null.r2 == pytest.approx(report.r2.full.mean, abs=1e-6)
    assert report.null.highest < report.null.r2 and report.null.p == pytest.approx(0.1)
    assert [point.share for point in report.learning_curve] == [0.0625, 0.125, 0.25, 0.5, 1.0]


def test_held_out_scores_are_those_of_the_frames_themselves(folder, faces, fitted):
    """R2 and MAE by recording, computed once more from the aligned meshes with scikit-learn."""
    from sklearn.linear_model import LinearRegression
    from sklearn.metrics import r2_score
    from sklearn.model_selection import GroupKFold

    from realtime.dataset.alignment import align, start_anchors
    from realtime.dataset.design import inputs

    _, report = fitted
    data = open_data_set(folder)
    frames, anchors = read_frames(data, "emotion")
    alignment = align(data, frames, anchors, "clean", start_anchors(), 1)
    rows = np.flatnonzero(frames.kept)
    y = alignment.meshes(faces[0][rows], rows).astype(float)
    mean = y.mean(axis=0)
    y = (y @ fit_similarity(mean[:468], canonical_face()).rotation.T).reshape(len(y), -1)
    x = inputs(frames.features[rows], frames.pose[rows], probabilities=True)
    scores, errors = [], []
    for train, test in GroupKFold(3).split(x, groups=frames.recording[rows]):
        guess = LinearRegression().fit(x[train], y[train]).predict(x[test])
        scores.append(r2_score(y[test], guess, multioutput="variance_weighted"))
        errors.append(np.abs(y[test] - guess))
    assert report.r2.full.folds == pytest.approx(scores, abs=1e-6)
    assert report.r2.full.sd == pytest.approx(np.std(scores), abs=1e-6)
    assert report.mae == pytest.approx(np.concatenate(errors).mean(), rel=1e-5)


def test_scores_within_people_are_those_about_each_persons_mean(folder, faces, fitted):
    _, report = fitted
    score = report.r2_within.full
    assert score.mean > report.r2_by_person.full.mean  # identity is no error there


def test_all_scores_are_of_the_recipe_that_is_written(folder, faces, fitted):
    """Those of features and pose without their products, computed once more from another data set's frames."""
    recipe = "features and pose"
    model, report = fit_data_set(folder, replace(EMOTIONS, recipe=recipe), lambda text: None)
    own, before = ({one.name: one for one in found.recipes}[recipe] for found in (report, fitted[1]))
    assert own.by_video == before.by_video and own.by_person == before.by_person and own.within == before.within
    assert (report.r2.full, report.r2_by_person.full, report.r2_within.full) == (
        own.by_video, own.by_person, own.within,
    )  # fmt: skip
    assert report.r2.deployed_live == report.r2.full and report.r2.deployed_zero.mean < report.r2.full.mean
    # All of so few frames are the sample of the chance level, and its own score is that of the folds.
    assert report.null.r2 == pytest.approx(own.by_video.mean, abs=1e-6) and report.null.highest < report.null.r2
    assert report.learning_curve[-1].r2 == report.r2.full != fitted[1].learning_curve[-1].r2
    assert report.mae != fitted[1].mae and 0.9 < report.mae / fitted[1].mae < 1.2
    assert [one.r2 != other.r2 for one, other in zip(report.regions, fitted[1].regions, strict=True)] == [True] * 7
    assert report.inputs == model.metadata["inputs"] == 10 and report.rank == model.metadata["rank"] == 9
    assert "10 inputs (features, pitch, yaw and roll) of rank 9" in report.method == model.metadata["method"]
    kept = model.metadata["evaluation"]
    assert kept["r2"]["full"]["mean"] == own.by_video.mean and kept["null"]["r2"] == report.null.r2
    (gain,) = (one for one in report.recipes if one.name.endswith("own gain"))
    assert gain.name == f"{recipe}, own gain" and gain.second_half.mean > own.second_half.mean - 0.01


def test_a_recipe_of_people_is_scored_by_people_and_says_what_is_not_known(faces, tmp_path):
    mesh, emotions, pose, recording, person = (part[::3] for part in faces)
    options = replace(EMOTIONS, recipe="within person")
    named = write(tmp_path / "named", mesh, emotions, NAMES, pose, recording, person)
    _, report = fit_data_set(named, options, lambda text: None)
    own = {one.name: one for one in report.recipes}["within person"]
    assert report.r2_by_person.full == own.by_person is not None and report.r2_within.full == own.within
    assert report.r2.full is None and report.mae is None and report.null is None
    assert "R2 by recording, MAE, the parts of the face" in report.remarks[-1]
    # Where each recording counts as a person the folds are the same, and nothing is mixed in them.
    unknown = write(tmp_path / "unknown", mesh, emotions, NAMES, pose, recording)
    _, report = fit_data_set(unknown, options, lambda text: None)
    assert report.r2.full.folds == pytest.approx(report.r2_by_person.full.folds, abs=1e-9) and report.mae is not None
    assert report.null is None and "the learning curve and the chance level" in report.remarks[-1]


def test_a_fit_by_components_is_named_and_scored_as_what_it_is(folder, fitted):
    notes = []
    model, report = fit_data_set(folder, replace(EMOTIONS, components=3), notes.append)
    assert report.components == model.metadata["components"] == 3 and "PLS" in model.metadata["method"]
    assert report.r2.full != fitted[1].r2.full and report.null.r2 != fitted[1].null.r2
    low, same = ({recipe.name: recipe for recipe in one.recipes}["low rank"] for one in (fitted[1], report))
    assert report.r2.full.mean != low.by_video.mean and same.by_video == low.by_video
    assert not any("nothing is left" in note for note in notes)
    whole, _ = fit_data_set(folder, replace(QUICK, components=40), notes.append)
    assert "the fit ends at 27 components: beyond these nothing is left to fit" in notes
    assert np.allclose(whole.coef_full, fitted[0].coef_full, atol=1e-3)


def test_any_number_of_threads_gives_the_same_model(folder, fitted):
    model, report = fit_data_set(folder, replace(EMOTIONS, workers=1), lambda text: None)
    assert np.array_equal(model.coef_full, fitted[0].coef_full) and np.array_equal(model.anchors, fitted[0].anchors)
    assert same_numbers(report.to_json(), fitted[1].to_json())


def test_the_order_of_the_rows_does_not_matter(faces, fitted, tmp_path):
    order = np.random.default_rng(23).permutation(len(faces[0]))
    mesh, emotions, pose, recording, person = (part[order] for part in faces)
    shuffled = write(tmp_path / "faces", mesh, emotions, NAMES, pose, recording, person, shards=5, group=200)
    model, report = fit_data_set(shuffled, EMOTIONS, lambda text: None)
    assert np.allclose(model.coef_full, fitted[0].coef_full, atol=2e-3)
    assert report.r2_within.full.mean == pytest.approx(fitted[1].r2_within.full.mean, abs=1e-5)


def test_the_file_is_one_of_the_family(fitted, truth, tmp_path):
    write_model(fitted[0], tmp_path / "mine.npz")
    model = read_model(tmp_path / "mine.npz")
    assert model.has_interactions and model.metadata["rank"] == 27
    rng = np.random.default_rng(24)
    emotions, pose = rng.dirichlet(np.ones(7)), np.array([0.1, -0.2, 0.05])
    found = Inverse(model).solve(model.predict(emotions, pose), pose)
    assert np.allclose(list(found.values()), emotions, atol=1e-4)


def test_families_of_one_data_set_share_their_frame_bit_for_bit(faces, tmp_path):
    mesh, emotions, pose, recording, person = faces
    rng = np.random.default_rng(25)
    units, shapes = rng.uniform(size=(len(mesh), 4)), rng.uniform(size=(len(mesh), 3))
    names = (*NAMES, "AU01", "AU06", "AU12", "AU26", "mouthSmileLeft", "mouthSmileRight", "jawOpen")
    both = write(tmp_path / "faces", mesh, np.hstack([emotions, units, shapes]), names, pose, recording, person)
    one, two, three = (
        fit_data_set(both, replace(QUICK, family=family), lambda text: None)[0]
        for family in ("emotion", "au", "blendshape")
    )
    for other in (two, three):
        assert np.array_equal(one.mean_mesh, other.mean_mesh) and np.array_equal(one.anchors, other.anchors)
    assert two.feature_columns == names[7:11] and two.feature_p99 is not None
    assert three.feature_columns == names[11:]


def test_the_frame_of_another_model_is_kept(folder, faces, truth):
    model, report = fit_data_set(folder, replace(QUICK, frame_of=truth), lambda text: None)
    moved = fit_similarity(model.anchors, truth.anchors)
    assert np.allclose(moved.rotation, np.eye(3), atol=1e-3) and report.alignment == truth.name
    expected = truth.predict(faces[1].mean(axis=0))
    assert np.linalg.norm(model.mean_mesh - expected, axis=1).mean() < 0.02 * report.outer_canthal


def test_a_fit_scores_on_its_own_data_as_it_did_in_training(folder, fitted):
    model, report = fitted
    scores = evaluate_model(folder, model, 2)
    assert scores.r2.full == pytest.approx(report.r2_training, abs=0.02)  # with the frames that the fit dropped
    assert scores.r2.full > scores.r2.deployed_live > scores.r2.deployed_zero
    assert 0.8 * report.mae_percent < scores.mae_percent < report.mae_percent  # that of held-out frames is larger


def test_one_recording_is_fit_and_not_evaluated(faces, tmp_path):
    mesh, emotions, pose, _, _ = faces
    one = write(tmp_path / "faces", mesh, emotions, NAMES, pose, np.zeros(len(mesh), int))
    _, report = fit_data_set(one, EMOTIONS, lambda text: None)
    assert report.r2.full is None and report.null is None and report.mae is None and report.people is None
    assert "1 recording" in report.remarks[0]


def test_one_person_under_many_recordings_is_said(faces, tmp_path):
    mesh, emotions, pose, recording, _ = faces
    one = write(tmp_path / "faces", mesh, emotions, NAMES, pose, recording, np.zeros(len(mesh), int))
    _, report = fit_data_set(one, EMOTIONS, lambda text: None)
    assert report.r2.full is not None and report.r2_by_person.full is None and report.people == 1
    assert any("1 person under 48 recordings" in remark for remark in report.remarks)


def refused(folder, options=QUICK):
    with pytest.raises(DataSetError) as found:
        fit_data_set(folder, options, lambda text: None)
    return str(found.value)


def test_what_cannot_be_fit_is_refused_with_the_reason(faces, tmp_path):
    mesh, emotions, pose, recording, _ = faces

    def kept(name, **changes):
        given = {"meshes": mesh, "features": emotions, "names": NAMES, "pose": pose, "recording": recording} | changes
        return write(tmp_path / name, **given)

    assert "in degrees" in refused(kept("degrees", pose=np.degrees(pose)))
    assert "other sign" in refused(kept("signs", pose=pose * [1, -1, 1]))
    assert "frames are left for 31 inputs" in refused(
        kept("few", meshes=mesh[:20], features=emotions[:20], pose=pose[:20], recording=recording[:20])
    )
    assert "sum to" in refused(kept("percent", features=emotions * 100))
    assert "'joy' is no known emotion" in refused(kept("joy", names=("anger", "disgust", "fear", "joy", *NAMES[4:])))
    assert "no number in the whole column anger, disgust" in refused(
        kept("nan", features=np.full_like(emotions, np.nan))
    )
    assert "no columns of action units" in refused(kept("aus"), replace(QUICK, family="au"))
    assert "cannot be aligned" in refused(kept("line", meshes=mesh[..., [0, 0, 0]] * np.float32([1, 0, 1])))


def test_rows_with_numbers_that_are_not_finite_are_dropped_and_counted(faces, tmp_path):
    mesh, emotions, pose, recording, person = (np.array(part) for part in faces)
    mesh[3, 100] = np.nan
    pose[5, 1] = np.inf
    emotions[7, 2] = np.nan
    _, report = fit_data_set(write(tmp_path / "f", mesh, emotions, NAMES, pose, recording, person), QUICK, print)
    assert report.frames_dropped["not finite"] == 3


def test_frames_beyond_the_range_of_pose_are_dropped_and_nameless_people_are_of_their_recordings(faces, tmp_path):
    mesh, emotions = (part[:8] for part in faces[:2])
    pose = np.zeros((8, 3))
    pose[:4, 0], pose[4:, 1] = np.radians([29.9, -29.9, 30.1, -30.1]), np.radians([39.9, -39.9, 40.1, -40.1])
    pose[:, 2] = 0.9
    names, person = np.array(list("aabbccdd")), [None, "Ada", None, None, "Ada", None, None, None]
    frames, _ = read_frames(open_data_set(write(tmp_path, mesh, emotions, NAMES, pose, names, person)), "emotion")
    assert frames.kept.tolist() == [True, True, False, False] * 2
    assert frames.dropped["pitch beyond 30 degrees"] == frames.dropped["yaw beyond 40 degrees"] == 2
    of = [frames.people[at] for at in frames.person]
    assert of == [
        "recording a",
        "Ada",
        "recording b",
        "recording b",
        "Ada",
        "recording c",
        "recording d",
        "recording d",
    ]


def test_shards_that_do_not_belong_together_are_refused(folder, faces, tmp_path):
    mesh, emotions, pose, recording, person = faces
    some = [part[:50] for part in (mesh, emotions)]

    def mixed(name, **changes):
        given = {"names": NAMES, "person": person[:50], "metadata": {"tracker": "task"}} | changes
        target = write(tmp_path / name, *some, given.pop("names"), pose[:50], recording[:50], shards=1, **given)
        (target / "part-0000.parquet").rename(target / "other.parquet")
        for path in folder.iterdir():
            (target / path.name).write_bytes(path.read_bytes())
        return refused(target)

    assert "its tracker is 'task', that of" in mixed("tracker", metadata={"tracker": "bundled"})
    assert "its columns differ" in mixed("columns", names=("Happy", *NAMES[1:3], "anger", *NAMES[4:]))


def test_a_shard_that_is_cut_is_named(folder, tmp_path):
    for path in folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    cut = tmp_path / "part-0001.parquet"
    cut.write_bytes(cut.read_bytes()[:-1000])
    text = refused(tmp_path)
    assert "part-0001.parquet: damaged, cut short" in text


def test_shards_without_metadata_and_other_lists_are_read(faces, tmp_path):
    """As other programs write them: lists of any length, doubles, the feature names of py-feat."""
    mesh, emotions, pose, recording, _ = faces
    names = ("Anger", "Disgust", "Fear", "Happy", "Sad", "Surprise", "Neutral")
    table = pa.table(
        {
            "recording": [f"clip {at}" for at in recording],
            "stamp_ns": np.arange(len(mesh)),
            "mesh": pa.array(list(mesh.reshape(len(mesh), -1).astype(float))),
            **{name: pose[:, at] for at, name in enumerate(("pitch", "yaw", "roll"))},
            **{name: emotions[:, at] for at, name in enumerate(names)},
        }
    )
    pq.write_table(table, tmp_path / "mine.parquet")
    model, report = fit_data_set(tmp_path, QUICK, print)
    assert report.tracker == "unknown" and report.rank == 27
    assert model.feature_columns == NAMES


def test_no_data_set(tmp_path):
    assert "no such folder" in refused(tmp_path / "nothing")
    assert "no Parquet file" in refused(tmp_path)
    pq.write_table(pa.table({"a": [1]}), tmp_path / "a.parquet")
    assert "the column recording is missing" in refused(tmp_path)


def test_labels_that_are_permuted_in_the_data_are_found_and_left_as_they_are(truth, tmp_path):
    """A model of one's own data is never repaired: that would hide what is wrong with the data."""
    mesh, emotions, pose, recording, person = people(truth, np.random.default_rng(25), 1600, 48, 16, identity=0.5)
    filed = list(V5)  # the column under each name holds another emotion's probabilities
    columns = np.stack([emotions[:, NAMES.index(V5[name])] for name in filed], axis=1)
    model, _ = fit_data_set(write(tmp_path / "faces", mesh, columns, filed, pose, recording, person), QUICK, print)
    finding = check(model).verdict
    assert finding.state == "bad" and "permuted" in finding.found and "not repaired" in finding.found
    write_model(model, tmp_path / "permuted.npz")
    loaded = load_model(tmp_path / "permuted.npz")
    assert not loaded.label_repair and np.array_equal(loaded.coef, model.coef) and loaded.has_interactions
