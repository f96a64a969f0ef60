"""The face of the camera's picture, level and as large as the meshes: which part of the picture is shown, and how."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from realtime.core.frame_result import FrameResult
from realtime.core.types import FloatArray, Similarity
from realtime.geometry.canonical_frame import LEFT_OUTER_CANTHUS, RIGHT_OUTER_CANTHUS
from realtime.view.gl.picture_map import PictureMap

_FOLLOW_S = 0.15  # time constant with which the crop follows the face: without it the picture would tremble
_JUMP = 0.6  # outer-canthal distances beyond which another place is another face, or a cut
_CANTHI = [RIGHT_OUTER_CANTHUS, LEFT_OUTER_CANTHUS]


@dataclass(frozen=True, slots=True, eq=False)
class FacePose:
    """Where the eyes are in the picture, pixels; the crop has them on the eye line."""

    middle: FloatArray  # (2,) between the outer canthi
    half: FloatArray  # (2,) from there to the subject's left one, as long as if the face looked straight ahead

    @classmethod
    def of(cls, points_px: FloatArray, px_from_face: Similarity) -> FacePose:
        """From landmarks (478, 3) and the map from face coordinates (in outer-canthal distances) to the picture.

        Its length is that of the aligned face, not of the distance in the picture, which shrinks as a head turns.
        """
        across = px_from_face.rotation[:2, 0]
        length = float(np.hypot(*across))
        level = across / length if length > 1e-6 else np.array([1.0, 0.0])
        return cls(points_px[_CANTHI, :2].mean(axis=0, dtype=np.float64), 0.5 * float(px_from_face.scale) * level)

    def near(self, other: FacePose) -> bool:
        """Whether this can be the same face a moment later."""
        size = 2 * float(np.hypot(*other.half))
        moved = float(np.hypot(*(self.middle - other.middle)))
        grown = float(np.hypot(*(self.half - other.half)))
        return moved < _JUMP * size and grown < _JUMP * size / 2

    def towards(self, other: FacePose, share: float) -> FacePose:
        """Between this (0) and another one (1)."""
        mixed = (a + share * (b - a) for a, b in ((self.middle, other.middle), (self.half, other.half)))
        return FacePose(*mixed)

    def place(self, canthi: FloatArray, mirrored: bool) -> PictureMap:
        """The map with the eyes at `canthi` (2, 2) of the window: the subject's right and left one."""
        return PictureMap.through(np.stack([self.middle - self.half, self.middle + self.half]), canthi, mirrored)


class CameraCrop:
    """Follows a face, smoothly; the same frame again gives the same."""

    def __init__(self) -> None:
        self._pose: FacePose | None = None
        self._seen: tuple[int, int] | None = None  # segment, stamp of the last frame

    def follow(self, result: FrameResult, points_px: FloatArray | None, px_from_face: Similarity | None) -> None:
        """Take a frame's face; None: there is none, and the next one is not joined to the last one."""
        pose = None if points_px is None or px_from_face is None else FacePose.of(points_px, px_from_face)
        self.follow_pose(result, pose)

    def follow_pose(self, result: FrameResult, new: FacePose | None) -> None:
        """The same of a pose."""
        seen = (result.frame.segment, result.stamp)
        if new is None:
            self._pose, self._seen = None, seen
            return
        if seen == self._seen and self._pose is not None:
            return
        last = self._pose
        passed_s = 0.0 if self._seen is None or self._seen[0] != seen[0] else (seen[1] - self._seen[1]) * 1e-9
        self._seen = seen
        if last is None or passed_s <= 0 or not new.near(last):
            self._pose = new
        else:
            self._pose = last.towards(new, 1.0 - float(np.exp(-passed_s / _FOLLOW_S)))

    @property
    def pose(self) -> FacePose | None:
        """Where the eyes are, smoothed; None without a face."""
        return self._pose
