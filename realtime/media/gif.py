"""Animated GIF with one palette for all pictures, so that colors do not flicker."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from realtime.core.errors import RecordError
from realtime.core.types import ByteArray

_COLORS = 255  # and one for "as in the previous picture"
_EVENNESS = 0.2  # 1: as many colours as a shade has pixels, all of them in the ground; 0: all shades alike


def write_gif(path: Path, pictures: Iterable[ByteArray], samples: Sequence[ByteArray], delay_ms: int) -> None:
    """Write RGB pictures (height, width, 3) of one size, `delay_ms` (whole hundredths of a second) each, for ever.

    The colours are chosen from `samples`, some of the pictures. Not dithered: the grain would differ from picture to
    picture, and cost three times the bytes. A file of this name is written over. Raises RecordError.
    """
    from PIL import Image

    palette = _palette(samples)

    def reduced(picture: ByteArray) -> Image.Image:
        return Image.fromarray(picture).quantize(palette=palette, dither=Image.Dither.NONE)

    frames = (reduced(picture) for picture in pictures)
    try:
        first = next(frames)
        first.save(path, format="GIF", save_all=True, append_images=frames, duration=delay_ms, loop=0, optimize=True)
    except OSError as error:
        raise RecordError(f"{path}: the animation could not be written: {error.strerror or error}.") from error


def _palette(samples: Sequence[ByteArray]) -> Any:
    """A picture with the palette for all of the samples: rare colours count more than their few pixels."""
    from PIL import Image

    shades = np.concatenate([sample.reshape(-1, 3) for sample in samples]) >> 2
    keys, counts = np.unique(shades.astype(np.int32) @ np.array([1 << 12, 1 << 6, 1]), return_counts=True)
    weights = np.ceil((counts / counts.min()) ** _EVENNESS).astype(np.int64)
    rgb = np.stack([keys >> 12, keys >> 6 & 63, keys & 63], axis=-1) * 255 / 63
    spread = np.repeat(np.round(rgb).astype(np.uint8), weights, axis=0)
    return Image.fromarray(spread[None]).quantize(_COLORS, Image.Quantize.MEDIANCUT, kmeans=2)
