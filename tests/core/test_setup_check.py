"""What stands in the way of a set-up is said before anything is installed, with the way out."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from common import ROOT

from realtime.core import setup_check
from realtime.core.setup_check import made_for, notice, problems

HERE = sys.version_info[:2]
pytestmark = pytest.mark.skipif(os.name == "nt", reason="make is not used on Windows")


def found(venv: Path, version: tuple[int, int] = HERE, chosen: bool = False) -> str:
    return " ".join(problems(venv, "/usr/bin/python", version, chosen))


def environment_of(folder: Path, says: str) -> Path:
    """A folder with a Python that says of itself to be this version."""
    python = folder / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f"#!/bin/sh\necho {says}\n")
    python.chmod(0o755)
    return folder


def made(folder: Path) -> Path:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    return folder


@pytest.mark.parametrize("version", [(3, 10), (3, 14)])
def test_another_python_is_named_with_those_that_do(version: tuple[int, int], tmp_path: Path) -> None:
    said = found(tmp_path / ".venv", version)
    assert f"{version[0]}.{version[1]}" in said and "3.11, 3.12 or 3.13" in said and "PYTHON=" in said


def test_nothing_is_in_the_way_of_a_new_environment_and_of_a_right_one(tmp_path: Path) -> None:
    assert not found(tmp_path / ".venv", chosen=True)
    assert not found(made(tmp_path / ".venv"), chosen=True)


def test_an_environment_of_another_python(tmp_path: Path) -> None:
    old = environment_of(tmp_path / "old", "3.10")
    assert "environment of Python 3.10" in found(old) and "make clean" in found(old)
    right = environment_of(tmp_path / "right", "3.13")
    assert not found(right, (3, 12))
    assert "environment of Python 3.13, and PYTHON is 3.12" in found(right, (3, 12), chosen=True)


def test_an_environment_without_a_python_that_runs_is_made_anew(tmp_path: Path) -> None:
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to(tmp_path / "uninstalled")
    assert not found(tmp_path / ".venv", chosen=True)


def test_an_environment_that_was_moved(tmp_path: Path) -> None:
    venv = made(tmp_path / "before" / ".venv")
    assert made_for(venv) == venv
    (tmp_path / "before").rename(tmp_path / "after")
    said = found(tmp_path / "after" / ".venv")
    assert str(venv) in said and "make clean" in said


def test_a_full_disk_is_said_before_the_download(tmp_path: Path) -> None:
    script = f'mount -t tmpfs -o size=1m none "$1" && exec {sys.executable} -I {setup_check.__file__} "$1/.venv"'
    if not shutil.which("unshare"):
        pytest.skip("needs unshare")
    for way in (["unshare", "--mount"], ["unshare", "--mount", "--map-root-user"]):
        if subprocess.run([*way, "mount", "-t", "tmpfs", "none", tmp_path], capture_output=True).returncode == 0:
            break
    else:
        pytest.skip("needs a mount namespace")
    done = subprocess.run([*way, "sh", "-c", script, "sh", str(tmp_path)], capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "0.0 GB are free" in done.stderr and "Make room" in done.stderr


def test_python_3_13_needs_a_download_and_says_so_before(tmp_path: Path) -> None:
    said = notice(tmp_path, (3, 13))
    assert "storage.googleapis.com" in said and "3.11 or 3.12" in said
    assert not notice(tmp_path, (3, 12))
    (tmp_path / setup_check.STAMP).touch()
    assert not notice(tmp_path, (3, 13))


def test_make_uses_the_stamp_that_is_looked_for() -> None:
    assert f"$(VENV)/{setup_check.STAMP}:" in (ROOT / "Makefile").read_text()


@pytest.mark.skipif(shutil.which("make") is None, reason="needs make")
def test_make_refuses_an_environment_of_another_python(tmp_path: Path) -> None:
    venv = environment_of(tmp_path / "old", "3.10")
    command = ["make", "-C", str(ROOT), "demo", f"VENV={venv}", f"PYTHON={sys.executable}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2 and "environment of Python 3.10" in done.stderr
    assert "Setting up" not in done.stdout


@pytest.mark.skipif(shutil.which("make") is None, reason="needs make")
@pytest.mark.parametrize("target", ["ready", "system"])
def test_scripts_of_the_set_up_run_beside_a_types_py(target: str, tmp_path: Path) -> None:
    """As make starts them, in a Python that has imported nothing yet: `types` came from the script's own folder."""
    line = ["make", "-n", "-C", str(ROOT), target, f"VENV={tmp_path / '.venv'}", f"PYTHON={sys.executable}"]
    printed = subprocess.run(line, capture_output=True, text=True, check=True).stdout.splitlines()
    (command,) = (row.partition(" ||")[0] for row in printed if "realtime/core/" in row)
    command = command.replace(sys.executable, f"{sys.executable} -S").replace("--install", "")
    done = subprocess.run(command.split(), cwd=ROOT, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr, done.stderr
