"""A pipeline at work on a source in a thread of its own: frames in, results out."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from realtime.capture import OpenSource
from realtime.core.errors import MeshmirrorError
from realtime.core.mailbox import Mailbox
from realtime.core.pacing import FramePacer
from realtime.core.types import Frame, FrameResult
from realtime.pipeline.pipeline import Pipeline

_LOOK_S = 0.1  # so often a thread that waits for a frame looks whether it is still wanted
_JOIN_S = 5.0  # a step takes milliseconds; `Pipeline.close` waits for it as well


class PipelineRunner:
    """Runs a pipeline over an open source until the source ends, `frames` are done, something fails, or `close`.

    `lossy`: the newest result wins; else each waits until it was taken. `paced`: at the source's own speed. `wake` is
    called for every result and once at the end, `booked` with every result before anybody can take it; both by the
    feed's thread.
    """

    def __init__(
        self,
        source: OpenSource,
        pipeline: Pipeline,
        wake: Callable[[], None],
        *,
        lossy: bool,
        paced: bool,
        booked: Callable[[FrameResult], None] | None = None,
        frames: int | None = None,
        segment: int = 0,
    ) -> None:
        """`segment`: the number of its first one; it grows from feed to feed, so that nothing is bridged in between."""
        self.source = source
        self.segment = segment  # of the newest frame
        self.failure: BaseException | None = None  # what ended it before its time; for the main thread
        self._pipeline = pipeline
        self._wake = wake
        self._booked = booked
        self._frames = frames
        self._segment = segment
        self._stop = threading.Event()
        self._going = threading.Event()
        self._going.set()
        self._resumed_ns = 0  # monotonic clock
        self._skipped_before = source.skipped
        self._over = False
        self._pace = FramePacer(self._stop) if paced else None
        self._results: Mailbox[FrameResult] = Mailbox(lossy=lossy)
        self._thread = threading.Thread(target=self._work, name="pipeline", daemon=True)
        self._first: Callable[[], None] | None = None

    def start(self, first: Callable[[], None] | None = None) -> None:
        """Begin; `first` is called by the thread before it asks for a frame."""
        self._first = first
        self._thread.start()

    def take(self) -> FrameResult | None:
        """The next result (lossy: the newest) that was not taken yet, without waiting."""
        return self._results.take(0.0)

    @property
    def running(self) -> bool:
        """Whether there is more to come. Asked before `take`, so that no last result slips between."""
        return self._thread.ident is not None and not self._over

    @property
    def paused(self) -> bool:
        """Whether it rests."""
        return not self._going.is_set()

    @paused.setter
    def paused(self, rest: bool) -> None:
        """Rest: nothing is computed. A live source goes on by itself, and what it gave meanwhile is passed over."""
        if rest == self.paused:
            return
        self.source.rest(rest)
        if rest:
            self._going.clear()
            return
        if self.source.info.live:
            self._results.take(0.0)  # computed as the rest began
        self._resumed_ns = time.monotonic_ns()
        self._going.set()

    @property
    def skipped(self) -> int:
        """Frames for which a live source found nobody ready, since this feed began to ask."""
        return self.source.skipped - self._skipped_before

    @property
    def replaced(self) -> int:
        """Results that nobody took because a newer one came."""
        return self._results.replaced

    def close(self, *, keep_source: bool = False) -> None:
        """Stop, and wait for the thread; the source is closed unless somebody else goes on with it. May be called
        twice.
        """
        self._stop.set()
        self.paused = False
        self._results.close()
        if not keep_source:
            self.source.close()
        self._pipeline.halt()
        if self._thread.ident is not None and self._thread is not threading.current_thread():
            self._thread.join(_JOIN_S)

    def _work(self) -> None:
        try:
            if self._first is not None:
                self._first()
            self._skipped_before = self.source.skipped
            for count, result in enumerate(self._pipeline.run(self._wanted()), start=1):
                if self._booked is not None:
                    self._booked(result)
                if self._pace is not None:
                    self._pace.wait(result.stamp)
                if not self._results.put(result) or self._stop.is_set() or count == self._frames:
                    break
                self._wake()
        except BaseException as error:  # carried to the main thread, which raises or tells it
            if not (self._stop.is_set() and isinstance(error, MeshmirrorError)):  # what was stopped may say so
                self.failure = error
        self._over = True
        self._wake()

    def _wanted(self) -> Iterator[Frame]:
        """The source's frames, none while it rests; of a live source only those that came since."""
        live = self.source.info.live
        while not self._stop.is_set():
            frame = self.source.latest(_LOOK_S)
            if frame is None:
                if self.source.state == "ended":
                    return
                continue
            self._going.wait()
            if not self._stop.is_set() and not (live and frame.arrived_ns < self._resumed_ns):
                self.segment = self._segment + frame.segment
                yield frame if frame.segment == self.segment else replace(frame, segment=self.segment)
