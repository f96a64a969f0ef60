"""The live program's linear algebra has one thread; other commands, other processes and the user's wish keep theirs."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from common import environment

LIBRARIES = "import numpy, scipy.linalg; from realtime.capture.opencv_device import load_cv2; load_cv2(); "
REPORT = (
    "import json, os; from threadpoolctl import threadpool_info;"
    "from realtime.core.blas_threads import environment_for_children as children;"
    "from realtime.detect.worker.child_process import _environment as worker;"
    "print(json.dumps({'blas': sorted(p['num_threads'] for p in threadpool_info() if p['user_api'] == 'blas'),"
    "'children': [around().get('OPENBLAS_NUM_THREADS') for around in (children, worker)]}))"
)


def report(command: str, **variables: str) -> dict:
    code = f"from realtime.cli.entry import _register; _register({command!r}); " + LIBRARIES + REPORT
    around = {**environment("OPENBLAS_NUM_THREADS"), **variables}
    done = subprocess.run([sys.executable, "-c", code], env=around, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


@pytest.mark.parametrize("command", ["live", "replay"])
def test_a_live_command_has_one_thread_and_its_processes_choose_for_themselves(command: str) -> None:
    found = report(command)
    assert len(found["blas"]) >= 2, "numpy and scipy have a library each"
    assert set(found["blas"]) == {1}
    assert found["children"] == [None, None]


def test_other_commands_and_the_users_wish_are_left_alone() -> None:
    before = json.loads(
        subprocess.run(
            [sys.executable, "-c", LIBRARIES + REPORT], env=environment(), capture_output=True, text=True, check=True
        ).stdout
    )
    assert report("export")["blas"] == before["blas"]
    found = report("live", OPENBLAS_NUM_THREADS="2")
    assert max(found["blas"]) == min(2, os.cpu_count() or 1) and found["children"] == ["2", "2"]
