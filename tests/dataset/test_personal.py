"""Models of one person: sessions of a simulated person whose face answers in another way than the model has it."""

import json

import numpy as np
import pytest
from data_sets import NAMES, smooth, write

from realtime.core.errors import DataSetError
from realtime.dataset.personal import PersonalOptions, _verdict, fit_personal
from realtime.dataset.shrinkage import PENALTIES, Shrinkage
from realtime.geometry import rotation_from_pose
from realtime.geometry.statistics import Statistics
from realtime.model import built_in
from realtime.model.file import read_model, write_model
from realtime.model.personal import personal_facts
from realtime.model.training import was_trained_on

OWN = 6.0  # standard deviation of what is a person's own in an emotion, model units


def silent(text):
    """Progress that nobody watches."""


def away_from_anchors(model):
    """(478, 1) 0 at the anchors, where the alignment looks, and 1 far from them: so the truth is known."""
    apart = np.linalg.norm(model.mean_mesh[:, None] - model.anchors[None], axis=-1).min(axis=1)
    return 1.0 - np.exp(-0.5 * (apart / 15.0) ** 2)[:, None]


def rows_of(fields):
    """(n, 478, 3) fields in the order of the files."""
    return np.swapaxes(fields, -1, -2).reshape(len(fields), -1).astype(np.float32)


@pytest.fixture(scope="module")
def shipped():
    """The built-in model without what it moves at the anchors, with pose rows that it is not used with."""
    model = built_in()
    emotions = np.swapaxes(model.coef[:7].reshape(7, 3, 478), -1, -2) * away_from_anchors(model)
    return model.replaced(name="shipped", coef=np.vstack([rows_of(emotions), model.coef[7:]]))


@pytest.fixture(scope="module")
def fields(shipped):
    """(11, 478, 3) what is a person's own: of seven emotions, of three angles, and of the face at rest."""
    return smooth(np.random.default_rng(31), 11, shipped) * away_from_anchors(shipped)


@pytest.fixture(scope="module")
def person(shipped, fields):
    """A person with another face at rest, other expressions, and a response to the head pose."""
    coef = np.vstack([shipped.coef[:7] + rows_of(fields[:7] * OWN), rows_of(fields[7:10] * OWN)])
    return shipped.replaced(name="person", coef=coef, intercept=shipped.intercept + rows_of(fields[10:] * 5.0)[0])


@pytest.fixture(scope="module")
def twin(shipped, fields):
    """A person who is as the model has it but for the face at rest."""
    coef = np.vstack([shipped.coef[:7], np.zeros((3, 1434), np.float32)])
    return shipped.replaced(name="twin", coef=coef, intercept=shipped.intercept + rows_of(fields[10:] * 5.0)[0])


def record(folder, model, counts, seed=1, *, noise=0.5, sharpness=1.5, emotions=None, **given):
    """Sessions of a person as a camera would see them, with so many frames each, another distance in every one."""
    rng = np.random.default_rng(seed)
    n, session = sum(counts), np.repeat(np.arange(len(counts)), counts)
    if emotions is None:
        slow = np.concatenate([np.cumsum(rng.normal(size=(count, 7)), axis=0) / np.sqrt(30) for count in counts])
        logits = sharpness * (slow + rng.normal(size=(len(counts), 7))[session])
        emotions = np.exp(logits - logits.max(axis=1, keepdims=True))
        emotions /= emotions.sum(axis=1, keepdims=True)
    pose = rng.normal(size=(n, 3)) * 0.12
    offset = smooth(rng, len(counts), model) * 0.3 * away_from_anchors(model)
    live = np.hstack([emotions, pose]) @ model.coef.astype(float) + model.intercept
    mesh = np.swapaxes(live.reshape(n, 3, 478), -1, -2) + offset[session] + rng.normal(size=(n, 478, 3)) * noise
    image = rng.uniform(0.5, 2.0, size=(n, 1, 1)) * (mesh @ rotation_from_pose(pose)) + 300.0
    names = np.array([f"session {at}" for at in session])
    given = {"person": np.array(["Ada"] * n), "metadata": {"tracker": "task", "sources": "appearance"}} | given
    return write(folder, image.astype(np.float32), emotions, NAMES, pose, names, **given)


