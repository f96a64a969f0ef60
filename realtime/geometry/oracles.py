"""Who is to blame for the error of a prediction: what the score would be if one cause were fixed.

An oracle knows the truth about one cause and nothing else. Offsets and pose slopes are cross-fitted over blocks of the
recording in time: what is taken out of a block was fitted to the others, since in sample almost anything helps. All of
it comes from the sums of the blocks (`Statistics`), without a frame.

The causes, in the order in which they are fixed one after the other:

tracker
    The offset that all faces of a tracker, or of a sample, have in common, as measured elsewhere.
identity
    A constant offset of the recording, as much of it as helps within the other blocks. Where a neutral was taken out
    already, only what no expression of the model can make: the neutral was not this person's, or an expression was held
    throughout that the model does not know.
pose
    A linear change with pitch, yaw and roll about their means (a ridge whose strength is chosen within the other
    blocks; it may choose none). What the face does whenever the head turns counts here.
gain
    One amplitude of the recording, in sample, as the line "with gain" has it; a negative one is 0.
source
    The best features that the model has for each frame: down to the floor.
noise
    The landmarks' noise, by the tracker's repeatability. What remains is the model's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from realtime.geometry._arrays import F64
from realtime.geometry.cross_fit import LinearMap, Moments, corrections, span_of
from realtime.geometry.statistics import Statistics

CAUSES = ("tracker", "identity", "pose", "gain", "source", "noise")
MODEL = "model"  # what is left


@dataclass(frozen=True, slots=True, eq=False)
class OracleSums:
    """Squared errors of a recording under each oracle, which can be added over recordings."""

    baseline: float
    delivered: float
    alone: F64  # (6,) with only this cause fixed, by `CAUSES`
    in_order: F64  # (6,) with this cause and all before it fixed
    known: tuple[bool, ...]  # (6,) whether the cause could be estimated; its errors are else those without it

    def __add__(self, other: Self) -> OracleSums:
        """Of the frames of both."""
        return OracleSums(
            self.baseline + other.baseline,
            self.delivered + other.delivered,
            self.alone + other.alone,
            self.in_order + other.in_order,
            tuple(one or two for one, two in zip(self.known, other.known, strict=True)),
        )

    @property
    def row(self) -> F64:
        """(14,) the sums in a row, for the bootstrap: see `adds_of` and `alone_of`."""
        return np.concatenate([[self.baseline, self.delivered], self.alone, self.in_order])


@dataclass(frozen=True, slots=True)
class OracleStep:
    """One cause, against a baseline that is the same for all of them."""

    cause: str  # one of `CAUSES`, or "model": the rest
    skill: float  # once this cause and all before it are fixed; of the rest 1
    adds: float  # what that adds; the delivered skill and all that is added sum to 1
    alone: float | None  # what it adds where it alone is fixed; None of the rest
    known: bool


def oracle_sums(
    blocks: Sequence[Statistics],
    prediction: LinearMap,
    displacement: LinearMap,
    pose: Sequence[int],
    *,
    baseline: float,
    floor: float,
    noise: float,
    calibrated: bool,
    tracker_offset: F64 | None = None,
) -> OracleSums:
    """The squared errors of a recording under each oracle.

    blocks
        Sums of the blocks in time of the faces about a center, the subject's offset taken out where there is one.
    prediction
        The delivered prediction from the same inputs, about the same center.
    displacement
        The prediction minus the model's face at rest at the pose that it was given.
    pose
        Places of pitch, yaw and roll among the inputs.
    baseline, floor, noise
        Squared errors of the baseline and of the floor over the same frames; squared noise of the landmarks.
    calibrated
        Whether the subject's offset was taken out: then the identity is what no expression of the model makes.
    tracker_offset
        (v, 3) the tracker's offset, where it was measured elsewhere and is still in the faces.

    With fewer than two blocks that have frames there is no identity, with fewer than three no pose. Raises ValueError
    without any frame.
    """
    moments = [Moments.of(block, prediction, displacement, pose) for block in blocks if block.frames]
    if not moments:
        raise ValueError("the recording has no frame")
    span = span_of(displacement.coef)
    fixed = corrections(moments, span, within_identity=not calibrated, tracker=tracker_offset)
    displaced = sum(one.displaced for one in moments)

    def errors(names: Sequence[str]) -> tuple[float, float, float]:
        """Squared error, error times displacement, and what is saved beyond the model's reach, with these fixed."""
        parts = np.zeros(3)
        for at, block in enumerate(moments):
            parts += block.corrected(sum((fixed[name][at] for name in names), np.zeros_like(block.with_error)), span)
        error, along, beyond = parts.tolist()
        return max(0.0, error), along, beyond

    def amplified(error: float, along: float) -> float:
        """With the gain refitted, unless the predicted displacements are smaller than the noise."""
        if not displaced > max(noise, 0.0):
            return error
        gain = max(0.0, (along + displaced) / displaced)
        return max(0.0, error + 2.0 * (1.0 - gain) * along + (1.0 - gain) ** 2 * displaced)

    delivered, along, _ = errors(())
    alone = [errors((name,))[0] for name in ("tracker", "identity", "pose")]
    alone += [amplified(delivered, along), min(delivered, floor), delivered - min(noise, delivered)]
    order = ("tracker", "identity_after", "pose")
    cumulative = [errors(order[: count + 1]) for count in range(3)]
    error, along, beyond = cumulative[-1]
    gained = amplified(error, along)
    # The best features are not sought again: what lies beyond the model's reach is taken from the floor unchanged.
    best = min(gained, max(0.0, floor - beyond))
    in_order = [one[0] for one in cumulative] + [gained, best, best - min(noise, best)]
    known = (tracker_offset is not None, len(moments) > 1, len(moments) > 2, displaced > max(noise, 0.0), True, True)
    return OracleSums(baseline, delivered, np.array(alone), np.array(in_order), known)


