"""Checks the installation as the program will use it; every finding names the command that fixes it."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from realtime.core.addresses import without_secrets
from realtime.core.errors import MeshmirrorError
from realtime.core.namesake import find_namesake
from realtime.core.resources import PYFEAT_COMMAND
from realtime.core.version import __version__

if TYPE_CHECKING:
    from realtime.model.hub import CacheStatus

PACKAGES = (
    "numpy", "scipy", "opencv-python", "mediapipe", "py-feat", "moderngl", "glfw", "imgui-bundle", "av",
    "pydantic", "typer", "rich", "platformdirs", "huggingface_hub", "pillow", "openvino", "pyarrow", "safetensors",
)  # fmt: skip


@dataclass(frozen=True)
class Finding:
    """One line of the report."""

    group: str
    name: str
    state: Literal["ok", "note", "bad"]  # bad: the program cannot do its job
    found: str
    mend: str = ""  # the command that fixes it; a key of the JSON


@dataclass(frozen=True)
class DoctorReport:
    """All findings, in the order in which they are shown."""

    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Whether the program can do its job."""
        return all(finding.state != "bad" for finding in self.findings)

    def to_json(self) -> dict[str, Any]:
        """The JSON object of `meshmirror doctor --json`."""
        return {"ok": self.ok, "findings": [asdict(finding) for finding in self.findings]}


def examine() -> DoctorReport:
    """Check everything; a check that fails ends its own group only."""
    groups = (_versions, _libraries, _drawing, _cameras, _models, _recordings, _network)
    return DoctorReport(tuple(found for check in groups for found in _safely(check)))


