"""Recordings, lists and folders as users have them: names, copies, bad lines, full disks, killed runs."""

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager

import numpy as np
import pyarrow.parquet as pq
import pytest
from common import clip, environment, give_appearance, needs_appearance, needs_bundled
from data_sets import people
from test_fex_table import axis_major, write

from realtime.core.config import load_config
from realtime.core.errors import DataSetError, RecordError, UsageError
from realtime.core.study_reports import BadRecording
from realtime.core.types import Landmarks
from realtime.dataset import shards as shards_module
from realtime.dataset.extract import ExtractOptions, extract
from realtime.dataset.inputs import find_recordings, names_of
from realtime.dataset.recording import Sampling
from realtime.dataset.table import open_data_set
from realtime.model import built_in
from realtime.pipeline.cluster import in_threads
from realtime.pipeline.face_changes import FaceChanges

NASTY = ("<b>bold", "=1+1", "line\nbreak", "\u202eevil", "..two", "100% [red]")


@pytest.fixture(scope="module")
def faces():
    mesh, emotions, pose, _, _ = people(built_in(), np.random.default_rng(5), 6, 2, 2)
    return mesh, emotions, pose


def table(folder, name, faces, side=200.0):
    """A Fex table: a recording that is extracted in no time."""
    size = np.full(len(faces[0]), side)
    return write(folder / f"{name}.csv", faces, axis_major(faces[0], 1 / size), size)


@pytest.fixture(autouse=True, scope="module")
def threads():
    """In threads, since starting a process takes longer than any of these tables."""
    with in_threads(1) as cluster, pytest.MonkeyPatch.context() as patch:
        patch.setitem(OPTIONS, "cluster", cluster)
        yield


OPTIONS = {"config": load_config(), "sampling": Sampling(), "workers": 1}


def options(**changes):
    return ExtractOptions(**(OPTIONS | changes))


class Bars:
    """Remembers what the bars of a run showed."""

    def __init__(self):
        self.shown = {}

    @contextmanager
    def __call__(self, label):
        self.shown[label] = []
        yield lambda done, total: self.shown[label].append((done, total))


def test_any_name_of_a_file_is_a_recording(faces, tmp_path):
    for at, name in enumerate(NASTY):
        table(tmp_path, name, faces, 200.0 + at)
    raw = os.fsencode(tmp_path) + b"/caf\xe9.csv"
    table(tmp_path, "latin", faces, 300.0).rename(os.fsdecode(raw))
    report = extract([str(tmp_path / "*.csv")], tmp_path / "faces", options(), Bars())
    assert report.extracted == len(NASTY) + 1 and not report.bad
    names = set(pq.read_table(tmp_path / "faces" / "part-00000.parquet")["recording"].to_pylist())
    assert names == {*NASTY, "caf\\xe9"}
    assert extract([str(tmp_path / "*.csv")], tmp_path / "faces", options(), Bars()).extracted == 0


def test_two_files_of_one_folder_never_share_a_name(tmp_path):
    files = [tmp_path / "a" / name for name in ("one.mp4", "one.mov", "two.mp4")] + [tmp_path / "b" / "two.mp4"]
    for file in files:
        file.parent.mkdir(exist_ok=True)
        file.touch()
    assert list(names_of(files).values()) == ["one.mp4", "one.mov", "a/two", "b/two"]


def test_a_copy_under_another_name_is_left_out_and_named(faces, tmp_path):
    table(tmp_path, "one", faces), table(tmp_path, "copy", faces), table(tmp_path, "other", faces, 210.0)
    report = extract([str(tmp_path / "*.csv")], tmp_path / "faces", options(), Bars())
    assert report.extracted == 2 and [(one.recording, one.same_as) for one in report.same] == [("one", "copy")]
    (tmp_path / "copy.csv").rename(tmp_path / "renamed.csv")
    again = extract([str(tmp_path / "renamed.csv")], tmp_path / "faces", options(), Bars())
    assert again.extracted == 0 and again.same[0].same_as == "copy" and again.rows == report.rows


