"""Who is to blame for the error: the oracles of a set of recordings as they are reported."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import add
from typing import Any

import numpy as np

from realtime.core.compare_scores import WaterfallStep
from realtime.geometry.bootstrap import interval, mean_of
from realtime.geometry.oracles import adds_of, removed_shares, waterfall
from realtime.pipeline.compare.recording_numbers import RecordingNumbers
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
    calibrated = all(one.total.calibrated for one in bootstrap.numbers)
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
                note=_of_offset(bootstrap.numbers) if step.cause == "tracker" and not calibrated else None,
            )
            for place, step in enumerate(steps)
            if not (step.cause == "tracker" and calibrated)  # the neutral has removed it
        ),
    }


def _removed(bootstrap: Bootstrap) -> tuple[WaterfallStep, ...]:
    """What the neutral has taken out before the waterfall begins, as shares of the raw squared error."""
    numbers = bootstrap.numbers
    totals = [one.total for one in numbers]
    if not all(one.calibrated for one in totals):
        return ()
    known = all(one.shared.offset is not None for one in numbers)
    rows = []
    for one, total in zip(numbers, totals, strict=True):
        raw, adjusted = float(total["sse"]), float(total["sse_adjusted"])
        offset = one.shared.offset if known else None
        shares = removed_shares(raw, adjusted, total["error_raw"], total.frames, offset)
        if shares is None:
            return ()
        rows.append([raw, raw * shares.get("tracker", 0.0), raw * shares["identity"]])
    sums = np.array(rows)
    several = len(rows) > 1 and len(rows) == bootstrap.resampling.counts.shape[1]

    def step(cause: str, place: int) -> WaterfallStep:
        pair = sums[:, [place, 0]]
        there = known or cause != "tracker"
        return WaterfallStep(
            cause=cause, skill=None, adds=float(mean_of(pair.sum(axis=0))) if there else None, alone=None, removed=True,
            interval=as_interval(interval(bootstrap.resampling, pair, mean_of)) if several and there else None,
            note=_of_offset(numbers) if cause == "tracker" else None,
        )  # fmt: skip

    return step("tracker", 1), step("identity", 2)


def _of_offset(numbers: Sequence[RecordingNumbers]) -> str:
    """How the offset that all faces share is known, or why it is not."""
    notes = dict.fromkeys(one.shared.note for one in numbers if one.shared.offset is None)
    return next(iter(notes or dict.fromkeys(one.shared.note for one in numbers)), "")
