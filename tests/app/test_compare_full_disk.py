"""A disk that becomes full while a comparison writes its tables, its page and its figures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from comparing import sessions
from namespaces import in_own_mounts

FULL_AT = ("frames.parquet", "report.html", "figures/lines.png")


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """The same comparison with room for all, with a disk that is full at each of these files, and with room again."""
    folder = tmp_path_factory.mktemp("full")
    sessions(folder, "one", "two")
    (folder / "out").mkdir()
    args = ["compare", "one", "two", "--out", "out", "--emotion", "inverse", "--workers", "1"]
    plan = {"folder": str(folder), "out": "out", "args": args, "kept": ["parts"], "files": FULL_AT}
    found = in_own_mounts("small_disk.py", plan, folder)
    yield dict(zip(("first", *FULL_AT, "last"), found, strict=True))


@pytest.mark.parametrize("full", FULL_AT)
def test_it_is_named_and_what_was_compared_is_kept(runs: dict[str, Any], full: str) -> None:
    run, whole = runs[full], runs["first"]["files"]
    told = " ".join(run["err"].split())
    assert run["code"] == 3 and "Traceback" not in told, told
    assert f"{full}: could not be written: No space left on device. Make room" in told
    assert "what was compared is kept" in told
    order = list(whole)
    before = [name for name in order[: order.index(full)] if name != "parts/.running"]
    left = {name: content for name, content in run["files"].items() if name != "parts/.running"}
    assert sorted(left) == sorted(before)  # no more, and nothing that was begun
    assert [name for name in before if name.startswith("parts/")] == [
        name for name in left if name.startswith("parts/")
    ]
    assert all(left[name] == whole[name] for name in before if name.startswith("parts/"))


def test_with_room_again_it_goes_on_from_what_was_compared(runs: dict[str, Any]) -> None:
    first, last = runs["first"], runs["last"]
    assert (first["code"], last["code"]) == (0, 0), first["err"] + last["err"]
    assert sorted(first["files"]) == sorted(last["files"])
    parts = {name for name in first["files"] if name.startswith("parts/") and name != "parts/.running"}
    assert len(parts) == 6
    same = [name for name in first["files"] if name.endswith((".parquet", ".csv", ".npz")) or name in parts]
    assert {name: last["files"][name] for name in same} == {name: first["files"][name] for name in same}
