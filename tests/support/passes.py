"""Memory of this process over passes of a looped file, or over openings of it; a program of its own for the tests.

PYTHONPATH=. python tests/support/passes.py FILE loop|reopen PASSES [no-gc]      a line with the MiB after every pass

Without the collection of cycles whatever a cycle keeps shows at once.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from pathlib import Path

from realtime.capture import SourceOptions, open_source


def resident_mib() -> float:
    """What the process has in memory now."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("no VmRSS")


def passes_of(path: str, mode: str, passes: int) -> Iterator[float]:
    """MiB after each pass."""
    if mode == "reopen":
        for _ in range(passes):
            with open_source(path) as source:
                for _ in source:
                    pass
            yield resident_mib()
        return
    with open_source(path, SourceOptions(loop=True)) as source:
        done = 0
        for frame in source:
            if frame.segment > done:
                done = frame.segment
                yield resident_mib()
                if done == passes:
                    return


if __name__ == "__main__":
    if sys.argv[4:] == ["no-gc"]:
        gc.disable()
    for mib in passes_of(sys.argv[1], sys.argv[2], int(sys.argv[3])):
        print(f"{mib:.1f}", flush=True)
