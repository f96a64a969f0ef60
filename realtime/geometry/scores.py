"""Scores of predicted meshes over many frames, from sums that can be added: R2, MAE, skill, gain.

All sums are float64. Those of the observed meshes are taken about the model's mean mesh, so that nothing is lost to the
large coordinates. Two sets of frames are scored together by adding their sums, whatever was in which.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import numpy as np

from realtime.core.frame_result import GainTerms
from realtime.core.types import FloatArray
from realtime.geometry._arrays import F64

_ROUNDING = 1e-12  # share of the squares below which a variation is the rounding of single precision meshes, squared


class ScoreSums:
    """Sums over frames of one model's predictions, raw or with the subject's identity added.

    R2 is variance-weighted over all coordinates, as on the model card and as scikit-learn's
    ``r2_score(multioutput="variance_weighted")``; MAE is per coordinate.
    """

    __slots__ = ("_deviation", "_error", "_mean", "absolute", "coordinates", "frames", "squares", "sse")

    def __init__(self, mean_mesh: FloatArray) -> None:
        """`mean_mesh` (478, 3): the model's, in its canonical frame and units, as all meshes that are added."""
        self._mean: F64 = np.asarray(mean_mesh, np.float64)
        self._deviation = np.zeros_like(self._mean)  # sum of observed - mean mesh
        self._error = np.zeros_like(self._mean)  # sum of observed - predicted
        self.frames = 0
        self.coordinates = self._mean.size  # of one frame
        self.sse = 0.0  # sum of squared errors, squared model units
        self.absolute = 0.0  # sum of absolute errors of all coordinates, model units
        self.squares = 0.0  # sum of squared distances of the observed meshes from the mean mesh

    @classmethod
    def of(
        cls,
        mean_mesh: FloatArray,
        frames: int,
        deviation: F64,
        error: F64,
        *,
        sse: float,
        absolute: float,
        squares: float,
    ) -> Self:
        """Of frames that were summed elsewhere: `deviation` and `error` (478, 3) the sums of observed minus mean mesh
        and of observed minus predicted, the others as the attributes.
        """
        found = cls(mean_mesh)
        found.frames, found.sse, found.absolute, found.squares = frames, sse, absolute, squares
        found._deviation += deviation
        found._error += error
        return found

    def add(self, observed: FloatArray, predicted: FloatArray) -> None:
        """Add a frame: its observed and its predicted mesh, both (478, 3)."""
        deviation = np.subtract(observed, self._mean, dtype=np.float64)
        apart = np.subtract(observed, predicted, dtype=np.float64)
        self._deviation += deviation
        self._error += apart
        self.frames += 1
        self.sse += _dot(apart, apart)
        self.absolute += float(np.abs(apart).sum())
        self.squares += _dot(deviation, deviation)

    def merge(self, other: Self) -> None:
        """Add the frames of another set. Raises ValueError where it was summed about another mean mesh."""
        if not np.array_equal(self._mean, other._mean):
            raise ValueError("scores of models with different mean meshes cannot be added")
        self._deviation += other._deviation
        self._error += other._error
        self.frames += other.frames
        self.sse += other.sse
        self.absolute += other.absolute
        self.squares += other.squares

    @property
    def variation(self) -> float:
        """Squared distances of the observed meshes from their own mean, summed; squared model units."""
        return max(0.0, self.squares - _dot(self._deviation, self._deviation) / self.frames) if self.frames else 0.0

    @property
    def r2(self) -> float | None:
        """1 - squared error / `variation`; None where the observed meshes do not vary."""
        return self.r2_of(self.sse)

    def r2_of(self, sse: float) -> float | None:
        """The R2 of other predictions of the same frames, whose squared errors sum to `sse`."""
        variation = self.variation
        return 1.0 - sse / variation if variation > _ROUNDING * self.squares else None

    @property
    def r2_within(self) -> float | None:
        """R2 with the mean of these frames taken out of observed and predicted meshes: of the frames of one person."""
        return self.r2_of(self.sse_within) if self.frames else None

    @property
    def sse_within(self) -> float:
        """Squared error that is left when the mean error of these frames is taken out; squared model units."""
        return max(0.0, self.sse - _dot(self._error, self._error) / self.frames) if self.frames else 0.0

    @property
    def mae(self) -> float | None:
        """Mean absolute error of a coordinate, model units; None without frames."""
        return self.absolute / (self.frames * self.coordinates) if self.frames else None


def pooled_r2_within(people: Iterable[ScoreSums]) -> float | None:
    """R2 over the frames of several people, each person's mean removed from both sides; None where nobody varies.

    One `ScoreSums` a person; their mean meshes may differ. Without removing the means, R2 counts differences between
    people, which every prediction has that was given their neutrals.
    """
    variation = squares = sse = 0.0
    for one in people:
        if one.frames:
            variation += one.variation
            squares += one.squares
            sse += one.sse_within
    return 1.0 - sse / variation if variation > _ROUNDING * squares else None


@dataclass(slots=True)
class GainSums:
    """Sums for the one factor by which predicted displacements would have to be scaled to fit best.

    Probabilities are no amplitudes: "happiness 1.0" says nothing of how wide a smile is. The gain is the least squares
    factor of the model's displacements from its neutral.
    """

    frames: int = 0
    rest: float = 0.0
    along: float = 0.0
    displaced: float = 0.0
    noise: float = 0.0

    def add(self, terms: GainTerms) -> None:
        """Add a frame."""
        self.frames += 1
        self.rest += terms.rest
        self.along += terms.along
        self.displaced += terms.displaced
        self.noise += terms.noise

    def merge(self, other: Self) -> None:
        """Add the frames of another set."""
        self.frames += other.frames
        self.rest += other.rest
        self.along += other.along
        self.displaced += other.displaced
        self.noise += other.noise

    @property
    def gain(self) -> float | None:
        """The factor; negative where the face moved the other way. None without frames, or while the predicted
        displacements are smaller than the noise of the landmarks.
        """
        measurable = self.frames > 0 and self.displaced > self.noise
        return self.along / self.displaced if measurable and self.displaced > 0 else None

    @property
    def sse(self) -> float | None:
        """Squared error of the predictions with the gain, summed over the frames; a negative gain is not applied: 0."""
        gain = self.gain
        if gain is None:
            return None
        applied = max(0.0, gain)
        return max(0.0, self.rest - 2.0 * applied * self.along + applied**2 * self.displaced)


def skill(sse: float, baseline_sse: float) -> float | None:
    """1 - squared error / that of a baseline over the same frames; None where the baseline fits exactly."""
    return 1.0 - sse / baseline_sse if baseline_sse > 0 else None


def gain_terms(observed: FloatArray, neutral: FloatArray, predicted: FloatArray, noise: float) -> GainTerms:
    """What a frame adds to the sums of the gain.

    `observed` (478, 3) without the identity offset; `neutral` and `predicted` (478, 3) the model's face at rest and its
    prediction at the same pose; `noise` the squared noise of the frame's landmarks, summed over the vertices.
    """
    moved = np.subtract(observed, neutral, dtype=np.float64)
    displacement = np.subtract(predicted, neutral, dtype=np.float64)
    return GainTerms(_dot(moved, moved), _dot(moved, displacement), _dot(displacement, displacement), noise)


def _dot(one: F64, other: F64) -> float:
    return float(one.ravel() @ other.ravel())
