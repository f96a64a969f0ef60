"""A comparison of all faces: each is a recording of its own, with its own neutral and the scores that it has alone."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from common import Once
from comparing import BUILT_IN, compared, same
from several_faces import GUESTS, one_at_a_time, recorded, several_at_a_time
from two_people import ROWS, two_people

import realtime
from realtime.app.compare import CompareOptions, compare_settings
from realtime.core.compare_report import CompareReport, RecordingScores
from realtime.core.errors import UsageError
from realtime.core.frame_result import Chosen, Face, FrameResult
from realtime.export.comparison.read_tables import read_frames_table
from realtime.pipeline.compare.job import run_job
from realtime.pipeline.compare.neutrals import NeutralWish
from realtime.pipeline.compare.recordings import Entry
from realtime.pipeline.compare.settings import RecordingJob


@pytest.fixture(scope="module")
def results() -> list[FrameResult]:
    return two_people()


@pytest.fixture(scope="module")
def folder(once: Once, results: list[FrameResult]) -> Path:
    return once("compare-faces", lambda place: recorded(place / "s", results)) / "s"


@pytest.fixture(scope="module")
def all_faces(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[CompareReport, Path]:
    out = tmp_path_factory.mktemp("all")
    return compared([folder], out / "out", faces="all"), out / "out"


def scores(one: RecordingScores) -> dict[str, object]:
    """Its scores, but for those of blocks of the whole time, in which frames without the face count as well."""
    return one.model_dump(include={"frames", "nme", "nme_adjusted", "rms", "r2", "r2_raw", "mae", "skill", "gain"})


def alone(results: list[FrameResult], track_id: int) -> list[FrameResult]:
    """The same with one of the faces only."""

    def single(one: FrameResult) -> tuple[Face, ...]:
        return tuple(
            replace(face, landmarks=replace(face.landmarks, faces_seen=1))
            for face in one.faces
            if face.track_id == track_id
        )

    return [replace(one, faces=single(one), chosen=Chosen(track_id, False)) for one in results]


def test_each_face_has_the_scores_that_it_has_alone(
    all_faces: tuple[CompareReport, Path], results: list[FrameResult], tmp_path: Path
) -> None:
    report, _ = all_faces
    assert [one.name for one in report.recordings] == ["s · face 1", "s · face 2"] and report.errors == ()
    assert {one.person for one in report.recordings} == {None}
    found = []
    for one, track_id in zip(report.recordings, (1, 2), strict=True):
        own = recorded(tmp_path / f"of-{track_id}", alone(results, track_id))
        (expected,) = compared([own], tmp_path / f"out-{track_id}").recordings
        assert one.neutral == expected.neutral and one.neutral.kind == "recorded"
        assert scores(one) == scores(expected)
        found.append(one.nme_adjusted)
    assert found[0] != found[1]
    assert any("Each face of a recording with several" in remark and "s (2)" in remark for remark in report.remarks)


def test_the_frames_name_the_face(all_faces: tuple[CompareReport, Path], results: list[FrameResult]) -> None:
    table = read_frames_table(all_faces[1] / "frames.parquet").to_pandas()
    assert len(table) == sum(len(one.faces) for one in results) == 2 * ROWS - 3
    for track_id in (1, 2):
        rows = table[table.recording == f"s · face {track_id}"]
        assert set(rows.face) == {track_id} and set(rows.faces_seen) == {1}


def test_the_numbers_are_the_same_however_it_is_run(
    all_faces: tuple[CompareReport, Path], folder: Path, tmp_path: Path
) -> None:
    report, out = all_faces
    tree = json.loads(report.model_dump_json())
    other = recorded(tmp_path / "t", several_at_a_time(one_at_a_time()))
    one, two = (
        json.loads(compared([folder, other], tmp_path / str(workers), faces="all", workers=workers).model_dump_json())
        for workers in (1, 2)
    )
    assert same(one) == same(two) and one["recordings"][0]["nme"] == tree["recordings"][0]["nme"]
    again = json.loads(compared([folder], out, faces="all").model_dump_json())
    assert same(again) == same(tree)


def test_faces_that_are_seen_for_a_moment_are_left_out_and_counted(tmp_path: Path) -> None:
    folder = recorded(tmp_path / "s", several_at_a_time(one_at_a_time()))
    report = compared([folder], tmp_path / "out", faces="all")
    assert [one.name for one in report.recordings] == ["s · face 1", "s · face 2"]
    told = f"Faces that were seen for less than 1 s are left out: 1, with {len(GUESTS)} frames, of s."
    assert told in report.remarks
    job = RecordingJob(folder, "s", NeutralWish())
    settings = compare_settings(CompareOptions(BUILT_IN, ("inverse",), faces="all"), [])
    parts = tmp_path / "parts"
    parts.mkdir()
    first, second = run_job(job, settings, parts), run_job(job, settings, parts)
    assert (first.again, second.again) == (False, True) and first.units == second.units
    assert (second.short_faces, second.short_frames) == (1, len(GUESTS))


def test_the_table_of_people_names_a_face(folder: Path, tmp_path: Path) -> None:
    entries = {"s": Entry(person="anna", group="a"), "s · face 2": Entry(person="ben", group="b")}
    report = compared([folder], tmp_path / "out", faces="all", entries=entries)
    assert [(one.name, one.person) for one in report.recordings] == [("s · face 1", None), ("s · face 2", "ben")]
    assert report.errors == ()


def test_the_largest_face_is_the_default(folder: Path, results: list[FrameResult], tmp_path: Path) -> None:
    (one,) = compared([folder], tmp_path / "a").recordings
    chosen = recorded(tmp_path / "c", [replace(r, faces=r.faces[:1] if r.face else ()) for r in results])
    (expected,) = compared([chosen], tmp_path / "b").recordings
    assert one.name == "s" and scores(one) == scores(expected) and one.quality == expected.quality
    with pytest.raises(UsageError, match="faces='both': expected largest or all"):
        realtime.compare(folder, faces="both")  # type: ignore[arg-type]


def test_a_face_alone_keeps_the_name_of_the_recording(results: list[FrameResult], tmp_path: Path) -> None:
    folder = recorded(tmp_path / "s", alone(results, 2))
    (one,) = compared([folder], tmp_path / "a", faces="all", entries={"s": Entry(person="anna")}).recordings
    assert (one.name, one.person) == ("s", "anna")
    (expected,) = compared([folder], tmp_path / "b", entries={"s": Entry(person="anna")}).recordings
    assert scores(one) == scores(expected) and np.isfinite(one.nme)
