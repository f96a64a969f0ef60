"""The calibration of a subject: steps that collect frames, the review of what they found, and its acceptance.

    idle -> rest [-> further steps] -> review -> accepted
              \\______ failed ______/      \\__ discarded

A step (`CalibrationStep`) asks the subject for something, gets every frame for some seconds, and adds its result to a
`Calibrated`. `start` is given the steps in order; the first is always `RestStep`. A further step is a class of its own
with a duration, a prompt and a result, and is passed to `start` as a function that makes it from what the steps before
it have found. Only `CalibrationError` ends the calibration; an optional step that finds nothing returns what it was
given, with the reason in it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol

from realtime.core.local_time import now_text
from realtime.core.neutral import NeutralInfo
from realtime.core.repeatability import repeatability_nme
from realtime.core.status import REST_PROMPTS
from realtime.core.types import Aligned, Features, Identity, Landmarks, NetworkOutput
from realtime.geometry import NeutralCollector
from realtime.pipeline.predictor import POSE_MODES, PoseMode, Predictor
from realtime.pipeline.rest_findings import RestFindings


@dataclass(frozen=True, slots=True, eq=False)
class CalibrationFrame:
    """A frame as a calibration gets it."""

    stamp_ns: int
    landmarks: Landmarks | None = None
    aligned: tuple[Aligned, ...] = ()  # in the frame of each model; empty without a face
    network: NetworkOutput | None = None
    pending: bool = False  # py-feat's network runs and has not answered yet
    implausible: bool = False  # the mesh does not lie on a whole face
    features: Features | None = None  # of the first model whose source looks at the picture
    told_apart: bool = False  # from other faces in the picture, each of which is followed by itself


@dataclass(frozen=True, slots=True, eq=False)
class Calibrated:
    """What the steps of a calibration have found; the identities are for each predictor and for both pose modes.

    An offset belongs to the predictions against which it was measured, hence to a model and a pose mode.
    """

    identities: tuple[Mapping[PoseMode, Identity], ...]
    refused: str = ""  # why an optional step has found nothing

    @property
    def first(self) -> Identity:
        """The identity in the first model's frame, with what is the same for all of them."""
        return self.identities[0][POSE_MODES[0]]


class CalibrationError(Exception):
    """A step cannot give its result; its text is the reason."""


class CalibrationStep(Protocol):
    """One step of a calibration; `add` and `finish` belong to the thread that computes."""

    @property
    def prompts(self) -> tuple[str, ...]:
        """What the subject is to do, the longest wording first."""
        ...

    @property
    def progress(self) -> float:
        """0 at the beginning, 1 when it is time to call `finish`."""
        ...

    def add(self, frame: CalibrationFrame) -> None:
        """Add a frame; frames without a face come as well."""
        ...

    def finish(self, found: Calibrated) -> Calibrated:
        """What was found before with the result of this step. Raises CalibrationError."""
        ...


MakeStep = Callable[[Calibrated], CalibrationStep]


class RestStep:
    """Some seconds of the subject at rest: the identity, for each predictor and pose mode."""

    prompts = REST_PROMPTS

    def __init__(self, predictors: Sequence[Predictor], seconds: float, person: str = "") -> None:
        """`person` is the name of the subject. Raises ValueError for a duration that is not positive."""
        self._predictors = tuple(predictors)
        self._person = person
        self._tracker = ""
        self._findings = RestFindings()
        self._collectors = [
            {mode: NeutralCollector(seconds, predictor.canonical) for mode in POSE_MODES} for predictor in predictors
        ]

    @property
    def progress(self) -> float:
        """How much of the time has passed since the first frame with a face."""
        return min(collector.progress for modes in self._collectors for collector in modes.values())

    def add(self, frame: CalibrationFrame) -> None:
        """Add a frame. Where the network is to measure the pose, its first answer is awaited: an offset is of the pose
        that predictions will be given.
        """
        self._look(frame)
        for at, (predictor, modes) in enumerate(zip(self._predictors, self._collectors, strict=True)):
            if frame.pending and frame.aligned and predictor.pose_source == "pyfeat":
                continue
            aligned = frame.aligned[at] if frame.aligned else None
            for mode, collector in modes.items():
                expected = None
                if aligned is not None:
                    expected = predictor.model.predict_neutral(predictor.pose_given(mode, aligned, frame.network)[0])
                collector.add(aligned, expected, frame.stamp_ns)

    def finish(self, found: Calibrated) -> Calibrated:
        """The identities. Raises CalibrationError: the face was lost, too few frames, too much motion."""
        info = NeutralInfo(
            now_text(), self._tracker, self._person, self._findings.finish(),
            repeatability_nme=repeatability_nme(self._tracker),
        )  # fmt: skip
        return Calibrated(tuple({mode: _identity(c, info) for mode, c in modes.items()} for modes in self._collectors))

    def _look(self, frame: CalibrationFrame) -> None:
        """Note what the face looks like."""
        landmarks, features = frame.landmarks, frame.features
        if landmarks is None or not frame.aligned:
            return
        self._tracker = landmarks.tracker
        self._findings.add(
            frame.aligned[0],
            implausible=frame.implausible,
            faces=1 if frame.told_apart else landmarks.faces_seen,
            emotions=None if features is None else features.values,
            source="" if features is None else features.source,
        )


def _identity(collector: NeutralCollector, info: NeutralInfo) -> Identity:
    identity, reason = collector.finish()
    if identity is None:
        raise CalibrationError(reason)
    return replace(identity, info=info)


