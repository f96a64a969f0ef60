"""Crop, network and names beside the installed py-feat's own.

Run by `test_against_pyfeat.py` in a process of its own, since it loads torch. Nothing of py-feat is replaced: its
`Detectorv2` is put together without RetinaFace and ArcFace, whose weights only the hub has, and its own methods are
called.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from common import clip
from made_up_weights import STORED, write_made_up
from made_up_weights import inputs as made_up_inputs
from pyfeat_network import LAYOUTS, make
from safetensors import safe_open

from realtime.capture import open_source
from realtime.core.errors import ModelFileError, NetworkError
from realtime.core.types import ByteArray, FloatArray
from realtime.detect import largest_face, open_tracker
from realtime.detect.pyfeat import convert as conversion
from realtime.detect.pyfeat.convert import TOLERANCE, convert
from realtime.detect.pyfeat.converted import ConvertedNetwork
from realtime.detect.pyfeat.crop import Crop, face_box
from realtime.detect.pyfeat.eye_regions import eye_region
from realtime.detect.pyfeat.openvino_runtime import OpenVinoRuntime
from realtime.detect.pyfeat.output_layout import OutputLayout
from realtime.detect.pyfeat.pyfeat_network import layout_of, load_multitask
from realtime.detect.pyfeat.torch_runtime import TorchRuntime
from realtime.detect.pyfeat.weights import Weights
from realtime.model.hub.cache import sha256_of

try:
    import torch
    import torchvision.ops
    from feat.detector_v2 import Detectorv2
    from feat.multitask import inference
    from feat.multitask.inference import MultitaskModel
    from feat.utils import MP_BLENDSHAPE_NAMES
    from safetensors.torch import save_file
except (ImportError, OSError) as cause:  # OSError: a torch whose libraries are not there
    pytest.skip(f"py-feat cannot be imported here: {cause}", allow_module_level=True)

PICTURES = ("single_face.jpg", "0-f1-su-ph.jpg", "0-f15-hao-ph.jpg", "15-f13-anc-ph.jpg", "45-m7-di-ph.jpg")


@dataclass(frozen=True)
class Face:
    """A picture (height, width, 3) uint8 RGB and the box (x1, y1, x2, y2) of its face."""

    image: ByteArray
    box: FloatArray

    @property
    def crop(self) -> Crop:
        return Crop.of_box(self.box, (self.image.shape[1], self.image.shape[0]))

    @property
    def ours(self) -> FloatArray:
        """(1, 3, 224, 224)"""
        return self.crop.network_input(self.crop.patch(self.image))[None]

    @property
    def batch(self) -> torch.Tensor:
        """As py-feat's loader gives a picture."""
        return torch.from_numpy(self.image.copy()).permute(2, 0, 1)[None]

    @property
    def theirs(self) -> list[dict[str, Any]]:
        """py-feat's chip, 256 x 256, and the square that it is of."""
        return Detectorv2.crop_faces_from_boxes(detector(None), self.batch, torch.from_numpy(self.box).float()[None])


def detector(multitask: Any) -> Detectorv2:
    """A Detectorv2 that has all but what finds and recognises faces."""
    made = Detectorv2.__new__(Detectorv2)
    torch.nn.Module.__init__(made)
    made.device = torch.device("cpu")
    made.face_size = 256
    made.multitask = multitask
    made.identity_detector = None
    made._idx68 = torch.arange(68)
    return made


@pytest.fixture(scope="module")
def faces() -> list[Face]:
    """Five pictures and some frames of a clip, each with the box that stands for RetinaFace's."""
    found = []
    tracker = open_tracker("bundled")
    for name in (*PICTURES, "WolfgangLanger_Pexels.mp4"):
        with open_source(str(clip(name))) as source:
            for frame in source:
                landmarks = largest_face(tracker.track_all(frame))
                if landmarks is not None and frame.index % 60 == 0:
                    found.append(Face(frame.image, face_box(landmarks.points_px)))
    tracker.close()
    assert len(found) >= 10
    return found


