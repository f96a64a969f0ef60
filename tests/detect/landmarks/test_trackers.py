"""All trackers on real clips and pictures, and on what they must survive."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from common import clip, needs_bundled, needs_mediapipe, needs_task, task_file

from realtime.capture import open_source
from realtime.core.errors import ModelFileError, TrackerError
from realtime.core.types import Frame, Landmarks
from realtime.detect import Tracker, largest_face, open_tracker
from realtime.detect.landmarks.census_tracker import CensusTracker
from realtime.geometry import Aligner, CanonicalFrame
from realtime.model import load_model

Opener = Callable[..., Tracker]
KINDS = [
    pytest.param("bundled", marks=needs_bundled),
    pytest.param("task", marks=[needs_task, needs_mediapipe]),
    pytest.param("openvino", marks=needs_task),
]


def frame_of(image: np.ndarray, index: int = 0) -> Frame:
    return Frame(np.ascontiguousarray(image), index * 33_000_000, index, 0)


def read(name: str) -> np.ndarray:
    return cv2.cvtColor(cv2.imread(str(clip(name))), cv2.COLOR_BGR2RGB)


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def opened(kind: str) -> Iterator[Opener]:
    trackers: list[Tracker] = []

    def open_it(**options: object) -> Tracker:
        trackers.append(open_tracker(kind, task_file=task_file(), **options))  # type: ignore[arg-type]
        return trackers[-1]

    yield open_it
    for tracker in trackers:
        tracker.close()


def test_every_frame_of_a_face_has_a_face(opened: Opener, kind: str, single_face: list[Frame]) -> None:
    tracker = opened()
    for frame in single_face:
        found = largest_face(tracker.track_all(frame))
        assert found is not None, f"frame {frame.index}"
        assert found.points_px.shape == (478, 3)
        assert np.isfinite(found.points_px).all()
        assert (found.tracker, found.faces_seen) == (kind, 1)
        assert (found.blendshapes is not None) == (kind != "bundled")
        if found.blendshapes is not None:
            assert len(found.blendshapes) == 52
            assert all(0 <= value <= 1 for value in found.blendshapes.values())


def test_no_frame_without_a_face_has_one(opened: Opener) -> None:
    tracker = opened()
    with open_source(str(clip("no_face.mp4"))) as source:
        assert [frame.index for frame in source if largest_face(tracker.track_all(frame)) is not None] == []


@pytest.mark.parametrize(
    ("name", "first", "last"), [("face_noface.mov", True, False), ("noface_face.mov", False, True)]
)
def test_a_face_is_lost_and_found(opened: Opener, name: str, first: bool, last: bool) -> None:
    tracker = opened()
    with open_source(str(clip(name))) as source:
        seen = [largest_face(tracker.track_all(frame)) is not None for frame in source]
    third = len(seen) // 5
    assert np.mean(seen[:third]) == pytest.approx(float(first), abs=0.1)
    assert np.mean(seen[-third:]) == pytest.approx(float(last), abs=0.1)


def test_another_aspect_ratio_of_the_picture_keeps_the_canonical_mesh(opened: Opener, single_face: list[Frame]) -> None:
    """Padding changes how x, y and z are normalised and not the face; only the detector's noise may remain."""
    model = load_model("emotion@built-in")
    aligner = Aligner(model.anchors, CanonicalFrame.of(model.mean_mesh))
    image = single_face[0].image
    meshes = []
    for sides in (0, 320):
        tracker = opened()
        padded = cv2.copyMakeBorder(image, 0, 0, sides, sides, cv2.BORDER_CONSTANT)
        for index in range(5):  # the tracker settles
            found = largest_face(tracker.track_all(frame_of(padded, index)))
        assert found is not None
        aligned = aligner(found.points_px)
        assert aligned is not None
        meshes.append(aligned.mesh_canon)
    unit = CanonicalFrame.of(model.mean_mesh).unit
    apart = np.linalg.norm(meshes[0] - meshes[1], axis=1).mean() / unit
    assert apart < 0.02
    # z scaled by the height instead, the commonest mistake, is seen at once.
    wrong = found.points_px * [1, 1, image.shape[0] / (image.shape[1] + 640)]
    aligned = aligner(wrong.astype(np.float32))
    assert aligned is not None
    assert np.linalg.norm(aligned.mesh_canon - meshes[0], axis=1).mean() / unit > 0.04


