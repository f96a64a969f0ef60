"""Frame rate and latency of what is on screen."""

from __future__ import annotations

from collections import deque

from realtime.pipeline.summary import quantiles

_REST_NS = 2_000_000_000  # after a longer pause the measurement of the rate starts again


class DisplayStatistics:
    """Times of the newest frames on screen and, of a live source, their latency."""

    def __init__(self) -> None:
        self._shown_at: deque[int] = deque(maxlen=60)  # ns, monotonic clock
        self._latency_ms: deque[float] = deque(maxlen=300)

    def clear(self) -> None:
        """Reset: another source, or other models."""
        self._shown_at.clear()
        self._latency_ms.clear()

    def rest(self) -> None:
        """No frames come by themselves: the rate is measured anew afterwards."""
        self._shown_at.clear()

    def shown(self, now_ns: int, arrived_ns: int | None) -> None:
        """A new frame is on screen at `now_ns`; `arrived_ns` is when this process received it, None for a file.

        Both are on the monotonic clock.
        """
        if self._shown_at and now_ns - self._shown_at[-1] > _REST_NS:
            self._shown_at.clear()
        self._shown_at.append(now_ns)
        if arrived_ns is not None:
            self._latency_ms.append((now_ns - arrived_ns) / 1e6)

    @property
    def fps(self) -> float | None:
        """New frames a second; None before the second one."""
        times = self._shown_at
        span = (times[-1] - times[0]) / 1e9 if len(times) > 1 else 0.0
        return (len(times) - 1) / span if span > 0 else None

    @property
    def latency_ms(self) -> tuple[float, float] | tuple[None, None]:
        """Median and 95th percentile of the latency in ms; None for files."""
        found = quantiles(self._latency_ms)
        return (found.median, found.p95) if found else (None, None)
