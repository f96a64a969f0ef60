"""Lists the cameras of this machine, and opens one by its number."""

from __future__ import annotations

import contextlib
import math
import os
import re
import struct
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from realtime.capture.live_source import LiveReader
from realtime.capture.opencv_device import Device, Opener, load_cv2
from realtime.capture.platforms import default_backend, other_backend, permission
from realtime.capture.source import OpenSource, SourceOptions
from realtime.core.errors import SourceError, UsageError

_SYSFS = Path("/sys/class/video4linux")
_VIDIOC_QUERYCAP = 0x80685600  # linux/videodev2.h
_CAPTURE_CAPS = 0x1 | 0x1000  # single- and multi-planar capture
_PROBED = 6  # numbers that are tried where the system gives no list


@dataclass(frozen=True, slots=True)
class CameraListing:
    """A camera that the system knows of."""

    index: int  # the number to open it by
    name: str  # "" where the system does not name it
    backend: str  # OpenCV's name of what opens it


def list_cameras(sysfs: Path = _SYSFS, dev: Path = Path("/dev")) -> list[CameraListing]:
    """The cameras of this machine.

    Linux: read from sysfs, with names, nothing is opened for streaming. Elsewhere the numbers 0 to 5 are opened one
    after the other: their lights may blink, a busy one is missing, and names are not known ("").
    """
    if sys.platform.startswith("linux"):
        return _list_linux(sysfs, dev)
    cv2 = load_cv2()
    backend = default_backend(sys.platform)
    found = []
    for index in range(_PROBED):
        capture = cv2.VideoCapture(index, _backend_id(backend))
        try:
            if capture.isOpened():
                found.append(CameraListing(index, "", backend))
        finally:
            capture.release()
    return found


def open_camera(index: int, options: SourceOptions | None = None, opener: Opener | None = None) -> LiveReader:
    """The camera of that number, as a live source. `opener` replaces OpenCV in tests.

    Raises:
        SourceError: it is missing, busy, or gives no picture; the message says what was tried and what may hold it.
        UsageError: the backend asked for is unknown or not part of this OpenCV.
    """
    options = options or SourceOptions()
    system_name = next((c.name for c in _known_cameras() if c.index == index), "")
    name = f"camera {index} ({system_name})" if system_name else f"camera {index}"
    return LiveReader(opener or camera_opener(index, options), name, options, hint=lambda: _busy_hint(index))


def camera_opener(index: int, options: SourceOptions) -> Opener:
    """A function that opens the camera in the thread that calls it.

    Raises:
        UsageError: the backend asked for is unknown or not part of this OpenCV.
    """
    cv2 = load_cv2()  # here, in the caller's thread: an import inside the reading thread could deadlock with another
    asked = (options.backend or "auto").upper()
    backend = default_backend(sys.platform) if asked == "AUTO" else asked
    backend_id = _backend_id(backend)

    def opener() -> Device:
        capture = cv2.VideoCapture(index, backend_id)
        if not capture.isOpened():
            capture.release()
            raise SourceError(_missing(index, backend))
        _configure(cv2, capture, options)
        _expose(cv2, capture, backend, options.exposure_ms)
        device: Device = capture
        return device

    return opener


def _configure(cv2: Any, capture: Any, options: SourceOptions) -> None:
    """Request what the options set; a driver that does not know a property ignores it."""
    wanted: list[tuple[int, float | None]] = [
        (cv2.CAP_PROP_READ_TIMEOUT_MSEC, int(options.silence_s * 1000)),
        # The pixel format comes first: which sizes and rates there are depends on it.
        (cv2.CAP_PROP_FOURCC, cv2.VideoWriter_fourcc(*options.fourcc) if options.fourcc else None),
        (cv2.CAP_PROP_FRAME_WIDTH, options.width),
        (cv2.CAP_PROP_FRAME_HEIGHT, options.height),
        (cv2.CAP_PROP_FPS, options.fps),
        (cv2.CAP_PROP_BUFFERSIZE, 1),  # old frames waiting in the driver are latency
    ]
    for key, value in wanted:
        if value is not None:
            capture.set(key, value)


