"""Data sets out of real clips and sessions: what is in them, and that a run goes on where the one before it ended."""

import json
import shutil
from contextlib import contextmanager
from functools import partial

import numpy as np
import pyarrow.parquet as pq
import pytest
from common import clip, give_appearance, needs_appearance, needs_bundled
from remade import RECORDED

import realtime.session
from realtime.core.config import load_config
from realtime.core.errors import DataSetError, UsageError
from realtime.dataset.extract import ExtractOptions, extract
from realtime.dataset.inputs import find_recordings, names_of, read_people
from realtime.dataset.recording import Sampling, rows_of_session, rows_of_video
from realtime.dataset.table import open_data_set
from realtime.geometry import Aligner, CanonicalFrame
from realtime.model import load_model
from realtime.pipeline.build import Pipeline
from realtime.pipeline.cluster import in_threads
from realtime.pipeline.content_hash import content_hash

pytestmark = [needs_appearance, needs_bundled]
CONFIG = load_config(options={"detect.emotion": "appearance", "detect.tracker": "bundled"})


@pytest.fixture(autouse=True, scope="module")
def classifier(tmp_path_factory):
    """A folder of the user with the classifier in it."""
    home = tmp_path_factory.mktemp("home")
    give_appearance(home)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MESHMIRROR_HOME", str(home))
        yield


def options(**changes):
    return ExtractOptions(**({"config": CONFIG, "sampling": Sampling(stride=12), "workers": 1} | changes))


@pytest.fixture
def threaded():
    """The same without the start of a process, which takes two seconds."""
    with in_threads(1) as cluster:
        yield partial(options, cluster=cluster)


@contextmanager
def silent(label):
    """Progress that nobody watches."""
    yield lambda done, total: None


@pytest.fixture(scope="module")
def extracted(tmp_path_factory):
    """A folder of videos with one that is none, and the data set of it with its report."""
    folder = tmp_path_factory.mktemp("videos")
    shutil.copy(clip("single_face.mp4"), folder / "one.mp4")
    shutil.copy(clip("single_face.mp4"), folder / "damaged.mp4")
    with (folder / "damaged.mp4").open("r+b") as file:
        file.truncate(3000)
    out = folder / "faces"
    return folder, out, extract([str(folder)], out, options(people={"one": "Ada"}), silent)


def test_rows_are_those_of_the_pipeline(extracted):
    _, out, report = extracted
    assert report.recordings == 1 and report.rows == 6 and report.frames == 6 and report.tracker == "bundled"
    assert [bad.recording for bad in report.bad] == ["damaged"] and report.bad[0].reason
    data = open_data_set(out)
    assert data.contents == {"one": content_hash(clip("single_face.mp4"))}
    table = pq.read_table(data.shards[0])
    assert data.features("emotion") == ("anger", "disgust", "fear", "happiness", "sadness", "surprise", "neutral")
    assert table["recording"].to_pylist() == ["one"] * 6 and table["person"].to_pylist() == ["Ada"] * 6
    mesh = np.array(table["mesh"].to_pylist()).reshape(-1, 478, 3)
    across = np.linalg.norm(mesh[:, 33] - mesh[:, 263], axis=1)
    assert np.allclose(across, table["face_px"].to_numpy(), rtol=1e-5) and across.min() > 20
    emotions = np.array([table[name].to_numpy() for name in data.features("emotion")])
    assert np.allclose(emotions.sum(axis=0), 1, atol=1e-5)
    assert table["stamp_ns"].to_numpy().tolist() == sorted(table["stamp_ns"].to_pylist())
    assert data.metadata["tracker"] == "bundled" and data.metadata["sources"] == "appearance"


def test_what_a_row_holds_is_what_the_mirror_computes(single_face):
    (rows,) = rows_of_video(clip("single_face.mp4"), "one", CONFIG, Sampling(stride=24))
    with Pipeline.from_config(CONFIG) as pipeline:
        results = list(pipeline.run(single_face[::24]))
    assert all(one.validity.ok and one.residual is not None for one in results) and len(rows.meshes) == 3
    for at, one in enumerate(results):
        assert np.array_equal(rows.meshes[at], one.landmarks.points_px) and rows.poses[at] == one.aligned.pose
        assert rows.features[at] == dict(one.features.values) and rows.stamps[at] == one.stamp


