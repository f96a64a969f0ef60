"""Sentences that the window and the terminal share."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from realtime.core.wording import emotion_phrase, skill_sentence


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
    assert {name for name, _ in found} == {"wording.py"}, found
    assert len(found) == 3, found  # `skill_sentence`'s, tested above
    for page in (root / "README.md", *(root / "docs").glob("*.md")):
        assert not re.search(r"\bexpla[in]", page.read_text(encoding="utf-8")), page.name


def test_below_the_baseline_it_says_so() -> None:
    wordings, good = skill_sentence(-0.03, "own_neutral", "pyfeat")
    assert not good and "own neutral" in wordings[0] and "−0.03" in wordings[0]


@pytest.mark.parametrize(
    ("values", "source", "said"),
    [
        ({"happiness": 0.81, "fear": 0.1}, "appearance", ("happiness 81 %", True)),
        ({"happiness": 0.5, "neutral": 0.3}, "pyfeat", ("happiness 50 %", True)),
        ({"happiness": 0.37, "anger": 0.37, "fear": 0.01}, "appearance", ("mixed: happiness, anger", False)),
        ({"happiness": 0.3, "fear": 0.2, "sadness": 0.2}, "pyfeat", ("mixed: happiness, fear, sadness", False)),
        ({"happiness": 0.9, "fear": 0.1}, "inverse", ("fitted: happiness", False)),
        ({"happiness": 0.5, "fear": 0.4}, "inverse", ("mixed: happiness, fear", False)),
        ({"AU12": 0.9}, "pyfeat", ("", False)),
        ({}, "pyfeat", ("", False)),
    ],
)
def test_an_emotion_is_named_alone_only_where_a_classifier_is_clear(
    values: dict[str, float], source: str, said: tuple[str, bool]
) -> None:
    assert emotion_phrase(values, source) == said
