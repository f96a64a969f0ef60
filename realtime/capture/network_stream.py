"""Streams by address (http, https, rtsp) and named pipes, through OpenCV's FFmpeg reader."""

from __future__ import annotations

import re
import stat
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from realtime.capture.live_source import LiveReader
from realtime.capture.opencv_device import Device, Opener, load_cv2
from realtime.capture.source import SourceOptions
from realtime.core.errors import SourceError, UsageError

SCHEMES = ("http", "https", "rtsp")
FIFO_PREFIX = "fifo:"


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
        raise UsageError(f"{without_password(url)}: only {', '.join(SCHEMES)} addresses are opened.")
    try:
        urlsplit(url)
    except ValueError as error:
        raise UsageError(f"{without_password(url)}: not an address ({error}).") from None
    options = options or SourceOptions()
    name = without_password(url)

    def hint() -> str:
        return "Is the address right, and does a browser or ffplay show it?"

    return LiveReader(opener or _ffmpeg_opener(url, name, options), name, options, hint=hint)


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

    return LiveReader(_ffmpeg_opener(str(path.absolute()), str(path), options), f"pipe {path.name}", options, hint=hint)


def without_password(url: str) -> str:
    """The address without user name and password, for titles, errors and logs; the query goes too, it may hold keys."""
    try:
        parts = urlsplit(url)
    except ValueError:  # brackets that do not close, and the like: it is no address, and may still hold a password
        return url.partition("://")[0] + "://..."
    if "@" not in parts.netloc and not parts.query:
        return url
    bare = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
    return bare + ("?..." if parts.query else "")


def looks_like_address(text: str) -> bool:
    """Whether a text is no path but something else that FFmpeg would open: another scheme, a pipe, a pattern."""
    scheme = re.match(r"[A-Za-z][A-Za-z0-9+.-]+:", text)  # two letters or more, so that C:\\ stays a path
    return bool(scheme) or text.strip().startswith("|") or text.strip().endswith("|") or bool(re.search(r"%\d*d", text))


def _ffmpeg_opener(address: str, name: str, options: SourceOptions) -> Opener:
    cv2 = load_cv2()
    milliseconds = int(options.silence_s * 1000)
    opening = int(options.open_timeout_s * 1000)
    parameters = [
        *(cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, opening),
        *(cv2.CAP_PROP_READ_TIMEOUT_MSEC, milliseconds),
    ]

    def opener() -> Device:
        capture = cv2.VideoCapture(address, cv2.CAP_FFMPEG, parameters)
        if not capture.isOpened():
            capture.release()
            raise SourceError(f"{name}: nothing that can be read answers there.")
        capture.set(cv2.CAP_PROP_ORIENTATION_AUTO, 1)  # its default differs from version to version
        device: Device = capture
        return device

    return opener
