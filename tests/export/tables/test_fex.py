"""py-feat reads what is exported for it; the checks themselves are in `fex_checks.py`."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from common import environment, needs_bundled
from several_faces import one_at_a_time, recorded, several_at_a_time

CHECKS = Path(__file__).with_name("fex_checks.py")


@needs_bundled
def test_py_feat_reads_our_files(inverse_folder: Path, network_folder: Path, tmp_path: Path) -> None:
    """In a process of its own: `import feat` takes 9 s and loads torch."""
    sessions = os.pathsep.join([str(inverse_folder), str(network_folder)])
    several = recorded(tmp_path / "several", several_at_a_time(one_at_a_time()))
    around = environment("PYTEST_ADDOPTS") | {
        "MPLBACKEND": "agg", "MESHMIRROR_SESSIONS": sessions, "MESHMIRROR_SEVERAL": str(several),
    }  # fmt: skip
    options = ["-q", "-p", "no:cacheprovider", f"--basetemp={tmp_path / 'checks'}"]
    command = [sys.executable, "-m", "pytest", *options, str(CHECKS)]
    done = subprocess.run(command, env=around, capture_output=True, text=True, timeout=600, check=False)
    print(done.stdout[-6000:])
    if there_is_none := re.search(r"py-feat cannot be imported here: .*", done.stdout):
        pytest.skip(there_is_none[0])
    assert done.returncode == 0, done.stderr[-2000:]
    assert re.search(r"\b13 passed\b", done.stdout) and "skipped" not in done.stdout
