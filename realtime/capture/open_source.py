"""Opens the source that the user names: a camera, an address, a file, a picture or a folder."""

from __future__ import annotations

import difflib
import os
import re
import stat
from pathlib import Path

from realtime.capture.camera import open_camera
from realtime.capture.image_files import PictureFiles, is_picture
from realtime.capture.network_stream import (
    FIFO_PREFIX,
    is_url,
    looks_like_address,
    open_fifo,
    open_url,
)
from realtime.capture.read_ahead import DecodeAhead
from realtime.capture.source import OpenSource, SourceOptions
from realtime.capture.video_file import VideoFile
from realtime.core.addresses import without_secrets
from realtime.core.errors import SourceError, UsageError
from realtime.core.files import user_path
from realtime.core.printable import valid_unicode

_CAMERA = re.compile(r"[0-9]{1,4}")


def source_label(path: str) -> str:
    """How a source is named before it is open: "camera 0", a file's name, an address without its password."""
    if _CAMERA.fullmatch(path):
        return f"camera {int(path)}"
    return without_secrets(path) if is_url(path) else Path(path).name or path


def open_source(source: int | str | os.PathLike[str], options: SourceOptions | None = None) -> OpenSource:
    """Open a camera (its number, "0" or 0, or /dev/video0), an address, a file, a picture or a folder of pictures.

    An address is http, https or rtsp; a named pipe is read only when asked for as "fifo:PATH". A file whose name is a
    number is given with its folder, "./0".

    Raises:
        SourceError: it is missing or cannot be read; the text names what to do.
        UsageError: it is none of these, such as "concat:..." or "frame%03d.png".
    """
    options = options or SourceOptions()
    if isinstance(source, int):
        if source < 0:
            raise UsageError(f"camera {source}: cameras are numbered from 0.")
        return open_camera(source, options)
    text = os.fspath(source)
    if _CAMERA.fullmatch(text):
        return open_camera(int(text), options)
    if not text.strip() or "\0" in text:
        raise UsageError("the source is empty; give a camera's number, a file, a folder or an address.")
    if is_url(text):
        if text != valid_unicode(text):
            raise UsageError(f"{without_secrets(text)}: an address with bytes that are not UTF-8; write them as %XX.")
        return open_url(text, options)
    path = user_path(text)
    if text.startswith(FIFO_PREFIX) and not path.exists():
        return open_fifo(user_path(text.removeprefix(FIFO_PREFIX)), options)
    return _open_path(path, text, options)


def check_source(text: str) -> None:
    """Refuse at once, before anything else is opened, a file or folder that is not there. Raises as `open_source`."""
    if text.strip() and "\0" not in text and not (_CAMERA.fullmatch(text) or is_url(text) or FIFO_PREFIX in text):
        path = user_path(text)
        if not os.path.lexists(path):
            raise _not_found(path, text)


def _open_path(path: Path, text: str, options: SourceOptions) -> OpenSource:
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        raise _not_found(path, text) from None
    except OSError as error:
        raise SourceError(f"{without_secrets(text)}: cannot be read ({error.strerror}).") from error
    if stat.S_ISDIR(mode):
        return DecodeAhead(PictureFiles(path, options))
    if stat.S_ISREG(mode):
        return DecodeAhead(PictureFiles(path, options) if is_picture(path) else VideoFile(path, options))
    if stat.S_ISFIFO(mode):
        raise UsageError(f"{text}: a named pipe; to read a video from it, give '{FIFO_PREFIX}{text}'.")
    camera = re.fullmatch(r"/dev/video(\d+)", str(path.resolve()))  # also the stable names in /dev/v4l/by-id
    if stat.S_ISCHR(mode) and camera:
        return open_camera(int(camera[1]), options)
    raise UsageError(f"{text}: neither a file nor a folder, so it is not read.")


def _not_found(path: Path, text: str) -> SourceError | UsageError:
    """The error for a name under which there is nothing."""
    if looks_like_address(text):
        return UsageError(
            f"{without_secrets(text)}: not opened. A source is a camera's number, a file, a picture, a folder of "
            f"pictures, an http, https or rtsp address, or '{FIFO_PREFIX}PATH'."
        )
    if (shown := without_secrets(text)) != text:  # an address without its scheme: its folders are none
        return SourceError(f"{shown}: there is no such file. An address begins with http://, https:// or rtsp://.")
    try:
        names = [entry.name for entry in path.parent.iterdir()]
    except OSError:
        return SourceError(f"{text}: there is no folder {path.parent}.")
    close = difflib.get_close_matches(path.name, names, n=1)
    suggestion = f" Did you mean {path.parent / close[0]}?" if close else ""
    return SourceError(f"{text}: there is no such file or folder.{suggestion} `meshmirror doctor` lists the cameras.")
