"""Every file lies in a room; imports go down only, in no circle, and load little: told from fresh interpreters.

Imports inside functions, under TYPE_CHECKING and in the form `from realtime import x` all count.
"""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "realtime"
FLOORS = (
    ("core",),
    ("geometry", "media", "capture", "stream"),
    ("model",),
    ("detect", "session", "view"),
    ("pipeline",),
    ("export", "dataset"),
    ("app",),
    ("cli",),
    ("__main__", "launcher"),
)
FLOOR = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
TOP = "__init__"  # hands names on lazily, and may name any room; no room may import it
HEAVY = {
    "cv2", "mediapipe", "torch", "feat", "openvino", "safetensors", "moderngl", "glfw", "av", "imgui_bundle",
    "pydantic", "scipy", "typer", "rich", "pyarrow", "pandas", "PIL", "huggingface_hub", "pylsl", "pythonosc",
}  # fmt: skip
WINDOW = {"moderngl", "glfw", "imgui_bundle"}


def modules(package: Path) -> dict[str, Path]:
    """Every file of the package by its dotted name within it; a package is called after its folder."""
    found = {}
    for path in sorted(package.rglob("*.py")):
        parts = path.relative_to(package).with_suffix("").parts
        name = parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts
        found[".".join(name)] = path
    return found


def imports_of(path: Path, known: dict[str, Path]) -> Iterator[str]:
    """The files of the package that a file imports, by their dotted names."""

    def nearest(name: str) -> str:
        while name and name not in known:
            name = name.rpartition(".")[0]
        return name or TOP

    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.split(".")[0] == "realtime":
                    yield nearest(alias.name.partition(".")[2])
        elif isinstance(node, ast.ImportFrom) and node.level:
            yield f"a relative import in {path.name}"
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "realtime":
            within = (node.module or "").partition(".")[2]
            for alias in node.names:
                yield nearest(f"{within}.{alias.name}".lstrip("."))


def faults(package: Path) -> list[str]:
    """All that is wrong with the rooms of a package."""
    known = modules(package)
    arrows = {name: sorted(set(imports_of(path, known)) - {name}) for name, path in known.items()}
    found = [f"{name}: there is no room '{room_of(name)}'" for name in known if room_of(name) not in {*FLOOR, TOP}]
    for name, others in arrows.items():
        here = room_of(name)
        for other in others:
            there = room_of(other)
            if here in (there, TOP) or here not in FLOOR:
                continue
            if there not in FLOOR or FLOOR[there] >= FLOOR[here]:
                found.append(f"{name} ({here}) imports {other} ({there}), which is no lower floor")
    inside = {name: [other for other in others if room_of(other) == room_of(name)] for name, others in arrows.items()}
    return found + [" -> ".join([*circle, circle[0]]) + ": a circle" for circle in circles(inside)]


def room_of(name: str) -> str:
    return name.partition(".")[0]


def circles(arrows: dict[str, list[str]]) -> list[tuple[str, ...]]:
    """Groups of files that import each other, each once (Tarjan 1972)."""
    found: list[tuple[str, ...]] = []
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []

    def visit(name: str) -> None:
        index[name] = low[name] = len(index)
        stack.append(name)
        for other in arrows.get(name, []):
            if other not in index:
                visit(other)
                low[name] = min(low[name], low[other])
            elif other in stack:
                low[name] = min(low[name], index[other])
        if low[name] == index[name]:
            group = []
            while not group or group[-1] != name:
                group.append(stack.pop())
            if len(group) > 1:
                found.append(tuple(sorted(group)))

    for name in arrows:
        if name not in index:
            visit(name)
    return found


def test_every_file_lies_in_a_room_and_imports_go_down_only_and_in_no_circle() -> None:
    wrong = faults(PACKAGE)
    assert not wrong, "\n" + "\n".join(wrong)


