"""One user's folders, and the command run in them."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hub_stand_in import COMMIT
from in_process import run_in_process

V6 = "py-feat/emotion_to_mesh/emotion_to_mesh_pls_v6.npz"
NETWORK = "py-feat/face_multitask_v2/face_multitask_v28.safetensors"


@dataclass
class Box:
    """The folders and variables of one user."""

    folder: Path
    variables: dict[str, str]

    @property
    def cache(self) -> Path:
        return self.folder / "huggingface" / "hub"

    @property
    def manifest(self) -> Path:
        return self.folder / "data" / "models.json"

    def snapshot(self, key: str, commit: str = COMMIT) -> Path:
        owner, repo, file = key.split("/")
        return self.cache / f"models--{owner}--{repo}" / "snapshots" / commit / file

    def blobs(self, key: str = V6) -> Path:
        return self.snapshot(key).parents[2] / "blobs"

    def records(self) -> dict[str, Any]:
        return json.loads(self.manifest.read_text())["files"] if self.manifest.exists() else {}

    def start(self, *args: str, **variables: str) -> subprocess.Popen[str]:
        """Start `meshmirror models ...` as a process of its own."""
        return self._start(["-m", "realtime", "models", *args], variables)

    def run(self, *args: str, **variables: str) -> Done:
        """Run `meshmirror models ...` in this process."""
        return self.command("models", *args, **variables)

    def command(self, *args: str, **variables: str) -> Done:
        """Run `meshmirror ...` in this process."""
        done = run_in_process(args, self.folder, {**self.variables, **variables})
        return Done(done.returncode, done.stdout, done.stderr)

    def python(self, script: str, **variables: str) -> Done:
        """Run a script."""
        return finish(self._start(["-c", script], variables))

    def _start(self, args: list[str], variables: dict[str, str]) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, *args], cwd=self.folder, env={**self.variables, **variables},
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip


@dataclass
class Done:
    """How a command ended."""

    code: int
    stdout: str
    stderr: str

    @property
    def report(self) -> dict[str, Any]:
        return json.loads(self.stdout)


def finish(child: subprocess.Popen[str]) -> Done:
    stdout, stderr = child.communicate(timeout=60)
    assert "Traceback" not in stderr, stderr
    return Done(child.returncode, stdout, stderr)


def until(condition: Callable[[], bool], seconds: float = 30) -> None:
    """Wait for something that another process does."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)
