"""py-feat itself, timed in a process of its own: it takes seconds to import, and torch keeps the cores busy.

Run as `python -m realtime.app.bench.pyfeat_process`: answers a line of JSON to every line on stdin.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from realtime.core.types import ByteArray, FloatArray


class PyFeat:
    """`Detectorv2` on frames (n, height, width, 3) uint8 with the boxes (n, 4) of their faces."""

    def __init__(self, frames: ByteArray, boxes: FloatArray, weights: Path) -> None:
        import feat.detector_v2
        import torch
        from feat.data import TensorDataset
        from feat.face_detectors.Retinaface.Retinaface_test import Retinaface
        from torch.utils.data import DataLoader

        self.detector_weights = "installed"
        try:
            self._detector = feat.detector_v2.Detectorv2("cpu", identity_model=None, multitask_weights=str(weights))
        except Exception:  # RetinaFace's weights are on the hub only, and nothing is downloaded here
            # Untrained it finds faces everywhere or nowhere; without candidates to sort it is faster than the real one.
            self.detector_weights = "random"
            feat.detector_v2.Retinaface = lambda device: Retinaface(device, confidence_threshold=2.0, pretrained="none")
            self._detector = feat.detector_v2.Detectorv2("cpu", identity_model=None, multitask_weights=str(weights))
        images = torch.from_numpy(frames).permute(0, 3, 1, 2).contiguous()
        self._batches = list(DataLoader(TensorDataset(images), batch_size=1))
        self._boxes = [torch.from_numpy(box[None].astype(np.float32)) for box in boxes]

    def whole(self, at: int) -> None:
        """RetinaFace, crop, network, Fex: what `Detectorv2.detect` does of one frame, without identities."""
        batch = self._batches[at]
        self._detector.forward(self._detector.detect_faces(batch["Image"]), batch)

    def tracked(self, at: int) -> None:
        """The same with a known box: what pyfeat-live does between two detections."""
        batch = self._batches[at]
        self._detector.forward(self._detector.crop_faces_from_boxes(batch["Image"], self._boxes[at]), batch)


def main() -> None:
    """`FRAMES.npz WEIGHTS`: the seconds that each frame took, for every line on stdin."""
    os.environ.update(HF_HUB_OFFLINE="1", HF_HUB_DISABLE_TELEMETRY="1")
    paths = sys.argv[1:]
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # py-feat and torch print
    given = np.load(paths[0])
    pyfeat = PyFeat(given["frames"], given["boxes"], Path(paths[1]))
    ways = {"whole": pyfeat.whole, "tracked": pyfeat.tracked}
    for way in ways.values():
        way(0)  # the first call is slower
    print(json.dumps({"detector_weights": pyfeat.detector_weights}), file=answers, flush=True)
    for _ in sys.stdin:
        taken = {name: [_seconds(way, at) for at in range(len(given["frames"]))] for name, way in ways.items()}
        print(json.dumps(taken), file=answers, flush=True)


def _seconds(way: Callable[[int], None], at: int) -> float:
    start = time.perf_counter()
    way(at)
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
