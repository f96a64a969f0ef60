"""The files of a recorded session, part by part: when a part ends, what is written to it, what was dropped."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import numpy as np

from realtime.core.config import RecordConfig
from realtime.core.errors import RecordError
from realtime.core.files import sync_folder
from realtime.core.frame_result import FrameResult, ModelResult
from realtime.core.stream_counts import StreamCounts
from realtime.core.types import ByteArray, Identity
from realtime.media.video_writer import even_size
from realtime.session.columns.session_row import SessionRow
from realtime.session.folder import PartSummary, SessionInfo, write_info
from realtime.session.write.part_info import RecordedRun, describe, note_models
from realtime.session.write.part_writer import Encoding, PartWriter
from realtime.session.write.window_video import Sizes

_MB = 1_000_000
_LONGEST_GAP_NS = 3600 * 1_000_000_000  # within a part; MP4 has no picture that lasts longer than 13 h
_OLD_S = 1.0  # pictures of the window may follow their rows by this much at the end of a part
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
_Key = TypeVar("_Key")  # of an identity in force
_NO_PICTURE: ByteArray = np.empty((0, 0, 3), np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class FrameRecord:
    """A result as it was computed, and the run that it belongs to."""

    result: FrameResult
    run: RecordedRun
    skipped: int  # frames that the source had to skip so far
    undrawn: int  # results that were never drawn so far


@dataclass(frozen=True, slots=True, eq=False)
class WindowPicture:
    """A queued picture of the window."""

    picture: ByteArray  # (height, width, 3) RGB
    time_ns: int  # on the session's clock
    wait: bool


class SessionParts:
    """Writes a recording; belongs to the writer thread, but for counting, `streams`, `sync` and `check`."""

    def __init__(self, folder: Path, info: SessionInfo, config: RecordConfig, notify: Callable[[str], None]) -> None:
        self.failures: list[str] = []
        self.done: list[PartSummary] = []
        self.closers: list[threading.Thread] = []  # complete previous parts
        self._folder = folder
        self._info = info
        self._config = config
        self._notify = notify
        self._part: PartWriter | None = None
        self._first: FrameRecord | None = None  # of the part that is being written
        self._newest: FrameRecord | None = None
        self._previous: tuple[PartWriter, int, float] | None = None  # part, index in `done`, monotonic time of its end
        self._part_lock = threading.Lock()
        self._refused = 0  # frames that the full queue refused, not yet counted in a part
        self._missed = 0  # dropped pictures of the window, not yet counted in a part
        self._count_lock = threading.Lock()
        self._runs = 0  # of which frames were written
        self._identities: dict[int, Identity] = {}  # of the chosen face, by model
        self._other_identities: dict[tuple[int, int], Identity] = {}  # of other faces, by track and model
        self._sizes = Sizes()
        self._new_view = False  # the window's size changed: the next frame begins a part
        self._notified: set[str] = set()  # streams whose drops the user was notified of

    # In any thread

    def refuse(self) -> None:
        """Count a frame as dropped."""
        with self._count_lock:
            self._refused += 1

    def miss(self) -> None:
        """Count a picture of the window as dropped."""
        with self._count_lock:
            self._missed += self._config.view

    def streams(self) -> dict[str, StreamCounts]:
        """Counts by stream, all parts together."""
        with self._part_lock:
            parts = list(self.done) if self._part is None else [*self.done, self._summary(self._part)]
        total: dict[str, StreamCounts] = {}
        for summary in parts:
            for name, counts in summary.streams.items():
                total[name] = _plus(total.get(name, StreamCounts()), counts)
        return total

    def sync(self) -> None:
        """Flush the files to the disk (fsync). Raises OSError."""
        part = self._part
        if part is not None:
            part.sync()

    def check(self) -> None:
        """Notify once of each stream that has failed, or that drops more than one in a hundred."""
        part = self._part
        for name, counts in ({} if part is None else part.summary().streams).items():
            if name in self._notified:
                continue
            if counts.error is not None:
                self._notify(counts.error)
            elif counts.captured >= _FEW and counts.dropped > _MOST_DROPPED * counts.captured:
                share = counts.dropped / counts.captured
                self._notify(f"Dropping {100 * share:.0f} % of {_DROPS[name]}.{_REMEDIES.get(name, '')}")
            else:
                continue
            self._notified.add(name)

    # In the writer thread

    def flush(self) -> None:
        """Write pending rows and complete a previous part, while no frame arrives."""
        if self._part is not None:
            self._part.table.flush()
        self._finish_previous()

    def tidy(self) -> None:
        """Complete a previous part that has waited long enough for its pictures of the window."""
        if self._previous is not None and time.monotonic() - self._previous[2] > _OLD_S:
            self._finish_previous()

    def write(self, record: FrameRecord, time_ns: int, wait: bool) -> None:
        """Write a frame, in a new part where one has to begin; with `wait` its picture waits for the encoder.

        Raises RecordError.
        """
        part = self._part
        if part is None or self._is_another(part, record, time_ns):
            part = self._next_part(part, record, time_ns)
        self._count_refused(part)
        self._newest = record
        result = record.result
        new = _replaced(self._identities, enumerate(result.models))
        of_others = {}
        for face_number, face in enumerate(result.others, 1):
            keyed = (((face.track_id, at), model) for at, model in enumerate(face.estimate.models))
            of_others[face_number] = tuple((at, found) for (_, at), found in _replaced(self._other_identities, keyed))
        picture = result.frame.image
        bare = replace(result, frame=replace(result.frame, image=_NO_PICTURE))  # pending rows keep no pictures
        part.frame(SessionRow(bare, time_ns, record.skipped, tuple(new), of_others), picture, wait)
        if part.table.error is not None:
            raise part.table.error

    def write_view(self, view: WindowPicture) -> None:
        """Write a picture of the window, to the part of its frame."""
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

    def close(self) -> None:
        """Complete the last part; previous ones are completed by `closers`."""
        self._finish_previous()
        if self._part is not None:
            self._count_refused(self._part)
            closed = self._closed(self._part)
            with self._part_lock:
                self._part = None
                self.done.append(closed)

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
            or (record.result.frame.size, record.result.frame.rotation) != (info.image_size, info.rotation)
            or self._new_view
            or (part.end_ns is not None and time_ns - part.end_ns > _LONGEST_GAP_NS)
            or (config.split_min is not None and minutes >= config.split_min)
            or (config.split_mb is not None and part.bytes >= config.split_mb * _MB)
        )

    def _next_part(self, old: PartWriter | None, record: FrameRecord, time_ns: int) -> PartWriter:
        """Begin a part with this frame; the previous one is completed in the background."""
        config = self._config
        number = 1 if old is None else old.info.part + 1
        if not self._same_run(record):
            note_models(record.run)
            self._runs += 1
        info = describe(record.run, self._info.session, number, time_ns, record.result.frame, self._runs)
        encoding = Encoding(config.crf, config.preset, config.fps, config.encoder)
        new = PartWriter(self._folder, info, encoding, camera=config.video, notify=self._notify)
        if old is not None:
            self._count_refused(old)
        with self._part_lock:
            if old is not None:
                self.done.append(self._summary(old))
            self._part, self._first, self._newest = new, record, record
        self._finish_previous()
        if old is not None:
            self._previous = old, len(self.done) - 1, time.monotonic()
        self._identities, self._other_identities, self._new_view = {}, {}, False
        self._write_info((*self.done, self._summary(new)))
        return new

    def _finish_previous(self) -> None:
        """Complete the previous part; all of its pictures of the window have arrived."""
        if self._previous is not None:
            old, at, _ = self._previous
            self._previous = None
            self.closers.append(threading.Thread(target=self._close_early, args=(old, at)))
            self.closers[-1].start()

    def _close_early(self, part: PartWriter, at: int) -> None:
        """Complete a previous part; runs in a thread of its own."""
        self.done[at] = self._closed(part, self.done[at])

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
            write_info(self._folder, self._info.model_copy(update={"parts": parts}))
            sync_folder(self._folder)
        except OSError as error:
            raise RecordError(f"{self._folder}: cannot be written: {error.strerror or error}.") from error


def _replaced(known: dict[_Key, Identity], models: Iterable[tuple[_Key, ModelResult]]) -> list[tuple[_Key, Identity]]:
    """The identities of the models that are others than the `known` ones, which they become."""
    new = []
    for key, model in models:
        if model.identity is not None and known.get(key) is not model.identity:
            known[key] = model.identity
            new.append((key, model.identity))
    return new


def _plus(one: StreamCounts, other: StreamCounts) -> StreamCounts:
    counts = {name: getattr(one, name) + getattr(other, name) for name in ("captured", "recorded", "dropped")}
    return other.model_copy(update={**counts, "error": other.error or one.error})
