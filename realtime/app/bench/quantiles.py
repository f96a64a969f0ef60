"""Quantiles as the bench's JSON has them."""

from __future__ import annotations

from collections.abc import Collection

from realtime.pipeline import summary


def quantiles(times: Collection[float]) -> dict[str, float] | None:
    """Median and 95th percentile; None without any time."""
    found = summary.quantiles(times)
    return None if found is None else dict(found)
