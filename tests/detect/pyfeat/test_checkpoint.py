"""Files that are no weights of py-feat's network are refused by their header, with the difference in words."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from common import environment
from pyfeat_network import LAYOUTS, Network, header_only
from safetensors.numpy import load_file, save_file

from realtime.core.errors import ModelFileError
from realtime.detect.pyfeat import Weights, find_weights
from realtime.detect.pyfeat.checkpoint import read_checkpoint
from realtime.model.hub.cache import sha256_of


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_widths_of_each_layout(tmp_path, layout):
    widths = read_checkpoint(header_only(tmp_path / "w.safetensors", layout))
    older, no_blendshapes = layout == "v2.3", layout in ("v2.3", "v2.4")
    assert widths == {
        "emotion": 8 if older else 7, "au": 24 if older else 20, "va": 2, "gaze": 2, "pose": 6,
        "blendshapes": 0 if no_blendshapes else 52, "mesh": 1434,
    }  # fmt: skip


def test_a_real_one_is_taken_and_named_like_its_prepared_network(prepared_network: Network):
    weights = find_weights(prepared_network.weights.path)
    assert weights == prepared_network.weights
    weights.check()
    assert read_checkpoint(weights.path) == prepared_network.converted.layout.widths


@pytest.mark.parametrize("keep", [0, 4, 100, 5000, -1])
def test_cut_off(tmp_path, keep):
    path = header_only(tmp_path / "w.safetensors")
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(ModelFileError, match=r"(cut off|not a safetensors file).*meshmirror models fetch pyfeat"):
        read_checkpoint(path)


def test_cut_off_in_the_middle_of_the_weights(tmp_path, prepared_network):
    path = tmp_path / "w.safetensors"
    path.write_bytes(prepared_network.weights.path.read_bytes()[:60_000_000])
    with pytest.raises(ModelFileError, match="cut off"):
        find_weights(path)


def test_no_safetensors_at_all(tmp_path):
    path = tmp_path / "w.safetensors"
    path.write_bytes(bytes(range(256)) * 4096)
    with pytest.raises(ModelFileError, match="not a safetensors file"):
        read_checkpoint(path)
    with pytest.raises(ModelFileError, match="cannot be read"):
        read_checkpoint(tmp_path / "missing.safetensors")
    with pytest.raises(ModelFileError, match="cannot be read"):
        read_checkpoint(tmp_path)


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        ({"backbone": "resnet50"}, "its backbone is 'resnet50', expected a ConvNeXt V2"),
        ({"backbone": "hf-hub:somebody/convnextv2_tiny"}, "its backbone is 'hf-hub:"),
        ({"backbone": None}, "its backbone is None"),
        ({"image_size": 256}, "pictures of 256 pixels and 478 landmarks, expected 224 and 478"),
        ({"n_mesh": 468}, "468 landmarks"),
        ({"n_emotion": "7"}, "its head of emotions has 1 outputs, expected '7'"),
        ({"gaze_hidden": 10**9}, "its setting gaze_hidden is 1000000000"),
        ({"gcn_layers": 1e30}, "its setting gcn_layers"),
    ],
)
def test_another_architecture_by_its_settings(tmp_path, config, reason):
    path = header_only(tmp_path / "w.safetensors")
    tensors = load_file(path)
    with_settings(path, tensors, config)
    with pytest.raises(ModelFileError, match=f"no checkpoint of py-feat's multitask network: .*{reason}"):
        read_checkpoint(path)


def with_settings(path: Path, tensors: dict[str, np.ndarray], config: dict[str, object]) -> None:
    settings = {"backbone": "convnextv2_tiny", "image_size": 224, "n_mesh": 478, **LAYOUTS["v2.8"], **config}
    if settings["n_emotion"] == "7":
        tensors["emotion.cls_head.bias"] = tensors["emotion.cls_head.bias"][:1]
    save_file(tensors, path, metadata={"config": json.dumps(settings)})


@pytest.mark.parametrize(
    ("tensor", "shape", "reason"),
    [
        ("sc.s", (12, 512), "head of action units has 12 outputs, expected 20"),
        ("emotion.cls_head.bias", (5,), "head of emotions has 5 outputs, expected 7"),
        ("lmk.mlp.4.bias", (136,), "head of mesh has 136 outputs, expected 1434"),
        ("pose.mlp.4.bias", (), "head of pose has 0 outputs, expected 6"),
        ("blendshape.mlp.2.bias", None, "head of blendshapes has 0 outputs, expected 52"),
        ("backbone.stem_0.bias", None, r"no tensors backbone\.\*"),
    ],
)
def test_heads_that_are_not_what_the_settings_say(tmp_path, tensor, shape, reason):
    path = header_only(tmp_path / "w.safetensors")
    tensors = load_file(path)
    del tensors[tensor]
    if shape is not None:
        tensors[tensor] = np.zeros(shape, dtype=np.float32)
    with_settings(path, tensors, {})
    with pytest.raises(ModelFileError, match=reason):
        read_checkpoint(path)


@pytest.mark.parametrize("about", [None, {}, {"config": "no JSON"}, {"config": "[1]"}, {"config": "[" * 100_000}])
def test_no_settings(tmp_path, about):
    path = header_only(tmp_path / "w.safetensors")
    save_file(load_file(path), path, metadata=about)
    with pytest.raises(ModelFileError, match="no checkpoint of py-feat's multitask network"):
        read_checkpoint(path)


def test_what_py_feat_would_unpickle_is_not_taken(tmp_path):
    path = header_only(tmp_path / "w.safetensors").rename(tmp_path / "w.pt")
    with pytest.raises(ModelFileError, match="must be safetensors"):
        find_weights(path)
    with pytest.raises(ModelFileError, match="no such file"):
        find_weights(tmp_path / "missing.safetensors")


def test_a_changed_file(tmp_path):
    path = header_only(tmp_path / "w.safetensors")
    weights = Weights(path, sha256_of(path)[0])
    weights.check()
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    read_checkpoint(path)  # its header is as it was
    with pytest.raises(ModelFileError, match=r"its SHA-256 is .*, expected .*: the file was changed.*fetch pyfeat"):
        weights.check()


def test_nothing_is_here():
    assert find_weights() is None


def test_a_look_at_a_header_loads_no_weight(prepared_network):
    """166 MB of weights; told by the most memory that a fresh interpreter ever had."""
    pytest.importorskip("resource", reason="needs a system that counts a process's memory")
    code = (
        "import resource, sys\n"
        "from pathlib import Path\n"
        "from realtime.detect.pyfeat.checkpoint import read_checkpoint\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "read_checkpoint(Path(sys.argv[1]))\n"
        "print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)\n"
        "assert 'torch' not in sys.modules\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(prepared_network.weights.path)], capture_output=True, text=True, check=True,
        env=environment(),
    )  # fmt: skip
    assert float(done.stdout) < 50 * (1024 if sys.platform == "darwin" else 1)
