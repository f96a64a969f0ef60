"""The classifier `appearance`: LiteRT's answers, seven emotions by name, and when it gives none."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from math import radians
from pathlib import Path

import numpy as np
import pytest
from appearance_inputs import network_inputs
from common import APPEARANCE_FILE, ROOT, clip, give_appearance, needs_appearance, needs_bundled
from PIL import Image

from realtime.capture import open_source
from realtime.core.errors import ModelFileError, NetworkError
from realtime.core.types import EMOTIONS, FOR_APPEARANCE, AppearanceOutput, Frame, Landmarks, Pose
from realtime.detect import largest_face, open_tracker
from realtime.detect.appearance import AppearanceClassifier, LeveledSquare, find_appearance
from realtime.detect.appearance.classifier import CLASSES
from realtime.model.names import canonical_name

pytestmark = needs_appearance

# LiteRT quantises activations as it goes: its own two kernels (XNNPACK, reference) are 0.026 apart on these inputs.
TOLERANCE = 0.03
AHEAD = Pose(0.0, 0.0, 0.0)


@pytest.fixture(scope="module")
def classifier() -> AppearanceClassifier:
    assert APPEARANCE_FILE is not None
    return AppearanceClassifier(APPEARANCE_FILE)


@pytest.fixture(scope="module")
def seen() -> tuple[Frame, Landmarks]:
    """A face of 300 px that looks into the camera."""
    with open_source(str(clip("single_face.jpg"))) as source:
        frame = next(iter(source))
    tracker = open_tracker("bundled")
    landmarks = largest_face(tracker.track_all(frame))
    tracker.close()
    assert landmarks is not None
    return frame, landmarks


def test_the_answers_are_those_of_litert(classifier: AppearanceClassifier) -> None:
    stored = json.loads((ROOT / "tests" / "data" / "appearance-reference.json").read_text())["answers"]
    names = [canonical_name(name) for name in CLASSES]
    given = [[classifier.classify(one)[0][name] for name in names] for one in network_inputs()]
    assert np.abs(np.array(given) - stored).max() < TOLERANCE
    strongest = np.argmax(stored, axis=1)
    assert len(set(strongest)) >= 5  # the inputs are not all of one kind
    wrong = np.roll(stored, 1, axis=1)
    assert np.abs(np.array(given) - wrong).max() > 10 * TOLERANCE  # other names would be noticed


def test_the_names_are_those_of_the_package_in_its_order() -> None:
    """`FER._get_labels` of the package."""
    assert CLASSES == ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
    assert {canonical_name(name) for name in CLASSES} == set(EMOTIONS)


def test_seven_probabilities_that_sum_to_one(classifier: AppearanceClassifier) -> None:
    for one in network_inputs():
        found = classifier.classify(one)[0]
        assert set(found) == set(EMOTIONS)
        assert sum(found.values()) == pytest.approx(1.0, abs=1e-12)
        assert min(found.values()) >= 0


@needs_bundled
def test_a_smile_is_happiness_and_a_face_at_rest_is_neutral(
    classifier: AppearanceClassifier, single_face: list[Frame]
) -> None:
    tracker = open_tracker("bundled")
    found = []
    for frame in single_face[:60]:
        landmarks = largest_face(tracker.track_all(frame))
        assert landmarks is not None
        found.append(classifier.read(frame, landmarks, AHEAD).emotions)
    tracker.close()
    assert [max(one, key=lambda name: one[name]) for one in found[2:12] if one] == ["neutral"] * 10
    assert [max(one, key=lambda name: one[name]) for one in found[30:] if one] == ["happiness"] * 30


@needs_bundled
def test_a_picture_of_one_channel_is_read_as_well(
    classifier: AppearanceClassifier, seen: tuple[Frame, Landmarks], tmp_path: Path
) -> None:
    Image.fromarray(seen[0].image).convert("L").save(tmp_path / "grey.png")
    with open_source(str(tmp_path / "grey.png")) as source:
        frame = next(iter(source))
    grey, color = classifier.read(frame, seen[1], AHEAD).emotions, classifier.read(*seen, AHEAD).emotions
    assert grey is not None and color is not None
    assert max(abs(grey[name] - color[name]) for name in EMOTIONS) < 0.01


@needs_bundled
@pytest.mark.parametrize("yaw_deg", [0.0, 29.9, -29.9, 30.5, -45.0, float("nan")])
def test_beyond_30_degrees_of_yaw_there_are_none(
    classifier: AppearanceClassifier, seen: tuple[Frame, Landmarks], yaw_deg: float
) -> None:
    found = classifier.read(*seen, Pose(0.1, radians(yaw_deg), 0.2))
    if abs(yaw_deg) <= 30:
        assert found.emotions is not None and found.reason == ""
    else:
        assert found.emotions is None
        assert found.reason.startswith(f"turned too far {FOR_APPEARANCE}: yaw ") and found.reason.endswith("limit 30°")


@needs_bundled
def test_below_50_pixels_there_are_none(classifier: AppearanceClassifier, seen: tuple[Frame, Landmarks]) -> None:
    frame, landmarks = seen
    side = LeveledSquare.of_face(landmarks.points_px).face_px
    for px in (50.5, 49.6, 3.0):
        small = replace(landmarks, points_px=landmarks.points_px * np.float32(px / side))
        found = classifier.read(frame, small, AHEAD)
        assert (found.emotions is None) == (px < 50)
        assert found.reason == ("" if px > 50 else f"face too small for appearance: {px:.3g} px, needs 50 px")


@needs_bundled
@pytest.mark.parametrize("side", ["left", "right", "top", "bottom"])
def test_a_face_of_which_a_part_is_outside_the_picture(
    classifier: AppearanceClassifier, seen: tuple[Frame, Landmarks], side: str
) -> None:
    """Ears, forehead or chin may be; brows, eyes and mouth may not."""
    frame, landmarks = seen
    left, top = landmarks.points_px[:, :2].min(axis=0)
    right, bottom = landmarks.points_px[:, :2].max(axis=0)
    for share, given in ((0.03, True), (0.5, False)):
        cut = share * max(right - left, bottom - top)
        x, y, width, height = 0, 0, *frame.size
        if side == "left":
            x = round(left + cut)
        elif side == "top":
            y = round(top + cut)
        elif side == "right":
            width = round(right - cut)
        else:
            height = round(bottom - cut)
        part = np.ascontiguousarray(frame.image[y:height, x:width])
        moved = replace(
            landmarks,
            points_px=landmarks.points_px - np.array([x, y, 0], np.float32),
            image_size=(part.shape[1], part.shape[0]),
        )
        found = classifier.read(replace(frame, image=part), moved, AHEAD)
        assert (found.emotions is not None) == given, (side, share)
        if not given:
            assert found.reason == "face cut off for appearance: brows, eyes or mouth outside the picture"


@needs_bundled
def test_landmarks_that_are_not_finite_give_none(
    classifier: AppearanceClassifier, seen: tuple[Frame, Landmarks]
) -> None:
    frame, landmarks = seen
    points = landmarks.points_px.copy()
    points[33] = np.nan
    assert classifier.read(frame, replace(landmarks, points_px=points), AHEAD).emotions is None


def test_an_output_has_either_emotions_or_a_reason() -> None:
    for emotions, reason in ((None, ""), (None, "yaw 50° beyond 40°"), ({"anger": 1.0}, "too far for appearance: x")):
        with pytest.raises(ValueError):
            AppearanceOutput(emotions, reason)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("MESHMIRROR_HOME", str(tmp_path))
    yield tmp_path


def test_the_fetched_file_is_found_and_another_one_is_refused(home: Path) -> None:
    assert find_appearance() is None
    path = give_appearance(home)
    assert find_appearance() == path
    content = path.read_bytes()
    for wrong in (content[:-1], content[:5000] + bytes([content[5000] ^ 1]) + content[5001:], b"", b"<html>"):
        path.write_bytes(wrong)
        with pytest.raises(ModelFileError, match=r"not the emotion_model_quantized\.tflite .*`meshmirror models fetch"):
            find_appearance()
    path.unlink()
    path.mkdir()
    assert find_appearance() is None


def test_what_openvino_cannot_read_is_an_error_of_this_program(tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.tflite"
    damaged.write_bytes(b"\x1c\0\0\0TFL3" + bytes(500))
    with pytest.raises(NetworkError, match="OpenVINO cannot start the classifier 'appearance'"):
        AppearanceClassifier(damaged)
