"""OSC (Open Sound Control 1.0) over UDP: `/meshmirror/...`; docs/streams.md lists the addresses.

What is not there is not sent, nor is what is not a finite number; `/meshmirror/face` says whether there is a face.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from math import isfinite

from realtime.core.config import StreamConfig
from realtime.core.types import N_LANDMARKS, FloatArray
from realtime.stream.address import StreamAddress
from realtime.stream.hysteresis import Hysteresis
from realtime.stream.osc_messages import MessageTemplate, bundles, text_message
from realtime.stream.sample import StreamMark, StreamSample
from realtime.stream.udp import UdpSender

ROOT = "/meshmirror"
MESH_NUMBERS = 3 * N_LANDMARKS


class OscOutput:
    """Every value as a message of its own, in bundles."""

    limited = True

    def __init__(self, address: StreamAddress, config: StreamConfig) -> None:
        """Raises OSError where the name is not found."""
        self._sender = UdpSender(address)
        self.remote = self._sender.remote
        self._events = Hysteresis(config.event_on, config.event_off)
        self._templates: dict[str, MessageTemplate] = {}

    def send(self, sample: StreamSample) -> bool:
        """Send all messages of a sample."""
        for packet in bundles(self._messages(sample)):
            self._sender.send(packet)
        return True

    def mark(self, mark: StreamMark) -> None:
        """Send `/meshmirror/mark` with the label; of a rule `/meshmirror/event` with its name and 1 or 0."""
        if mark.active is None:
            self._sender.send(text_message(f"{ROOT}/mark", mark.label))
        else:
            for packet in bundles([self._event(mark.label, mark.active)]):
                self._sender.send(packet)

    def close(self) -> None:
        """Close the socket."""
        self._sender.close()

    def _messages(self, sample: StreamSample) -> Iterator[bytes]:
        found = sample.track_id is not None
        yield self._message("face", "i", int(found))
        yield self._message("faces", "i", sample.faces)
        yield self._message("frame", "i", sample.index & 0x7FFFFFFF)
        now_ns = time.monotonic_ns()
        yield self._message("age", "f", (now_ns - sample.captured_ns) / 1e6)
        if found:
            assert sample.track_id is not None
            yield self._message("track", "i", sample.track_id)
            yield self._message("valid", "i", int(sample.valid))
            yield from self._each("blendshape", sample.blendshapes)
        captured_ns = sample.estimate_captured_ns
        if captured_ns is not None and sample.has_estimate:
            yield self._message("estimate_age", "f", (now_ns - captured_ns) / 1e6)
            yield from self._estimate(sample)
        for name, begun in self._events.update(sample.features):
            yield self._event(name, begun)

    def _estimate(self, sample: StreamSample) -> Iterator[bytes]:
        if sample.pose is not None and all(map(isfinite, sample.pose.angles)):
            yield self._message("pose", "fff", *sample.pose.angles)
        yield from self._each("feature", sample.features)
        yield from self._each("au", sample.action_units)
        yield from self._each("residual", sample.regions)
        for name, value in (
            ("nme/delivered", sample.delivered),
            ("nme/with_gain", sample.with_gain),
            ("nme/floor", sample.floor),
            ("gain", sample.gain),
        ):
            if value is not None and isfinite(value):
                yield self._message(name, "f", value)
        for name, mesh in (("mesh/observed", sample.observed), ("mesh/predicted", sample.predicted)):
            if mesh is not None:
                yield self._mesh(name, mesh)

    def _mesh(self, name: str, mesh: FloatArray) -> bytes:
        return self._message(name, "f" * MESH_NUMBERS, *mesh.ravel().tolist())

    def _event(self, name: str, begun: bool) -> bytes:
        key = f"event {name}"
        if key not in self._templates:
            self._templates[key] = MessageTemplate(f"{ROOT}/event", name, numbers="i")
        return self._templates[key](int(begun))

    def _each(self, group: str, values: Mapping[str, float] | None) -> Iterator[bytes]:
        for name, value in (values or {}).items():
            if isfinite(value) and not name.startswith("_"):  # MediaPipe's "_neutral" is no shape
                yield self._message(f"{group}/{name}", "f", value)

    def _message(self, name: str, numbers: str, *values: float) -> bytes:
        template = self._templates.get(name)
        if template is None:
            template = self._templates[name] = MessageTemplate(f"{ROOT}/{name.replace(' ', '_')}", numbers=numbers)
        return template(*values)
