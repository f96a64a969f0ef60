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
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import numpy as np

from realtime.core.config import RecordConfig
from realtime.core.errors import RecordError
from realtime.core.files import sync_folder
from realtime.core.status import AnnotationView
from realtime.core.stream_counts import StreamCounts
from realtime.core.types import ByteArray, FrameResult, Identity
from realtime.media.timebase import APART_NS
from realtime.media.video_writer import QUEUE_FRAMES, even_size
from realtime.session.annotations import Annotations, Kind, shown_marks
from realtime.session.columns.session_row import SessionRow
from realtime.session.folder import PartSummary, SessionInfo, claim_folder, write_info
from realtime.session.unfinished import note_begun, note_ended
from realtime.session.write.disk_watch import DiskWatch
from realtime.session.write.part_info import RecordedRun, describe, note_models, program
from realtime.session.write.part_writer import Encoding, PartWriter
from realtime.session.write.recording_clock import Timeline
from realtime.session.write.window_video import Sizes

_FLUSH_S = 0.25  # a slow source's rows are written before a batch is full
_MB = 1_000_000
_OLD_S = 1.0  # pictures of the window may follow their rows by this much at the end of a part
_KNOWN = 600  # recent frames, to which pictures of the window and annotations may refer
_MOST_DROPPED = 0.01  # of a stream, before the user is notified
_FEW = 30  # pictures; fewer do not give a rate
_DROPS = {
    "frames": "rows: the disk is too slow",
    "camera": "camera frames: the encoder is too slow",
    "view": "pictures of the window: the encoder is too slow",
}
_REMEDIES = {
    "camera": " Smaller pictures (--set source.width=640) or --set record.preset=ultrafast help; no row is lost.",
    "view": " A smaller window or --set record.preset=ultrafast helps; no row is lost.",
}
_VIEWS = 8  # queued pictures of the window; the encoder has a queue of its own
_NO_PICTURE: ByteArray = np.empty((0, 0, 3), np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class FrameRecord:
    """A result as it was computed, and the run that it belongs to."""

    result: FrameResult
    run: RecordedRun
    skipped: int  # frames that the source had to skip so far
    undrawn: int  # results that were never drawn so far


@dataclass(frozen=True, slots=True, eq=False)
class _View:
    """A queued picture of the window."""

    picture: ByteArray  # (height, width, 3) RGB
    time_ns: int  # on the session's clock
    wait: bool


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
            created=datetime.now().astimezone().isoformat(timespec="milliseconds"),
            utc_ns=time.time_ns(),
            monotonic_ns=time.monotonic_ns(),
            program=program(),
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
        self._time_ns = 0  # of the newest frame
        self._run: RecordedRun | None = None
        self._part: PartWriter | None = None
        self._first: FrameRecord | None = None  # of the part that is being written
        self._newest: FrameRecord | None = None
        self._refused = 0  # frames that the full queue refused, not yet counted by the writer
        self._count_lock = threading.Lock()
        self._identities: dict[int, Identity] = {}
        self._sizes = Sizes()
        self._notified: set[str] = set()  # streams whose drops the user was notified of
        self._new_view = False  # the window's size changed: the next frame begins a part
        self._done: list[PartSummary] = []
        self._missed = 0  # dropped pictures of the window, not yet counted by the writer
        self._part_lock = threading.Lock()
        self._previous: tuple[PartWriter, int, float] | None = (
            None  # previous part, its index in `_done`, and when it ended
        )
        self._closers: list[threading.Thread] = []
        self._inbox: queue.Queue[tuple[FrameRecord, int] | _View | None]
        self._inbox = queue.Queue(QUEUE_FRAMES + _VIEWS)
        self._views = threading.Semaphore(_VIEWS)
        # The pre-roll comes at once and exceeds the encoder's queue: its pictures wait here.
        self._most_catching_up = QUEUE_FRAMES // 2
        self._catching_up = False
        self._writer = threading.Thread(target=self._work, name="session", daemon=True)
        self._writer.start()
        self._watch = DiskWatch(
            self.folder, warn_gb=config.warn_gb, stop_gb=config.stop_gb, sync=self._sync, end=self._end, notify=notify,
            check=self._check_streams,
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
            with self._count_lock:
                self._refused += 1
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
                    self._inbox.put(_View(picture, time_ns, wait), block=wait, timeout=0.2)
                    return
                self._views.release()
            if not wait:
                break
        self.miss()

    def miss(self) -> None:
        """Count a picture of the window as dropped; may be called from any thread."""
        with self._count_lock:
            self._missed += self._config.view

    def mark(self, kind: Kind, result: FrameResult | None) -> str:
        """Annotate the shown frame; the text to show."""
        time_ns, row = (None, None) if result is None else self._known.get(_key(result), (None, None))
        if row is None or time_ns is None:
            return "The shown frame was not recorded."
        if self._marks is None:
            self._marks = Annotations(self.folder, self._notify)
        act = self._marks.event if kind == "event" else self._marks.exclude
        return act(row, time_ns / 1e9)

    @property
    def marked(self) -> tuple[AnnotationView, ...]:
        """The annotations so far."""
        return () if self._marks is None else shown_marks(self._marks, self._time_ns / 1e9)

    def stop(self) -> None:
        """Write what is queued and complete all files. `failures` has what went wrong."""
        if self._marks is not None and self._rows:
            self._marks.end(self._rows - 1, self._time_ns / 1e9)
        self._inbox.put(None)  # the writer thread ends here
        self._writer.join()
        self._watch.close()
        for closer in self._closers:
            closer.join()
        if self.ended:
            self.failures.append(f"{self.folder}: the recording ended: {self.ended}.")
        self._info = self._info.model_copy(
            update={"state": "closed", "parts": tuple(self._done), "notes": tuple(self.failures)}
        )
        try:
            if self._done:
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
        with self._part_lock:
            parts = list(self._done) if self._part is None else [*self._done, self._summary(self._part)]
        total: dict[str, StreamCounts] = {}
        for summary in parts:
            for name, counts in summary.streams.items():
                total[name] = _plus(total.get(name, StreamCounts()), counts)
        return total

    # In the writer thread

    def _work(self) -> None:
        while True:
            try:
                item = self._inbox.get(timeout=_FLUSH_S)
            except queue.Empty:
                if self._part is not None:
                    self._part.table.flush()
                self._finish_previous()
                continue
            if self._previous is not None and time.monotonic() - self._previous[2] > _OLD_S:
                self._finish_previous()
            if item is None:
                break
            try:
                self._take_view(item) if isinstance(item, _View) else self._take(*item)
            except Exception as error:  # an exception must not end the thread silently
                self._end(str(error) if isinstance(error, RecordError) else f"{type(error).__name__}: {error}")
        self._finish_previous()
        if self._part is not None:
            self._count_refused(self._part)
            closed = self._closed(self._part)
            with self._part_lock:
                self._part = None
                self._done.append(closed)

    def _take(self, record: FrameRecord, time_ns: int) -> None:
        if self.ended:
            with self._count_lock:
                self._refused += 1
            return
        part = self._part
        if part is None or self._is_another(part, record, time_ns):
            part = self._next_part(part, record, time_ns)
        self._count_refused(part)
        self._newest = record
        result = record.result
        new: list[tuple[int, Identity]] = []
        for at, model in enumerate(result.models):
            if model.identity is not None and self._identities.get(at) is not model.identity:
                self._identities[at] = model.identity
                new.append((at, model.identity))
        picture = result.frame.image
        bare = replace(
            result, frame=replace(result.frame, image=_NO_PICTURE)
        )  # pending rows must not keep pictures in memory
        self._catching_up = self._catching_up and 0 < self._inbox.qsize() < self._most_catching_up
        wait = self._catching_up or not record.run.source.live
        part.frame(SessionRow(bare, time_ns, record.skipped, tuple(new)), picture, wait)
        if part.table.error is not None:
            raise part.table.error

    def _take_view(self, view: _View) -> None:
        self._views.release()
        part = self._part
        if self._previous is not None and part is not None:
            if view.time_ns < part.info.start_ns:
                self._previous[0].view(view.picture, view.time_ns, view.wait)
                return
            self._finish_previous()
        size = even_size((view.picture.shape[1], view.picture.shape[0]))
        if part is None or view.time_ns < part.info.start_ns or not self._sizes.settled(size, part.view_size or size):
            self.miss()
        elif part.view_size not in (None, size):
            self._new_view = True
            self.miss()
        else:
            part.view(view.picture, view.time_ns, view.wait)

    def _count_refused(self, part: PartWriter) -> None:
        with self._count_lock:
            refused, self._refused = self._refused, 0
            missed, self._missed = self._missed, 0
        part.refused += refused
        part.missed += missed

    def _same_run(self, record: FrameRecord) -> bool:
        """Whether a frame is of the run that is being written."""
        return self._first is not None and record.run is self._first.run

    def _is_another(self, part: PartWriter, record: FrameRecord, time_ns: int) -> bool:
        config, info = self._config, part.info
        minutes = (time_ns - info.start_ns) / 60e9
        return (
            not self._same_run(record)
            or record.result.frame.size != info.image_size
            or self._new_view
            or (config.split_min is not None and minutes >= config.split_min)
            or (config.split_mb is not None and part.bytes >= config.split_mb * _MB)
        )

    def _next_part(self, old: PartWriter | None, record: FrameRecord, time_ns: int) -> PartWriter:
        """Begin a part with this frame; the previous one is completed in the background."""
        config = self._config
        number = 1 if old is None else old.info.part + 1
        if not self._same_run(record):
            note_models(record.run)
        info = describe(record.run, self._session, number, time_ns, record.result.frame.size)
        encoding = Encoding(config.crf, config.preset, config.fps, config.encoder)
        new = PartWriter(self.folder, info, encoding, camera=config.video, notify=self._notify)
        if old is not None:
            self._count_refused(old)
        with self._part_lock:
            if old is not None:
                self._done.append(self._summary(old))
            self._part, self._first, self._newest = new, record, record
        self._finish_previous()
        if old is not None:
            self._previous = old, len(self._done) - 1, time.monotonic()
        self._identities, self._new_view = {}, False
        self._write_info((*self._done, self._summary(new)))
        return new

    def _finish_previous(self) -> None:
        """Complete the previous part; all of its pictures of the window have arrived."""
        if self._previous is not None:
            old, at, _ = self._previous
            self._previous = None
            self._closers.append(threading.Thread(target=self._close_early, args=(old, at)))
            self._closers[-1].start()

    def _close_early(self, part: PartWriter, at: int) -> None:
        """Complete a previous part; runs in a thread of its own."""
        self._done[at] = self._closed(part, self._done[at])

    def _closed(self, part: PartWriter, before: PartSummary | None = None) -> PartSummary:
        before = before or self._summary(part)
        part.close()
        self.failures += [str(error) for error in part.errors]
        return part.summary(before.skipped, before.undrawn)

    def _summary(self, part: PartWriter) -> PartSummary:
        first, newest = self._first, self._newest
        assert first is not None and newest is not None
        return part.summary(newest.skipped - first.skipped, newest.undrawn - first.undrawn)

    def _write_info(self, parts: tuple[PartSummary, ...]) -> None:
        try:
            write_info(self.folder, self._info.model_copy(update={"parts": parts}))
            sync_folder(self.folder)
        except OSError as error:
            raise RecordError(f"{self.folder}: cannot be written: {error.strerror or error}.") from error

    # Called by the disk watch

    def _sync(self) -> None:
        part = self._part
        if part is not None:
            part.sync()

    def _check_streams(self) -> None:
        """Notify once of each stream that has failed, or that drops more than one in a hundred."""
        part = self._part
        for name, counts in ({} if part is None else part.summary().streams).items():
            if name in self._notified:
                continue
            if counts.error is not None:
                self._notify(counts.error)
            elif counts.captured >= _FEW and counts.dropped > _MOST_DROPPED * counts.captured:
                share = counts.dropped / counts.captured
                self._notify(f"Dropping {share:.0%} of {_DROPS[name]}.{_REMEDIES.get(name, '')}")
            else:
                continue
            self._notified.add(name)

    def _end(self, reason: str) -> None:
        if not self.ended:
            self.ended = reason.rstrip(".")


def _key(result: FrameResult) -> tuple[int, int]:
    """Identifies a frame; segments grow from run to run."""
    return result.frame.segment, result.stamp


def _plus(one: StreamCounts, other: StreamCounts) -> StreamCounts:
    counts = {name: getattr(one, name) + getattr(other, name) for name in ("captured", "recorded", "dropped")}
    return other.model_copy(update={**counts, "error": other.error or one.error})
