"""One file a command: parse, load the settings, call one function of `app` or `export`, print.

`entry.run` is the one place that turns errors into exit codes."""

from __future__ import annotations

import contextlib
import gc
import os
import sys
import threading
from typing import NoReturn

from realtime.cli.exit_codes import INTERRUPTED
from realtime.cli.streams import open_streams, silence_stdout, write_line
from realtime.core.version import __version__


def main(args: list[str] | None = None) -> None:
    """`meshmirror`: without a command's name it is `live`."""
    open_streams()
    args = sys.argv[1:] if args is None else args
    if args == ["--version"]:  # scripts ask for it, so it costs no more than the interpreter
        try:
            write_line(f"meshmirror {__version__}")
            sys.exit(0)
        except BrokenPipeError:  # its reader has enough
            silence_stdout()
            sys.exit(0)
        except OSError:  # `run` meets the same, and says so
            pass
    try:
        from realtime.cli.entry import run

        code = run(args)
    except KeyboardInterrupt:  # the imports take their time
        sys.exit(INTERRUPTED)
    except ModuleNotFoundError as error:  # half an installation: what prints errors is not there either
        from realtime.core.errors import SourceError
        from realtime.core.missing_package import explain_missing

        sys.stderr.write(f"error {explain_missing(error)}\n")
        sys.exit(SourceError.exit_code)
    leave(code)


def leave(code: int) -> NoReturn:
    """End the process with this exit code, whatever still hangs in a driver."""
    if any(thread.daemon for thread in threading.enumerate()):
        # A read of a device that hangs cannot be stopped. When it returned into an interpreter that is being torn down,
        # the thread would be unwound through OpenCV's frames, and that aborts the process.
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):
                stream.flush()
        os._exit(code)
    gc.freeze()  # or the interpreter would search all that it is about to free for cycles, several times: 0.2 s
    sys.exit(code)
