"""The closed-form similarity: known transforms come back, and what has no answer gets none."""

from __future__ import annotations

import subprocess
import sys
import warnings
from importlib.util import find_spec

import numpy as np
import pytest

from realtime.core.types import Similarity
from realtime.geometry import fit_similarity


def naive_umeyama(src, dst, weights):
    """Umeyama 1991, equations 40 to 42, by loops over points."""
    total = sum(weights)
    mean_a = sum(w * a for w, a in zip(weights, src, strict=True)) / total
    mean_b = sum(w * b for w, b in zip(weights, dst, strict=True)) / total
    covariance, variance = np.zeros((3, 3)), 0.0
    for w, a, b in zip(weights, src, dst, strict=True):
        covariance += w / total * np.outer(b - mean_b, a - mean_a)
        variance += w / total * float((a - mean_a) @ (a - mean_a))
    u, d, vt = np.linalg.svd(covariance)
    s = np.diag([1.0, 1.0, -1.0 if np.linalg.det(covariance) < 0 else 1.0])
    rotation = u @ s @ vt
    scale = np.trace(np.diag(d) @ s) / variance
    return scale, rotation, mean_b - scale * rotation @ mean_a


def is_nan(found: Similarity) -> bool:
    return bool(np.isnan(found.scale).all() and np.isnan(found.rotation).all() and np.isnan(found.translation).all())


