"""A system without OpenGL and X11: what draws nothing works there, what draws says which package is missing."""

from __future__ import annotations

import json
import re
import shutil
import sys
from typing import Any

import pytest
from common import ROOT, clip
from namespaces import in_own_mounts

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="mount namespaces are Linux's")

WINDOW = {"moderngl", "glfw", "imgui_bundle"}
WORKS = (
    ("--version",),
    ("--help",),
    ("models", "--help"),
    ("models", "list"),
    ("models", "list", "--json"),
    ("models", "show", "emotion@built-in"),
    ("models", "check", "emotion@built-in"),
    ("models", "check", "emotion@built-in", "--json"),
    ("recover", "session"),
    ("export", "session", "--to", "fex"),
    ("export", "session", "--to", "csv"),
    ("export", "session", "--to", "parquet", "--json"),
)
DOCTOR = (("doctor",), ("doctor", "--json"))
CLIP = str(clip("single_face.mp4"))
NEEDS_THEM = (
    ("--source", CLIP, "--frames", "1"),
    ("live", "--source", CLIP, "--headless", "--frames", "1", "--json"),
    ("demo", "--frames", "1", "--json"),
    ("whatif", "--out", "w.png", "--json"),
    ("models", "check", "emotion@built-in", "--out", "c.png", "--json"),
    ("atlas", "--out", "a.png", "--json"),
    ("export", "session", "--to", "mp4", "--json"),
)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, ...], dict[str, Any]]:
    """What became of every command line, all in one namespace."""
    folder = tmp_path_factory.mktemp("without")
    shutil.copytree(ROOT / "tests" / "data" / "session", folder / "session")
    lines = (*WORKS, *DOCTOR, *NEEDS_THEM)
    plan = {"hidden": ["libGL.so", "libEGL.so", "libX11.so"], "folder": str(folder), "runs": lines}
    return dict(zip(lines, in_own_mounts("without_libraries.py", plan, folder), strict=True))


@pytest.mark.parametrize("line", WORKS, ids=" ".join)
def test_what_draws_nothing_works(runs: dict[tuple[str, ...], dict[str, Any]], line: tuple[str, ...]) -> None:
    done = runs[line]
    assert done["code"] == 0 and "Traceback" not in done["err"], done
    assert not {*WINDOW, "cv2"} & set(done["modules"])
    if "--json" in line:
        assert "error" not in json.loads(done["out"])
    else:
        assert done["out"].strip()


@pytest.mark.parametrize("line", NEEDS_THEM, ids=lambda line: " ".join(line[:2]))
def test_what_draws_names_the_packages(runs: dict[tuple[str, ...], dict[str, Any]], line: tuple[str, ...]) -> None:
    done = runs[line]
    assert done["code"] == 3 and "Traceback" not in done["err"], done
    texts = [done["err"]]
    if "--json" in line:
        answer = json.loads(done["out"])
        assert answer.keys() == {"error", "exit_code"} and answer["exit_code"] == 3
        texts.append(answer["error"])
    for text in texts:
        assert "libGL.so.1" in text and re.search(r"sudo apt-get install .*\blibgl1\b", text)


def test_doctor_tells_what_is_missing_and_the_command(runs: dict[tuple[str, ...], dict[str, Any]]) -> None:
    page, done = (runs[line] for line in DOCTOR)
    assert page["code"] == done["code"] == 3 and not page["err"] and not done["err"]
    assert not {*WINDOW, "cv2"} & set(done["modules"])
    report = json.loads(done["out"])
    found = {finding["name"]: finding for finding in report["findings"]}
    assert report["ok"] is False
    for name, package in (("libGL.so.1", "libgl1"), ("libEGL.so.1", "libegl1"), ("libX11.so.6", "libx11-6")):
        assert found[name]["mend"] == f"sudo apt-get install -y {package}"
        assert name in page["out"] and f"apt-get install -y {package}" in page["out"]
    assert (found["window"]["state"], found["offscreen"]["state"]) == ("note", "note")
    assert found["OpenGL"]["mend"].startswith("sudo apt-get install -y libgl1 libegl1 libx11-6 ")
    assert all(finding["state"] != "bad" for finding in report["findings"] if not finding["name"].startswith("lib"))
