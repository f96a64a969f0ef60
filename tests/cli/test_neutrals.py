"""`--person` and `meshmirror neutrals`, from the first calibration to its deletion."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from common import clip, needs_bundled

pytestmark = needs_bundled
RUN = (
    "--source", str(clip("single_face.mp4")), "--headless", "--frames", "30", "--model", "emotion@built-in",
    "--emotion", "inverse", "--set", "detect.tracker=bundled", "--json",
)  # fmt: skip


def test_a_neutral_is_kept_used_listed_and_removed(meshmirror: Any, tmp_path: Path) -> None:
    home = {"MESHMIRROR_HOME": str(tmp_path / "home")}
    first = json.loads(meshmirror(*RUN, "--person", "Anna/..", "--neutral", "0.5", **home).stdout)
    assert first["neutral"]["person"] == "Anna/.." and first["neutral"]["findings"] == []
    assert not first["neutral"]["saved"]
    again = meshmirror(*RUN, "--person", "anna/..", **home)
    second = json.loads(again.stdout)
    assert second["neutral"]["saved"] and second["neutral"]["taken"] == first["neutral"]["taken"]
    assert second["averaged"] == second["valid"], "from the first frame on"
    listed = json.loads(meshmirror("neutrals", "list", "--json", **home).stdout)
    (one,) = listed["neutrals"]
    assert one["person"] == "Anna/.." and Path(one["path"]).parent == Path(listed["folder"]) and not listed["refused"]
    assert "Anna/.." in meshmirror("neutrals", "list", **home).stdout
    removed = meshmirror("neutrals", "remove", "Anna/..", "--json", **home)
    assert json.loads(removed.stdout)["removed"] == [one["path"]] and not Path(one["path"]).exists()
    done = meshmirror("neutrals", "remove", "Anna/..", **home)
    assert done.returncode == 2 and "No neutral of 'Anna/..' is kept" in done.stderr
    assert "No neutral is kept" in meshmirror("neutrals", "list", **home).stdout


@pytest.mark.parametrize("name", ["\x1b[2Jclear", "x" * 101, " "])
def test_a_name_that_is_none_is_a_usage_error(meshmirror: Any, name: str) -> None:
    done = meshmirror(*RUN, "--person", name)
    assert done.returncode == 2 and "model.person" in done.stderr + done.stdout
    assert "\x1b" not in done.stderr and len(done.stderr) < 1000
