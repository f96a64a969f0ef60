"""Converts pictures for encoders: YUV 4:2:0, chroma at half the resolution.

OpenCV takes a third of the time of FFmpeg's scaler and releases the GIL meanwhile.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from realtime.core.types import ByteArray

if TYPE_CHECKING:
    import av

BT709 = 1  # FFmpeg's number of the matrix, primaries and transfer curve of HD video
LIMITED_RANGE = 1
_RED, _BLUE = 0.2126, 0.0722  # of luma, ITU-R BT.709 section 3.2
_LUMA = np.array([_RED, 1 - _RED - _BLUE, _BLUE])
_YUV = np.array(
    [
        [*_LUMA * 219 / 255, 16],
        [*(np.array([0, 0, 1]) - _LUMA) / (2 * (1 - _BLUE)) * 224 / 255, 128],
        [*(np.array([1, 0, 0]) - _LUMA) / (2 * (1 - _RED)) * 224 / 255, 128],
    ]
)


def yuv_frame(picture: ByteArray) -> av.VideoFrame:
    """A frame of format yuv420p, BT.709, limited range, of an RGB picture (height, width, 3) of even size."""
    import av
    import cv2

    height, width = picture.shape[:2]
    frame = av.VideoFrame(width, height, "yuv420p")
    half = cv2.resize(picture, (width // 2, height // 2), interpolation=cv2.INTER_AREA)  # the mean of four
    # All three channels, though one or two are used: only that is vectorized, and takes a quarter of the time.
    full, color = cv2.transform(picture, _YUV), cv2.transform(half, _YUV)
    for channel, (plane, of) in enumerate(zip(frame.planes, (full, color, color), strict=True)):
        rows = np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)  # type: ignore[call-overload]
        cv2.extractChannel(of, channel, rows[:, : plane.width])
    frame.colorspace, frame.color_range = BT709, LIMITED_RANGE
    return frame