def _expose(cv2: Any, capture: Any, backend: str, exposure_ms: float | None) -> None:
    """Request an exposure in the units of a backend; None leaves the camera as it is, 0 makes it automatic.

    OpenCV hands both numbers on to the system: V4L2 counts 100 us (and 1 is manual, 3 automatic), DirectShow and Media
    Foundation count powers of two of a second (0.25 and 0.75), others mostly ignore it.
    """
    if exposure_ms is None:
        return
    v4l2 = backend == "V4L2"
    manual, automatic = (1.0, 3.0) if v4l2 else (0.25, 0.75)
    capture.set(cv2.CAP_PROP_AUTO_EXPOSURE, manual if exposure_ms else automatic)
    if exposure_ms:
        capture.set(cv2.CAP_PROP_EXPOSURE, 10 * exposure_ms if v4l2 else math.log2(exposure_ms / 1000))


def reconfigure(source: OpenSource, index: int, options: SourceOptions) -> bool:
    """Open a camera that runs with other options, which takes half a second; False where the source is no camera.

    Raises:
        UsageError: as `open_camera`.
    """
    if not isinstance(source, LiveReader):
        return False
    source.reopen(camera_opener(index, options), options)
    return True


def _backend_id(backend: str) -> int:
    """OpenCV's number of a backend.

    Raises:
        UsageError: it has none of that name.
    """
    cv2 = load_cv2()
    if backend == "ANY":
        return int(cv2.CAP_ANY)
    registry = cv2.videoio_registry
    known = {registry.getBackendName(number): int(number) for number in registry.getCameraBackends()}
    if backend not in known:
        raise UsageError(f"camera backend {backend!r} is not part of this OpenCV; it has {', '.join(known)}.")
    return known[backend]


def _known_cameras() -> list[CameraListing]:
    """The cameras that can be listed without opening any."""
    return _list_linux(_SYSFS, Path("/dev")) if sys.platform.startswith("linux") else []


def _list_linux(sysfs: Path, dev: Path) -> list[CameraListing]:
    found = []
    for folder in sysfs.glob("video*"):
        number = re.fullmatch(r"video(\d+)", folder.name)
        if number is None or not _captures(folder, dev / folder.name):
            continue
        name = _first_line(folder / "name")
        found.append(CameraListing(int(number[1]), name, "V4L2"))
    return sorted(found, key=lambda camera: camera.index)


def _captures(folder: Path, node: Path) -> bool:
    """Whether a node delivers pictures; a webcam has a second node for metadata only."""
    import fcntl

    capability = bytearray(104)  # struct v4l2_capability
    try:
        descriptor = os.open(node, os.O_RDONLY | os.O_NONBLOCK)
    except OSError:  # not permitted or removed: a device's first node is the one with the pictures
        return _first_line(folder / "index") in ("", "0")
    try:
        fcntl.ioctl(descriptor, _VIDIOC_QUERYCAP, capability)
    except OSError:
        return _first_line(folder / "index") in ("", "0")
    finally:
        os.close(descriptor)
    device_caps = struct.unpack_from("<I", capability, 88)[0]
    return bool(device_caps & _CAPTURE_CAPS)


def _first_line(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def holders(node: Path, proc: Path = Path("/proc")) -> list[str]:
    """The processes that hold a device node open, "name (pid 123)", as far as this user may see them (Linux only)."""
    found = []
    for process in proc.glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if any(_points_to(link, node) for link in (process / "fd").iterdir()):
                found.append(f"{_first_line(process / 'comm')} (pid {process.name})")
    return sorted(found)


def _points_to(link: Path, node: Path) -> bool:
    try:
        return str(link.readlink()) == str(node)
    except OSError:
        return False


def _missing(index: int, backend: str) -> str:
    """Why camera `index` may not open, for the user."""
    node = Path(f"/dev/video{index}")
    if sys.platform.startswith("linux"):
        cameras = _known_cameras()
        if not node.exists():
            there = ", ".join(f"{c.index} ({c.name})" for c in cameras) or "none"
            return f"camera {index}: there is no {node}; cameras found: {there}. `meshmirror doctor` lists them."
        if not os.access(node, os.R_OK | os.W_OK):
            return f"camera {index}: no permission to read {node}; add your user to the group 'video' and log in again."
    other = other_backend(backend, sys.platform)
    return f"camera {index} could not be opened through {backend}. {_busy_hint(index)}{other}"


def _busy_hint(index: int) -> str:
    if sys.platform.startswith("linux"):
        held = holders(Path(f"/dev/video{index}"))
        if held:
            return f"It is held by {', '.join(held)}; close that first."
    hints = (
        "A browser tab, a video call, OBS or another copy of this program may hold it.",
        permission(sys.platform, os.environ),
        "`meshmirror doctor` lists the cameras.",
    )
    return " ".join(hint for hint in hints if hint)
