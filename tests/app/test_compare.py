"""Comparisons of several recordings: for any number of workers, resumed, with neutrals, people and bad input."""

import csv
import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pyarrow.parquet as pq
import pytest
from clips import regular, write_clip
from common import DASK, clip, environment, give_appearance, needs_appearance, needs_bundled
from comparing import BUILT_IN, VARIES, compared, same, sessions
from dask_scheduler import QUIET
from one_thread import one_blas_thread
from remade import RECORDED

from realtime.app.compare import CompareOptions, run_compare
from realtime.app.live import run_mirror
from realtime.app.run_options import RunOptions
from realtime.core.config import load_config
from realtime.core.errors import RecordError, UsageError
from realtime.core.progress import JobProgress
from realtime.model import built_in
from realtime.model.file import write_model
from realtime.model.training import TRAINED_ON, training_contents
from realtime.pipeline.compare import spool
from realtime.pipeline.compare.neutrals import NeutralWish
from realtime.pipeline.compare.recordings import Entry, read_entries
from realtime.pipeline.dask_cluster import connect


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    """One thread of linear algebra, as the program and its workers have it: sums in two round differently."""
    with one_blas_thread():
        yield


@pytest.fixture(scope="module")
def three(tmp_path_factory):
    """Three sessions, and their comparison in this process."""
    folder = tmp_path_factory.mktemp("sessions")
    paths = sessions(folder, "one", "three", "two")
    return paths, compared(paths, folder / "out"), folder / "out"


def test_several_workers_give_the_same_bytes(three, tmp_path):
    paths, report, _ = three
    assert same(compared(paths, tmp_path / "out", workers=2).to_json()) == same(report.to_json())


def test_a_run_that_was_interrupted_goes_on(three, tmp_path):
    paths, report, _ = three

    class Interrupting(JobProgress):
        """Interrupts after the first recording."""

        def advance(self, units: int = 1) -> None:
            if units:
                raise KeyboardInterrupt

    options = CompareOptions(config=BUILT_IN, emotions=("inverse",), page=False)
    with pytest.raises(KeyboardInterrupt):
        run_compare([str(path) for path in paths], tmp_path / "out", options, Interrupting())
    kept = {part: part.stat().st_mtime_ns for part in (tmp_path / "out" / "parts").iterdir()}
    assert len(kept) == 1 and not (tmp_path / "out" / "summary.json").exists()
    assert same(compared(paths, tmp_path / "out").to_json()) == same(report.to_json())
    assert {part: part.stat().st_mtime_ns for part in kept} == kept
    assert len(list((tmp_path / "out" / "parts").iterdir())) == 3


def test_chunks_of_another_length_change_nothing_but_rounding(three, tmp_path, monkeypatch):
    paths, report, _ = three
    monkeypatch.setattr(spool, "CHUNK", 7)
    other = compared(paths, tmp_path / "out").overall
    for name in ("nme", "nme_adjusted", "r2", "r2_raw", "mae", "skill", "gain"):
        assert getattr(other, name) == pytest.approx(getattr(report.overall, name), rel=1e-10)


def test_recordings_on_which_a_model_was_fit_are_found_by_their_content(three, tmp_path):
    paths, report, _ = three
    fit_on = training_contents(one.sha256 for one in report.recordings if one.name != "three")
    write_model(built_in().replaced(metadata={TRAINED_ON: fit_on}), tmp_path / "fit.npz")
    config = load_config(options={"model.names": str(tmp_path / "fit.npz"), "detect.tracker": "bundled"})
    found = compared(paths, tmp_path / "out", config=config)
    assert report.models[0].trained_on is None and found.models[0].trained_on == ("one", "two")
    assert "2 of these 3 recordings are among those on which fit was fit" in found.remarks[0]


