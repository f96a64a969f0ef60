"""A picture as PNG."""

from __future__ import annotations

from pathlib import Path

from realtime.errors import RecordError
from realtime.types import ByteArray


def write_picture(path: Path, picture: ByteArray) -> Path:
    """Write an RGB picture (height, width, 3). Raises RecordError."""
    import cv2

    done, content = cv2.imencode(".png", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
    try:
        if not done:
            raise OSError("the picture could not be encoded")
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        part.write_bytes(content.tobytes())  # cv2.imwrite fails without a word, and on Windows on every accented path
        part.replace(path)  # whole or not at all
    except OSError as error:
        raise RecordError(f"{path}: the picture could not be saved: {error}.") from error
    return path
