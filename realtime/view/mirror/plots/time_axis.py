"""The time span that all plots show. No imgui."""

from __future__ import annotations

from dataclasses import dataclass

SHORTEST_S = 1.0
_AT_THE_END = 0.02  # share of the span within which a plot follows the newest frame


@dataclass(slots=True)
class TimeAxis:
    """Follows the newest frame until it is zoomed or panned away from it; then it stays over its data.

    Times are the history's; `now_s` is the newest frame's, `full_s` the longest span that can be shown, `usual_s` the
    one that is shown unless another was chosen: all of it where it is not given.
    """

    span_s: float | None = None  # None: the usual one
    end_s: float | None = None  # None: follows the newest frame

    @property
    def whole(self) -> bool:
        """Whether the usual span is shown."""
        return self.span_s is None

    def window(self, now_s: float, full_s: float, usual_s: float | None = None) -> tuple[float, float]:
        """The visible time span, within the last `full_s` seconds."""
        usual = full_s if usual_s is None else usual_s
        span = usual if self.span_s is None else min(self.span_s, full_s)
        end = now_s if self.end_s is None else min(max(self.end_s, now_s - full_s + span), now_s)
        return end - span, end

    def zoom(self, factor: float, at_s: float, now_s: float, full_s: float, usual_s: float | None = None) -> None:
        """Scale the visible span by `factor` about the fixed time `at_s`."""
        start, end = self.window(now_s, full_s, usual_s)
        span = min(max((end - start) * factor, SHORTEST_S), full_s)
        self._show(at_s + (end - at_s) * span / (end - start), span, now_s, full_s, usual_s)

    def pan(self, by_s: float, now_s: float, full_s: float, usual_s: float | None = None) -> None:
        """Pan towards the newest frame, or away from it with a negative time."""
        start, end = self.window(now_s, full_s, usual_s)
        self._show(end + by_s, end - start, now_s, full_s, usual_s)

    def show(self, start_s: float, end_s: float, now_s: float, full_s: float) -> None:
        """Show an interval, or as much around it as can be shown."""
        span = min(max(end_s - start_s, SHORTEST_S), full_s)
        self._show((start_s + end_s + span) / 2, span, now_s, full_s, None)

    def follow(self) -> None:
        """Show the usual span, up to the newest frame."""
        self.span_s = self.end_s = None

    def _show(self, end_s: float, span_s: float, now_s: float, full_s: float, usual_s: float | None) -> None:
        if span_s >= full_s and usual_s is None:
            self.follow()
            return
        self.span_s = span_s
        self.end_s = None if end_s >= now_s - _AT_THE_END * span_s else max(end_s, now_s - full_s + span_s)
