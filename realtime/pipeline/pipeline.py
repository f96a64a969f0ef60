"""The pipeline: one frame in, its result out; the same object live, on a file, in a replay and in a test."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from types import TracebackType
from typing import Literal, Self

from realtime.core.errors import SourceError, TrackerError
from realtime.core.frame_result import Disagreement, Estimate, Face, FrameResult, ModelResult
from realtime.core.types import Features, Frame, Identity, NetworkOutput, Validity
from realtime.detect import Tracker
from realtime.detect.feature_sources import LOOKING
from realtime.geometry import ValidityLimits, disagreement
from realtime.model import LinearMeshModel
from realtime.pipeline.appearance import AppearanceOutputs
from realtime.pipeline.calibration import Calibration, CalibrationFrame
from realtime.pipeline.conditions import Conditions, LiveConditions
from realtime.pipeline.face_aligner import FaceAligner
from realtime.pipeline.face_choice import FaceChoice, LiveFaceChoice
from realtime.pipeline.face_states import FaceState, FaceStates
from realtime.pipeline.face_tracks import AssignedTracks, FaceTracks
from realtime.pipeline.frame_observer import FrameObserver, ObservedFrame
from realtime.pipeline.look_around import LookAroundStep
from realtime.pipeline.network_sync import Matched, NetworkOutputs
from realtime.pipeline.picture_rotation import FixedRotation, PictureRotation
from realtime.pipeline.plausibility import FacePlausibility, MeasuredPlausibility
from realtime.pipeline.predictor import PoseMode, Predictor, frame_map

CLOSE_S = 5.0
_MOST_BYTES = 64 << 20  # of pictures that are held while their faces are finished at once


class FrameStep:
    """Frame -> Landmarks -> Aligned -> Features -> Prediction -> Residual, for each face; then for each model.

    Every stage is given at construction; a replay gives recorded ones. Its state between frames is the state of
    the tracker and of the tracks, what is known of each face (`FaceStates`) and, live, the newest matched estimates.
    `predictors`, `identity`, `calibration` and `pose_mode` are those of the chosen face. `step` and `run` belong to one
    thread, the other methods to any.
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
        choice: FaceChoice | None = None,
        plausibility: FacePlausibility | None = None,
        rotation: PictureRotation | None = None,
        conditions: Conditions | None = None,
        calibration: Calibration | None = None,
        matches_live: bool | None = None,
        hint: str = "",
    ) -> None:
        """At least one predictor; where there are several, their models' names differ. They are those of the first
        face that is chosen; `calibration` is its as well.

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
        first = FaceState(tuple(predictors), calibration or Calibration(predictors))
        self._states = FaceStates(first)
        self.rotation: PictureRotation = rotation or FixedRotation()
        self.conditions: Conditions = conditions or LiveConditions(self._states.predictors)
        self._choice: FaceChoice = choice or LiveFaceChoice()
        self._open_network = open_network
        self._matches_live = matches_live
        self._begun = False
        self._newest: dict[int, tuple[NetworkOutput, Estimate]] = {}  # live: the newest matched ones, by track ids
        self._aligner = FaceAligner(first.predictors, limits)
        self._first_from_canon = [frame_map(predictors[0].model, predictor.model) for predictor in predictors]
        self._observer = FrameObserver(
            tracker, self._aligner, self.rotation, plausibility or MeasuredPlausibility(0), self.conditions,
            tracks or AssignedTracks(), self._choice, self._states,
        )  # fmt: skip
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
        ahead: deque[ObservedFrame] = deque()
        try:
            for frame in frames:
                with self._busy:
                    ahead.append(self._observer.observe(frame))
                    self._submit(ahead[-1])
                if self.network is None:
                    if len(ahead) >= at_once or sum(seen.frame.image.nbytes for seen in ahead) >= _MOST_BYTES:
                        yield from self._finished_all(ahead)
                elif sum(max(1, len(seen.faces)) for seen in ahead) >= self.network.ahead:
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
            seen = self._observer.observe(frame)
            if self.live and self.network is not None:
                return self._result(seen, self._live_estimates(self.network.match_newest(seen.observations), seen))
            self._submit(seen)
        return self._finished(seen)

    def _submit(self, seen: ObservedFrame) -> None:
        """In step with the network: submit the faces of a frame."""
        if self.network is not None:
            for face in seen.observations:
                self.network.submit(face)

    def _finished_all(self, ahead: deque[ObservedFrame]) -> Iterator[FrameResult]:
        """The results of frames that were observed, which `ahead` holds no longer."""
        if self.appearance is not None:
            with self._busy:
                self.appearance.read_ahead([face for seen in ahead for face in seen.observations if face.aligned])
        while ahead:
            yield self._finished(ahead.popleft())

    def _finished(self, seen: ObservedFrame) -> FrameResult:
        """In step: the result of a frame that was observed and, with the network, submitted."""
        with self._busy:
            matched = list(map(Matched, seen.observations))
            if self.network is not None:
                matched = [self.network.finish(face) for face in seen.observations]
                seen.watch.lap("network")  # the wait, and the work on other frames meanwhile
            pairs = [(one, face.state) for one, face in zip(matched, seen.faces, strict=True)]
            return self._result(seen, self._estimates(pairs, seen.frame))

    def _live_estimates(self, matched: Sequence[Matched], seen: ObservedFrame) -> list[Estimate]:
        """The estimates of the newest matched faces, each computed once: when it was new."""
        known: dict[int, tuple[NetworkOutput, Estimate]] = {}
        new: dict[int, tuple[Matched, FaceState]] = {}
        for one, face in zip(matched, seen.faces, strict=True):
            track_id, before = face.seen.track_id, self._newest.get(face.seen.track_id)
            if one.seen is face.seen:
                new[track_id] = one, face.state
            elif before is None or before[0] is not one.output:
                new[track_id] = replace(one, seen=replace(one.seen, watch=seen.watch)), face.state
            else:
                known[track_id] = before
        found = dict(zip(new, self._estimates(list(new.values()), seen.frame), strict=True))
        older = {at: (one.output, found[at]) for at, (one, _) in new.items() if one.output is not None}
        self._newest = known | older
        return [found[at] if at in found else known[at][1] for at in (face.track_id for face in seen.observations)]

    def _estimates(self, faces: Sequence[tuple[Matched, FaceState]], shown: Frame) -> list[Estimate]:
        """The estimates of some faces, in their order; `shown` is the frame beside which they are shown."""
        if self.appearance is not None and len(faces) > 1:
            self.appearance.read_ahead([matched.seen for matched, _ in faces if matched.seen.aligned])
        return [self._estimate(matched, state.predictors, shown) for matched, state in faces]

    def _estimate(self, matched: Matched, predictors: Sequence[Predictor], shown: Frame) -> Estimate:
        """The estimate of a face by its own predictors, with the output of the network for it."""
        seen, watch, stamp_ns = matched.seen, matched.seen.watch, matched.seen.frame.stamp_ns
        if not seen.aligned:
            return Estimate(stamp_ns, validity=Validity(False, ("anchors degenerate",)))
        read = None
        if self.appearance is not None:
            read = self.appearance.read(seen, shown)
            watch.lap("appearance")
        models = tuple(
            predictor.step(stamp_ns, seen.landmarks, face, matched.output, matched.pending, into_first, watch, read)
            for predictor, face, into_first in zip(predictors, seen.aligned, self._first_from_canon, strict=True)
        )
        apart = self._disagreement(models)
        watch.lap("residual")
        validity = self._aligner.validity(seen.aligned, seen.landmarks.points_px, models[0].identity)
        if seen.implausible:
            validity = Validity(False, (*validity.reasons, *seen.implausible))
        if read is not None and read.reason:  # no features, hence no prediction: the frame counts for nothing
            validity = Validity(False, (*validity.reasons, read.reason))
        if validity.ok:
            for predictor, result in zip(predictors, models, strict=True):
                predictor.add_to_gain(result)
        return Estimate(stamp_ns, models, matched.output, apart, validity, seen.warm_up)

    def _result(self, seen: ObservedFrame, estimates: Sequence[Estimate]) -> FrameResult:
        """The frame with its own landmarks, and the estimates, which may be of older frames: see their stamps."""
        faces = tuple(
            Face(face.seen.track_id, face.seen.landmarks, estimate, face.still)
            for face, estimate in zip(seen.faces, estimates, strict=True)
        )
        result = FrameResult(seen.frame, faces, seen.watch.laps_ms, time.monotonic_ns(), seen.chosen)
        self._calibrate(seen, estimates)
        return result

    def _calibrate(self, seen: ObservedFrame, estimates: Sequence[Estimate]) -> None:
        """A running calibration gets its face at the camera's rate, not at the network's; nothing where it is lost."""
        state = self._states.calibrating
        if state.calibration.step is None:
            return
        answers = self.network is not None and self.network.answers
        frame = CalibrationFrame(seen.frame.stamp_ns, pending=answers)
        for face, estimate in zip(seen.faces, estimates, strict=True):
            if face.state is state:
                one = face.seen
                frame = CalibrationFrame(
                    seen.frame.stamp_ns, one.landmarks, one.aligned, estimate.network,
                    pending=answers and estimate.network is None, implausible=bool(one.implausible),
                    features=_emotions_seen(estimate.models), told_apart=len(seen.faces) > 1,
                )  # fmt: skip
        state.calibration.add(frame)

    @property
    def predictors(self) -> tuple[Predictor, ...]:
        """Those of the chosen face, one a model; while there is none, of the one that was chosen last."""
        return self._states.chosen.predictors

    @property
    def calibration(self) -> Calibration:
        """The calibration of the chosen face; while one of another face runs or waits to be accepted, that one."""
        return self._states.calibrating.calibration

    @property
    def model(self) -> LinearMeshModel:
        """The first model."""
        return self.predictors[0].model

    @property
    def pose_mode(self) -> PoseMode:
        """Which pose the first model is given."""
        return self.predictors[0].pose_mode

    def choose_pose(self, mode: Literal["auto"] | PoseMode) -> None:
        """The pose that all models are given from the next frame on; `auto`: each model's own default, in a replay as
        it was recorded.
        """
        self.conditions.choose_pose(mode)

    def choose_face(self, track_id: int | None) -> None:
        """Choose a face from the next frame on, for as long as it is followed; None: the program chooses again."""
        self._choice.choose(track_id)

    def choose_next_face(self, step: int = 1) -> int | None:
        """Choose the face that comes `step` places after the chosen one, of those of the newest frame by track ids.

        Its track id; None where there is no other, and nothing is chosen.
        """
        return self._choice.choose_next(step)

    def calibrate(self, seconds: float, look_around_s: float | None = None) -> None:
        """Average the coming seconds of the chosen face at rest, then measure the response to the head pose while the
        subject looks around for `look_around_s` (None: not); `identity` is replaced when they are accepted.
        """
        further = [] if look_around_s is None else [partial(LookAroundStep, self._aligner, look_around_s)]
        self._states.begin_calibration().start(seconds, further)

    def look_around(self, seconds: float) -> None:
        """Measure the response to the head pose for the neutral in use, while the subject looks around."""
        self._states.begin_calibration().extend(partial(LookAroundStep, self._aligner, seconds, alone=True))

    @property
    def identity(self) -> Identity | None:
        """The subject's face at rest in the first model's frame, for its pose mode; None until calibrated."""
        return self.predictors[0].identity

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
        return disagreement(meshes, self.predictors[0].canonical)


def _emotions_seen(models: Sequence[ModelResult]) -> Features | None:
    """Emotions by a source that looks at the picture and not at the mesh."""
    found = (model.features for model in models)
    return next((one for one in found if one is not None and one.source in LOOKING and "happiness" in one.values), None)
