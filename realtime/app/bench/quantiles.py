"""Quantiles of times that were measured."""

from __future__ import annotations

from collections.abc import Collection

from realtime.core.run_report import Quantiles
from realtime.pipeline import summary


def measured(times: Collection[float]) -> Quantiles:
    """Median and 95th percentile of at least one time."""
    found = summary.quantiles(times)
    assert found is not None, "nothing was measured"
    return found


def quantiles(times: Collection[float]) -> dict[str, float] | None:
    """Median and 95th percentile as plain values; None without any time."""
    found = summary.quantiles(times)
    return None if found is None else dict(found)
