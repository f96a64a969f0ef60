"""Bootstrap of scores: people are drawn, and recordings within them, never frames, since neighbouring frames are alike.

Every score here is a function of sums that can be added over recordings, so a draw is a count of how often each
recording is in it: the same counts serve every score, and two models under the same counts give paired differences.

Efron & Tibshirani 1993; the percentiles are widened for few units as in Hesterberg 2015 ("expanded percentile").
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from realtime.geometry._arrays import F64, IntArray

DRAWS = 2000
LEAST_PEOPLE = 5
LEVEL = 0.95
_FEWEST = 2
_AT_A_TIME = 200  # draws whose counts are in double precision at once
_UNDEFINED = 0.025  # share of the draws without a value beyond which there is no interval

Over = Literal["people", "recordings", "blocks"]
Statistic = Callable[[F64], F64]  # (..., m) sums to (...) values, NaN where there is none


@dataclass(frozen=True, slots=True)
class BootstrapInterval:
    """An estimate with its interval."""

    value: float
    low: float
    high: float
    level: float  # 0.95; less with fewer than five units, whose range does not reach that: 1 - 2^(1 - units)
    over: Over


@dataclass(frozen=True, slots=True, eq=False)
class Resampling:
    """How often each recording, or block of a recording, is in each draw."""

    counts: npt.NDArray[np.uint16]  # (draws, n)
    units: int  # people, recordings or blocks that were drawn; 0: too few, there are no draws
    over: Over
    population: bool  # whether the intervals are a statement about people in general
    note: str  # of whom they speak, or why there are none

    @property
    def level(self) -> float:
        """Confidence level that percentiles over so many units can have."""
        return LEVEL if self.units >= LEAST_PEOPLE else 1.0 - 2.0 ** (1 - self.units) if self.units else 0.0


def resample_people(people: Sequence[str | None], draws: int = DRAWS, seed: int = 0) -> Resampling:
    """Draw people, and as many recordings of each as it has, from the person of each recording.

    None is a recording of an unknown person. Where any is, or with fewer than five people, recordings are drawn
    instead, and nothing is said about people in general.
    """
    n = len(people)
    known = sorted({person for person in people if person is not None})
    unknown = sum(person is None for person in people)
    if unknown or len(known) < LEAST_PEOPLE:
        drawn = _draw([np.arange(n)] if n else [], n, draws, seed) if n >= _FEWEST else np.zeros((0, n), np.uint16)
        return Resampling(drawn, n if n >= _FEWEST else 0, "recordings", False, _no_population(n, unknown, len(known)))
    groups = [np.flatnonzero([person == name for person in people]) for name in known]
    rng = np.random.default_rng(seed)
    times = rng.multinomial(len(groups), np.full(len(groups), 1.0 / len(groups)), size=draws)  # (draws, people)
    counts = np.zeros((draws, n), np.uint16)
    for members, often in zip(groups, times.T, strict=True):
        # A person that is drawn c times brings c times as many recordings as it has, each at random.
        counts[:, members] = rng.multinomial(often * len(members), np.full(len(members), 1.0 / len(members)))
    note = f"Intervals are over {len(groups)} people, and their recordings within them."
    return Resampling(counts, len(groups), "people", True, note)


def resample_blocks(recordings: Sequence[int], draws: int = DRAWS, seed: int = 0) -> Resampling:
    """Draw the blocks of each recording, as many as it has, from the number of the recording of each block.

    For a single recording, or a few: the recordings are the same in every draw.
    """
    codes = np.asarray(recordings)
    groups = [np.flatnonzero(codes == code) for code in np.unique(codes)]
    units = min((len(group) for group in groups), default=0)
    if units < _FEWEST:
        note = "No interval: a recording has fewer than two blocks in time."
        return Resampling(np.zeros((0, len(codes)), np.uint16), 0, "blocks", False, note)
    counts = _draw(groups, len(codes), draws, seed)
    note = "Intervals are over blocks in time of these very recordings and say nothing of other recordings or people."
    return Resampling(counts, len(codes) - len(groups) + 1, "blocks", False, note)


def interval(resampling: Resampling, sums: npt.ArrayLike, statistic: Statistic) -> BootstrapInterval | None:
    """The interval of a statistic of sums over recordings.

    sums
        (n, m): m sums of each of the n recordings or blocks of `resampling`.
    statistic
        From (..., m) total sums to (...) values; NaN where a value cannot be computed.

    None where nothing was drawn, where the value itself cannot be computed, or where it cannot in 2.5 % of the draws.
    """
    rows = _rows(sums, resampling)
    value = float(statistic(rows.sum(axis=0)))
    return _interval(resampling, value, lambda: drawn(resampling, rows, statistic))


def paired_difference(
    resampling: Resampling, sums: npt.ArrayLike, others: npt.ArrayLike, statistic: Statistic
) -> BootstrapInterval | None:
    """The interval of statistic(sums) - statistic(others): of two models, or sources, on the same frames.

    Both (n, m), as `interval` takes them. Every draw has the same recordings on both sides, so what the recordings
    have in common is not in the interval.
    """
    one, other = _rows(sums, resampling), _rows(others, resampling)
    value = float(statistic(one.sum(axis=0)) - statistic(other.sum(axis=0)))
    return _interval(resampling, value, lambda: drawn(resampling, one, statistic) - drawn(resampling, other, statistic))


def drawn(resampling: Resampling, sums: npt.ArrayLike, statistic: Statistic) -> F64:
    """(draws,) values of a statistic, one a draw; NaN where it cannot be computed."""
    rows = _rows(sums, resampling)
    parts = [
        statistic(resampling.counts[at : at + _AT_A_TIME].astype(np.float64) @ rows)
        for at in range(0, len(resampling.counts), _AT_A_TIME)
    ]
    return np.concatenate(parts) if parts else np.zeros(0)


def percentile_interval(values: npt.ArrayLike, units: int, level: float = LEVEL) -> tuple[float, float]:
    """The expanded percentile interval of the values of draws over so many units (Hesterberg 2015).

    Percentiles of resamples are too narrow for few units, by the factor sqrt((n - 1) / n) of the plug-in variance and
    by the normal's tails in the place of Student's t. They are taken further out by as much.
    """
    from scipy.special import ndtr, stdtrit

    share = (1.0 - level) / 2.0
    if units > 1:
        share = float(ndtr(stdtrit(units - 1, share) * np.sqrt(units / (units - 1.0))))
    low, high = np.quantile(np.asarray(values, np.float64), [share, 1.0 - share])
    return float(low), float(high)


# Statistics of sums ---------------------------------------------------------------------------------------------------


def skill_of(sums: F64) -> F64:
    """1 - error / baseline, of (..., 2): squared error, squared error of the baseline."""
    return 1.0 - _ratio(sums[..., 0], sums[..., 1])


def mean_of(sums: F64) -> F64:
    """total / count, of (..., 2): a sum over frames, how many they are."""
    return _ratio(sums[..., 0], sums[..., 1])


def gain_of(sums: F64) -> F64:
    """The gain, of (..., 3): r.d, d.d and noise of `GainTerms`, summed; NaN where the displacements are below noise."""
    along, displaced, noise = np.moveaxis(sums, -1, 0)
    return np.where(displaced > noise, _ratio(along, displaced), np.nan)


def r2_of(gram: F64, groups: Sequence[npt.ArrayLike], error_gram: F64 | None = None) -> Statistic:
    """The statistic for the sums of `r2_rows`: R2 of any number of draws of recordings.

    gram
        (n, n) products of the recordings' summed deviations of the observed meshes from a common mesh.
    groups
        Places of the recordings about whose common mean the meshes vary: all of them in one group for R2, a group a
        person for R2 within people.
    error_gram
        (n, n) products of the recordings' summed errors: R2 within, whose predictions have their means taken out too.
    """
    n = len(gram)
    members = [np.asarray(group, dtype=np.intp) for group in groups]

    def statistic(totals: F64) -> F64:
        often, sse, squares, frames = totals[..., :n], totals[..., n], totals[..., n + 1], totals[..., n + 2 :]

        def of_means(products: F64) -> F64:
            """Squared lengths of the groups' means, times their frames."""
            found = np.zeros(totals.shape[:-1])
            for at in members:
                times = often[..., at]
                length = (times @ products[np.ix_(at, at)] * times).sum(axis=-1)
                found = found + _ratio(length, frames[..., at].sum(axis=-1), empty=0.0)
            return found

        left = sse if error_gram is None else np.maximum(sse - of_means(error_gram), 0.0)
        variation = squares - of_means(gram)
        return 1.0 - np.where(variation > 1e-12 * squares, _ratio(left, variation), np.nan)

    return statistic