def test_the_largest_of_two_faces_is_taken_and_both_are_counted(opened: Opener) -> None:
    face = read("single_face.jpg")
    face = cv2.resize(face, None, fx=400 / face.shape[0], fy=400 / face.shape[0])
    canvas = np.full((460, 900, 3), 90, np.uint8)
    small = cv2.resize(face, None, fx=0.6, fy=0.6)
    canvas[20 : 20 + small.shape[0], 20 : 20 + small.shape[1]] = small
    right = 880 - face.shape[1]
    canvas[30:430, right:880] = face
    tracker = opened(max_faces=4)
    found = None
    for index in range(4):
        found = largest_face(tracker.track_all(frame_of(canvas, index)))
    assert found is not None
    assert found.faces_seen == 2
    assert found.points_px[:, 0].mean() > right


@pytest.mark.parametrize("shape", [(16, 16, 3), (64, 63, 3), (361, 641, 3), (640, 360, 3), (4320, 7680, 3)])
def test_any_size_of_picture_is_taken(opened: Opener, shape: tuple[int, ...]) -> None:
    tracker = opened()
    assert largest_face(tracker.track_all(frame_of(np.zeros(shape, np.uint8)))) is None


@pytest.mark.parametrize("shape", [(0, 0, 3), (0, 64, 3), (64, 64), (64, 64, 4), (64, 64, 1)])
def test_what_would_poison_the_graph_is_refused_and_the_graph_lives_on(
    opened: Opener, shape: tuple[int, ...], single_face: list[Frame]
) -> None:
    tracker = opened()
    with pytest.raises(TrackerError, match="RGB"):
        largest_face(tracker.track_all(frame_of(np.zeros(shape, np.uint8))))
    with pytest.raises(TrackerError, match="RGB"):
        tracker.track_all(frame_of(np.zeros((64, 64, 3), np.float32)))
    assert largest_face(tracker.track_all(single_face[0])) is not None


def test_times_that_stand_still_or_go_back_do_no_harm(opened: Opener, single_face: list[Frame]) -> None:
    tracker = opened()
    for number, ms in enumerate([0, 33, 33, 10, 66, -5, 2**40]):
        frame = replace(single_face[number], stamp_ns=ms * 1_000_000)
        assert largest_face(tracker.track_all(frame)) is not None


def test_a_closed_tracker_says_so_instead_of_finding_nothing(opened: Opener, single_face: list[Frame]) -> None:
    tracker = opened()
    tracker.close()
    tracker.close()
    with pytest.raises(TrackerError, match="closed"):
        largest_face(tracker.track_all(single_face[0]))


def test_starting_a_tracker_writes_nothing_on_the_terminal(
    opened: Opener, single_face: list[Frame], capfd: pytest.CaptureFixture[str]
) -> None:
    tracker = opened()
    for frame in single_face[:3]:
        largest_face(tracker.track_all(frame))
    assert capfd.readouterr().err == ""


class Scripted:
    """A tracker of several faces that follows a script of bounding boxes."""

    name = "scripted"
    blendshapes = ()

    def __init__(self, script: list[list[tuple[float, float]]]) -> None:
        self._script = script
        self.calls = 0

    def track_all(self, frame: Frame) -> list[Landmarks]:
        self.calls += 1
        boxes = self._script[frame.index % len(self._script)]
        return [Landmarks(square(center, side), (640, 360), len(boxes), self.name) for center, side in boxes]

    def close(self) -> None:
        pass


def square(center: float, side: float) -> np.ndarray:
    points = np.zeros((478, 3), np.float32)
    points[:239, :2] = center - side / 2
    points[239:, :2] = center + side / 2
    return points


def test_counting_is_paid_for_only_now_and_then() -> None:
    single, several = Scripted([[(100.0, 50.0)]]), Scripted([[(100.0, 50.0)]])
    tracker = CensusTracker(single, several, census_every=30)
    for index in range(300):
        tracker.track_all(frame_of(np.zeros((4, 4, 3), np.uint8), index))
    assert single.calls == 300
    assert several.calls <= 10


@needs_task
def test_auto_takes_openvino_where_the_file_is() -> None:
    tracker = open_tracker("auto", task_file=task_file())
    tracker.close()
    assert tracker.name == "openvino"


@needs_bundled
def test_auto_takes_bundled_without_the_file() -> None:
    tracker = open_tracker("auto")
    tracker.close()
    assert tracker.name == "bundled"


def test_task_without_its_file_names_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MESHMIRROR_HOME", str(tmp_path))
    with pytest.raises(ModelFileError, match="meshmirror models fetch"):
        open_tracker("task")
