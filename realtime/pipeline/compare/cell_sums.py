"""Sums over frames from which every score of these frames follows; sums of two sets of frames are added."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Self

import numpy as np
import numpy.typing as npt

from realtime.geometry import GainSums, ScoreSums, region_means
from realtime.pipeline.compare.scoring import Scored
from realtime.pipeline.compare.setups import F64
from realtime.pipeline.compare.spool import Bools

# Summed columns of `Scored`.
_COLUMNS = (
    "nme", "sse", "absolute", "mean_mesh_nme", "mean_mesh_sse", "nme_adjusted", "sse_adjusted", "absolute_adjusted",
    "own_neutral_nme", "own_neutral_sse", "rest", "along", "displaced", "noise", "floor_sse", "floor_nme",
    "floor_sse_adjusted", "floor_nme_adjusted",
)  # fmt: skip


class CellSums:
    """Sums over some frames of one setup, in float64; those of meshes about the model's mean mesh.

    A column that the frames do not have is absent. `vertex_*` are by vertex, of the adjusted errors where there is a
    neutral.
    """

    def __init__(self, frames: int = 0, sums: Mapping[str, F64] | None = None) -> None:
        self.frames = frames
        self.sums: dict[str, F64] = dict(sums or {})

    @classmethod
    def of(cls, scored: Scored, wanted: Bools, mean_mesh: npt.ArrayLike, noise_nme: float) -> Self:
        """Of the wanted ones (m,) of the rows that were predicted."""
        mean = np.asarray(mean_mesh, np.float64)
        error, own = scored.error[wanted], scored.own[wanted] - mean
        squares = np.einsum("nvc,nvc->nv", error, error)
        baseline = scored.baseline[wanted]
        sums = {name: values[wanted].sum() for name, values in scored.columns.items() if name in _COLUMNS}
        sums |= {
            "noise_nme": np.float64(noise_nme * np.count_nonzero(wanted)),
            "parts": scored.parts[wanted].sum(axis=0),
            "regions": region_means() @ np.sqrt(squares).sum(axis=0),
            "deviation_raw": (scored.observed[wanted] - mean).sum(axis=0),
            "error_raw": scored.error_raw[wanted].sum(axis=0),
            "deviation": own.sum(axis=0),
            "error": error.sum(axis=0),
            "vertex_distance": np.sqrt(squares).sum(axis=0),
            "vertex_sse": squares.sum(axis=0),
            "vertex_squares": np.einsum("nvc,nvc->v", own, own),
            "vertex_baseline": np.einsum("nvc,nvc->v", baseline, baseline),
            "vertex_baseline_distance": np.sqrt(np.einsum("nvc,nvc->nv", baseline, baseline)).sum(axis=0),
            "vertex_floor": scored.floor[wanted].sum(axis=0),
            "vertex_floor_distance": np.sqrt(scored.floor[wanted]).sum(axis=0),
        }
        return cls(int(np.count_nonzero(wanted)), {name: np.asarray(value, np.float64) for name, value in sums.items()})

    @classmethod
    def total(cls, some: Iterable[CellSums]) -> Self:
        """The sum of some, in their order."""
        found = cls()
        for one in some:
            found.add(one)
        return found

    def add(self, other: CellSums) -> None:
        """Add the frames of another set."""
        if not other.frames:
            return
        if not self.frames:
            self.sums = {name: value.copy() for name, value in other.sums.items()}
        else:  # what only some of the frames have is known of none of them
            self.sums = {name: value + other.sums[name] for name, value in self.sums.items() if name in other.sums}
        self.frames += other.frames

    def __contains__(self, name: str) -> bool:
        return name in self.sums and bool(np.isfinite(self.sums[name]).all())

    def __getitem__(self, name: str) -> F64:
        return self.sums[name]

    def given(self, name: str) -> F64 | None:
        """A sum; None where these frames do not have it."""
        return self.sums[name] if name in self else None

    def number(self, name: str) -> float | None:
        """A sum that is one number; None where these frames do not have it."""
        return float(self.sums[name]) if name in self else None

    def mean(self, name: str) -> float | None:
        """The mean of a column; None where these frames do not have it."""
        total = self.number(name)
        return None if total is None or not self.frames else total / self.frames

    @property
    def calibrated(self) -> bool:
        """Whether all of the frames have a neutral."""
        return "sse_adjusted" in self

    @property
    def raw(self) -> ScoreSums:
        """The sums of the raw predictions."""
        return self._scores("deviation_raw", "error_raw", "sse", "absolute", self._squares_raw)

    @property
    def best(self) -> ScoreSums:
        """The sums of the adjusted predictions, of the raw ones without a neutral."""
        if not self.calibrated:
            return self.raw
        squares = float(self["vertex_squares"].sum()) if self.frames else 0.0
        return self._scores("deviation", "error", "sse_adjusted", "absolute_adjusted", squares)

    @property
    def _squares_raw(self) -> float:
        return self.number("mean_mesh_sse") or 0.0

    def _scores(self, deviation: str, error: str, sse: str, absolute: str, squares: float) -> ScoreSums:
        shape = self[deviation].shape if self.frames else (1, 3)
        zero = np.zeros(shape)
        if not self.frames:
            return ScoreSums(zero)
        return ScoreSums.of(
            zero, self.frames, self[deviation], self[error], sse=float(self[sse]), absolute=float(self[absolute]),
            squares=squares,
        )  # fmt: skip

    @property
    def baseline(self) -> tuple[str, float]:
        """The baseline of skill, and its squared error."""
        name = "own_neutral" if self.calibrated else "mean_mesh"
        return name, self.number(f"{name}_sse") or 0.0

    @property
    def gain(self) -> GainSums:
        """The sums of the gain."""
        if not self.calibrated:
            return GainSums()
        rest, along, displaced, noise = (float(self[name]) for name in ("rest", "along", "displaced", "noise"))
        return GainSums(self.frames, rest, along, displaced, noise)

    def arrays(self) -> dict[str, F64]:
        """All that has to be kept."""
        return {"frames": np.array(float(self.frames)), **self.sums}

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, F64]) -> Self:
        """What `arrays` gave."""
        sums = dict(arrays)
        return cls(int(sums.pop("frames")), sums)