def test_the_rows_of_a_file_of_the_same_name_are_replaced_and_that_is_said(faces, tmp_path):
    table(tmp_path, "one", faces)
    extract([str(tmp_path / "one.csv")], tmp_path / "faces", options(), Bars())
    table(tmp_path, "one", faces, 250.0)
    report = extract([str(tmp_path / "one.csv")], tmp_path / "faces", options(), Bars())
    assert report.replaced == ("one",) and report.recordings == 1 and open_data_set(tmp_path / "faces").frames == 6


def test_a_list_with_bad_lines_gives_the_rest(faces, tmp_path):
    table(tmp_path, "one", faces)
    lines = ["# these", str(tmp_path / "gone.mp4"), "", str(tmp_path / "one.csv"), str(tmp_path / "list.txt"), "a\0b"]
    (tmp_path / "list.txt").write_text("\n".join(lines))
    missing: list[BadRecording] = []
    assert find_recordings([str(tmp_path / "list.txt")], missing) == [tmp_path / "one.csv"]
    assert [bad.recording for bad in missing] == ["list.txt, line 2", "list.txt, line 5", "list.txt, line 6"]
    with pytest.raises(UsageError, match=r"line 2: .*no such video"):
        find_recordings([str(tmp_path / "list.txt")])
    report = extract([str(tmp_path / "list.txt")], tmp_path / "faces", options(), Bars())
    assert report.extracted == 1 and len(report.bad) == 3
    (tmp_path / "list.txt").write_bytes(b"\xff\xfe\0")
    with pytest.raises(UsageError, match="cannot be read as a list"):
        find_recordings([str(tmp_path / "list.txt")])


def test_folders_with_nothing_and_with_links_to_themselves(tmp_path):
    (tmp_path / "in").mkdir()
    with pytest.raises(UsageError, match="no video and no session"):
        find_recordings([str(tmp_path)])
    (tmp_path / "in" / "again").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "in" / "one.mp4").touch()
    assert find_recordings([str(tmp_path)]) == [tmp_path / "in" / "one.mp4"]


def test_people_are_named_later_and_names_of_nothing_are_said(faces, tmp_path):
    table(tmp_path, "one", faces), table(tmp_path, "two", faces, 210.0)
    extract([str(tmp_path / "*.csv")], tmp_path / "faces", options(), Bars())
    who = {"one": "Ada", "nobody": "Eve"}
    report = extract([str(tmp_path / "*.csv")], tmp_path / "faces", options(people=who), Bars())
    assert report.extracted == 0 and report.people_not_found == ("nobody",)
    shard = tmp_path / "faces" / "part-00000.parquet"
    rows = pq.read_table(shard, columns=["recording", "person"]).to_pylist()
    assert {(row["recording"], row["person"]) for row in rows} == {("one", "Ada"), ("two", None)}
    before = shard.stat().st_mtime_ns
    extract([str(tmp_path / "*.csv")], tmp_path / "faces", options(people=who), Bars())
    assert shard.stat().st_mtime_ns == before


def test_what_is_there_and_what_is_new_have_bars_of_their_own(faces, tmp_path):
    for at in range(5):
        table(tmp_path, f"t{at}", faces, 200.0 + at)

    extract([str(tmp_path / name) for name in ("t0.csv", "t1.csv")], tmp_path / "faces", options(), Bars())
    (tmp_path / "faces" / "notes.txt").write_text("mine")
    bars = Bars()
    report = extract([str(tmp_path / "*.csv")], tmp_path / "faces", options(), bars)
    assert report.extracted == 3 and report.recordings == 5 and open_data_set(tmp_path / "faces").frames == 30
    assert bars.shown == {
        "recordings to compare": [(0, 2), (1, 2), (2, 2)],
        "recordings": [(0, 3), (1, 3), (2, 3), (3, 3)],
    }


