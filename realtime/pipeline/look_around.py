"""The second step of a calibration: looking around at rest, for the subject's own response to the head pose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from realtime.core.status import LOOK_PROMPTS
from realtime.core.types import FloatArray, Identity, Pose, PoseResponse
from realtime.geometry import PoseResponseCollector
from realtime.pipeline.calibration import Calibrated, CalibrationError, CalibrationFrame
from realtime.pipeline.face_aligner import FaceAligner
from realtime.pipeline.predictor import PoseMode


class LookAroundStep:
    """Some seconds in which the subject looks around with the face at rest: a pose response, for each predictor.

    Where none is found the neutral stays as the steps before have found it, and `Calibrated.refused` has the reason.
    """

    def __init__(self, aligner: FaceAligner, seconds: float, found: Calibrated, *, alone: bool = False) -> None:
        """`aligner` says which frames are in the models' range; others do not count. `alone`: the neutral was there
        before, so that without a response the whole calibration has failed.

        Raises CalibrationError where the head pose of the neutral is not known.
        """
        self._aligner = aligner
        self._alone = alone
        self._collectors = [PoseResponseCollector(seconds, *_neutral(modes)) for modes in found.identities]

    @property
    def missing(self) -> tuple[str, ...]:
        """The directions in which the subject has not looked far enough yet: "up", "down", "left", "right"."""
        return self._collectors[0].missing

    @property
    def prompts(self) -> tuple[str, ...]:
        """What the subject is to do, with the directions that are missing."""
        missing = self.missing
        if not missing:
            return LOOK_PROMPTS
        listed = missing[0] if len(missing) == 1 else f"{', '.join(missing[:-1])} and {missing[-1]}"
        return f"look {listed}, keep your face at rest", f"look {listed}", "look around"

    @property
    def progress(self) -> float:
        """How much of the time has passed since the first frame with a face."""
        return min(collector.progress for collector in self._collectors)

    def add(self, frame: CalibrationFrame) -> None:
        """Add a frame."""
        points = None if frame.landmarks is None else frame.landmarks.points_px
        counts = points is not None and not frame.implausible and self._aligner.validity(frame.aligned, points).ok
        for at, collector in enumerate(self._collectors):
            collector.add(frame.aligned[at] if frame.aligned else None, frame.stamp_ns, counts=counts)

    def finish(self, found: Calibrated) -> Calibrated:
        """The identities with their responses, or as they were with the reason.

        Raises CalibrationError with the reason where the step was taken alone.
        """
        results = [collector.finish() for collector in self._collectors]
        refused = next((why for response, why in results if response is None), "")
        if refused and self._alone:
            raise CalibrationError(refused)
        if refused:
            return replace(found, refused=refused)
        identities = tuple(
            _with_response(modes, response) for modes, (response, _) in zip(found.identities, results, strict=True)
        )
        return replace(found, identities=identities, refused="")


def _with_response(modes: Mapping[PoseMode, Identity], response: PoseResponse | None) -> dict[PoseMode, Identity]:
    return {mode: replace(identity, response=response) for mode, identity in modes.items()}


def _neutral(modes: Mapping[PoseMode, Identity]) -> tuple[FloatArray, Pose]:
    """The observed neutral, which is the same for both pose modes, and the head pose at which it was observed."""
    identity = next(iter(modes.values()))
    if identity.rest is None:
        raise CalibrationError("the head pose of this neutral is not known; calibrate again")
    return identity.neutral_canon, identity.rest
