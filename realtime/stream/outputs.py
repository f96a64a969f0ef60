"""The one small protocol of all formats, and what opens the output of an address."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Protocol

from realtime.core.config import StreamConfig
from realtime.core.errors import UsageError
from realtime.stream.address import StreamAddress
from realtime.stream.sample import StreamMark, StreamSample

INSTALL = "pip install 'meshmirror[stream]'"
STREAM_PACKAGES = {"lsl": "pylsl", "osc": "python-osc", "vmc": "python-osc"}  # that a format needs
_MODULES = {"pylsl": "pylsl", "python-osc": "pythonosc"}


class Output(Protocol):
    """An open output. Used by the thread of the streams alone; it never waits for whoever receives."""

    remote: str  # the address beyond this machine that it sends to; empty where there is none
    limited: bool  # whether `stream.rate` holds for it; a stream that is recorded takes every sample

    def send(self, sample: StreamSample) -> bool:
        """Hand a sample to the network; False where the format has nothing to say of it.

        Raises OSError where it cannot be taken now.
        """
        ...

    def mark(self, mark: StreamMark) -> None:
        """Hand an event to the network, where the format has events; raises OSError as above."""
        ...

    def close(self) -> None:
        """Free what it holds; called once."""
        ...


def check_packages(address: StreamAddress) -> None:
    """Raises UsageError where the Python package of a format is not installed."""
    package = STREAM_PACKAGES.get(address.format)
    if package is not None and find_spec(_MODULES[package]) is None:
        raise UsageError(f"--stream {address.format}: needs the Python package '{package}'. Install it: {INSTALL}")


def open_output(address: StreamAddress, config: StreamConfig) -> Output:
    """The output of an address. Looks up its name, which can take seconds; raises OSError and UsageError."""
    check_packages(address)
    if address.format == "osc":
        from realtime.stream.osc import OscOutput

        return OscOutput(address, config)
    if address.format == "vmc":
        from realtime.stream.vmc import VmcOutput

        return VmcOutput(address, config)
    if address.format == "livelink":
        from realtime.stream.live_link_face import LiveLinkOutput

        return LiveLinkOutput(address, config)
    from realtime.stream.lsl import LslOutput

    return LslOutput(config)
