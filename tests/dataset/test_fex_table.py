"""Tables of py-feat's detectors become rows in pixels of the picture, whatever scale their depth has."""

import csv
from contextlib import nullcontext
from dataclasses import replace

import numpy as np
import pyarrow.parquet as pq
import pytest
from common import clip, needs_bundled
from data_sets import NAMES, people

from realtime.core.config import load_config
from realtime.core.errors import SourceError
from realtime.core.progress import no_progress
from realtime.dataset.extract import ExtractOptions, extract
from realtime.dataset.fex_table import rows_of_fex
from realtime.dataset.fex_times import stamps
from realtime.dataset.recording import Sampling
from realtime.model import built_in
from realtime.pipeline.cluster import in_threads

FEX_EMOTIONS = ("Anger", "Disgust", "Fear", "Happy", "Sad", "Surprise", "Neutral")


@pytest.fixture(scope="module")
def faces():
    mesh, emotions, pose, _, _ = people(built_in(), np.random.default_rng(41), 12, 3, 2)
    return mesh, emotions, pose


@pytest.fixture(scope="module")
def options():
    """In threads, since starting a process takes longer than any of these tables."""
    with in_threads(1) as cluster:
        yield ExtractOptions(load_config(), Sampling(), 1, cluster=cluster)


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
    (found,) = rows_of_fex(path, "a")
    assert np.allclose(np.stack(found.meshes), mesh, atol=0.02)
    assert np.allclose([[one.pitch, one.yaw, one.roll] for one in found.poses], pose, atol=1e-5)
    assert np.allclose([[row[name] for name in NAMES] for row in found.features], emotions, atol=1e-5)
    assert found.features[0]["AU12"] == pytest.approx(emotions[0, 0]) and "jawOpen" in found.columns()
    assert found.tracker == "pyfeat Detectorv2"


def test_a_table_of_mpdetector_has_the_pose_of_its_mesh(faces, tmp_path):
    mesh, _, pose = faces
    side = np.linspace(150, 400, len(mesh))
    path = write(tmp_path / "a.csv", (mesh, faces[1], -pose[:, [0, 2, 1]]), interleaved(mesh, 256 / side), side)
    (found,) = rows_of_fex(path, "a")
    assert np.allclose(np.stack(found.meshes), mesh, atol=0.02)
    angles = np.array([[one.pitch, one.yaw, one.roll] for one in found.poses])
    assert np.abs(angles - pose).max() < np.radians(8)  # identity and expression move the anchors a little
    assert found.tracker == "pyfeat MPDetector"


def test_rows_without_a_face_are_counted_and_several_tables_make_a_data_set(faces, options, tmp_path):
    mesh, emotions, pose = (np.array(part) for part in faces)
    mesh[4] = np.nan
    for name, size in (("a", 200.0), ("b", 210.0)):
        side = np.full(len(mesh), size)
        write(tmp_path / f"{name}.csv", (mesh, emotions, pose), axis_major(mesh, 1 / side), side)
    report = extract([str(tmp_path / "*.csv")], tmp_path / "faces", options, lambda label: nullcontext(no_progress))
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
    assert np.allclose(np.stack(rows_of_fex(path, "a")[0].meshes), mesh, atol=0.02)


def many(path, faces, inputs, frames, **more):
    side = np.full(len(faces[0]), 200.0)
    return write(path, faces, axis_major(faces[0], 1 / side), side, frame=frames, input=inputs, **more)


def test_each_input_of_a_table_is_a_recording(faces, tmp_path):
    inputs = ["a/one.mp4"] * 4 + ["b/one.mp4"] * 5 + ["C:\\clips\\two.mov"] * 3
    path = many(tmp_path / "all.csv", faces, inputs, [0, 1, 2, 3, 0, 1, 2, 3, 4, 0, 10, 20])
    found = rows_of_fex(path, "all")
    assert [(one.name, len(one.stamps)) for one in found] == [("all/a/one", 4), ("all/b/one", 5), ("all/two", 3)]
    assert np.allclose(np.concatenate([one.meshes for one in found]), faces[0], atol=0.02)
    assert found[2].stamps == [0, 333_333_333, 666_666_667]  # thirty a second where no time is known


