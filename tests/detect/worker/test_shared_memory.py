"""Shared pictures: found by the other process alone, written by one side, gone with the last of them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from realtime.detect.worker.shared_memory import SIDE, SharedFrames

READER = """
import sys
from realtime.detect.worker.shared_memory import SharedFrames
slots = SharedFrames.attached(sys.argv[1], 2)
picture = slots.view(1, (5, 7))
print(picture.sum(), picture.flags.writeable, flush=True)
"""
GREEDY = """
import resource, signal
from realtime.detect.worker.shared_memory import SharedFrames
from realtime.core.errors import NetworkError
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    SharedFrames.made(4)
except NetworkError as error:
    print(error)
"""


def test_the_other_process_reads_and_cannot_write() -> None:
    slots = SharedFrames.made(2)
    slots.write(1, np.full((5, 7, 3), 3, dtype=np.uint8))
    slots.write(0, np.full((SIDE, SIDE, 3), 9, dtype=np.uint8))  # the neighbour
    assert (slots.view(1, (5, 7)) == 3).all() and (slots.view(0, (SIDE, SIDE)) == 9).all()
    assert slots.descriptor is not None
    done = subprocess.run(
        [sys.executable, "-c", READER, slots.handle], pass_fds=[slots.descriptor], capture_output=True, text=True
    )
    assert done.stdout.split() == ["315", "False"], done.stderr
    slots.close()


@pytest.mark.parametrize("shape", [(SIDE + 1, 1), (1, SIDE + 1), (0, 5), (5, 0)])
def test_what_does_not_fit_is_refused(shape: tuple[int, int]) -> None:
    slots = SharedFrames.made(1)
    with pytest.raises(ValueError, match="does not fit"):
        slots.view(0, shape)
    with pytest.raises(ValueError, match="does not fit"):
        slots.write(0, np.zeros((*shape, 3), dtype=np.uint8))
    slots.close()


def test_closing_gives_everything_back() -> None:
    before = os.listdir("/dev/fd")  # noqa: PTH208
    for _ in range(3):
        slots = SharedFrames.made(3)
        slots.write(2, np.zeros((SIDE, SIDE, 3), dtype=np.uint8))
        slots.close()
    assert len(os.listdir("/dev/fd")) == len(before)  # noqa: PTH208


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="needs Linux's /proc")
def test_it_has_no_name() -> None:
    slots = SharedFrames.made(1)
    maps = [channel for channel in Path("/proc/self/maps").read_text().splitlines() if "/mm-" in channel]
    assert maps and all(channel.endswith("(deleted)") for channel in maps)
    slots.close()


def test_no_memory_left_is_an_error_of_our_own() -> None:
    done = subprocess.run([sys.executable, "-c", GREEDY], capture_output=True, text=True)
    assert done.stdout.startswith("There is no shared memory for 3.1 MB of pictures"), done.stderr