def displacements(model):
    """(6, 1434) of the emotions from neutral."""
    return (model.coef[:6] - model.coef[6]).astype(float)


def apart(model, truth):
    """How far the displacements are from those of another model, as a part of what is the person's own in them."""
    return np.linalg.norm(displacements(model) - displacements(truth)) / (OWN * np.sqrt(6 * 1434))


@pytest.fixture(scope="module")
def fitted(person, shipped, tmp_path_factory):
    contents = json.dumps({f"session {at}": {"sha256": f"{at}" * 64} for at in range(6)})
    metadata = {"tracker": "task", "sources": "appearance", "recordings": contents}
    folder = record(tmp_path_factory.mktemp("sessions") / "many", person, [400] * 6, metadata=metadata)
    return fit_personal(folder, PersonalOptions(shipped), silent)


def test_with_many_frames_it_approaches_the_person(fitted, shipped, person):
    model, report = fitted
    assert apart(model, person) < 0.15 * apart(shipped, person)
    assert report.better and report.folds == report.sessions == 6 and report.folds_of == "sessions"
    assert report.personal.r2 > 0.9 > report.own_neutral.r2 > report.model_itself.r2
    assert report.gain == pytest.approx(report.personal.r2 - report.own_neutral.r2)
    assert report.own_neutral.r2 < report.neutral_and_pose.r2 < report.personal.r2
    assert report.verdict.startswith("Held out it is better than shipped with your own neutral")


def test_with_few_frames_it_stays_near_the_model(fitted, person, shipped, tmp_path):
    few, report = fit_personal(record(tmp_path, person, [60], noise=4.0), PersonalOptions(shipped), silent)
    assert apart(few, shipped) < 0.25 * apart(person, shipped) < apart(few, person)
    assert report.folds_of == "blocks of one session" and report.strength > (fitted[1].strength or 0.0)
    assert any("One session" in remark for remark in report.remarks)


@pytest.mark.parametrize("counts", [[300] * 5, [300], [150, 150]])
def test_nothing_is_lost_where_the_model_is_right(twin, shipped, tmp_path, counts):
    model, report = fit_personal(record(tmp_path, twin, counts), PersonalOptions(shipped), silent)
    assert report.strength is None and not report.better
    assert np.array_equal(displacements(model), displacements(shipped))
    assert report.personal.r2 >= report.own_neutral.r2 - 2.0 * report.gain_error - 1e-3
    assert (
        np.abs(model.neutral_mesh - twin.predict_neutral()).mean() < 0.3
    )  # the sessions' own offsets are of that size
    assert "nothing is better" in report.verdict


@pytest.mark.parametrize("limit", [None, 0.4])
def test_held_out_scores_are_those_of_the_frames_themselves(person, shipped, tmp_path, limit):
    """Session by session once more, from the aligned meshes: the model as it is, and with the person's own neutral.

    A model with limits clips its inputs, and so does the fit.
    """
    from realtime.dataset.alignment import align_to
    from realtime.dataset.frames import read_frames
    from realtime.dataset.table import meshes_of, open_data_set
    from realtime.geometry.procrustes import AnchorReference

    folder = record(tmp_path, person, [120, 90, 150])
    of = shipped if limit is None else shipped.replaced(feature_p99=np.full(7, limit, np.float32))
    model, report = fit_personal(folder, PersonalOptions(of, drop_worst=False), silent)
    assert (model.feature_p99 is None) == (limit is None)
    data = open_data_set(folder)
    frames, shapes = read_frames(data, "emotion")
    anchors = shipped.anchors.astype(float)
    alignment = align_to(data, frames, shapes, AnchorReference(anchors, anchors, 0, 0.0), 1, drop=False)
    image = np.concatenate(list(data.read(["mesh"], meshes_of)))
    y = alignment.meshes(image, np.arange(len(image))).astype(float)
    left = y - of.predict(frames.features)
    itself, neutral = [], []
    for session in range(3):
        here = frames.recording == session
        variation = ((y[here] - y[here].mean(axis=0)) ** 2).sum()
        itself.append(1 - (left[here] ** 2).sum() / variation)
        neutral.append(1 - ((left[here] - left[~here].mean(axis=0)) ** 2).sum() / variation)
    assert report.model_itself.folds == pytest.approx(itself, abs=1e-5)
    assert report.own_neutral.folds == pytest.approx(neutral, abs=1e-5)


