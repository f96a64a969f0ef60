"""What is done again and again in one program takes no more memory, threads and files each time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from statistics import mean

import pytest
from common import environment, needs_bundled

PROGRAM = Path(__file__).parents[1] / "support" / "growth.py"
# MiB a pass. What was kept of each change of models was 0.9; the noise of the allocator over 60 passes is below this.
BOUND_MIB = 0.15

pytestmark = [
    needs_bundled,
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads the memory from /proc"),
]


@pytest.mark.parametrize("kind", ["pipelines", "recordings", "models", "replays"])
def test_it_takes_no_more(kind: str, tmp_path: Path) -> None:
    """Between the means of the third and the last quarter of the passes: the first half has warmed everything up."""
    passes = 120
    # With an arena for every thread the allocator takes 60 passes until each has its share: 80 MiB, and then no more.
    around = {**environment(), "MALLOC_ARENA_MAX": "1", "MESHMIRROR_HOME": str(tmp_path / "home")}
    place = tmp_path / "place"
    place.mkdir()
    command = [sys.executable, str(PROGRAM), kind, str(passes), str(place)]
    done = subprocess.run(command, env=around, capture_output=True, text=True, timeout=3600, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    resident, threads, files = zip(*(map(float, line.split()) for line in done.stdout.splitlines()), strict=True)
    assert len(resident) == passes
    quarter = passes // 4
    assert (mean(resident[-quarter:]) - mean(resident[-2 * quarter : -quarter])) / quarter < BOUND_MIB, resident
    assert max(threads[-quarter:]) <= max(threads[quarter : 2 * quarter]), threads
    assert max(files[-quarter:]) <= max(files[quarter : 2 * quarter]), files
