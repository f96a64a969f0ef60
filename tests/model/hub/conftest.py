"""A hub on loopback, and a user who has nothing yet."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from box import NETWORK, V6, Box
from common import environment
from hub_stand_in import Hub, serving
from pyfeat_network import header_only

from realtime.model import load_model
from realtime.model.file import write_model

Serve = Callable[..., Hub]


@pytest.fixture
def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Box:
    folders = {
        "HF_HOME": str(tmp_path / "huggingface"),
        "MESHMIRROR_HOME": str(tmp_path),
        "COLUMNS": "100",
    }
    around = environment("HF_HUB_OFFLINE", "HF_HUB_CACHE", "HF_TOKEN", "HF_HUB_DISABLE_TELEMETRY")
    broken = tmp_path / "no torch"  # what these tests serve is no whole network; to try it would take 10 s
    broken.mkdir()
    (broken / "torch.py").write_text("raise ImportError('no torch here')")
    monkeypatch.syspath_prepend(broken)  # what a command in this process starts imports from the same folders
    around["PYTHONPATH"] = os.pathsep.join([str(broken), around["PYTHONPATH"]])
    return Box(tmp_path, {**around, **folders})


@pytest.fixture(scope="session")
def model_bytes(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A model file in the real format."""
    path = tmp_path_factory.mktemp("model") / "m.npz"
    write_model(load_model("emotion@built-in"), path)
    return path.read_bytes()


@pytest.fixture(scope="session")
def network_bytes(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """1.05 MB that look like py-feat's network until it is loaded."""
    return header_only(tmp_path_factory.mktemp("network") / "w.safetensors", padding=1_037_000).read_bytes()


@pytest.fixture
def serve(box: Box, model_bytes: bytes, network_bytes: bytes) -> Iterator[Serve]:
    """Serve the model and what stands for the network; the box's commands then ask this hub."""
    with contextlib.ExitStack() as hubs:

        def start(**ways: Any) -> Hub:
            files = ways.pop("files", {V6: model_bytes, NETWORK: network_bytes})
            hub = hubs.enter_context(serving(Hub(files, **ways)))
            box.variables["HF_ENDPOINT"] = hub.address
            return hub

        yield start
