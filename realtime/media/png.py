"""Writes PNG files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from realtime.core.errors import RecordError
from realtime.core.files import atomic_write, new_output
from realtime.core.types import ByteArray

_COMPRESSION = 1  # zlib's fastest: twice as fast as its default, and a tenth larger


def write_picture(
    wanted: Path, picture: ByteArray, texts: Mapping[str, str] | None = None, *, mode: int = 0o666
) -> Path:
    """Write an RGB picture (height, width, 3) under an unused name, see `unique_path`; that name. Raises RecordError.

    `texts` are stored inside the file by keyword ("Title"). `mode` is that of the file, less the user's mask.
    """
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    metadata = PngInfo()
    for keyword, text in (texts or {}).items():
        metadata.add_text(keyword, text)
    with new_output(wanted, mode) as path:
        try:
            with atomic_write(path, mode) as file:
                Image.fromarray(picture).save(file, "PNG", pnginfo=metadata, compress_level=_COMPRESSION)
        except OSError as error:
            reason = error.strerror or error
            raise RecordError(
                f"{path}: the picture could not be saved: {reason}. Choose another place or make room."
            ) from error
    return path
