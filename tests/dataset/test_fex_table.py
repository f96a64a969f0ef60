"""Tables of py-feat's detectors become rows in pixels of the picture, whatever scale their depth has."""

import csv

import numpy as np
import pyarrow.parquet as pq
import pytest
from common import clip, needs_bundled
from data_sets import NAMES, people

from realtime.core.config import load_config
from realtime.core.errors import SourceError
from realtime.dataset.extract import ExtractOptions, extract
from realtime.dataset.fex_table import rows_of_fex
from realtime.dataset.recording import Sampling
from realtime.model import built_in

FEX_EMOTIONS = ("Anger", "Disgust", "Fear", "Happy", "Sad", "Surprise", "Neutral")


@pytest.fixture(scope="module")
def faces():
    mesh, emotions, pose, _, _ = people(built_in(), np.random.default_rng(41), 12, 3, 2)
    return mesh, emotions, pose


def write(path, faces, mesh_columns, side, **more):
    mesh, emotions, pose = faces
    columns = {"frame": np.arange(len(mesh)), "FaceRectWidth": side, **mesh_columns}
    columns |= dict(zip(("Pitch", "Yaw", "Roll"), pose.T, strict=True))
    columns |= dict(zip(FEX_EMOTIONS, emotions.T, strict=True)) | more
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))
    return path


def axis_major(mesh, depth):
    scaled = mesh * np.stack([np.ones_like(depth), np.ones_like(depth), depth], axis=-1)[:, None]
    return {f"mesh_{axis}_{at}": scaled[:, at, k] for k, axis in enumerate("xyz") for at in range(478)}


def interleaved(mesh, depth):
    scaled = mesh * np.stack([np.ones_like(depth), np.ones_like(depth), depth], axis=-1)[:, None]
    return {f"{axis}_{at}": scaled[:, at, k] for at in range(478) for k, axis in enumerate("xyz")}


def test_a_table_of_detectorv2(faces, tmp_path):
    mesh, emotions, pose = faces
    side = np.linspace(150, 400, len(mesh))
    path = write(
        tmp_path / "a.csv", faces, axis_major(mesh, 1 / side), side, AU12=emotions[:, 0], jawOpen=emotions[:, 1]
    )
    found = rows_of_fex(path, "a")
    assert np.allclose(np.stack(found.meshes), mesh, atol=0.02)
    assert np.allclose([[one.pitch, one.yaw, one.roll] for one in found.poses], pose, atol=1e-5)
    assert np.allclose([[row[name] for name in NAMES] for row in found.features], emotions, atol=1e-5)
    assert found.features[0]["AU12"] == pytest.approx(emotions[0, 0]) and "jawOpen" in found.columns()
    assert found.tracker == "pyfeat Detectorv2"


def test_a_table_of_mpdetector_has_the_pose_of_its_mesh(faces, tmp_path):
    mesh, _, pose = faces
    side = np.linspace(150, 400, len(mesh))
    path = write(tmp_path / "a.csv", (mesh, faces[1], -pose[:, [0, 2, 1]]), interleaved(mesh, 256 / side), side)
    found = rows_of_fex(path, "a")
    assert np.allclose(np.stack(found.meshes), mesh, atol=0.02)
    angles = np.array([[one.pitch, one.yaw, one.roll] for one in found.poses])
    assert np.abs(angles - pose).max() < np.radians(8)  # identity and expression move the anchors a little
    assert found.tracker == "pyfeat MPDetector"


def test_rows_without_a_face_are_counted_and_several_tables_make_a_data_set(faces, tmp_path):
    mesh, emotions, pose = (np.array(part) for part in faces)
    mesh[4] = np.nan
    side = np.full(len(mesh), 200.0)
    for name in ("a", "b"):
        write(tmp_path / f"{name}.csv", (mesh, emotions, pose), axis_major(mesh, 1 / side), side)
    options = ExtractOptions(load_config(), Sampling(), 1)
    report = extract([str(tmp_path / "*.csv")], tmp_path / "faces", options, lambda done, total: None)
    assert report.recordings == 2 and report.rows == 22 and report.dropped == {"no face": 2}
    table = pq.read_table(next((tmp_path / "faces").glob("*.parquet")))
    assert table.schema.metadata[b"tracker"] == b"pyfeat Detectorv2" and set(table["recording"].to_pylist()) == {
        "a",
        "b",
    }


def test_tables_without_a_mesh_are_named(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("frame,happiness\n0,1\n")
    with pytest.raises(SourceError, match="mesh_x_0 is missing"):
        rows_of_fex(path, "a")
    path.write_bytes(b"\0\1\2")
    with pytest.raises(SourceError):
        rows_of_fex(path, "a")


@needs_bundled
def test_what_this_program_exports_is_not_taken_for_a_detectors(meshmirror, tmp_path):
    """Its emotions may have been fitted to the mesh; the session knows."""
    source = ["--source", str(clip("single_face.mp4")), "--set", "detect.tracker=bundled", "--emotion", "inverse"]
    done = meshmirror("live", *source, "--headless", "--frames", "6", "--record", "session", "--no-video")
    assert done.returncode == 0, done.stderr
    done = meshmirror("export", "session", "--to", "fex", "--out", "out.csv")
    assert done.returncode == 0, done.stderr
    with pytest.raises(SourceError, match="the session itself"):
        rows_of_fex(tmp_path / "out.csv", "out")


def test_a_depth_that_was_mended_already_is_taken_as_it_is(faces, tmp_path):
    mesh = faces[0]
    path = write(tmp_path / "a.csv", faces, axis_major(mesh, np.ones(len(mesh))), np.full(len(mesh), 300.0))
    assert np.allclose(np.stack(rows_of_fex(path, "a").meshes), mesh, atol=0.02)
