"""The frames of a session: what was recorded of each, with its picture."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from realtime.core.errors import SessionError
from realtime.core.types import ByteArray, Frame
from realtime.session import Session
from realtime.session.read.rows import RecordedFrame

_DARK = (16, 19, 24)  # where no picture was kept; RGB
_MOST_SIDE = 16_384  # px


@dataclass(frozen=True, slots=True, eq=False)
class ReplayFrame(Frame):
    """A recorded frame, with all that was recorded of it."""

    row: int = 0  # its number in the session
    stored: RecordedFrame | None = None
    pictured: bool = True  # False: none was kept, the image is dark

    @property
    def known(self) -> RecordedFrame:
        """What was recorded of it."""
        assert self.stored is not None
        return self.stored


class ReplayFrames:
    """Makes frames of a session's rows, in any order; belongs to one thread."""

    def __init__(self, session: Session, *, pictures: bool = True) -> None:
        """`pictures` False: nobody looks at them, and no video is decoded."""
        self._session = session
        self._pictures = pictures
        self._dark: ByteArray | None = None
        self.unreadable = ""  # why pictures of a video that is there cannot be had

    def __getitem__(self, row: int) -> ReplayFrame:
        stored = self._session[row]
        part, _ = self._session.place(row)
        picture = self._picture(row, part.info.image_size) if self._pictures else None
        return ReplayFrame(
            self._blank(part.info.image_size) if picture is None else picture,
            stored.stamp_ns, stored.frame, time.monotonic_ns(), stored.segment, stored.flags,
            row=row, stored=stored, pictured=picture is not None,
        )  # fmt: skip

    def bare(self, row: int) -> ReplayFrame:
        """The frame without its picture."""
        stored = self._session[row]
        empty = np.empty((0, 0, 3), np.uint8)
        return ReplayFrame(
            empty, stored.stamp_ns, stored.frame, time.monotonic_ns(), stored.segment, stored.flags,
            row=row, stored=stored, pictured=False,
        )  # fmt: skip

    def _picture(self, row: int, size: tuple[int, int]) -> ByteArray | None:
        """The picture in its recorded size: videos have no odd last column and row."""
        try:
            picture = self._session.picture(row)
        except SessionError as error:
            self.unreadable = self.unreadable or str(error)
            return None
        if picture is None:
            return None
        missing = size[1] - picture.shape[0], size[0] - picture.shape[1]
        if missing == (0, 0):
            return picture
        if not set(missing) <= {0, 1}:
            return None
        return np.pad(picture, ((0, missing[0]), (0, missing[1]), (0, 0)), mode="edge")

    def _blank(self, size: tuple[int, int]) -> ByteArray:
        if not 0 < min(size) <= max(size) <= _MOST_SIDE:
            raise SessionError(f"{self._session.folder}: damaged: pictures of {size[0]}x{size[1]} pixels.")
        if self._dark is None or self._dark.shape != (size[1], size[0], 3):
            self._dark = np.full((size[1], size[0], 3), _DARK, np.uint8)
        return self._dark
