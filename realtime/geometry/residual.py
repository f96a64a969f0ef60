"""Residual: observed minus predicted, with the baselines to compare it with."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from realtime.core.frame_result import Residual
from realtime.core.types import FloatArray, Identity
from realtime.geometry._arrays import F64
from realtime.geometry.canonical_frame import CanonicalFrame
from realtime.geometry.regions import REGION_NAMES, region_means


def mean_distance(observed: FloatArray, predicted: FloatArray, frame: CanonicalFrame) -> float:
    """NME: the mean distance of two meshes (478, 3) of one frame, % of the outer-canthal distance."""
    apart = np.subtract(observed, predicted, dtype=np.float64)
    return float(np.sqrt(np.einsum("ij,ij->i", apart, apart)).mean()) * 100.0 / frame.unit


def residual(
    observed: FloatArray,
    predicted: FloatArray,
    *,
    frame: CanonicalFrame,
    mean_mesh: FloatArray,
    identity: Identity | None = None,
    adjusted: bool = False,
) -> Residual:
    """Compare an observed mesh with a predicted one, both (478, 3) in the model's canonical frame and of one frame.

    Parameters
    ----------
    observed, predicted, mean_mesh
        (478, 3), model units; `predicted` already has the identity offset added when `adjusted` is set.
    frame
        Its unit is what distances are a percentage of.
    identity
        The subject's calibration; adds the baselines "own_neutral" and "noise": the larger of the landmarks' jitter
        and the tracker's repeatability; where the latter is known, "jitter" is beside it.
    adjusted
        The prediction is of this subject: skill is measured against the subject's own neutral instead of against the
        model's mean mesh.

    Returns
    -------
    A Residual of finite numbers. A baseline that fits exactly has `baseline_sse` 0; for its skill see
    `Residual.skill`.

    Raises
    ------
    ValueError
        `adjusted` without an identity, a wrong shape, or a mesh that is not finite.
    """
    seen = _mesh(observed, "observed")
    expected = _mesh(predicted, "predicted")
    if adjusted and identity is None:
        raise ValueError("an adjusted residual needs the subject's identity: calibrate first")
    percent = 100.0 / frame.unit

    vectors = seen - expected
    squares = np.einsum("ij,ij->i", vectors, vectors)
    distance = np.sqrt(squares) * percent
    sse = float(squares.sum())
    if not np.isfinite(sse):
        raise ValueError("the observed or the predicted mesh has numbers that are not finite")

    mean_squares = _squares(seen, mean_mesh)
    baselines = {"mean_mesh": float(np.sqrt(mean_squares).mean()) * percent}
    baseline_squares, baseline_name = mean_squares, "mean_mesh"
    if identity is not None:
        own_squares = _squares(seen, identity.neutral_canon)
        baselines["own_neutral"] = float(np.sqrt(own_squares).mean()) * percent
        baselines["noise"] = identity.measurable_nme
        if identity.info is not None and identity.info.repeatability_nme is not None:
            baselines["jitter"] = identity.noise_nme
        if adjusted:
            baseline_squares, baseline_name = own_squares, "own_neutral"

    by_region = region_means() @ distance
    return Residual(
        vectors_canon=vectors.astype(np.float32),
        distance=distance.astype(np.float32),
        nme=float(distance.mean()),
        regions=dict(zip(REGION_NAMES, by_region.tolist(), strict=True)),
        baselines=baselines,
        sse=sse,
        baseline_sse=float(baseline_squares.sum()),
        baseline_name=baseline_name,
    )


def _squares(seen: F64, other: FloatArray) -> F64:
    apart: F64 = seen - other
    squares: F64 = np.einsum("ij,ij->i", apart, apart)
    return squares


def _mesh(values: npt.ArrayLike, what: str) -> F64:
    mesh = np.asarray(values, dtype=np.float64)
    if mesh.shape != (478, 3):
        raise ValueError(f"{what} must be (478, 3), got {mesh.shape}")
    return mesh
