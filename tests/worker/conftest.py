"""Keepers that are closed, whatever a test does."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from workers import Pictures, command

from realtime.worker import Keeper

LIMIT_S = 60.0


@pytest.fixture(scope="session")
def pictures() -> Pictures:
    return Pictures()


@pytest.fixture
def keep() -> Iterator[Callable[..., Keeper[int]]]:
    """A keeper of a child with these faults."""
    made: list[Keeper[int]] = []
    limits: list[threading.Timer] = []

    def one(*faults: str, live: bool = True, **options: object) -> Keeper[int]:
        made.append(Keeper(command(*faults), live=live, **options))  # type: ignore[arg-type]
        limits.append(threading.Timer(LIMIT_S, made[-1].close))  # who waits for it then gets an error
        limits[-1].start()
        return made[-1]

    yield one
    for keeper, limit in zip(made, limits, strict=True):
        limit.cancel()
        keeper.close()
