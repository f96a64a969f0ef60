"""The cost of a prediction: of one frame, of many beside the bare matrix product, and of loading the model."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from realtime.app.bench.bench_report import BatchReport, BusyCoresReport, PredictionReport
from realtime.app.bench.camera_loop import busy_processes
from realtime.app.bench.quantiles import measured
from realtime.core.blas_threads import environment_for_children
from realtime.core.types import Pose
from realtime.model import LinearMeshModel, load_model
from realtime.model.file import write_model

BATCH = 100_000


def prediction(model: LinearMeshModel, rounds: int = 5, batch: int = BATCH) -> PredictionReport:
    """Microseconds for one frame, milliseconds for the rest, and the batch's time over that of numpy's product."""
    rng = np.random.default_rng(0)
    count = len(model.feature_columns)
    features = rng.dirichlet(np.ones(count)).astype(np.float32)
    by_name = dict(zip(model.feature_columns, features.tolist(), strict=True))
    pose = Pose(0.1, -0.2, 0.05)
    vector = np.concatenate([features, model.pose_vector(pose)])
    with tempfile.TemporaryDirectory() as folder:
        path = model.path or Path(folder) / "model.npz"  # a composed model has no file of its own
        if model.path is None:
            write_model(model, path)
        paced = _on_busy_cores(path)
        load_ms = measured(_each(lambda: load_model(path), 50, 1e6))
        first_load_ms = measured([_first_load(path) for _ in range(3)])
    return PredictionReport(
        inputs=count + 3,
        by_name_us=measured(_each(lambda: model.predict(by_name, pose), 5000, 1e3)),
        array_us=measured(_each(lambda: model.predict(features, vector[count:]), 5000, 1e3)),
        unchecked_vector_us=measured(_each(lambda: model.predict_vector(vector), 5000, 1e3)),
        on_busy_cores=paced,
        batch=_batch(model, rounds, batch),
        load_ms=load_ms,
        first_load_ms=first_load_ms,
    )


def _first_load(path: Path) -> float:
    """Milliseconds of the first `load_model` in a fresh process, imports excluded."""
    code = (
        "import sys, time; from pathlib import Path; from realtime.model import load_model; a = time.perf_counter();"
        "load_model(Path(sys.argv[1])); print(time.perf_counter() - a)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    return 1000 * float(done.stdout)


def _on_busy_cores(path: Path, turns: int = 2) -> BusyCoresReport:
    """Milliseconds of a prediction a frame while every core is busy: with one thread for linear algebra, as the
    mirror has it, and with as many as there are cores; in turn, each in processes of its own.
    """
    code = (
        "import json, sys, time; from pathlib import Path\n"
        "from realtime.core.blas_threads import use_one_blas_thread\n"
        "if sys.argv[2] == 'one_thread_ms': use_one_blas_thread()\n"
        "from realtime.model import load_model\n"
        "model, taken = load_model(Path(sys.argv[1])), []\n"
        "features = dict.fromkeys(model.feature_columns, 0.1)\n"
        "for number in range(-10, 100):\n"
        "    time.sleep(0.01)  # the interval between two frames\n"
        "    start = time.perf_counter(); model.predict(features); end = time.perf_counter()\n"
        "    if number >= 0: taken.append(1000 * (end - start))\n"
        "print(json.dumps(taken))"
    )
    taken: dict[str, list[float]] = {"one_thread_ms": [], "all_threads_ms": []}
    with busy_processes(os.cpu_count() or 1):
        for _ in range(turns):
            for kind, times in taken.items():
                done = subprocess.run(
                    [sys.executable, "-c", code, str(path), kind], env=environment_for_children(),
                    capture_output=True, text=True, check=True,
                )  # fmt: skip
                times += json.loads(done.stdout)
    return BusyCoresReport(
        one_thread_ms=measured(taken["one_thread_ms"]), all_threads_ms=measured(taken["all_threads_ms"])
    )


def _each(work: Callable[[], object], times: int, unit_ns: float) -> list[float]:
    """Duration of each call, after a tenth as many calls to warm the caches."""
    taken = []
    for number in range(-times // 10, times):
        start = time.perf_counter_ns()
        work()
        if number >= 0:
            taken.append((time.perf_counter_ns() - start) / unit_ns)
    return taken


def _batch(model: LinearMeshModel, rounds: int, count: int) -> BatchReport:
    """The prediction and the bare product, alternating; both allocate their result.

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
            if turn:  # the first turn touches memory that is not mapped yet
                taken[name].append((time.perf_counter_ns() - start) / 1e6)
    bare, whole = taken["numpy_matmul_ms"], taken["predict_ms"]
    return BatchReport(
        frames=count,
        numpy_matmul_ms=measured(bare),
        predict_ms=measured(whole),
        predict_to_matmul=round(float(np.median(whole)) / float(np.median(bare)), 3),
    )
