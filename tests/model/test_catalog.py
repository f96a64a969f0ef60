"""The model that needs no download, and models by name."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from huggingface_hub import constants

from realtime.core.errors import ModelFileError
from realtime.core.resources import pyfeat_file
from realtime.core.types import Pose
from realtime.model import load_model
from realtime.model.catalog import MODEL_NAMES, catalogue
from realtime.model.file import write_model
from realtime.model.hub import MODELS

_CHECKOUT = Path(__file__).resolve().parents[2]


@pytest.fixture()
def no_cache(monkeypatch, tmp_path):
    """A Hugging Face cache with nothing in it, and nothing on record."""
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return tmp_path / "hub"


def test_built_in_moves_what_an_emotion_moves():
    """Smiling widens the mouth and lifts its corners, surprise opens it and lifts the brows, sadness lowers them."""
    model = load_model("emotion@built-in")
    neutral = model.neutral_mesh

    def corners(mesh):
        return mesh[[61, 291], 1].mean() - mesh[[13, 14], 1].mean()

    happy, surprised, sad = (model.predict({name: 1.0}) for name in ("happiness", "surprise", "sadness"))
    assert np.ptp(happy[[61, 291], 0]) > np.ptp(neutral[[61, 291], 0]) + 5
    assert corners(happy) > corners(neutral) > corners(sad)
    assert surprised[13, 1] - surprised[14, 1] > neutral[13, 1] - neutral[14, 1] + 3
    assert (surprised[[105, 334], 1] - neutral[[105, 334], 1]).min() > 2


def test_built_in_saves_as_a_file(tmp_path):
    model = load_model("emotion@built-in")
    write_model(model, tmp_path / "built-in.npz")
    back = load_model(tmp_path / "built-in.npz")
    np.testing.assert_array_equal(
        back.predict({"Happy": 0.5}, Pose(0.1, 0, 0)), model.predict({"Happy": 0.5}, Pose(0.1, 0, 0))
    )


def test_auto_is_the_built_in_where_nothing_is_cached(no_cache):
    assert load_model().name == load_model("auto").name == "emotion@built-in"
    for name in ("emotion@v6", "emotion@v5", "au@v6", "au@v5", "au@v2", "blendshape@v6", "blendshape@v5"):
        with pytest.raises(ModelFileError, match=rf"not on this machine.*models fetch {name}`.*emotion@built-in"):
            load_model(name)


def test_auto_is_v6_where_it_is_cached(no_cache, v5_arrays, write):
    revision = "0" * 40
    repo = no_cache / "models--py-feat--emotion_to_mesh"
    snapshot = repo / "snapshots" / revision
    snapshot.mkdir(parents=True)
    (repo / "refs").mkdir()
    (repo / "refs" / "main").write_text(revision)
    (snapshot / "emotion_to_mesh_pls_v6.npz").write_bytes(write(v5_arrays).read_bytes())
    for name in ("auto", "emotion@v6"):
        model = load_model(name)
        assert model.name == "emotion@v6" and model.path.parent == snapshot and len(model.sha256) == 64
        np.testing.assert_array_equal(model.coef, v5_arrays["coef"])
    (snapshot / "emotion_to_mesh_pls_v6.npz").write_bytes(b"hurt")
    with pytest.raises(ModelFileError, match="SHA-256"):
        load_model("auto")


def test_au_v4_is_in_py_feats_wheel(pls_v4):
    model = load_model("au@v4")
    assert (model.name, model.path) == ("au@v4", pyfeat_file("resources/au_to_mesh_pls_v4.npz"))
    np.testing.assert_array_equal(load_model("au@v4", frame="as-filed").coef, pls_v4["coef"])
    np.testing.assert_array_equal(model.coef[:, :956], pls_v4["coef"][:, :956])


def test_the_catalogue_has_every_name_once(no_cache):
    assert len(set(MODEL_NAMES)) == len(MODEL_NAMES) == 9
    assert set(MODEL_NAMES) == {known.name for known in MODELS} | {"au@v4", "emotion@built-in"}
    entries = {entry.name: entry for entry in catalogue()}
    assert list(entries) == list(MODEL_NAMES)
    for name in ("au@v4", "emotion@built-in"):
        assert entries[name].features == len(load_model(name).feature_columns)
    assert {entry.state for entry in entries.values()} == {"built in", "py-feat's wheel", "absent"}


def test_a_file_that_is_called_like_a_name(no_cache, tmp_path, monkeypatch):
    """A name of the catalogue is that model; a Path, and a text with a folder in it, is the file."""
    monkeypatch.chdir(tmp_path)
    for name in ("emotion@built-in", "emotion@v6"):
        write_model(load_model("au@v4"), name)
    assert load_model("emotion@built-in").feature_name == "emotion"
    with pytest.raises(ModelFileError, match="not on this machine"):
        load_model("emotion@v6")
    assert load_model(Path("emotion@v6")).feature_name == load_model("./emotion@v6").feature_name == "au"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("emotion@6", "Did you mean 'emotion@v6'"),
        ("Blendshape@V5", "Did you mean 'blendshape@v5'"),
        ("models/emotion", "no model 'models/emotion'"),
        ("x" * 5000, "no model 'x"),
        ("\0", "no model"),
        ("emotion@builtin", "Did you mean 'emotion@built-in'"),
        ("emotion@v7", "Did you mean 'emotion@v6'"),
        ("Auto", "Did you mean 'auto'"),
        ("", "no model ''|a folder"),
        ("nowhere.npz", "no such file"),
    ],
)
def test_unknown_names(name, says):
    with pytest.raises(ModelFileError, match=says):
        load_model(name)


def test_loading_the_built_in_loads_nothing_heavy():
    """In a fresh interpreter, with sockets made impossible."""
    script = (
        "import sys, socket\n"
        "def no(*a, **k): raise AssertionError('network')\n"
        "socket.socket.connect = socket.getaddrinfo = no\n"
        "from realtime.model import load_model\n"
        "load_model('emotion@built-in').predict({'happiness': 1})\n"
        "heavy = {'cv2', 'mediapipe', 'torch', 'feat', 'moderngl', 'glfw', 'scipy', 'huggingface_hub'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
        "load_model('auto')\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=_CHECKOUT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
