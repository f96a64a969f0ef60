"""What the documentation says of keys is what the keys do."""

from __future__ import annotations

import re

from common import ROOT

from realtime.core.commands import SECTIONS, VIEW_NAMES, Show

WINDOW = (ROOT / "docs" / "window.md").read_text(encoding="utf-8")


def test_the_table_of_keys_is_the_table_of_commands() -> None:
    rows = re.findall(
        r"^\| [^|]*\| ((?:<kbd>[^|]+</kbd> ?)+)\| ([^|]+) \|$", WINDOW.partition("## Keys")[2], re.MULTILINE
    )
    written = {words: set(re.findall(r"<kbd>(.+?)</kbd>", keys)) for keys, words in rows if "..." not in keys}
    meant = {c.description: set(c.keys) for s in SECTIONS.values() for c in s if not isinstance(c.request, Show)}
    assert written == meant


def test_every_view_has_its_row_in_the_order_of_its_key() -> None:
    rows = re.findall(r"^\| (\w[\w ]*) \| ", WINDOW.partition("## Views")[2].partition("\n\nFaces")[0], re.MULTILINE)
    assert rows == ["view", *VIEW_NAMES.values()]