def test_a_second_run_extracts_only_what_is_new(extracted, threaded, tmp_path):
    folder, before, _ = extracted
    out = shutil.copytree(before, tmp_path / "faces")
    shard = (out / "part-00000.parquet").read_bytes()
    again = extract([str(folder / "one.mp4")], out, threaded(), silent)
    assert again.extracted == 0 and (out / "part-00000.parquet").read_bytes() == shard
    other = shutil.copy(clip("no_face.mp4"), tmp_path / "other.mp4")
    more = extract([str(folder / "one.mp4"), str(other)], out, threaded(), silent)
    assert more.extracted == 1 and more.recordings == 2 and more.dropped["no face"] > 0
    assert open_data_set(out).frames == 6


def test_the_rows_of_a_recording_that_has_changed_are_replaced(extracted, threaded, tmp_path):
    folder, before, _ = extracted
    out = shutil.copytree(before, tmp_path / "faces")
    changed = shutil.copy(folder / "one.mp4", tmp_path / "one.mp4")
    with changed.open("ab") as file:
        file.write(b"\0\0\0\x08free")  # an empty box of MP4: other bytes, the same pictures
    report = extract([str(changed)], out, threaded(), silent)
    assert report.extracted == 1 and report.recordings == 1 and open_data_set(out).frames == 6


def test_frames_of_other_settings_are_not_mixed_in(extracted):
    folder, out, _ = extracted
    other = load_config(options={"detect.emotion": "auto", "detect.tracker": "bundled", "detect.max_faces": 2})
    with pytest.raises(DataSetError) as error:
        extract([str(folder / "one.mp4")], out, options(config=other, sampling=Sampling(stride=3)), silent)
    assert (
        "other settings: --emotion appearance, now auto; --set detect.max_faces 4, now 2; --stride 12, now 3. Repeat"
        in str(error.value)
    )


