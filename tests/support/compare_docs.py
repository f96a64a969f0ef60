"""docs/compare.schema.json and docs/compare-json.md, made from the classes of a comparison's report.

PYTHONPATH=. python tests/support/compare_docs.py --write     both files anew
"""

from __future__ import annotations

import argparse
import json
from typing import Any

from run_docs import DOCS, Schema, table

from realtime.core.compare_report import CompareReport

SCHEMA, PAGE = DOCS / "compare.schema.json", DOCS / "compare-json.md"
WITHIN = (
    ("ComparedScores", "`overall`; each of `recordings`, `people`, `emotions` and `models` has these keys as well"),
    ("RecordingScores", "each of `recordings`"),
    ("PersonScores", "each of `people`"),
    ("EmotionScores", "each of `emotions`"),
    ("ModelScores", "each of `models`"),
    ("Difference", "each of `differences`"),
    ("GroupScores", "each of `groups`, beside the keys of `without_amber`"),
    ("EventAverage", "each of `events`"),
    ("Check", "each of `checks`"),
    ("Excluded", "each of `excluded`"),
    ("CompareError", "each of `errors`"),
)
FURTHER = (
    "ComparedLine", "ComparedFloor", "FloorNull", "NullLevel", "WaterfallStep", "Interval", "Lag", "LagPoint",
    "Decomposition", "Percentiles", "CumulativeCurve", "RegionScores", "Slice", "NeutralUsed", "Quality", "SetupScores",
)  # fmt: skip
INTRO = """# The JSON of a comparison

`meshmirror compare` writes it as `summary.json` and prints it with `--json`; [comparing](comparing.md) says what the
numbers are compared with. [compare.schema.json](compare.schema.json) is its JSON Schema. Both files are made from
`realtime/core/compare_report.py` and `compare_scores.py` by `tests/support/compare_docs.py --write`.

`null` means that there is nothing to report; it is never replaced by a zero.
"""


def schema() -> dict[str, Any]:
    """The JSON Schema of `summary.json`."""
    found = CompareReport.model_json_schema(schema_generator=Schema)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **found}


def page() -> str:
    """The page: a table for each object."""
    whole = schema()
    kinds = whole["$defs"]
    common = set(kinds["ComparedScores"]["properties"])
    lines = [INTRO, "## The whole\n", *table(whole), "\n## Objects within"]
    for name, where in WITHIN:
        leave_out = () if name == "ComparedScores" else common
        lines += [f"\n{where[0].upper()}{where[1:]}:\n", *table(kinds[name], leave_out=leave_out)]
    for name in FURTHER:
        lines += [
            f"\n{kinds[name]['description'].split(chr(10) * 2)[0].rstrip('.')} (`{name}`):\n",
            *table(kinds[name]),
        ]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", required=True)
    parser.parse_args()
    SCHEMA.write_text(json.dumps(schema(), indent=2) + "\n", encoding="utf-8")
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
