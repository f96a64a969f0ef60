"""Inputs of the classifier `appearance` for which LiteRT's answers are stored, and the command that stores them.

The answers in tests/data/appearance-reference.json were made once, with ai-edge-litert 2.3.0 (pip install
ai-edge-litert numpy, in an environment of its own):

    python tests/support/appearance_inputs.py emotion_model_quantized.tflite > tests/data/appearance-reference.json
"""

from __future__ import annotations

import json
import sys

import numpy as np
import numpy.typing as npt

SIDE = 64


def pictures() -> npt.NDArray[np.uint8]:
    """(32, 64, 64) grey: noise, gradients, and ellipses where eyes, brows and a mouth are; no person."""
    rows: list[npt.NDArray[np.float64]] = []
    down, across = np.mgrid[0:SIDE, 0:SIDE] / (SIDE - 1)
    for seed in range(8):  # from fine to coarse
        block = 1 << (seed % 4)
        coarse = np.random.RandomState(seed).randint(0, 256, (SIDE // block, SIDE // block))
        rows.append(np.kron(coarse, np.ones((block, block))))
    for turn in range(8):
        angle = np.pi * turn / 4
        rows.append(127.5 + 180 * (np.cos(angle) * (across - 0.5) + np.sin(angle) * (down - 0.5)))
    rng = np.random.RandomState(100)
    features = ((0.3, 0.38, 0.1, 0.04), (0.7, 0.38, 0.1, 0.04), (0.3, 0.27, 0.13, 0.02), (0.7, 0.27, 0.13, 0.02),
                (0.5, 0.75, 0.18, 0.05))  # fmt: skip
    for _ in range(16):
        image = np.full((SIDE, SIDE), 170.0)
        for x, y, width, height in features:
            at = x + rng.uniform(-0.04, 0.04), y + rng.uniform(-0.06, 0.06)
            size = width * rng.uniform(0.6, 1.5), height * rng.uniform(0.5, 3)
            image[((across - at[0]) / size[0]) ** 2 + ((down - at[1]) / size[1]) ** 2 < 1] = rng.uniform(10, 90)
        rows.append(image)
    return np.clip(np.rint(rows), 0, 255).astype(np.uint8)


def network_inputs() -> npt.NDArray[np.float32]:
    """(32, 1, 64, 64, 1) float32 in -1..1 of these."""
    scaled = (pictures().astype(np.float32) / 255 - 0.5) * 2
    return scaled[:, None, :, :, None]


def _answers(file: str) -> list[list[float]]:
    from ai_edge_litert.interpreter import Interpreter

    network = Interpreter(model_path=file, num_threads=1)
    network.allocate_tensors()
    given, answer = network.get_input_details()[0]["index"], network.get_output_details()[0]["index"]
    found = []
    for one in network_inputs():
        network.set_tensor(given, one)
        network.invoke()
        found.append([round(float(value), 6) for value in network.get_tensor(answer)[0]])
    return found


if __name__ == "__main__":
    rows = ",\n  ".join(json.dumps(row) for row in _answers(sys.argv[1]))
    print(f'{{"made with": "ai-edge-litert 2.3.0, XNNPACK, one thread", "answers": [\n  {rows}\n]}}')
