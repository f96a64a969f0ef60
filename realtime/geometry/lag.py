"""Whether features lag the faces: skill with gain as a function of a shift in time.

Emotions that come late are a cause of error of their own, which no other number shows. The sums are those of
`realtime.geometry.shift_null`, of shifts that are short and go round no end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from realtime.geometry._arrays import F64
from realtime.geometry.bootstrap import BootstrapInterval, Resampling, interval
from realtime.geometry.turned_rows import energies

REACH = 10  # frames to either side
LEAST_RANGE = 0.02  # of skill over the shifts, under which its peak says nothing
_FEWEST_FRAMES = 20


@dataclass(frozen=True, slots=True, eq=False)
class LagSums:
    """Sums over the frames of a recording of which the features of all shifts are known; they can be added."""

    along: F64  # (2 reach + 1,) predicted times observed displacement, by shift
    displaced: F64  # (2 reach + 1,) squared predicted displacement
    observed: float  # squared observed displacement
    frames: int

    @property
    def row(self) -> F64:
        """(2 (2 reach + 1) + 1,) the sums in a row, for the bootstrap."""
        return np.concatenate([self.along, self.displaced, [self.observed]])


@dataclass(frozen=True, slots=True, eq=False)
class LagCurve:
    """Skill by shift. A shift is positive where the features are taken from later frames: they lag by so much."""

    shifts: npt.NDArray[np.int64]  # (2 reach + 1,) frames
    skill: F64  # (2 reach + 1,) with the gain refitted at each shift
    frames: int
    peak: float | None  # frames, between them by a parabola; None where no shift has any skill
    at_end: bool  # the highest skill is at the first or last shift: the lag may be longer
    interval: BootstrapInterval | None  # of the peak

    @property
    def visible(self) -> bool:
        """Whether a lag could be seen: skill depends on the shift. Of a face that smiles all the time it does not."""
        return self.peak is not None and float(self.skill.max() - self.skill.min()) >= LEAST_RANGE


def lag_sums(
    features: npt.ArrayLike,
    projections: npt.ArrayLike,
    gram: npt.ArrayLike,
    squares: npt.ArrayLike,
    valid: npt.ArrayLike,
    reach: int = REACH,
    block: npt.ArrayLike | None = None,
    terms: npt.ArrayLike | None = None,
) -> LagSums | None:
    """The sums of a recording, or of a block of it; `features` to `valid` and `terms` are those of `shift_sums`.

    `block` (n,): whether a frame is in the block. Every shift is scored on the same frames, those that have a face, as
    have all frames as near as `reach`. None where the recording has fewer than 20 of them, and for a block without any:
    the blocks of a recording add up to it.
    """
    counts = np.asarray(valid, bool)
    f, z = np.asarray(features, np.float64), np.asarray(projections, np.float64)
    n, width = len(counts), 2 * reach + 1
    if n < width:
        return None
    whole = np.lib.stride_tricks.sliding_window_view(counts, width).all(axis=1)
    at = np.flatnonzero(whole) + reach
    if len(at) < _FEWEST_FRAMES:
        return None
    if block is not None:
        at = at[np.asarray(block, bool)[at]]
        if not len(at):
            return None
    of_features = energies(np.where(counts[:, None], f, 0.0), gram)
    turned = np.ones((n, 1)) if terms is None else np.asarray(terms, np.float64)
    shifts = np.arange(-reach, reach + 1)
    return LagSums(
        along=np.array([float(np.vdot(z[at], f[at + shift])) for shift in shifts]),
        displaced=np.array([max(0.0, float(np.vdot(turned[at], of_features[at + shift]))) for shift in shifts]),
        observed=float(np.asarray(squares, np.float64)[at].sum()),
        frames=len(at),
    )


def lag_curve(some: Sequence[LagSums], resampling: Resampling | None = None) -> LagCurve | None:
    """The curve of several recordings together, with one gain at each shift.

    resampling
        Draws over these very recordings, in their order, for the interval of the peak; None: without.

    None without any recording.
    """
    if not some:
        return None
    rows = np.stack([sums.row for sums in some])
    skills = _skills(rows.sum(axis=0))
    reach = len(skills) // 2
    peak = float(_peaks(skills[None])[0])
    return LagCurve(
        shifts=np.arange(-reach, reach + 1),
        skill=skills,
        frames=sum(sums.frames for sums in some),
        peak=peak if np.isfinite(peak) else None,
        at_end=bool(np.isfinite(peak) and abs(peak) >= reach),
        interval=None if resampling is None else interval(resampling, rows, lambda sums: _peaks(_skills(sums))),
    )


def _skills(sums: F64) -> F64:
    """Skill with gain by shift, (..., w), from (..., 2 w + 1) sums; a negative gain is not applied."""
    along, displaced, observed = np.split(sums, [sums.shape[-1] // 2, sums.shape[-1] - 1], axis=-1)
    reached = np.square(np.maximum(along, 0.0))
    explained = np.divide(reached, displaced, out=np.zeros_like(along), where=displaced > 0)
    skills: F64 = np.divide(explained, observed, out=np.zeros_like(along), where=observed > 0)
    return skills


def _peaks(skills: F64) -> F64:
    """(...) the shift with the highest skill, between the frames by the parabola through its neighbours; NaN: none."""
    rows = skills.reshape(-1, skills.shape[-1])
    reach = rows.shape[1] // 2
    best = rows.argmax(axis=1)
    inside = np.clip(best, 1, rows.shape[1] - 2)
    before, here, after = (np.take_along_axis(rows, (inside + step)[:, None], 1)[:, 0] for step in (-1, 0, 1))
    bend = 2.0 * here - before - after
    beyond = np.divide(0.5 * (after - before), bend, out=np.zeros(len(rows)), where=bend > 0)
    peaks = np.where(best == inside, inside + np.clip(beyond, -0.5, 0.5), best) - float(reach)
    found: F64 = np.where(rows.max(axis=1) > 0, peaks, np.nan).reshape(skills.shape[:-1])
    return found
