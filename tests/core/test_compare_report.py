"""The summary of a comparison: every key is described, and the schema and the page say what the classes say."""

from __future__ import annotations

import json

import compare_docs

from realtime.core.compare_report import CompareReport


def test_the_schema_and_the_page_are_those_of_the_classes() -> None:
    again = "python tests/support/compare_docs.py --write"
    assert json.loads(compare_docs.SCHEMA.read_text(encoding="utf-8")) == compare_docs.schema(), again
    assert compare_docs.PAGE.read_text(encoding="utf-8") == compare_docs.page(), again


def test_every_key_is_described() -> None:
    whole = compare_docs.schema()
    for kind, found in {"CompareReport": whole, **whole["$defs"]}.items():
        for name, key in found["properties"].items():
            assert len(key.get("description", "")) > 3, f"{kind}.{name}"


def test_the_summary_has_what_every_part_of_it_is_promised_to_have() -> None:
    promised = {
        "frames", "nme", "nme_adjusted", "r2", "r2_raw", "r2_within", "mae", "mae_raw", "skill", "gain", "with_gain",
        "floor", "null", "oracles", "interval",
    }  # fmt: skip
    kinds = compare_docs.schema()["$defs"]
    for kind in ("ComparedScores", "RecordingScores", "PersonScores", "EmotionScores", "ModelScores"):
        assert promised <= set(kinds[kind]["properties"]), kind
    assert CompareReport.model_fields["errors"].is_required()
