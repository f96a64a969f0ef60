"""The depth of au@v4 and what is composed from it: scaled as a whole, once, and for no other file."""

from __future__ import annotations

import numpy as np
import pytest

from realtime.core.errors import UsageError
from realtime.core.resources import pyfeat_file
from realtime.geometry import fit_similarity
from realtime.geometry.canonical_face import canonical_face
from realtime.model import load_model
from realtime.model.file import read_model, write_model

FACTOR = 1 / 1.1524489
POSE = {"Pitch": 0.1, "Yaw": -0.2, "Roll": 0.05}


@pytest.mark.parametrize("name", ["au@v4", "emotion@built-in"])
def test_all_of_the_frame_is_scaled_about_the_anchors_mean(name):
    filed, model = load_model(name, frame="as-filed"), load_model(name)
    center = filed.anchors[:, 2].astype(np.float64).mean()

    def scaled(mesh):
        wanted = mesh.astype(np.float64)
        wanted[..., 2] = center + FACTOR * (wanted[..., 2] - center)
        return wanted

    for attribute in ("mean_mesh", "neutral_mesh", "anchors"):
        np.testing.assert_allclose(getattr(model, attribute), scaled(getattr(filed, attribute)), atol=2e-5)
    inputs = np.random.default_rng(1).random((20, len(filed.feature_columns)))
    angles = np.random.default_rng(2).normal(0, 0.2, (20, 3))
    np.testing.assert_allclose(model.predict(inputs, angles), scaled(filed.predict(inputs, angles)), atol=1e-4)
    assert model.depth_factor == pytest.approx(FACTOR) and filed.depth_factor == 1.0
    assert "Depth corrected" in model.card and "Depth corrected" not in filed.card


def test_the_whole_fit_is_scaled_too(tmp_path):
    filed = load_model("au@v4", frame="as-filed")
    rows = np.random.default_rng(3).normal(0, 1, (60, 1434))
    write_model(filed.replaced(coef_full=np.vstack([filed.coef, rows])), tmp_path / "full.npz")
    model = load_model(tmp_path / "full.npz")
    assert model.has_interactions
    both = [one.predict({"AU12": 1.0}, POSE).astype(np.float64) for one in (read_model(tmp_path / "full.npz"), model)]
    center = filed.anchors[:, 2].astype(np.float64).mean()
    np.testing.assert_allclose(both[1][:, 2], center + FACTOR * (both[0][:, 2] - center), atol=1e-4)


def test_which_file_it_is_decides_its_card_or_hash_and_never_its_look(tmp_path, v5_arrays):
    path = pyfeat_file("resources/au_to_mesh_pls_v4.npz")
    assert load_model(path).depth_factor != 1.0  # by its hash, under any name
    filed = load_model("au@v4", frame="as-filed")
    cards = {filed.card: True, "au_to_mesh_pls_v5 (Detectorv2 v2.8)": False, "au_to_mesh_pls_v40": False, "": False}
    for card, corrected in cards.items():
        write_model(filed.replaced(card=card, sha256=""), tmp_path / "a.npz")
        assert (load_model(tmp_path / "a.npz").depth_factor != 1.0) is corrected, card
    np.savez(tmp_path / "v5.npz", **v5_arrays)
    v5 = load_model(tmp_path / "v5.npz", labels="as-filed")
    np.testing.assert_array_equal(v5.mean_mesh, v5_arrays["mean_aligned_mesh"])


@pytest.mark.parametrize("name", ["au@v4", "emotion@built-in"])
def test_a_file_written_from_a_corrected_model_is_not_corrected_again(tmp_path, name):
    model = load_model(name)
    write_model(model, tmp_path / "again.npz")
    again = load_model(tmp_path / "again.npz")
    np.testing.assert_array_equal(again.coef, model.coef)
    np.testing.assert_array_equal(again.anchors, model.anchors)
    assert again.depth_factor == 1.0  # of its file, which has the corrected depth


def test_an_unknown_frame_is_refused():
    with pytest.raises(UsageError, match="frame = 'deep' is not known"):
        load_model("au@v4", frame="deep")  # type: ignore[arg-type]


def test_it_is_nearer_to_mediapipes_canonical_face():
    """Best similarity over all 468 vertices: without the correction the depth alone is half of what is left."""
    left = []
    for frame in ("as-filed", "corrected"):
        mean = load_model("au@v4", frame=frame).mean_mesh[:468].astype(np.float64)
        moved = fit_similarity(canonical_face(), mean).apply(canonical_face())
        left.append(float(((moved - mean) ** 2).sum()))
    assert left[1] < 0.75 * left[0]
