"""One frame in, all that is known of it out: live, on a file, and in a test the same object."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from types import TracebackType
from typing import Literal, Self

import numpy as np

from realtime.core.config import Config
from realtime.core.errors import SourceError, TrackerError, UsageError
from realtime.core.stopwatch import Stopwatch
from realtime.core.types import (
    Aligned,
    Disagreement,
    FloatArray,
    Frame,
    FrameResult,
    Identity,
    Labels,
    ModelResult,
    NetworkOutput,
    Validity,
)
from realtime.detect import Tracker, open_tracker
from realtime.detect.feature_sources import InverseSource, NetworkSource, open_feature_source
from realtime.geometry import ValidityLimits, check_validity, disagreement
from realtime.model import LinearMeshModel, load_model
from realtime.pipeline.network_plan import plan_network
from realtime.pipeline.network_sync import Matched, NetworkOutputs, Observation
from realtime.pipeline.predictor import PoseMode, Predictor, frame_map, same_alignment

log = logging.getLogger("meshmirror")

# Trackers start from a detection and settle over the next frames; those are marked, since their residual is larger.
WARM_UP_FRAMES = 3
CLOSE_S = 5.0


class Pipeline:
    """Frame -> Landmarks -> Aligned -> Features -> Prediction -> Residual, the last three for each model.

    Every stage is given at construction. What it remembers between frames is the tracker's state, the subject's
    identity, how long the face has been there and, live, the newest complete pair; `step` and `run` belong to one
    thread, the other methods to any.
    """

    def __init__(
        self,
        tracker: Tracker,
        predictors: Sequence[Predictor],
        limits: ValidityLimits | None = None,
        open_pairing: Callable[[bool], NetworkOutputs] | None = None,
        hint: str = "",
    ) -> None:
        """At least one predictor; where there are several, their models' names differ.

        `open_pairing(live)` starts py-feat's network, where it is a source; `hint` says how to get one that is not.
        """
        self.tracker = tracker
        self.hint = hint if any(p.source.name == InverseSource.name for p in predictors) else ""
        self.live = False
        self.pairing: NetworkOutputs | None = None
        self._open_pairing = open_pairing
        self._pair: tuple[NetworkOutput, FrameResult] | None = None  # live: the newest complete one
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
        self._presence = 0
        self._busy = threading.Lock()

    @classmethod
    def from_config(
        cls,
        config: Config,
        models: Sequence[LinearMeshModel] | None = None,
        note: Callable[[str], None] = log.info,
    ) -> Pipeline:
        """Start the tracker and load the models that the settings name, unless `models` are there already.

        `note` is told, by another thread, what a person may want to know while py-feat's network is at work.
        """
        if models is None:
            models = load_models(config.model.names, config.model.labels)
        limits = ValidityLimits(
            max_yaw_deg=config.model.max_yaw_deg,
            max_pitch_deg=config.model.max_pitch_deg,
            max_anchor_residual=config.model.max_anchor_residual,
            min_canthal_px=config.detect.min_canthal_px,
        )
        detect = config.detect
        plan = plan_network(detect, note)
        tracker = open_tracker(
            detect.tracker,
            task_file=detect.task_file,
            max_faces=detect.max_faces,
            detection_confidence=detect.detection_confidence,
            tracking_confidence=detect.tracking_confidence,
        )
        try:
            predictors = [
                Predictor(
                    model,
                    open_feature_source(detect.emotion, model, tracker, network=plan.weights is not None),
                    config.model.pose,
                    detect.pose_source,
                )
                for model in models
            ]
        except BaseException:
            tracker.close()
            raise
        poses = detect.pose_source == "pyfeat" and any(p.pose_mode == "live" for p in predictors)
        if detect.pose_source == "pyfeat" and not poses:
            note("detect.pose_source = pyfeat: models that are predicted at pose = 0 take no pose; --pose live does.")
        uses_network = poses or any(p.source.name == NetworkSource.name for p in predictors)
        return cls(tracker, predictors, limits, plan.open if uses_network else None, plan.hint)

    def begin(self, live: bool) -> None:
        """Say once, before the first frame, whether the frames are of a live source: then nothing waits for py-feat's
        network, which answers at its own rate. Without it every frame gets its own answer.
        """
        if self.pairing is None:
            self.live = live
            self.pairing = None if self._open_pairing is None else self._open_pairing(live)

    def run(self, frames: Iterable[Frame]) -> Iterator[FrameResult]:
        """`step` for every frame, in order; with the network several frames ahead, so that all cores are at work."""
        self.begin(self.live)
        if self.live or self.pairing is None:
            for frame in frames:
                yield self.step(frame)
            return
        ahead: deque[Observation] = deque()
        try:
            for frame in frames:
                with self._busy:
                    ahead.append(self._observe(frame))
                    self.pairing.submit(ahead[-1])
                if len(ahead) >= self.pairing.ahead:
                    yield self._finished(ahead.popleft())
        except (SourceError, TrackerError):  # what came before the damage is finished first
            yield from map(self._finished, ahead)
            raise
        yield from map(self._finished, ahead)

    def step(self, frame: Frame) -> FrameResult:
        """All that is known of this frame. Raises TrackerError when MediaPipe fails for good, and in step with
        py-feat's network what that raises.
        """
        self.begin(self.live)
        with self._busy:
            seen = self._observe(frame)
            if self.pairing is None:
                return self._collected(seen, self._result(Matched(seen)))
            if self.live:
                return self._collected(seen, self._live_result(seen, self.pairing.look(seen)))
            self.pairing.submit(seen)
        return self._finished(seen)

    def _finished(self, seen: Observation) -> FrameResult:
        """In step: the result of a frame that was submitted."""
        assert self.pairing is not None
        with self._busy:
            paired = self.pairing.finish(seen)
            seen.watch.lap("network")  # the wait, and what was done for other frames meanwhile
            return self._collected(seen, self._result(paired))

    def _live_result(self, seen: Observation, paired: Matched) -> FrameResult:
        """This frame's picture and landmarks, and the newest complete pair, which was computed when it was new."""
        if paired.seen is seen:
            return self._result(paired)
        assert paired.output is not None
        if self._pair is None or self._pair[0] is not paired.output:
            self._pair = paired.output, self._result(replace(paired, seen=replace(paired.seen, watch=seen.watch)))
        return replace(
            self._pair[1], frame=seen.frame, landmarks=seen.landmarks, timings_ms=seen.watch.laps_ms,
            done_ns=time.monotonic_ns(),
        )  # fmt: skip

    def _observe(self, frame: Frame) -> Observation:
        watch = Stopwatch()
        if frame.segment != self._segment:  # another picture than the tracker expects
            self._segment, self._faces_in_row = frame.segment, 0
        landmarks = self.tracker.track(frame)
        watch.lap("track")
        aligned = None
        if landmarks is None:
            self._faces_in_row = 0
        else:
            self._faces_in_row += 1
            aligned = self._align(landmarks.points_px)
            watch.lap("align")
        self._presence += self._faces_in_row <= 1
        return Observation(
            frame, landmarks, tuple(aligned or ()), self._faces_in_row <= WARM_UP_FRAMES, self._presence, watch
        )

    def _result(self, paired: Matched) -> FrameResult:
        """All that is known of a frame with what the network says of it."""
        seen, watch = paired.seen, paired.seen.watch
        if seen.landmarks is None or not seen.aligned:
            reason = "no face" if seen.landmarks is None else "anchors degenerate"
            return FrameResult(
                seen.frame, seen.landmarks, validity=Validity(False, (reason,)),
                timings_ms=watch.laps_ms, done_ns=time.monotonic_ns(),
            )  # fmt: skip
        models = tuple(
            predictor.step(seen.frame.stamp_ns, seen.landmarks, face, paired.output, paired.pending, into_first, watch)
            for predictor, face, into_first in zip(self.predictors, seen.aligned, self._first_from_canon, strict=True)
        )
        apart = self._disagreement(models)
        watch.lap("residual")
        return FrameResult(
            frame=seen.frame,
            landmarks=seen.landmarks,
            network=paired.output,
            models=models,
            disagreement=apart,
            validity=self._validity(seen.aligned, seen.landmarks.points_px),
            warm_up=seen.warm_up,
            timings_ms=watch.laps_ms,
            done_ns=time.monotonic_ns(),
        )

    @property
    def model(self) -> LinearMeshModel:
        """The first model."""
        return self._first.model

    @property
    def pose_mode(self) -> PoseMode:
        """Which pose the first model is given."""
        return self._first.pose_mode

    def choose_pose(self, mode: Literal["auto"] | PoseMode) -> None:
        """The pose that all models are given from the next frame on; `auto`: each its own choice."""
        for predictor in self.predictors:
            predictor.choose_pose(mode)

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

    def halt(self) -> None:
        """Stop the network, so that no step waits for it any longer; there is no further step."""
        if self.pairing is not None:
            self.pairing.close()

    def close(self) -> None:
        """Stop the network, and free the tracker once the running step is done; may be called twice."""
        self.halt()  # first, since a step may be waiting for it
        if self._busy.acquire(timeout=CLOSE_S):  # a graph that is closed while it computes takes the process with it
            try:
                self.tracker.close()
            finally:
                self._busy.release()

    def __enter__(self) -> Self:
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

    def _collected(self, seen: Observation, result: FrameResult) -> FrameResult:
        """The result; a running calibration gets every face at the camera's rate, not at the network's."""
        pending = result.network is None and self.pairing is not None and self.pairing.speaks
        for at, predictor in enumerate(self.predictors):
            aligned = seen.aligned[at] if seen.aligned else None
            predictor.collect(aligned, result.network, seen.frame.stamp_ns, pending)
        return result


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
