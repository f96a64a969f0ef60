"""The stored offsets of trackers, and the run that uses them."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import numpy as np
import pytest
from common import Runner, clip, needs_bundled

from realtime import Pipeline, load_config, load_model
from realtime.app.bench.tracker_offset import _add_session
from realtime.core.types import Frame
from realtime.geometry import Aligner, CanonicalFrame, ValidityLimits
from realtime.geometry.tracker_offset import Interval, TrackerOffset
from realtime.pipeline.plausibility import MeasuredPlausibility
from realtime.pipeline.still_faces import still_faces
from realtime.pipeline.tracker_offsets import NAME, offset_of, store_offsets, stored_offsets

MODEL = load_model("emotion@built-in")


def _offset(people: int = 12, size: float = 1.0) -> TrackerOffset:
    some = Interval(1.0, 0.5, 1.5)
    field = np.random.default_rng(4).normal(0, size, (478, 3))
    return TrackerOffset(people, field, some, 0.5, some, some)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MESHMIRROR_HOME", str(tmp_path))
    return tmp_path / "data" / NAME


def test_an_offset_is_used_where_it_can_be_told_from_identity(home: Path) -> None:
    assert offset_of("bundled", MODEL) is None
    assert store_offsets({"bundled": _offset()}, MODEL) == home
    assert offset_of("bundled", MODEL) is None, "one tracker alone"
    store_offsets({"task": _offset(9)}, MODEL)
    assert offset_of("bundled", MODEL) is None, "the other one of fewer than ten people"
    store_offsets({"task": _offset(10)}, MODEL)
    known = offset_of("bundled", MODEL)
    assert known is not None and np.abs(known.offset_canon - _offset().offset_canon).max() < 1e-4
    other = MODEL.replaced(mean_mesh=MODEL.mean_mesh * 1.01)
    assert offset_of("bundled", other) is None, "another frame"
    assert len(stored_offsets()) == 2


@pytest.mark.parametrize("content", ["", "{", '{"format": "meshmirror-tracker-offsets", "version": 2, "offsets": []}'])
def test_a_file_that_cannot_be_read_is_none_and_said(
    home: Path, content: str, caplog: pytest.LogCaptureFixture
) -> None:
    home.parent.mkdir()
    home.write_text(content)
    with caplog.at_level(logging.WARNING):
        assert stored_offsets() == ()
    assert NAME in caplog.text and "--tracker-offset" in caplog.text
    store_offsets({"bundled": _offset()}, MODEL)
    assert len(stored_offsets()) == 1


@needs_bundled
def test_a_run_tells_the_offset_from_the_identity(home: Path, single_face: list[Frame]) -> None:
    def last() -> object:
        with Pipeline.from_config(load_config(None, ["detect.tracker=bundled", "detect.emotion=inverse"])) as pipeline:
            pipeline.calibrate(0.5)
            return list(pipeline.run(single_face[:25]))[-1].models[0].parts

    merged = last()
    store_offsets({"bundled": _offset(), "task": _offset()}, MODEL)
    told = last()
    assert merged.tracker is None and told.tracker is not None and told.tracker != 0  # type: ignore[attr-defined]
    assert told.merged_identity == pytest.approx(merged.identity, rel=1e-6)  # type: ignore[attr-defined]


@needs_bundled
def test_all_faces_of_a_picture_are_found_once(meshmirror: Runner, tmp_path: Path) -> None:
    from realtime import open_source
    from realtime.detect import open_picture_tracker

    canonical = CanonicalFrame.of(MODEL.mean_mesh)
    tracker = open_picture_tracker("bundled")
    with open_source(str(clip("multi_face.jpg"))) as source:
        (frame,) = source
    found = still_faces(
        frame.image, tracker, Aligner(MODEL.anchors, canonical), ValidityLimits(), MeasuredPlausibility()
    )
    tracker.close()
    assert 4 <= len(found) <= 5, "five people are in it; in the whole picture the tracker finds one"
    apart = [np.abs(one.mesh_canon - other.mesh_canon).mean() for at, one in enumerate(found) for other in found[:at]]
    assert min(apart) > 0.5


@needs_bundled
def test_the_command_measures_and_stores(meshmirror: Runner, tmp_path: Path) -> None:
    home = {"MESHMIRROR_HOME": str(tmp_path / "home")}
    given = ["--set", "detect.tracker=bundled", "--faces", str(clip("single_face.mp4"))]
    recorded = meshmirror(
        "live", "--source", str(clip("single_face.mp4")), "--headless", "--frames", "20", "--record", "anna",
        "--emotion", "inverse", "--set", "detect.tracker=bundled", **home,
    )  # fmt: skip
    assert recorded.returncode == 0, recorded.stderr
    done = meshmirror("bench", "--tracker-offset", *given, "--faces", str(tmp_path / "anna"), "--json", **home)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)["tracker_offset"]
    assert report["trackers"]["bundled"]["people"] == 2 and report["stored"] is None
    assert "cannot be told from identity" in report["note"] and report["sources"] == 2
    alone = meshmirror("bench", "--tracker-offset", *given, **home)
    assert alone.returncode == 2 and "two people" in alone.stderr
    assert meshmirror("bench", "--faces", "x.png").returncode == 2
    found: dict[str, dict[str, np.ndarray]] = {}
    _add_session(found, tmp_path / "anna", MODEL)
    assert found["bundled"]["anna"].shape == (478, 3)
