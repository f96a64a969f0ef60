"""What scores are worth where the features say nothing of the moment: circular shifts within a recording.

The features of a recording are shifted in time against its faces, round the end, and scored again at every shift with
the gain refitted. Both keep their own course in time, which shuffled frames would not. In the model's k dimensions all
shifts are cross-correlations, computed by Fourier transform.

With f_t the features relative to those of the model's face at rest, C (k, 1434) the model's rows, y_t the observed
displacement, z_t = C y_t and G = C C^T, the squared error at shift s with gain g is

    sum |y_t|^2 - 2 g sum f_(t - s) . z_t + g^2 sum f_(t - s)^T G f_(t - s)

over the frames where both the face of t and the features of t - s are known. Where a model's rows depend on the head
pose, C and G are those of the pose at t: the pose belongs to the face, and the features alone are shifted. What the
pose by itself does to the model's face has been taken out of y_t.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from realtime.geometry._arrays import F64, BoolArray, IntArray
from realtime.geometry.turned_rows import energies

LEAST_SECONDS = 5.0
LEAST_TIMES = 3.0  # autocorrelation times
DRAWS = 2000
_LEAST_SHARE = 0.5  # of the frames with a face that a shift must leave, lest gaps decide


@dataclass(frozen=True, slots=True, eq=False)
class ShiftSums:
    """Sums over the frames of a recording, at its own place in time (first) and at every shift that is far enough."""

    along: F64  # (1 + m,) predicted times observed displacement
    displaced: F64  # (1 + m,) squared predicted displacement
    observed: F64  # (1 + m,) squared observed displacement
    frames: IntArray  # (1 + m,) frames in these sums
    baseline: float  # squared observed displacement of all frames with a face
    shortest: int  # shift, frames

    @property
    def shifts(self) -> int:
        """How many shifts there are."""
        return len(self.along) - 1


@dataclass(frozen=True, slots=True, eq=False)
class ShiftNull:
    """The level of chance of a score, and where the score is."""

    r2: float | None  # with gain, about the mean of the observed faces; None where their variation is not given
    r2_shifted: F64 | None  # (N,) the same of every shift
    skill: float  # with gain, against the squared observed displacement
    skill_shifted: F64  # (N,)
    p: float  # (1 + shifts that reach the score) / (1 + N)

    @property
    def skill_level(self) -> float:
        """The mean of skill under the null: not 0, but about that of a constant face."""
        return float(self.skill_shifted.mean())


def least_shift(frame_seconds: float, autocorrelation_time: float) -> int:
    """The shortest shift in frames, of at least 5 s and three autocorrelation times (frames)."""
    return max(1, int(np.ceil(LEAST_SECONDS / frame_seconds)), int(np.ceil(LEAST_TIMES * autocorrelation_time)))


def shift_sums(
    features: npt.ArrayLike,
    projections: npt.ArrayLike,
    gram: npt.ArrayLike,
    squares: npt.ArrayLike,
    valid: npt.ArrayLike,
    shortest: int,
    terms: npt.ArrayLike | None = None,
) -> ShiftSums | None:
    """The sums of a recording at all circular shifts of at least `shortest` frames, either way.

    features
        (n, k) f_t, relative to those of the model's face at rest.
    projections
        (n, k) z_t = C y_t.
    gram
        (k, k) C C^T; of rows that depend on the pose the (t, k, k) `TurnedRows.grams`.
    squares
        (n,) |y_t|^2.
    terms
        (n, t) `TurnedRows.terms` of the poses, for `gram` of rows that depend on them.
    valid
        (n,) whether the frame has a face and features; what the others hold is not looked at, and they keep their
        place in time.

    None where the recording is too short for any, or where gaps leave no shift with half of the frames.
    """
    counts = np.asarray(valid, bool)
    f, z, y = (_where(counts, values) for values in (features, projections, squares))
    n, mask = len(counts), counts.astype(np.float64)
    shifts = np.arange(shortest, n - shortest + 1)
    if not len(shifts) or not counts.any():
        return None
    frames = np.rint(_circular(mask, mask)).astype(np.int64)
    shifts = shifts[frames[shifts] >= max(1.0, _LEAST_SHARE * frames[0])]
    if not len(shifts):
        return None
    turned = mask[:, None] if terms is None else _where(counts, terms)
    at = np.concatenate([[0], shifts])
    return ShiftSums(
        along=_circular(z, f)[at],
        displaced=np.maximum(_circular(turned, energies(f, gram))[at], 0.0),
        observed=np.maximum(_circular(y, mask)[at], 0.0),
        frames=frames[at],
        baseline=float(y.sum()),
        shortest=shortest,
    )


def null_of_recording(sums: ShiftSums, variation: float | None = None) -> ShiftNull:
    """The null of one recording: its score at all of its shifts.

    `variation`: squared distances of the observed faces from their own mean, summed over the frames with a face; R2
    and skill then differ by its ratio to the baseline, which is the same at every shift.
    """
    return _null(_skills(sums.along, sums.displaced, sums.observed), sums.baseline, variation)


def null_of_recordings(
    some: Sequence[ShiftSums], variation: float | None = None, draws: int = DRAWS, seed: int = 0
) -> ShiftNull:
    """The null of several recordings together: in each draw a shift of each of them at random, with its own gain.

    `variation` as for one, the sum over these recordings. Recordings without shifts have no part in the null, nor in
    the score that is compared with it. Raises ValueError without any.
    """
    if not some:
        raise ValueError("no recording has a shift")
    rng = np.random.default_rng(seed)
    left, baseline = np.zeros(1 + draws), 0.0
    for sums in some:
        skills = _skills(sums.along, sums.displaced, sums.observed)
        at = np.concatenate([[0], 1 + rng.integers(0, sums.shifts, draws)])
        left += sums.baseline * (1.0 - skills[at])
        baseline += sums.baseline
    skills = 1.0 - left / baseline if baseline > 0 else np.zeros(1 + draws)
    return _null(skills, baseline, variation)


def _null(skills: F64, baseline: float, variation: float | None) -> ShiftNull:
    own, shifted = float(skills[0]), skills[1:]
    r2 = r2_shifted = None
    if variation is not None and variation > 0:
        of_all = 1.0 - (1.0 - skills) * baseline / variation
        r2, r2_shifted = float(of_all[0]), of_all[1:]
    # R2 grows with skill, so p is the same of both. What is equal up to rounding reaches the score.
    reached = int((shifted >= own - 1e-12).sum())
    return ShiftNull(r2, r2_shifted, own, shifted, (1 + reached) / (1 + len(shifted)))


def _skills(along: F64, displaced: F64, observed: F64) -> F64:
    """Skill with the gain refitted; a negative gain is not applied."""
    reached = np.square(np.maximum(along, 0.0))
    explained = np.divide(reached, displaced, out=np.zeros_like(along), where=displaced > 1e-300)
    skills: F64 = np.divide(explained, observed, out=np.zeros_like(along), where=observed > 0)
    return skills


def _circular(one: F64, other: F64) -> F64:
    """(n,) sums over t of one[t] * other[t - shift], round the end; (n,) or (n, k), summed over k."""
    spectrum = np.fft.rfft(one, axis=0) * np.fft.rfft(other, axis=0).conj()
    if spectrum.ndim == 2:
        spectrum = spectrum.sum(axis=1)
    found: F64 = np.fft.irfft(spectrum, len(one))
    return found


def _where(counts: BoolArray, values: npt.ArrayLike) -> F64:
    """The values in double precision, 0 where a frame does not count."""
    found = np.array(values, np.float64)
    found[~counts] = 0.0
    if not np.isfinite(found).all():
        raise ValueError("a frame that counts has a value that is not finite")
    return found
