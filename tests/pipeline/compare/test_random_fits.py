"""The null of a fit: the same as fits to whole meshes, the same models for every recording, mergeable."""

from __future__ import annotations

import numpy as np
import pytest

from realtime import load_model
from realtime.geometry.random_fields import random_alike
from realtime.model import Inverse, LinearMeshModel
from realtime.pipeline.compare.random_fits import MODELS, RandomFits, floor_null
from realtime.pipeline.compare.scoring import Scored

N = 12


@pytest.fixture()
def rng() -> np.random.Generator:
    return np.random.default_rng(20240611)


def _scored(model: LinearMeshModel, rng: np.random.Generator) -> Scored:
    """Faces that the model makes, but for half of their movement."""
    k = len(model.feature_columns)
    features = rng.dirichlet(np.full(k, 0.3), N) if k == 7 else rng.uniform(0.0, 1.0, (N, k))
    rest = model.predict_neutral().astype(np.float64)
    moved = model.predict(features).astype(np.float64) - rest + 0.002 * rng.normal(size=(N, 478, 3))
    inverse, floors = Inverse(model), []
    for face in moved:
        apart = rest + face - model.predict(inverse.solve((rest + face).astype(np.float32)))
        floors.append(float((apart**2).sum()))
    columns = {
        "sse_adjusted": np.full(N, np.nan),
        "floor_sse_adjusted": np.array(floors),
        "own_neutral_sse": np.einsum("nvc,nvc->n", moved, moved),
    }
    nothing = np.zeros((N, 0, 3))
    return Scored(
        np.ones(N, bool), nothing, nothing, nothing, nothing, nothing, features, np.zeros((N, 3)), moved, columns,
        np.zeros((N, 6)), np.zeros((N, 478)),
    )  # fmt: skip


@pytest.mark.parametrize("name", ["emotion@built-in", "au@v4"])
def test_the_level_is_that_of_fits_to_whole_meshes(name: str, rng: np.random.Generator) -> None:
    model = load_model(name)
    scored = _scored(model, rng)
    fits = RandomFits(Inverse(model), N)
    fits.add(scored, np.ones(N, bool), np.arange(N))
    arrays = fits.arrays()
    assert arrays["weight"] == 1.0 and arrays["sums"][-1] == N
    same, inverse = np.random.default_rng(1992), Inverse(model)
    rest = model.predict_neutral().astype(np.float64)
    for found in arrays["sums"][:2]:
        faces = rest + random_alike(scored.moved, same)
        fitted = [model.predict(inverse.solve(face)) for face in faces]
        assert found == pytest.approx(float(((faces - fitted) ** 2).sum()), rel=1e-4)
    null = floor_null([arrays])
    assert null is not None and null.frames == N
    assert null.skill > 0.9 > null.highest >= null.median >= null.lowest and null.p == 1 / (1 + MODELS)


def test_recordings_count_by_their_frames(rng: np.random.Generator) -> None:
    model = load_model("emotion@built-in")
    scored = _scored(model, rng)
    every = RandomFits(Inverse(model), N)
    every.add(scored, np.ones(N, bool), np.arange(N))
    some = RandomFits(Inverse(model), 10 * 40)  # one frame in ten
    some.add(scored, np.arange(N) != 0, np.arange(N))
    arrays = some.arrays()
    assert arrays["sums"][-1] == 1 and arrays["weight"] == N - 1
    one, both = floor_null([every.arrays()]), floor_null([every.arrays(), every.arrays()])
    assert one is not None and both is not None and both.skill == pytest.approx(one.skill) and both.frames == 2 * N
    nothing = RandomFits(Inverse(model), N)
    assert floor_null([nothing.arrays()]) is None and floor_null([]) is None
