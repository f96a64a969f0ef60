"""The command line: one file a command; here the one place that turns errors into exit codes."""

from __future__ import annotations

import io
import sys


def main(args: list[str] | None = None) -> None:
    """`meshmirror`: without a command's name it is `live`."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a pipe on Windows may not know a bar's blocks
            stream.reconfigure(errors="replace")
    from realtime.cli.run import run

    sys.exit(run(sys.argv[1:] if args is None else args))
