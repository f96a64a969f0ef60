"""Small pictures that carry their number, and the videos of them, read without what wrote them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import cv2
import numpy as np

SECOND = 1_000_000_000


def picture(number: int, size: tuple[int, int] = (128, 96)) -> np.ndarray:
    """A bar code of 16 bits, so that losses are counted and not guessed; red in the lower half."""
    width, height = size
    image = np.zeros((height, width, 3), np.uint8)
    for bit in range(16):
        if number >> bit & 1:
            image[: height // 2, bit * width // 16 : (bit + 1) * width // 16] = 255
    image[height // 2 :] = (200, 30, 30)
    return image


def number_in(image: np.ndarray) -> int:
    height, width = image.shape[:2]
    return sum((image[height // 4, (2 * bit + 1) * width // 32].mean() > 127) << bit for bit in range(16))


def probe(path: Path) -> dict:
    done = subprocess.run(
        ["ffprobe", "-v", "error", "-count_frames", "-show_streams", "-show_format", "-of", "json", str(path)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    found = json.loads(done.stdout)
    return {**found["streams"][0], "format_duration": float(found["format"]["duration"])}


def frames_of(path: Path) -> list[np.ndarray]:
    video = cv2.VideoCapture(str(path))
    frames = []
    while True:
        done, frame = video.read()
        if not done:
            return frames
        frames.append(cv2.cvtColor(frame, cv2.COLOR_BGR2RGB))
