"""All faces of a still picture, also those that are too small for a tracker in the whole picture."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from realtime.core.types import Aligned, ByteArray, Frame, Landmarks
from realtime.detect.landmarks.mediapipe_graph import EMPTY_PICTURE
from realtime.detect.landmarks.tracker import Tracker, face_area, face_center
from realtime.geometry import Aligner, ValidityLimits, check_validity
from realtime.pipeline.plausibility import FacePlausibility

_SETTLE = 3  # looks at a picture, after which a tracker that follows faces has settled on them
_TILE = 0.75  # of each side: four tiles, in which every face is larger than in the whole


def still_faces(
    picture: ByteArray, tracker: Tracker, aligner: Aligner, limits: ValidityLimits, plausibility: FacePlausibility
) -> list[Aligned]:
    """The faces in range of a picture (height, width, 3) RGB, each once, aligned to the model's frame."""
    found: list[tuple[Landmarks, Aligned]] = []
    for at, tile in _tiles(picture):
        frame = Frame(np.ascontiguousarray(tile), 0, 0, 0)
        for face in settled_faces(tracker, frame):
            aligned = aligner(face.points_px)
            if aligned is None or not check_validity(aligned, face.points_px, limits).ok:
                continue
            if plausibility.reasons(frame, face):
                continue
            there = replace(face, points_px=face.points_px + np.array([*at, 0], np.float32))
            if not any(_same(there, known) for known, _ in found):
                found.append((there, aligned))
    return [aligned for _, aligned in found]


def settled_faces(tracker: Tracker, frame: Frame) -> list[Landmarks]:
    """The faces of a picture, found anew, as a tracker has them that was shown it for a while."""
    tracker.track_all(replace(frame, image=EMPTY_PICTURE))  # or it would look where it saw one before
    faces: list[Landmarks] = []
    for _ in range(_SETTLE):
        faces = tracker.track_all(frame)
    return faces


def _tiles(picture: ByteArray) -> Iterator[tuple[tuple[int, int], ByteArray]]:
    """The whole picture, then four tiles that overlap, each with its place (x, y)."""
    yield (0, 0), picture
    height, width = picture.shape[:2]
    high, wide = round(_TILE * height), round(_TILE * width)
    for y in (0, height - high):
        for x in (0, width - wide):
            yield (x, y), picture[y : y + high, x : x + wide]


def _same(one: Landmarks, other: Landmarks) -> bool:
    apart = float(np.linalg.norm(face_center(one) - face_center(other)))
    return apart < 0.5 * float(np.sqrt(max(face_area(one), face_area(other))))
