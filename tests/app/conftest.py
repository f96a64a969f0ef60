"""Programs with a window, ended whatever a test does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from running import Running


@pytest.fixture
def start(display: str, tmp_path: Path) -> Iterator[Callable[..., Running]]:
    started: list[Running] = []

    def begin(*args: str, around: dict[str, str] | None = None) -> Running:
        started.append(Running(display, tmp_path, *args, around=around or {}))
        return started[-1]

    yield begin
    for running in started:
        if running.process.poll() is None:
            running.process.kill()
            running.process.communicate()
