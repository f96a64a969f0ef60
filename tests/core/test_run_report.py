"""The report of a run: every key is described, and the schema and the page say what the classes say."""

from __future__ import annotations

import json
import re

import pytest
import run_docs
from common import ROOT
from pydantic import ValidationError

from realtime.core.run_report import WindowReport


def test_the_schema_and_the_page_are_those_of_the_classes() -> None:
    again = "python tests/support/run_docs.py --write"
    assert json.loads(run_docs.SCHEMA.read_text(encoding="utf-8")) == run_docs.schema(), again
    assert run_docs.PAGE.read_text(encoding="utf-8") == run_docs.page(), again


def test_every_key_is_described_and_every_number_of_a_quantity_has_a_unit() -> None:
    plain = {"frames", "rows", "restarts", "reopened", "missing", "captured", "recorded", "dropped", "median", "p95"}
    for kind, found in run_docs.schema()["$defs"].items():
        for name, key in found["properties"].items():
            assert len(key.get("description", "")) > 3, f"{kind}.{name}"
            numbers = "number" in json.dumps(key) or "integer" in json.dumps(key)
            assert not numbers or key.get("unit") or name in plain, f"{kind}.{name}"


def test_every_object_has_its_table_on_the_page() -> None:
    keys = set(re.findall(r"^\| `(\w+)` \|", run_docs.page(), re.MULTILINE))
    assert keys == {name for found in run_docs.schema()["$defs"].values() for name in found["properties"]}
    assert "(docs/run-json.md)" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_a_report_does_not_change_and_takes_no_unknown_key() -> None:
    report = WindowReport(reopened=1, failure=None)
    with pytest.raises(ValidationError, match="frozen"):
        report.reopened = 2  # type: ignore[misc]
    with pytest.raises(ValidationError, match="Extra inputs"):
        WindowReport.model_validate({"reopened": 1, "failure": None, "other": 1})
