"""Several faces of a recording in a data set: each is a recording of its own, its track id in the column `face`."""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from common import Once, clip, give_appearance, needs_appearance, needs_bundled
from several_faces import FIRST, GUESTS, LOST, NOBODY, SECOND, one_at_a_time, recorded, several_at_a_time

import realtime.session
from realtime import open_source
from realtime.core.config import load_config
from realtime.core.errors import DataSetError
from realtime.dataset.extract import ExtractOptions, extract
from realtime.dataset.face_rows import FaceRows
from realtime.dataset.recording import Sampling, rows_of_session, rows_of_video
from realtime.dataset.rows import RecordingRows
from realtime.media.video_writer import VideoWriter
from realtime.pipeline.cluster import in_threads
from realtime.pipeline.face_units import STILL, TOO_SHORT

CONFIG = load_config(None, ["detect.tracker=bundled", "detect.emotion=appearance"])
OPTIONS = partial(ExtractOptions, CONFIG, Sampling(), 1)


@pytest.fixture(scope="module")
def folder(once: Once) -> Path:
    return once("extract-several", lambda place: recorded(place / "s", several_at_a_time(one_at_a_time()))) / "s"


@contextmanager
def silent(label):
    yield lambda done, total: None


def test_each_face_of_a_session_is_a_recording(folder: Path) -> None:
    first, second = rows_of_session(folder, "clip", faces="all")
    assert (first.name, second.name) == (f"clip · face {FIRST}", f"clip · face {SECOND}")
    assert set(first.faces) == {FIRST} and set(second.faces) == {SECOND} and first.person is second.person is None
    (largest,) = rows_of_session(folder, "clip")
    assert largest.name == "clip" and first.stamps == largest.stamps
    assert all(map(np.array_equal, first.meshes, largest.meshes))
    with realtime.session.open(folder) as session:
        others = [session[row].others[0] for row in range(len(session)) if session[row].others]
    assert second.stamps == [one.stamp_ns for one in others]
    assert all(np.array_equal(mesh, one.landmarks.points_px) for mesh, one in zip(second.meshes, others, strict=True))
    assert first.dropped == {TOO_SHORT: len(GUESTS), "no face": 1} and not second.dropped
    assert (first.frames, second.frames) == (38 + len(GUESTS) + 1, 39) and {LOST, NOBODY} <= set(range(40))


def test_a_data_set_of_all_faces_and_what_is_not_mixed_with_it(folder: Path, tmp_path: Path) -> None:
    with in_threads(1) as cluster:
        options = partial(OPTIONS, cluster=cluster)
        report = extract([str(folder)], tmp_path / "faces", options(faces="all"), silent)
        assert (report.recordings, report.extracted, report.rows, report.several_faces) == (2, 1, 77, ())
        again = extract([str(folder)], tmp_path / "faces", options(faces="all"), silent)
        assert (again.recordings, again.extracted) == (2, 0)
        with pytest.raises(DataSetError, match="--faces all, now not set"):
            extract([str(folder)], tmp_path / "faces", options(), silent)
        named = extract(
            [str(folder)], tmp_path / "faces", options(faces="all", people={f"s · face {SECOND}": "Ben"}), silent
        )
        assert (named.named, named.people_not_found) == (1, ())
    table = pq.read_table(tmp_path / "faces")
    for track, person in ((FIRST, None), (SECOND, "Ben")):
        rows = [row for row in table.select(["recording", "person", "face"]).to_pylist() if row["face"] == track]
        assert len(rows) in (38, 39) and {(row["recording"], row["person"]) for row in rows} == {
            (f"s · face {track}", person)
        }
    assert str(table.schema.field("face").type) == "int32"


def test_faces_that_do_not_move_and_a_recording_without_any() -> None:
    each = FaceRows(RecordingRows("clip"))
    for at in range(30):
        each.frame(1)
        assert (each.of(4, at * 100_000_000, still=at > 20) is None) == (at > 20)
    each.frame(0)
    (only,) = each.recordings()
    assert (only.name, only.frames, only.dropped) == ("clip", 31, {STILL: 9, "no face": 1})
    nobody = FaceRows(RecordingRows("clip"))
    nobody.frame(0)
    (rows,) = nobody.recordings()
    assert (rows.name, rows.frames, rows.dropped, rows.stamps) == ("clip", 1, {"no face": 1}, [])


@needs_bundled
@needs_appearance
def test_two_people_of_a_video(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MESHMIRROR_HOME", str(tmp_path))
    give_appearance(tmp_path)
    with open_source(str(clip("single_face.mp4"))) as source:
        pictures = [frame.image for frame in source]
    height, width = pictures[0].shape[:2]
    video = VideoWriter(tmp_path / "two.mp4", (2 * width, height), 18)
    for at, picture in enumerate(pictures):
        both = np.hstack([picture, pictures[-1 - at][:, ::-1]])
        video.put(np.ascontiguousarray(both), round(at * 1e9 / 30), True)
    video.close()
    left, right = sorted(
        rows_of_video(tmp_path / "two.mp4", "two", CONFIG, Sampling(stride=3), faces="all"),
        key=lambda rows: float(rows.meshes[0][1, 0]),
    )
    assert {left.name, right.name} == {"two · face 1", "two · face 2"} and len(left.stamps) >= 20 <= len(right.stamps)
    assert all(
        mesh[:, 0].max() < width < other[:, 0].min() for mesh, other in zip(left.meshes, right.meshes, strict=False)
    )
    smiles = [[row["happiness"] for row in rows.features] for rows in (left, right)]
    assert smiles[0][-1] > 0.9 > smiles[0][0] and smiles[1][2] > 0.9 > smiles[1][-1], "each has its own emotions"
    (largest,) = rows_of_video(tmp_path / "two.mp4", "two", CONFIG, Sampling(stride=3))
    assert len(largest.stamps) <= 24