NOISE = np.random.default_rng(5).integers(0, 256, (360, 640, 3), dtype=np.uint8)
BOXES = {
    "inside": (200, 50, 330, 220),
    "a broad one": (200, 50, 470, 220),
    "over the corner": (-60, -80, 130, 170),
    "over the other corner": (500, 200, 760, 520),
    "larger than the picture": (-300, -300, 900, 900),
    "of 20 pixels": (300, 100, 316.5, 120.25),
    "less than a pixel": (300, 100, 300.25, 100.5),
    "beside the picture": (-1500, -900, -1200, -500),
}


@pytest.mark.parametrize("box", BOXES.values(), ids=BOXES)
def test_the_chip_of_noise(box):
    same_chip(Face(NOISE, np.array(box, dtype=np.float64)))


@pytest.mark.parametrize("size", [(37, 41), (2, 2), (1, 1), (1080, 1920)])
def test_the_chip_of_pictures_of_all_sizes(size):
    image = np.random.default_rng(6).integers(0, 256, (*size, 3), dtype=np.uint8)
    same_chip(Face(image, np.array([0.1, 0.2, 0.8, 0.9]) * [size[1], size[0], size[1], size[0]]))


def test_the_chip_and_the_input_of_real_faces(faces):
    mean, std = (torch.tensor(three).view(3, 1, 1) for three in (inference.IMAGENET_MEAN, inference.IMAGENET_STD))
    has = SimpleNamespace(device=torch.device("cpu"), _mean=mean, _std=std)
    for face in faces:
        same_chip(face)
        wanted = MultitaskModel.preprocess(has, face.theirs[0]["faces"]).numpy()
        np.testing.assert_allclose(face.ours, wanted, atol=2e-3)  # a third of a grey value, divided by 0.22


def same_chip(face: Face) -> None:
    crop, (theirs,) = face.crop, face.theirs
    patch = crop.patch(face.image)
    assert max(patch.shape[:2]) <= 512 and patch.flags.c_contiguous
    np.testing.assert_allclose(crop.chip(patch), theirs["faces"][0].numpy(), atol=1 / 255)
    square = [crop.origin_x, crop.origin_y, crop.origin_x + crop.side, crop.origin_y + crop.side]
    np.testing.assert_allclose(theirs["new_boxes"][0].numpy(), square, rtol=1e-5, atol=1e-3)


def test_the_comparison_of_chips_can_fail():
    """A shift by a tenth of a pixel is seen."""
    face = Face(NOISE, np.array(BOXES["inside"], dtype=np.float64))
    moved = replace(face.crop, origin_x=face.crop.origin_x + 0.1)
    difference = np.abs(moved.chip(moved.patch(NOISE)) - face.theirs[0]["faces"][0].numpy())
    assert difference.max() > 5 / 255


def test_the_matrices_are_roi_align():
    rng = torch.Generator().manual_seed(1)
    for bins, samples, side in ((4, 1, 40.3), (4, 2, 100.0), (3, 1, 30.0), (7, 2, 200.0)):
        features = torch.randn(2, 5, 14, 14, generator=rng)
        for shift in (0, 60, 200, -80, 400):
            first = torch.rand(2, 2, generator=rng) * 224 + shift - side / 2
            boxes = torch.cat([torch.tensor([[0.0], [1.0]]), first, first + side], dim=1)
            wanted = torchvision.ops.roi_align(features, boxes, bins, 1 / 16, aligned=True)
            torch.testing.assert_close(eye_region(features, boxes, bins, 1 / 16, samples), wanted, atol=1e-5, rtol=0)


@dataclass(frozen=True)
class Pair:
    """One checkpoint: py-feat's own network, and ours."""

    layout: str
    multitask: Any
    weights: Weights
    converted: ConvertedNetwork
    runtime: OpenVinoRuntime


USUAL = "v2.8"  # the layout of the network that users have; the others are compared in the long form


@pytest.fixture(scope="module")
def usual(tmp_path_factory) -> Path:
    """A checkpoint of that layout."""
    path = tmp_path_factory.mktemp("usual") / "w.safetensors"
    make(path, USUAL)
    return path


