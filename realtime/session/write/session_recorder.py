"""Records a session.

The computing thread appends its results, a writer thread writes the rows and feeds the encoders, the main thread adds
the window's pictures. A live mirror never waits: what does not fit into the queue is counted as dropped.
"""

from __future__ import annotations

import contextlib
import queue
import threading
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from realtime.core.config import RecordConfig
from realtime.core.errors import RecordError
from realtime.core.event_rule import RuleEvent
from realtime.core.files import sync_folder
from realtime.core.frame_result import FrameResult
from realtime.core.local_time import now_text
from realtime.core.status import AnnotationView
from realtime.core.stream_counts import StreamCounts
from realtime.core.types import ByteArray
from realtime.media.timebase import APART_NS
from realtime.media.video_writer import QUEUE_FRAMES
from realtime.session.annotations import NO_EVENT, Annotations, Kind
from realtime.session.folder import SessionInfo, claim_folder, write_info
from realtime.session.unfinished import note_begun, note_ended
from realtime.session.write.disk_watch import DiskWatch
from realtime.session.write.part_info import RecordedRun, program
from realtime.session.write.recording_clock import Timeline
from realtime.session.write.session_parts import FrameRecord, SessionParts, WindowPicture

_FLUSH_S = 0.25  # a slow source's rows are written before a batch is full
_MOST_OF_RULES = 5000  # marks of event rules in a recording: the file is written anew for each
_KNOWN = 600  # recent frames, to which pictures of the window and annotations may refer
_VIEWS = 8  # queued pictures of the window; the encoder has a queue of its own


