"""LSL (Lab Streaming Layer): one stream for each kind of value, stamped with LSL's clock at the frame's capture.

liblsl finds streams by multicast and serves them by TCP. With the scope "machine" it sends and hears searches on this
machine only; its port of TCP is open on all interfaces all the same, which it has no setting for.
"""

from __future__ import annotations

import os
import time
import uuid
from typing import Any

from realtime.core.config import StreamConfig
from realtime.core.version import __version__
from realtime.stream.lsl_clock import LslClock
from realtime.stream.lsl_groups import Group, Groups
from realtime.stream.lsl_search import SearchForwarder
from realtime.stream.sample import StreamMark, StreamSample

_ON_MACHINE = """
[ports]
IPv6 = disable
PortRange = 128
[multicast]
ResolveScope = machine
ListenAddress = 127.0.0.1
MachineAddresses = {}
[lab]
KnownPeers = {127.0.0.1}
"""
_QUIET = "[log]\nlevel = -2\n"  # errors only: liblsl writes to stderr by itself
_BUFFERED = 60  # seconds kept for a receiver that does not read, at 100 samples a second
_LINGER_S = 0.2  # a receiver gets what was sent last


def import_pylsl(scope: str) -> Any:
    """pylsl, with liblsl configured for a scope. The first scope of a process holds until it ends.

    Raises OSError where the library cannot be loaded.
    """
    try:
        import pylsl
        from pylsl.lib import lib
    except (ImportError, RuntimeError, OSError) as error:
        raise OSError(f"pylsl cannot be loaded: {error}") from None
    if scope == "machine":
        lib.lsl_set_config_content((_ON_MACHINE + _QUIET).encode())
    elif "LSLAPICFG" not in os.environ:
        lib.lsl_set_config_content(_QUIET.encode())
    return pylsl


class LslOutput:
    """The outlets of all streams, made when the labels of their channels are known."""

    limited = False

    def __init__(self, config: StreamConfig) -> None:
        """Raises OSError where liblsl cannot be used."""
        self._lsl = import_pylsl(config.lsl_scope)
        self.remote = "" if config.lsl_scope == "machine" else "LSL on the network"
        self._name = config.name
        self._id = uuid.uuid4().hex  # two programs with one name of a stream stay apart
        self._forwarder = SearchForwarder() if config.lsl_scope == "machine" else None
        self._clock = LslClock(self._lsl.local_clock)
        self._groups = Groups()
        self._outlets: dict[str, tuple[Group, Any]] = {}
        self._marks = self._outlet(Group("marks", "Markers", ("label",), ("",)), kind=self._lsl.cf_string)

    def send(self, sample: StreamSample) -> bool:
        """Push a sample into every stream that has something new."""
        for row in self._groups.rows(sample, time.monotonic_ns()):
            outlet = self._outlet_of(row.group)
            stamp_s = self._clock.at(row.at_ns)
            try:
                if isinstance(row.values, list):
                    outlet.push_sample(row.values, stamp_s)
                else:
                    outlet.push_chunk(row.values, stamp_s)
            except (RuntimeError, ValueError) as error:
                raise OSError(f"LSL: {error}") from error
        return True

    def mark(self, mark: StreamMark) -> None:
        """Push a mark at its own time; the end of what a rule describes as "NAME end"."""
        label = f"{mark.label} end" if mark.active is False else mark.label
        self._marks.push_sample([label], self._clock.at(mark.at_ns))

    def close(self) -> None:
        """End all streams."""
        outlets = [self._marks, *(outlet for _, outlet in self._outlets.values())]
        if any(outlet.have_consumers() for outlet in outlets):
            time.sleep(_LINGER_S)
        if self._forwarder is not None:
            self._forwarder.close()
        del outlets, self._marks
        self._outlets.clear()

    def _outlet_of(self, group: Group) -> Any:
        found = self._outlets.get(group.name)
        if found is None or found[0] is not group:
            self._outlets.pop(group.name, None)  # it ends before one of the same name begins with other channels
            found = self._outlets[group.name] = group, self._outlet(group)
        return found[1]

    def _outlet(self, group: Group, kind: int | None = None) -> Any:
        lsl = self._lsl
        if kind is None:
            kind = lsl.cf_double64 if group.precise else lsl.cf_float32
        labels = len(group.labels)
        source_id = f"{self._id}-{group.name}-{abs(hash(group.labels)):x}"
        info = lsl.StreamInfo(f"{self._name} {group.name}", group.type, labels, lsl.IRREGULAR_RATE, kind, source_id)
        description = info.desc()
        described = description.append_child("acquisition")
        described.append_child_value("manufacturer", "Meshmirror")
        described.append_child_value("version", __version__)
        clock = description.append_child("clock")
        clock.append_child_value("stamp", "capture of the frame, on LSL's clock; of files, when it was read")
        clock.append_child_value("error_s", f"{self._clock.error_s:.9f}")
        channels = description.append_child("channels")
        for label, unit in zip(group.labels, group.units, strict=True):
            channel = channels.append_child("channel")
            channel.append_child_value("label", label)
            channel.append_child_value("unit", unit)
            channel.append_child_value("type", group.type)
            if group.frame:
                channel.append_child_value("frame", group.frame)
        try:
            return lsl.StreamOutlet(info, max_buffered=_BUFFERED)
        except RuntimeError as error:
            raise OSError(f"LSL: {error}") from error
