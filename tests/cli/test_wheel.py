"""An installed wheel is whole: shaders and settings travel in it."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

from common import ROOT, environment, needs_bundled


@needs_bundled
def test_a_wheel_installed_elsewhere_runs_the_demo(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(tmp_path), str(ROOT)],
        check=True,
    )
    (wheel,) = tmp_path.glob("meshmirror-*.whl")
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
