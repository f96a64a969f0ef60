"""OpenCV's VideoCapture as a device: imported late, kept quiet, its pictures turned to RGB."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from realtime.core.errors import SourceError
from realtime.core.types import ByteArray

# OpenCV reads these from the environment, the first time that it needs them.
_ENVIRONMENT = {
    "OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT": "1",  # seconds; the default of 10 s is too long
    "OPENCV_VIDEOIO_MSMF_ENABLE_HW_TRANSFORMS": "0",  # spares minutes of opening on some Windows cameras
    "OPENCV_LOG_LEVEL": "FATAL",  # its warnings would repeat our errors on stderr
    "OPENCV_FFMPEG_LOGLEVEL": "-8",
}


class Device(Protocol):
    """The part of `cv2.VideoCapture` that is used; tests replace it by a scripted fake."""

    def grab(self) -> bool:
        """Take the next picture; False when there was none."""
        ...

    def retrieve(self) -> tuple[bool, Any]:
        """Decode what was grabbed: (True, picture in OpenCV's order BGR) or (False, None)."""
        ...

    def release(self) -> None:
        """Release the device. Only the thread that grabs may call it: from another one it crashes the process."""
        ...


Opener = Callable[[], Device]  # opens the device or raises SourceError; may block

FATAL = 1  # OpenCV's own number of that log level


def load_cv2() -> Any:
    """The module cv2, with its time-outs set before its first import where that is still possible."""
    for name, value in _ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    import cv2

    library: Any = cv2
    if os.environ["OPENCV_LOG_LEVEL"] == "FATAL":  # ours, or the user wants the same
        # OpenCV 5 moved it. Once more, in case cv2 was imported by other code before.
        set_level = library.setLogLevel if hasattr(cv2, "setLogLevel") else library.utils.logging.setLogLevel
        set_level(FATAL)
    return cv2


def rgb_from_cv(picture: Any, name: str) -> ByteArray:
    """A picture as OpenCV gives it (grey, BGR or BGRA; 8 or 16 bits) as a new uint8 (height, width, 3) RGB array.

    Raises:
        SourceError: it is none of these.
    """
    import cv2

    image = np.asarray(picture)
    if image.size == 0:
        raise SourceError(f"{name}: an empty picture.")
    if image.dtype == np.uint16:
        image = (image >> 8).astype(np.uint8)
    channels = image.shape[2] if image.ndim == 3 else 1
    codes = {1: cv2.COLOR_GRAY2RGB, 3: cv2.COLOR_BGR2RGB, 4: cv2.COLOR_BGRA2RGB}
    if image.dtype != np.uint8 or image.ndim not in (2, 3) or channels not in codes:
        raise SourceError(f"{name}: a picture of {image.dtype} {image.shape}; 1, 3 or 4 channels of 8 or 16 bits work.")
    rgb: ByteArray = cv2.cvtColor(image, codes[channels])
    return rgb
