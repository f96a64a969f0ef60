"""An installed wheel is whole: shaders and settings travel in it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from common import ROOT, environment, needs_bundled


def built(folder: Path) -> Path:
    """The wheel of this checkout."""
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(ROOT)],
        check=True,
    )
    (wheel,) = folder.glob("meshmirror-*.whl")
    return wheel


@needs_bundled
def test_a_wheel_installed_elsewhere_runs_the_demo(tmp_path: Path) -> None:
    wheel = built(tmp_path)
    names = zipfile.ZipFile(wheel).namelist()
    for folder in ("shaders", "configs"):
        here = {path.name for path in (ROOT / folder).iterdir() if path.is_file()}
        assert here, folder
        assert {name.rsplit("/", 1)[1] for name in names if f"_data/{folder}/" in name} == here
    assert not any("tests/" in name for name in names)

    place = tmp_path / "site"
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(place), str(wheel)], check=True
    )
    work = tmp_path / "work"
    work.mkdir()
    around = environment(path=place)
    told = "import realtime; print(realtime.__file__)"
    where = subprocess.run(
        [sys.executable, "-c", told], cwd=work, env=around, capture_output=True, text=True, check=True
    )
    assert where.stdout.strip().startswith(str(place)), "another copy was imported, so this shows nothing"
    script = place / "bin" / "meshmirror"
    command = [sys.executable, str(script)] if script.exists() else [sys.executable, "-m", "realtime"]
    done = subprocess.run(
        [*command, "demo", "--frames", "5", "--headless", "--json", "--config", "low-power"],
        cwd=work, env=around, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["frames"] == 5
    assert (work / report["outputs"][0]).stat().st_size > 1000


@pytest.mark.slow
@needs_bundled
def test_from_an_empty_environment_and_home_to_the_demo(tmp_path: Path) -> None:
    """With the newest versions that the wheel allows, since its user has no constraints.txt. Needs 1.7 GB."""
    wheel, home, work = built(tmp_path), tmp_path / "home", tmp_path / "work"
    for folder in (home, work):
        folder.mkdir()
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "venv")], check=True)
    programs = next(path for name in ("bin", "Scripts") if (path := tmp_path / "venv" / name).is_dir())
    gone = {"PYTHONPATH", "MESHMIRROR_HOME", "HF_HOME", "DISPLAY", "WAYLAND_DISPLAY", "XDG_CACHE_HOME"}
    around = {name: value for name, value in os.environ.items() if name not in gone} | {"HOME": str(home)}

    def run(program: str, *args: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(programs / program), *args], cwd=work, env=around, capture_output=True, text=True, timeout=1800,
            check=False,
        )  # fmt: skip

    installed = run("python", "-m", "pip", "install", "--quiet", str(wheel))
    if "connection broken by" in installed.stderr:
        pytest.skip("the package index cannot be reached")
    assert installed.returncode == 0, installed.stderr
    without = run("meshmirror", "demo", "--headless", "--frames", "2")
    assert without.returncode == 3 and "`meshmirror demo --fetch`" in " ".join(without.stderr.split())
    fetched = run("meshmirror", "demo", "--fetch", "--headless", "--frames", "5", "--json")
    assert fetched.returncode == 0, fetched.stderr
    again = run("meshmirror", "demo", "--headless", "--frames", "5", "--json")
    assert again.returncode == 0, again.stderr
    report = json.loads(again.stdout)
    assert report["frames"] == 5 and (work / report["outputs"][0]).stat().st_size > 1000