def _safely(check: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    """One group of findings; a package that is missing or broken ends its own group only."""
    try:
        yield from check()
    except (ImportError, OSError, MeshmirrorError) as error:
        command = "pip install --force-reinstall meshmirror"
        yield Finding(check.__name__.strip("_"), type(error).__name__, "bad", str(error), command)


def _versions() -> Iterator[Finding]:
    from realtime.stream.outputs import INSTALL, STREAM_PACKAGES
    from realtime.stream.pictures.outputs import CAMERA_INSTALL, CAMERA_PACKAGE

    group = "versions"
    right = (3, 11) <= sys.version_info < (3, 14)
    yield Finding(group, "Python", "ok" if right else "bad", f"{platform.python_version()} on {platform.platform()}",
                  "" if right else "Install Python 3.11, 3.12 or 3.13.")  # fmt: skip
    yield Finding(group, "meshmirror", "ok", __version__)
    namesake = find_namesake()
    if namesake is not None:
        yield Finding(group, "package 'realtime'", "bad", str(namesake), namesake.mend)
    for name in PACKAGES:
        try:
            yield Finding(group, name, "ok", importlib.metadata.version(name))
        except importlib.metadata.PackageNotFoundError:
            if name == "mediapipe" and sys.version_info >= (3, 13):
                yield Finding(group, name, "note", "not installed; the tracker 'openvino' needs none")
                continue
            command = PYFEAT_COMMAND if name == "py-feat" else f"pip install {name}"
            yield Finding(group, name, "bad", "not installed", command)
    for package in sorted(set(STREAM_PACKAGES.values())):
        try:
            yield Finding(group, package, "ok", importlib.metadata.version(package))
        except importlib.metadata.PackageNotFoundError:
            yield Finding(group, package, "note", "not installed; only --stream needs it", INSTALL)
    try:
        yield Finding(group, CAMERA_PACKAGE, "ok", importlib.metadata.version(CAMERA_PACKAGE))
    except importlib.metadata.PackageNotFoundError:
        yield Finding(group, CAMERA_PACKAGE, "note", "not installed; only --stream camera needs it", CAMERA_INSTALL)
    versions = {
        name: importlib.metadata.version(name)
        for name in ("opencv-python", "opencv-contrib-python", "opencv-python-headless")
        if any(d.metadata["Name"] == name for d in importlib.metadata.distributions())
    }
    if len(set(versions.values())) > 1:  # they write over one another's cv2 folder
        installed = ", ".join(f"{k} {v}" for k, v in versions.items())
        command = (
            "pip install --force-reinstall --no-deps --constraint constraints.txt opencv-python opencv-contrib-python"
        )
        yield Finding(group, "OpenCV", "note", f"several versions in one folder: {installed}", command)


def _libraries() -> Iterator[Finding]:
    from realtime.core.system_packages import missing

    needs = missing()
    for need in needs:
        state: Literal["note", "bad"] = "bad" if need.why.startswith("OpenCV") else "note"
        yield Finding("system", need.name, state, f"missing; for {need.why}", f"sudo apt-get install -y {need.package}")
    if not needs:
        yield Finding("system", "libraries", "ok", "all installed")


def _drawing() -> Iterator[Finding]:
    from realtime.app.drawing_check import check_drawing
    from realtime.core.system_packages import OPENGL, install_command, missing

    found = check_drawing(dict(os.environ))
    for drawing in found:
        yield Finding("drawing", drawing.name, "ok" if drawing.works else "note", drawing.found)
    if not any(drawing.works for drawing in found):
        linux = sys.platform.startswith("linux")
        remedy = f"sudo {install_command(missing() or list(OPENGL))}" if linux else "Update the graphics driver."
        yield Finding("drawing", "OpenGL", "note", "neither works: only --headless is available", remedy)


def _cameras() -> Iterator[Finding]:
    from realtime.capture import list_cameras

    cameras = list_cameras()
    for camera in cameras:
        yield Finding("cameras", f"--source {camera.index}", "ok", f"{camera.name} ({camera.backend})")
    if not cameras:
        yield Finding("cameras", "camera", "note", "none found", "A video works as well: meshmirror --source clip.mp4")


def _own_tracker(group: str, task: Path) -> Finding:
    """Whether OpenVINO computes the networks of the file as it should on this processor."""
    from realtime.detect.landmarks.task_networks import open_networks

    try:
        runtime = open_networks(task).runtime
    except MeshmirrorError as error:
        return Finding(group, "tracker 'openvino'", "bad", str(error), "meshmirror --set detect.tracker=task")
    return Finding(group, "tracker 'openvino'", "ok", f"the networks of {task.name} in {runtime}; its numbers verified")


def _models() -> Iterator[Finding]:
    from realtime.detect import bundled_available, mediapipe_version
    from realtime.detect.landmarks.landmarker_file import FETCH_COMMAND, TASK_NAME, find_task, task_path
    from realtime.model.catalog import catalogue, load_model
    from realtime.model.hub import APPEARANCE, PYFEAT, status

    group = "models"
    bundled = bundled_available()
    has_mediapipe = mediapipe_version() is not None
    no_model = "not in this mediapipe (0.10.21 carries it)" if has_mediapipe else "mediapipe is not installed"
    found = "FaceMesh, in mediapipe's wheel" if bundled else no_model
    yield Finding(group, "tracker 'bundled'", "ok" if bundled else "note", found)
    try:
        task = find_task()
    except MeshmirrorError as error:
        yield Finding(group, "tracker 'openvino'", "bad", str(error), FETCH_COMMAND)
    else:
        if task is not None:
            yield _own_tracker(group, task)
            if has_mediapipe:
                yield Finding(group, "tracker 'task'", "ok", f"{task}, SHA-256 verified")
            else:
                yield Finding(group, "tracker 'task'", "note", "mediapipe is not installed; 'openvino' needs none")
        else:
            yield Finding(group, "tracker 'openvino'", "note" if bundled else "bad",
                          f"{TASK_NAME} is not at {task_path()}", FETCH_COMMAND)  # fmt: skip
    local = [(entry.name, entry.state, entry.path) for entry in catalogue()]
    network = status(PYFEAT)
    local.append((PYFEAT.name, network.state, network.path))
    classifier = status(APPEARANCE)
    local.append((APPEARANCE.name, classifier.state, classifier.path))
    for name, state, path in local:
        fetch = f"meshmirror models fetch {name}"
        if state in ("built in", "py-feat's wheel"):
            try:
                model = load_model(name)
                yield Finding(group, name, "ok", str(model.path or "composed on this machine"))
            except MeshmirrorError as error:
                yield Finding(group, name, "bad", str(error))
        elif state == "changed":
            yield Finding(group, name, "bad", f"{path} differs from the recorded SHA-256 and is refused", fetch)
        elif state == "unreadable":
            yield Finding(group, name, "bad", f"{path} cannot be read", "Check its permissions.")
        elif state != "absent":
            yield Finding(group, name, "ok", f"{path}, {'SHA-256 verified' if state == 'verified' else state + ' yet'}")
    yield from _prepared(network)
    absent = [name for name, state, _ in local if state == "absent"]
    if absent:
        yield Finding(group, "not here", "note", ", ".join(absent), "meshmirror models fetch NAME")


def _prepared(network: CacheStatus) -> Iterator[Finding]:
    """Whether py-feat's network is converted for this machine."""
    from realtime.detect.pyfeat import WEIGHTS_COMMAND, find_converted

    if network.state not in ("verified", "not verified") or network.sha256 is None:
        return
    converted = find_converted(network.sha256)
    if converted is not None:
        yield Finding("models", "pyfeat, prepared", "ok", str(converted.folder))
    else:
        yield Finding(
            "models", "pyfeat, prepared", "note", "not yet; the first use takes some seconds longer", WEIGHTS_COMMAND
        )


def _recordings() -> Iterator[Finding]:
    from realtime.core.process import in_shell
    from realtime.session.unfinished import unfinished

    folders = unfinished()
    for folder in folders:
        yield Finding("recordings", folder.name, "note", f"was not finished: {folder}",
                      f"meshmirror recover {in_shell(folder)}")  # fmt: skip
    if not folders:
        yield Finding("recordings", "sessions", "ok", "all recordings were finished")


def _network() -> Iterator[Finding]:
    from realtime.detect.appearance import APPEARANCE_COMMAND
    from realtime.detect.landmarks.landmarker_file import FETCH_COMMAND
    from realtime.detect.landmarks.telemetry_notice import notice
    from realtime.model.hub import FACE_LANDMARKER
    from realtime.model.hub.huggingface import endpoint, offline

    group = "network: every address this program could contact"
    yield Finding(group, FACE_LANDMARKER.origin, "ok", f"only when you run: {FETCH_COMMAND}")
    host = without_secrets(endpoint()).split("://")[-1]
    if offline():
        yield Finding(group, host, "ok", "never: HF_HUB_OFFLINE is set, only the cache is read")
    else:
        yield Finding(group, host, "ok", "and the storage to which it redirects, only when you run: "
                                         "meshmirror models fetch with a model's name or pyfeat")  # fmt: skip
    index = f"pypi.org unless pip is configured otherwise, only when you run: {APPEARANCE_COMMAND}"
    yield Finding(group, "pip's package index", "ok", index)
    yield Finding(
        group, "addresses you name", "ok", "only with --source http://... or rtsp://..., or --scheduler tcp://..."
    )
    yield from _streams(group)
    yield Finding(group, "OpenVINO", "ok", "never: its telemetry (www.google-analytics.com) is blocked")
    telemetry = notice()
    if telemetry is not None:
        yield Finding(group, "play.googleapis.com", "note", telemetry)


def _streams(group: str) -> Iterator[Finding]:
    """What `--stream` sends and opens."""
    from realtime.stream.address import FORMATS, StreamAddress

    addresses = [StreamAddress.parse(name) for name in FORMATS]
    defaults = ", ".join(f"{address.title}" for address in addresses if address.port)
    yield Finding(
        group, "--stream", "ok", f"only with --stream, and to this machine unless an address is given: {defaults}"
    )
    yield Finding(
        group, "--stream lsl", "ok",
        "listens on ports 16572 to 16699 of all interfaces, which liblsl cannot be kept from; searches are answered "
        "and sent on this machine only, unless stream.lsl_scope = network",
    )  # fmt: skip
    yield Finding(
        group, "--stream mjpeg", "ok",
        "listens on a free port of 127.0.0.1, unless an address is given; pictures only with --share-face, for whoever "
        "has the address with its secret",
    )  # fmt: skip
