"""The standard streams: usable however the program was started, and clean whoever writes to them."""

from __future__ import annotations

import io
import os
import sys
from typing import IO, Any

from realtime.core.printable import printable


class CleanStream(io.TextIOWrapper):
    """A text stream on which nothing arrives that a terminal would obey, from tracebacks and other packages either."""

    def write(self, text: str, /) -> int:
        super().write(printable(text))
        return len(text)

    def write_styled(self, text: str) -> int:
        """Write text with the escapes of its styles; `output.CleanConsole` has cleaned what is between them."""
        return super().write(text)


class StyledStream:
    """A standard stream for a console, which writes styles to it; whichever stream has the name at that moment."""

    def __init__(self, name: str) -> None:
        self._name = name

    def write(self, text: str) -> int:
        """Write text with the escapes of its styles."""
        stream = getattr(sys, self._name)
        return stream.write_styled(text) if isinstance(stream, CleanStream) else stream.write(printable(text))

    def __getattr__(self, name: str) -> Any:
        return getattr(getattr(sys, self._name), name)


def open_streams() -> None:
    """Make the three standard streams usable, whatever they were when the program was started, and clean."""
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:  # closed: the next file that is opened would get this number, and native code writes to 2
            os.open(os.devnull, os.O_RDWR)
    for name in ("stdout", "stderr"):
        setattr(sys, name, clean(getattr(sys, name)))


def clean(stream: IO[str] | None) -> IO[str]:
    """The stream as one that is clean; it takes the place of the old one, which cannot be used any more."""
    if stream is None:
        return CleanStream(io.BufferedWriter(io.FileIO(os.devnull, "w")), "utf-8", "replace")
    if isinstance(stream, CleanStream) or not isinstance(stream, io.TextIOWrapper):
        return stream
    kept = {"line_buffering": stream.line_buffering, "write_through": stream.write_through}
    encoding = stream.encoding
    # "replace": a pipe on Windows may not know a bar's blocks.
    return CleanStream(stream.detach(), encoding, "replace", None if os.name == "nt" else "\n", **kept)


def silence_stdout() -> None:
    """Discard what is still to be written: Python would report a closed pipe once more while it closes stdout."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def write_line(text: str) -> None:
    """One line on stdout, now. Raises OSError."""
    print(text, flush=True)
