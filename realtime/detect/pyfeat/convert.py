"""Converts py-feat's weights for OpenVINO: `python -m realtime.detect.pyfeat.convert WEIGHTS SHA256 FOLDER`.

A process of its own, since it imports torch and py-feat; `realtime.detect.pyfeat.converted` starts it, and it ends when
its standard input does. Its messages are the lines on stdout that begin with `PROGRESS_PREFIX` or `REFUSAL_PREFIX`;
everything else is the libraries' own.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import sys
import threading
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from realtime.core.errors import MeshmirrorError, ModelFileError, NetworkError
from realtime.core.types import FloatArray
from realtime.detect.openvino_import import import_openvino_converter, import_openvino_without_telemetry
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

TOLERANCE = 1e-4  # of any output against py-feat's own, or of its head's largest number where that is above one
_CHIPS = 3
_RUNS, _LONGEST_S = 12, 1.0  # of a measurement


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

    Raises ModelFileError for weights that py-feat does not take or that give no numbers; NetworkError where torch or
    py-feat cannot be imported, OpenVINO does not compute the network as py-feat does, or the folder cannot be written.
    """
    _report(PROGRESS_PREFIX, "loading torch and py-feat (10 s)")
    from realtime.detect.pyfeat.pyfeat_network import layout_of, load_multitask

    multitask = load_multitask(weights)
    layout = layout_of(multitask)
    openvino = import_openvino_without_telemetry()
    _report(PROGRESS_PREFIX, "converting py-feat's network for OpenVINO")
    _save(openvino, _converted(multitask), folder)
    _report(PROGRESS_PREFIX, "comparing it with py-feat's own")
    chips = _chips()
    wanted = _pyfeat_rows(multitask, chips)
    inputs = multitask.preprocess(chips).numpy()
    if not np.isfinite(wanted).all():
        raise ModelFileError(f"{weights}: py-feat's network gives numbers that are not finite with these weights.")
    rows, f32_ms = _run(openvino, folder, inputs, "f32")
    differences = _differences(layout, rows, wanted)
    worst = max(differences, key=lambda head: differences[head])
    if not differences[worst] <= TOLERANCE:
        raise NetworkError(
            f"OpenVINO {openvino.__version__.split('-')[0]} does not compute py-feat's network as torch does: "
            f"'{worst}' differs by {differences[worst]:.1e}, at most {TOLERANCE:.0e} is accepted."
        )
    about = {
        "format": FORMAT,
        "converter": CONVERTER,
        "weights_sha256": sha256,
        "heads": asdict(layout),
        "config": asdict(multitask.cfg),
        "versions": {name: importlib.metadata.version(name) for name in ("openvino", "py-feat", "torch")},
        "f32": {"ms": f32_ms, "difference": differences},
        "bf16": _bf16(openvino, folder, layout, inputs, wanted),
        "files": {name: _fingerprint(folder / name) for name in (TOPOLOGY, BINARY)},
    }
    try:
        (folder / ABOUT).write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise unwritable(folder.parent, error.strerror or str(error)) from error


def _converted(multitask: Any) -> Any:
    """OpenVINO's model: (1, 3, 224, 224) to one row of all heads."""
    import torch

    from realtime.detect.pyfeat.eye_regions import separable_eye_regions
    from realtime.detect.pyfeat.pyfeat_network import row_of

    class OneRow(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.network = multitask.model

        def forward(self, x: Any) -> Any:
            return row_of(self.network(x))

    shape = [1, 3, 224, 224]
    with torch.no_grad(), separable_eye_regions(multitask):
        return import_openvino_converter()(OneRow().eval(), example_input=torch.rand(shape), input=shape)


def _save(openvino: Any, model: Any, folder: Path) -> None:
    try:
        openvino.save_model(model, folder / TOPOLOGY, compress_to_fp16=False)  # its default halves the precision
        openvino.Core().read_model(folder / TOPOLOGY)  # a full disk may cost it bytes without an error
    except RuntimeError as error:
        why = f"not all of its bytes came there ({str(error).strip().splitlines()[-1]})"
        raise unwritable(folder.parent, why) from error


def _chips() -> Any:
    """Smooth patterns with some noise (n, 3, 256, 256) in 0..1: the same at every conversion."""
    import torch

    rng = np.random.default_rng(2026)
    coarse = torch.from_numpy(rng.random((_CHIPS, 3, 9, 9), dtype=np.float32))
    smooth = torch.nn.functional.interpolate(coarse, size=(256, 256), mode="bicubic")
    noise = torch.from_numpy(rng.normal(0, 0.02, smooth.shape).astype(np.float32))
    return (smooth + noise).clamp(0, 1)


def _pyfeat_rows(multitask: Any, chips: Any) -> FloatArray:
    """(n, heads.width): the answers of py-feat's `MultitaskModel` as its users get them, one chip at a time."""
    rows = []
    for chip in chips:
        out = multitask(chip[None])
        parts = [out.emotion, out.au, out.valence[:, None], out.arousal[:, None], out.gaze, out.pose]
        if multitask.cfg.n_blendshape:
            parts.append(out.blendshapes)
        rows.append(np.concatenate([*parts, out.mesh478.reshape(1, -1)], axis=1))
    return np.concatenate(rows)


def _run(openvino: Any, folder: Path, inputs: FloatArray, precision: str) -> tuple[FloatArray, float]:
    """The rows of all inputs, and the fewest milliseconds that one took."""
    settings = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": precision}
    network = openvino.Core().compile_model(folder / TOPOLOGY, "CPU", settings)
    rows = np.concatenate([network(one[None])[0].copy() for one in inputs])
    took: list[float] = []
    while len(took) < _RUNS and sum(took) < _LONGEST_S * 1e3:
        begin = time.perf_counter()
        network(inputs[:1])
        took.append((time.perf_counter() - begin) * 1e3)
    return rows, min(took)


def _differences(layout: OutputLayout, rows: FloatArray, wanted: FloatArray) -> dict[str, float]:
    """The largest difference by head, as a part of the head's largest number where that is above one."""
    ours, theirs = layout.split(rows), layout.split(wanted)
    return {
        head: float(np.abs(ours[head] - theirs[head]).max() / max(1.0, np.abs(theirs[head]).max()))
        for head, width in layout.widths.items()
        if width
    }


def _bf16(
    openvino: Any, folder: Path, layout: OutputLayout, inputs: FloatArray, wanted: FloatArray
) -> dict[str, Any] | None:
    """What half precision costs and gains; None where the processor does not compute with them."""
    if not has_bf16():
        return None
    _report(PROGRESS_PREFIX, "measuring it with bfloat16")
    rows, took = _run(openvino, folder, inputs, "bf16")
    return {"ms": took, "difference": _differences(layout, rows, wanted)}


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