def test_fits_and_errors_are_those_of_a_ridge_regression_within_sessions():
    rng = np.random.default_rng(32)
    x, y = rng.normal(size=(90, 7)) + 2.0, rng.normal(size=(90, 4, 3)) + 5.0
    x[:, :4] *= 0.3
    session = np.repeat([0, 1, 2], 30)
    fits = Shrinkage([Statistics.of(x[session == at], y[session == at]) for at in range(3)])
    within = np.concatenate([x[session == at] - x[session == at].mean(axis=0) for at in range(3)])
    left = np.concatenate([y[session == at] - y[session == at].mean(axis=0) for at in range(3)]).reshape(90, -1)
    unit = np.maximum(within.std(axis=0), [0.1] * 4 + [0.1, 0.1, 0.1])
    scaled = within / unit
    other_x, other_y = rng.normal(size=(40, 7)), rng.normal(size=(40, 4, 3))
    errors = fits.errors(Statistics.of(other_x, other_y))
    for penalty, error in zip(PENALTIES, errors, strict=True):
        rows = fits.change(penalty)
        slopes = np.zeros((7, 12))
        if np.isfinite(penalty):
            slopes = np.linalg.solve(scaled.T @ scaled + 90 * penalty * np.eye(7), scaled.T @ left) / unit[:, None]
        assert np.allclose(rows.coef.reshape(7, -1), slopes, atol=1e-9)
        assert np.allclose(rows.intercept.reshape(-1), (y.reshape(90, -1) - x @ slopes).mean(axis=0))
        guess = np.einsum("np,pvc->nvc", other_x, rows.coef) + rows.intercept
        assert error == pytest.approx(((other_y - guess) ** 2).sum())


def test_the_residual_of_given_rows_has_the_statistics_of_its_frames():
    rng = np.random.default_rng(33)
    x, y = rng.normal(size=(50, 5)) + 1.0, rng.normal(size=(50, 4, 3)) + 3.0
    coef, intercept = rng.normal(size=(5, 4, 3)), rng.normal(size=(4, 3))
    found = Statistics.of(x, y).residual(coef, intercept)
    expected = Statistics.of(x, y - np.einsum("np,pvc->nvc", x, coef) - intercept)
    centered = Statistics.of(x - x.mean(axis=0), y - y.mean(axis=0))
    for name in ("frames", "x", "y", "xx", "xy", "yy"):
        assert np.allclose(getattr(found, name), getattr(expected, name)), name
        assert np.allclose(getattr(Statistics.of(x, y).centered, name), getattr(centered, name)), name


def test_the_file_shares_frame_and_features_and_says_what_it_is_worth(fitted, shipped, tmp_path):
    model, report = fitted
    write_model(model, tmp_path / "mine.npz")
    found = read_model(tmp_path / "mine.npz")
    assert found.feature_columns == shipped.feature_columns and found.has_interactions
    assert np.array_equal(found.anchors, shipped.anchors) and np.array_equal(found.mean_mesh, shipped.mean_mesh)
    assert [was_trained_on(found, f"{at}" * 64) for at in range(7)] == [True] * 6 + [False]
    facts = personal_facts(found)
    assert (facts.of, facts.folds_of, facts.better) == ("shipped", "sessions", True)
    assert (facts.personal, facts.own_neutral) == (report.personal.r2, report.own_neutral.r2)
    assert personal_facts(shipped) is None
    assert f"{report.own_neutral.r2:.4f}" in found.card and "Ada" not in found.card + found.metadata_json()
    assert personal_facts(found.replaced(metadata={**found.metadata, "held_out": {"personal": "0.99"}})) is None


