"""Tracks of faces over frames: track ids, the warm-up of a tracker, and which faces do not move at all."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from realtime.core.types import Aligned, FloatArray, Frame, Landmarks
from realtime.geometry.canonical_frame import LEFT_OUTER_CANTHUS, RIGHT_OUTER_CANTHUS
from realtime.pipeline.stillness import Stillness

# Trackers start from a detection and settle over the next frames; those are marked, since their residual is larger.
WARM_UP_FRAMES = 3
LOST_S = 1.0  # a face that is lost for longer gets a new id: nobody is recognized
_REACH = 1.5  # sizes of the face by which it can be elsewhere than expected in the next frame,
_REACH_PER_S = 2.0  # and how that grows while it is lost
_COASTS_S = 0.3  # for which a lost face goes on moving as it did
_SIZE, _SHAPE = 0.5, 0.15  # costs of a size that is e times another, and of 1 % between two shapes; no overlap costs 1
_SHAPE_SHARE = 0.1  # of a new frame in the shape that is remembered


@dataclass(frozen=True, slots=True, eq=False)
class FoundFace:
    """A face as it was found in a frame."""

    landmarks: Landmarks
    aligned: tuple[Aligned, ...]  # in each model's frame; empty where its anchors allow no alignment


@dataclass(frozen=True, slots=True)
class Track:
    """What is known of a face from the frames before."""

    track_id: int
    warm_up: bool  # one of its first frames, also after a short loss
    since_ns: int  # stamp of the first of its frames without a gap
    still: bool = False  # it has not moved at all for two seconds, as a picture on a wall


class FaceTracks(Protocol):
    """Follows faces from frame to frame; belongs to the thread that computes."""

    @property
    def alive(self) -> Collection[int]:
        """The ids of faces that are followed: those of the newest frame, and those that can still come back."""
        ...

    def update(self, frame: Frame, faces: Sequence[FoundFace]) -> list[Track]:
        """The tracks of the faces that were found in the next frame, in their order."""
        ...


class _Known:
    """A face that is followed."""

    def __init__(self, track_id: int) -> None:
        self.track_id = track_id
        self.in_row = 0  # frames with it, without a gap
        self.since_ns = 0  # stamp of the first of them
        self.seen_ns = 0  # ... and of the last
        self.stillness = Stillness()
        self._box = np.zeros(4)  # left, top, right, bottom, pixels
        self._velocity = np.zeros(2)  # pixels a second
        self._shape: FloatArray | None = None

    def expected(self, stamp_ns: int) -> FloatArray:
        """Its box at a time, as far as it goes on moving."""
        seconds = min(max((stamp_ns - self.seen_ns) / 1e9, 0.0), _COASTS_S)
        moved: FloatArray = self._box + np.tile(self._velocity * seconds, 2)
        return moved

    def cost(self, box: FloatArray, shape: FloatArray | None, stamp_ns: int) -> float:
        """How unlike it a face at that place and of that shape is; infinite for one that it cannot be."""
        expected = self.expected(stamp_ns)
        size, other = _size(expected), _size(box)
        seconds = abs(stamp_ns - self.seen_ns) / 1e9
        away = float(np.linalg.norm(_center(box) - _center(expected))) / max(size, other)
        if not away <= _REACH + _REACH_PER_S * seconds:
            return np.inf
        apart = 0.0 if shape is None or self._shape is None else _apart(shape, self._shape)
        return 1 - _overlap(expected, box) + _SIZE * abs(float(np.log(other / size))) + _SHAPE * apart

    def see(self, frame: Frame, face: FoundFace, box: FloatArray, shape: FloatArray | None) -> None:
        """Take the face of a frame."""
        if not self.in_row:
            self.since_ns = frame.stamp_ns
            self._velocity = np.zeros(2)
        elif frame.stamp_ns > self.seen_ns:
            speed = (_center(box) - _center(self._box)) / ((frame.stamp_ns - self.seen_ns) / 1e9)
            self._velocity = 0.5 * (self._velocity + speed)
        self.in_row += 1
        self.seen_ns, self._box = frame.stamp_ns, box
        if shape is not None:
            self._shape = shape if self._shape is None else self._shape + _SHAPE_SHARE * (shape - self._shape)
        self.stillness.add(frame.stamp_ns, face.landmarks.points_px)

    @property
    def track(self) -> Track:
        """For who gets the face of the newest frame."""
        return Track(self.track_id, self.in_row <= WARM_UP_FRAMES, self.since_ns, self.stillness.still)


class AssignedTracks:
    """`FaceTracks` by the assignment of the least total cost between the faces before and those of a frame.

    A cost is made of the overlap of a face's box with the one that is expected at constant velocity, of their sizes and
    of the shapes of the aligned meshes. The shape tells apart who meets in one place; it is forgotten with the track,
    and identifies nobody.
    """

    def __init__(self) -> None:
        self._known: list[_Known] = []
        self._segment = 0
        self._newest_id = 0

    @property
    def alive(self) -> Collection[int]:
        """The ids of the newest frame, and those that were lost less than a second ago."""
        return [known.track_id for known in self._known]

    def update(self, frame: Frame, faces: Sequence[FoundFace]) -> list[Track]:
        """A new segment is another picture: all tracks end."""
        if frame.segment != self._segment:
            self._segment, self._known = frame.segment, []
        self._known = [known for known in self._known if known.in_row or self._can_return(known, frame)]
        boxes = [_box(face.landmarks.points_px) for face in faces]
        shapes = [_shape(face.aligned[0]) if face.aligned else None for face in faces]
        found = self._assigned(frame, boxes, shapes)
        for known in self._known:
            if known not in found:
                known.in_row = 0
        tracks = []
        for face, box, shape, assigned in zip(faces, boxes, shapes, found, strict=True):
            known = assigned or self._begin()
            known.see(frame, face, box, shape)
            tracks.append(known.track)
        return tracks

    @staticmethod
    def _can_return(known: _Known, frame: Frame) -> bool:
        return abs(frame.stamp_ns - known.seen_ns) <= LOST_S * 1e9

    def _begin(self) -> _Known:
        self._newest_id += 1
        self._known.append(_Known(self._newest_id))
        return self._known[-1]

    def _assigned(
        self, frame: Frame, boxes: Sequence[FloatArray], shapes: Sequence[FloatArray | None]
    ) -> list[_Known | None]:
        """For each face of a frame the known one that it is; None: a new one."""
        found: list[_Known | None] = [None] * len(boxes)
        if not self._known or not boxes:
            return found
        costs = np.array([
            [known.cost(box, shape, frame.stamp_ns) for box, shape in zip(boxes, shapes, strict=True)]
            for known in self._known
        ])  # fmt: skip
        if costs.size == 1:
            pairs = [(0, 0)]
        else:  # imported where there is something to assign: it takes 0.2 s
            from scipy.optimize import linear_sum_assignment

            pairs = list(zip(*linear_sum_assignment(np.where(np.isfinite(costs), costs, 1e6)), strict=True))
        for known, face in pairs:
            if np.isfinite(costs[known, face]):
                found[face] = self._known[known]
        return found


def _box(points_px: FloatArray) -> FloatArray:
    """Left, top, right, bottom of landmarks (478, 3), pixels."""
    points = points_px[:, :2].astype(np.float64)
    box: FloatArray = np.concatenate([points.min(axis=0), points.max(axis=0)])
    return box


def _center(box: FloatArray) -> FloatArray:
    center: FloatArray = (box[:2] + box[2:]) / 2
    return center


def _size(box: FloatArray) -> float:
    """The geometric mean of the sides, pixels; one pixel at least."""
    return float(np.sqrt(np.maximum(box[2:] - box[:2], 1.0).prod()))


def _overlap(one: FloatArray, other: FloatArray) -> float:
    """Intersection over union."""
    shared = np.clip(np.minimum(one[2:], other[2:]) - np.maximum(one[:2], other[:2]), 0, None).prod()
    union = (one[2:] - one[:2]).prod() + (other[2:] - other[:2]).prod() - shared
    return float(shared / union) if union > 0 else 0.0


def _shape(aligned: Aligned) -> FloatArray:
    """(478, 3) the aligned mesh, in % of the outer-canthal distance of its own."""
    mesh = aligned.mesh_canon
    width = max(float(np.linalg.norm(mesh[LEFT_OUTER_CANTHUS] - mesh[RIGHT_OUTER_CANTHUS])), 1e-6)
    shape: FloatArray = mesh * np.float32(100 / width)
    return shape


def _apart(one: FloatArray, other: FloatArray) -> float:
    """Mean distance of two shapes, %."""
    return float(np.linalg.norm(one - other, axis=1).mean())