def test_known_transforms_come_back_over_batches(rng, random_rotation):
    rotation = np.array([[random_rotation(rng) for _ in range(40)] for _ in range(5)])
    scale = np.exp(rng.uniform(-7, 7, (5, 40)))
    translation = rng.normal(size=(5, 40, 3)) * 500
    src = rng.normal(size=(5, 40, 12, 3)) * 10
    dst = Similarity(scale, rotation, translation).apply(src)
    found = fit_similarity(src, dst)
    np.testing.assert_allclose(found.scale, scale, rtol=1e-9)
    np.testing.assert_allclose(found.rotation, rotation, atol=1e-9)
    np.testing.assert_allclose(found.apply(src), dst, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(found.inverse().apply(dst), src, rtol=1e-8, atol=1e-8)
    one = fit_similarity(src[2, 3], dst[2, 3])
    assert one.scale.shape == () and one.rotation.shape == (3, 3) and one.translation.shape == (3,)
    np.testing.assert_allclose(one.rotation, found.rotation[2, 3], atol=1e-12)


def test_one_target_for_a_batch_of_sources(rng):
    src, dst = rng.normal(size=(7, 12, 3)), rng.normal(size=(12, 3))
    found = fit_similarity(src, dst)
    for at in range(7):
        np.testing.assert_allclose(found.scale[at], fit_similarity(src[at], dst).scale, rtol=1e-12)


def test_a_large_batch_equals_its_members(rng, random_rotation):
    """Well-spanned shapes take another way in a large batch; flat, mirrored, collinear and broken ones do not."""
    mean = rng.normal(size=(12, 3))
    src = mean + rng.normal(size=(300, 12, 3)) * rng.choice([1e-3, 0.3, 3.0], size=(300, 1, 1))
    src = src @ np.array([random_rotation(rng) for _ in src])
    src[:40, :, 2] *= np.logspace(-9, 0, 40)[:, None]  # ever flatter
    src[40:60] *= [1.0, 1.0, -1.0]
    src[60:63] = np.outer(np.arange(12.0), [1.0, 2.0, 3.0])
    src[63:66], src[66, 3, 1] = 5.0, np.nan
    src[70:80] *= np.logspace(-150, 100, 10)[:, None, None]
    found = fit_similarity(src, mean)
    for at in range(300):
        one = fit_similarity(src[at], mean)
        np.testing.assert_allclose(found.scale[at], one.scale, rtol=1e-11)
        np.testing.assert_allclose(found.rotation[at], one.rotation, atol=1e-11)
        np.testing.assert_allclose(found.translation[at], one.translation, rtol=1e-9, atol=1e-9)
    assert np.isnan(found.scale[60:67]).all() and np.isfinite(found.scale[:60]).all()


def test_agrees_with_a_naive_implementation(rng):
    for _ in range(50):
        src, dst, weights = rng.normal(size=(9, 3)), rng.normal(size=(9, 3)), rng.uniform(0.1, 3, 9)
        scale, rotation, translation = naive_umeyama(src, dst, weights)
        found = fit_similarity(src, dst, weights)
        np.testing.assert_allclose(found.scale, scale, rtol=1e-9)
        np.testing.assert_allclose(found.rotation, rotation, atol=1e-9)
        np.testing.assert_allclose(found.translation, translation, atol=1e-9)


def test_no_other_similarity_fits_better(rng, random_rotation):
    from scipy.spatial.transform import Rotation

    src, dst, weights = rng.normal(size=(12, 3)), rng.normal(size=(12, 3)), rng.uniform(0, 1, 12)
    best = fit_similarity(src, dst, weights)

    def loss(fit):
        return float((weights * ((fit.apply(src) - dst) ** 2).sum(axis=1)).sum())

    for _ in range(300):
        turn = Rotation.from_rotvec(rng.normal(size=3) * 0.05).as_matrix()
        other = Similarity(
            best.scale * np.exp(rng.normal() * 0.05), turn @ best.rotation, best.translation + rng.normal(size=3) * 0.05
        )
        assert loss(other) >= loss(best)


def test_weights_count_like_repeated_points(rng):
    src, dst, times = rng.normal(size=(8, 3)), rng.normal(size=(8, 3)), rng.integers(1, 6, 8)
    repeated = fit_similarity(np.repeat(src, times, axis=0), np.repeat(dst, times, axis=0))
    weighted = fit_similarity(src, dst, times)
    np.testing.assert_allclose(weighted.rotation, repeated.rotation, atol=1e-10)
    np.testing.assert_allclose(weighted.scale, repeated.scale, rtol=1e-10)
    np.testing.assert_allclose(weighted.translation, repeated.translation, atol=1e-10)
    assert abs(weighted.scale - fit_similarity(src, dst).scale) > 1e-3  # the weights matter here


def test_a_point_without_weight_does_not_count(rng):
    src, dst = rng.normal(size=(8, 3)), rng.normal(size=(8, 3))
    weights = np.array([1, 1, 1, 1, 1, 1, 1, 0])
    np.testing.assert_allclose(fit_similarity(src, dst, weights).scale, fit_similarity(src[:7], dst[:7]).scale)


def test_never_a_reflection(rng):
    src = rng.normal(size=(500, 12, 3))
    found = fit_similarity(src, src * [-1.0, 1.0, 1.0])
    np.testing.assert_allclose(np.linalg.det(found.rotation), 1.0, atol=1e-9)
    np.testing.assert_allclose(
        np.linalg.det(fit_similarity(src, rng.normal(size=(500, 12, 3))).rotation), 1.0, atol=1e-9
    )
    assert (found.scale > 0).all()


def test_planar_points_have_an_answer(rng, random_rotation):
    src = rng.normal(size=(12, 3)) * [1, 1, 0]
    rotation = random_rotation(rng)
    found = fit_similarity(src, 3.0 * src @ rotation.T + 5)
    np.testing.assert_allclose(found.rotation, rotation, atol=1e-9)


@pytest.mark.parametrize("kind", ["coincident", "collinear", "two", "nan", "inf", "huge", "zero"])
def test_degenerate_input_gives_nan_without_a_warning(kind, rng):
    good = rng.normal(size=(12, 3))
    bad = {
        "coincident": np.array([100.1, 1 / 3, 7]) * np.ones((12, 1)),
        "collinear": np.outer(rng.normal(size=12), [1.0, 2.0, 0.3]) + 17.3,
        "two": good[[0, 1] * 6],
        "nan": np.where(np.arange(36).reshape(12, 3) == 17, np.nan, good),
        "inf": np.where(np.arange(36).reshape(12, 3) == 17, np.inf, good),
        "huge": good * 1e200,
        "zero": np.zeros((12, 3)),
    }[kind]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert is_nan(fit_similarity(bad, good))
        assert is_nan(fit_similarity(good, bad))
        if kind != "huge":
            assert is_nan(fit_similarity(bad.astype(np.float32), good))
        both = fit_similarity(np.stack([bad, good]), good)
    assert np.isnan(both.scale[0]) and both.scale[1] == pytest.approx(1.0)  # a bad one does not spoil its batch


@pytest.mark.parametrize(
    "weights", [[0] * 12, [1, 1] + [0] * 10, [-1.0] + [1] * 11, [np.nan] + [1] * 11, [np.inf] * 12]
)
def test_impossible_weights_give_nan_without_a_warning(weights, rng):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert is_nan(fit_similarity(rng.normal(size=(12, 3)), rng.normal(size=(12, 3)), weights))


@pytest.mark.parametrize(
    ("src", "dst", "weights"),
    [
        ((12, 3), (11, 3), None),
        ((12, 2), (12, 2), None),
        ((3,), (3,), None),
        ((0, 3), (0, 3), None),
        ((12, 3), (12, 3), (11,)),
    ],
)
def test_wrong_shapes_raise(src, dst, weights):
    with pytest.raises(ValueError, match="must"):
        fit_similarity(np.zeros(src), np.zeros(dst), None if weights is None else np.ones(weights))


PY_FEAT = """
import importlib.util, sys, types, numpy as np, torch
package = types.ModuleType("feat")  # without what the package itself imports, which takes as long as all the rest
package.__path__ = importlib.util.find_spec("feat").submodule_search_locations
sys.modules["feat"] = package
from feat.utils.face_pose import umeyama_alignment
given = np.load(sys.argv[1])
found = umeyama_alignment(torch.from_numpy(given["src"]), torch.from_numpy(given["dst"]))
np.savez(sys.argv[2], **dict(zip(("rotation", "translation", "scale"), (x.numpy() for x in found))))
"""


@pytest.mark.skipif(find_spec("torch") is None, reason="needs torch (extra 'pyfeat')")
def test_agrees_with_py_feat(rng, random_rotation, tmp_path):
    """In a process of its own (5 s): torch and Mesa's llvmpipe bring an LLVM each, which do not bear each other."""
    src = rng.normal(size=(64, 12, 3))
    dst = rng.normal(size=(64, 12, 3))
    dst[:32] = src[:32] @ random_rotation(rng).T * 2.5 + rng.normal(size=3)
    dst[:16] *= [-1.0, 1.0, 1.0]
    given, answer = tmp_path / "given.npz", tmp_path / "answer.npz"
    np.savez(given, src=src, dst=dst)
    subprocess.run([sys.executable, "-c", PY_FEAT, given, answer], check=True, timeout=300)
    with np.load(answer) as py_feat:
        rotation, translation, scale = (py_feat[name] for name in ("rotation", "translation", "scale"))
    found = fit_similarity(src, dst)
    np.testing.assert_allclose(found.rotation, rotation, atol=1e-9)
    np.testing.assert_allclose(found.scale, scale, rtol=1e-9)
    np.testing.assert_allclose(found.translation, translation, atol=1e-9)
