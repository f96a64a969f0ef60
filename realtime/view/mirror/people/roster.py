"""Which faces there are, in their order, and which of them is shown; each with a record of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from realtime.core.frame_result import FrameResult
from realtime.core.status import Status
from realtime.view.mirror.headline import HeadlineReader
from realtime.view.mirror.history import History
from realtime.view.mirror.people.face_record import FaceRecord
from realtime.view.mirror.timeline.recent import Recent

MOST_KEPT = 8  # records; of those that went, the oldest are forgotten
_RETURNS_NS = 1_000_000_000  # within this a lost face can come back: `realtime.pipeline.face_tracks`
_BEGINS_S, _ENDS_S = 0.3, 3.0  # until the strip comes with a second face, and goes with it: no window that jumps
_JUMP_NS = 1_000_000_000  # between two frames: a seek, another source
_USUAL_MS = 1000 / 30


class FaceRoster:
    """Keeps a record of each face; there is always one that is shown, also before the first face.

    A face that comes while nobody else is there takes over the record of the one that was shown last, as it takes over
    its neutral in the pipeline (`FaceStates`): a person who stepped away goes on where the plots ended.
    """

    def __init__(self, reader: Callable[[], HeadlineReader], recent: Callable[[], Recent]) -> None:
        """`reader` and `recent` make those of a new record."""
        self._reader, self._recent = reader, recent
        self._next_key = 0
        self.shown = self._new(None, ())
        self._records: list[FaceRecord] = [self.shown]
        self._frame: tuple[int, int] | None = None  # segment and stamp of the newest frame
        self._history: History | None = None  # that the newest frame is in
        self._chosen_id: int | None = None  # of the newest frame
        self._interval_ms = _USUAL_MS
        self._several_ns: int | None = None  # since when there are several
        self._single_ns: int | None = None  # since when there is one alone
        self.strip: tuple[FaceRecord, ...] = ()  # the faces of the strip, by track ids; empty while it is not wanted

    def push(self, result: FrameResult, status: Status, history: History) -> bool:
        """Take a result as it is shown; the same one again changes nothing. Whether it is a new one."""
        frame = result.frame.segment, result.stamp
        chosen_id = None if result.chosen is None else result.chosen.track_id
        if frame == self._frame and chosen_id == self._chosen_id and history is self._history:
            return False
        self._history, self._chosen_id = history, chosen_id
        jumped = self._frame is None or self._frame[0] != frame[0] or not 0 <= frame[1] - self._frame[1] < _JUMP_NS
        if not jumped and self._frame is not None and frame != self._frame:
            self._interval_ms += 0.1 * ((frame[1] - self._frame[1]) / 1e6 - self._interval_ms)
        self._frame = frame
        self._assign(result, history)
        alive = [record for record in self._records if self._alive(record)]
        history.face = self.shown.key
        others = {
            face.track_id: record.key
            for face in result.faces
            if (record := self._of(face.track_id)) is not None and record is not self.shown
        }
        new = history.push(result, others)
        for record in alive if self.shown in alive else [self.shown, *alive]:
            one = result if record is self.shown or record.track_id is None else result.of_face(record.track_id)
            if new and status.playback is None:
                record.recent.push(one, history.now_s)
            record.reader.watch(one, status)
            record.see(one, self._interval_ms)
        self._arrange(alive, result.stamp, jumped)
        return new

    @property
    def others(self) -> tuple[FaceRecord, ...]:
        """The faces of the strip that are not shown, by track ids."""
        return tuple(record for record in self.strip if record is not self.shown)

    def _alive(self, record: FaceRecord) -> bool:
        """Whether a face is in the newest frame, or can come back."""
        assert self._frame is not None
        segment, stamp = self._frame
        return record.track_id is not None and record.segment == segment and 0 <= stamp - record.seen_ns <= _RETURNS_NS

    def _of(self, track_id: int) -> FaceRecord | None:
        return next((record for record in self._records if record.track_id == track_id), None)

    def _assign(self, result: FrameResult, history: History) -> None:
        """A record for every face of a frame; which one is shown."""
        chosen = result.chosen
        chosen_id = chosen.track_id if chosen is not None else result.faces[0].track_id if result.faces else None
        here = {face.track_id for face in result.faces}
        for record in self._records:
            if record.track_id in here:
                record.segment, record.seen_ns = result.frame.segment, result.stamp
        alone = not any(self._alive(record) and not record.still for record in self._records)
        for track_id in sorted(here, key=lambda track_id: (track_id != chosen_id, track_id)):
            if self._of(track_id) is not None:
                continue
            record, taken = self.shown, [one.color for one in self._records if self._alive(one)]
            if not (alone and track_id == chosen_id and record.track_id not in here):
                record = self._new(track_id, taken)
                self._records.append(record)
            elif record.color in taken and not self._alive(record):  # a still picture got it meanwhile
                record.color = _free(taken)
            record.track_id, record.segment, record.seen_ns = track_id, result.frame.segment, result.stamp
        if chosen_id is not None:
            self.shown = self._of(chosen_id) or self.shown
        while len(self._records) > MOST_KEPT:
            gone = [record for record in self._records if record is not self.shown and record.track_id not in here]
            if not gone:
                break
            oldest = min(gone, key=lambda record: record.seen_ns)
            self._records.remove(oldest)
            history.forget(oldest.key)

    def _new(self, track_id: int | None, taken: Sequence[int]) -> FaceRecord:
        key, self._next_key = self._next_key, self._next_key + 1
        return FaceRecord(key, _free(taken), self._reader(), self._recent(), track_id)

    def _arrange(self, alive: list[FaceRecord], stamp: int, jumped: bool) -> None:
        """Whether there is a strip, and of which faces."""
        if len(alive) > 1:
            self._single_ns = None
            self._several_ns = stamp if self._several_ns is None or jumped else self._several_ns
            wanted = bool(self.strip) or jumped or stamp - self._several_ns >= _BEGINS_S * 1e9
        else:
            self._several_ns = None
            self._single_ns = stamp if self._single_ns is None or jumped else self._single_ns
            wanted = bool(self.strip) and not jumped and stamp - self._single_ns < _ENDS_S * 1e9
        self.strip = tuple(sorted(alive, key=lambda record: record.track_id or 0)) if wanted else ()


def _free(taken: Sequence[int]) -> int:
    """The lowest number of a colour that nobody has."""
    return next(at for at in range(len(taken) + 1) if at not in taken)
