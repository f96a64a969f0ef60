"""The soak finds what it looks for, and a seed gives the same trial again."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import odd_sessions
import odd_settings
import pytest
from findings import Ran, findings, lost_by_recovery, snapshot
from remade import RECORDED
from trial import Kind, Trial

GOOD = Ran(("export", "s"), 0, "written a.csv\n", "", "", 1.0)


@pytest.fixture
def folders(tmp_path: Path) -> dict[str, Path]:
    found = {name: tmp_path / name for name in ("in", "work", "tmp")}
    for path in found.values():
        path.mkdir()
    (found["in"] / "a").write_bytes(b"a")
    return found


def names(ran: Ran, folders: dict[str, Path], **written: str) -> set[str]:
    before = snapshot(folders["in"])
    for place, content in written.items():
        folder, _, name = place.partition("_")
        (folders[folder] / name).write_text(content)
    return {one.name for one in findings(ran, before, folders)}


def test_a_run_without_a_fault_has_none(folders: dict[str, Path]) -> None:
    assert names(GOOD, folders, work_out="rows") == set()
    refused = replace(
        GOOD, code=4, err="error damaged", out='{"error": "damaged", "exit_code": 4}', line=("x", "--json")
    )
    assert names(refused, {**folders, "work": folders["tmp"]}) == set()


FAULTS = {
    "exit code 1": replace(GOOD, code=1, err="x"),
    "exit code 3 without an error on stderr": replace(GOOD, code=3),
    "control character '\\x1b' from export": replace(GOOD, err="a\x1b[2J"),
    "control character '\\u202e' from export": replace(GOOD, out="\u202egnp"),
    "warning of Python": replace(GOOD, err="RuntimeWarning: overflow"),
    "library writes to the terminal: [h# @ #] x": replace(GOOD, native="[h264 @ 0x12] x"),
    "flood of text": replace(GOOD, err="x" * 100_000),
    "takes long: export": replace(GOOD, cpu_s=1e3),
    "no JSON on stdout with exit code 0": replace(GOOD, line=("export", "--json"), out='{"a": NaN}'),
    "no error in the JSON with exit code 3": replace(GOOD, line=("export", "--json"), out="{}", code=3, err="x"),
    "traceback: ZeroDivisionError in ?": replace(GOOD, code=None, error=ZeroDivisionError()),
}


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_is_found(name: str, folders: dict[str, Path]) -> None:
    assert names(FAULTS[name], folders) == {name}


def test_files_are_looked_at(folders: dict[str, Path]) -> None:
    assert names(GOOD, folders, in_a="b") == {"input changed by export"}
    assert names(replace(GOOD, line=("recover",)), folders, in_a="c") == set()
    assert names(GOOD, folders, work_empty="") == {"unfinished files of export"}
    assert names(replace(GOOD, code=2, err="x"), folders) == {
        "export leaves files with exit code 2", "unfinished files of export",
    }  # fmt: skip
    assert "temporary files of export" in names(GOOD, folders, tmp_x="x")


def test_what_a_recovery_lost_is_found(tmp_path: Path) -> None:
    for name, content in (("before", b"0123456789"), ("after", b"0123")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "annotations.csv").write_bytes(content)
    assert lost_by_recovery(tmp_path / "before", tmp_path / "after") == ["annotations.csv: 10 before, 4 after"]
    (tmp_path / "after" / "annotations.csv.original").write_bytes(b"0123456789")
    assert lost_by_recovery(tmp_path / "before", tmp_path / "after") == []


@pytest.mark.parametrize("kind", [odd_sessions.make, odd_settings.make])
def test_a_seed_is_the_same_trial_again_and_a_change_can_be_left_out(kind: Kind, tmp_path: Path) -> None:
    material = tmp_path / "material"
    shutil.copytree(RECORDED, material / "sessions" / "a")
    (material / "media").mkdir()
    (material / "media" / "a.mp4").write_bytes(b"a")

    def made(name: str, seed: int, without: frozenset[int] = frozenset()) -> tuple[object, object, int]:
        inputs = tmp_path / name
        inputs.mkdir()
        trial = Trial(seed, inputs, material, without)
        return kind(trial), snapshot(inputs), len(trial.done)

    for seed in range(3):
        first, second, less = made(f"a{seed}", seed), made(f"b{seed}", seed), made(f"c{seed}", seed, frozenset({0}))
        assert first == second
        assert less[0] == first[0] and less[2] == first[2] - 1
    assert made("d", 3) != made("e", 4)


def test_every_seed_makes_a_session(tmp_path: Path) -> None:
    """Whatever changes follow each other: none waits for a pipe, or fails at what another has left."""
    material = tmp_path / "material"
    shutil.copytree(RECORDED, material / "sessions" / "a")
    (material / "media").mkdir()
    (material / "media" / "a.mp4").write_bytes(b"a")
    for seed in range(120):
        inputs = tmp_path / str(seed)
        inputs.mkdir()
        assert odd_sessions.make(Trial(seed, inputs, material))
        shutil.rmtree(inputs)
