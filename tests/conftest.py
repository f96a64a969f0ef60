"""Frames of a real clip, folders of their own, and how the program is started."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from common import Runner, clip, environment, xvfb
from mjpeg_server import MjpegServer
from pyfeat_network import Network, made_and_prepared

from realtime.capture import open_source
from realtime.core.types import Frame


@pytest.fixture(scope="session")
def single_face() -> list[Frame]:
    """All 72 frames of single_face.mp4: a face at rest for 0.7 s, then a broad smile."""
    with open_source(str(clip("single_face.mp4"))) as source:
        return list(source)


@pytest.fixture
def camera(single_face: list[Frame]) -> Iterator[MjpegServer]:
    """A network camera that shows that clip again and again."""
    pictures = [cv2.cvtColor(frame.image, cv2.COLOR_RGB2BGR) for frame in single_face]

    def picture(number: int) -> np.ndarray:
        return pictures[number % len(pictures)]

    with MjpegServer(picture) as server:
        yield server


@pytest.fixture(scope="session", autouse=True)
def own_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The user's caches, data and settings are neither read nor written."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MESHMIRROR_HOME", str(home))
        patch.setenv("HF_HOME", str(home / "huggingface"))
        yield


@pytest.fixture(scope="session")
def prepared_network(own_folders: None, tmp_path_factory: pytest.TempPathFactory) -> Network:
    """py-feat's network with weights that are made up, prepared in the tests' folders (30 s)."""
    return made_and_prepared(tmp_path_factory.mktemp("pyfeat"))


@pytest.fixture
def meshmirror(tmp_path: Path) -> Runner:
    """Run the program in a folder of its own, without a display unless one is given."""

    def run(*args: str, timeout: float = 120, **env: str) -> subprocess.CompletedProcess[str]:
        around = {**environment(), "COLUMNS": "100", **env}
        return subprocess.run(
            [sys.executable, "-m", "realtime", *args],
            cwd=tmp_path, env=around, capture_output=True, text=True, timeout=timeout, check=False,
        )  # fmt: skip

    return run


@pytest.fixture(scope="session")
def display(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """DISPLAY of an Xvfb of our own, on a number that it chooses itself."""
    for program, package in (("Xvfb", "xvfb"), ("xdotool", "xdotool")):
        if shutil.which(program) is None:
            pytest.fail(f"{program} is missing and the window's tests need it: sudo apt-get install {package}")
    with xvfb(tmp_path_factory.mktemp("xvfb") / "log") as name:
        yield name
