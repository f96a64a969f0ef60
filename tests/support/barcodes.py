"""Results whose pictures, landmarks and stamps all carry the frame's number, and what stands in for a part of a run."""

from __future__ import annotations

from functools import cache
from itertools import count
from typing import Any

import numpy as np
from common import one_face

from realtime.core.config import Config
from realtime.core.frame_result import FrameResult, ModelResult
from realtime.core.types import (
    N_LANDMARKS,
    POSE_ZERO,
    Aligned,
    Features,
    Frame,
    Landmarks,
    Pose,
    Prediction,
    Similarity,
    SourceInfo,
)
from realtime.model.catalog import load_model
from realtime.session.write import FrameRecord
from realtime.session.write.part_info import RecordedRun

SIZE = (640, 360)
PERIOD_NS = 33_333_333
_BITS = 16
_SOURCES = count(1)


def picture(number: int, size: tuple[int, int] = SIZE) -> np.ndarray:
    """(height, width, 3) RGB: a moving slope, and the number as black and white cells along the upper edge."""
    width, height = size
    image = np.roll(_ground(size), 7 * number, axis=1)
    cell = width // _BITS
    for bit in range(_BITS):
        image[: height // 8, bit * cell : (bit + 1) * cell] = 255 if number >> bit & 1 else 0
    return image


def number_in(image: np.ndarray) -> int:
    """The number that `picture` drew, whatever became of its colours and its edges."""
    cell = image.shape[1] // _BITS
    middles = image[image.shape[0] // 16, cell // 2 : _BITS * cell : cell].mean(axis=-1)
    return int(sum(1 << bit for bit, value in enumerate(middles) if value > 127))


def result(number: int, image: np.ndarray, stamp_ns: int, segment: int = 0) -> FrameResult:
    """A complete result of the first model, the number in its frame, its landmarks and its meshes."""
    mesh = np.full((N_LANDMARKS, 3), number, np.float32)
    pose = Pose(0.01 * number, 0.0, 0.0)
    model = load()
    aligned = Aligned(mesh, Similarity(np.float64(1), np.eye(3), np.zeros(3)), 0.5, pose)
    features = Features(dict.fromkeys(model.feature_columns, 0.25), "inverse", stamp_ns)
    predicted = Prediction(mesh, None, pose, "mesh", model.name)
    return one_face(
        Frame(image, stamp_ns, number, stamp_ns, segment),
        Landmarks(mesh, (image.shape[1], image.shape[0]), 1, "bundled"),
        models=(ModelResult(model.name, stamp_ns, aligned, features, predicted, None, None, None),),
    )


def part(*, live: bool = True, **settings: Any) -> RecordedRun:
    """What a recording is told of a run; every call is another source."""
    source = SourceInfo("barcodes", live, SIZE, 30.0, None)
    config = Config(**settings)
    return RecordedRun(source, next(_SOURCES), "bundled", (), False, None, (load(),), (POSE_ZERO,), config)


def booked(
    number: int, of: Any, stamp_ns: int | None = None, size: tuple[int, int] = SIZE, segment: int = 0
) -> FrameRecord:
    """Frame `number` as the thread that computes hands it over."""
    stamp_ns = number * PERIOD_NS if stamp_ns is None else stamp_ns
    return FrameRecord(result(number, picture(number, size), stamp_ns, segment), of, 0, 0)


@cache
def load() -> Any:
    """The model that py-feat brings."""
    return load_model("emotion@built-in")


@cache
def _ground(size: tuple[int, int]) -> np.ndarray:
    width, height = size
    slope = np.linspace(40, 200, width, dtype=np.uint8)[None, :, None]
    return np.ascontiguousarray(np.broadcast_to(slope, (height, width, 3)))
