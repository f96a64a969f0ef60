"""Dask clusters of this machine, and a scheduler that can be killed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import pytest
from common import DASK

QUIET = {
    "host": "127.0.0.1",
    "scheduler_kwargs": {"dashboard": False, "dashboard_address": "127.0.0.1:0"},
    "dashboard_address": None,
    "silence_logs": "CRITICAL",
}

_CODE = f"""
import sys
from distributed import LocalCluster
if __name__ == "__main__":
    with LocalCluster(n_workers=1, threads_per_worker=1, **{QUIET!r}) as cluster:
        print(cluster.scheduler_address, flush=True)
        sys.stdin.read()
"""


@contextmanager
def scheduler_process() -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """A scheduler with one worker in a process of its own: its address and the process."""
    pytest.importorskip("distributed", reason=DASK)
    command = [sys.executable, "-c", _CODE]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        workers = psutil.Process(process.pid).children(recursive=True)
        try:
            yield address, process
        finally:
            process.kill()
            for worker in workers:
                if worker.is_running():
                    worker.kill()
