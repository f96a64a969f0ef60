"""The references of a comparison: each is one that its text refers to, and BibTeX that parses."""

from __future__ import annotations

import inspect
import re

import pytest

from realtime.export.comparison import methods
from realtime.export.comparison.references import REFERENCES, bibtex


def test_the_text_refers_to_each_and_to_no_other() -> None:
    source = inspect.getsource(methods)
    assert set(re.findall(r"@([a-z]+\d{4})", source)) == set(REFERENCES)


@pytest.mark.parametrize("key", REFERENCES)
def test_entries_are_complete(key: str) -> None:
    text = bibtex(key)
    assert text.startswith("@") and text.count("{") == text.count("}")
    kind, fields = REFERENCES[key]
    wanted = {"article": "journal", "book": "publisher", "inproceedings": "booktitle"}[kind]
    assert {"author", "title", "year", wanted} <= set(fields) and fields["year"] in key
