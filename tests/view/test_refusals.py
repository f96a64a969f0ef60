"""OpenGL refused: too old, without a driver, without GLX, in the wrong thread. Real refusals, each in words."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from common import ROOT, Runner, clip, environment, needs_bundled, xvfb

from realtime.core.errors import DisplayError
from realtime.view.screen.window import Window

OLD = {"MESA_GL_VERSION_OVERRIDE": "3.2", "MESA_GLSL_VERSION_OVERRIDE": "150"}
OPEN = """
from realtime.core.errors import DisplayError
from realtime.view.screen import open_offscreen, open_window
try:
    {}
except DisplayError as error:
    print(error)
"""
WINDOW, OFFSCREEN = "open_window('t', (64, 64))", "open_offscreen((16, 16))"


def said_by(what: str, **env: str) -> str:
    """What a fresh process says when it opens that."""
    done = subprocess.run(
        [sys.executable, "-c", OPEN.format(what)], env={**environment(), **env}, capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0 and "Traceback" not in done.stderr, done.stderr
    assert len(done.stdout.splitlines()) == 1, done.stdout
    return done.stdout


def test_an_opengl_that_is_too_old_is_named_with_its_version(display: str) -> None:
    for said in (said_by(WINDOW, DISPLAY=display, **OLD), said_by(OFFSCREEN, **OLD)):
        assert "3.3" in said and "offers OpenGL 3.2" in said and "LIBGL_ALWAYS_SOFTWARE" in said
        assert "apt-get" not in said  # nothing is missing


def test_a_driver_that_is_missing_is_named_with_its_package(display: str) -> None:
    said = said_by(WINDOW, DISPLAY=display, LIBGL_DRIVERS_PATH="/nowhere", LIBGL_ALWAYS_SOFTWARE="1")
    assert "GLX" in said and "libgl1-mesa-dri" in said and "--headless" in said
    said = said_by(OFFSCREEN, __EGL_VENDOR_LIBRARY_DIRS="/nowhere")  # where EGL looks for drivers
    assert "libegl1" in said


def test_an_x_server_without_glx_is_named(tmp_path: Path) -> None:
    with xvfb(tmp_path / "log", "-extension", "GLX") as display:
        said = said_by(WINDOW, DISPLAY=display)
    assert "GLX extension not found" in said and "--headless" in said


@needs_bundled
def test_with_an_opengl_that_is_too_old_all_data_is_still_reported(program: Runner, display: str) -> None:
    source = ("--source", str(clip("single_face.mp4")), "--set", "detect.emotion=inverse", "--json")
    done = program(*source, "--frames", "12", DISPLAY=display, **OLD)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["frames"] == report["faces"] == 12 and report["nme"] > 0 and not report["failures"]
    assert done.stderr.count("OpenGL 3.2") == 1 and "Continuing without a window" in done.stderr
    record = program(*source, "--frames", "3", "--record", "r.mp4", DISPLAY=display, **OLD)
    assert record.returncode == 3 and "OpenGL 3.2" in json.loads(record.stdout)["error"]
    assert "Traceback" not in done.stderr + record.stderr


@needs_bundled
def test_a_shader_that_does_not_compile_ends_the_program_with_its_file_and_line(display: str, tmp_path: Path) -> None:
    for name in ("realtime", "shaders", "configs"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    path = tmp_path / "shaders" / "imgui.frag"
    lines = path.read_text().splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("void main"))
    path.write_text("\n".join([*lines[: at + 1], "    nonsense;", *lines[at + 1 :]]))
    around = {**environment(path=tmp_path), "DISPLAY": display}
    command = [sys.executable, "-m", "realtime", "--source", str(clip("single_face.mp4")), "--json"]
    done = subprocess.run(command, cwd=tmp_path, env=around, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 3, done.stderr
    assert f"{path}, line {at + 2}: the shader does not compile: nonsense;" in " ".join(done.stderr.split("\n"))
    assert json.loads(done.stdout)["exit_code"] == 3 and "Traceback" not in done.stderr


def test_a_window_belongs_to_the_main_thread(display: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", display)
    caught: list[Exception] = []

    def elsewhere() -> None:
        try:
            Window("elsewhere", (64, 64)).close()
        except DisplayError as error:
            caught.append(error)

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join(timeout=30)
    assert len(caught) == 1 and "main thread" in str(caught[0])
    Window("here", (64, 64), vsync=False, visible=False).close()
