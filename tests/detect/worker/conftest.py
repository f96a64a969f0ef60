"""Keepers that are closed, whatever a test does."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from workers import Pictures, command

from realtime.detect.worker import WorkerSupervisor

LIMIT_S = 180.0


@pytest.fixture(scope="session")
def pictures() -> Pictures:
    return Pictures()


@pytest.fixture
def keep() -> Iterator[Callable[..., WorkerSupervisor[int]]]:
    """A supervisor of a child with these faults."""
    made: list[tuple[WorkerSupervisor[int], threading.Timer]] = []

    def one(*faults: str, live: bool = True, **options: object) -> WorkerSupervisor[int]:
        supervisor = WorkerSupervisor[int](command(*faults), live=live, **options)  # type: ignore[arg-type]
        limit = threading.Timer(LIMIT_S, supervisor.close)  # who waits for it then gets an error
        limit.start()
        made.append((supervisor, limit))
        return supervisor

    yield one
    for supervisor, limit in made:
        limit.cancel()
        supervisor.close()
