"""A replay gives every face of a frame as it was recorded, and the recorded choice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from common import Once
from remade import RECORDED
from replaying import computed, replay
from several_faces import recorded
from two_people import LOST, ROWS, two_people

import realtime.session
from realtime import load_config
from realtime.core.frame_result import Chosen, FrameResult
from realtime.pipeline.replay.control import ReplayControl, ReplayOptions
from realtime.pipeline.replay.recorded_choice import matching
from realtime.pipeline.replay.recorded_frames import RecordedRows, ReplayFrames
from realtime.session import Session


@pytest.fixture(scope="module")
def results() -> list[FrameResult]:
    return two_people()


@pytest.fixture(scope="module")
def folder(once: Once, results: list[FrameResult]) -> Path:
    return once("replay-faces", lambda place: recorded(place / "s", results)) / "s"


@pytest.fixture
def session(folder: Path) -> Iterator[Session]:
    with realtime.session.open(folder) as opened:
        yield opened


def agrees(found: FrameResult, expected: FrameResult) -> bool:
    """Whether all faces of a frame, and all that was computed of them, are the same bit for bit."""
    assert found.chosen == expected.chosen
    assert [face.track_id for face in found.faces] == [face.track_id for face in expected.faces]
    for face, before in zip(found.faces, expected.faces, strict=True):
        assert np.array_equal(face.landmarks.points_px, before.landmarks.points_px)
        assert face.landmarks.faces_seen == before.landmarks.faces_seen
        now, then = face.estimate, before.estimate
        assert (now.stamp_ns, now.validity, now.warm_up, face.still) == (
            then.stamp_ns, then.validity, then.warm_up, before.still,
        )  # fmt: skip
        for one, other in zip(now.models, then.models, strict=True):
            assert one.features and other.features and one.predicted and other.predicted
            assert one.features.values == other.features.values
            assert np.array_equal(one.predicted.mesh_canon, other.predicted.mesh_canon)
            assert one.residual and other.residual and one.residual.nme == other.residual.nme
            assert (one.identity is None) == (other.identity is None)
            if one.residual_adjusted is not None and other.residual_adjusted is not None:
                assert one.residual_adjusted.nme == other.residual_adjusted.nme
    return True


def test_every_face_comes_back_in_any_order(session: Session, results: list[FrameResult]) -> None:
    assert sum(len(result.faces) for result in results) == 2 * ROWS - 3 and len(session) == ROWS
    calibrated = [face.track_id for face in results[73].faces if face.estimate.models[0].identity is not None]
    assert sorted(calibrated) == [face.track_id for face in session.faces()], "both faces have a neutral"
    order = np.random.default_rng(1).permutation(ROWS).tolist()
    for row, found in zip(order, computed(session, order), strict=True):
        assert agrees(found, results[row])
    assert results[73].chosen == Chosen(session.faces()[0].track_id, by_user=True)
    assert results[LOST].face is None and len(results[LOST].faces) == 1, "the chosen one is lost for a moment"


def test_the_comparison_is_of_all_faces(folder: Path) -> None:
    told = replay(folder)["recomputed"]
    assert told["rows"] == ROWS and told["missing"] == 0
    assert {name: value for name, value in told.items() if name not in ("rows", "missing") and value} == {}


def test_another_model_is_computed_for_all_faces(session: Session, results: list[FrameResult]) -> None:
    rows = [0, 5, 30]
    for row, found in zip(rows, computed(session, rows, "model.names=au@v4", other_models=True), strict=True):
        assert [face.track_id for face in found.faces] == [face.track_id for face in results[row].faces]
        for face, before in zip(found.faces, results[row].faces, strict=True):
            (model,), (known,) = face.estimate.models, before.estimate.models
            assert model.model != known.model and model.predicted is not None
            assert (model.identity is None) == (known.identity is None), "the neutral goes over to it"


def test_the_user_may_choose_another_face_meanwhile(session: Session, results: list[FrameResult]) -> None:
    control = ReplayControl(session, load_config(None, []), ReplayOptions(), lambda text: None)
    frames = ReplayFrames(session, RecordedRows(session))
    with control.open(lambda: None, every=True, pictures=False) as pipeline:
        first = pipeline.step(frames[0])
        pipeline.choose_next_face()
        second = pipeline.step(frames[1])
        assert first.face is not None and second.face is not None and second.chosen is not None
        assert second.chosen.by_user and second.face.track_id == first.others[0].track_id
        assert np.array_equal(second.face.landmarks.points_px, results[1].others[0].landmarks.points_px)
        pipeline.choose_face(None)
        assert pipeline.step(frames[2]).chosen == results[2].chosen


def test_a_face_found_again_is_the_one_in_whose_place_it_is() -> None:
    with realtime.session.open(RECORDED) as session:
        one, other = session[0].landmarks, session[3].landmarks
    assert one is not None and other is not None
    away = replace(other, points_px=other.points_px + np.float32([300, 0, 0]))
    assert matching([one, away], [away, other]) == [1, 0] and matching([one], [away]) == [None]
    assert matching([one], [other, one]) == [None, 0], "the nearest one"