def waterfall(sums: OracleSums) -> tuple[float, list[OracleStep]] | None:
    """The delivered skill, and what each cause adds to it; they sum to 1. None where the baseline fits exactly."""
    if not sums.baseline > 0:
        return None
    skill, adds, alone = 1.0 - sums.delivered / sums.baseline, adds_of(sums.row), alone_of(sums.row)
    steps, so_far = [], skill
    for cause, add, by_itself, known in zip(CAUSES, adds[:-1], alone, sums.known, strict=True):
        so_far += float(add)
        steps.append(OracleStep(cause, so_far, float(add), float(by_itself), known))
    steps.append(OracleStep(MODEL, 1.0, float(adds[-1]), None, True))
    return skill, steps


def adds_of(rows: F64) -> F64:
    """(..., 7) what each cause, and the rest, adds in order, from (..., 14) sums of `OracleSums.row`."""
    errors = np.concatenate([rows[..., 1:2], rows[..., 8:], np.zeros_like(rows[..., :1])], axis=-1)
    found: F64 = -np.diff(errors, axis=-1) / rows[..., :1]
    return found


def alone_of(rows: F64) -> F64:
    """(..., 6) what each cause adds alone, from (..., 14) sums of `OracleSums.row`."""
    found: F64 = (rows[..., 1:2] - rows[..., 2:8]) / rows[..., :1]
    return found


def removed_shares(
    raw: float, adjusted: float, error_sum: F64, frames: int, tracker_offset: F64 | None = None
) -> dict[str, float] | None:
    """What the baseline has removed before the waterfall begins, as shares of the raw squared error; they sum to 1.

    raw, adjusted
        Squared error of the prediction without and with the subject's offset.
    error_sum
        (v, 3) raw errors, observed minus predicted, summed over the frames.
    tracker_offset
        (v, 3) the tracker's offset, where it was measured; without it there is no "tracker", and it is in "identity".

    "tracker", "identity", and "expression", the rest. A share below 0 says that taking it out made the prediction
    worse: "identity" is where the neutral is another person's. None where there is no raw error.
    """
    if not raw > 0:
        return None
    shares, after = {}, raw
    if tracker_offset is not None:
        after = raw - 2.0 * float(np.vdot(tracker_offset, error_sum)) + frames * float(np.square(tracker_offset).sum())
        shares["tracker"] = (raw - after) / raw
    return shares | {"identity": (after - adjusted) / raw, "expression": adjusted / raw}
