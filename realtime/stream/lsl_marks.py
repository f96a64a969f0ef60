"""Marks that another program sends by LSL: those of an experiment, a button box, an EEG amplifier."""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import Any

from realtime.core.printable import printable
from realtime.core.process import Notify
from realtime.stream.lsl import import_pylsl
from realtime.stream.lsl_clock import LslClock
from realtime.stream.sample import StreamMark

MOST_WAITING = 1000
LONGEST_LABEL = 200  # characters
_PATIENCE_NS = 500_000_000  # a mark waits so long for the frame that was taken at its time
_SEARCH_S = 1.0
_POLL_S = 0.1


class MarkInlet:
    """Receives the samples of a stream as marks, in a thread of its own, until it is closed.

    Times are converted to this machine's monotonic clock, with LSL's own correction where the sender is elsewhere. A
    stream that is not there, or gone, is searched for all the time.
    """

    def __init__(self, name: str, scope: str, notify: Notify) -> None:
        """`name` of the stream. `notify` is called by the thread once it is found, and lost."""
        self.name = name
        self.dropped = 0  # marks that came faster than they were taken
        self._scope = scope
        self._notify = notify
        self._waiting: deque[StreamMark] = deque()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._work, name="marks", daemon=True)
        self._thread.start()

    def take(self, newest_ns: int | None, most: int = 20) -> list[StreamMark]:
        """Marks that came, at most so many. Those after the newest frame (monotonic clock) wait for the next ones, but
        not for long.
        """
        found: list[StreamMark] = []
        while self._waiting and len(found) < most:
            at_ns = self._waiting[0].at_ns
            due = newest_ns is not None and at_ns <= newest_ns
            if not (due or time.monotonic_ns() - at_ns > _PATIENCE_NS):
                break
            found.append(self._waiting.popleft())
        return found

    def close(self) -> None:
        """End the thread; may be called twice."""
        self._closed.set()
        self._thread.join(2 * _SEARCH_S)

    def _work(self) -> None:
        try:
            lsl = import_pylsl(self._scope)
        except OSError as error:
            self._notify(f"Marks of '{self.name}': {error}")
            return
        from pylsl.util import LostError

        clock = LslClock(lsl.local_clock)
        while not self._closed.is_set():
            found = lsl.resolve_byprop("name", self.name, 1, _SEARCH_S)
            if not found:
                continue
            inlet = lsl.StreamInlet(found[0], recover=False)  # a lost one is searched for by its name here
            self._notify(f"Marks of the LSL stream '{self.name}' are received.")
            try:
                while not self._closed.is_set():
                    self._receive(inlet, clock)
            except LostError:
                self._notify(f"The LSL stream '{self.name}' is gone; its marks are waited for.")
            except (RuntimeError, TimeoutError) as error:
                self._notify(f"Marks of '{self.name}': {error}")
                self._closed.wait(_SEARCH_S)

    def _receive(self, inlet: Any, clock: LslClock) -> None:
        sample, stamp_s = inlet.pull_sample(_POLL_S)
        if sample is None:
            return
        label = printable(str(sample[0])).strip()[:LONGEST_LABEL]
        if not label:
            return
        if len(self._waiting) >= MOST_WAITING:
            self.dropped += 1
            return
        self._waiting.append(StreamMark(label, clock.monotonic_ns(stamp_s + inlet.time_correction(_SEARCH_S))))
