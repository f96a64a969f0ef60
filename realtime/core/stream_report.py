"""What became of what was streamed to other programs, as a run reports it."""

from __future__ import annotations

from typing import Annotated

from realtime.core.report import FRAMES, Report, described


class TimesReport(Report):
    """Quantiles and the largest of times."""

    median: Annotated[float, described("median", "ms")]
    p95: Annotated[float, described("95th percentile", "ms")]
    max: Annotated[float, described("the largest", "ms")]


class StreamReport(Report):
    """One output of `--stream`."""

    output: Annotated[str, described("format and address")]
    remote: Annotated[bool, described("whether it was sent beyond this machine")]
    sent: Annotated[int, described("results that were handed to the network", FRAMES)]
    dropped: Annotated[int, described("results and marks that could not be sent, or for which there was no time")]
    errors: Annotated[int, described("how often it could not be opened, or failed", "times")]
    last_error: Annotated[str | None, described("the newest of them; null where there was none")]
    age_ms: Annotated[
        TimesReport | None, described("from the capture of a frame until its values were sent; null without any", "ms")
    ]
    added_ms: Annotated[
        TimesReport | None, described("of these, from when the result was there: what streaming adds", "ms")
    ]
