"""The worker's loop."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import NoReturn

import numpy as np

from realtime.detect.pyfeat.crop import INPUT
from realtime.detect.pyfeat.runtime import Runtime
from realtime.detect.worker.child_channel import ChildChannel
from realtime.detect.worker.protocol import Ready, Result

HEARTBEAT_S = 0.1


def serve(runtime: Runtime, channel: ChildChannel, start_ms: Mapping[str, float] | None = None) -> NoReturn:
    """Answer requests until the program closes the channel, which ends this process. `start_ms`: of the stages before.

    Everything that waits is computed in one step: live that is one picture, in step up to as many as there are slots.
    """
    inputs = np.zeros((1 if channel.hello.live else channel.hello.slots, 3, INPUT, INPUT), dtype=np.float32)
    began = time.perf_counter()
    runtime.run(inputs)  # the first step is the slowest, and the limit for a hang is taken from it
    warm_up = time.perf_counter() - began
    channel.ready(Ready(runtime.name, runtime.layout, warm_up, {**(start_ms or {}), "warm-up": warm_up * 1e3}))
    while True:
        requests = channel.take(HEARTBEAT_S)
        if not requests:
            channel.heartbeat()
            continue
        began = time.perf_counter()
        for at, request in enumerate(requests):
            inputs[at] = request.crop.network_input(channel.patch(request))
        rows = runtime.run(inputs[: len(requests)])
        step = time.perf_counter() - began
        share = step / len(requests)
        channel.answer([Result(one.serial, step, share, row) for one, row in zip(requests, rows, strict=True)])
