"""Where results go: each sink has one small interface, and its own rule for what happens when it is full.

| sink | takes | when it is full |
| --- | --- | --- |
| `RunStatistics` | every result | never is |
| `RecordingSink` | every result | a live recording drops rows and counts them; of a file, the run waits |
| `EventSink` | every result | never is |
| `StreamSink` (`realtime.stream`) | every result | the oldest that waits is dropped and counted, of a file too |
| `ScreenSink` | the newest result, of a file all | live, a newer result replaces the older; of a file, the run waits |

A result goes to all sinks of a run by one call in one place, `PipelineRunner.results`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol

from realtime.core.frame_result import FrameResult
from realtime.core.mailbox import Mailbox
from realtime.core.pacing import FramePacer


class Sink(Protocol):
    """Takes the results of a run, by the thread that computes."""

    def accept(self, result: FrameResult) -> None:
        """Take a result; the sink itself decides whether to wait, to replace or to drop and count."""
        ...

    def close(self) -> None:
        """No result comes any more, and nothing may wait for room; may be called twice and by any thread."""
        ...


class ScreenSink:
    """Hands results to the thread that draws."""

    def __init__(self, wake: Callable[[], None], *, newest_only: bool, paced: bool) -> None:
        """`wake` ends the sleep of the thread that draws. `newest_only`: a newer result replaces one that was not
        taken; otherwise the run waits until it was. `paced`: at the source's own speed.
        """
        self._wake = wake
        self._closed = threading.Event()
        self._pacer = FramePacer(self._closed) if paced else None
        self._mailbox: Mailbox[FrameResult] = Mailbox(lossy=newest_only)

    def accept(self, result: FrameResult) -> None:
        """Put the result into the mailbox when it is due."""
        if self._pacer is not None:
            self._pacer.wait(result.stamp)
        if self._mailbox.put(result):
            self._wake()

    def take(self) -> FrameResult | None:
        """The next result (the newest, where that is wanted) that was not taken yet, without waiting."""
        return self._mailbox.take(0.0)

    @property
    def replaced(self) -> int:
        """Results that were never taken because a newer one came."""
        return self._mailbox.replaced

    def close(self) -> None:
        """Unblock whatever waits; a result that is there can still be taken."""
        self._closed.set()
        self._mailbox.close()
