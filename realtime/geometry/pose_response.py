"""The personal pose response: how a subject's face at rest changes with the head pose, as the tracker sees it.

A turned head is not seen as the same mesh: depth, occlusion and the tracker's own prior change its shape. The models'
pose rows hold a part of that at most. Here it is measured on the subject: a ridge regression (Hoerl and Kennard 1970)
of the neutral mesh on the head pose while the subject looks around with the face at rest. The response is zero at the
rest pose: a face is never quite at the rest again at which it was calibrated, so a constant is fitted beside the slopes
and discarded, lest they take it up.

Five seconds of looking around are some ten independent frames, since neighbouring frames are nearly the same one: in
sample almost any regression helps. So the strength of the ridge, and how much the response helped, are taken from
blocks of a second or more that were held out, the second with the first chosen anew without the block (nested
cross-validation); what does not help there is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import degrees, radians

import numpy as np

from realtime.core.types import Aligned, FloatArray, Identity, Pose, PoseResponse
from realtime.geometry._arrays import F64, IntArray
from realtime.geometry.collection_clock import CollectionClock
from realtime.geometry.regions import regions
from realtime.geometry.topology import LEFT_IRIS, RIGHT_IRIS

AXES = ("pitch", "yaw", "roll")
MIN_SWING_DEG = 8.0  # to each side of the rest pose; the jitter of a still head is about one degree
_REACHED_FRAMES = 3  # a pose counts as reached once so many frames have it, so that no slipped frame does
_BLOCK_NS = 1_000_000_000  # frames nearer than some half a second are nearly the same
_MOST_BLOCKS = 10
_FEWEST_BLOCKS = 3
_FRAMES_A_BLOCK = 5
# Relative to the mean square of the angles: at 1 a single axis keeps half of its least squares slope.
_STRENGTHS = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
# A response has to help by so many standard errors over the blocks. Of simulated faces that drift with no response to
# the pose, one standard error lets 20 % pass after five seconds and 13 % after ten, two let 9 and 2 % pass.
_ERRORS = 2.0
# Blinks and speech dominate where eyelids and mouth, beyond what the pose accounts for, move more than the whole face
# does with the pose, and a vertex of theirs more than twice as much as one elsewhere: white noise has a ratio of 1.
_MOVING_RATIO = 2.0

# The way to look, by axis and sign of the angle: +pitch is up, +yaw and +roll to the subject's right.
_DIRECTIONS = (("up", 0, 1), ("down", 0, -1), ("left", 1, -1), ("right", 1, 1))


def response_at(response: PoseResponse, pose: Pose) -> FloatArray:
    """(478, 3) float32: how far the face at rest is moved at a head pose; constant beyond the range seen."""
    # Written out, so that a replay gives the same bits: a matrix product may sum in another order.
    moved = np.zeros(response.slopes_canon.shape[1:], np.float32)
    for slope, angle, rest, low, high in zip(
        response.slopes_canon,
        pose.angles,
        response.rest.angles,
        response.low.angles,
        response.high.angles,
        strict=True,
    ):
        moved += slope * np.float32(min(max(angle, low), high) - rest)
    return moved


def identity_at(identity: Identity, pose: Pose) -> Identity:
    """The identity at a head pose: offset and neutral moved by the pose response, where there is one."""
    if identity.response is None:
        return identity
    moved = response_at(identity.response, pose)
    return replace(
        identity,
        offset_canon=identity.offset_canon + moved,
        neutral_canon=identity.neutral_canon + moved,
        response=None,
    )


class PoseResponseCollector:
    """Gathers some seconds of a subject who looks around with the face at rest, and computes a `PoseResponse`."""

    def __init__(self, seconds: float, neutral_canon: FloatArray, rest: Pose) -> None:
        """Gather `seconds` by the stamps, from the first frame with a face.

        `neutral_canon` (478, 3): the subject's face at rest; `rest`: the head pose at which it was measured.
        """
        self._clock = CollectionClock(seconds)
        self._neutral = np.asarray(neutral_canon, np.float64)
        self._rest = rest
        self._turned: list[F64] = []  # (3,) angles from the rest pose
        self._moved: list[FloatArray] = []  # (478, 3) from the neutral
        self._stamps: list[int] = []

    @property
    def progress(self) -> float:
        """0 before the first face, 1 when all the seconds have passed or the face was lost."""
        return self._clock.progress

    @property
    def done(self) -> bool:
        """Whether it is time to call `finish`."""
        return self._clock.done

    @property
    def missing(self) -> tuple[str, ...]:
        """The directions in which the head has not been turned far enough yet: "up", "down", "left", "right"."""
        reach = _reach(np.array(self._turned).reshape(-1, 3))
        return tuple(
            name
            for name, axis, sign in _DIRECTIONS
            if not sign * reach[(sign + 1) // 2, axis] >= radians(MIN_SWING_DEG)
        )

    def add(self, aligned: Aligned | None, stamp_ns: int, *, counts: bool = True) -> None:
        """Add a frame: its aligned face (None: no face), its time, and whether it is in the models' range.

        Frames after the last needed second are ignored. Raises ValueError for a stamp that does not grow.
        """
        if self._clock.tick(stamp_ns, face=aligned is not None) and aligned is not None and counts:
            self._turned.append(np.subtract(aligned.pose.angles, self._rest.angles))
            self._moved.append(np.asarray(aligned.mesh_canon - self._neutral, np.float32))
            self._stamps.append(stamp_ns)

    def finish(self) -> tuple[PoseResponse | None, str]:
        """The response and "", or None and the reason: face lost, too few frames, the head not turned, blinks or
        speech, no help on held-out blocks.
        """
        if self._clock.lost:
            return None, "the face was lost for more than a second; stay in the picture and try again"
        if not self._stamps:
            return None, "no frame with a face in range; stay in the picture and try again"
        return fit_pose_response(
            np.stack(self._turned), np.stack(self._moved), np.array(self._stamps, np.int64), self._rest
        )


def fit_pose_response(
    turned: F64, moved: FloatArray, stamps_ns: IntArray, rest: Pose
) -> tuple[PoseResponse | None, str]:
    """Fit the response to frames in the order of their time; the response and "", or None and the reason.

    `turned` (n, 3): pitch, yaw, roll from the rest pose, radians; `moved` (n, 478, 3): observed mesh minus the neutral;
    `stamps_ns` (n,): their times.
    """
    since = stamps_ns - stamps_ns[0]
    count = min(_MOST_BLOCKS, int(since[-1]) // _BLOCK_NS + 1)
    block_of = np.minimum(since * count // (int(since[-1]) + 1), count - 1)
    members = [at for block in range(count) if len(at := np.flatnonzero(block_of == block)) >= _FRAMES_A_BLOCK]
    if len(members) < _FEWEST_BLOCKS:
        return None, (
            f"only {len(turned)} frames in the models' range in {len(members)} whole seconds, {_FEWEST_BLOCKS} seconds "
            f"with {_FRAMES_A_BLOCK} frames each are needed; take more seconds"
        )
    reach = _reach(turned)
    known = (reach[0] <= -radians(MIN_SWING_DEG)) & (reach[1] >= radians(MIN_SWING_DEG))
    if not known.any():
        swings = ", ".join(
            f"{axis} {degrees(abs(low)):.0f}° and {degrees(high):.0f}°"
            for axis, low, high in zip(AXES, *reach, strict=True)
        )
        return None, (
            f"the head was not turned far enough: {swings}; an axis counts from {MIN_SWING_DEG:g}° to each side of the "
            "rest pose"
        )
    blocks = [_Block.of(turned[at][:, known], moved[at].reshape(len(at), -1)) for at in members]
    strength = _best_strength(blocks)
    before = np.array([block.yy for block in blocks])
    after = np.array([
        _held_out(blocks, at, [_best_strength(_without(blocks, at))])[0] for at in range(len(blocks))
    ])  # fmt: skip
    total = float(before.sum())
    helped, error = _share(before - after, total)
    slopes = _slopes(blocks, strength)
    refused = _moved_by_itself(turned[:, known], moved, slopes)
    if not refused and not helped > _ERRORS * error:
        refused = (
            "it does not surely help where it was not fitted: on held-out seconds it takes away "
            f"{100 * helped:.0f} ± {100 * error:.0f} % of the neutral's squared error; keep the face at rest, turn the "
            "head slowly and try again"
        )
    if refused:
        return None, refused
    all_slopes = np.zeros((3, *moved.shape[1:]), np.float32)
    all_slopes[known] = slopes.reshape(-1, *moved.shape[1:])
    all_slopes.setflags(write=False)
    seen = np.where(known, reach, 0.0) + rest.angles
    pitch, yaw, roll = map(bool, known)
    return PoseResponse(
        slopes_canon=all_slopes,
        rest=rest,
        known=(pitch, yaw, roll),
        low=Pose(*map(float, seen[0])),
        high=Pose(*map(float, seen[1])),
        ridge=strength,
        held_out_percent=100.0 * helped,
        held_out_error=100.0 * error,
        frames=sum(map(len, members)),
        seconds=float(since[-1]) / 1e9,
    ), ""


@dataclass(frozen=True, slots=True, eq=False)
class _Block:
    """Consecutive frames, and their sums; k known axes, 1434 coordinates."""

    x: F64  # (n, k)
    y: F64  # (n, 1434)
    sum_x: F64  # (k,)
    sum_y: F64  # (1434,)
    xx: F64  # (k, k)
    xy: F64  # (k, 1434)
    yy: float

    @classmethod
    def of(cls, x: F64, y: FloatArray) -> _Block:
        values = np.asarray(y, np.float64)
        yy = float(np.einsum("ij,ij->", values, values))
        return cls(x, values, x.sum(axis=0), values.sum(axis=0), x.T @ x, x.T @ values, yy)


def _slopes(blocks: Sequence[_Block], strength: float) -> F64:
    """(k, 1434) the slopes of the ridge regression on the frames of some blocks, with a constant that is not shrunk."""
    frames = sum(len(block.x) for block in blocks)
    sum_x, sum_y = sum(block.sum_x for block in blocks), sum(block.sum_y for block in blocks)
    xx = np.sum([block.xx for block in blocks], axis=0)
    xy = np.sum([block.xy for block in blocks], axis=0) - np.outer(sum_x, sum_y) / frames
    axes = len(xx)
    shrinking = strength * np.trace(xx) / axes * np.eye(axes)
    slopes: F64 = np.linalg.solve(xx - np.outer(sum_x, sum_x) / frames + shrinking, xy)
    return slopes


def _held_out(blocks: Sequence[_Block], at: int, strengths: Sequence[float]) -> list[float]:
    """Squared error on a block of what the other blocks give, for each strength; beyond their range it is clamped."""
    out, others = blocks[at], _without(blocks, at)
    low, high = _reach(np.concatenate([block.x for block in others]))
    x = np.clip(out.x, low, high)
    xx, xy = x.T @ x, x.T @ out.y
    errors = []
    for strength in strengths:
        slopes = _slopes(others, strength)
        errors.append(out.yy - 2.0 * float(np.vdot(xy, slopes)) + float(np.vdot(xx, slopes @ slopes.T)))
    return errors


def _best_strength(blocks: Sequence[_Block]) -> float:
    """The strength with the smallest squared error on held-out blocks."""
    errors = np.sum([_held_out(blocks, at, _STRENGTHS) for at in range(len(blocks))], axis=0)
    return _STRENGTHS[int(np.argmin(errors))]


def _without(blocks: Sequence[_Block], at: int) -> list[_Block]:
    return [*blocks[:at], *blocks[at + 1 :]]


def _share(saved: F64, total: float) -> tuple[float, float]:
    """The sum of what each block saved as a share of a total, and its standard error over the blocks."""
    if not total > 0:
        return 0.0, 0.0
    return float(saved.sum()) / total, float(saved.std(ddof=1)) * len(saved) ** 0.5 / total


def _moved_by_itself(turned: F64, moved: FloatArray, slopes: F64) -> str:
    """Why a response to these frames is refused: blinks or speech; empty where they do not dominate."""
    x = np.clip(turned, *_reach(turned))
    moved = moved - moved.mean(axis=0)  # a constant change is neither
    left = moved - ((x - x.mean(axis=0)) @ slopes).reshape(moved.shape)
    squares = np.einsum("nvi,nvi->v", left, left)  # by vertex
    accounted = float(np.einsum("nvi,nvi->", moved, moved, dtype=np.float64) - squares.sum())
    parts = _moving_parts()
    moving = np.concatenate(list(parts.values()))
    elsewhere = np.setdiff1d(np.arange(len(squares)), moving)
    by_itself, typical = float(squares[moving].sum()), float(squares[elsewhere].mean())
    if by_itself <= max(0.0, accounted) or by_itself <= _MOVING_RATIO * typical * len(moving):
        return ""
    eyes, mouth = (float(squares[at].sum()) for at in parts.values())
    what, moved_alone = ("blinks", "eyelids") if eyes > mouth else ("speech or the mouth", "lips")
    total = by_itself + float(squares[elsewhere].sum()) + accounted
    return (
        f"{what} dominated, the {moved_alone} moved by themselves: {100 * by_itself / total:.0f} % of the squared "
        f"deviation from the mean is of eyes and mouth without the head's turn, {100 * accounted / total:.0f} % "
        "follows the head; keep the face at rest and try again"
    )


def _moving_parts() -> dict[str, IntArray]:
    """Eyelids and mouth; not the irises, which are to move while the head turns and the subject keeps looking."""
    by_name = regions()
    return {"eyes": np.setdiff1d(by_name["eyes"], [*RIGHT_IRIS, *LEFT_IRIS]), "mouth": by_name["mouth"]}


def _reach(turned: F64) -> F64:
    """(2, axes) how far the head was turned to the negative and to the positive side, by some frames at least."""
    if len(turned) < _REACHED_FRAMES:
        return np.zeros((2, turned.shape[1]))
    ordered = np.sort(turned, axis=0)
    low, high = ordered[_REACHED_FRAMES - 1], ordered[-_REACHED_FRAMES]
    reached: F64 = np.stack([np.minimum(low, 0.0), np.maximum(high, 0.0)])
    return reached
