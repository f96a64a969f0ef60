"""The table of docs/what-the-numbers-mean.md, made from what the command measured.

meshmirror bench --only truth --json > truth.json
PYTHONPATH=. python tests/support/truth_docs.py truth.json --write     the table anew
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from realtime.app.bench.truth_report import ROWS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "what-the-numbers-mean.md"
BEGIN, END = "<!-- measured: begin -->\n", "<!-- measured: end -->\n"
COMMAND = "`meshmirror bench --only truth`"


def table(truth: dict[str, Any]) -> str:
    """What was measured, with what, and which values are good and bad."""
    clips = "; ".join(
        f"`{name}`: {clip['frames']} frames, emotions from `{clip['emotion_source']}`, neutral of the first "
        f"{clip['neutral_s']:g} s, motion {clip['neutral_motion']:g} %"
        for name, clip in truth["clips"].items()
    )
    beside = "" if truth["other_tracker"] is None else f", beside it `{truth['other_tracker']}`"
    lines = [
        f"{COMMAND}, Meshmirror {truth['version']}, `{truth['model']}`, tracker `{truth['tracker']}`{beside}.",
        f"{clips}.",
        "",
        "| row | measured | good | bad |",
        "| --- | --- | --- | --- |",
    ]
    for name, row in truth["rows"].items():
        measured = "<br>".join(f"`{clip}`: {text}" for clip, text in row["texts"].items())
        lines.append(f"| **{name}**<br>{row['meaning']} | {measured} | {row['good']} | {row['bad']} |")
    return "\n".join(lines) + "\n"


def with_table(page: str, text: str, begin: str = BEGIN, end: str = END) -> str:
    """The page with another table between two marks."""
    before, _, rest = page.partition(begin)
    _, found, after = rest.partition(end)
    if not found:
        raise ValueError(f"the page has no {begin.strip()} or {end.strip()}")
    return before + begin + text + end + after


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("measured", type=Path)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    truth = json.loads(given.measured.read_text(encoding="utf-8"))["truth"]
    if truth["rows"].keys() != ROWS.keys() or truth["absent"]:
        parser.error("rows are absent")
    text = table(truth)
    if given.write:
        PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8"), text), encoding="utf-8")
    else:
        print(text)


if __name__ == "__main__":
    main()
