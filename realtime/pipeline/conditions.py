"""The conditions of each model's prediction: its pose input and the subject's identity.

Live, both are the user's and hold from the next frame on. In a replay they are those that were recorded, row by row
(`realtime.pipeline.replay.recorded_conditions`). The step has one of the two as a stage and knows no other difference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal, Protocol

from realtime.core.types import Frame
from realtime.pipeline.face_states import FaceState
from realtime.pipeline.predictor import PoseMode, Predictor


class Conditions(Protocol):
    """Sets pose mode and identity of each model; `before_step` is called by the thread that computes."""

    def begin(self) -> None:
        """Called once, before the first frame is asked for."""
        ...

    def before_step(self, frame: Frame) -> None:
        """Set what holds for this frame, before its faces are known."""
        ...

    def before_face(self, frame: Frame, track_id: int, state: FaceState) -> None:
        """Set what holds for one of its faces, whose state this is."""
        ...

    def choose_pose(self, mode: Literal["auto"] | PoseMode) -> None:
        """The pose that all models are given from the next frame on; `auto`: each its default."""
        ...


class LiveConditions:
    """What the user chooses holds from the next frame on."""

    def __init__(self, predictors: Callable[[], Iterable[Predictor]]) -> None:
        """`predictors` gives those of all faces."""
        self._predictors = predictors

    def begin(self) -> None:
        """There is nothing to prepare."""

    def before_step(self, frame: Frame) -> None:
        """Nothing changes with a frame."""

    def before_face(self, frame: Frame, track_id: int, state: FaceState) -> None:
        """Nothing changes with a face."""

    def choose_pose(self, mode: Literal["auto"] | PoseMode) -> None:
        """The pose that all models are given from the next frame on; `auto`: each model's own default."""
        for predictor in self._predictors():
            predictor.choose_pose(mode)
