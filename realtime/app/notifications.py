"""Notifications: short texts that are in the window for some seconds, and how a calibration ended."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from realtime.app.run_options import MESSAGE_S
from realtime.core.printable import bounded
from realtime.core.process import Notify
from realtime.core.status import CalibrationOutcome, Notification, NotificationKind

OUTCOME_S = 8.0
_MOST_SHOWN = 600  # characters in the window


class Notifications:
    """What is in the window for some seconds; all of it is written to the terminal as well.

    The newest notification of a kind replaces the older one of the same kind; those of several kinds are visible
    together. Any thread may post.
    """

    def __init__(self, notify: Notify, clock: Callable[[], float] = time.monotonic) -> None:
        """`notify` writes to the terminal; `clock` gives seconds."""
        self._notify = notify
        self._clock = clock
        self._posting = threading.Lock()
        self._posted: dict[NotificationKind, tuple[Notification, float]] = {}  # until when; the newest last
        self._outcome: tuple[CalibrationOutcome | None, float] = (None, 0.0)

    @property
    def visible(self) -> tuple[Notification, ...]:
        """The notifications that are still visible, the newest last."""
        now = self._clock()
        with self._posting:
            return tuple(notification for notification, until in self._posted.values() if now < until)

    @property
    def outcome(self) -> CalibrationOutcome | None:
        """The outcome of the last calibration, for some seconds."""
        outcome, until = self._outcome
        return outcome if self._clock() < until else None

    def post(self, kind: NotificationKind, text: str, more: str = "") -> None:
        """Show a text instead of the older one of its kind; `more` is for the terminal alone."""
        with self._posting:
            self._posted.pop(kind, None)
            self._posted[kind] = Notification(kind, bounded(text, _MOST_SHOWN)), self._clock() + MESSAGE_S
        self._notify(f"{text}\n{more}" if more else text)

    def of(self, kind: NotificationKind) -> Notify:
        """A function that posts its text in this kind."""
        return lambda text: self.post(kind, text)

    def forget_calibration(self) -> None:
        """Discard the outcome and hide what is visible of it: another calibration begins, or its run is replaced."""
        self._outcome = (None, 0.0)
        self._withdraw("calibration")

    def calibration_ended(self, outcome: CalibrationOutcome, more: str = "") -> None:
        """Show how a calibration ended, for some seconds; `more` is for the terminal alone."""
        self._outcome = outcome, self._clock() + OUTCOME_S
        self._withdraw("calibration")  # the outcome replaces it
        self._notify(f"{outcome.text}\n{more}" if more else outcome.text)

    def _withdraw(self, kind: NotificationKind) -> None:
        with self._posting:
            self._posted.pop(kind, None)
