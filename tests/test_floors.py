"""Imports go down only, and importing is cheap: told from fresh interpreters."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "realtime"
HEAVY = {
    "cv2", "mediapipe", "torch", "feat", "openvino", "safetensors", "moderngl", "glfw", "av", "imgui_bundle",
    "pydantic", "scipy", "typer", "pyarrow", "pandas",
}  # fmt: skip
FLOOR = {
    "errors": 0, "types": 0, "resources": 0, "config": 0, "system": 0, "whole": 0, "folders": 0, "child": 0, "looks": 0,
    "geometry": 1, "model": 1, "fetch": 1,
    "capture": 2, "detect": 2, "view": 2, "session": 2, "export": 2,
    "cli": 4, "__main__": 4,
}  # fmt: skip
DEVICES = {"capture", "detect", "view", "session"}  # and "export", which is made of sessions


def loaded_by(statement: str) -> set[str]:
    code = f"import sys; {statement}; import json; print(json.dumps(sorted({{m.split('.')[0] for m in sys.modules}})))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PACKAGE.parent)
    return set(json.loads(done.stdout))


@pytest.mark.parametrize(
    ("statement", "allowed"),
    [
        ("import realtime", set()),
        ("import realtime.geometry", set()),
        ("import realtime.model", set()),
        ("import realtime.model.hub", set()),
        ("import realtime.core.types, realtime.core.errors, realtime.core.resources", set()),
        ("import realtime.core.config", {"pydantic"}),
        ("import realtime.view", {"moderngl", "glfw", "imgui_bundle", "pydantic"}),
        ("import realtime.capture", {"cv2", "av"}),
        ("import realtime.export", {"pydantic"}),
        ("import realtime.session", {"pydantic"}),
        ("import realtime.detect", {"scipy"}),
        ("import realtime.detect.pyfeat", {"scipy"}),
    ],
)
def test_an_import_loads_no_more_than_its_floor(statement: str, allowed: set[str]) -> None:
    assert loaded_by(statement) & HEAVY <= allowed


def part_of(path: Path) -> str:
    inside = path.relative_to(PACKAGE)
    return inside.parts[0].removesuffix(".py")


def imports_of(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("realtime."):
            names.add(node.module.split(".")[1])
        elif isinstance(node, ast.Import):
            names |= {alias.name.split(".")[1] for alias in node.names if alias.name.startswith("realtime.")}
    return names


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_go_down_only(path: Path) -> None:
    part = part_of(path)
    floor = FLOOR.get(part, 3)
    for other in imports_of(path) - {part}:
        assert FLOOR.get(other, 3) <= floor, f"{part} (floor {floor}) imports {other}"
        if part in DEVICES or (part == "export" and other != "session"):
            beside = DEVICES | {"export"}
            assert other not in beside, f"{part} and {other} stand side by side and must not see each other"


def test_no_unpickling_anywhere() -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py"))
    for danger in ("allow_pickle=True", "import pickle", "joblib", "yaml.load", "weights_only=False"):
        assert danger not in text
