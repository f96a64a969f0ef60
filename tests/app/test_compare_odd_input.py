"""Comparisons of what users also have: folders in use, names written otherwise, damaged rows, odd times, bad words."""

from __future__ import annotations

import json
import os
import shutil
import unicodedata
from pathlib import Path

import pyarrow as pa
import pytest
from altered_sessions import alter_table, cells_of, with_column
from common import Runner
from comparing import compared, sessions
from remade import RECORDED

from realtime.app.compare import CompareOptions, compare_settings
from realtime.core.config import load_config
from realtime.core.errors import SourceError, UsageError
from realtime.dataset.inputs import find_recordings, read_people
from realtime.geometry.bootstrap import resample_people
from realtime.pipeline.compare import session_rows, tracking
from realtime.pipeline.compare.neutrals import NeutralWish
from realtime.pipeline.compare.own_folder import own_folder
from realtime.pipeline.compare.part_on_disk import part_key
from realtime.pipeline.compare.recordings import Entry, read_entries, recordings_of
from realtime.pipeline.compare.spool import Spool
from realtime.pipeline.content_hash import content_hash


def test_a_folder_belongs_to_one_run_at_a_time(tmp_path: Path) -> None:
    parts = tmp_path / "out" / "parts"
    paths = sessions(tmp_path, "one")
    with own_folder(parts):
        (parts / ".faces-x").mkdir()
        with pytest.raises(UsageError, match="another comparison is writing there"):
            compared(paths, tmp_path / "out")
        assert (parts / ".faces-x").is_dir()  # the other run has it under way
    assert not [entry for entry in parts.iterdir() if entry.is_file()]
    assert compared(paths, tmp_path / "out").overall.frames == 19
    assert not [entry for entry in parts.iterdir() if entry.name.startswith(".")]


def test_names_of_its_own_files_are_other_content_where_they_are_folders(tmp_path: Path) -> None:
    for name, make in (("report.html", Path.mkdir), ("parts", Path.touch), ("figures", Path.touch)):
        out = tmp_path / f"out-{name}"
        out.mkdir()
        make(out / name)
        with pytest.raises(UsageError, match=f"has other content .{name}"):
            compared(sessions(tmp_path, name), out)


def test_results_are_not_written_into_a_session(tmp_path: Path) -> None:
    (session,) = sessions(tmp_path, "one")
    with pytest.raises(UsageError, match="inside the session"):
        compared([session], session / "results")
    assert not (session / "results").exists()


def test_a_bad_model_leaves_no_folder(tmp_path: Path) -> None:
    config = load_config(options={"model.names": "emotion@built-in"})
    with pytest.raises(UsageError, match="which do not drive it"):
        compared(sessions(tmp_path, "one"), tmp_path / "out", config=config.model_copy(
            update={"model": config.model.model_copy(update={"names": ("au@v4",)})}), emotions=("appearance",),
        )  # fmt: skip
    assert not (tmp_path / "out").exists()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no pipes among the files")
def test_a_pipe_and_a_device_are_refused_and_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp4")
    with pytest.raises(SourceError, match="a named pipe, and no recording"):
        content_hash(tmp_path / "pipe.mp4")
    with pytest.raises(SourceError, match="a device"):
        content_hash(Path("/dev/zero"))
    for read in (read_entries, read_people):
        with pytest.raises(UsageError, match="a named pipe"):
            read(tmp_path / "pipe.mp4")


def test_a_folder_that_holds_nothing_is_said_and_a_session_without_a_table_is_listed(tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    (good, bare) = sessions(tmp_path, "good", "bare")
    (bare / "frames.arrow").unlink()
    with pytest.raises(UsageError, match="no video and no session in this folder"):
        find_recordings([str(good), str(tmp_path / "nothing")])
    report = compared([tmp_path], tmp_path / "out")
    assert {one.recording: one.reason for one in report.errors} == {"bare": f"{bare}: no frame was recorded."}


def test_one_file_under_two_spellings_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "one.mp4"
    file.touch()
    (tmp_path / "in").mkdir()
    monkeypatch.chdir(tmp_path)
    asked = [str(file), "one.mp4", str(tmp_path / "in" / ".." / "one.mp4"), "./one.mp4"]
    assert find_recordings(asked) == [file]


def test_a_table_may_write_a_name_with_composed_accents_and_other_spaces() -> None:
    apart, composed = (unicodedata.normalize(form, "Caf\u00e9") for form in ("NFD", "NFC"))
    paths = {Path(name): name for name in (apart, "\tt", "twice", "twice ")}
    entries = {name: Entry(person=name) for name in (composed, "t", " twice", "gone")}
    found, unknown = recordings_of(paths, entries)
    people = {one.name: one.entry.person for one in found}
    assert people == {apart: composed, "\tt": "t", "twice": None, "twice ": None}  # it may mean either of the two
    assert unknown == [" twice", "gone"]
    both = {Path(name): name for name in (apart, composed)}
    found, unknown = recordings_of(both, {apart: Entry(person="a"), composed: Entry(person="c")})
    assert {one.name: one.entry.person for one in found} == {apart: "a", composed: "c"} and not unknown


@pytest.mark.parametrize("text", ["0-" + "9" * 400, "0-1" + "0" * 8, "mark:" + "x" * 300, "first:1e400"])
def test_numbers_and_names_without_bound_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="neutral '"):
        NeutralWish.parsed(text)


