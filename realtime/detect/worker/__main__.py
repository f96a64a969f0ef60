"""`python -m realtime.detect.worker`: py-feat's network as a worker, started by a `WorkerSupervisor`."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import NoReturn

from realtime.core.errors import MeshmirrorError, ModelFileError, UsageError
from realtime.detect.worker.child_channel import ChildChannel, connect
from realtime.detect.worker.protocol import ProtocolError
from realtime.detect.worker.serve import serve


def main() -> int:
    """Answer until the program closes the channel; the exit code where the network cannot be opened."""
    began = time.perf_counter()
    parser = argparse.ArgumentParser(prog="python -m realtime.detect.worker")
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--sha256", required=True, help="of the weights, in hex")
    parser.add_argument("--device", required=True, choices=["auto", "cpu", "cuda", "mps"])
    parser.add_argument("--precision", required=True, choices=["auto", "f32", "bf16"])
    parser.add_argument("--threads", type=int)
    options = parser.parse_args()
    try:
        channel = connect()
        try:
            return _serve(options, channel, began)
        except MeshmirrorError as error:
            channel.refuse(error)
            return error.exit_code
    except ProtocolError as error:
        print(f"This is started by meshmirror itself, which speaks to it by stdin: {error}.", file=sys.stderr)
        return UsageError.exit_code


def _serve(options: argparse.Namespace, channel: ChildChannel, began: float) -> NoReturn:
    # Only now: heartbeats are sent while these are loaded.
    from realtime.detect.pyfeat.open_runtime import open_runtime
    from realtime.detect.pyfeat.weights import find_weights

    weights = find_weights(options.weights)
    if weights is None or weights.sha256 != options.sha256:
        raise ModelFileError(f"{options.weights}: the file was changed since the program looked at it. Start it again.")
    checked = time.perf_counter()
    runtime = open_runtime(
        weights, options.device, options.precision, options.threads, channel.notify, throughput=not channel.hello.live
    )
    opened = time.perf_counter()
    serve(runtime, channel, {"weights": (checked - began) * 1e3, "open": (opened - checked) * 1e3})


if __name__ == "__main__":
    sys.exit(main())
