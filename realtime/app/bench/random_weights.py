"""A file of weights for py-feat's network that are random: as fast as the published ones, without torch and py-feat."""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import numpy as np

from realtime.core.config import Config
from realtime.core.process import Notify
from realtime.core.types import FloatArray
from realtime.core.user_folders import HOME
from realtime.detect.pyfeat.architecture import Architecture
from realtime.detect.pyfeat.network_graph import build_graph
from realtime.detect.pyfeat.tensors import Tensors
from realtime.detect.pyfeat.weights import Weights, find_weights
from realtime.model.hub.cache import sha256_of

# What py-feat 2.1.2 and later download (v2.8), with as many numbers as the published file has: 41,694,779.
LAYOUT: Mapping[str, Any] = {
    "n_au": 20, "n_emotion": 7, "n_blendshape": 52, "use_head_v3": True, "drop_mefl": True, "mesh_normalized": True,
    "gaze_eye_roi": True, "gaze_pose_6d": True, "gaze_bins": 180,
}  # fmt: skip
Kind = Literal["installed", "random"]
Tensor = Callable[[str, tuple[int, ...]], FloatArray]


def bench_weights(config: Config, folder: Path, notify: Notify) -> tuple[Weights, Kind]:
    """The installed weights; else random ones of the same layout, which take the same time, written into `folder`."""
    found = find_weights(config.detect.pyfeat_weights)
    if found is not None:
        return found, "installed"
    notify("py-feat's weights are not installed: using random ones of the same layout, which take the same time")
    path = write_checkpoint(folder / "random.safetensors", LAYOUT, random_tensor)
    return Weights(path, sha256_of(path)[0]), "random"


@contextmanager
def own_home(folder: Path) -> Iterator[None]:
    """The program's folders in a temporary one, for this process and those that it starts."""
    before = os.environ.get(HOME)
    os.environ[HOME] = str(folder)
    try:
        yield
    finally:
        if before is None:
            del os.environ[HOME]
        else:
            os.environ[HOME] = before


def write_checkpoint(path: Path, settings: Mapping[str, Any], tensor: Tensor) -> Path:
    """A checkpoint as py-feat writes one: of these of its settings, with all tensors that this network has.

    `tensor` makes one of its name and its shape, float32.
    """
    from safetensors.numpy import save_file

    maker = _Maker(tensor)
    build_graph(maker, Architecture(**settings))
    tensors: dict[str, Any] = dict(maker.made)
    for index in range(settings["n_au"]):
        tensors[f"afg.heads.{index}.1.num_batches_tracked"] = np.array(7, dtype=np.int64)
    heads = ("mesh", "pose", "emotion", "va", "gaze", *(("blendshape",) if settings.get("n_blendshape") else ()))
    tensors |= {f"log_var_{head}": np.zeros((), dtype=np.float32) for head in heads}
    tensors["log_var_au"] = np.zeros(settings["n_au"], dtype=np.float32)
    config = {"backbone": "convnextv2_tiny.fcmae_ft_in22k_in1k", "image_size": 224, "n_mesh": 478, **settings}
    save_file(tensors, path, metadata={"config": json.dumps(config)})
    return path


def random_tensor(name: str, shape: tuple[int, ...]) -> FloatArray:
    """Weights that keep the size of what passes through a layer; norms change nothing."""
    if name == "lmk.mlp.4.bias":
        return np.full(shape, 0.5, np.float32)  # a mesh within the picture, so that there are eyes to look at
    if len(shape) < 2:
        return np.full(shape, float(name.endswith(("weight", "running_var"))), np.float32)
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    spread = (3.0 / float(np.prod(shape[1:]))) ** 0.5
    return rng.uniform(-spread, spread, shape).astype(np.float32)


class _Maker(Tensors):
    """What the graph's builder takes for a checkpoint: it gets whatever it asks for."""

    def __init__(self, tensor: Tensor) -> None:
        super().__init__(Path(), {})
        self.made: dict[str, FloatArray] = {}
        self._tensor = tensor

    def take(self, name: str, *shape: int) -> FloatArray:
        self.made[name] = self._tensor(name, shape)
        return self.made[name]
