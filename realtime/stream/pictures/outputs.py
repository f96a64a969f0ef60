"""What takes pictures: the protocol of both formats, and what has to be right before one of them is opened."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Protocol

from realtime.core.config import StreamConfig
from realtime.core.errors import UsageError
from realtime.stream.address import StreamAddress
from realtime.stream.pictures.picture import StreamPicture

CAMERA_PACKAGE = "pyvirtualcam"
CAMERA_INSTALL = f"pip install {CAMERA_PACKAGE}"


class PictureOutput(Protocol):
    """Open and ready for pictures. Used by a thread of its own, which may wait in `send`."""

    title: str  # as it is shown, with the port that was found
    link: str  # what a reader opens; secret, and empty where there is nothing to open

    @property
    def wanted(self) -> bool:
        """Whether anybody looks; any thread may ask."""
        ...

    @property
    def note(self) -> str:
        """What is known of the readers, as it is shown; any thread may ask."""
        ...

    def send(self, picture: StreamPicture) -> None:
        """Pass a picture on; raises OSError where that fails for good."""
        ...

    def close(self) -> None:
        """Free it, and end a `send` that waits; called once, by any thread."""
        ...


def missing_for(address: StreamAddress, config: StreamConfig) -> str:
    """Why a picture output cannot be opened, with the way out; empty where nothing is missing."""
    if not config.share_face:
        return "pictures show the face; add --share-face to send them."
    if address.format == "camera" and find_spec(CAMERA_PACKAGE) is None:
        return f"needs the Python package '{CAMERA_PACKAGE}', no part of this program. Install it: {CAMERA_INSTALL}"
    return ""


def check_pictures(address: StreamAddress, config: StreamConfig) -> None:
    """Raises UsageError where something is missing."""
    missing = missing_for(address, config)
    if missing:
        raise UsageError(f"--stream {address.text}: {missing}")


def open_pictures(address: StreamAddress, config: StreamConfig, size: tuple[int, int], token: str) -> PictureOutput:
    """Open the output of an address for pictures of `size`. May take seconds; raises OSError and UsageError."""
    check_pictures(address, config)
    if address.format == "camera":
        from realtime.stream.pictures.camera import CameraOutput

        return CameraOutput(size, config.picture_rate)
    from realtime.stream.pictures.mjpeg import MjpegOutput

    return MjpegOutput(address, token)
