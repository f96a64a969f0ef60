"""One frame in, all that is known of it out: live, on a file, and in a test the same object."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from types import TracebackType

import numpy as np

from realtime.config import Config
from realtime.detect import Tracker, open_tracker
from realtime.detect.features import open_feature_source
from realtime.errors import UsageError
from realtime.geometry import Identity, ValidityLimits, check_validity, disagreement
from realtime.model import LinearMeshModel, load_model
from realtime.predictor import PoseMode, Predictor, frame_map, same_alignment
from realtime.stopwatch import Stopwatch
from realtime.types import Aligned, Disagreement, FloatArray, Frame, FrameResult, Labels, ModelResult, Validity

# Trackers start from a detection and settle over the next frames; those are marked, since their residual is larger.
WARM_UP_FRAMES = 3
CLOSE_S = 5.0


class Pipeline:
    """Frame -> Landmarks -> Aligned -> Features -> Prediction -> Residual, the last three for each model.

    Every stage is given at construction. What it remembers between frames is the tracker's state, the subject's
    identity, and how long the face has been there; `step` belongs to one thread, the other methods to any.
    """

    def __init__(self, tracker: Tracker, predictors: Sequence[Predictor], limits: ValidityLimits | None = None) -> None:
        """At least one predictor; where there are several, their models' names differ."""
        self.tracker = tracker
        self.predictors = tuple(predictors)
        self.limits = limits or ValidityLimits()
        self._first = first = self.predictors[0]
        # Files of one family share their anchors, and then one alignment serves all.
        self._aligns = [
            next(at for at, other in enumerate(self.predictors) if same_alignment(other.model, predictor.model))
            for predictor in self.predictors
        ]
        self._first_from_canon = [frame_map(first.model, predictor.model) for predictor in self.predictors]
        self._faces_in_row = 0
        self._segment = 0
        self._busy = threading.Lock()

    @classmethod
    def from_config(cls, config: Config, models: Sequence[LinearMeshModel] | None = None) -> Pipeline:
        """Start the tracker and load the models that the settings name, unless `models` are there already."""
        if models is None:
            models = load_models(config.model.names, config.model.labels)
        limits = ValidityLimits(
            max_yaw_deg=config.model.max_yaw_deg,
            max_pitch_deg=config.model.max_pitch_deg,
            max_anchor_residual=config.model.max_anchor_residual,
            min_canthal_px=config.detect.min_canthal_px,
        )
        detect = config.detect
        tracker = open_tracker(
            detect.tracker,
            task_file=detect.task_file,
            max_faces=detect.max_faces,
            detection_confidence=detect.detection_confidence,
            tracking_confidence=detect.tracking_confidence,
        )
        try:
            predictors = [
                Predictor(model, open_feature_source(detect.emotion, model, tracker), config.model.pose)
                for model in models
            ]
        except BaseException:
            tracker.close()
            raise
        return cls(tracker, predictors, limits)

    def run(self, frames: Iterable[Frame]) -> Iterator[FrameResult]:
        """`step` for every frame."""
        for frame in frames:
            yield self.step(frame)

    def step(self, frame: Frame) -> FrameResult:
        """All that is known of this frame. Raises TrackerError when MediaPipe fails for good."""
        with self._busy:
            return self._step(frame)

    def _step(self, frame: Frame) -> FrameResult:
        watch = Stopwatch()
        if frame.segment != self._segment:  # another picture than the tracker expects
            self._segment, self._faces_in_row = frame.segment, 0
        landmarks = self.tracker.track(frame)
        watch.lap("track")
        if landmarks is None:
            self._faces_in_row = 0
            self._collect(None, frame.stamp_ns)
            return FrameResult(frame, timings_ms=watch.laps_ms, done_ns=time.monotonic_ns())
        self._faces_in_row += 1

        aligned = self._align(landmarks.points_px)
        watch.lap("align")
        if aligned is None:
            self._collect(None, frame.stamp_ns)
            return FrameResult(
                frame, landmarks, validity=Validity(False, ("anchors degenerate",)),
                timings_ms=watch.laps_ms, done_ns=time.monotonic_ns(),
            )  # fmt: skip
        models = tuple(
            predictor.step(frame, landmarks, face, into_first, watch)
            for predictor, face, into_first in zip(self.predictors, aligned, self._first_from_canon, strict=True)
        )
        apart = self._disagreement(models)
        watch.lap("residual")
        self._collect(aligned, frame.stamp_ns)
        return FrameResult(
            frame=frame,
            landmarks=landmarks,
            models=models,
            disagreement=apart,
            validity=self._validity(aligned, landmarks.points_px),
            warm_up=self._faces_in_row <= WARM_UP_FRAMES,
            timings_ms=watch.laps_ms,
            done_ns=time.monotonic_ns(),
        )

    @property
    def model(self) -> LinearMeshModel:
        """The first model."""
        return self._first.model

    @property
    def pose_mode(self) -> PoseMode:
        """Which pose the first model is given; setting it sets it for all."""
        return self._first.pose_mode

    @pose_mode.setter
    def pose_mode(self, mode: PoseMode) -> None:
        for predictor in self.predictors:
            predictor.pose_mode = mode

    def calibrate(self, seconds: float) -> None:
        """Average the coming seconds of the subject at rest; `identity` is replaced when they are there."""
        for predictor in self.predictors:
            predictor.calibrate(seconds)

    @property
    def identity(self) -> Identity | None:
        """The subject's face at rest in the first model's frame, for its pose mode; None until calibrated."""
        return self._first.identity

    @property
    def calibrating(self) -> float | None:
        """How far a running calibration is, 0 to 1; None when none runs for any model."""
        running = [part for predictor in self.predictors if (part := predictor.calibrating) is not None]
        return min(running, default=None)

    @property
    def calibration_note(self) -> str:
        """Why the last calibration failed; empty after a good one."""
        return next((p.calibration_note for p in self.predictors if p.calibration_note), "")

    def close(self) -> None:
        """Free the tracker once the running step is done; may be called twice."""
        if self._busy.acquire(timeout=CLOSE_S):  # a graph that is closed while it computes takes the process with it
            try:
                self.tracker.close()
            finally:
                self._busy.release()

    def __enter__(self) -> Pipeline:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _align(self, points_px: FloatArray) -> list[Aligned] | None:
        """The face in each model's frame; None where the anchors allow no alignment."""
        done: dict[int, Aligned | None] = {
            at: self.predictors[at].aligner(points_px) for at in dict.fromkeys(self._aligns)
        }
        faces = [face for at in self._aligns if (face := done[at]) is not None]
        return faces if len(faces) == len(self._aligns) else None

    def _validity(self, aligned: Sequence[Aligned], points_px: FloatArray) -> Validity:
        """In range for every model; the reasons of the first that it is not for."""
        checked = (check_validity(aligned[at], points_px, self.limits) for at in dict.fromkeys(self._aligns))
        return next((validity for validity in checked if not validity.ok), Validity(True))

    def _disagreement(self, models: tuple[ModelResult, ...]) -> Disagreement | None:
        if len(models) < 2:
            return None
        meshes = {}
        for result in models:
            if result.predicted is None:
                return None
            mesh = result.predicted.mesh_canon
            meshes[result.model] = mesh if result.first_from_canon is None else result.first_from_canon.apply(mesh)
        return disagreement(meshes, self._first.canonical)

    def _collect(self, aligned: Sequence[Aligned] | None, stamp_ns: int) -> None:
        for at, predictor in enumerate(self.predictors):
            predictor.collect(None if aligned is None else aligned[at], stamp_ns)


def load_models(names: Sequence[str], labels: Labels = "repaired") -> list[LinearMeshModel]:
    """Models by name or path, as `load_model` takes them; two of one name get a number.

    Raises UsageError where two of them are the very same model.
    """
    models: list[LinearMeshModel] = []
    for name in names:
        model = load_model(name, labels)
        if any(model.sha256 == other.sha256 and np.array_equal(model.coef, other.coef) for other in models):
            raise UsageError(f"--model {name}: this model is already there. Give each model once.")
        alike = sum(other.name.partition(" #")[0] == model.name for other in models)
        models.append(model.replaced(name=f"{model.name} #{alike + 1}") if alike else model)
    return models
