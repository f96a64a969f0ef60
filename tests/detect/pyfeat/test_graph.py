"""The graph that is built without torch: its numbers, and what it refuses in a checkpoint."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_up_weights import STORED, inputs, made_up, write_made_up
from pyfeat_network import LAYOUTS
from safetensors.numpy import load_file, save_file

from realtime.core.errors import ModelFileError
from realtime.core.types import FloatArray
from realtime.detect.openvino_import import import_openvino_without_telemetry
from realtime.detect.pyfeat.architecture import Architecture
from realtime.detect.pyfeat.checkpoint import read_config
from realtime.detect.pyfeat.network_graph import build_graph
from realtime.detect.pyfeat.numpy_network import numpy_row
from realtime.detect.pyfeat.tensors import Tensors, read_tensors

TOLERANCE = 1e-4
USUAL = "v2.8"


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory) -> Path:
    """Weights of today's layout; every test that changes a file makes a copy."""
    return write_made_up(tmp_path_factory.mktemp("made up") / "w.safetensors", LAYOUTS[USUAL])


@pytest.fixture(scope="module")
def stored() -> FloatArray:
    """(2, width): what py-feat's own network says of `inputs` with these weights."""
    with np.load(STORED) as file:
        return file["rows"]


def rows_of(tensors: Tensors, architecture: Architecture) -> FloatArray:
    settings = {"INFERENCE_PRECISION_HINT": "f32"}
    core = import_openvino_without_telemetry().Core()
    network = core.compile_model(build_graph(tensors, architecture), "CPU", settings)
    return np.concatenate([network(one[None])[0].copy() for one in inputs()])


def test_its_numbers_are_py_feats_own(checkpoint, stored):
    """Also where there is no torch: the rows are stored, and `network_checks.py` compares them with py-feat."""
    tensors, architecture = read_tensors(checkpoint), Architecture.of(checkpoint)
    rows = rows_of(tensors, architecture)
    assert rows.shape == (2, architecture.layout.width) == stored.shape
    np.testing.assert_allclose(rows, stored, atol=TOLERANCE)
    plain = np.stack([numpy_row(tensors, architecture, one) for one in inputs()])
    np.testing.assert_allclose(plain, stored, atol=TOLERANCE)
    for head, numbers in architecture.layout.split(stored).items():
        assert np.ptp(numbers, axis=0).max() > 50 * TOLERANCE, head  # another picture is seen


@pytest.mark.parametrize(
    "changed", ["mlp.grn.weight", "mlp.grn.bias", "norm.weight", "norm.bias", "mlp.fc2.bias", "conv_dw.bias"]
)
def test_every_weight_of_a_block_counts(checkpoint, stored, changed):
    """The comparison can fail: one layer that is left out is seen."""
    tensors = read_tensors(checkpoint)
    name = f"backbone.stages_3.blocks.1.{changed}"
    tensors.arrays = dict(tensors.arrays) | {name: np.zeros_like(tensors.arrays[name])}
    row = numpy_row(tensors, Architecture.of(checkpoint), inputs()[0])
    assert np.abs(row - stored[0]).max() > 10 * TOLERANCE


@pytest.mark.parametrize("layout", ["v2.4", "v2.5", "gaze in two layers"])
def test_the_other_layouts_that_are_built_here_are_what_numpy_says(tmp_path, layout):
    path = write_made_up(tmp_path / "w.safetensors", LAYOUTS[layout])
    tensors, architecture = read_tensors(path), Architecture.of(path)
    wanted = numpy_row(tensors, architecture, inputs()[1])
    np.testing.assert_allclose(rows_of(tensors, architecture)[1], wanted, atol=TOLERANCE)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_which_layouts_are_built_here(tmp_path, checkpoint, layout):
    path = with_settings(checkpoint, tmp_path, LAYOUTS[layout])
    assert (Architecture.of(path) is None) == (layout in ("v2.3", "head frame"))


@pytest.mark.parametrize(
    "settings",
    [{"drop_mefl": False}, {"use_head_v3": False}, {"backbone": "convnextv2_nano"}, {"knn_k": 20}, {"knn_k": 0},
     {"mefl_channels": 256}, {"gaze_eye_box_frac": 0.0}, {"gaze_bins": -1}, {"gaze_eye_roi_size": 0}],
)  # fmt: skip
def test_another_architecture_is_not_built_here(tmp_path, checkpoint, settings):
    assert Architecture.of(with_settings(checkpoint, tmp_path, LAYOUTS[USUAL] | settings)) is None


def test_a_setting_of_another_type_is_refused_by_its_name(tmp_path, checkpoint):
    for name, value in (("knn_k", "4"), ("drop_mefl", 1), ("gaze_eye_box_frac", None), ("gaze_bins", 2.5)):
        path = with_settings(checkpoint, tmp_path, LAYOUTS[USUAL] | {name: value})
        with pytest.raises(ModelFileError, match=rf"w\.safetensors: its setting '{name}' is "):
            Architecture.of(path)


