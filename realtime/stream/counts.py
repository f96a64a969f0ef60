"""What became of everything that was handed to one output; any thread may read it."""

from __future__ import annotations

import math
import time
from collections import deque

from realtime.core.stream_report import StreamReport, TimesReport

_REMEMBERED = 20_000  # times of which quantiles are reported: ten minutes


class StreamCounts:
    """Counts of one output. It is written by the thread of that output alone."""

    def __init__(self) -> None:
        self.sent = self.dropped = self.errors = 0
        self.error = ""  # of the newest attempt; empty while it works
        self.age_ms: float | None = None  # of what was sent last
        self._last_error: str | None = None
        self._ages_ms: deque[float] = deque(maxlen=_REMEMBERED)
        self._added_ms: deque[float] = deque(maxlen=_REMEMBERED)

    def count_sent(self, captured_ns: int, accepted_ns: int) -> None:
        """Something was sent now: when its frame was taken, and when it was handed over (monotonic clock)."""
        now_ns = time.monotonic_ns()
        self.sent += 1
        self.age_ms = (now_ns - captured_ns) / 1e6
        self._ages_ms.append(self.age_ms)
        self._added_ms.append((now_ns - accepted_ns) / 1e6)

    def count_error(self, error: Exception) -> None:
        """It could not be opened, or failed."""
        self.errors += 1
        self.error = self._last_error = str(error) or type(error).__name__

    def report(self, output: str, *, remote: bool) -> StreamReport:
        """As it is reported at the end of a run."""
        return StreamReport(
            output=output,
            remote=remote,
            sent=self.sent,
            dropped=self.dropped,
            errors=self.errors,
            last_error=self._last_error,
            age_ms=_times(self._ages_ms),
            added_ms=_times(self._added_ms),
        )


def _times(found: deque[float]) -> TimesReport | None:
    values = sorted(found.copy())
    if not values:
        return None
    middle, high = (values[math.ceil(share * len(values)) - 1] for share in (0.5, 0.95))
    return TimesReport(median=middle, p95=high, max=values[-1])
