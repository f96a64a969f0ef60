"""The rows of a session: what was recorded of each, and the frames that are made of them."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from dataclasses import replace

import numpy as np

from realtime.core.errors import SessionError
from realtime.core.types import ByteArray, Frame, Landmarks, Rotation
from realtime.session import Session
from realtime.session.read.rows import RecordedFrame

_DARK = (16, 19, 24)  # where no picture was kept; RGB
_MOST_SIDE = 16_384  # px
_KEPT_ROWS = 64


class RecordedRows:
    """What was recorded of each row; the newest ones are kept, since every stage of a replay asks for them."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._kept: OrderedDict[int, RecordedFrame] = OrderedDict()
        self._changing = threading.Lock()

    def __getitem__(self, row: int) -> RecordedFrame:
        """Raises SessionError for a row that cannot be read."""
        with self._changing:
            recorded = self._kept.get(row)
            if recorded is None:
                recorded = self._kept[row] = self._session[row]
                if len(self._kept) > _KEPT_ROWS:
                    self._kept.popitem(last=False)
            return recorded

    def of(self, frame: Frame) -> RecordedFrame:
        """What was recorded of a frame. Raises SessionError for a frame that is of no session."""
        if frame.row is None:
            raise SessionError(f"{self._session.folder}: a replay takes frames of the session only.")
        return self[frame.row]

    def face(self, frame: Frame, track_id: int) -> RecordedFrame:
        """What was recorded of a face of a frame; one without a face where it was not. Raises SessionError.

        In sessions of earlier programs, whose faces have no numbers, the only face is meant.
        """
        recorded = self.of(frame)
        for one in (recorded, *recorded.others):
            if one.track_id == track_id:
                return one
        if recorded.track_id is None and recorded.chosen is None:
            return recorded
        return replace(recorded, landmarks=None, models=(), network=None, track_id=None, others=(), reasons=())

    def face_at(self, frame: Frame, landmarks: Landmarks) -> RecordedFrame:
        """What was recorded of the face of a frame that has these landmarks, else of the chosen one."""
        recorded = self.of(frame)
        return next((one for one in recorded.others if one.landmarks is landmarks), recorded)


class ReplayFrames:
    """Makes frames of a session's rows, in any order; belongs to one thread."""

    def __init__(self, session: Session, rows: RecordedRows, *, pictures: bool = True) -> None:
        """`pictures` False: they are not needed, and no video is decoded."""
        self._session = session
        self._rows = rows
        self._pictures = pictures
        self._dark: ByteArray | None = None  # of the newest size
        self._without: set[int] = set()  # rows that were made with a dark picture
        self.unreadable = ""  # why pictures of a video that is there cannot be had

    def __getitem__(self, row: int) -> Frame:
        recorded = self._rows[row]  # a row that cannot be read has no picture either
        info = self._session.place(row)[0].info
        size = info.image_size
        picture = self._picture(row, size) if self._pictures else None
        if picture is None:
            self._without.add(row)
            return self._frame(row, recorded, self._blank(size), info.rotation)
        self._without.discard(row)
        return self._frame(row, recorded, picture, info.rotation)

    def bare(self, row: int) -> Frame:
        """The frame without its picture."""
        rotation = self._session.place(row)[0].info.rotation
        return self._frame(row, self._rows[row], np.empty((0, 0, 3), np.uint8), rotation)

    def has_picture(self, frame: Frame) -> bool:
        """Whether a frame that was made here shows a picture that was recorded, and not a dark one."""
        return frame.row not in self._without

    @staticmethod
    def _frame(row: int, recorded: RecordedFrame, image: ByteArray, rotation: Rotation) -> Frame:
        now_ns = time.monotonic_ns()
        return Frame(image, recorded.stamp_ns, recorded.frame, now_ns, recorded.segment, recorded.flags, row, rotation)

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
