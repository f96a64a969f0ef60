"""Pictures: one, or a folder of them in the order that a person would sort them."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

import numpy as np

from realtime.capture.opencv_device import load_cv2, rgb_from_cv
from realtime.capture.source import SECOND_NS, FrameMaker, SourceOptions, check_frame, check_size
from realtime.core.errors import SourceError
from realtime.core.types import ByteArray, Frame, SourceInfo

PICTURE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff"})
DEFAULT_FPS = 30


def is_picture(path: Path) -> bool:
    """Whether a file has a picture's suffix."""
    return path.suffix.lower() in PICTURE_SUFFIXES and not path.name.startswith(".")


def natural_key(name: str) -> tuple[tuple[int, int, str], ...]:
    """Sorts 'img2' before 'img10', and not by case."""
    parts = re.findall(r"[0-9]+|[^0-9]+", name.casefold())
    return tuple((0, int(part), part) if part.isdecimal() else (1, 0, part) for part in parts)


def read_picture(path: Path, force: bool = False) -> ByteArray:
    """A picture file as uint8 (height, width, 3) RGB, upright by its EXIF orientation, without its alpha.

    Raises:
        SourceError: it cannot be read, or is too large or too small.
    """
    cv2 = load_cv2()
    try:
        data = np.fromfile(path, dtype=np.uint8)  # cv2.imread cannot open every name on Windows
    except OSError as error:
        raise SourceError(f"{path.name}: cannot be read ({error.strerror}).") from error
    try:
        picture = cv2.imdecode(data, cv2.IMREAD_COLOR) if data.size else None
    except cv2.error as error:
        raise SourceError(f"{path.name}: cannot be read as a picture ({error.err}).") from error
    if picture is None:
        raise SourceError(f"{path.name}: {'cannot be read as a picture' if data.size else 'the file is empty'}.")
    check_size(picture.shape[1], picture.shape[0], path.name, force)
    return check_frame(rgb_from_cv(picture, path.name), path.name)


class PictureFiles:
    """Pictures one after the other, `options.fps` of them a second (30 by default).

    Raises:
        SourceError: there are none.
    """

    def __init__(self, path: Path, options: SourceOptions | None = None) -> None:
        self._options = options or SourceOptions()
        self.damaged = 0  # pictures that were skipped (`lenient`)
        self.remark = ""
        if path.is_dir():
            try:
                self._paths = sorted((p for p in path.iterdir() if is_picture(p) and p.is_file()), key=_path_key)
            except OSError as error:
                raise SourceError(f"{path}: the folder cannot be read ({error.strerror}).") from error
            if not self._paths:
                kinds = ", ".join(sorted(suffix[1:] for suffix in PICTURE_SUFFIXES))
                raise SourceError(f"{path.name or path}: the folder holds no pictures ({kinds}).")
        else:
            self._paths = [path]
        self._rate = Fraction(self._options.fps or DEFAULT_FPS).limit_denominator(100_000)
        # The first picture is read at once, so that a wrong file is reported at the start.
        self._next: ByteArray | None = self._read(0)
        size = None if self._next is None else (self._next.shape[1], self._next.shape[0])
        self._info = SourceInfo(path.name or str(path), False, size, float(self._rate), len(self._paths))
        self._maker = FrameMaker()
        self._position = 0
        self._handed_over = 0
        self._closed = False

    @property
    def info(self) -> SourceInfo:
        """Name, size of the first picture, pace, and how many pictures there are."""
        return self._info

    @property
    def corrections(self) -> int:
        """Always 0: the times are made here."""
        return self._maker.clock.corrections

    def read(self) -> Frame | None:
        """The next picture; None after the last.

        Raises:
            SourceError: it cannot be read and `lenient` is off, or none of them could be.
        """
        image = None
        while image is None:
            if self._closed:
                return None
            count = len(self._paths)
            if self._position >= count and (not self._options.loop or not self._handed_over):
                if not self._handed_over:
                    raise SourceError(f"{self._info.name}: none of its {count} pictures can be read.")
                return None
            image = self._next if self._position == 0 else self._read(self._position % count)
            self._position += 1
        stamp_ns = (self._position - 1) * SECOND_NS * self._rate.denominator // self._rate.numerator
        self._handed_over += 1
        return self._maker.make(image, stamp_ns)

    def close(self) -> None:
        """There is nothing to release."""
        self._closed = True

    def _read(self, number: int) -> ByteArray | None:
        try:
            return read_picture(self._paths[number], self._options.force)
        except SourceError:
            if not self._options.lenient or len(self._paths) == 1:
                raise
            self.damaged += 1
            return None


def _path_key(path: Path) -> tuple[tuple[tuple[int, int, str], ...], str]:
    return natural_key(path.name), path.name
