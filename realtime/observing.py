"""A source watched in a thread of its own: frames in, the newest result out."""

from __future__ import annotations

import threading
from collections.abc import Callable

from realtime.capture import OpenSource
from realtime.handover import Handover
from realtime.pace import Pace
from realtime.pipeline import Pipeline
from realtime.types import FrameResult


class Observer:
    """Runs a pipeline over a source until it ends or `close`; the newest result wins.

    `wake` is called from the thread for every result, and once at the end. Files are shown at their own speed.
    """

    def __init__(self, source: OpenSource, pipeline: Pipeline, wake: Callable[[], None]) -> None:
        self.source = source
        self.failure: Exception | None = None  # what ended it before its time
        self._pipeline = pipeline
        self._wake = wake
        self._stop = threading.Event()
        self._results: Handover[FrameResult] = Handover(lossy=True)
        self._thread = threading.Thread(target=self._work, name="observer", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def take(self) -> FrameResult | None:
        """The newest result that was not taken yet, without waiting."""
        return self._results.take(0.0)

    @property
    def running(self) -> bool:
        """Whether there is more to come."""
        return self._thread.is_alive()

    def close(self) -> None:
        """Stop and wait for the thread; may be called twice."""
        self._stop.set()
        self._results.close()
        self.source.close()
        self._pipeline.halt()
        if self._thread.ident is not None:
            self._thread.join(timeout=5.0)  # a step takes milliseconds; `Pipeline.close` waits for it as well

    def _work(self) -> None:
        pace = None if self.source.info.live else Pace(self._stop)
        try:
            for frame in self.source:
                if pace is not None:
                    pace.wait(frame.stamp_ns)
                if self._stop.is_set() or not self._results.put(self._pipeline.step(frame)):
                    return
                self._wake()
        except Exception as error:  # told by the main thread, which goes on without a live face
            self.failure = error
        if not self._stop.is_set():
            self._wake()
