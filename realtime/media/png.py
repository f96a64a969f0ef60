"""A picture as PNG."""

from __future__ import annotations

import contextlib
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path

from realtime.core.errors import RecordError
from realtime.core.files import atomic_write
from realtime.core.types import ByteArray

_HEAD = 33  # bytes of a PNG's signature and first chunk, after which texts may stand


def write_picture(path: Path, picture: ByteArray, texts: Mapping[str, str] | None = None) -> Path:
    """Write an RGB picture (height, width, 3), with `texts` inside the file by keyword ("Title"). RecordError."""
    import cv2

    done, content = cv2.imencode(".png", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
    try:
        if not done:
            raise OSError("the picture could not be encoded")
        path.parent.mkdir(parents=True, exist_ok=True)
        data = content.tobytes()
        chunks = b"".join(_text(keyword, text) for keyword, text in (texts or {}).items())
        with atomic_write(path) as file:
            file.write(data[:_HEAD] + chunks + data[_HEAD:])  # cv2.imwrite fails silently, and on accented paths
    except BaseException as error:
        with contextlib.suppress(OSError):
            if path.stat().st_size == 0:  # the place that was claimed for it
                path.unlink()
        if not isinstance(error, OSError):
            raise
        told = error.strerror or error
        raise RecordError(
            f"{path}: the picture could not be saved: {told}. Choose another place or make room."
        ) from error
    return path


def _text(keyword: str, text: str) -> bytes:
    """A tEXt chunk, or iTXt where the text goes beyond Latin-1 (PNG specification, 11.3.3)."""
    try:
        kind, data = b"tEXt", keyword.encode("latin-1") + b"\0" + text.encode("latin-1")
    except UnicodeEncodeError:
        kind, data = b"iTXt", keyword.encode("latin-1") + b"\0\0\0\0\0" + text.encode("utf-8")
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
