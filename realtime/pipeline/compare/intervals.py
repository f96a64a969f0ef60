"""Intervals of the scores beside skill: mean NME, the gain, R2."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from realtime.core.compare_scores import Interval
from realtime.geometry.bootstrap import Statistic, gain_of, interval, mean_of, r2_of, r2_rows
from realtime.pipeline.compare.recording_numbers import FRAME_SUMS
from realtime.pipeline.compare.scores import Bootstrap, as_interval
from realtime.pipeline.compare.setups import F64


def score_intervals(bootstrap: Bootstrap) -> dict[str, Interval]:
    """By the name of the score, of those that have one: "nme", "nme_adjusted", "gain", "r2" and "r2_within".

    R2 is of whole recordings: of a single one it has none.
    """
    found = {
        "nme": _interval(bootstrap, ("nme", "frames"), mean_of),
        "nme_adjusted": _interval(bootstrap, ("nme_adjusted", "frames"), mean_of),
        "gain": _interval(bootstrap, ("along", "displaced", "noise"), gain_of),
        **_of_r2(bootstrap),
    }
    return {name: one for name, one in found.items() if one is not None}


def _interval(bootstrap: Bootstrap, names: Sequence[str], statistic: Statistic) -> Interval | None:
    """Of some of `FRAME_SUMS`."""
    rows = bootstrap.rows[:, [FRAME_SUMS.index(name) for name in names]]
    return as_interval(interval(bootstrap.resampling, rows, statistic)) if np.isfinite(rows).all() else None


def _of_r2(bootstrap: Bootstrap) -> dict[str, Interval | None]:
    if len(bootstrap.numbers) < 2:
        return {}
    scores = [one.total.best for one in bootstrap.numbers]
    deviations, errors = (_gram([one.total[name] for one in bootstrap.numbers]) for name in ("deviation", "error"))
    rows = r2_rows([one.sse for one in scores], [one.squares for one in scores], [one.frames for one in scores])
    people = [one.person or f"recording {at}" for at, one in enumerate(bootstrap.numbers)]
    groups = [[at for at, other in enumerate(people) if other == person] for person in dict.fromkeys(people)]
    everyone = r2_of(deviations, [range(len(people))])
    return {
        "r2": as_interval(interval(bootstrap.resampling, rows, everyone)),
        "r2_within": as_interval(interval(bootstrap.resampling, rows, r2_of(deviations, groups, errors))),
    }


def _gram(fields: Sequence[F64]) -> F64:
    """(n, n) inner products of fields."""
    flat = np.stack([field.ravel() for field in fields])
    found: F64 = flat @ flat.T
    return found
