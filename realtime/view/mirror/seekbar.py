"""Conversion between times of a replay and positions on its seek bar. No GL, no imgui."""

from __future__ import annotations

from dataclasses import dataclass

from realtime.core.status import Playback
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
