"""docs/run.schema.json and docs/run-json.md, made from the classes of the reports.

PYTHONPATH=. python tests/support/run_docs.py --write     both files anew
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from realtime.core.against_report import AgainstReport
from realtime.core.run_report import PipelineReport, ReplayReport, RunReport
from realtime.core.whatif_report import WhatIfReport

DOCS = Path(__file__).resolve().parents[2] / "docs"
SCHEMA, PAGE = DOCS / "run.schema.json", DOCS / "run-json.md"
WITHIN = (
    ("Quantiles", "`latency_ms`, `prediction_ms`, `emotion_age_ms`, each of `stages_ms`"),
    ("ModelReport", "each of `models`"),
    ("NetworkReport", "`network`"),
    ("RecordedNetworkReport", "`network` in a replay"),
    ("AppearanceReport", "`appearance`"),
    ("NeutralReport", "`neutral`"),
    ("PoseResponseReport", "`pose_response` of the neutral"),
    ("AxisRange", "each of `axes` of the pose response"),
    ("FindingReport", "each of `findings` of the neutral"),
    ("RecordingReport", "each of `sessions`"),
    ("StreamCounts", "each of `streams` of a session"),
    ("StreamReport", "each of `streams` of a run"),
    ("TimesReport", "`age_ms` and `added_ms` of these"),
    ("RuleReport", "each of `rules`"),
    ("FiredEvent", "each of `events` of a rule"),
    ("WindowReport", "`window`"),
    ("ReplayComparison", "`recomputed` in a replay"),
    ("PairedReport", "`paired` of a replay against another one"),
    ("PairedLine", "`raw` and `adjusted` of `paired`"),
    ("WhatIfSetting", "`setting` of `whatif`"),
    ("DisplacementReport", "`displacement` of `whatif`"),
)
INTRO = """# The JSON of a run

`meshmirror live`, `demo`, `replay` and `whatif` print one JSON object with `--json`, when they end.
[run.schema.json](run.schema.json) is its JSON Schema. Both files are made from `realtime/core/run_report.py`,
`realtime/core/against_report.py` and `realtime/core/whatif_report.py` by `tests/support/run_docs.py --write`.

* NME is the mean distance between the 478 vertices of the observed and the predicted face, in % of the outer-canthal
  distance, in the canonical frame of the model.
* Means are over the `averaged` frames: those within the range of the models and, once a neutral was calibrated, only
  those after it. Frames whose features or pose came from different sources are never averaged together: the numbers are
  of the sources that most frames had.
* `null` means that there is nothing to report; it is never replaced by a zero.
"""


class Schema(GenerateJsonSchema):
    """Without a title that repeats the key."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def schema() -> dict[str, Any]:
    """The JSON Schema of what the four commands print."""
    found = TypeAdapter(RunReport | ReplayReport | AgainstReport | WhatIfReport).json_schema(schema_generator=Schema)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "What meshmirror live, demo, replay and whatif print with --json",
        **found,
    }


def page() -> str:
    """The page: a table for each object."""
    kinds = schema()["$defs"]
    earlier = set(PipelineReport.model_fields)
    lines = [INTRO, "## `live`, `demo`, `replay`\n"]
    lines += table(kinds["RunReport"])
    last = next(reversed(PipelineReport.model_fields))
    lines += [f"\nEach of `earlier` has the keys from `{next(iter(PipelineReport.model_fields))}` to `{last}`.\n"]
    assert list(RunReport.model_fields)[: len(earlier)] == list(PipelineReport.model_fields)
    lines += ["A `replay` has these, too:\n"]
    lines += table(kinds["ReplayReport"], leave_out=set(RunReport.model_fields))
    lines += ["\nA `replay` with `--against` has two of them, and their difference:\n", *table(kinds["AgainstReport"])]
    lines += ["\n## `whatif`\n", *table(kinds["WhatIfReport"]), "\n## Objects within"]
    for name, where in WITHIN:
        lines += [f"\n{where[0].upper()}{where[1:]}:\n", *table(kinds[name])]
    return "\n".join(lines) + "\n"


def table(kind: dict[str, Any], leave_out: Collection[str] = ()) -> Iterator[str]:
    """Keys of an object, a row each."""
    yield "| key | type | unit | what it is |"
    yield "| --- | --- | --- | --- |"
    for name, key in kind["properties"].items():
        if name not in leave_out:
            description = key["description"].replace("|", "\\|")
            yield f"| `{name}` | {words(key)} | {key.get('unit', '')} | {description} |"


def words(key: dict[str, Any]) -> str:
    """The type of a key in words."""
    if "anyOf" in key:
        kinds = list(dict.fromkeys(words(kind) for kind in key["anyOf"]))
        return " or ".join(kinds)
    if "$ref" in key:
        return "object"
    if "enum" in key or "const" in key:
        return " or ".join(f'"{value}"' for value in key.get("enum", [key.get("const")]))
    if key["type"] == "array":
        if "prefixItems" in key:
            return "[" + ", ".join(words(item) for item in key["prefixItems"]) + "]"
        return f"list of {words(key['items'])}s"
    if key["type"] == "object":
        return f"{words(key['additionalProperties'])} by name"
    return str(key["type"])


def holds(printed: str) -> dict[str, Any]:
    """The report that a command printed, checked: it is of one of the classes, and nothing of it is left out."""
    given = json.loads(printed)
    report = TypeAdapter(RunReport | ReplayReport | AgainstReport | WhatIfReport).validate_python(given)
    assert list(report.to_json()) == list(given) and report.to_json() == given
    return given


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", required=True)
    parser.parse_args()
    SCHEMA.write_text(json.dumps(schema(), indent=2) + "\n", encoding="utf-8")
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