def test_frames_are_numbers_and_times_are_whole_seconds(faces, tmp_path):
    frames = np.array([0, 24, 25, 49, 50, 75, 100, 124, 125, 150, 1500, 1525])
    times = [f"{second // 60:02d}:{second % 60:02d}" for second in frames // 25]
    (found,) = rows_of_fex(many(tmp_path / "a.csv", faces, ["a.mp4"] * 12, frames, approx_time=times), "a")
    assert found.name == "a" and np.allclose(np.array(found.stamps) / 1e9, frames / 25, atol=1e-6)
    assert stamps([0, 1, 2, 3], [5, 5, 9, 9]) == [5_000_000_000, 5_500_000_000, 9_000_000_000, 9_500_000_000]
    ntsc = np.arange(0, 9000, 7)
    exact = ntsc * 1001 / 30000
    assert np.abs(np.array(stamps(ntsc.tolist(), exact.astype(int).tolist())) / 1e9 - exact).max() < 1.0


def test_the_largest_of_several_faces_of_a_frame_is_taken(faces, tmp_path):
    mesh, emotions, pose = (np.array(part) for part in faces)
    mesh[1] = mesh[0] * 0.5
    mesh[3] = mesh[2] * 2.0
    mesh[5] = np.nan  # of one face there is no mesh
    frames = [0, 0, 1, 1, 2, 2, 3, 4, 5, 6, 7, 8]
    path = many(tmp_path / "a.csv", (mesh, emotions, pose), ["a"] * 12, frames, FaceScore=np.linspace(0.5, 1, 12))
    (found,) = rows_of_fex(path, "a")
    taken = [0, 3, 4, 6, 7, 8, 9, 10, 11]
    assert found.frames == 9 and np.allclose(np.stack(found.meshes), mesh[taken], atol=0.05)
    assert np.allclose(found.scores, np.linspace(0.5, 1, 12)[taken], atol=1e-6)


def test_recordings_that_cannot_be_told_apart_are_refused(faces, tmp_path):
    path = write(
        tmp_path / "a.csv", faces, axis_major(faces[0], np.ones(12)), np.ones(12), frame=[*range(6), *range(6)]
    )
    with pytest.raises(SourceError, match=r"frame 0 comes after frame 5.*column `input`"):
        rows_of_fex(path, "a")


def test_the_score_is_kept_and_the_mesh_is_named(faces, options, tmp_path):
    scores = [0.9] * 6 + [""] * 6
    path = many(tmp_path / "two.csv", faces, ["a.mp4"] * 6 + ["b.mp4"] * 6, [*range(6)] * 2, FaceScore=scores)
    options = replace(options, people={"two/b": "Bo", "two/c": "Cy"})
    report = extract([str(path)], tmp_path / "faces", options, lambda label: nullcontext(no_progress))
    assert report.extracted == 1 and report.recordings == 2 and report.mesh == "pyfeat Detectorv2"
    assert report.people_not_found == ("two/c",)
    table = pq.read_table(tmp_path / "faces" / "part-00000.parquet")
    assert table.schema.metadata[b"mesh"] == b"pyfeat Detectorv2" and "face" not in table.column_names
    assert table["score"].to_pylist() == [pytest.approx(0.9)] * 6 + [None] * 6
    again = extract([str(path)], tmp_path / "faces", options, lambda label: nullcontext(no_progress))
    assert again.extracted == 0 and again.recordings == 2
    side = np.full(12, 300.0)
    other = write(tmp_path / "mp.csv", faces, interleaved(faces[0], 256 / side), side)
    mixed = extract([str(other)], tmp_path / "faces", options, lambda label: nullcontext(no_progress))
    assert mixed.extracted == 0 and "tracker is 'pyfeat MPDetector'" in mixed.bad[0].reason


def test_cells_that_no_detector_writes_are_named_with_the_table(faces, tmp_path):
    side = np.full(12, 200.0)

    def refused(**more):
        path = write(tmp_path / "a.csv", faces, axis_major(faces[0], 1 / side), side, **more)
        with pytest.raises(SourceError) as error:
            rows_of_fex(path, "a")
        return str(error.value)

    assert "a.csv: the column frame goes up to 1e+30" in refused(frame=[10**30] * 12)
    assert "a.csv: the column Anger holds something else than numbers" in refused(Anger=["high"] * 12)
    assert "a.csv: the columns Anger and anger are of the same thing" in refused(anger=np.ones(12))
    path = write(tmp_path / "b.csv", faces, axis_major(faces[0], 1 / side), side)
    text = path.read_text()
    path.write_text(text.replace("Pitch", "frame", 1))
    with pytest.raises(SourceError, match="the columns frame and frame"):
        rows_of_fex(path, "b")
    path.write_text(text.replace(",", ";"))
    with pytest.raises(SourceError, match="with commas between the columns"):
        rows_of_fex(path, "b")


def test_large_numbers_of_frames_stay_apart_and_a_face_without_a_box_is_none(faces, tmp_path):
    side = np.full(12, 200.0)
    side[3] = 0.0
    mesh = axis_major(faces[0], 1 / np.full(12, 200.0))
    mesh["mesh_x_5"] = np.where(np.arange(12) == 4, 1e300, mesh["mesh_x_5"])
    path = write(
        tmp_path / "a.csv", faces, mesh, side, frame=20_000_000 + np.arange(12), approx_time=["9" * 30 + ":59"] * 12
    )
    (found,) = rows_of_fex(path, "a")
    assert found.frames == 12 and len(found.stamps) == 10 and found.dropped == {"no face": 2}
