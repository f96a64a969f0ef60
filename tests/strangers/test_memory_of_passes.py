"""A file that is read again and again, by a loop or by opening it anew, takes no more memory each time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from statistics import mean

import pytest
from common import environment
from made_videos import ffmpeg

PROGRAM = Path(__file__).parents[1] / "support" / "passes.py"
SIZES = {"720p": "1280x720", "1080p": "1920x1080"}
BOUND_MIB = 1.0  # a pass; what was kept of each was 2 at 320x240 and 10 at 1080p

needs_proc = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads the memory from /proc")


def growth_mib(path: Path, mode: str, passes: int, *options: str) -> float:
    """MiB a pass, once the first third has warmed everything up: between the means of the other two thirds."""
    command = [sys.executable, str(PROGRAM), str(path), mode, str(passes), *options]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=3600, check=True)
    resident = [float(line) for line in done.stdout.split()]
    assert len(resident) == passes
    third = passes // 3
    return (mean(resident[-third:]) - mean(resident[third : 2 * third])) / third


def hd_clip(path: Path, size: str, *options: str) -> Path:
    """15 pictures of H.264."""
    ffmpeg(
        "-f", "lavfi", "-i", f"testsrc=d=0.6:r=25:s={size}", "-c:v", "libx264", "-preset", "ultrafast", "-bf", "2",
        "-pix_fmt", "yuv420p", *options, path,
    )  # fmt: skip
    return path


@needs_proc
@pytest.mark.parametrize("mode", ["loop", "reopen"])
def test_some_passes_take_no_more(tmp_path: Path, mode: str) -> None:
    assert growth_mib(hd_clip(tmp_path / "a.mp4", SIZES["720p"]), mode, 45, "no-gc") < BOUND_MIB


@needs_proc
@pytest.mark.slow
@pytest.mark.parametrize("mode", ["loop", "reopen"])
@pytest.mark.parametrize("name", ["a.mp4", "a.avi", "a.mkv"])
def test_a_thousand_passes_take_no_more(tmp_path: Path, mode: str, name: str) -> None:
    assert growth_mib(hd_clip(tmp_path / name, SIZES["1080p"]), mode, 900) < 0.02
