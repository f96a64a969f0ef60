"""Live Link Face packets (version 6) over UDP, as Unreal Engine takes them: 52 blendshapes and nine angles.

A packet is: version, identity of the device, name of the subject, time code, number of values, values. All numbers are
big-endian. The time code counts frames since midnight.
"""

from __future__ import annotations

import struct
import time
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime
from math import isfinite, pi

from realtime.core.config import StreamConfig
from realtime.stream.address import StreamAddress
from realtime.stream.arkit import ARKIT
from realtime.stream.sample import StreamMark, StreamSample
from realtime.stream.udp import UdpSender

VERSION = 6
VALUES = len(ARKIT) + 9
TIME_BASE = 60  # frames a second of the time code
LARGEST_EYE_ANGLE = pi / 6  # of a blendshape eyeLook... of 1; assumed, as no tracker here measures the eyes' angles
_LONGEST_NAME = 100  # bytes
_HEAD = struct.Struct(">Bi")
_SIZE = struct.Struct(">i")
_REST = struct.Struct(f">ifiiB{VALUES}f")


class LiveLinkOutput:
    """One packet for every face; none without a face, which Unreal shows as a subject that is not tracked."""

    limited = True

    def __init__(
        self, address: StreamAddress, config: StreamConfig, now: Callable[[], datetime] = datetime.now
    ) -> None:
        """Raises OSError where the name is not found. `now`: the local time of day."""
        self._sender = UdpSender(address)
        self.remote = self._sender.remote
        device = str(uuid.uuid5(uuid.NAMESPACE_DNS, config.name)).upper().encode()  # the same in every run
        name = config.name.encode()[:_LONGEST_NAME].decode(errors="ignore").encode()
        self._head = _HEAD.pack(VERSION, len(device)) + device + _SIZE.pack(len(name)) + name
        self._unit = 1.0 if config.livelink_angles == "radians" else 1.0 / pi
        self._now = now

    def send(self, sample: StreamSample) -> bool:
        """Send a packet of the face; values that are not there are 0."""
        if sample.track_id is None or sample.blendshapes is None:
            return False
        frame, part = self._time_code(sample.captured_ns)
        values = [_fraction(sample.blendshapes, name) for name in ARKIT]
        angles = (self._unit * angle if isfinite(angle) else 0.0 for angle in _angles(sample))
        packet = self._head + _REST.pack(frame, part, TIME_BASE, 1, VALUES, *values, *angles)
        self._sender.send(packet)
        return True

    def mark(self, mark: StreamMark) -> None:
        """The format has no events."""

    def close(self) -> None:
        """Close the socket."""
        self._sender.close()

    def _time_code(self, captured_ns: int) -> tuple[int, float]:
        """Frames since midnight at which it was captured, and the part of the next one."""
        now, age_s = self._now(), (time.monotonic_ns() - captured_ns) / 1e9
        since_midnight = 3600 * now.hour + 60 * now.minute + now.second + now.microsecond / 1e6
        frames = ((since_midnight - age_s) % 86_400) * TIME_BASE
        whole = int(frames)
        return whole, frames - whole


def _angles(sample: StreamSample) -> tuple[float, ...]:
    """Yaw, pitch, roll of head, left eye, right eye, radians; + to the subject's right, up, to the subject's right."""
    pose = sample.pose
    head = (0.0, 0.0, 0.0) if pose is None else (pose.yaw, pose.pitch, pose.roll)
    if sample.gaze is not None:
        pitch, yaw = sample.gaze
        return (*head, yaw, pitch, 0.0, yaw, pitch, 0.0)
    found = sample.blendshapes or {}

    def turned(towards: str, away: str) -> float:
        return LARGEST_EYE_ANGLE * (_fraction(found, f"eyeLook{towards}") - _fraction(found, f"eyeLook{away}"))

    left = turned("InLeft", "OutLeft"), turned("UpLeft", "DownLeft")  # the left eye looks in when it looks right
    right = turned("OutRight", "InRight"), turned("UpRight", "DownRight")
    return (*head, *left, 0.0, *right, 0.0)


def _fraction(values: Mapping[str, float], name: str) -> float:
    value = values.get(name, 0.0)
    return min(max(value, 0.0), 1.0) if isfinite(value) else 0.0
