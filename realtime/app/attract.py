"""The loop of a stage without anybody: the model's own face goes through the expressions that it knows."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence

import numpy as np

from realtime.core.frame_result import Estimate, Face, FrameResult, ModelResult
from realtime.core.status import Attract
from realtime.core.types import Aligned, FloatArray, Frame, Landmarks, Pose, Prediction, Similarity
from realtime.model import LinearMeshModel
from realtime.model.feature_effects import Effect, effects

MOST_FEATURES = 7
EACH_S, _MOVING_S = 2.6, 0.8  # of one feature; of coming and of going
_RATE = 30.0  # pictures a second
_TURN_DEG, _TURN_S = 14.0, 11.0


class AttractLoop:
    """Watches for a face, and gives the picture to show once there was none for long enough; for one thread."""

    def __init__(self, after_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        """`after_s`: seconds without a face; 0: never. `clock` gives seconds."""
        self._after_s = after_s
        self._clock = clock
        self._last_face_s: float | None = None
        self._show: _Show | None = None

    def __call__(self, result: FrameResult | None, model: LinearMeshModel, *, wanted: bool) -> Attract | None:
        """What is shown instead of a result with nobody; None while somebody is there, or where it is not wanted."""
        now = self._clock()
        if not (wanted and self._after_s) or result is None or _somebody(result):
            self._last_face_s = None
            return None
        if self._last_face_s is None:
            self._last_face_s = now
        passed = now - self._last_face_s - self._after_s
        if passed < 0:
            return None
        if self._show is None or self._show.model is not model:
            self._show = _Show(model)
        return self._show.at(passed)


def _somebody(result: FrameResult) -> bool:
    """Whether a face is in the picture, chosen or not, that moves: a picture on the wall is nobody."""
    return any(not face.still for face in result.faces)


class _Show:
    """The loop of one model."""

    def __init__(self, model: LinearMeshModel) -> None:
        self.model = model
        self._rest = model.predict_neutral(clip=False)
        self._effects = shown_effects(model)
        self._made: tuple[int, Attract] | None = None

    def at(self, passed_s: float) -> Attract:
        """The picture of a moment; the same object for a thirtieth of a second."""
        number = int(passed_s * _RATE)
        if self._made is None or self._made[0] != number:
            self._made = number, self._picture(number / _RATE, number)
        return self._made[1]

    def _picture(self, time_s: float, number: int) -> Attract:
        effect = self._effects[int(time_s / EACH_S) % len(self._effects)]
        strength = strength_at(time_s % EACH_S)
        mesh = (self._rest + strength * effect.displacement_canon).astype(np.float32)
        turn = _TURN_DEG * math.sin(2 * math.pi * time_s / _TURN_S)
        return Attract(_result_of(mesh, self._rest, self.model.name, number), effect.feature, turn)


def shown_effects(model: LinearMeshModel) -> Sequence[Effect]:
    """All emotions of a model of emotions, with the face at rest among them; else the features that move most."""
    known = effects(model)
    if any(effect.reference for effect in known):
        return known
    return sorted(known, key=lambda effect: -float(effect.distance.mean()))[:MOST_FEATURES]


def strength_at(time_s: float) -> float:
    """0 to 1 to 0 over the time of one feature, without a jerk."""
    away = min(time_s, EACH_S - time_s) / _MOVING_S
    return 0.5 - 0.5 * math.cos(math.pi * min(max(away, 0.0), 1.0))


def _result_of(mesh: FloatArray, rest: FloatArray, name: str, number: int) -> FrameResult:
    """A face of the model as a result, for drawing it; nothing in it was measured."""
    still = Similarity(np.array(1.0), np.eye(3), np.zeros(3))
    frame = Frame(np.zeros((1, 1, 3), np.uint8), number, number, 0)
    landmarks = Landmarks(mesh, frame.size, 1, "")
    predicted = Prediction(mesh, None, None, None, name, rest)
    model = ModelResult(name, number, Aligned(mesh, still, 0.0, Pose(0.0, 0.0, 0.0)), None, predicted, None, None, None)
    return FrameResult(frame, (Face(0, landmarks, Estimate(number, (model,))),))