@pytest.fixture(
    scope="module", params=[pytest.param(name, marks=() if name == USUAL else pytest.mark.slow) for name in LAYOUTS]
)
def pair(request, usual, tmp_path_factory) -> Pair:
    folder = tmp_path_factory.mktemp("network")
    path = usual if request.param == USUAL else folder / "w.safetensors"
    if path != usual:
        make(path, request.param)
    weights = Weights(path, sha256_of(path)[0])
    convert(path, weights.sha256, folder)
    about = json.loads((folder / "about.json").read_text())
    multitask = MultitaskModel(weights_path=str(path))
    converted = ConvertedNetwork(folder, OutputLayout.from_json(**about["heads"]), about)
    return Pair(request.param, multitask, weights, converted, OpenVinoRuntime(converted))


@dataclass(frozen=True)
class Request:
    """A face, what py-feat makes of it, and our row of py-feat's own chip."""

    face: Face
    cut: list[dict[str, Any]]  # py-feat's chip and square
    out: Any  # py-feat's MultitaskOutput
    row: FloatArray  # (1, width)


@pytest.fixture(scope="module")
def asked(pair, faces) -> list[Request]:
    answers = []
    for face in faces[1:5]:
        cut = face.theirs
        chip = cut[0]["faces"]
        answers.append(
            Request(face, cut, pair.multitask(chip), pair.runtime.run(pair.multitask.preprocess(chip).numpy()))
        )
    return answers


def test_heads_are_named_by_the_checkpoint(pair):
    layout = pair.converted.layout
    assert layout == layout_of(pair.multitask)
    older = pair.layout == "v2.3"
    assert (len(layout.emotions), len(layout.action_units)) == ((8, 24) if older else (7, 20))
    assert layout.emotions[:4] == ("Neutral", "Happy", "Sad", "Surprise") and ("Contempt" in layout.emotions) == older
    assert layout.blendshapes == (() if pair.layout in ("v2.3", "v2.4") else tuple(MP_BLENDSHAPE_NAMES))
    assert layout.mesh_side == (224 if pair.layout in ("v2.3", "v2.4") else 1)


def test_all_outputs_are_py_feats_own_on_the_same_chip(pair, asked):
    largest = dict.fromkeys(pair.converted.layout.widths, 0.0)
    for one in asked:
        out, ours = one.out, pair.converted.layout.split(one.row)
        va = np.stack([out.valence, out.arousal], axis=1)
        wanted = {"emotion": out.emotion, "au": out.au, "va": va, "gaze": out.gaze, "pose": out.pose}
        for head, numbers in wanted.items():
            largest[head] = max(largest[head], float(np.abs(ours[head] - numbers).max()))
        mesh = np.abs(ours["mesh"] - out.mesh478.reshape(1, -1)).max() / pair.converted.layout.mesh_side
        largest["mesh"] = max(largest["mesh"], float(mesh))
        if pair.converted.layout.blendshapes:
            difference = np.abs(ours["blendshapes"] - out.blendshapes).max()
            largest["blendshapes"] = max(largest["blendshapes"], float(difference))
    print(pair.layout, {head: f"{value:.1e}" for head, value in largest.items()})
    assert max(largest.values()) <= TOLERANCE


def test_several_rows_are_py_feats_own_batch(pair, asked):
    chips = torch.cat([one.cut[0]["faces"] for one in asked])
    out = pair.multitask(chips)
    rows = pair.converted.layout.split(pair.runtime.run(pair.multitask.preprocess(chips).numpy()))
    for head, numbers in (("emotion", out.emotion), ("au", out.au), ("gaze", out.gaze), ("pose", out.pose)):
        np.testing.assert_allclose(rows[head], numbers, atol=TOLERANCE)
    mesh = rows["mesh"].reshape(out.mesh478.shape) / pair.converted.layout.mesh_side
    np.testing.assert_allclose(mesh, out.mesh478 / pair.converted.layout.mesh_side, atol=TOLERANCE)