@pytest.mark.skipif(sys.platform == "win32", reason="no limit on the size of files")
def test_a_full_disk_keeps_what_was_done(faces, tmp_path, monkeypatch):
    import resource

    monkeypatch.setattr(shards_module, "SHARD_RECORDINGS", 1)
    for at in range(3):
        table(tmp_path, f"t{at}", faces, 200.0 + at)
    extract([str(tmp_path / "t0.csv")], tmp_path / "faces", options(), Bars())
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8000, limits[1]))
    try:
        with pytest.raises(RecordError, match=r"cannot be written.*What was done before is kept"):
            extract([str(tmp_path / "*.csv")], tmp_path / "faces", options(), Bars())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert sorted(path.name for path in (tmp_path / "faces").iterdir()) == ["part-00000.parquet"]
    assert extract([str(tmp_path / "*.csv")], tmp_path / "faces", options(), Bars()).extracted == 2


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
def test_a_killed_run_loses_twenty_recordings_at_most(faces, tmp_path):
    for at in range(50):
        table(tmp_path, f"t{at:02}", faces, 200.0 + at)
    command = [sys.executable, "-m", "realtime", "extract", str(tmp_path / "*.csv"), "--out", str(tmp_path / "faces")]
    with subprocess.Popen([*command, "--workers", "1"], env=environment(), start_new_session=True) as running:
        shard = tmp_path / "faces" / "part-00000.parquet"
        while not shard.exists() and running.poll() is None:
            time.sleep(0.01)
        os.killpg(running.pid, signal.SIGKILL)
    written = sum(pq.read_metadata(path).num_rows for path in (tmp_path / "faces").glob("*.parquet")) // 6
    assert 20 <= written < 50
    report = extract([str(tmp_path / "*.csv")], tmp_path / "faces", options(), Bars())
    assert report.extracted == 50 - written and report.recordings == 50 and report.rows == 300


def test_a_data_set_of_an_earlier_version_is_read_and_extended(faces, tmp_path):
    """One without scores, whose metadata know no sizes of files."""
    table(tmp_path, "one", faces), table(tmp_path, "two", faces, 210.0)
    extract([str(tmp_path / "one.csv")], tmp_path / "faces", options(), Bars())
    shard = tmp_path / "faces" / "part-00000.parquet"
    old = pq.read_table(shard).drop_columns(["score"])
    metadata = dict(old.schema.metadata)
    done = {
        name: {k: v for k, v in facts.items() if k != "bytes"}
        for name, facts in json.loads(metadata[b"recordings"]).items()
    }
    pq.write_table(old.replace_schema_metadata({**metadata, b"recordings": json.dumps(done)}), shard)
    report = extract([str(tmp_path / "*.csv")], tmp_path / "faces", options(), Bars())
    assert report.extracted == 1 and report.recordings == 2 and not report.replaced
    assert open_data_set(tmp_path / "faces").frames == 12
    table(tmp_path, "one", faces, 220.0)
    assert extract([str(tmp_path / "one.csv")], tmp_path / "faces", options(), Bars()).replaced == ("one",)
    assert open_data_set(tmp_path / "faces").frames == 12


def test_a_switch_between_two_people_is_another_face(faces):
    here = faces[0][0]
    width = np.ptp(here[:, 0])

    def seen(offset, count):
        return Landmarks(here + np.array([offset * width, 0, 0], np.float32), (640, 480), count, "bundled")

    changes = FaceChanges()
    rows = [(1, 0.0, 1), (1, 0.3, 2), (1, 2.0, 2), (1, 1.9, 1), (2, 1.9, 1), (2, 4.5, 1)]
    assert [changes.number(track, seen(offset, count)) for track, offset, count in rows] == [0, 0, 1, 1, 2, 2]


