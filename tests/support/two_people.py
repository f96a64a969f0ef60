"""Two people before the pipeline, both calibrated one after the other: the recorded face and itself at other times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from remade import NEUTRAL_S, RECORDED

import realtime.session
from realtime.core.frame_result import FrameResult
from realtime.core.types import Frame, Landmarks
from realtime.detect.feature_sources import open_feature_source
from realtime.model.catalog import load_model
from realtime.pipeline.build import Pipeline
from realtime.pipeline.predictor import Predictor

ROWS = 76
LOST, NOBODY = 74, 75  # rows without the chosen face, and without any
RATE_NS = 33_333_333
SHIFT_PX = np.float32([250, 30, 0])
SECOND_CHOSEN = 36  # from this row on the user has chosen the other face


class TwoFaces:
    """Finds what was found when it was recorded, and beside it what was found at another time; not in two frames."""

    name = "bundled"
    blendshapes: tuple[str, ...] = ()

    def __init__(self, faces: Sequence[Landmarks]) -> None:
        self._faces = faces

    def track_all(self, frame: Frame) -> list[Landmarks]:
        at = frame.index
        first, second = self._faces[at], self._faces[-1 - at]
        moved = replace(second, points_px=second.points_px * np.float32(0.8) + SHIFT_PX, faces_seen=2)
        found = [moved, replace(first, faces_seen=2)]
        return [] if at == NOBODY else found[1:] if at == LOST else found

    def close(self) -> None:
        """There is nothing to free."""


def two_people() -> list[FrameResult]:
    """What the pipeline makes of them."""
    with realtime.session.open(RECORDED) as session:
        stored = [session[row].landmarks for row in range(len(session))]
    faces = 2 * [landmarks for landmarks in stored if landmarks is not None]
    tracker, model = TwoFaces(faces), load_model("emotion@built-in")
    predictor = Predictor(model, open_feature_source("inverse", model, tracker, network=False))
    found = []
    with Pipeline(tracker, [predictor]) as pipeline:
        pipeline.calibrate(NEUTRAL_S)
        for at in range(ROWS):
            if at == SECOND_CHOSEN:
                pipeline.choose_face(next(face.track_id for face in found[-1].others))
            if at == SECOND_CHOSEN + 1:
                pipeline.calibrate(NEUTRAL_S)
            frame = Frame(np.zeros((360, 640, 3), np.uint8), at * RATE_NS, at, 0)
            found.append(pipeline.step(frame))
    return found
