"""Half an installation: what is missing is named with the command that brings it, and never a traceback."""

from __future__ import annotations

import subprocess
import sysconfig
from importlib.metadata import version
from pathlib import Path

import pytest
from common import ROOT, clip
from lacking_packages import python_without

# typer and rich print errors themselves; pydantic is loaded with the settings; cv2 with the picture.
GONE = {"typer": ("typer",), "rich": ("rich",), "pydantic": ("pydantic",), "cv2": ("cv2", "opencv")}


def started(python: list[str], around: dict[str, str], folder: Path) -> str:
    line = ["-m", "realtime", "live", "--headless", "--frames", "1", "--source", str(clip("single_face.jpg"))]
    done = subprocess.run(
        [*python, *line], cwd=folder, env=around, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 3 and "Traceback" not in done.stderr, done.stderr
    return " ".join(done.stderr.split())


@pytest.mark.parametrize("package", GONE)
def test_a_package_that_is_not_installed(package: str, tmp_path: Path) -> None:
    said = started(*python_without(tmp_path / "site", *GONE[package]), tmp_path)
    assert f"package '{package}' is missing" in said
    assert f"pip install --constraint {ROOT / 'constraints.txt'} --editable {ROOT}" in said


def test_files_that_are_gone_of_a_package_that_pip_takes_for_installed(tmp_path: Path) -> None:
    lacking = python_without(tmp_path / "site", "rich")
    (record,) = Path(sysconfig.get_paths()["purelib"]).glob("rich-*.dist-info")
    (tmp_path / "site" / record.name).symlink_to(record)
    said = started(*lacking, tmp_path)
    assert f"pip install --force-reinstall --no-deps rich=={version('rich')}" in said
