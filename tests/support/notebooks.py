"""Notebooks of the documentation, run as they stand there."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path

import pytest


def check_notebook(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What its cells print is what stands below them; it is small and has one picture."""
    monkeypatch.setenv("MPLBACKEND", "agg")
    monkeypatch.chdir(path.parent)
    assert path.stat().st_size < 100_000
    names: dict[str, object] = {}
    drawn = 0
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] != "code":
            continue
        with contextlib.redirect_stdout(io.StringIO()) as out:
            exec(compile("".join(cell["source"]), path.name, "exec"), names)
        said = "".join(line for output in cell["outputs"] for line in output.get("text", []))
        assert out.getvalue() == said
        drawn += sum("image/png" in output.get("data", {}) for output in cell["outputs"])
    assert drawn == 1
