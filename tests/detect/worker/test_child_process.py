"""What is made of the last words of a worker."""

from __future__ import annotations

import sys
import threading
import time

import numpy as np
import pytest
from workers import command

from realtime.detect.pyfeat.crop import Crop
from realtime.detect.worker.child_process import ChildProcess, error_summary
from realtime.detect.worker.protocol import MessageKind, Request, request_message
from realtime.detect.worker.shared_memory import SharedFrames

TRACEBACK = """some warning
Traceback (most recent call last):
  File "x.py", line 3, in <module>
    run()
RuntimeError: Exception from src/inference:
Check 'x' failed""".splitlines()


def test_the_error_of_a_traceback_is_what_it_said() -> None:
    assert error_summary(TRACEBACK) == "RuntimeError: Exception from src/inference: Check 'x' failed"
    assert (
        error_summary(["one", "two", "terminate called", "  what():  no memory"])
        == "terminate called what():  no memory"
    )
    assert error_summary([]) == ""
    assert len(error_summary(["x" * 5000])) == 300


@pytest.mark.parametrize(
    ("code", "how"),
    [
        ("print('\\033[31mred\\a', 'ü', file=sys.stderr); sys.exit(3)", "ended with code 3: [31mred ü"),
        ("sys.stderr.buffer.write(b'\\xff\\xfe no end'); sys.exit(1)", "ended with code 1: \ufffd\ufffd no end"),
        ("sys.stderr.write('line\\n' * 100_000 + 'the last')", "ended with code 0: line the last"),
        ("sys.stderr.write('x' * 10_000_000)", "ended with code 0: " + "x" * 299 + "\N{HORIZONTAL ELLIPSIS}"),
        ("os.kill(os.getpid(), 9)", "was ended by signal SIGKILL"),
        ("pass", "ended with code 0"),
        ("os.closerange(1, 3); time.sleep(60)", "closed its channel and kept running"),
    ],
)  # fmt: skip
def test_how_it_ended(code: str, how: str) -> None:
    slots = SharedFrames.made(1)
    child = ChildProcess([sys.executable, "-c", f"import os, sys, time; {code}"], slots, 1, live=False)
    child.listen(lambda kind, body: None, threading.Event())
    assert child.ended.wait(20)
    assert child.end(1.0) == how
    slots.close()


@pytest.mark.parametrize("fault", ["hang=2", "hang=1"], ids=["idle", "in a step"])
def test_a_worker_ends_by_itself_when_its_line_is_closed(fault: str) -> None:
    slots = SharedFrames.made(1)
    slots.write(0, np.zeros((9, 9, 3), dtype=np.uint8))
    child = ChildProcess(command(fault), slots, 1, live=False)
    ready = threading.Event()
    child.listen(lambda kind, body: ready.set() if kind is MessageKind.READY else None, threading.Event())
    assert ready.wait(20)
    child.send(request_message(Request(1, 0, (9, 9), Crop(0.0, 0.0, 9.0, 9, 9))))
    time.sleep(0.3)
    assert child.end(10.0) == "ended with code 0"
    slots.close()