def test_people_are_named_alone_without_the_settings_of_the_extraction(extracted, meshmirror, tmp_path):
    out = shutil.copytree(extracted[1], tmp_path / "faces")
    (tmp_path / "people.csv").write_text("recording;person\none;Bo\nelse;Eve\n")
    done = meshmirror("extract", "--people", "people.csv", "--out", "faces", "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["named"] == report["recordings"] == 1 and report["people_not_found"] == ["else"]
    assert set(pq.read_table(out / "part-00000.parquet")["person"].to_pylist()) == {"Bo"}
    for args, code, text in (
        (("--out", "faces"), 2, "Nothing to extract"),
        (("--people", "people.csv", "--out", "nothing"), 4, "no such folder"),
        (("--people", "people.csv", "--out", "."), 4, "no data set"),
    ):
        refused = meshmirror("extract", *args)
        assert refused.returncode == code and text in refused.stderr, refused.stderr


def test_a_folder_of_something_else_is_left_alone(extracted, tmp_path):
    folder, out, _ = extracted
    table = pq.read_table(out / "part-00000.parquet")
    pq.write_table(table.replace_schema_metadata({}), tmp_path / "mine.parquet")
    with pytest.raises(DataSetError, match="not a shard that"):
        extract([str(folder / "one.mp4")], tmp_path, options(), silent)
    assert (tmp_path / "mine.parquet").is_file()


def test_at_most_so_many_frames_a_second(threaded, tmp_path):
    report = extract([str(clip("single_face.mp4"))], tmp_path / "faces", threaded(sampling=Sampling(rate=2.0)), silent)
    stamps = pq.read_table(tmp_path / "faces" / "part-00000.parquet")["stamp_ns"].to_numpy()
    assert report.rows > 2 and np.diff(stamps).min() >= 0.45e9


def test_the_poses_of_an_earlier_session_are_measured_again():
    """So that a data set has one zero of pose: what a video of the same faces would give."""
    (rows,) = rows_of_session(RECORDED, "old")
    model = load_model("emotion@built-in")
    align = Aligner(model.anchors, CanonicalFrame.of(model.mean_mesh), model.anchor_indices)
    with realtime.session.open(RECORDED) as session:
        used = [session[row] for row in range(len(session)) if session[row].valid and session[row].models]
    assert len(rows.poses) == len(used) > 30
    for pose, row in zip(rows.poses, used, strict=True):
        assert pose == align(row.landmarks.points_px).pose
        assert 2.0 < np.degrees(pose.pitch - row.models[0].aligned.pose.pitch) < 4.0


def test_a_session_gives_its_rows_again(meshmirror, threaded, tmp_path):
    source = ["--source", str(clip("single_face.mp4")), "--set", "detect.tracker=bundled", "--emotion", "appearance"]
    done = meshmirror("live", *source, "--headless", "--frames", "8", "--record", "session", "--no-video")
    assert done.returncode == 0, done.stderr
    report = extract([str(tmp_path / "session")], tmp_path / "faces", threaded(), silent)
    assert report.rows == 8 and report.emotions == "appearance" and report.tracker == "bundled"


def test_what_is_missing_ends_the_run_at_once(meshmirror, tmp_path):
    done = meshmirror(
        "extract", str(clip("single_face.mp4")), "--out", "faces", "--emotion", "appearance",
        MESHMIRROR_HOME=str(tmp_path / "empty"),
    )  # fmt: skip
    assert done.returncode == 4 and "models fetch appearance" in done.stderr
    assert not list((tmp_path / "faces").iterdir())


def test_emotions_that_were_fitted_to_the_mesh_are_no_data(meshmirror, tmp_path):
    done = meshmirror("extract", str(clip("single_face.mp4")), "--out", "faces", "--emotion", "inverse")
    assert done.returncode == 2 and "say nothing new" in done.stderr


def test_the_command_reports_as_json(meshmirror, tmp_path):
    done = meshmirror(
        "extract", str(clip("single_face.mp4")), "--out", "faces", "--stride", "24", "--emotion", "appearance",
        "--tracker", "bundled", "--workers", "1", "--json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["rows"] == 3 and report["recordings"] == 1 and report["bad"] == []


def test_recordings_are_found_in_folders_patterns_and_lists(tmp_path):
    for name in ("a/one.mp4", "b/one.mp4", "b/two.MOV", "b/notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "list.txt").write_text(f"# these\n{tmp_path / 'a'}\n{tmp_path / 'b' / 'two.MOV'}\n")
    assert [path.name for path in find_recordings([str(tmp_path)])] == ["one.mp4", "one.mp4", "two.MOV"]
    assert len(find_recordings([str(tmp_path / "*" / "one.mp4")])) == 2
    listed = find_recordings([str(tmp_path / "list.txt"), str(tmp_path / "a" / "one.mp4")])
    assert [path.name for path in listed] == ["one.mp4", "two.MOV"]
    names = names_of(find_recordings([str(tmp_path)]))
    assert set(names.values()) == {"a/one", "b/one", "two"}
    with pytest.raises(UsageError, match="no such video"):
        find_recordings([str(tmp_path / "nothing.mp4")])


def test_a_table_of_people(tmp_path):
    table = tmp_path / "people.csv"
    table.write_text("recording,person\none,Ada\ntwo,\n")
    assert read_people(table) == {"one": "Ada"}
    table.write_text(
        "recording;person\none;Ada\ntwo;\n"
    )  # as a spreadsheet writes it where the comma is the decimal mark
    assert read_people(table) == {"one": "Ada"}
    table.write_text("recording,person\none,Ada\none,Bo\n")
    with pytest.raises(UsageError, match="line 3: 'one' is Bo here and Ada before"):
        read_people(table)
    table.write_text("video,who\none,Ada\n")
    with pytest.raises(UsageError, match="columns recording and person"):
        read_people(table)
