"""Who is to blame for the error: the oracles of a set of recordings as they are reported."""

from __future__ import annotations

from functools import reduce
from operator import add
from typing import Any

import numpy as np

from realtime.core.compare_scores import WaterfallStep
from realtime.geometry.bootstrap import interval
from realtime.geometry.oracles import adds_of, removed_shares, waterfall
from realtime.pipeline.compare.scores import Bootstrap, as_interval
from realtime.pipeline.compare.setups import F64


def cause_fields(bootstrap: Bootstrap) -> dict[str, Any]:
    """The fields `oracles` and `waterfall`; nothing where a recording has no oracles."""
    sums = [one.oracles for one in bootstrap.numbers]
    there = [one for one in sums if one is not None]
    if not there or len(there) < len(sums):
        return {}
    total = reduce(add, there)
    found = waterfall(total)
    if found is None:
        return {}
    delivered, steps = found
    rows = np.stack([one.row for one in there])
    several = len(there) > 1 and len(there) == bootstrap.resampling.counts.shape[1]

    def added(place: int) -> Any:
        def statistic(totals: F64) -> F64:
            with np.errstate(divide="ignore", invalid="ignore"):
                found: F64 = adds_of(totals)[..., place]
            return found

        return as_interval(interval(bootstrap.resampling, rows, statistic)) if several else None

    return {
        "oracles": {step.cause: delivered + step.alone for step in steps if step.alone is not None and step.known},
        "waterfall": _removed(bootstrap)
        + tuple(
            WaterfallStep(
                cause=step.cause,
                skill=step.skill if step.known else None,
                adds=step.adds if step.known else None,
                alone=step.alone,
                removed=False,
                interval=added(place),
            )
            for place, step in enumerate(steps)
        ),
    }


def _removed(bootstrap: Bootstrap) -> tuple[WaterfallStep, ...]:
    """What the neutral has taken out before the waterfall begins, as shares of the raw squared error."""
    totals = [one.total for one in bootstrap.numbers]
    if not all(one.calibrated for one in totals):
        return ()
    raw, adjusted = (sum(float(one[name]) for one in totals) for name in ("sse", "sse_adjusted"))
    shares = removed_shares(raw, adjusted, np.zeros((1, 3)), sum(one.frames for one in totals))
    if shares is None:
        return ()
    step = WaterfallStep(
        cause="identity", skill=None, adds=shares["identity"], alone=None, removed=True, interval=None
    )  # fmt: skip
    return (step,)