def test_a_gain_that_two_sessions_cannot_show_says_what_they_can(person, shipped, tmp_path):
    _, report = fit_personal(record(tmp_path, person, [100, 100]), PersonalOptions(shipped), silent)
    assert report.folds == 2 and report.better == (report.gain > 12.71 * report.gain_error)
    few = _verdict("m", 0.7, 0.07, "2 sessions", 12.71, only_neutral=False, beyond_chance=False)
    assert "2 sessions show only what is 13 standard errors above 0. Record more sessions." in few


def test_of_many_sessions_groups_are_held_out(person, shipped, tmp_path):
    _, report = fit_personal(record(tmp_path, person, [25] * 13), PersonalOptions(shipped), silent)
    assert (report.sessions, report.folds, report.folds_of) == (13, 10, "groups of sessions")


def test_expressions_that_are_not_shown_stay_those_of_the_model(person, shipped, tmp_path):
    rng = np.random.default_rng(34)
    shares = np.zeros((600, 7))
    shares[:, 3] = np.clip(np.cumsum(rng.normal(size=600)) / 20, 0, 1)
    shares[:, 6] = 1 - shares[:, 3]
    model, report = fit_personal(
        record(tmp_path / "smile", person, [200] * 3, emotions=shares), PersonalOptions(shipped), silent
    )
    mine, own, given = (displacements(one)[[0, 3]] for one in (model, person, shipped))
    assert np.linalg.norm(mine[1] - own[1]) < 0.5 * np.linalg.norm(given[1] - own[1])
    assert any("Hardly any anger, disgust, fear, sadness, surprise" in remark for remark in report.remarks)
    still = shares * 0
    still[:, 6] = 1.0
    model, report = fit_personal(
        record(tmp_path / "still", person, [200] * 3, emotions=still), PersonalOptions(shipped), silent
    )
    assert np.allclose(displacements(model), displacements(shipped), atol=0.5)
    assert any("No feature varies" in remark for remark in report.remarks)


def test_what_cannot_be_fit_is_refused_with_the_reason(person, shipped, tmp_path):
    def refused(counts, model=shipped, **given):
        folder = record(tmp_path / str(len(list(tmp_path.iterdir()))), person, counts, **given)
        with pytest.raises(DataSetError) as error:
            fit_personal(folder, PersonalOptions(model), silent)
        return str(error.value)

    assert "20 frames can be used, a personal model needs 50 at least" in refused([20])
    assert "8 of sessions with fewer than 10 frames" in refused([30, 8])
    assert "2 people (Ada, Bo)" in refused([60, 60], person=np.repeat(["Ada", "Bo"], 60))
    nameless = np.repeat(["Ada", None, "Ada"], 60)
    text = refused([60, 60, 60], person=nameless)
    assert "session 1 names no person, the others are of Ada" in text and f"fit me --personal {shipped.name}" in text
    units = shipped.replaced(feature_columns=tuple(f"AU{at:02d}" for at in range(1, 8)))
    assert "no columns of action units" in refused([60], model=units)
    assert "no number in the whole column anger" in refused([60], emotions=np.full((60, 7), np.nan))


def test_sessions_of_which_nothing_can_be_used_are_named(person, shipped, tmp_path):
    folder = record(tmp_path, person, [100, 100, 4])
    _, report = fit_personal(folder, PersonalOptions(shipped), silent)
    assert report.sessions == 2 and any("session 2" in remark for remark in report.remarks)
    assert any("2 sessions" in remark for remark in report.remarks)