def r2_rows(sse: npt.ArrayLike, squares: npt.ArrayLike, frames: npt.ArrayLike) -> F64:
    """(n, 2 n + 2) the sums of which `r2_of` is a statistic, from three numbers (n,) of each recording.

    Squared error, squared distance of the observed meshes from the common mesh, frames.
    """
    each, from_mesh, count = (np.asarray(values, np.float64) for values in (sse, squares, frames))
    return np.hstack([np.eye(len(each)), each[:, None], from_mesh[:, None], np.diag(count)])


# ----------------------------------------------------------------------------------------------------------------------


def _interval(resampling: Resampling, value: float, draw: Callable[[], F64]) -> BootstrapInterval | None:
    if not len(resampling.counts) or not np.isfinite(value):
        return None
    values = draw()
    defined = values[np.isfinite(values)]
    if len(defined) < (1.0 - _UNDEFINED) * len(values):
        return None
    level = resampling.level
    low, high = percentile_interval(defined, resampling.units, level)
    return BootstrapInterval(value, low, high, level, resampling.over)


def _draw(groups: Sequence[IntArray], n: int, draws: int, seed: int) -> npt.NDArray[np.uint16]:
    """(draws, n) counts where each group's members are drawn as many times as they are."""
    rng = np.random.default_rng(seed)
    counts = np.zeros((draws, n), np.uint16)
    for group in groups:
        counts[:, group] = rng.multinomial(len(group), np.full(len(group), 1.0 / len(group)), size=draws)
    return counts


def _no_population(recordings: int, unknown: int, people: int) -> str:
    whose = (
        f"the person of {unknown} of {recordings} recordings is unknown"
        if unknown
        else f"{people} of the {LEAST_PEOPLE} people that are needed"
    )
    drawn_over = (
        f"intervals are over {recordings} recordings and describe these"
        if recordings >= _FEWEST
        else f"{'one recording has' if recordings else 'no recording has'} no interval over recordings"
    )
    return f"No statement about people in general: {whose}; {drawn_over}."


def _rows(sums: npt.ArrayLike, resampling: Resampling) -> F64:
    rows = np.asarray(sums, np.float64)
    if rows.ndim != 2 or len(rows) != resampling.counts.shape[1]:
        raise ValueError(f"sums must be ({resampling.counts.shape[1]}, m), one row a recording, got {rows.shape}")
    return rows


def _ratio(one: F64, other: F64, empty: float = np.nan) -> F64:
    one, other = np.asarray(one, np.float64), np.asarray(other, np.float64)
    ratio: F64 = np.divide(one, other, out=np.full(np.broadcast(one, other).shape, empty), where=other > 0)
    return ratio