class SessionRecording:
    """One session, from its first frame to `stop`."""

    def __init__(self, wanted: Path, config: RecordConfig, notify: Callable[[str], None]) -> None:
        """Create the folder. Raises UsageError and RecordError."""
        self.failures: list[str] = []
        self.ended = ""  # why it ended by itself; the main thread then stops it
        self._config = config
        self._notify = notify
        self._session = uuid.uuid4().hex
        self.folder = claim_folder(wanted)
        self._info = SessionInfo(
            session=self._session,
            created=now_text(),
            utc_ns=time.time_ns(),
            monotonic_ns=time.monotonic_ns(),
            program=program(),
            participant=config.participant,
        )
        try:
            write_info(self.folder, self._info)
            sync_folder(self.folder)
        except OSError as error:
            raise RecordError(f"{self.folder}: cannot be written: {error.strerror or error}.") from error
        note_begun(self._session, self.folder)
        self._timeline = Timeline()
        self._origin_ns: int | None = None
        # Recent frames: time on the session's clock and row, None for dropped ones.
        self._known: OrderedDict[tuple[int, int], tuple[int, int | None]] = OrderedDict()
        self._rows = 0  # that were queued
        self._marks: Annotations | None = None
        self._of_rules = 0  # marks of event rules
        self._time_ns = 0  # of the newest frame
        self._run: RecordedRun | None = None
        self._parts = SessionParts(self.folder, self._info, config, notify)
        self._inbox: queue.Queue[tuple[FrameRecord, int] | WindowPicture | None]
        self._inbox = queue.Queue(QUEUE_FRAMES + _VIEWS)
        self._views = threading.Semaphore(_VIEWS)
        # The pre-roll comes at once and exceeds the encoder's queue: its pictures wait here.
        self._most_catching_up = QUEUE_FRAMES // 2
        self._catching_up = False
        self._writer = threading.Thread(target=self._work, name="session", daemon=True)
        self._writer.start()
        self._watch = DiskWatch(
            self.folder, warn_gb=config.warn_gb, stop_gb=config.stop_gb, sync=self._parts.sync, end=self._end,
            notify=notify, check=self._parts.check,
        )  # fmt: skip

    def reach_back(self, before: Sequence[FrameRecord]) -> None:
        """Append the frames of the pre-roll; to be called before any other frame is appended."""
        self._inbox.maxsize += len(before)
        self._most_catching_up += len(before)
        self._catching_up = bool(before)
        for record in before:
            self.append(record, wait=False)

    # Called by the computing thread

    def append(self, record: FrameRecord, wait: bool) -> None:
        """Append a frame and its results; with `wait` (files) blocks while the queue is full."""
        if record.run is not self._run:
            if self._run is not None and record.run.source_number != self._run.source_number:
                self._timeline.another()
            self._run = record.run
        here = self._timeline.of(record.result.stamp)
        if self._origin_ns is None:
            self._origin_ns, time_ns = here, 0
        else:  # a source's clock may stop or jump back
            time_ns = max(here - self._origin_ns, self._time_ns + APART_NS)
        self._time_ns = time_ns
        row = self._rows if self._enqueue(record, time_ns, wait) else None
        if row is None:
            self._parts.refuse()
        else:
            self._rows += 1
        self._known[_key(record.result)] = time_ns, row
        while len(self._known) > _KNOWN:
            self._known.popitem(last=False)

    def _enqueue(self, record: FrameRecord, time_ns: int, wait: bool) -> bool:
        while not self.ended:
            with contextlib.suppress(queue.Full):
                self._inbox.put((record, time_ns), block=wait, timeout=0.2)
                return True
            if not wait:
                break
        return False

    # Called by the main thread

    @property
    def seconds(self) -> float:
        """Length of the recording."""
        return self._time_ns / 1e9

    @property
    def takes_pictures(self) -> bool:
        """Whether pictures of the window are recorded."""
        return self._config.view and not self.ended

    def put(self, picture: ByteArray, result: FrameResult, wait: bool) -> None:
        """Append the window's picture (height, width, 3) RGB of a result; it must not be changed afterwards."""
        time_ns, _ = self._known.get(_key(result), (None, None))
        if time_ns is None:  # from before the recording began
            return
        while not self.ended:
            if self._views.acquire(blocking=wait, timeout=0.2 if wait else None):
                with contextlib.suppress(queue.Full):
                    # After its row, which decides the part.
                    self._inbox.put(WindowPicture(picture, time_ns, wait), block=wait, timeout=0.2)
                    return
                self._views.release()
            if not wait:
                break
        self.miss()

    def miss(self) -> None:
        """Count a picture of the window as dropped; may be called from any thread."""
        self._parts.miss()

    def mark(self, kind: Kind, result: FrameResult | None, label: str = "") -> str:
        """Annotate the shown frame; `label` names an event. The text to show."""
        time_ns, row = (None, None) if result is None else self._known.get(_key(result), (None, None))
        if row is None or time_ns is None:
            return "The shown frame was not recorded."
        if self._marks is None:
            self._marks = Annotations(self.folder, self._notify)
        if kind == "event":
            return self._marks.event(row, time_ns / 1e9, label)
        return self._marks.exclude(row, time_ns / 1e9)

    def mark_rule(self, event: RuleEvent, result: FrameResult) -> None:
        """Annotate what an event rule has begun or ended at a frame, as long as there are not too many."""
        time_ns, row = self._known.get(_key(result), (None, None))
        if row is None or time_ns is None:
            return
        self._of_rules += 1
        if self._of_rules > _MOST_OF_RULES:
            if self._of_rules == _MOST_OF_RULES + 1:
                self._notify(f"More than {_MOST_OF_RULES} marks of event rules: no more are set (longer hold_s?).")
            return
        if self._marks is None:
            self._marks = Annotations(self.folder, self._notify)
        self._marks.add_of_rule(row, time_ns / 1e9, event.name, begins=event.active)

    def mark_at(self, at_ns: int | None, label: str) -> str:
        """Add an event at a time of the frames' clock, None: at the newest frame; the text to show.

        Its row is the last one that was taken until then, its time its own.
        """
        known = [(stamp, *found) for (_, stamp), found in tuple(self._known.items()) if found[1] is not None]
        before = [one for one in known if at_ns is None or one[0] <= at_ns]
        if not before:
            return f"Event '{label}': no frame of its time was recorded."
        stamp_ns, time_ns, row = max(before, key=lambda one: one[1])
        assert row is not None
        if self._marks is None:
            self._marks = Annotations(self.folder, self._notify)
        return self._marks.add_event(row, (time_ns + (0 if at_ns is None else at_ns - stamp_ns)) / 1e9, label)

    def name_event(self, name: str) -> str:
        """Name the newest event; the text to show."""
        return NO_EVENT if self._marks is None else self._marks.name_event(name)

    @property
    def marked(self) -> tuple[AnnotationView, ...]:
        """The annotations so far."""
        return () if self._marks is None else self._marks.shown(self._time_ns / 1e9)

    def stop(self) -> None:
        """Write what is queued and complete all files. `failures` has what went wrong."""
        if self._marks is not None and self._rows:
            self._marks.end(self._rows - 1, self._time_ns / 1e9)
        self._inbox.put(None)  # the writer thread ends here
        self._writer.join()
        self._watch.close()
        for closer in self._parts.closers:
            closer.join()
        self.failures += self._parts.failures
        if self.ended:
            self.failures.append(f"{self.folder}: the recording ended: {self.ended}.")
        self._info = self._info.model_copy(
            update={"state": "closed", "parts": tuple(self._parts.done), "notes": tuple(self.failures)}
        )
        try:
            if self._parts.done:
                write_info(self.folder, self._info)
                sync_folder(self.folder)
            else:  # nothing was recorded: leave no empty folder
                (self.folder / "session.json").unlink()
                self.folder.rmdir()
        except OSError as error:
            if not self.folder.exists():
                return  # the reason for its end
            self.failures.append(
                f"{self.folder}: could not be completed: {error.strerror or error}. "
                f"Run `meshmirror recover {self.folder}` once the folder is writable."
            )
            return
        note_ended(self._session)

    def streams(self) -> dict[str, StreamCounts]:
        """Counts by stream, all parts together."""
        return self._parts.streams()

    # In the writer thread

    def _work(self) -> None:
        parts = self._parts
        while True:
            try:
                item = self._inbox.get(timeout=_FLUSH_S)
            except queue.Empty:
                self._safely(parts.flush)
                continue
            self._safely(parts.tidy)
            if item is None:
                break
            if isinstance(item, WindowPicture):
                self._views.release()
                self._safely(partial(parts.write_view, item))
            else:
                self._safely(partial(self._write, *item))
        self._safely(parts.close)

    def _safely(self, work: Callable[[], None]) -> None:
        """Do it; whatever it raises ends the recording and not this thread, for which the others wait."""
        try:
            work()
        except Exception as error:
            self._end(str(error) if isinstance(error, RecordError) else f"{type(error).__name__}: {error}")

    def _write(self, record: FrameRecord, time_ns: int) -> None:
        if self.ended:
            self._parts.refuse()
            return
        self._catching_up = self._catching_up and 0 < self._inbox.qsize() < self._most_catching_up
        self._parts.write(record, time_ns, self._catching_up or not record.run.source.live)

    def _end(self, reason: str) -> None:
        if not self.ended:
            self.ended = reason.rstrip(".")


def _key(result: FrameResult) -> tuple[int, int]:
    """Identifies a frame; segments grow from run to run."""
    return result.frame.segment, result.stamp
