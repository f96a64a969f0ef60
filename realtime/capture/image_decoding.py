"""Decoding still pictures: what a file is by its content, which pictures it holds, and each of them upright in RGB."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from realtime.capture.opencv_device import load_cv2, rgb_from_cv
from realtime.capture.source import check_frame, check_size
from realtime.core.errors import SourceError
from realtime.core.types import ByteArray

PICTURE_SUFFIXES = frozenset(
    {
        ".jpg",
        ".jpeg",
        ".jfif",
        ".png",
        ".bmp",
        ".webp",
        ".tif",
        ".tiff",
        ".ppm",
        ".pgm",
        ".tga",
        ".jp2",
        ".avif",
        ".pcx",
        ".dib",
    }
)
_PNG = b"\x89PNG\r\n\x1a\n"
_SIGNATURES = (
    (b"\xff\xd8\xff", "jpeg"),
    (_PNG, "png"),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
    (b"II+\0", "tiff"),
    (b"MM\0+", "tiff"),
    (b"\0\0\0\x0cjP  \r\n\x87\n", "jpeg2000"),
    (b"\xff\x4f\xff\x51", "jpeg2000"),
)
_STREAM_SUFFIXES = (".mjpg", ".mjpeg")
_NEXT_JPEG = b"\xff\xd9\xff\xd8\xff"  # the end of one and the start of another; a thumbnail within one has none
_SEARCHED = 16 << 20  # bytes
_HEAD = 64  # bytes that tell what a file is
_NEW_SUBFILE_TYPE = 254  # TIFF's tag; bit 0: a smaller copy of another page
# What OpenCV decodes. Its JPEG 2000 and its animated PNG end the process where they are damaged (OpenCV 4.11); Pillow
# reads those and all else. Of a PNG of 16 bits Pillow gives 8, so that a plain one is OpenCV's as well.
_OF_OPENCV = ("jpeg", "deep png", "tiff", "bmp", "pnm")
_DIB_BITS = (1, 4, 8, 16, 24, 32)
_MULTI_PICTURE = b"MPF\0"  # JPEG's index of further pictures; CIPA DC-007
_MIDDLE_BITS = (10, 12)  # depths of sensors, stored in 16 bits


@dataclass(frozen=True, slots=True)
class DecodedImage:
    """One picture of a file."""

    image: ByteArray  # (height, width, 3) uint8 RGB, upright
    lasts_ms: float | None = None  # how long an animation shows it; None where the file does not say
    remark: str = ""


def picture_kind(path: Path) -> str | None:
    """What kind of still picture a file is by its content ("jpeg", "heif" ...); None where it is none or unknown."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError:
        return None
    for signature, kind in _SIGNATURES:
        if head.startswith(signature):
            return None if kind == "jpeg" and _is_stream(path) else kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    if head[:2] == b"BM" and head[6:10] == bytes(4):
        return "bmp"
    if head[:1] == b"P" and head[1:2] in b"123456" and head[2:3].isspace():
        return "pnm"
    if head[:1] == b"\n" and head[1:2] in b"\0\2\3\4\5" and head[2:3] == b"\1" and head[3:4] in b"\1\2\4\10":
        return "pcx"
    if head[:4] == b"\x28\0\0\0" and head[12:14] == b"\1\0" and head[15:16] == b"\0" and head[14] in _DIB_BITS:
        return "dib"  # a BMP without its file header
    if head[4:8] == b"ftyp":
        brands = head[8 : min(_HEAD, int.from_bytes(head[:4], "big"))]
        if b"avif" in brands or b"avis" in brands:
            return "avif"
        if brands[:4] in (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"):
            return "heif"
    return None


def _is_stream(path: Path) -> bool:
    """Whether JPEGs stand one after the other, as in a raw stream; a picture with previews has an index of them."""
    suffix = path.suffix.lower()
    if suffix in _STREAM_SUFFIXES or suffix in PICTURE_SUFFIXES:
        return suffix in _STREAM_SUFFIXES
    try:
        with path.open("rb") as file:
            content = file.read(_SEARCHED)
    except OSError:
        return False
    return _NEXT_JPEG in content and b"MPF\0" not in content[: 1 << 16]


def is_known_other(path: Path) -> bool:
    """Whether the content of a file with a picture's name is that of a video."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError:
        return False
    return picture_kind(path) is None and (head[4:8] == b"ftyp" or head[:4] in (b"\x1aE\xdf\xa3", b"GIF8"))


def pages_of(path: Path) -> list[int]:
    """The numbers of the pictures that the file holds, without smaller copies of them; [0] where it cannot be told."""
    kind = picture_kind(path)
    if kind not in ("png", "webp", "tiff", "avif"):
        return [0]  # further pictures of a JPEG are previews and maps of its brightness
    try:
        with _reading(path), _open_pillow(path) as opened:
            pages = list(range(getattr(opened, "n_frames", 1)))
            if kind == "tiff" and len(pages) > 1:
                pages = [page for page in pages if not _is_smaller_copy(opened, page)]
            return pages or [0]
    except SourceError:
        return [0]


class PictureDecoder:
    """Decodes the pictures of files; it keeps the last animation open, whose pictures build on those before."""

    def __init__(self, force: bool = False) -> None:
        self._force = force  # accept more than 4096 px a side
        self._animation: tuple[Path, Any] | None = None

    def decode(self, path: Path, page: int = 0, *, several: bool = False) -> DecodedImage:
        """Picture number `page` of a file that has one or `several`, upright by its EXIF orientation, without alpha.

        Raises:
            SourceError: it cannot be read, is of a kind that is not, or is too large or too small.
        """
        kind = picture_kind(path)
        if kind == "heif":
            raise SourceError(
                f"{path.name}: HEIC pictures are put together of parts, which is not supported. Save it as JPEG or PNG."
            )
        if several:
            return _decode_opened(self._opened(path), path, page, self._force)
        if kind == "png" and _is_deep_still(path):
            kind = "deep png"
        if kind not in _OF_OPENCV:
            return _decode_with_pillow(path, self._force)
        _check_stated_size(path, kind, self._force)
        decoded = _decode_with_cv2(path, self._force)
        others = _others_of_its_size(path) if kind == "jpeg" else 0
        if others:
            return replace(decoded, remark=f"holds {1 + others} pictures of one size, of which the first is shown")
        return decoded

    def close(self) -> None:
        """Close the file that is open; may be called twice."""
        if self._animation is not None:
            self._animation[1].close()
            self._animation = None

    def _opened(self, path: Path) -> Any:
        if self._animation is None or self._animation[0] != path:
            self.close()
            self._animation = path, _open_pillow(path)
        return self._animation[1]


def _check_stated_size(path: Path, kind: str, force: bool) -> None:
    """Raises SourceError for a size that is refused, before memory is taken for it: a few bytes can state gigabytes."""
    try:
        with _open_pillow(path) as opened:
            width, height = opened.size
    except SourceError:  # damaged, or of a kind that Pillow does not know: OpenCV says which
        if kind == "deep png":
            raise
        return
    check_size(width, height, path.name, force)


def _is_deep_still(path: Path) -> bool:
    """Whether a PNG has 16 bits a value and is no animation.

    Raises SourceError where a piece of the file is said to be longer than the file: OpenCV takes that much memory.
    """
    try:
        end, place, animated = path.stat().st_size, len(_PNG), False
        with path.open("rb") as file:
            head = file.read(25)
            while place + 8 <= end:
                file.seek(place)
                length, name = int.from_bytes(file.read(4), "big"), file.read(4)
                animated = animated or name in (b"acTL", b"fcTL", b"fdAT")
                place += length + 12
                if place > end:
                    raise SourceError(f"{path.name}: cannot be read as a picture: it is cut off or damaged.")
                if name == b"IEND":
                    break
    except OSError as error:
        raise SourceError(f"{path.name}: cannot be read ({error.strerror}).") from error
    return head[24:] == b"\x10" and not animated


def _others_of_its_size(path: Path) -> int:
    """How many further pictures of its own size a JPEG holds, as of a stereo camera; previews and maps are smaller."""
    with path.open("rb") as file:
        if _MULTI_PICTURE not in file.read(1 << 16):
            return 0
    try:
        with _reading(path), _open_pillow(path) as opened:
            size, others = opened.size, 0
            for page in range(1, getattr(opened, "n_frames", 1)):
                opened.seek(page)
                others += opened.size == size
            return others
    except SourceError:
        return 0  # the first one was read


def _decode_with_cv2(path: Path, force: bool) -> DecodedImage:
    cv2 = load_cv2()
    try:
        data = np.fromfile(path, dtype=np.uint8)  # cv2.imread cannot open every name on Windows
    except OSError as error:
        raise SourceError(f"{path.name}: cannot be read ({error.strerror}).") from error
    if not data.size:
        raise SourceError(f"{path.name}: the file is empty.")
    flags = cv2.IMREAD_COLOR | cv2.IMREAD_ANYDEPTH
    try:
        picture = cv2.imdecode(data, flags)
    except cv2.error as error:
        raise SourceError(f"{path.name}: cannot be read as a picture ({error.err}).") from error
    if picture is None:
        return _decode_with_pillow(path, force)
    check_size(picture.shape[1], picture.shape[0], path.name, force)
    remark = ""
    if picture.dtype == np.uint16:
        picture, remark = _all_bits(picture)
    elif picture.dtype != np.uint8:
        raise _unknown_range(path, str(picture.dtype))
    return DecodedImage(check_frame(rgb_from_cv(picture, path.name), path.name), None, remark)


def _decode_with_pillow(path: Path, force: bool) -> DecodedImage:
    with _open_pillow(path) as opened:
        return _decode_opened(opened, path, 0, force)


def _decode_opened(opened: Any, path: Path, page: int, force: bool) -> DecodedImage:
    from PIL import ImageOps

    remark = ""
    width, height = opened.size
    check_size(width, height, path.name, force)
    with _reading(path):
        opened.seek(page)
        opened.load()
        upright = ImageOps.exif_transpose(opened) or opened
        if upright.mode.startswith("I;16"):
            deep, remark = _all_bits(np.array(upright).astype(np.uint16))
            image = rgb_from_cv(deep, path.name)
        elif upright.mode in ("I", "F"):
            raise _unknown_range(path, {"F": "float32", "I": "int32"}[upright.mode])
        else:
            image = np.array(upright.convert("RGB"))
    lasts = opened.info.get("duration") if getattr(opened, "is_animated", False) else None
    return DecodedImage(check_frame(image, path.name), float(lasts) if lasts else None, remark)


def _all_bits(picture: Any) -> tuple[Any, str]:
    """A picture of 16 bits a value over the whole of them, and a remark where it held fewer, as sensors do."""
    highest = int(picture.max())
    bits = next((bits for bits in _MIDDLE_BITS if highest >> bits == 0), 16)
    return (picture, "") if bits == 16 else (picture << (16 - bits), f"its 16 bits hold values of {bits}")


def _is_smaller_copy(opened: Any, page: int) -> bool:
    opened.seek(page)
    return bool(opened.tag_v2.get(_NEW_SUBFILE_TYPE, 0) & 1)


def _open_pillow(path: Path) -> Any:
    """The file as Pillow opens it, before a pixel is decoded. Raises SourceError."""
    from PIL import Image

    with _reading(path):
        return Image.open(path)


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Raises SourceError for whatever Pillow's parsers raise of a damaged file: TypeError, MemoryError ...

    Their warnings say nothing that the error, or `check_size`, does not say.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except SourceError:
        raise
    except Exception as error:
        raise SourceError(f"{path.name}: cannot be read as a picture: it is damaged, or of an unknown kind.") from error


def _unknown_range(path: Path, kind: str) -> SourceError:
    return SourceError(
        f"{path.name}: a picture of {kind} values, whose black and white are not known. Save it with 8 or 16 bits."
    )
