"""What the documentation says of comparisons from Python works as it stands there."""

import contextlib
import io
import re

from common import ROOT
from notebooks import check_notebook
from remade import copied

PAGE = (ROOT / "docs" / "comparing.md").read_text(encoding="utf-8")


def test_the_example_runs(tmp_path, monkeypatch):
    copied(tmp_path / "monday")
    monkeypatch.chdir(tmp_path)
    (block,) = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    assert len(block.splitlines()) <= 10
    names: dict[str, object] = {"__name__": "__main__"}
    with contextlib.redirect_stdout(io.StringIO()) as out:
        exec(compile(block, "comparing.md", "exec"), names)
    assert "monday" in out.getvalue() and "mouth" in out.getvalue()
    assert (tmp_path / "results" / "summary.json").is_file()


def test_the_notebook_says_what_stands_below_its_cells(monkeypatch):
    check_notebook(ROOT / "docs" / "compare.ipynb", monkeypatch)
