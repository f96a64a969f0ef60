"""The words of the window are explained in one place, and the docs say the same."""

from __future__ import annotations

import re

from common import ROOT

from realtime.core.glossary import GLOSSARY, glossary_table


def test_the_docs_have_the_same_table() -> None:
    assert glossary_table() in (ROOT / "docs" / "window.md").read_text(encoding="utf-8")


def test_every_explanation_is_one_or_two_whole_sentences() -> None:
    for term in GLOSSARY.values():
        assert term.sentence.endswith(".") and len(term.sentence) <= 160, term
        assert term.sentence[0].isupper()


def test_every_word_that_the_view_marks_is_explained_and_no_explanation_is_without_a_word() -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "realtime" / "view").rglob("*.py"))
    used = {name for name in GLOSSARY if re.search(rf'"{re.escape(name)}"', code)}
    marked = set(re.findall(r'term="([^"]+)"', code))
    assert marked <= set(GLOSSARY)
    assert used == set(GLOSSARY)
