"""py-feat's multitask network with weights that are made up: the real architecture, and files such as py-feat writes.

Run as a program it makes one file: `python tests/support/pyfeat_network.py FILE LAYOUT`. That is done in a process of
its own, since this project's tests also draw with llvmpipe, beside which torch's triton crashes.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from common import contacts, environment
from made_up_weights import NORM, made_up

from realtime.core.resources import pyfeat_file
from realtime.core.user_folders import user_folder
from realtime.detect.pyfeat import ConvertedNetwork, Weights, find_converted, find_weights

_V24 = {"n_au": 20, "n_emotion": 7, "use_head_v3": True, "drop_mefl": True, "emotion_use_au_prob": True}
_V25 = _V24 | {"n_blendshape": 52, "mesh_normalized": True}
_EYES = {"gaze_eye_roi": True, "gaze_pose_6d": True}
LAYOUTS: dict[str, dict[str, Any]] = {
    # 24 action units, 8 emotions, edge features between all pairs of units: a minute's work with the real 512 channels.
    "v2.3": {"use_head_v3": True, "afg_channels": 128, "mefl_channels": 128},
    "v2.4": _V24,
    "v2.5": _V25,
    # As many numbers as the published file's, 41,694,779: no other settings were found that come to that.
    "v2.8": _V25 | _EYES | {"gaze_bins": 180, "emotion_use_au_prob": False},
    "gaze in two layers": _V25 | _EYES | {"gaze_hidden": 256, "gaze_bins": 90},
    "head frame": _V25 | _EYES | {"gaze_head_frame": True},
}


# By which the weights of each head's last layer are multiplied.
FACTORS = {
    "lmk.mlp.4": 2,
    "pose.mlp.4": 10,
    "emotion.cls_head": 3,
    "gaze.left.weight": 15,
    "gaze.right.weight": 15,
    "gaze.left.2": 30,
    "gaze.right.2": 30,
    "blendshape.mlp.2": 3,
}
PREPARE = """
import sys
from pathlib import Path
import numpy as np
from realtime.detect.pyfeat import find_weights, open_runtime
runtime = open_runtime(find_weights(Path(sys.argv[1])), "cpu", notify=print)
assert np.isfinite(runtime.run(np.zeros((2, 3, 224, 224), np.float32))).all()
"""
CANNOT_IMPORT = 77
NAME = "face_multitask_v28.safetensors"


@dataclass(frozen=True)
class Network:
    """A checkpoint of the layout of v2.8, prepared in the tests' own folders."""

    weights: Weights
    converted: ConvertedNetwork
    contacts: list[str] | None  # what was contacted while it was prepared and asked; None where nobody watched


def made_checkpoint(folder: Path, layout: str = "v2.8") -> Path:
    """A file of weights in a folder, under the name that py-feat's has."""
    path = folder / NAME
    command = [sys.executable, __file__, str(path), layout]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=300, check=False)
    if done.returncode == CANNOT_IMPORT:
        pytest.skip(f"py-feat cannot be imported here: {done.stderr.strip().splitlines()[-1]}")
    assert done.returncode == 0, done.stderr[-2000:]
    return path


def make_and_prepare(folder: Path) -> None:
    """A checkpoint, prepared for this machine in a home in this folder, as a user would; `opened` finds it there."""
    path = made_checkpoint(folder)
    command = [sys.executable, "-c", PREPARE, str(path)]
    home = str(folder / "home")
    seen = None
    if sys.platform.startswith("linux") and shutil.which("strace"):
        seen = contacts(command, folder, MESHMIRROR_HOME=home)
    else:
        subprocess.run(command, env=environment() | {"MESHMIRROR_HOME": home}, check=True, timeout=300)
    (folder / "contacts.json").write_text(json.dumps(seen))


def opened(folder: Path) -> Network:
    """What `make_and_prepare` left there, with a copy of the prepared network in the folders that are set."""
    shutil.copytree(folder / "home" / "cache" / "pyfeat", user_folder("cache") / "pyfeat")
    weights = find_weights(folder / NAME)
    assert weights is not None
    converted = find_converted(weights.sha256)
    assert converted is not None
    return Network(weights, converted, json.loads((folder / "contacts.json").read_text()))


def header_only(path: Path, layout: str = "v2.8", padding: int = 0) -> Path:
    """A small file that has a checkpoint's header and heads, and none of its other weights."""
    from safetensors.numpy import save_file

    settings = {"backbone": "convnextv2_tiny.fcmae_ft_in22k_in1k", "image_size": 224, "n_mesh": 478, "n_au": 24,
                "n_emotion": 8, "n_blendshape": 0, "mesh_normalized": False}  # fmt: skip
    settings |= LAYOUTS[layout]
    widths = {
        "sc.s": settings["n_au"], "emotion.cls_head.bias": settings["n_emotion"], "emotion.va_head.bias": 2,
        "lmk.mlp.4.bias": 1434, "pose.mlp.4.bias": 6, "blendshape.mlp.2.bias": settings["n_blendshape"],
        "backbone.stem_0.bias": 96, "afg.heads.0.0.weight": 512, "fgg.W.weight": 512, "gaze.left.0.bias": 256,
    }  # fmt: skip
    tensors = {name: np.zeros(width, dtype=np.float32) for name, width in widths.items() if width}
    if padding:
        tensors["padding"] = np.resize(np.arange(256, dtype=np.uint8), padding)
    save_file(tensors, path, metadata={"config": json.dumps(settings)})
    return path


def make(path: Path, layout: str) -> None:
    """Build the network as py-feat does, and save it as py-feat does."""
    import torch
    from feat.multitask.model_v2 import MEGraphAUv2, ModelV2Config
    from safetensors.torch import save_file

    torch.manual_seed(2026)
    config = ModelV2Config(pretrained=False, **LAYOUTS[layout])
    network = MEGraphAUv2(config)
    _enliven(network, config)
    tensors = {name: tensor.contiguous() for name, tensor in network.state_dict().items()}
    save_file(tensors, path, metadata={"config": json.dumps(asdict(config))})


def _enliven(network: Any, config: Any) -> None:
    """New weights say almost the same of every picture; these tell faces apart, and their mesh is one of a face."""
    import torch

    with np.load(pyfeat_file("resources/au_to_mesh_pls_v4.npz"), allow_pickle=False) as model:
        mesh = model["mean_aligned_mesh"] * [1, -1, -1]
    mesh = 0.5 + 0.7 * (mesh - mesh.mean(axis=0)) / np.ptp(mesh[:, 1])
    side = 1.0 if config.mesh_normalized else config.image_size
    state = network.state_dict()
    with torch.no_grad():
        for name, factor in FACTORS.items():
            for tensor in (tensor for key, tensor in state.items() if key.startswith(name) and "weight" in key):
                tensor.mul_(factor)
        for name in filter(NORM.search, state):
            state[name].copy_(torch.from_numpy(made_up(name, tuple(state[name].shape))))
        state["lmk.mlp.4.weight"].mul_(side)
        state["lmk.mlp.4.bias"].copy_(torch.from_numpy(mesh.astype(np.float32).ravel() * side))


if __name__ == "__main__":
    try:
        make(Path(sys.argv[1]), sys.argv[2])
    except (ImportError, OSError) as cause:  # OSError: a torch whose libraries are not there
        print(cause, file=sys.stderr)
        sys.exit(CANNOT_IMPORT)
