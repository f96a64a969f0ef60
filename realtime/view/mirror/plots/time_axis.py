"""The time span that all plots show. No imgui."""

from __future__ import annotations

from dataclasses import dataclass

SHORTEST_S = 1.0
_AT_THE_END = 0.02  # share of the span within which a plot follows the newest frame


@dataclass(slots=True)
class TimeAxis:
    """Follows the newest frame until it is zoomed or panned away from it; then it stays over its data.

    Times are the history's; `now_s` is the newest frame's, `full_s` the length of the history.
    """

    span_s: float | None = None  # None: the whole history
    end_s: float | None = None  # None: follows the newest frame

    @property
    def whole(self) -> bool:
        """Whether the whole history is shown."""
        return self.span_s is None

    def window(self, now_s: float, full_s: float) -> tuple[float, float]:
        """The visible time span, within the last `full_s` seconds."""
        span = full_s if self.span_s is None else min(self.span_s, full_s)
        end = now_s if self.end_s is None else min(max(self.end_s, now_s - full_s + span), now_s)
        return end - span, end

    def zoom(self, factor: float, at_s: float, now_s: float, full_s: float) -> None:
        """Scale the visible span by `factor` about the fixed time `at_s`."""
        start, end = self.window(now_s, full_s)
        span = min(max((end - start) * factor, SHORTEST_S), full_s)
        self._show(at_s + (end - at_s) * span / (end - start), span, now_s, full_s)

    def pan(self, by_s: float, now_s: float, full_s: float) -> None:
        """Pan towards the newest frame, or away from it with a negative time."""
        start, end = self.window(now_s, full_s)
        self._show(end + by_s, end - start, now_s, full_s)

    def follow(self) -> None:
        """Show the whole history, up to the newest frame."""
        self.span_s = self.end_s = None

    def _show(self, end_s: float, span_s: float, now_s: float, full_s: float) -> None:
        if span_s >= full_s:
            self.follow()
            return
        self.span_s = span_s
        self.end_s = None if end_s >= now_s - _AT_THE_END * span_s else max(end_s, now_s - full_s + span_s)
