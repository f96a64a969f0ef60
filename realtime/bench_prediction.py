"""What a prediction costs: of one frame, of many beside the bare matrix product, and of loading its model."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from realtime.model import LinearMeshModel
from realtime.resources import pyfeat_file
from realtime.summary import quantiles
from realtime.types import Pose

BATCH = 100_000
_BUNDLED = "resources/au_to_mesh_pls_v4.npz"  # for a model that was composed and has no file of its own


def prediction(model: LinearMeshModel, rounds: int = 5, batch: int = BATCH) -> dict[str, Any]:
    """Microseconds for one frame, milliseconds for the rest, and the batch's time over that of numpy's product."""
    rng = np.random.default_rng(0)
    count = len(model.feature_columns)
    features = rng.dirichlet(np.ones(count)).astype(np.float32)
    by_name = dict(zip(model.feature_columns, features.tolist(), strict=True))
    pose = Pose(0.1, -0.2, 0.05)
    vector = np.concatenate([features, model.pose_vector(pose)])
    path = model.path or pyfeat_file(_BUNDLED)
    return {
        "inputs": count + 3,
        "by_name_us": quantiles(_each(lambda: model.predict(by_name, pose), 5000, 1e3)),
        "array_us": quantiles(_each(lambda: model.predict(features, vector[count:]), 5000, 1e3)),
        "unchecked_vector_us": quantiles(_each(lambda: model.predict_vector(vector), 5000, 1e3)),
        "batch": _batch(model, rounds, batch),
        "load_ms": quantiles(_each(lambda: LinearMeshModel.load(path), 50, 1e6)),
        "loaded": path.name,
    }


def _each(work: Callable[[], object], times: int, unit_ns: float) -> list[float]:
    """How long each call took, after a tenth of the calls has warmed the caches."""
    taken = []
    for number in range(-times // 10, times):
        start = time.perf_counter_ns()
        work()
        if number >= 0:
            taken.append((time.perf_counter_ns() - start) / unit_ns)
    return taken


def _batch(model: LinearMeshModel, rounds: int, count: int) -> dict[str, Any]:
    """Both allocate their result, as a caller's would be; in turn, so that both meet the same machine.

    The bare product is ``inputs @ coef`` in float32: no intercept, no checks, and 1434 numbers a frame in the file's
    order where the prediction gives vertices.
    """
    inputs = np.random.default_rng(0).random((count, len(model.coef)), dtype=np.float32)
    features, pose = inputs[:, :-3], inputs[:, -3:]
    works: dict[str, Callable[[], object]] = {
        "numpy_matmul_ms": lambda: inputs @ model.coef,
        "predict_ms": lambda: model.predict(features, pose),
    }
    taken: dict[str, list[float]] = {name: [] for name in works}
    for turn in range(rounds + 1):
        for name in sorted(works, reverse=bool(turn % 2)):
            start = time.perf_counter_ns()
            works[name]()
            if turn:  # the first touches memory that the machine has not handed out yet
                taken[name].append((time.perf_counter_ns() - start) / 1e6)
    medians = {name: float(np.median(times)) for name, times in taken.items()}
    return {
        "frames": count,
        **{name: quantiles(times) for name, times in taken.items()},
        "predict_to_matmul": round(medians["predict_ms"] / medians["numpy_matmul_ms"], 3),
    }
