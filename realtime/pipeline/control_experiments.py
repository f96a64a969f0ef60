"""Control experiments: what scores are worth that a model reaches on some frames.

Each takes away what would have to be there for a score to mean something (the order of the frames, the labels, the
neutral, half of the face, the model itself) and scores again. What a score loses is what it rested on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from realtime.geometry import REGION_NAMES, regions, shares_of_variance
from realtime.model import LinearMeshModel
from realtime.model.control_models import of_vertices, random_sums, relabeled
from realtime.pipeline.measured_frames import F64, MeasuredFrames, PredictionScores, fit, score

UPPER, LOWER = ("forehead", "brows", "eyes"), ("mouth", "jaw")  # nose and cheeks move with both
_LEAST_FRAMES = 8  # of another neutral


def shuffled_in_time(frames: MeasuredFrames, features: F64, rng: np.random.Generator, times: int = 20) -> list[float]:
    """The skill of each of so many random orders of the features: what is left is their mean."""
    scores = (score(frames, features[rng.permutation(len(frames))]).skill for _ in range(times))
    return [found for found in scores if found is not None]


@dataclass(frozen=True, slots=True)
class HalfFaces:
    """Skill on the lower face of features that were fitted to one part of the face."""

    from_upper: float | None
    from_whole: float | None
    from_lower: float | None


def half_faces(frames: MeasuredFrames) -> HalfFaces:
    """Fit the features to the upper face and score the lower one, beside the fits to the whole and to the lower."""
    parts = regions()
    upper, lower = (np.concatenate([parts[name] for name in names]) for names in (UPPER, LOWER))
    whole = np.concatenate([parts[name] for name in REGION_NAMES])

    def solved_on(vertices: npt.NDArray[np.intp]) -> float | None:
        kept = np.zeros(frames.observed.shape[1:])
        kept[vertices] = 1.0
        features = fit(frames, of_vertices(frames.model, vertices), kept)
        return score(frames, features, vertices=lower).skill

    return HalfFaces(solved_on(upper), solved_on(whole), solved_on(lower))


def random_models(
    frames: MeasuredFrames,
    rng: np.random.Generator,
    models: int = 30,
    make: Callable[[LinearMeshModel, np.random.Generator], LinearMeshModel] = random_sums,
) -> list[float]:
    """The skill of the fit of each of so many random models, lowest first: the null of a fit.

    They are random sums of action units, or what `make` makes of the model: `random_alike_model` is for models of any
    family.
    """
    found = []
    for _ in range(models):
        model = make(frames.model, rng)
        value = score(frames, fit(frames, model), model).skill
        if value is not None:
            found.append(value)
    return sorted(found)


@dataclass(frozen=True, slots=True)
class PermutedLabels:
    """Scores of a model whose expressions have each other's names."""

    fitted_changes: float  # largest change of the fit's skill: none, since a fit knows no names
    delivered: tuple[float, ...]  # skill of the delivered features at their gain, by permutation


def permuted_labels(frames: MeasuredFrames, rng: np.random.Generator, times: int = 20) -> PermutedLabels:
    """Permute the names of all features but neutral, and score the fit and the delivered features."""
    columns = [at for at, name in enumerate(frames.model.feature_columns) if name.lower() != "neutral"]
    as_filed = score(frames, fit(frames)).skill or 0.0
    changes = 0.0
    delivered: list[float] = []
    while len(delivered) < times:
        order = np.arange(len(frames.model.feature_columns))
        order[columns] = rng.permutation(columns)
        if (order == np.arange(len(order))).all():
            continue
        model = relabeled(frames.model, order.tolist())
        if len(delivered) < 3:  # that a fit knows no names needs no twenty
            changes = max(changes, abs((score(frames, fit(frames, model), model).skill or 0.0) - as_filed))
        found = score(frames, frames.delivered, model)
        value = found.skill if found.skill_with_gain is None else found.skill_with_gain
        delivered.append(-np.inf if value is None else value)
    return PermutedLabels(changes, tuple(delivered))


@dataclass(frozen=True, slots=True)
class OtherNeutral:
    """Scores with another second of the frames as the neutral."""

    start_s: float
    fitted: PredictionScores
    delivered: PredictionScores


def other_neutrals(frames: MeasuredFrames, seconds: float = 1.0) -> list[OtherNeutral]:
    """Take every second of the frames in turn as the neutral, solve again and score all of them."""
    found = []
    for start in np.arange(frames.seconds[0], frames.seconds[-1], seconds):
        which = (frames.seconds >= start) & (frames.seconds < start + seconds)
        if which.sum() >= _LEAST_FRAMES:
            other = frames.calibrated_on(which)
            found.append(OtherNeutral(float(start), score(other, fit(other)), score(other, other.delivered)))
    return found


@dataclass(frozen=True, slots=True)
class PoseShares:
    """Share of the variance of each feature that the head's pose accounts for, linearly and in sample."""

    shares: dict[str, float]  # features that do not vary are left out
    by_chance: dict[str, float]  # mean of the same with the pose shifted in time


def pose_shares(frames: MeasuredFrames, features: F64, shifts: int = 20) -> PoseShares:
    """How much of each feature is head pose. Pose and expression both drift, so chance is not zero: it is measured with
    the pose of other moments of the same frames, shifted round by at least a tenth of them.
    """
    shares = shares_of_variance(frames.pose, features)
    count = len(frames)
    steps = np.unique(np.linspace(0.1 * count, 0.9 * count, shifts).round().astype(int))
    by_chance = np.mean([shares_of_variance(np.roll(frames.pose, step, axis=0), features) for step in steps], axis=0)
    names = [name for name, share in zip(frames.model.feature_columns, shares, strict=True) if np.isfinite(share)]
    at = {name: frames.model.feature_columns.index(name) for name in names}
    return PoseShares(
        {name: float(shares[at[name]]) for name in names}, {name: float(by_chance[at[name]]) for name in names}
    )


@dataclass(frozen=True, slots=True)
class TrackerGap:
    """How differently two trackers see the same frames."""

    frames: int  # in range for both
    distance: float  # mean distance of the canonical meshes, % of the outer-canthal distance
    pose_deg: float  # mean absolute difference of the three angles
    fitted_agree: float  # share of frames with the same strongest feature, fitted
    delivered_agree: float  # the same of the delivered ones


def tracker_gap(one: MeasuredFrames, other: MeasuredFrames) -> TrackerGap | None:
    """Compare two measurements of the same source; None where no frame is in range for both."""
    _, here, there = np.intersect1d(one.frames, other.frames, return_indices=True)
    if not len(here):
        return None
    a, b = one.rows(here), other.rows(there)
    distance = np.linalg.norm(a.observed - b.observed, axis=2).mean() * 100.0 / one.canonical.unit
    return TrackerGap(
        frames=len(here),
        distance=float(distance),
        pose_deg=float(np.degrees(np.abs(a.pose - b.pose)).mean()),
        fitted_agree=float((a.fitted.argmax(axis=1) == b.fitted.argmax(axis=1)).mean()),
        delivered_agree=float((a.delivered.argmax(axis=1) == b.delivered.argmax(axis=1)).mean()),
    )
