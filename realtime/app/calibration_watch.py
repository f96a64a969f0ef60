"""The calibration as the user meets it: shown for confirmation, accepted after a countdown, kept for the person."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from contextlib import suppress

from realtime.app.notifications import Notifications
from realtime.core.errors import MeshmirrorError
from realtime.core.neutral import Finding, not_at_rest
from realtime.core.status import CalibrationOutcome, Choice, NeutralReview
from realtime.core.types import Identity
from realtime.core.undo_history import Step, UndoHistory
from realtime.core.wording import pose_response_sentence
from realtime.pipeline.build import Pipeline
from realtime.pipeline.calibration import Calibration
from realtime.pipeline.neutral_transfer import CarriedNeutral, frame_of
from realtime.session.neutral_file import SavedNeutral, load_neutral, remove_neutral, save_neutral, saved_neutrals

COUNTDOWN_S = 5.0  # until a new neutral without findings is accepted by itself
_NO_PERSON = Choice("", "not named")
_NEUTRAL = "neutral"  # the kind of its steps


class CalibrationWatch:
    """Follows the calibration of the present run; for the main thread only.

    Where somebody is at the window, a new neutral is shown before it is used: without findings it is accepted after a
    countdown, with findings it waits. Otherwise it is accepted at once.
    """

    def __init__(
        self,
        notifications: Notifications,
        person: str,
        history: UndoHistory,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`person` is the name of the subject, empty where it is not named. A neutral that is accepted is a step of the
        history. `clock` gives seconds.
        """
        self._history = history
        self._notifications = notifications
        self._clock = clock
        self._state = "idle"
        self._busy: Calibration | None = None  # of which that is the state
        self._deadline: float | None = None  # of the countdown
        self.person = person
        self._people: tuple[Choice, ...] | None = None

    def update(self, pipeline: Pipeline, *, attended: bool) -> None:
        """Take note of what has happened; to be called often. `attended`: somebody is at the window."""
        calibration = pipeline.calibration
        if self._busy is not None and self._state == "collecting":
            calibration = self._busy  # it has ended, and another face was chosen meanwhile
        calibration.review = attended
        state = calibration.state
        if state == "review" and self._state != "review":
            self._notifications.forget_calibration()
            candidate = calibration.candidate
            found = candidate is not None and findings_of(candidate.first)
            self._deadline = None if found else self._clock() + COUNTDOWN_S
        elif state == "idle" and self._state == "collecting":
            self._ended(pipeline, calibration)
        self._state, self._busy = state, calibration
        if state == "review" and (not attended or (self._deadline is not None and self._clock() >= self._deadline)):
            self.accept(pipeline)

    def review(self, pipeline: Pipeline) -> NeutralReview | None:
        """The new neutral, while it is shown for confirmation."""
        candidate = pipeline.calibration.candidate
        if candidate is None or self._state != "review":
            return None
        left = None if self._deadline is None else max(0, math.ceil(self._deadline - self._clock()))
        return NeutralReview(candidate.first, pipeline.calibration.identity, findings_of(candidate.first), left)

    def forget(self) -> None:
        """Another calibration begins, or its run is replaced: what is known of the last one is discarded."""
        self._state, self._deadline, self._busy = "idle", None, None
        self._notifications.forget_calibration()

    # Requests

    def accept(self, pipeline: Pipeline) -> None:
        """Use the new neutral."""
        calibration = pipeline.calibration
        if calibration.candidate is None:
            self._notifications.post("calibration", "There is no new neutral to accept; N takes one.")
            return
        calibration.accept()
        self._state = "idle"
        self._ended(pipeline, calibration)

    def discard(self, pipeline: Pipeline) -> None:
        """Go on with the neutral in use."""
        calibration = pipeline.calibration
        if calibration.candidate is None:
            self._notifications.post("calibration", "There is no new neutral to discard.")
            return
        calibration.discard()
        self._state = "idle"
        kept = "the one before stays" if calibration.identity is not None else "there is none now"
        self._notifications.post("calibration", f"New neutral discarded; {kept}.")

    def undo(self, pipeline: Pipeline) -> None:
        """Restore the neutral from before the last acceptance."""
        if not pipeline.calibration.can_undo:
            self._notifications.post("calibration", "There is no neutral from before.")
            return
        calibration = pipeline.calibration
        self._exchange(pipeline, calibration)
        self._note("neutral before", pipeline, calibration)

    def forget_steps(self) -> None:
        """The neutrals from before are not those of the run that comes: they cannot be restored in it."""
        self._history.forget(_NEUTRAL)

    def _note(self, name: str, pipeline: Pipeline, calibration: Calibration) -> None:
        """A step to undo, of the face that was calibrated; there is one neutral from before: earlier steps are void."""
        self.forget_steps()

        def exchange() -> None:
            self._exchange(pipeline, calibration)

        self._history.add(Step(name, exchange, exchange, _NEUTRAL))

    def _exchange(self, pipeline: Pipeline, calibration: Calibration) -> None:
        """Use the neutral of a face from before, and keep the present one for the way back."""
        calibration.undo()
        self._notifications.forget_calibration()
        identity = calibration.identity
        text = "none, as before" if identity is None else ", ".join(neutral_facts(identity))
        self._notifications.post("calibration", f"Neutral restored: {text}.")
        if identity is None and calibration.person:
            with suppress(MeshmirrorError, OSError):
                remove_neutral(calibration.person)
            self._people = None
        self._keep(pipeline, calibration)

    # People

    def people(self) -> tuple[Choice, ...]:
        """Whose neutral is kept, to choose from."""
        if self._people is None:
            self.refresh()
        names = [one.value for one in self._people or ()]
        named = self.person and self.person not in names
        return (_NO_PERSON, *(self._people or ()), *((Choice(self.person, self.person),) if named else ()))

    def refresh(self) -> None:
        """Read again whose neutrals are kept."""
        good = [one for one in saved_neutrals() if isinstance(one, SavedNeutral)]
        self._people = tuple(Choice(one.info.person, one.info.person) for one in good)

    def choose_person(self, pipeline: Pipeline, person: str) -> None:
        """The face is of this person from now on: the neutral that is kept is used; without one there is none."""
        self.person = pipeline.calibration.person = person
        self.forget()
        self.forget_steps()
        if not person:
            self._notifications.post("calibration", "The person is not named: new neutrals are not kept.")
            used = pipeline.identity
            if used is not None and used.info is not None and used.info.person:
                pipeline.calibration.adopt([{} for _ in pipeline.predictors])
        elif not self.use_kept(pipeline):
            pipeline.calibration.adopt([{} for _ in pipeline.predictors])

    def next_person(self, pipeline: Pipeline) -> None:
        """Somebody else sits down: neither name, neutral nor its gain are of that face. A neutral is a step to undo."""
        calibration = pipeline.calibration
        before, had = self.person, calibration.identity is not None
        self.person = calibration.person = ""
        self.forget()
        self.forget_steps()
        if had:
            calibration.forget()

            def put(person: str) -> None:
                self.person = calibration.person = person
                self._exchange(pipeline, calibration)

            self._history.add(Step("next person", lambda: put(before), lambda: put(""), _NEUTRAL))
        elif calibration.state != "idle":
            calibration.adopt([{} for _ in pipeline.predictors])
        undo = " Ctrl+Z restores the one before." if had else ""
        self._notifications.post("calibration", f"Next person: nothing is known of this face.{undo}")

    def use_kept(self, pipeline: Pipeline, *, quiet: bool = False) -> bool:
        """Use the neutral that is kept of the person, if it fits this run; whether it does.

        The user is notified; `quiet`: only where it is used.
        """
        pipeline.calibration.person = self.person
        if not self.person:
            return False
        try:
            kept = load_neutral(self.person)
        except MeshmirrorError as error:
            self._refuse(f"The neutral of {self.person} is not used: {error}", quiet=quiet)
            return False
        if kept is None:
            self._refuse(f"No neutral of {self.person} yet: the next one is kept.", quiet=quiet)
            return False
        carried = CarriedNeutral(kept.identity, kept.frame, kept.info.tracker)
        found, reasons = carried.for_predictors(pipeline.predictors, pipeline.tracker.name)
        if not any(found):
            why = "; ".join(reasons)
            self._refuse(f"The neutral of {self.person} is not used: {why}. Calibrate again.", quiet=quiet)
            return False
        pipeline.calibration.adopt(found)
        partly = f" Not for all models: {'; '.join(reasons)}." if reasons else ""
        self._notifications.post("calibration", f"Neutral of {', '.join(neutral_facts(kept.identity))}.{partly}")
        return True

    def _refuse(self, text: str, *, quiet: bool) -> None:
        if not quiet:
            self._notifications.post("calibration", text)

    def _ended(self, pipeline: Pipeline, calibration: Calibration) -> None:
        identity = calibration.identity
        if calibration.note or identity is None:
            what = "No pose response" if calibration.extends else "Calibration failed"
            self._notifications.calibration_ended(CalibrationOutcome(False, f"{what}: {calibration.note}."))
            return
        sentences, findings = [], () if calibration.extends else findings_of(identity)
        if not calibration.extends:
            sentences.append(
                f"Neutral calibrated: {identity.frames} frames in {identity.seconds:.1f} s, "
                f"jitter {identity.noise_nme:.2f} %, motion {identity.motion_nme:.1f} %."
            )
        if findings:
            sentences.append(f"{not_at_rest(findings).capitalize()}.")
        response = identity.response
        if response is not None:
            axes = [axis for axis, known in zip(("pitch", "yaw", "roll"), response.known, strict=True) if known]
            sentences.append(f"{pose_response_sentence(axes, response.held_out_percent, response.held_out_error)}.")
        elif calibration.refused:
            sentences.append(f"No pose response: {calibration.refused}.")
        self._note("pose response" if calibration.extends else "new neutral", pipeline, calibration)
        good = not (findings or calibration.refused)
        more = "\n".join(f"  {finding.text}" for finding in findings)
        self._notifications.calibration_ended(CalibrationOutcome(good, " ".join(sentences)), more)
        self._keep(pipeline, calibration)

    def _keep(self, pipeline: Pipeline, calibration: Calibration) -> None:
        """Keep the neutral of a face for its person."""
        identity = calibration.identity
        if identity is None or identity.info is None or not identity.info.person:
            return
        try:
            save_neutral(identity, frame_of(pipeline.model), pipeline.model.name)
        except OSError as error:
            self._notifications.post("output", f"The neutral could not be kept: {error.strerror}.", error=True)
        self._people = None


def findings_of(identity: Identity) -> tuple[Finding, ...]:
    """Why the face was not at rest."""
    return () if identity.info is None else identity.info.findings


def neutral_facts(identity: Identity) -> tuple[str, ...]:
    """A neutral in two short lines: whose and from when, how many frames and their jitter."""
    info = identity.info
    first = "neutral"
    if info is not None:
        first = f"{info.person or 'not named'}, {info.taken[:16].replace('T', ' ')}"
    numbers = f"{identity.frames} frames in {identity.seconds:.1f} s, jitter {identity.noise_nme:.2f} %"
    return first, numbers
