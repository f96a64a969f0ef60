"""Another distribution's package `realtime`: noticed before it is imported, with the commands that part the two."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from common import ROOT, environment

FOREIGN = '"""A client of a database."""\nraise ImportError("it wants websockets")\n'
OWN = ROOT / "realtime"


def started(path: Path, *args: str) -> subprocess.CompletedProcess[str]:
    """The installed command's module, where `path` is what Python finds first."""
    command = [sys.executable, str(OWN / "launcher" / "meshmirror_start.py"), *args]
    around = environment() | {"PYTHONPATH": os.pathsep.join([str(path), environment()["PYTHONPATH"]])}
    return subprocess.run(command, env=around, capture_output=True, text=True, timeout=60, check=False)


def mixed(path: Path, *, first_line: str | None = None) -> Path:
    """This package with a module of the other one in its folder, and, where given, the other one's `__init__`."""
    folder = path / "realtime"
    folder.mkdir(parents=True)
    for entry in OWN.iterdir():
        if entry.name not in ("__init__.py", "__pycache__"):
            (folder / entry.name).symlink_to(entry)
    (folder / "__init__.py").write_text(first_line or (OWN / "__init__.py").read_text())
    (folder / "message.py").touch()
    return path


def test_alone_it_says_nothing(tmp_path: Path) -> None:
    done = started(tmp_path, "--version")
    assert (done.returncode, done.stderr) == (0, "") and done.stdout.startswith("meshmirror ")


def test_another_package_that_is_found_first_is_named_and_not_imported(tmp_path: Path) -> None:
    (tmp_path / "realtime").mkdir()
    (tmp_path / "realtime" / "__init__.py").write_text(FOREIGN)
    done = started(tmp_path, "--version")
    assert done.returncode == 3 and done.stdout == ""
    assert "is another program's" in done.stderr and "pip uninstall -y realtime" in done.stderr
    assert str(tmp_path) in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize("replaced", [False, True])
def test_files_of_both_in_one_folder(tmp_path: Path, replaced: bool) -> None:
    """With its own `__init__` it says so and goes on; with the other one's it does not import that."""
    done = started(mixed(tmp_path, first_line=FOREIGN if replaced else None), "--version")
    assert "pip uninstall -y realtime" in done.stderr and "Traceback" not in done.stderr
    if replaced:
        assert done.returncode == 3 and "is another program's" in done.stderr
    else:
        assert done.returncode == 0 and "holds files of another program as well" in done.stderr
        assert done.stdout.startswith("meshmirror ")


def test_a_module_of_that_name_in_the_working_folder(tmp_path: Path) -> None:
    (tmp_path / "realtime.py").write_text("raise SystemExit(7)\n")
    done = started(tmp_path, "--version")
    assert done.returncode == 3 and "realtime.py" in done.stderr


def test_from_inside_the_package_it_is_found_as_well(tmp_path: Path) -> None:
    code = "from realtime.core.namesake import find_namesake; print(find_namesake())"
    around = environment() | {"PYTHONPATH": str(mixed(tmp_path))}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=around, capture_output=True, text=True, check=True
    )
    assert "holds files of another program as well" in done.stdout
