"""Weights of py-feat's network that are made up by numpy: the same on every machine, and no norm is an identity.

Run as a program it writes what py-feat's own network says with them, to `tests/data/pyfeat_rows.npz`; that needs torch.
"""

from __future__ import annotations

import re
import sys
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from realtime.app.bench.random_weights import write_checkpoint

STORED = Path(__file__).resolve().parents[1] / "data" / "pyfeat_rows.npz"
NORM = re.compile(
    r"(norm\w*|grn|stem_1|downsample\.0|heads\.\d+\.1|enc\.[14])\.(weight|bias|running_mean|running_var)$"
)


def made_up(name: str, shape: tuple[int, ...]) -> np.ndarray:
    """A tensor by its name alone; RandomState's numbers are the same in every numpy."""
    random = np.random.RandomState(zlib.crc32(name.encode())).random_sample(shape).astype(np.float32) * 2 - 1
    if norm := NORM.search(name):
        layer, part = norm.groups()
        if part == "running_var" or (part == "weight" and layer != "grn"):
            return 1 + 0.4 * random
        return 0.4 * random
    if name == "lmk.mlp.4.bias":
        return 0.5 + 0.4 * random  # a mesh within the picture, so that there are eyes
    if name.endswith(".bias"):
        return 0.1 * random
    return random * np.float32((3 / np.prod(shape[1:])) ** 0.5)


def write_made_up(path: Path, settings: dict[str, Any]) -> Path:
    """A checkpoint as py-feat writes one, with these of its settings and all tensors that the network has."""
    return write_checkpoint(path, settings, made_up)


def inputs() -> np.ndarray:
    """(2, 3, 224, 224) float32."""
    random = np.random.RandomState(5).random_sample((2, 3, 14, 14)).astype(np.float32) * 4 - 2
    return random.repeat(16, axis=2).repeat(16, axis=3)


def main() -> None:
    import tempfile

    import torch
    from pyfeat_network import LAYOUTS

    from realtime.detect.pyfeat.pyfeat_network import load_multitask, row_of

    with tempfile.TemporaryDirectory() as folder:
        network = load_multitask(write_made_up(Path(folder) / "w.safetensors", LAYOUTS["v2.8"])).model
    with torch.inference_mode():
        rows = row_of(network(torch.from_numpy(inputs()))).numpy()
    np.savez_compressed(STORED, rows=rows)
    print(rows.shape, f"{STORED.stat().st_size} bytes", file=sys.stderr)


if __name__ == "__main__":
    main()
