"""Disagreement between several models' predictions for one face."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

import numpy as np

from realtime.core.frame_result import Disagreement
from realtime.core.types import FloatArray
from realtime.geometry.canonical_frame import CanonicalFrame


def disagreement(meshes_canon: Mapping[str, FloatArray], frame: CanonicalFrame) -> Disagreement:
    """Distances between predictions (478, 3) of several models by name, all in the frame `frame` and its units.

    Raises ValueError for fewer than two.
    """
    if len(meshes_canon) < 2:
        raise ValueError(f"models disagree with each other: two are needed, got {len(meshes_canon)}")
    percent = 100.0 / frame.unit
    pairs = {
        (one, other): np.linalg.norm(meshes_canon[one] - meshes_canon[other], axis=-1) * percent
        for one, other in combinations(meshes_canon, 2)
    }
    every = np.mean(list(pairs.values()), axis=0).astype(np.float32)
    return Disagreement(every, {pair: float(distance.mean()) for pair, distance in pairs.items()})
