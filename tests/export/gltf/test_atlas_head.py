"""A model as a head with morph targets."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from common import Runner, environment
from glb_reader import read_glb

from realtime import load_model
from realtime.core.config import load_config
from realtime.core.errors import UsageError
from realtime.export.figures.atlas_options import AtlasOptions
from realtime.export.gltf.atlas_head import make_atlas_head
from realtime.export.gltf.head_shape import CANTHAL_M, HeadShape
from realtime.geometry import CanonicalFrame

SETTINGS = load_config(None, [], {"model.names": "emotion@built-in"})


def metres(model, meshes):
    """Meshes (..., 478, 3) in the file's axes and unit, by the definition of the canonical frame."""
    frame = CanonicalFrame.of(model.mean_mesh)
    return (meshes - frame.origin) @ frame.axes.T / frame.unit * CANTHAL_M


@pytest.mark.parametrize("name", ["emotion@built-in", "au@v4"])
def test_the_landmarks_are_those_of_the_model_at_any_weights(name: str, tmp_path: Path) -> None:
    settings = load_config(None, [], {"model.names": name})
    report = make_atlas_head(settings, AtlasOptions(tmp_path / "face.glb"), print).to_json()
    model, glb = load_model(name), read_glb(tmp_path / "face.glb")
    names = glb.names(model.name)
    assert names == report["targets"] == [one for one in model.feature_columns if one != "neutral"]
    rng = np.random.default_rng(3)
    for weights in (np.zeros(len(names)), *np.eye(len(names)), rng.uniform(0, 1.5, len(names))):
        given = dict(zip(names, weights, strict=True))
        full = glb.json["scenes"][0]["extras"]["feature_at_weight_1"]
        features = {key: value * full[key] for key, value in given.items()}
        if "neutral" in model.feature_columns:
            features["neutral"] = 1.0 - weights.sum()
        wanted = metres(model, model.predict_unlimited(features))[:468]
        found = glb.landmarks(model.name, weights)
        assert np.abs(found - wanted).max() < 1e-6, "a micrometre"
    left, right = (metres(model, model.mean_mesh)[at] for at in (263, 33))
    assert np.linalg.norm(left - right) == pytest.approx(0.09) and left[0] > 0 > right[0]
    assert report["metres_per_unit"] == pytest.approx(0.09 / CanonicalFrame.of(model.mean_mesh).unit)
    assert "size" not in report and "scale" not in report


def test_between_the_landmarks_the_surface_follows_closely(tmp_path: Path) -> None:
    """At half of a weight the divided surface differs from the window's by less than a tenth of a millimetre."""
    model = load_model("emotion@built-in")
    shape, neutral = HeadShape(model.mean_mesh), model.predict_neutral()
    for name in ("surprise", "happiness", "disgust"):
        moved = model.predict({name: 1.0}) - neutral
        whole, half, base = (shape.points(neutral + share * moved)[0].positions for share in (1.0, 0.5, 0.0))
        assert np.abs(0.5 * (whole + base) - half).max() < 1e-4


def test_every_part_looks_forward_and_its_normals_are_those_of_its_triangles(tmp_path: Path) -> None:
    make_atlas_head(SETTINGS, AtlasOptions(tmp_path / "face.glb"), print)
    glb = read_glb(tmp_path / "face.glb")
    primitives = glb.json["meshes"][0]["primitives"]
    assert [material["name"] for material in glb.json["materials"]] == ["skin", "eyes", "irises", "mouth"]
    for primitive in primitives:
        surprised = primitive["targets"][glb.names("emotion@built-in").index("surprise")]  # the mouth is open
        points, normals = (
            glb.array(primitive["attributes"][name]) + glb.array(surprised[name]) for name in ("POSITION", "NORMAL")
        )
        triangles = glb.array(primitive["indices"]).reshape(-1, 3)
        a, b, c = (points[triangles[:, corner]].astype(float) for corner in range(3))
        across = np.cross(b - a, c - a)
        area = np.linalg.norm(across, axis=1)
        seen = area > 0.05 * area.max()
        if primitive is primitives[3]:  # the inside of the mouth is seen from its axis
            inward = np.einsum("ij,ij->i", (points[:40].mean(axis=0) - a)[:, :2], across[:, :2])
            assert (inward[seen] > 0).mean() > 0.8
        else:
            assert (across[:, 2] > 0)[seen].mean() > 0.9, "counter-clockwise seen from the front"
        agree = np.einsum("ij,ij->i", across / np.maximum(area, 1e-30)[:, None], normals[triangles[:, 0]])
        assert np.mean(agree[seen] > 0.3) > 0.95
        assert np.allclose(np.linalg.norm(normals, axis=1), 1, atol=1e-3)
        assert len(np.unique(triangles)) == len(points) == len(glb.array(primitive["attributes"]["COLOR_0"]))


def test_an_iris_lies_on_its_eye_and_no_lid_lies_over_it(tmp_path: Path) -> None:
    model = load_model("au@v4")
    shape = HeadShape(model.mean_mesh)
    for features in ({}, {"AU43": 1.0}, {"AU05": 1.0}):
        mesh = model.predict(features)
        _, eyes, irises, _ = shape.points(mesh)
        for side, (iris, ball) in enumerate(
            zip(np.split(irises.positions, 2), np.split(eyes.positions, 2), strict=True)
        ):
            rows = ball.reshape(5, 17, 3)
            low, high = rows[0], rows[-1]
            order = np.argsort(low[:, 0])
            lids = np.array([np.interp(iris[:, 0], lid[order, 0], lid[order, 1]) for lid in (low, high)])
            assert (iris[:, 1] >= lids.min(axis=0) - 3e-4).all() and (iris[:, 1] <= lids.max(axis=0) + 3e-4).all(), side
            assert rows[..., 0].min() <= iris[:, 0].min() and iris[:, 0].max() <= rows[..., 0].max()
            assert iris[:, 2].max() < rows[..., 2].max() + 1e-3 and iris[:, 2].min() > rows[..., 2].min() - 1e-3


def test_the_command_writes_a_head_and_keeps_what_is_there(meshmirror: Runner, tmp_path: Path) -> None:
    for wanted in ("face.glb", "face_2.glb"):
        done = meshmirror("atlas", "--model", "au@v4", "--features", "AU12,au6", "--out", "face.glb", "--json")
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["outputs"] == [wanted]
        assert read_glb(tmp_path / wanted).names("au@v4") == ["AU12", "AU06"]
    assert "face.glb exists and is kept" in " ".join(done.stderr.split())
    done = meshmirror("atlas", "--out", "face.glb")
    assert done.returncode == 0 and "6 morph targets" in done.stdout


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"arrows": True}, "--arrows is for pictures"),
        ({"views": ("side",)}, "--views is for pictures"),
        ({"seconds": 3.0}, "--seconds is for pictures"),
        ({"features": ("neutral",)}, "neutral is the face that others start from"),
        ({"features": ("hapiness",)}, "Did you mean 'happiness'"),
    ],
)
def test_what_belongs_to_no_head_is_refused(options: dict[str, object], told: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=told):
        make_atlas_head(SETTINGS, AtlasOptions(tmp_path / "face.glb", **options), print)
    assert list(tmp_path.iterdir()) == []


def test_a_head_needs_no_window_and_no_opengl(tmp_path: Path) -> None:
    code = (
        "import sys; from realtime.cli import entry; "
        f"code = entry.run(['atlas', '--out', {str(tmp_path / 'face.glb')!r}]); "
        "print(code, [name for name in ('moderngl', 'glfw', 'imgui_bundle') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment(), capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.splitlines()[-1] == "0 []"
