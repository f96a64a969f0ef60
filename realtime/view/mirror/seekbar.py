"""Conversion between times of a replay and positions on its seek bar. No GL, no imgui."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from realtime.core.status import AnnotationView, Playback
from realtime.view.paint.layout import Rect


def frame_s(playback: Playback) -> float:
    """Mean duration of a frame, s."""
    return playback.duration_s / max(playback.rows, 1)


def trimmed(playback: Playback) -> bool:
    """Whether in and out point limit the playback; the first frame may be slightly after the recording's start."""
    least = frame_s(playback)
    return playback.in_s > least or playback.out_s < playback.duration_s - least


@dataclass(frozen=True, slots=True)
class SeekBar:
    """The track in pixels, and the duration that it represents."""

    track: Rect
    duration_s: float

    def x_of(self, time_s: float) -> float:
        """Position of a time, clamped to the track."""
        return self.track.x + self.share(time_s) * self.track.w

    def share(self, time_s: float) -> float:
        """Elapsed share at a time, 0 to 1."""
        return min(max(time_s / self.duration_s, 0.0), 1.0) if self.duration_s > 0 else 0.0

    def time_of(self, x: float) -> float:
        """The time at a position, s, clamped."""
        if self.track.w < 1:
            return 0.0
        return min(max((x - self.track.x) / self.track.w, 0.0), 1.0) * self.duration_s

    def between(self, start_s: float, end_s: float) -> tuple[int, int]:
        """Both ends of an interval in whole pixels: at least one pixel wide, and within the track."""
        left = min(round(self.x_of(start_s)), self.track.right - 2)
        return left, max(round(self.x_of(end_s)), left + 2)

    def at(self, marks: Sequence[AnnotationView], x: float, reach: float) -> AnnotationView | None:
        """The annotation at a position: the nearest event within `reach` pixels, else the interval around it."""
        events = [mark for mark in marks if mark.kind == "event"]
        nearest = min(events, key=lambda mark: abs(self.x_of(mark.start_s) - x), default=None)
        if nearest is not None and abs(self.x_of(nearest.start_s) - x) <= reach:
            return nearest
        for mark in marks:
            if mark.kind == "exclude":
                left, right = self.between(mark.start_s, mark.end_s)
                if left <= x < right:
                    return mark
        return None
