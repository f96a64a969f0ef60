"""Between times and positions on the timeline. No GL, no imgui."""

from __future__ import annotations

from dataclasses import dataclass

from realtime.core.status import Playback


def frame_s(playback: Playback) -> float:
    """Mean duration of a frame, s."""
    return playback.duration_s / max(playback.rows, 1)


def trimmed(playback: Playback) -> bool:
    """Whether in and out point limit the playback; the first frame may be slightly after the recording's start."""
    least = frame_s(playback)
    return playback.in_s > least or playback.out_s < playback.duration_s - least


@dataclass(frozen=True, slots=True)
class TimeSpan:
    """A stretch of time, and the pixels from the left to the right over which it is drawn."""

    left: int
    right: int
    start_s: float
    end_s: float

    @property
    def width(self) -> int:
        """In pixels."""
        return self.right - self.left

    @property
    def seconds(self) -> float:
        """How long it is."""
        return self.end_s - self.start_s

    def x_of(self, time_s: float) -> float:
        """Position of a time, which may lie outside."""
        return self.left + (time_s - self.start_s) / self.seconds * self.width if self.seconds > 0 else self.left

    def time_of(self, x: float) -> float:
        """The time at a position, s, from the start to the end."""
        if self.width < 1:
            return self.start_s
        return self.start_s + min(max((x - self.left) / self.width, 0.0), 1.0) * self.seconds

    def sees(self, time_s: float) -> bool:
        """Whether a time is within."""
        return self.start_s <= time_s <= self.end_s

    def between(self, start_s: float, end_s: float) -> tuple[int, int] | None:
        """Both ends of an interval in whole pixels, at least two apart and within; None where it is out of sight."""
        if end_s < self.start_s or start_s > self.end_s or self.width < 2:
            return None
        left = min(max(round(self.x_of(start_s)), self.left), self.right - 2)
        return left, min(max(round(self.x_of(end_s)), left + 2), self.right)

    def serves(self, span: TimeSpan, moved_s: float) -> bool:
        """Whether what was computed for this span is what is drawn over another, which has moved by at most so much."""
        alike = self.width == span.width and abs(self.seconds - span.seconds) < 1e-9 * max(1.0, abs(span.end_s))
        return self == span or (alike and 0 <= span.start_s - self.start_s <= moved_s)

    def seen(self, span: TimeSpan) -> tuple[float, float]:
        """What is seen in another span, s from the start of this one."""
        start = span.start_s - self.start_s
        return start, start + max(span.seconds, 1e-6)
