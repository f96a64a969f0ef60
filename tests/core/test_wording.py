"""Sentences that the window and the terminal share."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from realtime.core.wording import skill_sentence


def test_a_fit_to_the_mesh_is_never_called_an_explanation() -> None:
    for skill in (0.004, 0.39, 1.0):
        for baseline in ("own_neutral", "mean_mesh"):
            wordings, good = skill_sentence(skill, baseline, "inverse")
            assert good and not any("explain" in wording for wording in wordings)
            assert "at best" in wordings[0].lower() and "fitted to this face" in wordings[0]
            assert skill_sentence(skill, baseline, "pyfeat")[0][0].startswith("The model explains")
            same = skill_sentence(skill, baseline, "mediapipe")[0]  # computed from the same landmarks
            assert "same landmarks" in same[0] and not any("explain" in wording for wording in same)


def test_no_other_text_of_the_program_speaks_of_explaining() -> None:
    """Every text for users is a string in the code or in the documentation; names and docstrings are not among them."""
    root = Path(__file__).resolve().parents[2]
    found = []
    for path in sorted((root / "realtime").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        described = {
            id(node.body[0].value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
            and node.body
            and isinstance(node.body[0], ast.Expr)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in described:
                found += [(path.name, node.value)] if re.search(r"\bexpla[in]", node.value) else []
    assert {name for name, _ in found} == {"wording.py"} and len(found) == 3, found  # `skill_sentence`, tested above
    for page in (root / "README.md", *(root / "docs").glob("*.md")):
        assert not re.search(r"\bexpla[in]", page.read_text(encoding="utf-8")), page.name


def test_below_the_baseline_it_says_so() -> None:
    wordings, good = skill_sentence(-0.03, "own_neutral", "pyfeat")
    assert not good and "own neutral" in wordings[0] and "−0.03" in wordings[0]
