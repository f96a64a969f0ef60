"""The faces that were followed in a session, and when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from realtime.core.types import Array
from realtime.session.read.part import SessionPart
from realtime.session.read.table_rows import TableRows

_UNNAMED = -1  # a face of an earlier program


@dataclass(frozen=True, slots=True)
class RecordedTrack:
    """A face that was followed in a session."""

    track_id: int | None  # None in sessions of earlier programs, which follow one face
    parts: tuple[int, ...]  # numbers of the parts in which it was seen, from 1
    frames: int  # in which it was seen
    chosen: int  # of them those in which it was the chosen face
    first_row: int  # of the session; the row is that of the frame
    last_row: int
    start_s: float  # when its first frame was taken, on the session's clock
    end_s: float  # and its last one


def recorded_tracks(parts: Sequence[SessionPart]) -> tuple[RecordedTrack, ...]:
    """The faces of all parts, by their first frame.

    A number that occurs in parts of different runs is of two faces, and where it is not known which run a part is of,
    each part counts as one.
    """
    found: dict[tuple[int | str, int], list[tuple[SessionPart, Array, int]]] = {}
    for part in parts:
        run = part.info.run or f"part {part.info.part}"
        tracks, others = _tracks(part.table), part.rows.others
        other_tracks = np.where(others.frames >= 0, _tracks(part.table.others), _UNNAMED - 1)
        for track in np.unique(np.concatenate([tracks, other_tracks])).tolist():
            if track < _UNNAMED:
                continue
            chosen = np.flatnonzero(tracks == track)
            frames = np.sort(np.concatenate([chosen, others.frames[other_tracks == track]]))
            found.setdefault((run, track), []).append((part, frames, len(chosen)))
    whole = [_whole(track, pieces) for (_, track), pieces in found.items()]
    return tuple(sorted(whole, key=lambda track: (track.first_row, track.track_id or 0)))


def _whole(track: int, pieces: Sequence[tuple[SessionPart, Array, int]]) -> RecordedTrack:
    (first, rows, _), (last, last_rows, _) = pieces[0], pieces[-1]
    return RecordedTrack(
        track_id=None if track == _UNNAMED else track,
        parts=tuple(part.info.part for part, _, _ in pieces),
        frames=sum(len(frames) for _, frames, _ in pieces),
        chosen=sum(count for _, _, count in pieces),
        first_row=first.first + int(rows[0]),
        last_row=last.first + int(last_rows[-1]),
        start_s=float(first.times[rows[0]]) / 1e9,
        end_s=float(last.times[last_rows[-1]]) / 1e9,
    )


def _tracks(rows: TableRows) -> Array:
    """(rows,) int64, which face a row is of: -1 for one without a number, -2 without a face."""
    there = rows.table.column("landmarks").is_valid().to_numpy()
    ids = rows.numbers("track_id", missing=_UNNAMED) if rows.has("track_id") else np.full(len(rows), _UNNAMED)
    return np.where(there, ids, _UNNAMED - 1)