def with_settings(checkpoint: Path, folder: Path, settings: dict[str, Any]) -> Path:
    """A file with only the heads' widths that a look at the header compares with these settings."""
    whole = load_file(checkpoint)
    config = read_config(checkpoint) | {"n_au": 24, "n_emotion": 8, "n_blendshape": 0} | settings
    widths = {"sc.s": config["n_au"], "emotion.cls_head.bias": config["n_emotion"],
              "blendshape.mlp.2.bias": config["n_blendshape"]}  # fmt: skip
    kept = ("emotion.va_head.bias", "lmk.mlp.4.bias", "pose.mlp.4.bias", "backbone.stem_0.bias")
    tensors = {name: whole[name] for name in kept}
    tensors |= {name: np.zeros(width, dtype=np.float32) for name, width in widths.items()}
    tensors |= {name: np.zeros(1, dtype=np.float32) for name in ("afg.heads.0.0.bias", "fgg.W.bias", "gaze.left.bias")}
    path = folder / "w.safetensors"
    save_file(tensors, path, metadata={"config": json.dumps(config)})
    return path


def changed(tensors: Tensors, name: str, array: FloatArray | None) -> Tensors:
    arrays = dict(tensors.arrays)
    arrays.pop(name, None)
    return Tensors(tensors.path, arrays if array is None else arrays | {name: array})


@pytest.mark.parametrize(
    "name",
    ["backbone.stages_2.blocks.8.mlp.grn.bias", "afg.heads.19.1.running_var", "fgg.W.weight", "gaze.right.weight",
     "gaze_eye_enc.enc.4.weight", "blendshape.norm_lmk.bias", "proj.weight", "sc.s"],
)  # fmt: skip
def test_a_tensor_that_is_missing_or_has_another_shape_is_named(checkpoint, name):
    tensors, architecture = read_tensors(checkpoint), Architecture.of(checkpoint)
    with pytest.raises(ModelFileError, match=rf"w\.safetensors: the tensor '{name}' is missing"):
        build_graph(changed(tensors, name, None), architecture)
    other = np.zeros((3, *tensors.arrays[name].shape), dtype=np.float32)
    with pytest.raises(ModelFileError, match=rf"w\.safetensors: the tensor '{name}' has shape \(3, .*expected \("):
        build_graph(changed(tensors, name, other), architecture)


def test_a_tensor_without_use_is_named(checkpoint):
    tensors = changed(read_tensors(checkpoint), "mefl.alpha_fam", np.zeros(1, dtype=np.float32))
    with pytest.raises(
        ModelFileError, match=r"w\.safetensors: its settings name no use for the tensor 'mefl.alpha_fam"
    ):
        build_graph(tensors, Architecture.of(checkpoint))


def written(path: Path, kind: str, numbers: FloatArray, raw: bytes) -> Path:
    """A safetensors file of one tensor 'x' behind another, by its format's description."""
    entries = {"first": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]},
               "x": {"dtype": kind, "shape": list(numbers.shape), "data_offsets": [4, 4 + len(raw)]}}  # fmt: skip
    header = json.dumps(entries).encode()
    path.write_bytes(len(header).to_bytes(8, "little") + header + np.float32(7).tobytes() + raw)
    return path


def test_numbers_of_other_types_are_read(tmp_path):
    numbers = made_up("x", (5, 3))
    for kind, dtype, error in (("F32", "<f4", 0), ("F64", "<f8", 0), ("F16", "<f2", 2**-11)):
        path = written(tmp_path / "w.safetensors", kind, numbers, numbers.astype(dtype).tobytes())
        read = read_tensors(path).take("x", 5, 3)
        assert read.dtype == np.float32
        np.testing.assert_allclose(read, numbers, rtol=error, atol=error * 2**-14)
    upper = numbers.view(np.uint32) & 0xFFFF0000
    raw = (upper >> 16).astype("<u2").tobytes()
    read = read_tensors(written(tmp_path / "w.safetensors", "BF16", numbers, raw)).take("x", 5, 3)
    np.testing.assert_array_equal(read, upper.view(np.float32))


@pytest.mark.parametrize(("kind", "dtype"), [("I32", "<i4"), ("BOOL", "?"), ("F8_E4M3", "u1")])
def test_a_type_that_is_no_weights_is_named(tmp_path, kind, dtype):
    numbers = np.ones((2, 2), dtype=dtype)
    path = written(tmp_path / "w.safetensors", kind, numbers, numbers.tobytes())
    with pytest.raises(ModelFileError, match=rf"w\.safetensors: the tensor 'x' is of type {kind}, expected F32"):
        read_tensors(path)


@pytest.mark.parametrize(("kind", "value"), [("F32", np.nan), ("F32", np.inf), ("F64", 1e300)])
def test_numbers_that_are_not_finite_are_refused(tmp_path, kind, value):
    numbers = np.full((2, 2), value, dtype="<f4" if kind == "F32" else "<f8")
    path = written(tmp_path / "w.safetensors", kind, numbers, numbers.tobytes())
    with pytest.raises(ModelFileError, match=r"w\.safetensors: the tensor 'x' holds numbers that are not finite"):
        read_tensors(path)


def test_a_file_that_is_cut_off(tmp_path, checkpoint):
    path = tmp_path / "w.safetensors"
    shutil.copyfile(checkpoint, path)
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size - 1)
    with pytest.raises(ModelFileError, match=r"w\.safetensors: the file is cut off"):
        read_tensors(path)
    with pytest.raises(ModelFileError, match="cannot be read"):
        read_tensors(tmp_path / "missing.safetensors")
