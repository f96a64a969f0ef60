"""Frames of a real clip, folders of their own, and how the program is started."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from common import Once, Runner, clip, environment, give_file, task_file, xvfb
from filelock import FileLock
from in_process import run_in_process
from mjpeg_server import MjpegServer
from one_thread import one_blas_thread
from pyfeat_network import Network, make_and_prepare, opened

from realtime.capture import open_source
from realtime.core.types import Frame
from realtime.detect import bundled_available

# Files that begin first, so that no worker is left with one of them at the end. The first makes the network that
# others use; the second does without, and so no worker waits for the other.
LONGEST = (
    "converted", "window_run", "against_pyfeat", "switcher", "cli", "network_emotions", "hub", "faults", "controls",
    "fex", "runtimes", "kill", "bench_recording", "window_cost", "recording_signals", "whatif", "replay_exact",
    "mirror_of_a_camera",
)  # fmt: skip


def pytest_configure() -> None:
    """What tests start begins with the default signals, also where the tests run under nohup or in the background.

    The tests' own linear algebra has one thread, as the program's: those of two workers on two cores wait for each
    other, and sums of several threads round differently.
    """
    one_blas_thread()
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler if name == "SIGINT" else signal.SIG_DFL)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Two workers take file after file, in this order."""

    def rank(item: pytest.Item) -> int:
        name = item.path.stem.removeprefix("test_")
        return LONGEST.index(name) if name in LONGEST else len(LONGEST)

    items.sort(key=rank)


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
    """The user's caches, data and settings are neither read nor written.

    Where mediapipe carries no face models, their file is in the cache: without it most of the program cannot be run.
    """
    home = tmp_path_factory.mktemp("home")
    task = task_file()
    if task is not None and not bundled_available():
        give_file(task, home)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MESHMIRROR_HOME", str(home))
        patch.setenv("HF_HOME", str(home / "huggingface"))
        yield


@pytest.fixture(scope="session")
def once(own_folders: None, pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Once:
    """Make a folder once a run: the first worker that asks makes it, the others wait for it. It is only to be read."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if hasattr(pytestconfig, "workerinput") else base

    def made(name: str, make: Callable[[Path], object]) -> Path:
        folder = shared / "once" / name
        folder.parent.mkdir(exist_ok=True)
        whole = folder.with_name(f"{name}.whole")
        with FileLock(folder.with_name(f"{name}.lock")):
            if not whole.exists():
                shutil.rmtree(folder, ignore_errors=True)  # of a worker for which it failed
                folder.mkdir()
                make(folder)
                whole.touch()
        return folder

    return made


@pytest.fixture(scope="session")
def prepared_network(once: Once) -> Network:
    """py-feat's network with weights that are made up, prepared in the tests' folders (30 s, once a run)."""
    return opened(once("pyfeat", make_and_prepare))


@pytest.fixture
def meshmirror(tmp_path: Path) -> Runner:
    """Run a command line of the program in this process, in a folder of its own and without a display unless given."""

    def run(*args: str, **env: str) -> subprocess.CompletedProcess[str]:
        return run_in_process(args, tmp_path, {**environment(), "COLUMNS": "100", **env})

    return run


@pytest.fixture
def program(tmp_path: Path) -> Runner:
    """The same as a process of its own: for what belongs to one, such as its streams and what an import reads."""

    def run(*args: str, **env: str) -> subprocess.CompletedProcess[str]:
        around = {**environment(), "COLUMNS": "100", **env}
        return subprocess.run(
            [sys.executable, "-m", "realtime", *args],
            cwd=tmp_path, env=around, capture_output=True, text=True, timeout=120, check=False,
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
