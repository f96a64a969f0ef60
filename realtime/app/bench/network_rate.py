"""How many faces a second py-feat's network answers: live, and where every face is answered."""

from __future__ import annotations

import itertools
import time

from realtime.core.errors import NetworkError
from realtime.core.types import ByteArray
from realtime.detect.pyfeat.crop import Crop
from realtime.detect.worker import WorkerSupervisor
from realtime.pipeline.network_plan import FACES_AHEAD

OFFER_S = 1 / 60  # often enough that a newer face always waits, and no more: the network needs the cores
READY_S = 600.0

Faces = list[tuple[ByteArray, Crop]]


def wait_until_ready(supervisor: WorkerSupervisor[int], faces: Faces, live: bool) -> bool:
    """Whether the worker runs and has answered; a precision that the processor lacks is not measured.

    Raises NetworkError.
    """
    end = time.monotonic() + READY_S
    while supervisor.state != "running":
        if supervisor.state == "failed" and "bfloat16" in supervisor.reason:
            return False
        if supervisor.state == "failed" or time.monotonic() > end:
            raise NetworkError(f"The network could not be measured: {supervisor.reason}")
        time.sleep(0.05)
    (rate_live if live else rate_in_step)(supervisor, faces, 0.5)
    return True


def rate_live(supervisor: WorkerSupervisor[int], faces: Faces, seconds: float) -> float:
    """Answers a second while a newer face is always available."""
    answers = 0
    started = time.monotonic()
    for at in itertools.count():
        if time.monotonic() - started > seconds:
            break
        supervisor.offer(*faces[at % len(faces)], at)
        time.sleep(OFFER_S)
        answers += supervisor.take() is not None
    return answers / (time.monotonic() - started)


def rate_in_step(supervisor: WorkerSupervisor[int], faces: Faces, seconds: float) -> float:
    """Faces a second when every face is answered."""
    started = time.monotonic()
    given = answered = 0
    while given > answered or time.monotonic() - started < seconds:
        while given - answered < FACES_AHEAD and time.monotonic() - started < seconds:
            supervisor.submit(*faces[given % len(faces)], given)
            given += 1
        supervisor.wait()
        answered += 1
    return answered / (time.monotonic() - started)