def test_recordings_are_merged_into_one_score(three):
    _, report, out = three
    assert [one.name for one in report.recordings] == ["one", "three", "two"]
    assert report.overall.frames == sum(one.frames for one in report.recordings) == 57
    assert report.overall.skill == pytest.approx(report.recordings[0].skill)  # three times the same faces
    offset = next(step for step in report.overall.waterfall if step.cause == "tracker")
    assert offset.adds is None and "of 3 of 3 recordings is not known: --people names them" in offset.note
    assert report.overall.interval.over == "recordings" and "No statement about people" in report.population
    table = pq.read_table(out / "frames.parquet")
    assert table.num_rows == 120 and sum(table["compared"].to_pylist()) == 57
    rows = list(csv.DictReader((out / "recordings.csv").open()))
    assert [row["recording"] for row in rows] == ["one", "three", "two"]
    assert float(rows[0]["skill"]) == report.recordings[0].skill


def test_people_groups_and_conditions(three, tmp_path):
    paths, _, _ = three
    table = tmp_path / "people.csv"
    table.write_text(
        "recording,person,group,condition\none,Ada,a,rest\ntwo,Ada,a,talk\nthree,=1+1,b,<script>\nfour,X,,\n"
    )
    report = compared(paths, tmp_path / "out", entries=read_entries(table))
    assert [one.name for one in report.people] == ["=1+1", "Ada"]
    assert report.people[1].recordings == ("one", "two") and report.people[1].frames == 38
    assert [(one.group, one.condition) for one in report.groups] == [("a", "rest"), ("a", "talk"), ("b", "<script>")]
    assert [error.recording for error in report.errors] == ["four"]
    rows = {row["recording"]: row for row in csv.DictReader((tmp_path / "out" / "recordings.csv").open())}
    assert rows["three"]["person"] == "'=1+1"  # a spreadsheet would compute it


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("video,who\none,Ada\n", "no column 'recording'"),
        ("recording,person\none,Ada\none,Bob\n", "'one' was there before"),
        ("recording,person\n,Ada\n", "names no recording"),
        ("recording,neutral\none,sometimes\n", "expected first:SECONDS"),
        ("recording,weight\none,1\n", "unknown column 'weight'"),
    ],
)
def test_a_table_that_says_something_else_is_refused(tmp_path, text, reason):
    table = tmp_path / "people.csv"
    table.write_text(text)
    with pytest.raises(UsageError, match=reason):
        read_entries(table)


def test_neutrals_of_several_kinds(tmp_path):
    kinds = {"first:0.6": "first", "0-0.6": "segment", "none": "none", "recorded": "recorded", "saved": "none"}
    paths = sessions(tmp_path, *(f"s{at}" for at in range(len(kinds))))
    entries = {path.name: Entry(neutral=NeutralWish.parsed(text)) for path, text in zip(paths, kinds, strict=True)}
    report = compared(paths, tmp_path / "out", entries=entries)
    found = {one.name: one for one in report.recordings}
    for path, kind in zip(paths, kinds.values(), strict=True):
        assert found[path.name].neutral.kind == kind
    first, segment, none, recorded, saved = (found[path.name] for path in paths)
    # It was recorded with these seconds, by an earlier program with an alignment that is a little different.
    assert first.skill == pytest.approx(recorded.skill, abs=2e-3)
    assert segment.skill == pytest.approx(first.skill, abs=0.02)
    assert none.nme_adjusted is None and none.baseline == "mean_mesh" and none.frames == 38
    assert "no neutral is kept" in saved.neutral.description
    assert report.overall.frames == first.frames + segment.frames + recorded.frames
    remarks = " ".join(report.remarks)
    assert "2 of 5 recordings have no neutral" in remarks and f"{saved.name}: {saved.neutral.description}" in remarks
    one_definition_of_compared(report, tmp_path / "out", [none.name, saved.name])


