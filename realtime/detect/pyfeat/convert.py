"""Converts py-feat's weights for OpenVINO: `python -m realtime.detect.pyfeat.convert WEIGHTS SHA256 FOLDER`.

A process of its own, since older layouts need torch and py-feat; `realtime.detect.pyfeat.converted` starts it, and it
ends when its standard input does. Its messages are the lines on stdout that begin with `PROGRESS_PREFIX` or
`REFUSAL_PREFIX`; everything else is the libraries' own.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from realtime.core.errors import MeshmirrorError, ModelFileError, NetworkError
from realtime.core.types import FloatArray
from realtime.detect.openvino_import import import_openvino_without_telemetry
from realtime.detect.pyfeat.architecture import Architecture
from realtime.detect.pyfeat.candidate import Candidate, sample_inputs
from realtime.detect.pyfeat.checkpoint import read_config
from realtime.detect.pyfeat.converted import (
    ABOUT,
    BINARY,
    CONVERTER,
    FORMAT,
    PROGRESS_PREFIX,
    REFUSAL_PREFIX,
    TOPOLOGY,
    unwritable,
)
from realtime.detect.pyfeat.openvino_runtime import has_bf16
from realtime.detect.pyfeat.output_layout import OutputLayout
from realtime.model.hub.cache import sha256_of

TOLERANCE = 1e-4  # of any output against the reference, or of its head's largest number where that is above one
_ROUNDS = 2  # over the inputs, of a measurement


def main(args: list[str]) -> int:
    """Convert, and report the result; the exit code."""
    threading.Thread(target=_end_with_the_parent, daemon=True).start()
    try:
        convert(Path(args[0]), args[1], Path(args[2]))
    except MeshmirrorError as error:
        _report(REFUSAL_PREFIX, str(error))
        return error.exit_code
    return 0


def convert(weights: Path, sha256: str, folder: Path) -> None:
    """Write network.xml, network.bin and about.json of a checkpoint into a folder.

    Raises ModelFileError for weights that are not those of the network or that give no numbers; NetworkError where
    OpenVINO does not compute the network as the reference does, where the folder cannot be written, and for an older
    layout where torch or py-feat cannot be imported.
    """
    candidate = _candidate(weights)
    openvino = import_openvino_without_telemetry()
    with ThreadPoolExecutor(2) as beside:  # each has one thread for most of its time
        reference = beside.submit(candidate.wanted)
        _save(openvino, candidate.model, folder)
        _report(PROGRESS_PREFIX, "comparing and measuring it")
        half = beside.submit(_compiled, openvino, folder, "bf16") if has_bf16() else None
        f32 = _compiled(openvino, folder, "f32")
        bf16 = half.result() if half is not None else None
        wanted = reference.result()
    if not np.isfinite(wanted).all():
        raise ModelFileError(f"{weights}: py-feat's network gives numbers that are not finite with these weights.")
    rows, f32_ms = _run(f32, candidate.inputs)
    differences = _differences(candidate.layout, rows[: len(wanted)], wanted)
    worst = max(differences, key=lambda head: differences[head])
    if not differences[worst] <= TOLERANCE:
        raise NetworkError(
            f"OpenVINO {openvino.__version__.split('-')[0]} does not compute py-feat's network as it should: '{worst}' "
            f"differs by {differences[worst]:.1e} from {candidate.reference}, at most {TOLERANCE:.0e} is accepted."
        )
    about = {
        "format": FORMAT,
        "converter": CONVERTER,
        "weights_sha256": sha256,
        "heads": asdict(candidate.layout),
        "config": candidate.config,
        "versions": {name: importlib.metadata.version(name) for name in candidate.packages},
        "reference": candidate.reference,
        "f32": {"ms": f32_ms, "difference": differences},
        "bf16": None if bf16 is None else _half(bf16, candidate, rows),
        "files": {name: _fingerprint(folder / name) for name in (TOPOLOGY, BINARY)},
    }
    try:
        (folder / ABOUT).write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise unwritable(folder.parent, error.strerror or str(error)) from error


def _candidate(weights: Path) -> Candidate:
    """The network, built here where its layout is known, else converted by torch."""
    architecture = Architecture.of(weights)
    if architecture is None:
        from realtime.detect.pyfeat.torch_conversion import convert_by_torch

        return convert_by_torch(weights, lambda step: _report(PROGRESS_PREFIX, step))
    from realtime.detect.pyfeat.network_graph import build_graph
    from realtime.detect.pyfeat.numpy_network import numpy_row
    from realtime.detect.pyfeat.tensors import read_tensors

    _report(PROGRESS_PREFIX, "building py-feat's network for OpenVINO")
    tensors = read_tensors(weights)
    model = build_graph(tensors, architecture)
    inputs = sample_inputs()
    return Candidate(
        model,
        architecture.layout,
        config=read_config(weights),
        reference="the same network in numpy",
        packages=("openvino", "numpy"),
        inputs=inputs,
        wanted=lambda: numpy_row(tensors, architecture, inputs[0])[None],
    )


def _save(openvino: Any, model: Any, folder: Path) -> None:
    try:
        openvino.save_model(model, folder / TOPOLOGY, compress_to_fp16=False)  # its default halves the precision
        openvino.Core().read_model(folder / TOPOLOGY)  # a full disk may cost it bytes without an error
    except RuntimeError as error:
        why = f"not all of its bytes came there ({str(error).strip().splitlines()[-1]})"
        raise unwritable(folder.parent, why) from error


def _compiled(openvino: Any, folder: Path, precision: str) -> Any:
    settings = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": precision}
    return openvino.Core().compile_model(folder / TOPOLOGY, "CPU", settings)


def _run(network: Any, inputs: FloatArray) -> tuple[FloatArray, float]:
    """The rows of all inputs, and the fewest milliseconds that one took."""
    rows: dict[int, FloatArray] = {}
    took = []
    for index, one in [*enumerate(inputs)] * _ROUNDS:
        begin = time.perf_counter()
        answer = network(one[None])[0]
        took.append((time.perf_counter() - begin) * 1e3)
        rows[index] = answer.copy()
    return np.concatenate([rows[index] for index in range(len(inputs))]), min(took)


def _differences(layout: OutputLayout, rows: FloatArray, wanted: FloatArray) -> dict[str, float]:
    """The largest difference by head, as a part of the head's largest number where that is above one."""
    ours, theirs = layout.split(rows), layout.split(wanted)
    return {
        head: float(np.abs(ours[head] - theirs[head]).max() / max(1.0, np.abs(theirs[head]).max()))
        for head, width in layout.widths.items()
        if width
    }


def _half(network: Any, candidate: Candidate, wanted: FloatArray) -> dict[str, Any]:
    """What half precision costs against the rows of float32, and the time that it takes."""
    rows, took = _run(network, candidate.inputs)
    return {"ms": took, "difference": _differences(candidate.layout, rows, wanted)}


def _fingerprint(path: Path) -> dict[str, Any]:
    sha256, size = sha256_of(path)
    return {"bytes": size, "sha256": sha256}


def _report(mark: str, text: str) -> None:
    print(mark + " ".join(text.split()), flush=True)


def _end_with_the_parent() -> None:
    while os.read(0, 4096):
        pass
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
