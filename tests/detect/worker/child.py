"""A worker whose network is a known function of its input, and that fails as its arguments say.

`child.py [FAULT=NUMBER ...]`: the fault befalls the NUMBERth picture of this process, 0 its start. `once=PATH`:
only the first of several processes, which makes this file then.
"""

from __future__ import annotations

import ctypes
import os
import sys
import time

import numpy as np

from realtime.core.errors import ModelFileError
from realtime.detect.pyfeat.output_layout import OutputLayout
from realtime.detect.worker.child_channel import connect
from realtime.detect.worker.serve import serve

WEIGHTS = np.random.default_rng(5).standard_normal((7, 3 * 224 * 224)).astype(np.float32)
HEADS = OutputLayout(("a", "b", "c", "d", "e", "f", "g"), ("AU01",), ("jawOpen",))
ROW = HEADS.width
FAULTS = ("raise", "exit", "segfault", "hang", "hold", "garbage", "mute")


def known(inputs: np.ndarray) -> np.ndarray:
    """(n, 3, 224, 224) to (n, ROW): seven projections of the input, then zeros. Row by row, so that a batch of any
    size gives the same bits.
    """
    rows = np.zeros((len(inputs), ROW), dtype=np.float32)
    for at, one in enumerate(inputs):
        rows[at, :7] = WEIGHTS @ one.reshape(-1)
    return rows


class KnownRuntime:
    """Counts its pictures (the warm-up is none) and fails at the one that it is told."""

    name = "known function"
    layout = HEADS

    def __init__(self, faults: dict[str, float]) -> None:
        self.faults = faults
        self.seen = 0
        self.warm = False

    def run(self, inputs: np.ndarray) -> np.ndarray:
        time.sleep(self.faults.get("slow", 0))  # every step, the warm-up too
        if not self.warm:
            self.warm = True
            return known(inputs)
        for _ in inputs:
            self.seen += 1
            for fault, number in self.faults.items():
                if number == self.seen:
                    fail(fault)
        if "stamp" in self.faults:  # when the work began and ended: 4 x 16 bits of the clock fit into float32
            began = time.perf_counter_ns()
            rows = known(inputs)
            rows[:, 7:11] = pieces(began)
            time.sleep(self.faults["stamp"])
            rows[:, 11:15] = pieces(time.perf_counter_ns())
            return rows
        return known(inputs)

    def close(self) -> None:
        pass


def pieces(clock_ns: int) -> list[int]:
    return [(clock_ns >> shift) & 0xFFFF for shift in (0, 16, 32, 48)]


def fail(fault: str) -> None:
    if once and fault in FAULTS:
        try:
            os.close(os.open(once, os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            return
    if fault == "raise":
        raise RuntimeError("this picture is too much")
    if fault == "refuse":
        raise ModelFileError("these weights are not to be used")
    if fault == "exit":
        os._exit(7)
    if fault == "segfault":
        ctypes.string_at(0)
    if fault == "hang":
        time.sleep(3600)
    if fault == "hold":  # with Python's lock held
        ctypes.PyDLL(None).sleep(3600)
    if fault == "garbage":
        os.write(writing(), b"hello, this is a library that prints\n")
        time.sleep(3600)
    if fault == "mute":  # closes what it speaks by, and cannot notice that nobody listens
        library = ctypes.PyDLL(None)  # os.close would let the other thread run
        for descriptor in (writing(), 1, 2):
            library.close(descriptor)
        library.sleep(3600)
    if fault == "print":
        print("hello from Python")
        os.write(1, b"hello from C\n")
        os.write(2, b"hello from stderr\n" * 1000)


def writing() -> int:
    return channel._writing


if __name__ == "__main__":
    arguments = dict(argument.split("=", 1) for argument in sys.argv[1:])
    once = arguments.pop("once", "")
    faults = {name: float(number) for name, number in arguments.items()}
    if faults.get("early") == 1:  # before there is a line
        sys.exit("no such luck")
    channel = connect()
    for _ in range(int(faults.get("say", 0))):
        channel.notify("making something that takes a while")
        time.sleep(0.3)
    for fault, number in faults.items():
        if number == 0:
            try:
                fail(fault)
            except ModelFileError as error:
                channel.refuse(error)
                sys.exit(error.exit_code)
    serve(KnownRuntime(faults), channel)
