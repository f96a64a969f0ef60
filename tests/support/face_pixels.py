"""Colours in pictures of faces, as a page holds them."""

from __future__ import annotations

import base64
import io

import numpy as np
from PIL import Image


def pixels(address: str) -> tuple[np.ndarray, np.ndarray]:
    """(h, w, 3) colours of the picture at a data address, and (h, w) where a face is."""
    picture = np.asarray(Image.open(io.BytesIO(base64.b64decode(address.split(",")[1]))).convert("RGBA")).astype(int)
    return picture[..., :3], picture[..., 3] > 250


def near(address: str, color: str) -> np.ndarray:
    """(h, w) the pixels of about this colour, in any light, but the lines."""
    picture, face = pixels(address)
    wanted = [int(color[at : at + 2], 16) for at in (1, 3, 5)]
    found: np.ndarray = face & (np.abs(picture - wanted).max(axis=-1) < 60)
    return found