def test_the_rows_that_are_stored_are_py_feats_own(tmp_path):
    """Those that the graph is compared with where there is no torch (`test_graph.py`)."""
    path = write_made_up(tmp_path / "w.safetensors", LAYOUTS[USUAL])
    with np.load(STORED) as stored:
        rows = TorchRuntime(Weights(path, sha256_of(path)[0]), "cpu").run(made_up_inputs())
        np.testing.assert_allclose(rows, stored["rows"], atol=TOLERANCE / 10)


def test_faces_differ_by_much_more_than_that(pair, asked):
    """The comparison can fail: another face, and the same with two heads exchanged, are far off."""
    rows = np.concatenate([one.row for one in asked])
    for head, numbers in pair.converted.layout.split(rows).items():
        if numbers.shape[1]:
            assert np.ptp(numbers, axis=0).max() > 20 * TOLERANCE, head


def test_what_is_written_beside_it(pair):
    about = pair.converted.about
    assert max(about["f32"]["difference"].values()) <= TOLERANCE and about["f32"]["ms"] > 0
    assert about["weights_sha256"] == pair.weights.sha256
    assert about["config"] == vars(pair.multitask.cfg)
    by_torch = pair.layout in ("v2.3", "head frame")
    assert ("torch" in about["versions"]) == by_torch
    assert pair.converted.reference == ("py-feat's own numbers" if by_torch else "the same network in numpy")
    if about["bf16"] is not None:
        assert about["bf16"]["difference"].keys() == about["f32"]["difference"].keys()
        assert 0 < max(about["bf16"]["difference"].values()) < 0.5


def test_decoded_they_are_the_columns_of_fex(pair, asked):
    for one in asked:
        face = one.face
        height, width = face.image.shape[:2]
        none = torch.zeros(1)
        loaded = {"Image": face.batch, "Scale": torch.ones(1),
                  "Padding": {"Left": none, "Top": none, "Right": none, "Bottom": none}}  # fmt: skip
        fex = detector(lambda _, out=one.out: out).forward(one.cut, loaded).iloc[0]
        assert (fex["FrameWidth"], fex["FrameHeight"]) == (width, height)
        out = pair.converted.layout.decode(one.row[0], face.crop, 12)

        def same(ours: Any, *columns: str, scale: float = 1.0, fex: Any = fex) -> None:
            wanted = fex[list(columns)].to_numpy(dtype=np.float64)
            np.testing.assert_allclose(ours, wanted, atol=TOLERANCE * scale, rtol=1e-6)

        same([out.pose.pitch, out.pose.roll, out.pose.yaw, *out.translation], "Pitch", "Roll", "Yaw", "X", "Y", "Z")
        same([out.gaze_pitch, out.gaze_yaw], "gaze_pitch", "gaze_yaw")
        same([out.valence, out.arousal], "valence", "arousal")
        for named in (out.emotions, out.action_units, out.blendshapes or {}):
            same(list(named.values()), *named)
        assert out.blendshapes is not None or fex[list(MP_BLENDSHAPE_NAMES)].isna().all()
        assert out.stamp_ns == 12 and out.mesh_px.dtype == np.float32
        crop, side = face.crop, pair.converted.layout.mesh_side
        numbers = range(478)
        if side == 1:
            same(out.mesh_px[:, 0], *(f"mesh_x_{i}" for i in numbers), scale=crop.side)
            same(out.mesh_px[:, 1], *(f"mesh_y_{i}" for i in numbers), scale=crop.side)
        else:  # py-feat takes the 224 of an older checkpoint for 1
            same((out.mesh_px[:, 0] - crop.origin_x) * side + crop.origin_x, *(f"mesh_x_{i}" for i in numbers),
                 scale=crop.side * side)  # fmt: skip
        same(out.mesh_px[:, 2] / crop.side * side, *(f"mesh_z_{i}" for i in numbers), scale=side)


