"""What was freed goes back to the system."""

from __future__ import annotations

import ctypes
import platform

import pytest
from passes import resident_mib

from realtime.core.freed_memory import return_freed_memory

BLOCKS, SIZE = 40_000, 2_048  # small ones, which come from the heap: 78 MiB


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries keep nothing")
def test_memory_below_a_block_in_use_is_returned() -> None:
    libc = ctypes.CDLL(None)
    libc.malloc.restype, libc.free.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
    blocks = [libc.malloc(SIZE) for _ in range(BLOCKS)]
    for block in blocks:
        ctypes.memset(block, 1, SIZE)
    for block in blocks[:-1]:
        libc.free(block)
    kept = resident_mib()  # the last block is at the end of the heap
    return_freed_memory()
    libc.free(blocks[-1])
    assert kept - resident_mib() > 0.8 * BLOCKS * SIZE / 2**20