@needs_appearance
@needs_bundled
def test_files_that_are_no_videos_are_listed_with_their_reasons(meshmirror, tmp_path):
    give_appearance(tmp_path / "home")
    videos = tmp_path / "videos"
    videos.mkdir()
    (videos / "text.mp4").write_text("not a video")
    (videos / "empty.mp4").touch()
    (videos / "loop.mp4").symlink_to(videos / "loop.mp4")
    who = tmp_path / "people.csv"
    with who.open("w", newline="") as file:
        csv.writer(file).writerows([("recording", "person"), ("lost", "Ada")])
    done = meshmirror(
        "extract", "videos", str(clip("no_face.mp4")), "--out", "faces", "--emotion", "appearance", "--tracker",
        "bundled", "--stride", "30", "--people", str(who), "--json", MESHMIRROR_HOME=str(tmp_path / "home"),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert {bad["recording"] for bad in report["bad"]} == {"text", "empty", "loop"}
    assert all(len(bad["reason"]) > 20 for bad in report["bad"])
    assert report["extracted"] == 1 and report["rows"] == 0 and report["people_not_found"] == ["lost"]


def test_one_program_at_a_time_writes_into_a_folder(faces, tmp_path):
    table(tmp_path, "one", faces)
    folder = tmp_path / "faces"
    extract([str(tmp_path / "one.csv")], folder, options(), Bars())
    half = folder / ".0123456789abcdef.part"  # of a run that was killed
    half.touch()
    (settings,) = (json.loads(pq.read_schema(path).metadata[b"extraction"]) for path in folder.glob("*.parquet"))
    with shards_module.Shards(folder, settings):
        assert not half.exists()
        with pytest.raises(RecordError, match="another `meshmirror extract` is writing into this folder"):
            extract([str(tmp_path / "one.csv")], folder, options(), Bars())
    assert extract([str(tmp_path / "one.csv")], folder, options(), Bars()).recordings == 1
    assert [path.name for path in folder.iterdir()] == ["part-00000.parquet"]


def test_shards_that_would_lose_or_double_rows_are_named(faces, tmp_path):
    table(tmp_path, "one", faces), table(tmp_path, "two", faces, 210.0)
    folder = tmp_path / "faces"
    extract([str(tmp_path / "*.csv")], folder, options(), Bars())
    shard = folder / "part-00000.parquet"
    whole = shard.read_bytes()
    shutil.copy(shard, folder / "copy.parquet")
    with pytest.raises(DataSetError, match=r"the recording 'one' is in copy\.parquet as well"):
        extract([str(tmp_path / "*.csv")], folder, options(), Bars())
    (folder / "copy.parquet").unlink()
    shard.write_bytes(whole[:4] + bytes(len(whole) // 2) + whole[4 + len(whole) // 2 :])
    with pytest.raises(DataSetError, match=r"part-00000\.parquet: damaged .*extracted again"):
        extract([str(tmp_path / "*.csv")], folder, options(people={"one": "Ada"}), Bars())
    shard.write_bytes(whole)
    stranger = pq.read_table(shard)
    for done in ("[]", '{"one": {}}', '{"one": 3}'):
        pq.write_table(stranger.replace_schema_metadata({**stranger.schema.metadata, b"recordings": done}), shard)
        with pytest.raises(DataSetError, match="not a shard that"):
            extract([str(tmp_path / "*.csv")], folder, options(), Bars())


@pytest.mark.skipif(sys.platform == "win32", reason="no named pipes in folders")
def test_a_pipe_is_listed_and_the_rest_is_taken(faces, tmp_path):
    os.mkfifo(tmp_path / "pipe.mp4")
    report = extract(
        [str(tmp_path / "pipe.mp4"), str(table(tmp_path, "one", faces))], tmp_path / "faces", options(), Bars()
    )
    assert report.extracted == 1 and [bad.reason for bad in report.bad] == [
        f"{tmp_path}/pipe.mp4: a named pipe, and no recording."
    ]


def test_where_nothing_is_found_the_reasons_are_said(tmp_path):
    (tmp_path / "list.txt").write_text("gone.mp4\n")
    with pytest.raises(UsageError, match=r"list\.txt: no video .*line 1: gone\.mp4: there is no such video"):
        find_recordings([str(tmp_path / "list.txt")], [])
    with pytest.raises(UsageError, match="an input without a name"):
        find_recordings([""])


def test_a_run_of_which_nothing_could_be_taken_fails(meshmirror, tmp_path, monkeypatch):
    monkeypatch.setattr("realtime.dataset.extract.in_processes", in_threads)  # starting a process takes seconds
    (tmp_path / "no.csv").write_text("frame;happiness\n0;1\n")
    done = meshmirror("extract", "no.csv", "--out", "faces", "--workers", "1", "--json")
    assert done.returncode == 3 and "mesh_x_0 is missing" in json.loads(done.stdout)["bad"][0]["reason"]
