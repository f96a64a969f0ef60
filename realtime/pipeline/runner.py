"""A pipeline at work on a source, in a thread of its own or in the caller's: frames in, results to the sinks."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from realtime.capture import OpenSource
from realtime.core.errors import MeshmirrorError
from realtime.core.frame_result import FrameResult
from realtime.core.types import Frame
from realtime.pipeline.pipeline import FrameStep
from realtime.pipeline.sinks import Sink

_POLL_S = 0.1  # a thread that waits for a frame checks this often whether it is still wanted
_JOIN_S = 5.0  # a step takes milliseconds; `FrameStep.close` waits for it as well


class PipelineRunner:
    """Runs a pipeline over an open source until the source ends, `frames` are done, something fails, or `close`."""

    def __init__(
        self,
        source: OpenSource,
        pipeline: FrameStep,
        sinks: Sequence[Sink],
        *,
        ended: Callable[[], None] = lambda: None,
        frames: int | None = None,
        segment: int = 0,
    ) -> None:
        """Every result goes to all `sinks`, in their order. `ended` is called once by the runner's thread at its end.

        `segment` is that of the first frame; it grows from run to run, so that nothing is bridged in between.
        """
        self.source = source
        self.segment = segment  # of the newest frame
        self.failure: BaseException | None = None  # what ended it before its time; for the main thread
        self._pipeline = pipeline
        self._sinks = tuple(sinks)
        self._ended = ended
        self._frames = frames
        self._segment = segment
        self._stop = threading.Event()
        self._resumed = threading.Event()
        self._resumed.set()
        self._resumed_ns = 0  # monotonic clock
        self._skipped_before = source.skipped
        self._over = False
        self._thread = threading.Thread(target=self._work, name="pipeline", daemon=True)
        self._first: Callable[[], None] | None = None

    def start(self, first: Callable[[], None] | None = None) -> None:
        """Begin in a thread of its own; `first` is called by it before it asks for a frame."""
        self._first = first
        self._thread.start()

    def results(self) -> Iterator[FrameResult]:
        """Run in the calling thread: every result, once all sinks have accepted it."""
        self._skipped_before = self.source.skipped
        for count, result in enumerate(self._pipeline.run(self._wanted()), start=1):
            self.segment = max(self.segment, result.frame.segment)  # a pipeline that turns pictures adds its own
            for sink in self._sinks:
                sink.accept(result)
            yield result
            if self._stop.is_set() or count == self._frames:
                return

    @property
    def running(self) -> bool:
        """Whether its thread has more to come. Ask before a result is taken, so that the last one is not missed."""
        return self._thread.ident is not None and not self._over

    @property
    def paused(self) -> bool:
        """Whether it is paused: nothing is computed."""
        return not self._resumed.is_set()

    @paused.setter
    def paused(self, paused: bool) -> None:
        """A live source continues meanwhile; its frames from before the resumption are skipped."""
        if paused == self.paused:
            return
        self.source.rest(paused)
        if paused:
            self._resumed.clear()
            return
        self._resumed_ns = time.monotonic_ns()
        self._resumed.set()

    @property
    def skipped(self) -> int:
        """Frames that a live source had to skip since this run began."""
        return self.source.skipped - self._skipped_before

    def close(self, *, keep_source: bool = False) -> None:
        """Stop, close the sinks and wait for the thread; the source is closed unless another run continues with it.

        May be called twice.
        """
        self._stop.set()
        self.paused = False
        for sink in self._sinks:
            sink.close()
        if not keep_source:
            self.source.close()
        self._pipeline.halt()
        if self._thread.ident is not None and self._thread is not threading.current_thread():
            self._thread.join(_JOIN_S)

    def _work(self) -> None:
        try:
            first, self._first = self._first, None
            if first is not None:
                first()
            del first  # it refers to the run before, and that to the one before it: all of them would live on
            for _ in self.results():
                pass
        except BaseException as error:  # carried to the main thread, which raises or reports it
            if not (self._stop.is_set() and isinstance(error, MeshmirrorError)):  # a stopped stage may raise
                self.failure = error
        self._over = True
        self._ended()

    def _wanted(self) -> Iterator[Frame]:
        """The source's frames, none while it is paused; of a live source only those that came since."""
        live = self.source.info.live
        while not self._stop.is_set():
            frame = self.source.latest(_POLL_S)
            if frame is None:
                if self.source.state == "ended":
                    return
                continue
            self._resumed.wait()
            if not self._stop.is_set() and not (live and frame.arrived_ns < self._resumed_ns):
                segment = self._segment + frame.segment
                self.segment = max(self.segment, segment)
                yield frame if frame.segment == segment else replace(frame, segment=segment)
