"""Reads a file a few frames ahead, in a thread, while the frame before is being worked on."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import replace
from typing import Protocol

from realtime.capture.source import OpenSource, Source
from realtime.core.types import Frame, SourceInfo, SourceState


class FileSource(Source, Protocol):
    """A `Source` that counts the faults that it corrected."""

    damaged: int
    remark: str  # what is noteworthy of the file although nothing of it is lost; "" for nothing

    @property
    def corrections(self) -> int:
        """Times that were moved to stay strictly increasing."""
        ...


class DecodeAhead(OpenSource):
    """Delivers every frame of a file source, in order. FFmpeg decodes without the GIL, so the two overlap."""

    def __init__(self, source: FileSource, depth: int = 4) -> None:
        self._source = source
        self._depth = depth
        self._changed = threading.Condition()  # guards the four below
        self._frames: deque[Frame] = deque()
        self._finished = False  # the thread will add nothing more
        self._failure: Exception | None = None  # raised once all frames before it are delivered
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="capture-decode", daemon=True)
        self._thread.start()

    @property
    def info(self) -> SourceInfo:
        """What is known of it."""
        return self._source.info

    @property
    def state(self) -> SourceState:
        """Either "live", while there are frames to come, or "ended"."""
        with self._changed:
            over = self._closed or (self._finished and not self._frames and self._failure is None)
            return "ended" if over else "live"

    @property
    def note(self) -> str:
        """What was damaged and which times were corrected so far, and what the file states wrongly; "" for nothing."""
        found = (
            f"{self.damaged} damaged or missing" if self.damaged else "",
            f"{self.corrections} of its times corrected" if self.corrections else "",
            self._source.remark,
        )
        return ", ".join(part for part in found if part)

    @property
    def corrections(self) -> int:
        """Times that were moved to stay strictly increasing."""
        return self._source.corrections

    @property
    def damaged(self) -> int:
        """Frames or pictures that could not be decoded."""
        return self._source.damaged

    def latest(self, timeout: float = 0.0) -> Frame | None:
        """The next frame, none skipped; `arrived_ns` is when it is delivered. None at the end or after `timeout`.

        Raises:
            SourceError: the file cannot be read any further; every frame before has been delivered.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._frames or self._finished or self._closed, timeout)
            if self._closed:
                return None
            if self._frames:
                frame = self._frames.popleft()
                self._changed.notify_all()
                return replace(frame, arrived_ns=time.monotonic_ns())
            failure, self._failure = self._failure, None
        if failure is not None:
            raise failure
        return None

    def close(self, timeout: float = 0.5) -> None:
        """Stop reading; may be called twice. A full queue does not hold it up."""
        with self._changed:
            self._closed = True
            self._frames.clear()
            self._changed.notify_all()
        self._thread.join(timeout)

    def _run(self) -> None:
        try:
            while (frame := self._source.read()) is not None:
                with self._changed:
                    self._changed.wait_for(lambda: len(self._frames) < self._depth or self._closed)
                    if self._closed:
                        return
                    self._frames.append(frame)
                    self._changed.notify_all()
        except Exception as error:  # raised again in the consumer's thread
            with self._changed:
                self._failure = error
        finally:
            self._source.close()  # here, because only this thread uses it
            with self._changed:
                self._finished = True
                self._changed.notify_all()
