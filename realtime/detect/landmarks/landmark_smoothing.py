"""The one-euro filter of FaceLandmarker (Casiez et al. 2012), with MediaPipe's constants.

MediaPipe filters in pixels and divides speeds by the size of the face, the mean of its width and height, so that a face
near the camera is not smoothed less (`landmarks_smoothing_calculator_utils.cc`, `face_landmarks_detector_graph.cc`).
"""

from __future__ import annotations

from math import tau

import numpy as np

from realtime.core.types import FloatArray

MIN_CUTOFF_HZ = 0.05
BETA = 80.0
DERIVATIVE_CUTOFF_HZ = 1.0
SMALLEST_FACE = 1e-6  # pixels; a smaller one is left as it is


class LandmarkSmoothing:
    """Smooths the landmarks of one face; begins anew after `reset`."""

    def __init__(self) -> None:
        self._raw: FloatArray | None = None
        self._smooth: FloatArray | None = None
        self._speed: FloatArray | None = None
        self._time_s = 0.0

    def reset(self) -> None:
        """Forget the face: what follows is another one, or the same after a pause."""
        self._raw = None

    def __call__(self, points_px: FloatArray, time_s: float) -> FloatArray:
        """The landmarks (478, 3) of a time that grows, smoothed."""
        size = float(np.ptp(points_px[:, :2], axis=0).mean())
        if size < SMALLEST_FACE:
            return points_px
        if self._raw is None or self._smooth is None or self._speed is None:
            self._smooth, self._speed = points_px, np.zeros_like(points_px)
        else:
            step_s = time_s - self._time_s
            speed = (points_px - self._raw) / np.float32(size * step_s)
            self._speed = _mixed(speed, self._speed, _share(np.full_like(speed, DERIVATIVE_CUTOFF_HZ), step_s))
            cutoff = np.float32(MIN_CUTOFF_HZ) + np.float32(BETA) * np.abs(self._speed)
            self._smooth = _mixed(points_px, self._smooth, _share(cutoff, step_s))
        self._raw, self._time_s = points_px, time_s
        return self._smooth


def _share(cutoff_hz: FloatArray, step_s: float) -> FloatArray:
    """The part of new values in low-pass filters of these cutoffs."""
    turned = cutoff_hz * np.float32(tau * step_s)
    share: FloatArray = turned / (1 + turned)
    return share


def _mixed(new: FloatArray, old: FloatArray, share: FloatArray) -> FloatArray:
    mixed: FloatArray = old + share * (new - old)
    return mixed.astype(np.float32, copy=False)