def test_landmarks_that_are_no_numbers_are_no_face(tmp_path: Path) -> None:
    """A table of Arrow has no checksums: bytes that were changed on the disk are read as numbers."""
    (session,) = sessions(tmp_path, "damaged")

    def damage(table: pa.Table) -> pa.Table:
        """An estimate of an older picture, whose face is what its alignment makes of it."""
        for name, change in (("face_ns", lambda value: value - 1), ("scale", lambda value: 0.0)):
            cells = cells_of(table, name)
            cells[25] = change(cells[25])
            table = with_column(table, name, cells)
        return table

    alter_table(session, damage)
    report = compared([session], tmp_path / "out")
    assert report.overall.frames == 18
    assert "landmarks are no numbers" in {one.reason for one in report.excluded}
    json.loads((tmp_path / "out" / "summary.json").read_text(), parse_constant=pytest.fail)


def test_faces_of_a_live_session_that_are_shown_again_are_in_no_neutral_twice(tmp_path: Path, monkeypatch) -> None:
    """Emotions that come at their own rate: a face is shown until the next one comes, and may be older than a row."""
    whole = compared(sessions(tmp_path, "one"), tmp_path / "out", neutral=NeutralWish.parsed("first:0.6"))
    add = Spool.add

    def again(self, frame):
        add(self, frame)
        if frame.number % 5 == 4:
            add(self, frame)

    monkeypatch.setattr(session_rows.Spool, "add", again)
    twice = compared(sessions(tmp_path, "two"), tmp_path / "twice", neutral=NeutralWish.parsed("first:0.6"))
    assert twice.recordings[0].neutral.frames == whole.recordings[0].neutral.frames
    assert twice.recordings[0].neutral.jitter == whole.recordings[0].neutral.jitter


def test_a_video_is_read_once_whatever_the_settings_of_the_mirror_say(tmp_path: Path) -> None:
    config = load_config(options={"source.loop": True})
    opened = []

    def opener(path, options):
        opened.append(options.loop)
        raise SourceError("not read here")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tracking, "open_source", opener)
        with pytest.raises(SourceError), tracking.ExitStack() as stack:
            tracking.pictures_of(tmp_path / "one.mp4", config, stack)
    assert opened == [False]


def test_settings_on_which_frames_depend_are_part_of_the_name_of_a_part(tmp_path: Path) -> None:
    recordings, _ = recordings_of(dict.fromkeys(sessions(tmp_path, "one"), "one"), {})
    keys = set()
    for change in ({}, {"source.fps": 25.0}, {"source.lenient": True}, {"source.rotate": 90}):
        config = load_config(options={"model.names": "emotion@built-in", **change})
        options = CompareOptions(config=config, emotions=("inverse",))
        keys.add(part_key("content", compare_settings(options, recordings).described))
    assert len(keys) == 4


def test_texts_in_the_table_of_recordings_come_back(tmp_path: Path) -> None:
    paths = sessions(tmp_path, "one")
    compared(paths, tmp_path / "out", entries={"one": Entry(person="a\rb", group="=1+1", condition="<!--")})
    from realtime.export.comparison.read_tables import read_csv_table

    (row,) = read_csv_table(tmp_path / "out" / "recordings.csv").to_pylist()
    assert (row["person"], row["group"], row["condition"]) == ("a\rb", "=1+1", "<!--")


def test_where_nothing_is_compared_the_json_is_the_report_alone(meshmirror: Runner, tmp_path: Path) -> None:
    shutil.copytree(RECORDED, tmp_path / "session")
    (tmp_path / "session" / "annotations.csv").write_text("kind,start_frame,end_frame\nexclude,0,39\n")
    asked = ("compare", "session", "--out", "out", "--emotion", "inverse", "--no-figures", "--workers", "1", "--json")
    done = meshmirror(*asked)
    assert done.returncode == 3 and "most for this reason: excluded by hand" in " ".join(done.stderr.split())
    assert json.loads(done.stdout)["errors"][0]["recording"] == "session"
    assert (tmp_path / "out" / "report.html").is_file()


def test_no_recording_is_not_one() -> None:
    assert "no recording has" in resample_people([]).note and "one recording has" in resample_people([None]).note
