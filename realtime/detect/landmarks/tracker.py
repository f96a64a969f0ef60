"""The interface of face trackers, and the conversion of MediaPipe's landmarks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

import numpy as np

from realtime.core.errors import TrackerError
from realtime.core.types import N_LANDMARKS, FloatArray, Frame, Landmarks


class Tracker(Protocol):
    """Finds the landmarks of faces in a frame; keeps state from frame to frame, so one owner at a time."""

    name: str
    blendshapes: tuple[str, ...]  # names of those that come with each face; empty where none do

    def track_all(self, frame: Frame) -> list[Landmarks]:
        """The faces of the frame, in no particular order; at most as many as it was opened for.

        Raises TrackerError for what is no picture, when MediaPipe fails twice in a row, and once closed.
        """
        ...

    def close(self) -> None:
        """Free the graph; may be called twice."""
        ...


def largest_face(faces: Iterable[Landmarks]) -> Landmarks | None:
    """The largest of some faces, for who wants one of each picture; None where there is none."""
    return max(faces, key=face_area, default=None)


def check_frame(frame: Frame) -> None:
    """Refuse frames that MediaPipe cannot take: one 0 x 0 picture breaks its graph permanently."""
    image = frame.image
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or 0 in image.shape:
        raise TrackerError(
            f"A frame must be (height, width, 3) uint8 RGB; frame {frame.index} is {image.shape} {image.dtype}."
        )


def normalized_points(landmarks: Iterable[Any]) -> FloatArray:
    """MediaPipe's landmark objects as (N, 3) float32, still normalised."""
    return np.array([(point.x, point.y, point.z) for point in landmarks], dtype=np.float32)


def scaled_px(normalized: FloatArray, size: tuple[int, int]) -> FloatArray | None:
    """Normalised points as (478, 3) float32 pixels; None where one is not a finite number.

    x is normalised by the width, y by the height and z by the WIDTH, so that all three come back in pixels. An upright
    picture gives the same face at any aspect ratio only after this step.
    """
    width, height = size
    if normalized.shape != (N_LANDMARKS, 3) or not np.isfinite(normalized).all():
        return None
    return normalized * np.array([width, height, width], dtype=np.float32)


def face_area(face: Landmarks) -> float:
    """Area of the face's bounding box in square pixels."""
    spread = np.ptp(face.points_px[:, :2], axis=0)
    return float(spread[0] * spread[1])


def face_center(face: Landmarks) -> FloatArray:
    """Mean of the landmarks in the picture, (2,) pixels."""
    center: FloatArray = face.points_px[:, :2].mean(axis=0)
    return center
