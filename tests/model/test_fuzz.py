"""The reader under damaged files by the thousand; `fuzz_reader.py` runs more of them by command."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("resource", reason="the memory limit is one of POSIX")
if sys.platform != "linux":
    pytest.skip("RLIMIT_AS is only kept on Linux", allow_module_level=True)

import fuzz_reader
from mutations import CHANGES, good_files, mutant

from realtime.model import file, npz

SEED = 1


@pytest.mark.parametrize("mutations", [2_000, pytest.param(50_000, marks=pytest.mark.slow)])
def test_damaged_files_by_the_thousand(mutations):
    report = fuzz_reader.run(SEED, mutations=mutations, processes=2, timeout_s=1200)
    print(json.dumps(report["outcomes"]), report["seconds"], "s, slowest", report["slowest_ms"], "ms")
    told = "\n".join(
        f"--seed {SEED} --only {f['case']}: {f['done']} {f['error']}\n{f['trace']}" for f in report["failures"]
    )
    assert not report["failures"], told
    assert report["mutations"] == mutations
    assert report["slowest_ms"] < 1e3 * fuzz_reader.SLOW_S and report["grew_kB"] < report["limit_kB"]
    # A trial of the reader and not of the zip's checksums: most get past them, and every way to end is met often.
    assert report["past_zip"] > 0.6
    assert all(share > 0.03 for share in report["shares"].values()) and len(report["shares"]) == 5
    assert {change.__name__ for change in CHANGES} <= report["by_change"].keys()


def test_a_case_can_be_repeated(tmp_path):
    path = tmp_path / "case.npz"
    command = [sys.executable, fuzz_reader.__file__, "--seed", "5", "--only", "12", "--write", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0 and "case 12 of seed 5" in done.stdout, done.stderr
    assert path.read_bytes() == mutant(good_files(), 5, 12)[2]


def believes_numbers(self, key, shape, why=""):
    return self._get(key).astype(np.float32)


def believes_text(self, item, key):
    return item if isinstance(item, str) else item.decode()


def believes_names(archive, path):
    return {info.filename.removesuffix(".npy"): info for info in archive.infolist()}


def believes_metadata(self):
    text = self.text("training_metadata")
    return json.loads(text) if text else {}


@pytest.mark.parametrize(
    ("where", "what", "instead"),
    [
        (file._Fields, "numbers", believes_numbers),
        (file._Fields, "_decoded", believes_text),
        (file._Fields, "metadata", believes_metadata),
        (file, "LARGEST", np.inf),
        (npz, "_checked", believes_names),
    ],
)
def test_a_reader_that_lacks_a_check_is_found_out(where, what, instead, monkeypatch):
    fuzzer = fuzz_reader.Fuzzer(SEED)
    monkeypatch.setattr(where, what, instead)
    for start in range(0, 20_000, 250):
        fuzzer.run(range(start, start + 250))
        if fuzzer.failures:
            return
    pytest.fail("20,000 cases and nothing was noticed")


def test_a_reader_that_hangs_or_runs_out_of_memory_is_found_out(monkeypatch):
    monkeypatch.setattr(fuzz_reader, "SLOW_S", 0.05)

    def hangs(data: bytes, path: Path):
        while True:
            try:
                sum(range(1000))
            except Exception:  # as a reader that takes everything for a damaged file would
                continue

    def hungry(data: bytes, path: Path):
        try:
            raise MemoryError
        except MemoryError as cause:
            raise fuzz_reader.ModelFileError(f"{path}: no memory.") from cause

    for reader, says in ((hangs, "Hang"), (hungry, "memory ran out")):
        fuzzer = fuzz_reader.Fuzzer(SEED, reader)
        fuzzer.run(range(1))
        assert says in fuzzer.failures[0]["error"]


def test_a_process_that_dies_is_told_with_its_case(monkeypatch, tmp_path):
    """The case at which it died is known, although it could not say so itself."""
    program = tmp_path / "dies.py"
    program.write_text(
        f"import os, sys; sys.path[:0] = {[str(fuzz_reader.HERE), str(fuzz_reader.HERE.parents[1])]!r}\n"
        "import fuzz_reader\n"
        "case = fuzz_reader.Fuzzer.case\n"
        "fuzz_reader.Fuzzer.case = lambda self, number: os.abort() if number == 7 else case(self, number)\n"
        "fuzz_reader.main()\n"
    )
    monkeypatch.setattr(fuzz_reader, "__file__", str(program))
    report = fuzz_reader.run(SEED, mutations=20, processes=2, timeout_s=60)
    assert [failure["case"] for failure in report["failures"]] == [7] and report["mutations"] == 10
    assert "ended with -6" in report["failures"][0]["error"]
