"""What the documentation says of sessions works as it stands there."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import pytest
from common import ROOT, needs_pandas
from notebooks import check_notebook
from several_faces import one_at_a_time, recorded, several_at_a_time

PAGE = (ROOT / "docs" / "sessions.md").read_text(encoding="utf-8")
NOTEBOOK = ROOT / "docs" / "session.ipynb"


@needs_pandas
def test_the_examples_run_one_after_the_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recorded(tmp_path / "anna-1", several_at_a_time(one_at_a_time()))
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    assert len(blocks) == 6
    names: dict[str, object] = {}
    with contextlib.redirect_stdout(io.StringIO()) as out:
        for block in blocks:
            exec(compile(block, "sessions.md", "exec"), names)
    assert "Session 'anna-1': 1.3 s, 40 rows" in out.getvalue() and "skill_adjusted" in out.getvalue()
    assert names["rows"].num_rows == 84 and names["chosen"].num_rows == 40  # type: ignore[attr-defined]
    assert len(names["second"]) == 39 and names["frame_12"].track_id.to_list()[1:] == [2, 11]  # type: ignore[arg-type, attr-defined]


@needs_pandas
def test_the_notebook_says_what_stands_below_its_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    check_notebook(NOTEBOOK, monkeypatch)
