"""What the user is told in passing: a line of text, and how a calibration ended."""

from __future__ import annotations

import time

from realtime.app.run_options import MESSAGE_S
from realtime.core.process import Notify
from realtime.core.status import CalibrationOutcome
from realtime.pipeline.build import Pipeline

VERDICT_S = 8.0


class Notifications:
    """Keeps what stands in the window for some seconds; all of it goes to the terminal as well."""

    def __init__(self, note: Notify) -> None:
        self._note = note
        self._message = ("", 0.0)  # until when, on the monotonic clock
        self._verdict: tuple[CalibrationOutcome | None, float] = (None, 0.0)
        self._calibrating = False

    @property
    def message(self) -> str:
        """The passing line; empty once its time is over."""
        text, until = self._message
        return text if time.monotonic() < until else ""

    @property
    def verdict(self) -> CalibrationOutcome | None:
        """Of the last calibration, for some seconds."""
        verdict, until = self._verdict
        return verdict if time.monotonic() < until else None

    def say(self, text: str, more: str = "") -> None:
        """A passing line; `more` is for the terminal alone."""
        self._message = (text, time.monotonic() + MESSAGE_S)
        self._note(f"{text}\n{more}" if more else text)

    def forget(self) -> None:
        """Another calibration begins, or what was calibrated is gone."""
        self._calibrating, self._verdict = False, (None, 0.0)

    def watch(self, pipeline: Pipeline) -> None:
        """Tell once a calibration has ended; to be asked after every frame."""
        running = pipeline.calibrating is not None
        if self._calibrating and not running:
            verdict = _verdict(pipeline)
            self._verdict = verdict, time.monotonic() + VERDICT_S
            self._message = ("", 0.0)  # the verdict takes its place
            self._note(verdict.text)
        self._calibrating = running


def _verdict(pipeline: Pipeline) -> CalibrationOutcome:
    note, identity = pipeline.calibration_note, pipeline.identity
    if note or identity is None:
        return CalibrationOutcome(False, f"Calibration failed: {note}.")
    return CalibrationOutcome(
        True,
        f"Neutral calibrated: {identity.frames} frames in {identity.seconds:.1f} s, noise {identity.noise_nme:.2f} %, "
        f"motion {identity.motion_nme:.1f} %.",
    )
