"""The canonical frame that a model's file defines by its anchors: whether two models share it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from realtime.core.types import FloatArray
from realtime.geometry.canonical_frame import LEFT_OUTER_CANTHUS, RIGHT_OUTER_CANTHUS
from realtime.geometry.similarity import fit_similarity

# Outer-canthal distances by which the map between two frames may move the anchors of one of them. The family's files
# share one frame up to the mean faces of other people and detectors; another unit or other axes move it by more.
SAME_FRAME = 0.05
_OUTER_CANTHI = RIGHT_OUTER_CANTHUS, LEFT_OUTER_CANTHUS


@dataclass(frozen=True, eq=False)
class ModelFrame:
    """A canonical frame: where a model has its anchors."""

    anchors: FloatArray  # (k, 3) model units
    indices: tuple[int, ...]  # their k landmarks

    @cached_property
    def key(self) -> str:
        """Twelve hexadecimal digits of the SHA-256 over anchors and landmarks: the same frame has the same."""
        content = np.array(self.indices, "<i4").tobytes() + np.ascontiguousarray(self.anchors, "<f4").tobytes()
        return hashlib.sha256(content).hexdigest()[:12]

    @property
    def unit(self) -> float:
        """The outer-canthal distance of the anchors, model units; their largest distance where the canthi are none."""
        if all(index in self.indices for index in _OUTER_CANTHI):
            one, other = (self.anchors[self.indices.index(index)] for index in _OUTER_CANTHI)
            return float(np.linalg.norm(np.subtract(one, other, dtype=np.float64)))
        apart = self.anchors[:, None].astype(np.float64) - self.anchors[None]
        return float(np.linalg.norm(apart, axis=-1).max())

    def same_as(self, other: ModelFrame) -> bool:
        """Whether a mesh in one frame is, up to the choice of anchors, one in the other."""
        if self.indices != other.indices:
            return False
        if np.array_equal(self.anchors, other.anchors):
            return True
        mine, theirs = self.anchors.astype(np.float64), other.anchors.astype(np.float64)
        moved = np.linalg.norm(fit_similarity(theirs, mine).apply(theirs) - theirs, axis=1).mean()
        return bool(moved < SAME_FRAME * self.unit)
