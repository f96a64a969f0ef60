"""The fit beside another implementation of PLS regression, the package `ikpls`, which needs a numpy of its own."""

import subprocess
import sys
import venv

import numpy as np
import pytest

from realtime.dataset.design import inputs
from realtime.dataset.pls import fit_pls
from realtime.dataset.regression import fit
from realtime.geometry.statistics import Statistics

PREDICT = """
import sys
import numpy as np
from ikpls.numpy import PLS

given = np.load(sys.argv[1])
components = int(sys.argv[3])
model = PLS(algorithm=2)
model.fit(given["x"], given["y"], components)
np.save(sys.argv[2], model.predict(given["x"], n_components=components))
"""


@pytest.fixture(scope="module")
def ikpls(tmp_path_factory):
    """The Python of a virtual environment with ikpls, or a skip where it cannot be installed."""
    place = tmp_path_factory.mktemp("ikpls") / "venv"
    venv.create(place, with_pip=True)
    python = place / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    install = [python, "-m", "pip", "install", "--quiet", "--retries", "1", "--timeout", "20", "ikpls>=6.1,<7"]
    done = subprocess.run(install, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"ikpls cannot be installed, is a package registry reachable? {done.stderr.strip()[-300:]}")
    return python


@pytest.mark.slow
@pytest.mark.parametrize("components", [10, 27])
def test_predictions_equal_those_of_ikpls(ikpls, tmp_path, components):
    """At the rank and before it, on emotions of a softmax in single precision: they sum to one but for its rounding."""
    rng = np.random.default_rng(12)
    logits = (rng.normal(size=(3000, 7)) * 1.5).astype(np.float32)
    emotions = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    pose = (rng.normal(size=(3000, 3)) * 0.2).astype(np.float32)
    assert emotions.dtype == np.float32 and np.abs(emotions.sum(axis=1, dtype=np.float64) - 1).max() > 1e-8
    as_stored = inputs(emotions, pose, probabilities=False)  # collinear up to single precision
    y = as_stored @ rng.normal(size=(31, 90)) + rng.normal(size=(3000, 90)) * 2 + rng.normal(size=90) * 100
    np.savez(tmp_path / "given.npz", x=as_stored, y=y)
    script = tmp_path / "predict.py"
    script.write_text(PREDICT)
    arguments = [script, tmp_path / "given.npz", tmp_path / "predicted.npy", str(components)]
    subprocess.run([ikpls, "-I", *arguments], check=True, capture_output=True)

    x = inputs(emotions, pose, probabilities=True)
    statistics = Statistics.of(x, y.reshape(-1, 30, 3))
    found = fit_pls(statistics, components)
    assert found.rank == 27 and found.components == components
    expected, sd = np.load(tmp_path / "predicted.npy"), y.std(axis=0)

    def apart(rows):
        mine = x @ rows.coef.reshape(31, -1) + rows.intercept.reshape(-1)
        return (np.abs(mine - expected) / sd).max()

    print(f"{components} components: {apart(found):.1e} of an output's standard deviation")
    assert apart(found) < 1e-6
    assert (apart(fit(statistics)) < 1e-6) == (components == 27)  # least squares at the rank, and only there
