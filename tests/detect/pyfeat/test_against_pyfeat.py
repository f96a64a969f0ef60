"""The network beside the installed py-feat; the checks themselves are in `network_checks.py`."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest
from common import environment

CHECKS = Path(__file__).with_name("network_checks.py")


@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="needs torch, which is not installed here")
@pytest.mark.parametrize(
    ("which", "count"), [("not slow", 27), pytest.param("slow", 41, marks=pytest.mark.slow)], ids=["usual", "others"]
)
def test_the_network_is_py_feats_own(tmp_path, which, count):
    """In a process of its own: torch's triton crashes beside llvmpipe, with which other tests draw."""
    around = environment("PYTEST_ADDOPTS") | {"HF_HUB_OFFLINE": "1", "MPLBACKEND": "agg"}
    options = ["-q", "-p", "no:cacheprovider", "-m", which, f"--basetemp={tmp_path / 'checks'}"]
    command = [sys.executable, "-m", "pytest", *options, str(CHECKS)]
    done = subprocess.run(command, env=around, capture_output=True, text=True, timeout=1800, check=False)
    print(done.stdout[-8000:])
    if there_is_none := re.search(r"py-feat cannot be imported here: .*", done.stdout):
        pytest.skip(there_is_none[0])
    assert done.returncode == 0, done.stderr[-2000:]
    counts = {word: int(count) for count, word in re.findall(r"(\d+) (passed|failed|skipped|error)", done.stdout)}
    assert counts == {"passed": count}
