"""Comparisons run in the tests' own process, on the small recorded session and on copies of it with other content."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from remade import RECORDED

from realtime.app.compare import CompareOptions, run_compare
from realtime.core.compare_report import CompareReport
from realtime.core.config import load_config

BUILT_IN = load_config(options={"model.names": "emotion@built-in", "detect.tracker": "bundled"})
VARIES = ("seconds", "command", "out", "outputs", "date")  # between two runs that compare the same


def compared(inputs: list[Path], out: Path, **options: Any) -> CompareReport:
    """A comparison of the built-in model; the features are fitted to the mesh unless `emotions` says otherwise."""
    given = {"config": BUILT_IN, "emotions": ("inverse",), "page": False} | options
    return run_compare([str(path) for path in inputs], out, CompareOptions(**given))


def sessions(folder: Path, *names: str) -> list[Path]:
    """Copies of the recorded session that differ in their content."""
    found = []
    for name in names:
        session = Path(shutil.copytree(RECORDED, folder / name))
        (session / "notes.txt").write_text(name)
        found.append(session)
    return found


def same(tree: dict[str, Any]) -> str:
    """The JSON of a report without what varies between two runs."""
    rest = {name: value for name, value in tree.items() if name not in VARIES}
    rest["recordings"] = [{**one, "path": None} for one in rest["recordings"]]
    return json.dumps(rest)
