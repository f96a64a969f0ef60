"""Turns pictures: as a video file's display matrix requires, and by right angles as the user does."""

from __future__ import annotations

from typing import Any

import numpy as np

from realtime.core.types import ByteArray, Rotation

Turn = tuple[int, int, int, int]  # signs of a, b, c, d of the display matrix
UPRIGHT: Turn = (1, 0, 0, 1)


class FrameOrientation:
    """How the frames of a file are turned; the matrix is read again where a frame's size or rotation is another one.

    PyAV's side data and its frame refer to each other, so the frame, and with it the buffers of its decoder, would live
    until Python collects cycles. So the matrix is read from a tiny copy of the picture, which PyAV gives the same side
    data.
    """

    def __init__(self) -> None:
        self._known: tuple[int, int, int] | None = None
        self._turn = UPRIGHT

    def turn_of(self, frame: Any, reformatter: Any) -> Turn:
        """The turn of this frame (PyAV), as `turn_in` has it."""
        known = (frame.width, frame.height, frame.rotation)
        if known != self._known:
            self._turn = turn_in(reformatter.reformat(frame, width=16, height=16, format="gray"))
            self._known = known
        return self._turn


def turn_in(frame: Any) -> Turn:
    """The signs of the 2x2 part of a frame's display matrix; UPRIGHT where it has none, or one that is no right angle.

    The matrix maps the stored picture to the shown one (ISO 14496-12, 8.2.2): x' = a x + c y, y' = b x + d y.
    """
    for data in frame.side_data:
        if data.type.name == "DISPLAYMATRIX":
            matrix = np.frombuffer(bytes(data), dtype="<i4")
            if matrix.size < 9:
                return UPRIGHT
            a, b, c, d = (int(np.sign(value)) for value in matrix[[0, 1, 3, 4]])
            quarter = (a, d) == (0, 0) and b * c != 0
            half = (b, c) == (0, 0) and a * d != 0
            return (a, b, c, d) if quarter or half else UPRIGHT
    return UPRIGHT


def turned(image: ByteArray, turn: Turn) -> ByteArray:
    """The picture (height, width, 3) as it is to be shown, C-contiguous; quarter turns and mirrored ones alike."""
    if turn == UPRIGHT:
        return np.ascontiguousarray(image)
    a, b, c, d = turn
    if a == 0:  # x' comes from y and y' from x
        image = image.swapaxes(0, 1)
        flip_x, flip_y = c < 0, b < 0
    else:
        flip_x, flip_y = a < 0, d < 0
    return np.ascontiguousarray(image[:: -1 if flip_y else 1, :: -1 if flip_x else 1])


def turned_clockwise(image: ByteArray, degrees: Rotation) -> ByteArray:
    """The picture (height, width, 3) turned clockwise by 0, 90, 180 or 270 degrees, C-contiguous."""
    if degrees == 0:
        return image
    import cv2  # a copy of a transposed array takes numpy ten times as long

    how = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}[degrees]
    picture: ByteArray = cv2.rotate(image, how)
    return picture