def one_definition_of_compared(report, out, apart):
    """Compared are the frames in the overall scores, in every file; all others have one reason here."""
    table = pq.read_table(out / "frames.parquet")
    rows = {row["recording"]: row for row in csv.DictReader((out / "recordings.csv").open())}
    assert sum(table["compared"].to_pylist()) == report.overall.frames
    assert sum(int(row["compared"]) for row in rows.values()) == report.overall.frames
    for one in report.recordings:
        assert one.quality.scored == one.frames == int(rows[one.name]["scored"])
        assert one.quality.compared == (0 if one.name in apart else one.frames)
    assert report.frames == report.overall.frames + sum(one.frames for one in report.excluded)
    (reason,) = [one for one in report.excluded if "scored apart" in one.reason]
    assert reason.recordings == len(apart) and reason.frames == sum(
        one.frames for one in report.recordings if one.name in apart
    )


def test_a_mark_says_where_the_neutral_is_and_errors_are_averaged_about_it(tmp_path):
    (session,) = sessions(tmp_path, "marked")
    (session / "annotations.csv").write_text(
        "annotation_id,kind,start_frame,end_frame,label,tag,created_at,source,start_time,end_time\n"
        "1,event,2,2,rest,,,,,\n2,event,25,25,smile,,,,,\n"
    )
    report = compared([session], tmp_path / "out", neutral=NeutralWish.parsed("mark:rest"))
    assert report.recordings[0].neutral.kind == "mark" and report.recordings[0].neutral.frames == 36
    assert "3 s from the mark 'rest'" in report.recordings[0].neutral.description
    report = compared([session], tmp_path / "out")
    smile = next(one for one in report.events if one.mark == "smile")
    assert smile.recordings == ("marked",) and len(smile.nme) == len(smile.times_s)
    at = smile.times_s.index(0.0)
    table = pq.read_table(tmp_path / "out" / "frames.parquet")
    assert smile.nme[at] == pytest.approx(table["nme_adjusted"].to_pylist()[25], rel=1e-6)
    missing = compared([session], tmp_path / "out", neutral=NeutralWish.parsed("mark:never"))
    assert "there is none here" in missing.recordings[0].neutral.description


def test_bad_files_do_not_stop_the_rest(tmp_path):
    (good,) = sessions(tmp_path, "good")
    again = shutil.copytree(good, tmp_path / "same")
    for name, content in (("empty.mp4", b""), ("junk.mp4", b"no video"), ("=cmd.mp4", b"<script>")):
        (tmp_path / name).write_bytes(content)
    cut = shutil.copytree(good, tmp_path / "cut")
    with (cut / "frames.arrow").open("r+b") as file:
        file.truncate(100)
    report = compared([tmp_path], tmp_path / "out")
    assert [one.name for one in report.recordings] == ["good"] and report.overall.frames == 19
    reasons = {error.recording: error.reason for error in report.errors}
    assert set(reasons) == {"=cmd", "cut", "empty", "junk", again.name}
    assert "same content as good" in reasons["same"] and "empty" in reasons["empty"]


def test_a_full_disk_is_named_and_what_was_compared_is_kept(tmp_path, monkeypatch):
    paths = sessions(tmp_path, "one", "two")
    flush, written = spool.Spool.flush, []

    def full(self):
        written.append(self)
        if len(written) > 1:
            raise OSError(errno.ENOSPC, "No space left on device")
        flush(self)

    monkeypatch.setattr(spool.Spool, "flush", full)
    with pytest.raises(RecordError, match=r"No space left on device.*is kept; make room"):
        compared(paths, tmp_path / "out")
    assert [part.name[0] != "." for part in (tmp_path / "out" / "parts").iterdir()] == [True]
    monkeypatch.undo()
    assert compared(paths, tmp_path / "out").overall.frames == 38


def test_a_folder_with_other_content_is_refused(tmp_path, three):
    paths, _, _ = three
    (tmp_path / "thesis.docx").touch()
    with pytest.raises(UsageError, match=r"has other content \(thesis.docx\)"):
        compared(paths, tmp_path)
    with pytest.raises(UsageError, match="a file"):
        compared(paths, tmp_path / "thesis.docx")


