"""Which of several faces is the chosen one: the largest that moves, or the user's choice."""

from __future__ import annotations

import threading
from collections.abc import Collection, Sequence
from typing import Protocol

from realtime.core.frame_result import Chosen
from realtime.pipeline.face_tracks import Track

# The chosen face stays chosen until another has so much more area: two people at one distance must not alternate.
HYSTERESIS = 1.3


class FaceChoice(Protocol):
    """Chooses a face in each frame; `update` belongs to the thread that computes, the rest to any."""

    def update(self, tracks: Sequence[Track], areas: Sequence[float], alive: Collection[int]) -> Chosen | None:
        """The chosen face of a frame with these faces and their areas in square pixels. It may be one that is `alive`
        and not in this frame; None where there is none.
        """
        ...

    def choose(self, track_id: int | None) -> None:
        """Choose a face from the next frame on; None: the program chooses."""
        ...

    def choose_next(self, step: int) -> int | None:
        """Choose the face that comes `step` places after the chosen one, by track ids; which it is, None where there
        is no other.
        """
        ...


class LiveFaceChoice:
    """The user's choice as long as that face is followed; else the largest, and no face that does not move before one
    that does.
    """

    def __init__(self) -> None:
        self._changing = threading.Lock()
        self._chosen: Chosen | None = None
        self._wished: int | None = None
        self._present: list[int] = []

    def update(self, tracks: Sequence[Track], areas: Sequence[float], alive: Collection[int]) -> Chosen | None:
        """A chosen face that is lost stays chosen for as long as it can come back."""
        with self._changing:
            self._present = sorted(track.track_id for track in tracks)
            if self._wished is not None and self._wished in alive:
                self._chosen = Chosen(self._wished, by_user=True)
                return self._chosen
            self._wished = None
            before = None if self._chosen is None or self._chosen.track_id not in alive else self._chosen.track_id
            found = _largest(tracks, areas, before)
            self._chosen = None if found is None else Chosen(found, by_user=False)
            return self._chosen

    def choose(self, track_id: int | None) -> None:
        """A face that is not followed in the next frame is not chosen."""
        with self._changing:
            self._wished = track_id

    def choose_next(self, step: int) -> int | None:
        """Of the faces of the newest frame; with a single one nothing changes."""
        with self._changing:
            if len(self._present) < 2:
                return None
            chosen = (
                self._wished if self._wished is not None else None if self._chosen is None else self._chosen.track_id
            )
            at = self._present.index(chosen) if chosen in self._present else -1 if step > 0 else 0
            self._wished = self._present[(at + step) % len(self._present)]
            return self._wished


def _largest(tracks: Sequence[Track], areas: Sequence[float], before: int | None) -> int | None:
    """The id of the largest face that moves, with inertia for the one `before`, which may be lost for a moment."""
    area_of = {track.track_id: area for track, area in zip(tracks, areas, strict=True)}
    moving = [track.track_id for track in tracks if not track.still]
    if before is not None and before not in area_of:
        return before
    largest = max(moving or area_of, key=area_of.__getitem__, default=None)
    if largest is None or before is None or (moving and before not in moving):
        return largest
    return largest if area_of[largest] > HYSTERESIS * area_of[before] else before
