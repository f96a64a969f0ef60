"""The floor of each frame: how near a model can come to the observed face with any features of its source's kind."""

from __future__ import annotations

import numpy as np

from realtime.core.frame_result import Floor, FloorFit, Residual
from realtime.core.types import Features, FloatArray, Identity, Prediction
from realtime.detect.feature_sources import InverseSource
from realtime.geometry import CanonicalFrame
from realtime.model import Inverse, LinearMeshModel, reported_name


class FloorSolver:
    """Solves a model's inverse for every frame, once raw and once with the identity offset taken out.

    Emotions are sought on the simplex, other features between 0 and their 99th percentile in the training data, or 1:
    see `Inverse`. Where the delivered features fit better (a source may go beyond these limits, and rounding may decide
    between equal fits) they are the floor themselves, so that the floor never exceeds what was delivered.
    """

    def __init__(self, model: LinearMeshModel, canonical: CanonicalFrame) -> None:
        self._model = model
        self._inverse = Inverse(model)
        self._percent = 100.0 / canonical.unit

    def solve(
        self,
        observed: FloatArray,
        delivered: Features,
        predicted: Prediction,
        identity: Identity | None,
        raw: Residual,
        adjusted: Residual | None,
    ) -> Floor:
        """The floor of a frame: `observed` (478, 3) in the model's frame.

        `delivered` drove the model and gave `predicted`, with the residuals `raw` and `adjusted`.
        """
        # The source "inverse" has solved it already, with the offset where there is one.
        solved = _as_delivered(delivered, adjusted or raw) if delivered.source == InverseSource.name else None
        if identity is None or adjusted is None:
            return Floor(solved or self._fit(observed, delivered, predicted, raw), None)
        return Floor(
            self._fit(observed, delivered, predicted, raw),
            solved or self._fit(observed, delivered, predicted, adjusted, identity.offset_canon),
        )

    def _fit(
        self,
        observed: FloatArray,
        delivered: Features,
        predicted: Prediction,
        residual: Residual,
        offset: FloatArray | None = None,
    ) -> FloorFit:
        found = self._inverse.solve(observed, predicted.pose, offset)
        mesh = self._model.predict(found, predicted.pose)
        apart = np.subtract(observed, mesh if offset is None else mesh + offset, dtype=np.float64)
        squares = np.einsum("ij,ij->i", apart, apart)
        sse = float(squares.sum())
        if sse > residual.sse:
            return _as_delivered(delivered, residual)
        features = {reported_name(name): value for name, value in found.items()}
        return FloorFit(features, float(np.sqrt(squares).mean()) * self._percent, sse)


def _as_delivered(delivered: Features, residual: Residual) -> FloorFit:
    return FloorFit(delivered.values, residual.nme, residual.sse)
