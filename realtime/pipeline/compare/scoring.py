"""Predictions and errors of many frames at once, by the definitions of a live run, in float64."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from realtime.core.types import Identity, Pose
from realtime.geometry import identity_at, noise_squares
from realtime.geometry.alignment import AlignedMany
from realtime.model import Inverse, reported_name
from realtime.pipeline.compare.setups import F64, Setup
from realtime.pipeline.compare.spool import Bools
from realtime.pipeline.predictor import PoseMode

PARTS = ("tracker", "identity", "pose", "emotion", "unexplained", "noise")


@dataclass(frozen=True, slots=True, eq=False)
class Floors:
    """Features (n, k) under which a model comes nearest to each face; NaN where nothing was sought."""

    raw: F64
    adjusted: F64  # with the identity taken out; without a neutral as raw


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """Some frames of one setup; squared errors in squared model units, summed over the vertices.

    `own` is the observed face without the subject's identity, without a neutral the observed face itself. Rows in
    which nothing was predicted are NaN throughout.
    """

    there: Bools  # (n,) whether something was predicted
    observed: F64  # (n, 478, 3)
    own: F64  # (n, 478, 3)
    error_raw: F64  # (n, 478, 3) observed - predicted
    error: F64  # (n, 478, 3) own - predicted
    baseline: F64  # (n, 478, 3) observed - own neutral; without a neutral observed - mean mesh
    inputs: F64  # (n, k) features that the prediction was made from
    angles: F64  # (n, 3) pose of the face
    moved: F64  # (n, 478, 3) own - the model's face at rest in the pose that it was given
    columns: dict[str, F64]  # (n,) each: errors and terms by name
    parts: F64  # (n, 6) the decomposition, by `PARTS`
    floor: F64  # (n, 478) squared errors of the floor by vertex; NaN where it was not sought


class Scorer:
    """One setup in one pose mode with the neutral of a recording."""

    def __init__(self, setup: Setup, mode: PoseMode, identity: Identity | None) -> None:
        self.setup, self.mode, self.identity = setup, mode, identity
        self._canonical = setup.canonical
        self._mean = setup.model.mean_mesh.astype(np.float64)
        self._rest = setup.model.predict_neutral().astype(np.float64)
        self._noise = 0.0 if identity is None else noise_squares(identity, self._canonical)

    def pose(self, angles: F64) -> F64 | None:
        """(n, 3) the pose that the model is given; None for pose 0."""
        return angles if self.mode == "live" else None

    def offsets(self, angles: F64) -> tuple[F64, F64] | None:
        """The identity offset and the subject's neutral at each pose, both (n, 478, 3) or (478, 3)."""
        identity = self.identity
        if identity is None:
            return None
        if identity.response is None:
            return identity.offset_canon.astype(np.float64), identity.neutral_canon.astype(np.float64)
        here = [identity_at(identity, Pose(*map(float, row))) for row in angles]
        offsets = np.stack([one.offset_canon for one in here]).astype(np.float64)
        return offsets, np.stack([one.neutral_canon for one in here]).astype(np.float64)

    def floors(self, aligned: AlignedMany, wanted: Bools, inverse: Inverse) -> Floors:
        """Solve the inverse for the wanted frames (n,), raw and with the identity taken out."""
        shape = len(wanted), len(self.setup.model.feature_columns)
        raw, adjusted = np.full(shape, np.nan), np.full(shape, np.nan)
        offsets = self.offsets(aligned.angles)
        for row in np.flatnonzero(wanted):
            mesh = aligned.meshes_canon[row]
            pose = Pose(*map(float, aligned.angles[row])) if self.mode == "live" else None
            raw[row] = list(inverse.solve(mesh, pose).values())
            if offsets is None:
                adjusted[row] = raw[row]
            else:
                offset = offsets[0] if offsets[0].ndim == 2 else offsets[0][row]
                adjusted[row] = list(inverse.solve(mesh, pose, offset.astype(np.float32)).values())
        return Floors(raw, adjusted)

    def score(self, aligned: AlignedMany, inputs: F64, floors: Floors | None) -> Scored:
        """The errors of frames whose features are `inputs` (n, k), NaN where there are none."""
        there = aligned.known & np.isfinite(inputs).all(axis=1)
        rows = np.flatnonzero(there)
        count = len(rows)
        observed = aligned.meshes_canon[rows].astype(np.float64)
        angles = aligned.angles[rows]
        predicted, at_rest = self._predictions(inputs[rows], angles)
        offsets = self.offsets(angles)
        own = observed if offsets is None else observed - offsets[0]
        against_rest = own - at_rest
        displaced = predicted - at_rest
        error_raw, error = observed - predicted, own - predicted
        from_mean = observed - self._mean
        baseline = from_mean if offsets is None else observed - offsets[1]
        percent = 100.0 / self._canonical.unit
        columns = {
            "nme": _distance(error_raw).mean(axis=1) * percent,
            "sse": _squares(error_raw),
            "absolute": np.abs(error_raw).sum(axis=(1, 2)),
            "mean_mesh_nme": _distance(from_mean).mean(axis=1) * percent,
            "mean_mesh_sse": _squares(from_mean),
        }
        if offsets is not None:
            columns |= {
                "nme_adjusted": _distance(error).mean(axis=1) * percent,
                "sse_adjusted": _squares(error),
                "absolute_adjusted": np.abs(error).sum(axis=(1, 2)),
                "own_neutral_nme": _distance(baseline).mean(axis=1) * percent,
                "own_neutral_sse": _squares(baseline),
                "rest": _squares(against_rest),
                "along": np.einsum("nvc,nvc->n", against_rest, displaced),
                "displaced": _squares(displaced),
                "noise": np.full(count, self._noise),
            }
        parts = self._parts(observed, own, columns, against_rest)
        floor = np.full((count, observed.shape[1]), np.nan)
        if floors is not None:
            floor = self._floor(floors, rows, angles, own, observed, error, error_raw, columns, offsets is not None)
        return Scored(
            there, observed, own, error_raw, error, baseline, self.setup.clipped(inputs[rows]), angles, against_rest,
            columns, parts, floor,
        )  # fmt: skip

    def _predictions(self, inputs: F64, angles: F64) -> tuple[F64, F64]:
        """(n, 478, 3) both: the model's faces, and its face at rest in the same pose."""
        model, pose = self.setup.model, self.pose(angles)
        if not len(inputs):
            nothing = np.zeros((0, *self._mean.shape))
            return nothing, nothing
        predicted = model.predict(inputs, None if pose is None else pose).astype(np.float64)
        if pose is None:
            return predicted, np.broadcast_to(self._rest, predicted.shape)
        rest = np.tile(self.setup.neutral_inputs, (len(inputs), 1))
        return predicted, model.predict(rest, pose).astype(np.float64)

    def _parts(self, observed: F64, own: F64, columns: dict[str, F64], against_rest: F64) -> F64:
        """(n, 6) as `geometry.decomposition.parts`, with the tracker's part in the identity: see `whole_scores`."""
        total = columns["mean_mesh_sse"]
        found = np.zeros((len(total), len(PARTS)))
        at_pose = _squares(against_rest)
        if self.identity is None:
            at_zero, left = _squares(observed - self._rest), columns["sse"]
            found[:, 2] = at_zero - at_pose
            found[:, 3] = at_pose - left + total - at_zero
            found[:, 4] = left
            return found
        at_zero = _squares(observed - self.identity.offset_canon - self._rest)
        left = columns["sse_adjusted"]
        noise = np.minimum(left, self._noise)
        found[:, 1] = total - at_zero
        found[:, 2] = at_zero - at_pose
        found[:, 3] = at_pose - left
        found[:, 4], found[:, 5] = left - noise, noise
        return found

    def _floor(
        self, floors: Floors, rows: npt.NDArray[np.intp], angles: F64, own: F64, observed: F64, error: F64,
        error_raw: F64, columns: dict[str, F64], adjusted: bool,
    ) -> F64:  # fmt: skip
        """Add the floor's columns; its squared errors by vertex (n, 478). Never above what was delivered."""
        percent = 100.0 / self._canonical.unit
        best = np.full(observed.shape[:2], np.nan)
        for ending, faces, delivered, fits in (
            ("", observed, error_raw, floors.raw),
            *((("_adjusted", own, error, floors.adjusted),) if adjusted else ()),
        ):
            fit = fits[rows]
            sought = np.isfinite(fit).all(axis=1)
            squares = np.full(best.shape, np.nan)
            apart = faces[sought] - self._predictions(fit[sought], angles[sought])[0]
            squares[sought] = np.einsum("nvc,nvc->nv", apart, apart)
            own_squares = np.einsum("nvc,nvc->nv", delivered, delivered)
            worse = sought & (squares.sum(axis=1) > own_squares.sum(axis=1))
            squares[worse] = own_squares[worse]
            columns[f"floor_sse{ending}"] = squares.sum(axis=1)
            columns[f"floor_nme{ending}"] = np.sqrt(squares).mean(axis=1) * percent
            best = squares
        return best


def features_named(setup: Setup) -> tuple[str, ...]:
    """The features of a setup by the names that reports use."""
    return tuple(reported_name(name) for name in setup.model.feature_columns)


def _squares(vectors: F64) -> F64:
    """(n,) squared lengths of (n, 478, 3), summed."""
    found: F64 = np.einsum("nvc,nvc->n", vectors, vectors)
    return found


def _distance(vectors: F64) -> F64:
    """(n, 478) lengths of (n, 478, 3)."""
    found: F64 = np.sqrt(np.einsum("nvc,nvc->nv", vectors, vectors))
    return found
