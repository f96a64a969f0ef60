"""Interop with the installed py-feat; the checks themselves are in `pyfeat_checks.py`."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from common import environment

CHECKS = Path(__file__).with_name("pyfeat_checks.py")


def test_our_files_and_predictions_are_py_feats_own(tmp_path):
    """In a process of its own and without a network: `import feat` takes 9 s and loads torch."""
    around = environment("PYTEST_ADDOPTS") | {"HF_HUB_OFFLINE": "1", "MPLBACKEND": "agg", "HF_HOME": str(tmp_path)}
    options = ["-q", "-p", "no:cacheprovider", f"--basetemp={tmp_path / 'checks'}"]
    command = [sys.executable, "-m", "pytest", *options, str(CHECKS)]
    done = subprocess.run(command, env=around, capture_output=True, text=True, timeout=600, check=False)
    print(done.stdout[-6000:])
    if there_is_none := re.search(r"py-feat cannot be imported here: .*", done.stdout):
        pytest.skip(there_is_none[0])
    assert done.returncode == 0, done.stderr[-2000:]
    counts = {word: int(count) for count, word in re.findall(r"(\d+) (passed|failed|skipped|error)", done.stdout)}
    assert counts.keys() == {"passed"} and counts["passed"] > 100
