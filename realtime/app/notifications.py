"""Notifications: short texts that are in the window for some seconds, and how a calibration ended."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from realtime.app.run_options import MESSAGE_S
from realtime.core.printable import bounded
from realtime.core.process import Notify
from realtime.core.status import CalibrationOutcome, Notification, NotificationKind, Offer

OUTCOME_S = 8.0
LONG_S = 12.0  # of errors, and of what offers something to do
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
        self._posted: dict[tuple[NotificationKind, bool], tuple[Notification, float]] = {}  # until when; newest last
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

    def post(
        self,
        kind: NotificationKind,
        text: str,
        more: str = "",
        *,
        error: bool = False,
        offers: tuple[Offer, ...] = (),
    ) -> None:
        """Show a text instead of the older one of its kind; `more` is for the terminal alone.

        What failed (`error`), and what offers something to do about it, stays longer.
        """
        notification = Notification(kind, bounded(text, _MOST_SHOWN), error, offers)
        seconds = LONG_S if error or offers else MESSAGE_S
        with self._posting:
            self._posted.pop((kind, error), None)
            self._posted[kind, error] = notification, self._clock() + seconds
        self._notify(f"{text}\n{more}" if more else text)

    def of(self, kind: NotificationKind) -> Notify:
        """A function that posts its text in this kind."""
        return lambda text: self.post(kind, text)

    def errors_of(self, kind: NotificationKind) -> Notify:
        """The same for what failed."""
        return lambda text: self.post(kind, text, error=True)

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
            self._posted.pop((kind, False), None)
            self._posted.pop((kind, True), None)
