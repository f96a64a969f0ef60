"""Exported files in the installed py-feat's own readers; run by `test_fex.py` in a process of its own."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

import realtime.export
import realtime.session
from realtime.model import canonical_name
from realtime.session import Session
from realtime.session.columns.table_columns import arrow_array

try:
    from feat.data import Fex
    from feat.utils.io import get_test_data_path, read_feat, read_openface
except (ImportError, OSError) as cause:  # OSError: a torch whose libraries are not there
    pytest.skip(f"py-feat cannot be imported here: {cause}", allow_module_level=True)

ULP = {"rel": 1e-14, "abs": 1e-16}  # py-feat has pandas read numbers quickly, which costs the last digit
FOLDERS = [Path(folder) for folder in os.environ["MESHMIRROR_SESSIONS"].split(os.pathsep)]


@pytest.fixture(params=FOLDERS, ids=lambda folder: folder.name)
def session(request):
    with realtime.session.open(request.param) as opened:
        yield opened


@pytest.fixture
def fex(session: Session, tmp_path: Path) -> Fex:
    return read_feat(str(realtime.export.to_fex(session, tmp_path / "a.csv")))


def test_every_group_is_recognised_with_our_values(session: Session, fex: Fex):
    assert fex.detector == "Detectorv2" and len(fex) == len(session)
    assert set(fex.emotions) == {"Anger", "Disgust", "Fear", "Happy", "Sad", "Surprise", "Neutral"}
    assert list(fex.time) == ["frame"] and list(fex["frame"]) == list(range(len(session)))
    assert list(fex.poses) == ["Pitch", "Roll", "Yaw", "X", "Y", "Z"]
    mesh = [f"mesh_{axis}_{at}" for axis in "xyz" for at in range(478)]
    for at in range(0, len(session), 7):
        row, stored = fex.iloc[at], session[at]
        model, landmarks = stored.models[0], stored.landmarks
        for name, value in zip(fex.emotions, row[list(fex.emotions)], strict=True):
            assert value == pytest.approx(model.features.values[canonical_name(name)], **ULP)
        pose = model.aligned.pose
        assert list(row[["Pitch", "Roll", "Yaw"]]) == pytest.approx([pose.pitch, pose.roll, pose.yaw], **ULP)
        np.testing.assert_array_equal(row[mesh].to_numpy(np.float32).reshape(3, 478).T, landmarks.points_px)
        left, top, width, height = row[fex.facebox_columns[:4]]
        assert (left, top) == pytest.approx(tuple(landmarks.points_px[:, :2].min(axis=0)))
        assert (left + width, top + height) == pytest.approx(tuple(landmarks.points_px[:, :2].max(axis=0)), rel=1e-5)
        assert (row["FrameWidth"], row["FrameHeight"]) == landmarks.image_size
        assert row["timestamp"] == pytest.approx(stored.time_ns / 1e9, **ULP) and row["input"] == "single_face.mp4"
        assert row["emotion_pyfeat"] == (model.features.source == "pyfeat")
    x, y = fex.landmarks_dlib68_xy()
    tip = [session[at].landmarks.points_px[1, 0] for at in range(len(session))]
    np.testing.assert_array_equal(x[:, 33].astype(np.float32), tip)
    assert x.shape == y.shape == (72, 68) and list(fex.inputs) == ["single_face.mp4"] * 72


def test_action_units_and_blendshapes_are_those_of_the_network(session: Session, fex: Fex):
    said = [session[at].network for at in range(len(session))]
    if said[0] is None:
        assert len(fex.aus.columns) == 20 and len(fex.blendshapes.columns) == 52 and len(fex.gazes.columns) == 3
        assert fex.aus.isna().all(axis=None) and fex.blendshapes.isna().all(axis=None)
        assert fex[["gaze_pitch", "valence", "X"]].isna().all(axis=None)
        return
    assert list(fex.aus) == list(said[0].action_units) and len(fex.aus.columns) == 20
    np.testing.assert_allclose(fex.aus, [list(one.action_units.values()) for one in said], rtol=1e-14, atol=1e-16)
    assert set(fex.blendshapes) == set(said[0].blendshapes)
    for name in fex.blendshapes:
        np.testing.assert_allclose(fex[name], [one.blendshapes[name] for one in said], rtol=1e-6)
    np.testing.assert_allclose(fex.gazes["gaze_pitch"], [one.gaze_pitch for one in said], rtol=1e-14, atol=1e-16)
    np.testing.assert_allclose(fex["valence"], [one.valence for one in said], rtol=1e-14, atol=1e-16)
    assert list(fex[["X", "Y", "Z"]].iloc[5]) == pytest.approx(list(said[5].translation), **ULP)


def test_a_row_without_a_face_is_nan(fex: Fex, session: Session, tmp_path: Path, monkeypatch):
    """The same rows, of a table from which one face was taken."""
    table = session.parts[0].table
    faces = [None if at == 3 else session[at].landmarks.points_px for at in range(len(session))]
    at = table.table.column_names.index("landmarks")
    without = table.table.set_column(at, "landmarks", arrow_array(faces, table.table["landmarks"].type))
    monkeypatch.setattr(table, "table", without)
    gone = read_feat(str(realtime.export.to_fex(session, tmp_path / "b.csv"))).iloc[3]
    assert gone[["mesh_x_0", "mesh_z_477", "x_0", "FaceRectX", "FaceRectWidth", "FaceScore"]].isna().all()
    assert np.isfinite(fex.iloc[3]["mesh_x_0"])


OPERATIONS = {
    "interpolate": lambda fex: fex.drop(columns="input").interpolate(),
    "downsample": lambda fex: fex.drop(columns="input").downsample(10),
    "upsample": lambda fex: fex.emotions.upsample(60),
    "rectification": lambda fex: fex.rectification(std=1),
    "baseline": lambda fex: fex.drop(columns="input").baseline("mean"),
    "baseline of a session": lambda fex: fex.update_sessions(fex["input"].to_numpy()).emotions.baseline(),
    "clean": lambda fex: fex.emotions.clean(),
    "decompose": lambda fex: fex.emotions.decompose(n_components=3),
    "summary": lambda fex: fex.extract_summary(),
    "mean by input": lambda fex: fex.update_sessions(fex["input"]).extract_mean(),
    "sessions": lambda fex: list(fex.update_sessions(fex["input"]).itersessions()),
    "isc": lambda fex: fex.isc(fex.emotion_columns[0]),
    "regress": lambda fex: fex.regress(X=["Pitch", "Yaw"], y="emotions"),
    "predict": lambda fex: fex.predict(X=["Pitch", "Yaw"], y=fex[fex.emotion_columns[0]]),
    "t test": lambda fex: fex.emotions.ttest_1samp(),
    "append": lambda fex: fex.append(fex),
    "rolling": lambda fex: fex.drop(columns="input").rolling(5).mean(),
    "difference": lambda fex: fex.drop(columns="input") - fex.drop(columns="input").mean(),
    "groups": lambda fex: fex.groupby("input").mean(),
    "floats": lambda fex: fex.drop(columns="input").astype(float),
    "accessors": lambda fex: (fex.landmarks_x, fex.faceboxes, fex.time, fex.inputs, fex.iloc[0].emotions),
    "plot": lambda fex: fex.iloc[:1].plot_detections(plot_original_image=False, poses=True),
    "plot regions": lambda fex: fex.iloc[:1].plot_detections(faces="au_regions"),
}


def failures(fex: Fex) -> dict[str, str]:
    """The operations that fail on a table, and how."""
    fex.sampling_freq, found = 30, {}
    for name, operation in OPERATIONS.items():
        try:
            operation(fex.copy())
        except Exception as error:
            found[name] = f"{type(error).__name__}: {error}"
    return found


def test_every_method_that_works_on_py_feat_s_own_file_works_on_ours(fex: Fex):
    assert failures(read_feat(str(Path(get_test_data_path()) / "001.csv"))) == {}
    assert failures(fex) == {}


def test_the_types_are_those_of_py_feat_s_own_file(fex: Fex):
    own = read_feat(str(Path(get_test_data_path()) / "001.csv"))
    names = {"happiness": "Happy", "sadness": "Sad"}
    for name, kind in own.dtypes.items():
        ours = next(column for column in fex if column in (name, names.get(name, name.capitalize())))
        assert fex.dtypes[ours] == kind, name
    assert [name for name in fex if fex[name].dtype.kind not in "if"] == ["input"]


def test_openface_s_reader_takes_the_other_csv(session: Session, tmp_path: Path):
    fex = read_openface(str(realtime.export.to_csv(session, tmp_path / "a.csv")))
    assert isinstance(fex, Fex) and fex.detector == "OpenFace" and list(fex.success) == [1] * len(session)
    assert list(fex.time) == ["frame", "timestamp"]
    x, _ = fex.landmarks_dlib68_xy()
    assert np.float32(x[0, 33]) == session[0].landmarks.points_px[1, 0]


def test_a_face_has_rows_of_its_own(tmp_path: Path):
    with realtime.session.open(os.environ["MESHMIRROR_SEVERAL"]) as session:
        fex = read_feat(str(realtime.export.to_fex(session, tmp_path / "a.csv")))
        assert fex.detector == "Detectorv2" and set(fex.frame) == set(range(len(session)))
        for row in range(len(session)):
            stored = [one for one in (session[row], *session[row].others) if one.landmarks is not None]
            of_frame = fex[fex.frame == row]
            assert len(of_frame) == max(1, len(stored))
            for (_, found), one in zip(of_frame.iterrows(), stored, strict=False):
                assert found["face"] == one.track_id and np.float32(found["mesh_x_1"]) == one.landmarks.points_px[1, 0]
                assert found["Happy"] == pytest.approx(one.models[0].features.values["happiness"], **ULP)
        smiles = fex.groupby("face")["Happy"].mean()
        assert list(smiles.index) == [face.track_id for face in session.faces()]
        # A frame without a face has NaN, with which scikit-learn, and so some of py-feat's methods, can do nothing.
        assert failures(fex[fex["face"].notna()]) == {}
