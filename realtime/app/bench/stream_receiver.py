"""Receives one format in a process of its own and prints when each result had arrived. Started by `stream_speed`.

Reads {"format", "name"} from stdin; prints {"port"} once it listens, then, when stdin ends, {"arrived_ns"}: of every
result the monotonic clock at which its last packet was there.
"""

from __future__ import annotations

import json
import socket
import sys
import threading
import time
from typing import Any

_BEGINS = {"osc": b"/meshmirror/face\0", "vmc": b"/VMC/Ext/OK\0", "livelink": b"\x06"}  # the first packet of a result


def main() -> None:
    """Receive until stdin ends."""
    given = json.loads(sys.stdin.readline())
    ended = threading.Event()
    arrived: list[int] = []
    receive = _lsl(given["name"]) if given["format"] == "lsl" else _udp(_BEGINS[given["format"]])
    thread = threading.Thread(target=receive, args=(ended, arrived))
    thread.start()
    sys.stdin.read()
    time.sleep(0.5)  # what is still on its way
    ended.set()
    thread.join()
    print(json.dumps({"arrived_ns": arrived}), flush=True)


def _udp(begins: bytes) -> Any:
    listening = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    listening.bind(("127.0.0.1", 0))
    listening.settimeout(0.1)
    print(json.dumps({"port": listening.getsockname()[1]}), flush=True)

    def receive(ended: threading.Event, arrived: list[int]) -> None:
        while not ended.is_set():
            try:
                packet = listening.recv(1 << 16)
            except TimeoutError:
                continue
            now_ns = time.monotonic_ns()
            if begins in packet[:64]:
                arrived.append(now_ns)
            elif arrived:
                arrived[-1] = now_ns
        listening.close()

    return receive


def _lsl(name: str) -> Any:
    from realtime.stream.lsl import import_pylsl

    lsl = import_pylsl("machine")
    print(json.dumps({"port": 0}), flush=True)

    def receive(ended: threading.Event, arrived: list[int]) -> None:
        found: list[Any] = []
        while not found and not ended.is_set():
            found = lsl.resolve_byprop("name", f"{name} features", 1, 1.0)
        if not found:
            return
        inlet = lsl.StreamInlet(found[0])
        while not ended.is_set():
            sample, _ = inlet.pull_sample(0.1)
            if sample is not None:
                arrived.append(time.monotonic_ns())

    return receive


if __name__ == "__main__":
    main()
