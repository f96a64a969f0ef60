"""What the documentation says of keys is what the keys do."""

from __future__ import annotations

import re

from common import ROOT

from realtime.app.bench.truth_report import ROWS
from realtime.core.commands import SECTIONS, VIEW_NAMES, Show

WINDOW = (ROOT / "docs" / "window.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")


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


def test_the_page_on_the_numbers_has_every_row_with_its_good_and_bad_values() -> None:
    """The measured table is written by tests/support/truth_docs.py, from what the command printed."""
    page = (ROOT / "docs" / "what-the-numbers-mean.md").read_text(encoding="utf-8")
    measured = page.partition("<!-- measured: begin -->")[2].partition("<!-- measured: end -->")[0]
    for name, row in ROWS.items():
        lines = [line for line in measured.splitlines() if line.startswith(f"| **{name}**<br>")]
        assert len(lines) == 1 and f"{row.meaning} | `" in lines[0], name
        assert lines[0].endswith(f" | {row.good} | {row.bad} |"), name
    assert "Meshmirror " in measured and "tracker `" in measured and "what-the-numbers-mean.md" in README