@needs_bundled
def test_no_face_anywhere_and_one_frame(tmp_path):
    one = write_clip(tmp_path / "one_frame.mp4", regular(1))
    report = compared([clip("no_face.mp4"), one], tmp_path / "out")
    assert report.overall.frames == 0 and report.overall.skill is None and report.overall.interval is None
    assert {error.recording for error in report.errors} == {"no_face", "one_frame"}
    assert report.excluded[0].reason == "no face" and report.excluded[0].frames == report.frames
    assert (tmp_path / "out" / "summary.json").is_file() and (tmp_path / "out" / "frames.parquet").is_file()


@needs_appearance
@needs_bundled
def test_sources_side_by_side_on_the_same_frames(tmp_path, monkeypatch):
    """The classifier sees no mesh: its faces have emotions, a chance level where they are long enough, and checks."""
    monkeypatch.setenv("MESHMIRROR_HOME", str(tmp_path / "home"))
    give_appearance(tmp_path / "home")
    neutral = NeutralWish.parsed("labelled")
    report = compared([clip("single_face.mp4")], tmp_path / "out", emotions=("appearance", "inverse"), neutral=neutral)
    first, other = report.models
    assert (first.source, first.independent, other.source, other.independent) == ("appearance", True, "inverse", False)
    assert first.frames == other.frames == report.differences[0].frames
    assert report.differences[0].differ_by == "source"
    assert report.differences[0].skill == pytest.approx(first.skill - other.skill)
    assert other.skill == pytest.approx(first.floor.skill)  # the fit with the neutral taken out is the floor
    assert (
        report.recordings[0].neutral.kind == "labelled"
        and "appearance calls neutral" in report.recordings[0].neutral.description
    )
    emotions = {one.name: one for one in report.emotions}
    table = pq.read_table(tmp_path / "out" / "frames.parquet")
    used = table.filter(table["compared"])
    for name, one in emotions.items():
        among = np.array(used["emotion"].to_pylist()) == name
        assert one.frames == among.sum() and one.source == "appearance"
        assert one.nme_adjusted == pytest.approx(np.mean(used["nme_adjusted"].to_numpy()[among]))
    assert emotions["happiness"].frames > 40 and emotions["happiness"].effective_n < emotions["happiness"].frames
    assert {check.name: check.state for check in report.checks}["Vertices and axes of the faces"] == "ok"


@needs_bundled
def test_a_session_can_be_found_again_in_its_pictures(tmp_path, single_face):
    """With the neutral that was recorded and on the same clock; what the video's compression has changed is small."""
    session = tmp_path / "session"
    config = load_config(options={
        "model.names": "emotion@built-in", "detect.tracker": "bundled", "detect.emotion": "inverse",
        "source.path": str(clip("single_face.mp4")), "record.path": str(session), "record.view": False,
    })  # fmt: skip
    run_mirror(config, RunOptions(headless=True, neutral_s=0.6, notify=print))
    stored = compared([session], tmp_path / "stored").recordings[0]
    again = compared([session], tmp_path / "again", recompute=True).recordings[0]
    assert stored.frames == 53 and again.quality.frames == stored.quality.frames == 72
    assert again.neutral.kind == stored.neutral.kind == "recorded" and again.quality.seconds == stored.quality.seconds
    assert again.skill == pytest.approx(stored.skill, abs=0.03) and again.skill != stored.skill
    without = sessions(tmp_path, "without")
    refused = compared(without, tmp_path / "refused", recompute=True)
    assert "has no camera.mp4, and --recompute needs the pictures" in refused.errors[0].reason


