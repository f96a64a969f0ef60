"""One frame in, all that is known of it out: live, on a file, and in a test the same object."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Literal

from realtime.config import Config
from realtime.detect import Tracker, open_tracker
from realtime.detect.emotion import EmotionSource, open_emotion_source
from realtime.geometry import (
    Aligner,
    CanonicalFrame,
    Identity,
    NeutralCollector,
    ValidityLimits,
    check_validity,
    residual,
)
from realtime.model import LinearMeshModel, load_model
from realtime.types import Aligned, Features, FloatArray, Frame, FrameResult, Pose, Prediction, Residual, Validity

# Trackers start from a detection and settle over the next frames; those are marked, since their residual is larger.
WARM_UP_FRAMES = 3
CLOSE_S = 5.0
PoseMode = Literal["live", "zero"]


class Pipeline:
    """Frame -> Landmarks -> Aligned -> Features -> Prediction -> Residual.

    Every stage is given at construction. What it remembers between frames is the tracker's state, the subject's
    identity, and how long the face has been there; `step` belongs to one thread, the other methods to any.
    """

    def __init__(
        self,
        tracker: Tracker,
        model: LinearMeshModel,
        emotions: EmotionSource,
        limits: ValidityLimits | None = None,
        pose_mode: Literal["auto"] | PoseMode = "auto",
    ) -> None:
        self.tracker = tracker
        self.model = model
        self.emotions = emotions
        self.limits = limits or ValidityLimits()
        self.pose_mode: PoseMode = model.default_pose if pose_mode == "auto" else pose_mode
        self.canonical = CanonicalFrame.of(model.mean_mesh)
        self.calibration_note = ""  # why the last calibration failed; empty after a good one
        self._aligner = Aligner(model.anchors, self.canonical, model.anchor_indices)
        # For both pose modes at once: an offset belongs to the predictions against which it was measured.
        self._collectors: dict[PoseMode, NeutralCollector] = {}
        self._identities: dict[PoseMode, Identity] = {}
        self._faces_in_row = 0
        self._segment = 0
        self._busy = threading.Lock()

    @classmethod
    def from_config(cls, config: Config) -> Pipeline:
        """Load the model and start the tracker that the settings name."""
        model = load_model(config.model.name)
        emotions = open_emotion_source(config.detect.emotion, model)
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
        return cls(tracker, model, emotions, limits, config.model.pose)

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
        mode = self.pose_mode
        if frame.segment != self._segment:  # another picture than the tracker expects
            self._segment, self._faces_in_row = frame.segment, 0
        landmarks = self.tracker.track(frame)
        watch.lap("track")
        if landmarks is None:
            self._faces_in_row = 0
            self._collect(None, frame.stamp_ns)
            return FrameResult(frame, timings_ms=watch.laps_ms, done_ns=time.monotonic_ns())
        self._faces_in_row += 1

        aligned = self._aligner(landmarks.points_px)
        watch.lap("align")
        if aligned is None:
            self._collect(None, frame.stamp_ns)
            return FrameResult(
                frame, landmarks, validity=Validity(False, ("anchors degenerate",)),
                timings_ms=watch.laps_ms, done_ns=time.monotonic_ns(),
            )  # fmt: skip
        pose = aligned.pose if mode == "live" else None
        identity = self._identities.get(mode)
        offset = None if identity is None else identity.offset_canon
        features = self.emotions.features(frame, landmarks, aligned, pose, offset)
        watch.lap("features")
        predicted = None if features is None else self._predict(features, pose, offset)
        watch.lap("predict")
        raw, adjusted = self._residuals(aligned, predicted, identity)
        watch.lap("residual")
        self._collect(aligned, frame.stamp_ns)
        return FrameResult(
            frame=frame,
            landmarks=landmarks,
            aligned=aligned,
            features=features,
            predicted=predicted,
            residual=raw,
            residual_adjusted=adjusted,
            validity=check_validity(aligned, landmarks.points_px, self.limits),
            warm_up=self._faces_in_row <= WARM_UP_FRAMES,
            timings_ms=watch.laps_ms,
            done_ns=time.monotonic_ns(),
        )

    def calibrate(self, seconds: float) -> None:
        """Average the coming seconds of the subject at rest; `identity` is replaced when they are there."""
        self.calibration_note = ""
        self._collectors = {mode: NeutralCollector(seconds, self.canonical) for mode in ("live", "zero")}

    @property
    def identity(self) -> Identity | None:
        """The subject's face at rest, for the present pose mode; None until calibrated."""
        return self._identities.get(self.pose_mode)

    @property
    def calibrating(self) -> float | None:
        """How far a running calibration is, 0 to 1; None when none runs."""
        collector = self._collectors.get("live")
        return None if collector is None else collector.progress

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

    def _predict(self, features: Features, pose: Pose | None, offset: FloatArray | None) -> Prediction:
        mesh = self.model.predict(features.values, pose)
        return Prediction(mesh, None if offset is None else mesh + offset, pose, self.model.name)

    def _residuals(
        self, aligned: Aligned, predicted: Prediction | None, identity: Identity | None
    ) -> tuple[Residual | None, Residual | None]:
        if predicted is None:
            return None, None
        mean = self.model.mean_mesh
        observed = aligned.mesh_canon
        raw = residual(observed, predicted.mesh_canon, frame=self.canonical, mean_mesh=mean, identity=identity)
        if identity is None or predicted.adjusted_canon is None:
            return raw, None
        adjusted = residual(
            observed, predicted.adjusted_canon, frame=self.canonical, mean_mesh=mean, identity=identity, adjusted=True
        )
        return raw, adjusted

    def _collect(self, aligned: Aligned | None, stamp_ns: int) -> None:
        collectors = self._collectors
        found: dict[PoseMode, Identity] = {}
        for mode, collector in collectors.items():
            pose = aligned.pose if aligned is not None and mode == "live" else None
            collector.add(aligned, None if aligned is None else self.model.predict_neutral(pose), stamp_ns)
            if collector.done:
                identity, self.calibration_note = collector.finish()
                if identity is not None:
                    found[mode] = identity
        if any(collector.done for collector in collectors.values()) and self._collectors is collectors:
            self._collectors = {}  # unless another calibration was asked for meanwhile
            self._identities = found or self._identities  # a failed attempt costs nothing that was there


class Stopwatch:
    """Milliseconds from lap to lap."""

    def __init__(self) -> None:
        self.laps_ms: dict[str, float] = {}
        self._last = time.perf_counter_ns()

    def lap(self, name: str) -> None:
        """Book the time since the last lap under `name`."""
        now = time.perf_counter_ns()
        self.laps_ms[name] = (now - self._last) / 1e6
        self._last = now