def test_from_the_picture_on_they_are_py_feats_own(pair, asked):
    """With our own crop the input differs by the rounding of the samples' positions, and the answers hardly."""
    for one in asked:
        ours, theirs = (pair.converted.layout.split(row) for row in (pair.runtime.run(one.face.ours), one.row))
        for head in ("emotion", "au", "va", "pose"):
            np.testing.assert_allclose(ours[head], theirs[head], atol=1e-3)


def test_torch_gives_the_same_rows(pair, asked):
    inputs = np.concatenate([one.face.ours for one in asked[:2]])
    ours = TorchRuntime(pair.weights, "cpu")
    assert ours.layout == pair.converted.layout and ours.name.startswith("torch ") and ours.name.endswith(", CPU, f32")
    rows, through_openvino = ours.run(inputs), pair.runtime.run(inputs)
    scale = np.maximum(1, np.abs(rows).max())
    np.testing.assert_allclose(rows, through_openvino, atol=TOLERANCE * scale)
    ours.close()
    ours.close()


def test_torch_with_half_the_bits_is_py_feats_amp(usual):
    chips = torch.rand(2, 3, 256, 256, generator=torch.Generator().manual_seed(3))
    theirs = MultitaskModel(weights_path=str(usual), amp=True)
    weights = Weights(usual, sha256_of(usual)[0])
    ours = TorchRuntime(weights, "cpu", "bf16")
    rows = ours.layout.split(ours.run(theirs.preprocess(chips).numpy()))
    out = theirs(chips)
    np.testing.assert_array_equal(rows["emotion"], out.emotion)
    np.testing.assert_array_equal(rows["au"], out.au)
    np.testing.assert_array_equal(rows["mesh"], out.mesh478.reshape(2, -1))
    if not torch.cuda.is_available():
        with pytest.raises(NetworkError, match="torch cannot use 'cuda'"):
            TorchRuntime(weights, "cuda")


@pytest.mark.slow
def test_a_checkpoint_that_py_feat_does_not_take(usual, tmp_path, monkeypatch):
    monkeypatch.setitem(LAYOUTS, "17 action units", LAYOUTS["v2.4"] | {"n_au": 17})
    path = tmp_path / "w.safetensors"
    make(path, "17 action units")
    with pytest.raises(ModelFileError, match=r"'au': 17.*py-feat names .*'au': 24"):
        convert(path, "", tmp_path)
    with safe_open(usual, framework="pt") as file:
        about, tensors = file.metadata(), {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    for broken, reason in (
        ({name: tensor for name, tensor in tensors.items() if name != "fgg.W.weight"}, "1 missing, 0 unexpected"),
        (tensors | {"another": torch.zeros(2)}, "0 missing, 1 unexpected"),
        (tensors | {"fgg.W.weight": torch.zeros(2, 2)}, "size mismatch"),
    ):
        save_file(broken, path, metadata=about)
        with pytest.raises(ModelFileError, match=reason):
            load_multitask(path)
    save_file(tensors | {"fgg.W.weight": torch.full((512, 512), torch.nan)}, path, metadata=about)
    with pytest.raises(ModelFileError, match="not finite"):
        convert(path, "", tmp_path)
    with pytest.raises(ModelFileError, match=r"must end in \.safetensors"):
        load_multitask(path.rename(tmp_path / "w.pt"))


def test_another_network_than_py_feats_is_not_accepted(usual, tmp_path, monkeypatch):
    """Nothing is as near as this, so that the comparison is seen to refuse."""
    monkeypatch.setattr(conversion, "TOLERANCE", 1e-9)
    with pytest.raises(
        NetworkError,
        match=r"does not compute py-feat's network as it should: '\w+' differs by .* from the same network in numpy",
    ):
        convert(usual, "", tmp_path)
    assert not (tmp_path / "about.json").exists()


def test_a_row_that_is_not_finite_is_refused():
    layout = OutputLayout(emotions=("Neutral",), action_units=("AU01",), blendshapes=())
    row = np.zeros(layout.width, dtype=np.float32)
    row[3] = np.inf
    with pytest.raises(ModelFileError, match="not finite"):
        layout.decode(row, Crop(0, 0, 1, 10, 10), 0)