@pytest.mark.slow
def test_a_cluster_gives_the_same_also_where_a_worker_is_killed(three, tmp_path):
    distributed = pytest.importorskip("distributed", reason=DASK)
    paths, report, _ = three
    local_cluster = distributed.LocalCluster(n_workers=2, threads_per_worker=1, **QUIET)
    with local_cluster as local, connect(local.scheduler_address, 2) as own:
        killed = []

        class Killing(JobProgress):
            """Kills a worker once the first recording is done."""

            def advance(self, units: int = 1) -> None:
                if units and not killed:
                    killed.append(next(iter(own._client.run(os.getpid).values())))
                    os.kill(killed[0], signal.SIGTERM if os.name == "nt" else signal.SIGKILL)

        options = CompareOptions(config=BUILT_IN, emotions=("inverse",), cluster=own, page=False)
        found = run_compare([str(path) for path in paths], tmp_path / "out", options, Killing())
    assert killed and same(found.to_json()) == same(report.to_json())


@pytest.mark.slow
def test_a_killed_program_goes_on_and_any_number_of_workers_gives_the_same_bytes(tmp_path):
    paths = [str(path) for path in sessions(tmp_path, *(f"session{at}" for at in range(6)))]
    start = [
        sys.executable,
        "-m",
        "realtime",
        "compare",
        *paths,
        "--emotion",
        "inverse",
        "--no-figures",
        "--json",
        "--out",
    ]
    options = {"cwd": tmp_path, "env": environment(), "capture_output": True, "check": True}
    one, two = (
        json.loads(subprocess.run([*start, str(tmp_path / out), "--workers", out], **options).stdout) for out in "12"
    )
    for tree in (one, two):
        for name in VARIES:
            del tree[name]
    assert one == two
    process = subprocess.Popen([*start, str(tmp_path / "killed"), "--workers", "1"], cwd=tmp_path, env=environment())
    parts = tmp_path / "killed" / "parts"
    while not list(parts.glob("[0-9a-f]*/part.json")):
        time.sleep(0.01)
    process.kill()
    process.wait()
    there = set(parts.glob("[0-9a-f]*/part.json"))
    assert 1 <= len(there) < 6
    kept = {part: part.stat().st_mtime_ns for part in there}
    again = json.loads(subprocess.run([*start, str(tmp_path / "killed")], **options).stdout)
    assert {part: part.stat().st_mtime_ns for part in there} == kept
    assert same(again) == same(one)
    assert not [entry for entry in parts.iterdir() if entry.name.startswith(".")]


def test_the_command_prints_a_table(meshmirror, tmp_path):
    shutil.copytree(RECORDED, tmp_path / "session")
    asked = ("compare", "session", "--out", "out", "--model", "emotion@built-in", "--workers", "1")
    done = meshmirror(*asked)
    assert done.returncode == 0, done.stderr
    for text in ("delivered", "floor, at best", "own neutral face", "19 of 40 frames, 1 of 1 recording"):
        assert text in done.stdout
    assert "meshmirror compare session --out out" in (tmp_path / "out" / "methods.md").read_text()
    assert "umeyama1991" in (tmp_path / "out" / "references.bib").read_text()
    assert (tmp_path / "out" / "report.html").is_file()
    drawn, summary = tmp_path / "out" / "figures" / "lines.svg", tmp_path / "out" / "summary.json"
    assert drawn.exists() and "people: people are not known" in done.stdout
    assert any("lines.svg" in path for path in json.loads(summary.read_text())["outputs"])
    without = meshmirror(*asked, "--no-figures")
    assert without.returncode == 0 and "Not drawn" not in without.stdout and not drawn.exists()
    nothing = meshmirror("compare", "session", "--out", "none", "--model", "emotion@built-in", "--recompute")
    assert nothing.returncode == 3 and "Nothing could be compared. session:" in nothing.stderr
    assert "--recompute needs the pictures" in nothing.stderr and nothing.stdout == ""
    unknown = meshmirror("compare", "session", "--out", "out", "--emotion", "tarot")
    assert unknown.returncode == 2 and "expected auto" in unknown.stderr
    gone = meshmirror("compare", "session", "--out", "out", "--scheduler", "tcp://127.0.0.1:9")
    assert gone.returncode == 2 and "nothing answers there" in gone.stderr
