"""What all faces that a tracker has seen have in common, beyond the model's mean face: the tracker's or the sample's.

The mean over people of the observed mesh minus the model's mean mesh. It is the tracker's as far as these people
are like those on whom the model was fit, in their faces and in their expressions; that cannot be told from the faces.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from realtime.core.types import FloatArray
from realtime.geometry._arrays import F64
from realtime.geometry.canonical_frame import CanonicalFrame

LEAST_PEOPLE = 10  # under which differences between people are not averaged out
_RESAMPLES = 2000


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with its 95 % interval over people (basic bootstrap)."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, eq=False)
class TrackerOffset:
    """The common offset of the faces of one tracker in one model's frame."""

    people: int
    offset_canon: F64  # (478, 3) mean over people of observed minus mean mesh, model units
    distance: Interval  # its length, root mean square over the vertices, less chance, % of the outer-canthal distance
    by_chance: float  # the same of a mean over as many people who have nothing in common, %
    share: Interval  # of the squared distance from the mean mesh, what the mean over people has by chance taken off
    z_slope: Interval  # of the observed depth on that of the mean mesh; 1: as deep


def tracker_offset(meshes: npt.ArrayLike, mean_mesh: FloatArray, frame: CanonicalFrame) -> TrackerOffset:
    """Estimate it from one mesh a person, (p, 478, 3) in the model's canonical frame and units.

    Raises ValueError for fewer than two people.
    """
    seen = np.asarray(meshes, np.float64)
    if seen.ndim != 3 or len(seen) < 2:
        raise ValueError(f"meshes must be (p, 478, 3) of at least two people, got {seen.shape}")
    mean = np.asarray(mean_mesh, np.float64)
    apart = seen - mean
    depth, expected = seen @ frame.axes[2], mean @ frame.axes[2]
    centered = expected - expected.mean()
    slopes = (depth - depth.mean(axis=1, keepdims=True)) @ centered / (centered @ centered)
    percent = 100.0 / frame.unit
    rng = np.random.default_rng(0)
    draws = rng.integers(0, len(seen), (_RESAMPLES, len(seen)))
    # Weights of each resample, so that the meshes are not copied 2000 times.
    weights = np.stack([np.bincount(draw, minlength=len(seen)) for draw in draws]) / len(seen)
    squares = (apart**2).sum(axis=(1, 2))
    means = (weights @ apart.reshape(len(seen), -1)).reshape(_RESAMPLES, *mean.shape)
    common = apart.mean(axis=0)
    chance = float(apart.var(axis=0, ddof=1).sum(axis=1).mean()) / len(seen)  # squared length of a mean by chance
    length, lengths = ((fields**2).sum(axis=-1).mean(axis=-1) for fields in (common, means))
    squared = _interval(max(0.0, length - chance), length, lengths - chance)
    return TrackerOffset(
        people=len(seen),
        offset_canon=common,
        distance=Interval(*(percent * float(np.sqrt(end)) for end in (squared.value, squared.low, squared.high))),
        by_chance=float(np.sqrt(chance)) * percent,
        share=_interval(
            _share(common, squares.mean(), len(seen)),
            (common**2).sum() / squares.mean(),
            _share(means, weights @ squares, len(seen)),
        ),
        z_slope=_interval(slopes.mean(), slopes.mean(), weights @ slopes, least=-np.inf),
    )


def offsets_of_others(offsets: npt.ArrayLike, people: Sequence[str]) -> F64:
    """(n, v, 3) for each recording the mean offset of all other people, as much of it as helps people beside it.

    offsets
        (n, v, 3) constant offset of each recording: of what was observed at rest from the model's face at rest.
    people
        Whose recordings they are; the recordings of a person count once together.

    The mean of people who share nothing is not 0 but what chance leaves of them. So it is shrunk by the factor with
    which the mean of all but one of the other people fits that one best (0 to 1); nothing of the person itself is in
    it. Raises ValueError for fewer than three people.
    """
    fields = np.asarray(offsets, np.float64)
    names = sorted(set(people))
    count = len(names) - 1  # other people
    if count < 2:
        raise ValueError(f"the offset of other people needs three people, got {len(names)}")
    of_person = {name: fields[[at for at, other in enumerate(people) if other == name]].mean(axis=0) for name in names}
    total = np.sum(list(of_person.values()), axis=0)
    squares = {name: float(np.square(field).sum()) for name, field in of_person.items()}
    everyone = sum(squares.values())
    found = {}
    for name, own in of_person.items():
        others, apart = total - own, everyone - squares[name]
        # Over the others q, with m_q the mean of the others but q: sums of m_q d_q and of |m_q|^2, in closed form.
        length = float(np.square(others).sum())
        along = (length - apart) / (count - 1)
        size = ((count - 2) * length + apart) / (count - 1) ** 2
        found[name] = others / count * (float(np.clip(along / size, 0.0, 1.0)) if size > 0 else 0.0)
    return np.stack([found[person] for person in people])


def _share(common: F64, squares: npt.ArrayLike, people: int) -> F64:
    """Of the mean squared distance `squares`, that of the common offset; a mean of independent people has a share of
    its own, 1 / people of what they differ by.
    """
    of_mean = (common**2).sum(axis=(-2, -1))
    total = np.asarray(squares, np.float64)
    by_chance = (total - of_mean) / (people - 1)  # variance of the mean, from that within the people
    share: F64 = np.maximum(0.0, of_mean - by_chance) / total
    return share


def _interval(value: float | F64, of_these: float | F64, resampled: F64, least: float = 0.0) -> Interval:
    """The basic bootstrap interval: how far the resampled values lie from `of_these`, which is what they estimate.

    A mean over resampled people differs from the mean over people as that does from the truth, so the percentiles of
    lengths and squares themselves would be too high.
    """
    low, high = np.percentile(resampled, [2.5, 97.5]) - of_these
    return Interval(*(max(least, float(end)) for end in (value, value - high, value - low)))
