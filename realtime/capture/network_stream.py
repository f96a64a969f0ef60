"""Streams by address (http, https, rtsp) and through named pipes, as live sources."""

from __future__ import annotations

import re
import stat
from pathlib import Path

from realtime.capture.av_device import AvDevice, open_av
from realtime.capture.http_camera import HttpCamera
from realtime.capture.jpeg_stream import SOI
from realtime.capture.live_source import LiveReader
from realtime.capture.mjpeg_device import MjpegDevice
from realtime.capture.network_camera import named
from realtime.capture.opencv_device import Device, Opener
from realtime.capture.rtsp import RtspCamera
from realtime.capture.source import SourceOptions
from realtime.core.addresses import AddressError, split_credentials, without_secrets
from realtime.core.errors import SourceError, UsageError

SCHEMES = ("http", "https", "rtsp")
FIFO_PREFIX = "fifo:"
_HINT = "Is the address right, and does a browser or ffplay show it?"


def is_url(text: str) -> bool:
    """Whether a text is an address of one of the schemes that are opened."""
    return text.partition("://")[0].lower() in SCHEMES and "://" in text


def open_url(url: str, options: SourceOptions | None = None, opener: Opener | None = None) -> LiveReader:
    """A stream as a live source. A file served over http is read as fast as it comes and starts again at its end.

    Raises:
        UsageError: the scheme is not http, https or rtsp.
        SourceError: nothing answers within `open_timeout_s`.
    """
    if not is_url(url):
        raise UsageError(f"{without_secrets(url)}: only {', '.join(SCHEMES)} addresses are opened.")
    try:
        split_credentials(url)
    except AddressError as error:
        raise UsageError(
            f"{without_secrets(url)}: not an address: {error}. In a password, @ / ? # and : are written as %40 %2F %3F "
            "%23 and %3A."
        ) from None
    options = options or SourceOptions()
    camera = RtspCamera(url, options) if url[:4].lower() == "rtsp" else HttpCamera(url, options)
    return LiveReader(opener or camera, without_secrets(url), options, hint=lambda: _HINT)


def open_fifo(path: Path, options: SourceOptions | None = None) -> LiveReader:
    """A named pipe into which a program writes a video, YUV4MPEG for instance; asked for as `fifo:PATH`.

    Never opened without that prefix: a pipe has no end to wait for, and reading one takes its content from others.

    Raises:
        SourceError: it is no named pipe, or no program writes into it within `open_timeout_s`.
    """
    options = options or SourceOptions()
    if not path.exists():
        raise SourceError(f"{path}: there is no such named pipe. Make it with `mkfifo`, and start what writes into it.")
    if not stat.S_ISFIFO(path.stat().st_mode):
        raise SourceError(f"{path}: not a named pipe; give its name without '{FIFO_PREFIX}'.")

    def hint() -> str:
        return "Start the program that writes into it first."

    return LiveReader(_pipe_opener(path, options), f"pipe {path.name}", options, hint=hint)


def looks_like_address(text: str) -> bool:
    """Whether a text is no path but something else that FFmpeg would open: another scheme, a pipe, a pattern."""
    scheme = re.match(r"[A-Za-z][A-Za-z0-9+.-]+:", text)  # two letters or more, so that C:\\ stays a path
    return bool(scheme) or text.strip().startswith("|") or text.strip().endswith("|") or bool(re.search(r"%\d*d", text))


class _Pipe:
    """A named pipe whose first bytes have been looked at, as a file for FFmpeg."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb", buffering=0)  # waits for a program that writes
        self.begun = self._file.read(1 << 16) or b""
        self._rest = self.begun

    def read(self, most: int) -> bytes:
        """The next bytes as they come, at most so many."""
        data, self._rest = self._rest[:most], self._rest[most:]
        return data or self._file.read(most) or b""

    def close(self) -> None:
        """Close it; may be called twice."""
        self._file.close()


def _pipe_opener(path: Path, options: SourceOptions) -> Opener:
    def opener() -> Device:
        pipe = _Pipe(path)
        try:
            if pipe.begun.startswith(SOI):
                return MjpegDevice(pipe, b"", options.silence_s)
            return AvDevice(open_av(pipe, (options.open_timeout_s, options.silence_s), {}), close=pipe.close)
        except SourceError as error:
            pipe.close()
            raise named(str(path), error) from None
        except Exception as error:  # FFmpeg's
            pipe.close()
            reason = getattr(error, "strerror", None) or type(error).__name__
            raise SourceError(f"{path}: what comes through it is no video that can be read ({reason}).") from None

    return opener
