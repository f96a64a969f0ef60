"""The pipeline: one frame in, its result out; the same object live, on a file, in a replay and in a test."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from math import degrees
from types import TracebackType
from typing import Literal, Self

from realtime.core.errors import SourceError, TrackerError
from realtime.core.frame_result import Disagreement, Estimate, Face, FrameResult, ModelResult
from realtime.core.stopwatch import Stopwatch
from realtime.core.types import Aligned, Features, Frame, Identity, NetworkOutput, Validity
from realtime.detect import Tracker
from realtime.detect.feature_sources import LOOKING
from realtime.geometry import ValidityLimits, disagreement
from realtime.model import LinearMeshModel
from realtime.pipeline.appearance import AppearanceOutputs
from realtime.pipeline.calibration import Calibration, CalibrationFrame
from realtime.pipeline.conditions import Conditions, LiveConditions
from realtime.pipeline.face_aligner import FaceAligner
from realtime.pipeline.face_tracks import FaceTracks, SingleFaceTrack
from realtime.pipeline.look_around import LookAroundStep
from realtime.pipeline.network_sync import Matched, NetworkOutputs, Observation
from realtime.pipeline.picture_rotation import FixedRotation, PictureRotation, Sighting
from realtime.pipeline.plausibility import FacePlausibility, MeasuredPlausibility
from realtime.pipeline.predictor import PoseMode, Predictor, frame_map

CLOSE_S = 5.0
_MOST_BYTES = 64 << 20  # of pictures that are held while their faces are finished at once


class FrameStep:
    """Frame -> Landmarks -> Aligned -> Features -> Prediction -> Residual, the last three for each model.

    Every stage is given at construction; a replay gives recorded ones. Its state between frames is the state of
    the tracker and of the track, the subject's identity and, live, the newest matched estimate. `step` and `run` belong
    to one thread, the other methods to any.
    """

    def __init__(
        self,
        tracker: Tracker,
        predictors: Sequence[Predictor],
        limits: ValidityLimits | None = None,
        open_network: Callable[[bool], NetworkOutputs] | None = None,
        *,
        appearance: AppearanceOutputs | None = None,
        tracks: FaceTracks | None = None,
        plausibility: FacePlausibility | None = None,
        rotation: PictureRotation | None = None,
        conditions: Conditions | None = None,
        calibration: Calibration | None = None,
        matches_live: bool | None = None,
        hint: str = "",
    ) -> None:
        """At least one predictor; where there are several, their models' names differ.

        `open_network(live)` opens the network's outputs, where it is a source; `appearance` are those of the
        classifier, where that is one. `matches_live` says whether the network's outputs are matched as of a live
        source; None: as of the source that the frames come from. `hint` is the command that installs a better source of
        the emotions than the inverse, where it would be used. `plausibility` judges meshes (None: all
        are plausible), and `rotation` turns pictures before their faces are tracked (None: by no angle).
        """
        self.hint = hint
        self.tracker = tracker
        self.live = False
        self.network: NetworkOutputs | None = None
        self.appearance = appearance
        self.predictors = tuple(predictors)
        self.rotation: PictureRotation = rotation or FixedRotation()
        self._plausibility: FacePlausibility = plausibility or MeasuredPlausibility(0)
        self.conditions: Conditions = conditions or LiveConditions(self.predictors)
        self.calibration = calibration or Calibration(self.predictors)
        self._tracks: FaceTracks = tracks or SingleFaceTrack()
        self._open_network = open_network
        self._matches_live = matches_live
        self._begun = False
        self._newest: tuple[NetworkOutput, Estimate] | None = None  # live: the newest matched one
        self._first = first = self.predictors[0]
        self._aligner = FaceAligner(self.predictors, limits)
        self._first_from_canon = [frame_map(first.model, predictor.model) for predictor in self.predictors]
        self._busy = threading.Lock()

    def begin(self, live: bool) -> None:
        """Open the network's outputs, once, before the first frame is asked for.

        Of a `live` source nothing waits for py-feat's network, which answers at its own rate. Otherwise every frame
        gets its own answer.
        """
        if not self._begun:
            self._begun = True
            self.live = live if self._matches_live is None else self._matches_live
            self.conditions.begin()
            self.network = None if self._open_network is None else self._open_network(self.live)

    def run(self, frames: Iterable[Frame], at_once: int = 1) -> Iterator[FrameResult]:
        """`step` for every frame, in order; with the network several frames ahead, so that all cores are busy.

        `at_once`: so many frames are observed before the first of them is finished, where nobody waits for a single
        one; the classifier reads their faces at once, which is cheaper, and whose answers are equal up to rounding.
        """
        self.begin(self.live)
        if self.live or (self.network is None and at_once == 1):
            for frame in frames:
                yield self.step(frame)
            return
        ahead: deque[Observation] = deque()
        try:
            for frame in frames:
                with self._busy:
                    ahead.append(self._observe(frame))
                    if self.network is not None:
                        self.network.submit(ahead[-1])
                if self.network is None:
                    if len(ahead) >= at_once or sum(seen.frame.image.nbytes for seen in ahead) >= _MOST_BYTES:
                        yield from self._finished_all(ahead)
                elif len(ahead) >= self.network.ahead:
                    yield self._finished(ahead.popleft())
        except (SourceError, TrackerError):  # what came before the damage is finished first
            yield from self._finished_all(ahead)
            raise
        yield from self._finished_all(ahead)

    def step(self, frame: Frame) -> FrameResult:
        """The result of a frame.

        Raises TrackerError when MediaPipe fails permanently, and in step with py-feat's network what that raises.
        """
        self.begin(self.live)
        with self._busy:
            seen = self._observe(frame)
            if self.live and self.network is not None:
                return self._calibrated(
                    seen, self._result(seen, self._live_estimate(self.network.match_newest(seen), seen))
                )
            if self.network is not None:
                self.network.submit(seen)
        return self._finished(seen)

    def _finished_all(self, ahead: deque[Observation]) -> Iterator[FrameResult]:
        """The results of frames that were observed, which `ahead` holds no longer."""
        if self.appearance is not None:
            with self._busy:
                self.appearance.read_ahead([seen for seen in ahead if seen.aligned])
        while ahead:
            yield self._finished(ahead.popleft())

    def _finished(self, seen: Observation) -> FrameResult:
        """In step: the result of a frame that was observed and, with the network, submitted."""
        with self._busy:
            matched = Matched(seen)
            if self.network is not None:
                matched = self.network.finish(seen)
                seen.watch.lap("network")  # the wait, and the work on other frames meanwhile
            return self._calibrated(seen, self._result(seen, self._estimate(matched, seen.frame)))

    def _observe(self, frame: Frame) -> Observation:
        """Turn the picture of a frame, track and align its face."""
        watch = Stopwatch()
        frame = self.rotation.turn(frame)
        self.conditions.before_step(frame)
        landmarks = self.tracker.track(frame)
        watch.lap("track")
        aligned: tuple[Aligned, ...] = ()
        implausible: tuple[str, ...] = ()
        found: Sighting | None = None
        if landmarks is not None:
            aligned = self._aligner.align(landmarks.points_px)
            if aligned:
                implausible = self._plausibility.reasons(frame, landmarks)
                found = Sighting(degrees(aligned[0].pose.roll), not implausible)
            watch.lap("align")
        track = self._tracks.update(frame, landmarks)
        self.rotation.watch(frame, found)
        return Observation(frame, landmarks, aligned, track.warm_up, track.track_id, watch, implausible)

    def _live_estimate(self, matched: Matched, seen: Observation) -> Estimate:
        """The estimate of the newest matched face, computed once: when it was new."""
        if matched.seen is seen:
            return self._estimate(matched, seen.frame)
        assert matched.output is not None
        if self._newest is None or self._newest[0] is not matched.output:
            older = replace(matched, seen=replace(matched.seen, watch=seen.watch))
            self._newest = matched.output, self._estimate(older, seen.frame)
        return self._newest[1]

    def _estimate(self, matched: Matched, shown: Frame) -> Estimate:
        """The estimate of a face, with the output of the network for it; `shown` is the frame beside which it is
        shown.
        """
        seen, watch, stamp_ns = matched.seen, matched.seen.watch, matched.seen.frame.stamp_ns
        if seen.landmarks is None or not seen.aligned:
            return Estimate(stamp_ns, validity=Validity(False, ("anchors degenerate",)))
        read = None
        if self.appearance is not None:
            read = self.appearance.read(seen, shown)
            watch.lap("appearance")
        models = tuple(
            predictor.step(stamp_ns, seen.landmarks, face, matched.output, matched.pending, into_first, watch, read)
            for predictor, face, into_first in zip(self.predictors, seen.aligned, self._first_from_canon, strict=True)
        )
        apart = self._disagreement(models)
        watch.lap("residual")
        validity = self._aligner.validity(seen.aligned, seen.landmarks.points_px, models[0].identity)
        if seen.implausible:
            validity = Validity(False, (*validity.reasons, *seen.implausible))
        if read is not None and read.reason:  # no features, hence no prediction: the frame counts for nothing
            validity = Validity(False, (*validity.reasons, read.reason))
        if validity.ok:
            for predictor, result in zip(self.predictors, models, strict=True):
                predictor.add_to_gain(result)
        return Estimate(stamp_ns, models, matched.output, apart, validity, seen.warm_up)

    def _result(self, seen: Observation, estimate: Estimate) -> FrameResult:
        """The frame with its own landmarks, and the estimate, which may be of an older frame: see its stamp."""
        faces = () if seen.landmarks is None else (Face(seen.track_id, seen.landmarks, estimate),)
        return FrameResult(seen.frame, faces, seen.watch.laps_ms, time.monotonic_ns())

    def _calibrated(self, seen: Observation, result: FrameResult) -> FrameResult:
        """The result; a running calibration gets every face at the camera's rate, not at the network's."""
        pending = result.network is None and self.network is not None and self.network.answers
        frame = CalibrationFrame(
            seen.frame.stamp_ns, seen.landmarks, seen.aligned, result.network, pending,
            implausible=bool(seen.implausible), features=_emotions_seen(result),
        )  # fmt: skip
        self.calibration.add(frame)
        return result

    @property
    def model(self) -> LinearMeshModel:
        """The first model."""
        return self._first.model

    @property
    def pose_mode(self) -> PoseMode:
        """Which pose the first model is given."""
        return self._first.pose_mode

    def choose_pose(self, mode: Literal["auto"] | PoseMode) -> None:
        """The pose that all models are given from the next frame on; `auto`: each model's own default, in a replay as
        it was recorded.
        """
        self.conditions.choose_pose(mode)

    def calibrate(self, seconds: float, look_around_s: float | None = None) -> None:
        """Average the coming seconds of the subject at rest, then measure the response to the head pose while the
        subject looks around for `look_around_s` (None: not); `identity` is replaced when they are accepted.
        """
        further = [] if look_around_s is None else [partial(LookAroundStep, self._aligner, look_around_s)]
        self.calibration.start(seconds, further)

    def look_around(self, seconds: float) -> None:
        """Measure the response to the head pose for the neutral in use, while the subject looks around."""
        self.calibration.extend(partial(LookAroundStep, self._aligner, seconds, alone=True))

    @property
    def identity(self) -> Identity | None:
        """The subject's face at rest in the first model's frame, for its pose mode; None until calibrated."""
        return self._first.identity

    def halt(self) -> None:
        """Stop the network, so that no step waits for it any longer; there is no further step."""
        if self.network is not None:
            self.network.close()

    def close(self) -> None:
        """Stop the network, and free the tracker once the running step is done; may be called twice."""
        self.halt()  # first, since a step may be waiting for it
        if self._busy.acquire(timeout=CLOSE_S):  # a graph that is closed while it computes takes the process with it
            try:
                self.rotation.close()
                self.tracker.close()
            finally:
                self._busy.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

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


def _emotions_seen(result: FrameResult) -> Features | None:
    """Emotions by a source that looks at the picture and not at the mesh."""
    found = (model.features for model in result.models)
    return next((one for one in found if one is not None and one.source in LOOKING and "happiness" in one.values), None)