class Calibration:
    """The calibration of the subject for all predictors of a pipeline.

    The identities that predictions use stay until others are accepted, and those before can be restored once.
    `add` belongs to the thread that computes, everything else to any.
    """

    def __init__(self, predictors: Sequence[Predictor], *, review: bool = False, person: str = "") -> None:
        """`review`: what was found waits for `accept` or `discard`; otherwise it is accepted at once. `person` is the
        name of the subject.
        """
        self.review = review
        self.person = person
        self._predictors = tuple(predictors)
        self._changing = threading.RLock()
        self._step: CalibrationStep | None = None
        self._further: list[MakeStep] = []
        self._extends = False
        self._found = Calibrated(())
        self._candidate: Calibrated | None = None
        self._accepted: Calibrated | None = None  # what is in use, where it was calibrated here
        self._before: tuple[Calibrated | None, list[dict[PoseMode, Identity]]] | None = None
        self._note = ""

    @property
    def state(self) -> Literal["idle", "collecting", "review"]:
        """What it is doing: "collecting" while a step runs, "review" while a result waits to be accepted."""
        if self._step is not None:
            return "collecting"
        return "idle" if self._candidate is None else "review"

    @property
    def progress(self) -> float | None:
        """Progress of the running step, 0 to 1; None while none runs."""
        step = self._step
        return None if step is None else step.progress

    @property
    def step(self) -> CalibrationStep | None:
        """The running step."""
        return self._step

    @property
    def note(self) -> str:
        """Why the last calibration failed; empty after a good one."""
        return self._note

    @property
    def candidate(self) -> Calibrated | None:
        """What waits to be accepted."""
        return self._candidate

    @property
    def accepted(self) -> Calibrated | None:
        """What is in use; None where nothing was accepted here."""
        return self._accepted

    @property
    def identity(self) -> Identity | None:
        """The neutral in use, in the first model's frame."""
        return self._predictors[0].identity

    @property
    def extends(self) -> bool:
        """Whether the newest calibration takes, or took, a step on the neutral in use instead of a new one."""
        return self._extends

    @property
    def refused(self) -> str:
        """Why what is in use lacks the result of an optional step; empty where none was taken, or it has found one."""
        return "" if self._accepted is None else self._accepted.refused

    def start(self, seconds: float, further: Sequence[MakeStep] = ()) -> None:
        """Average the coming seconds of the subject at rest, then take the further steps."""
        with self._changing:
            self._note, self._candidate, self._extends = "", None, False
            self._found, self._further = Calibrated(()), list(further)
            self._step = RestStep(self._predictors, seconds, self.person)

    def extend(self, make: MakeStep) -> None:
        """Take one more step on the neutral in use, and use what it finds at once: it belongs to that neutral.

        Where there is no neutral, or none that the step can begin with, the calibration has failed.
        """
        with self._changing:
            self._candidate, self._further, self._extends = None, [], True
            in_use = Calibrated(tuple(predictor.identities() for predictor in self._predictors))
            try:
                if not all(in_use.identities):
                    raise CalibrationError("there is no neutral; calibrate first")
                self._found, self._note, self._step = in_use, "", make(in_use)
            except CalibrationError as failure:
                self._note, self._step = str(failure), None

    def add(self, frame: CalibrationFrame) -> None:
        """Give the running step a frame."""
        step = self._step
        if step is None:
            return
        step.add(frame)
        if step.progress < 1.0:
            return
        try:
            found, note = step.finish(self._found), ""
        except CalibrationError as failure:
            found, note = self._found, str(failure)
        with self._changing:
            if self._step is not step:  # another calibration was requested meanwhile
                return
            self._found, self._note, self._step = found, note, None
            if note:
                return
            if self._further:
                self._step = self._further.pop(0)(found)
                return
            self._candidate = found
            if self._extends or not self.review:
                self.accept()

    def accept(self) -> None:
        """Use what was found from the next frame on; without a candidate nothing happens."""
        with self._changing:
            found, self._candidate = self._candidate, None
            if found is not None:
                self._use(found, [dict(modes) for modes in found.identities])

    def adopt(self, identities: Sequence[Mapping[PoseMode, Identity]]) -> None:
        """Use identities that were measured elsewhere, before the first frame or for another person; a candidate and a
        running calibration end, and there is nothing to undo.
        """
        with self._changing:
            self._step = self._candidate = self._accepted = self._before = None
            for predictor, modes in zip(self._predictors, identities, strict=True):
                predictor.use_identities(modes)

    def forget(self) -> None:
        """Use no neutral from the next frame on; steps that run end. The neutral so far can be restored."""
        with self._changing:
            self._step = self._candidate = None
            self._note = ""
            self._use(None, [{} for _ in self._predictors])

    def discard(self) -> None:
        """Discard what was found, and go on with the neutral in use."""
        with self._changing:
            self._candidate = None

    def cancel(self, why: str) -> None:
        """End the running steps without a result."""
        with self._changing:
            if self._step is not None:
                self._step, self._note = None, why

    @property
    def can_undo(self) -> bool:
        """Whether there is a neutral, or none, from before the last one that was accepted."""
        return self._before is not None

    def undo(self) -> bool:
        """Restore the identities from before the last acceptance, or, after an undo, those of the acceptance; whether
        there were any.
        """
        with self._changing:
            if self._before is None:
                return False
            self._use(*self._before)
            return True

    def _use(self, accepted: Calibrated | None, identities: Sequence[dict[PoseMode, Identity]]) -> None:
        self._before = self._accepted, [predictor.identities() for predictor in self._predictors]
        self._accepted = accepted
        for predictor, modes in zip(self._predictors, identities, strict=True):
            predictor.use_identities(modes)
