"""Pictures: one, or a folder of them in the order that a person would sort them."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

from realtime.capture.image_decoding import (
    PICTURE_SUFFIXES,
    DecodedImage,
    PictureDecoder,
    is_known_other,
    pages_of,
    picture_kind,
)
from realtime.capture.source import SECOND_NS, FrameMaker, SourceOptions
from realtime.core.errors import SourceError
from realtime.core.types import ByteArray, Frame, SourceInfo

DEFAULT_FPS = 30


def is_picture(path: Path) -> bool:
    """Whether a file is a still picture: by its content, and by its name where the content says nothing."""
    if path.name.startswith("."):
        return False
    return picture_kind(path) is not None or (path.suffix.lower() in PICTURE_SUFFIXES and not is_known_other(path))


def natural_key(name: str) -> tuple[tuple[int, int, str], ...]:
    """Sorts 'img2' before 'img10', and not by case."""
    parts = re.findall(r"[0-9]+|[^0-9]+", name.casefold())
    return tuple((0, int(part), part) if part.isdecimal() else (1, 0, part) for part in parts)


def read_picture(path: Path, force: bool = False) -> ByteArray:
    """The first picture of a file as uint8 (height, width, 3) RGB, upright by its EXIF orientation, without its alpha.

    Raises:
        SourceError: it cannot be read, or is too large or too small.
    """
    return PictureDecoder(force).decode(path).image


class PictureFiles:
    """Pictures one after the other, `options.fps` of them a second (30 by default); an animation's at its own times.

    Raises:
        SourceError: there are none.
    """

    def __init__(self, path: Path, options: SourceOptions | None = None) -> None:
        self._options = options or SourceOptions()
        self.damaged = 0  # pictures that were skipped (`lenient`)
        self.remark = ""
        if path.is_dir():
            try:
                self._paths = sorted((p for p in path.iterdir() if p.is_file() and is_picture(p)), key=_path_key)
            except OSError as error:
                raise SourceError(f"{path}: the folder cannot be read ({error.strerror}).") from error
            if not self._paths:
                kinds = ", ".join(sorted(suffix[1:] for suffix in PICTURE_SUFFIXES))
                raise SourceError(f"{path.name or path}: the folder holds no pictures ({kinds}).")
        else:
            self._paths = [path]
        self._pages = [(file, page) for file in self._paths for page in pages_of(file)]
        self._animated = {file for file, page in self._pages if page > 0}
        self._decoder = PictureDecoder(self._options.force)
        self._rate = Fraction(self._options.fps or DEFAULT_FPS).limit_denominator(100_000)
        # The first picture is read at once, so that a wrong file is reported at the start.
        self._next: DecodedImage | None = self._read(0)
        size = None if self._next is None else (self._next.image.shape[1], self._next.image.shape[0])
        if self._next is not None and self._next.lasts_ms is not None:
            self._rate = Fraction(1000 / self._next.lasts_ms).limit_denominator(100_000)
        self._info = SourceInfo(path.name or str(path), False, size, float(self._rate), len(self._pages))
        self._maker = FrameMaker()
        self._position = 0
        self._anchor = (0, 0)  # time in ns of a picture by its position, from where the others are counted
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
        decoded = None
        while decoded is None:
            if self._closed:
                return None
            count = len(self._pages)
            if self._position >= count and (not self._options.loop or not self._handed_over):
                if not self._handed_over:
                    raise SourceError(f"{self._info.name}: none of its {count} pictures can be read.")
                return None
            decoded = self._next if self._position == 0 else self._read(self._position % count)
            self._position += 1
        since_ns, since = self._anchor
        places = self._position - 1 - since
        stamp_ns = since_ns + places * SECOND_NS * self._rate.denominator // self._rate.numerator
        if decoded.lasts_ms is not None:
            self._anchor = (stamp_ns + round(decoded.lasts_ms * 1_000_000), self._position)
        self.remark = self.remark or decoded.remark
        self._handed_over += 1
        return self._maker.make(decoded.image, stamp_ns)

    def close(self) -> None:
        """Close the file that is open; may be called twice."""
        self._closed = True
        self._decoder.close()

    def _read(self, number: int) -> DecodedImage | None:
        path, page = self._pages[number]
        try:
            return self._decoder.decode(path, page, several=path in self._animated)
        except SourceError:
            if not self._options.lenient or len(self._pages) == 1:
                raise
            self.damaged += 1
            return None


def _path_key(path: Path) -> tuple[tuple[tuple[int, int, str], ...], str]:
    return natural_key(path.name), path.name
