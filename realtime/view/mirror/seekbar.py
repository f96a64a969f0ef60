"""Where the moments of a replay lie on its seek bar. No GL, no imgui."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from realtime.core.status import AnnotationView, Playback
from realtime.view.paint.layout import Rect


def frame_s(playback: Playback) -> float:
    """How long a frame lasts on the average, s."""
    return playback.duration_s / max(playback.rows, 1)


def trimmed(playback: Playback) -> bool:
    """Whether something of it is not played; the first frame may come a moment after the recording's beginning."""
    least = frame_s(playback)
    return playback.in_s > least or playback.out_s < playback.duration_s - least


@dataclass(frozen=True, slots=True)
class SeekBar:
    """The track of a bar, in pixels, and how many seconds it stands for."""

    track: Rect
    duration_s: float

    def x_of(self, time_s: float) -> float:
        """The place of a moment; those outside lie at the nearer end."""
        return self.track.x + self.share(time_s) * self.track.w

    def share(self, time_s: float) -> float:
        """How much of all lies before a moment, 0 to 1."""
        return min(max(time_s / self.duration_s, 0.0), 1.0) if self.duration_s > 0 else 0.0

    def time_of(self, x: float) -> float:
        """The moment at a place, s; beside the track that of the nearer end."""
        if self.track.w < 1:
            return 0.0
        return min(max((x - self.track.x) / self.track.w, 0.0), 1.0) * self.duration_s

    def between(self, start_s: float, end_s: float) -> tuple[int, int]:
        """Left and right end of a stretch in whole pixels: never without width, and never outside the track."""
        left = min(round(self.x_of(start_s)), self.track.right - 2)
        return left, max(round(self.x_of(end_s)), left + 2)

    def at(self, marks: Sequence[AnnotationView], x: float, reach: float) -> AnnotationView | None:
        """The mark that is pointed at: the nearest event within `reach` pixels, else the stretch around the place."""
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