@pytest.mark.parametrize(
    ("place", "code", "expected"),
    [
        ("core/up.py", "from realtime.model import load_model", "core.up (core) imports model (model)"),
        ("model/late.py", "def f():\n    from realtime.app import mirror", "model.late (model) imports app"),
        ("geometry/beside.py", "import realtime.capture", "geometry.beside (geometry) imports capture"),
        ("view/top.py", "from realtime import Pipeline", "view.top (view) imports __init__"),
        (
            "core/typed.py",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from realtime.cli import app",
            "core.typed (core) imports cli",
        ),
        ("loose.py", "", "loose: there is no room 'loose'"),
        ("cellar/wine.py", "", "there is no room 'cellar'"),
        ("core/one.py", "from realtime.core import two", "core.one -> core.two -> core.one: a circle"),
    ],
)
def test_a_fault_of_the_house_is_found(tmp_path: Path, place: str, code: str, expected: str) -> None:
    for room in (*FLOOR, TOP):
        if room.startswith("__"):
            (tmp_path / f"{room}.py").touch()
        else:
            (tmp_path / room).mkdir()
            (tmp_path / room / "__init__.py").touch()
    (tmp_path / "core" / "two.py").write_text("import realtime.core.one" if place == "core/one.py" else "")
    assert faults(tmp_path) == []
    (tmp_path / place).parent.mkdir(exist_ok=True)
    (tmp_path / place).write_text(code)
    assert any(expected in fault for fault in faults(tmp_path)), faults(tmp_path)


def loaded_by(statement: str) -> set[str]:
    code = f"import sys; {statement}; import json; print(json.dumps(sorted({{m.split('.')[0] for m in sys.modules}})))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PACKAGE.parent)
    return set(json.loads(done.stdout))


@pytest.mark.parametrize(
    ("statement", "allowed"),
    [
        ("import realtime, realtime.geometry, realtime.model, realtime.model.hub, realtime.view", set()),
        ("import realtime.core.types, realtime.core.errors, realtime.core.resources, realtime.core.files", set()),
        ("import realtime.core.config, realtime.core.commands, realtime.core.status, realtime.core.view_state",
         {"pydantic"}),
        ("import realtime.view.mirror.view", {*WINDOW, "pydantic"}),
        ("import realtime.view.opening_card, realtime.view.screen.window", {*WINDOW, "pydantic"}),
        ("import realtime.capture", set()),
        ("import realtime.stream.sender", {"pydantic"}),
        ("import realtime.export, realtime.session, realtime.session.write", {"pydantic"}),
        ("import realtime.detect, realtime.detect.pyfeat", set()),
        ("import realtime.pipeline.build, realtime.pipeline.run, realtime.pipeline.replay.control", {"pydantic"}),
        ("import realtime.app.mirror, realtime.app.replay", {"pydantic"}),  # a run without a window needs no OpenGL
        ("import realtime.cli.entry", {"typer"}),
        ("import realtime.cli", set()),  # and `meshmirror --version` is answered by it
    ],
)  # fmt: skip
def test_an_import_loads_no_more_than_its_floor(statement: str, allowed: set[str]) -> None:
    assert loaded_by(statement) & HEAVY <= allowed


def test_the_command_line_loads_no_model_and_no_numpy() -> None:
    code = "import sys; import realtime.cli.entry; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PACKAGE.parent)
    loaded = set(done.stdout.split())
    assert "realtime.cli.entry" in loaded
    assert not {"numpy", "realtime.model", "realtime.core.types", "realtime.core.config"} & loaded


def test_no_unpickling_anywhere() -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py"))
    for danger in ("allow_pickle=True", "import pickle", "joblib", "yaml.load", "weights_only=False"):
        assert danger not in text


def test_no_two_files_of_tests_have_one_name() -> None:
    """pytest imports them by their names alone, and collects nothing where two are the same."""
    names = [path.name for path in sorted((PACKAGE.parent / "tests").rglob("*.py")) if path.name != "conftest.py"]
    assert {name for name in names if names.count(name) > 1} == set()
