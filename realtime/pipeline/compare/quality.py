"""What is measured of a recording before any model: its times, its faces, and what is in no score."""

from __future__ import annotations

from collections import Counter

import numpy as np
import numpy.typing as npt

from realtime.core.compare_report import Quality
from realtime.core.repeatability import repeatability_nme
from realtime.geometry.canonical_frame import LEFT_OUTER_CANTHUS, RIGHT_OUTER_CANTHUS
from realtime.pipeline.compare.setups import F64
from realtime.pipeline.compare.spool import Chunk


def canthal_px(chunk: Chunk) -> F64:
    """(n,) outer-canthal distance in pixels; NaN without a face."""
    across = chunk.points_px[:, RIGHT_OUTER_CANTHUS] - chunk.points_px[:, LEFT_OUTER_CANTHUS]
    found: F64 = np.linalg.norm(across.astype(np.float64), axis=1)
    return found


class QualitySums:
    """Counts of a recording's frames, gathered chunk by chunk."""

    def __init__(self) -> None:
        self.frames = self.faces = self.valid = self.amber = self.warm_up = self.scored = 0
        self.left_out: Counter[str] = Counter()
        self._stamps: list[npt.NDArray[np.int64]] = []
        self._px: list[F64] = []
        self._faces: list[npt.NDArray[np.int64]] = []
        self._most_seen = 0

    def add(self, chunk: Chunk) -> None:
        """Add the next frames."""
        seen = chunk.seen
        self.frames += len(chunk)
        self.faces += int(seen.sum())
        self.valid += int((chunk.valid & seen).sum())
        self.warm_up += int((chunk.warm_up & seen).sum())
        self._most_seen = max(self._most_seen, int(chunk.faces_seen.max(initial=0)))
        self._stamps.append(chunk.stamps_ns)
        self._px.append(canthal_px(chunk)[seen].astype(np.float32))
        self._faces.append(np.unique(chunk.faces[seen]))

    @property
    def stamps_ns(self) -> npt.NDArray[np.int64]:
        """Times of all frames."""
        return np.concatenate(self._stamps) if self._stamps else np.zeros(0, np.int64)

    def report(self, tracker: str, damaged: int) -> Quality:
        """What is reported."""
        stamps = self.stamps_ns
        steps = np.diff(stamps) / 1e9
        steps = steps[steps > 0]
        typical = float(np.median(steps)) if len(steps) else None
        spread = None if typical is None else float(np.subtract(*np.percentile(steps, [75, 25]))) / typical
        px = np.concatenate(self._px) if self._px else np.zeros(0)
        numbers = np.unique(np.concatenate(self._faces)) if self._faces else np.zeros(0)
        return Quality(
            frames=self.frames,
            faces=self.faces,
            valid=self.valid,
            amber=self.amber,
            warm_up=self.warm_up,
            scored=self.scored,
            compared=self.scored,
            left_out=dict(sorted(self.left_out.items())),
            seconds=round(float(stamps[-1] - stamps[0]) / 1e9, 3) if len(stamps) else None,
            rate=None if typical is None else round(1.0 / typical, 3),
            rate_spread=None if spread is None else round(spread, 4),
            gaps=0 if typical is None else int((steps > 2.0 * typical).sum()),
            damaged=damaged,
            face_px=round(float(np.median(px)), 1) if len(px) else None,
            faces_seen=self._most_seen,
            face_changes=max(0, len(numbers) - 1),
            repeatability=repeatability_nme(tracker),
        )
