"""A fit in a process of its own, so that its memory is its own: `python -m realtime.app.bench.fit_process WHAT`.

WHAT is `fit` (the whole job, three folds included), `align` (every mesh into the frame, nothing else) or `sklearn`
(scikit-learn's PLS regression on some frames). Takes {"folder", "frames"} as JSON on stdin and prints a JSON object.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from realtime.app.bench.process_memory import peak_mb
from realtime.core.errors import MeshmirrorError
from realtime.core.process import available_cores
from realtime.dataset.alignment import Alignment, align, aligned_meshes, start_anchors
from realtime.dataset.design import inputs
from realtime.dataset.fit import FitOptions, fit_data_set
from realtime.dataset.frames import Frames, read_frames
from realtime.dataset.table import MESH, DataSet, meshes_of, open_data_set

RANK = 27  # of emotions that sum to one, with pose and products


def whole(folder: Path, frames: int) -> dict[str, Any]:
    """From the shards to the model, with its evaluation."""
    _, report = fit_data_set(folder, FitOptions("emotion", workers=available_cores()), lambda text: None)
    score = report.r2_by_person.full
    return {"r2": None if score is None else score.mean, "frames": report.frames}


def aligned(folder: Path, frames: int) -> dict[str, Any]:
    """Seconds to find the reference and to align meshes that are in memory."""
    data, rows, alignment, begun = _aligned(folder)
    found = time.perf_counter() - begun
    batch = next(iter(data.read([MESH], _copied)))
    kept = np.arange(len(batch))
    begun = time.perf_counter()
    for _ in range(20):
        alignment.meshes(batch, kept)
    each = (time.perf_counter() - begun) / (20 * len(batch))
    return {"frames": len(rows.kept), "reference_s": found, "mesh_us": 1e6 * each / available_cores()}


def by_sklearn(folder: Path, frames: int) -> dict[str, Any]:
    """Seconds of one fit of the first `frames` frames, without reading or aligning them."""
    from sklearn.cross_decomposition import PLSRegression

    data, rows, alignment, _ = _aligned(folder)
    meshes: list[Any] = []
    for mesh in data.read([MESH], _aligned_meshes, (alignment.matrix, alignment.moved)):
        meshes.append(mesh)
        if sum(map(len, meshes)) >= frames:
            break
    y = np.concatenate(meshes)[:frames].reshape(frames, -1).astype(np.float64)
    x = inputs(rows.features[:frames], rows.pose[:frames], probabilities=True)
    begun = time.perf_counter()
    PLSRegression(n_components=RANK, scale=True, max_iter=2000, tol=1e-6).fit(x, y)
    return {"frames": frames, "fit_s": time.perf_counter() - begun}


def _copied(batch: Any) -> Any:
    return meshes_of(batch).copy()


def _aligned_meshes(batch: Any, matrix: Any, moved: Any) -> Any:
    return aligned_meshes(meshes_of(batch), matrix, moved)


def _aligned(folder: Path) -> tuple[DataSet, Frames, Alignment, float]:
    data, workers = open_data_set(folder), available_cores()
    rows, anchors = read_frames(data, "emotion", workers)
    begun = time.perf_counter()
    return data, rows, align(data, rows, anchors, "clean", start_anchors(), workers), begun


_KINDS: dict[str, Callable[[Path, int], dict[str, Any]]] = {"fit": whole, "align": aligned, "sklearn": by_sklearn}


def main() -> None:
    """Measure what is named on the command line."""
    given = json.load(sys.stdin)
    begun, processor = time.perf_counter(), time.process_time()
    try:
        found = _KINDS[sys.argv[1]](Path(given["folder"]), given["frames"])
    except MeshmirrorError as error:
        print(json.dumps({"error": str(error)}))
        return
    found |= {
        "seconds": time.perf_counter() - begun,
        "processor_s": time.process_time() - processor,
        "peak_mb": peak_mb(os.getpid()),
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
