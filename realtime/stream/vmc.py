"""VMC (Virtual Motion Capture protocol, protocol.vmc.info) over OSC: a performer that drives an avatar's face and head.

Of a picture without a face only `/VMC/Ext/OK 0` is sent, so that the avatar keeps its last expression.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from math import cos, isfinite, sin

from realtime.core.config import StreamConfig
from realtime.core.types import Pose
from realtime.stream.address import StreamAddress
from realtime.stream.arkit import MEASURED
from realtime.stream.osc_messages import MessageTemplate, bundles
from realtime.stream.sample import StreamMark, StreamSample
from realtime.stream.udp import UdpSender

# Presets of VRM 0 (UniVRM's names of clips) and VRM 1, from features and ARKit's blendshapes. Left is the subject's.
_VRM0 = {
    "Joy": "happiness", "Angry": "anger", "Sorrow": "sadness", "Surprised": "surprise", "Neutral": "neutral",
    "Blink_L": "eyeBlinkLeft", "Blink_R": "eyeBlinkRight", "A": "jawOpen",
}  # fmt: skip
_VRM1 = {
    "happy": "happiness", "angry": "anger", "sad": "sadness", "surprised": "surprise", "neutral": "neutral",
    "blinkLeft": "eyeBlinkLeft", "blinkRight": "eyeBlinkRight", "aa": "jawOpen",
}  # fmt: skip
_NAMES: dict[str, dict[str, str]] = {
    "arkit": {name: name for name in MEASURED},
    "perfect-sync": {name[0].upper() + name[1:]: name for name in MEASURED},
    "vrm0": _VRM0,
    "vrm1": _VRM1,
}
_ROOT = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0)  # position and rotation: the avatar stays where it is


class VmcOutput:
    """Blend shapes and the head's bone."""

    limited = True

    def __init__(self, address: StreamAddress, config: StreamConfig) -> None:
        """Raises OSError where the name is not found."""
        self._sender = UdpSender(address)
        self.remote = self._sender.remote
        self._ok = MessageTemplate("/VMC/Ext/OK", numbers="i")
        self._time = MessageTemplate("/VMC/Ext/T")
        self._root = MessageTemplate("/VMC/Ext/Root/Pos", "root", numbers="fffffff")(*_ROOT)
        self._head = MessageTemplate("/VMC/Ext/Bone/Pos", "Head", numbers="fffffff")
        self._apply = MessageTemplate("/VMC/Ext/Blend/Apply", numbers="")()
        self._blend = [
            (source, MessageTemplate("/VMC/Ext/Blend/Val", name))
            for names in config.vmc_names
            for name, source in _NAMES[names].items()
        ]
        self._begun_ns = time.monotonic_ns()

    def send(self, sample: StreamSample) -> bool:
        """Send the avatar's state; the blend shapes are applied together, by the last message."""
        for packet in bundles(self._messages(sample)):
            self._sender.send(packet)
        return True

    def mark(self, mark: StreamMark) -> None:
        """VMC has no events."""

    def close(self) -> None:
        """Close the socket."""
        self._sender.close()

    def _messages(self, sample: StreamSample) -> Iterator[bytes]:
        yield self._ok(int(sample.track_id is not None))
        if sample.track_id is None:
            return
        yield self._time((sample.captured_ns - self._begun_ns) / 1e9)
        yield self._root
        if sample.pose is not None and all(map(isfinite, sample.pose.angles)):
            yield self._head(0.0, 0.0, 0.0, *head_rotation(sample.pose))
        values: dict[str, float] = {}
        for found in (sample.features, sample.blendshapes):
            values |= _finite(found)
        yield from (
            template(min(max(values[source], 0.0), 1.0)) for source, template in self._blend if source in values
        )
        yield self._apply


def head_rotation(pose: Pose) -> tuple[float, float, float, float]:
    """The quaternion (x, y, z, w) of a head in Unity's axes: x to the subject's right, y up, z forward, left-handed.

    The pose is intrinsic yaw, pitch, roll, as `realtime.geometry.pose` has it; positive is to the right, up, to the
    right. In these axes that is Ry(yaw) @ Rx(-pitch) @ Rz(-roll).
    """
    y, x, z = pose.yaw / 2, -pose.pitch / 2, -pose.roll / 2
    cy, sy, cx, sx, cz, sz = cos(y), sin(y), cos(x), sin(x), cos(z), sin(z)
    return (
        cy * sx * cz + sy * cx * sz,
        sy * cx * cz - cy * sx * sz,
        cy * cx * sz - sy * sx * cz,
        cy * cx * cz + sy * sx * sz,
    )


def _finite(values: Mapping[str, float] | None) -> dict[str, float]:
    return {name: value for name, value in (values or {}).items() if isfinite(value)}
