"""A face in the canonical frame of each model."""

from __future__ import annotations

from collections.abc import Sequence

from realtime.core.types import Aligned, FloatArray, Identity, Validity
from realtime.geometry import ValidityLimits, check_validity, mixed_with_pose
from realtime.pipeline.predictor import Predictor, same_alignment


class FaceAligner:
    """Aligns landmarks for several models; files of one family share their anchors, and one alignment serves all that
    also measure the pose from the same zero.
    """

    def __init__(self, predictors: Sequence[Predictor], limits: ValidityLimits | None = None) -> None:
        """`limits`: the range in which an aligned face is valid."""
        self._predictors = predictors
        self._limits = limits or ValidityLimits()
        # For each model the first one that has the same anchors.
        self._same = [
            next(
                at
                for at, other in enumerate(predictors)
                if same_alignment(other.model, predictor.model)
                and other.canonical.pose_zero == predictor.canonical.pose_zero
            )
            for predictor in predictors
        ]
        self._distinct = tuple(dict.fromkeys(self._same))

    def align(self, points_px: FloatArray) -> tuple[Aligned, ...]:
        """Landmarks (478, 3) in each model's frame; empty where the anchors allow no alignment."""
        found = {at: self._predictors[at].aligner(points_px) for at in self._distinct}
        faces = tuple(face for at in self._same if (face := found[at]) is not None)
        return faces if len(faces) == len(self._same) else ()

    def validity(self, aligned: Sequence[Aligned], points_px: FloatArray, identity: Identity | None = None) -> Validity:
        """In range for every model; the reasons of the first that it is not for. `identity`: the first model's, once
        calibrated; it has from where on expression and pose are not told apart.
        """
        checked = (check_validity(aligned[at], points_px, self._limits) for at in self._distinct)
        refused = next((validity for validity in checked if not validity.ok), None)
        return refused or Validity(True, amber=mixed_with_pose(aligned[0].pose, identity, self._limits))
