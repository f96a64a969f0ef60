"""Where something is streamed to, as it is written after `--stream`: "lsl", "osc://127.0.0.1:9000".

Port and host may be left out: `vmc` is `vmc://127.0.0.1:39539`. An IPv6 address stands in brackets.
"""

from __future__ import annotations

import difflib
import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from realtime.core.errors import UsageError

LOOPBACK = "127.0.0.1"
_TITLES = {
    "lsl": "LSL",
    "osc": "OSC",
    "vmc": "VMC",
    "livelink": "Live Link",
    "mjpeg": "MJPEG",
    "camera": "Virtual camera",
}
_PORTS = {"osc": 9000, "vmc": 39539, "livelink": 11111, "mjpeg": 0}  # of those with an address
FORMATS = tuple(_TITLES)
PICTURES = ("mjpeg", "camera")  # the formats that are pictures of the face and no values


@dataclass(frozen=True, slots=True)
class StreamAddress:
    """A format, and where it is sent to."""

    format: str  # one of FORMATS
    host: str = ""  # a name, or an IPv4 or IPv6 address without brackets; empty for a format without an address
    port: int = 0  # of MJPEG 0 for a free one

    @classmethod
    def parse(cls, text: str) -> StreamAddress:
        """Raises UsageError for an unknown format, a bad port, or an address of a format that has none."""
        name, separator, rest = text.strip().partition("://")
        name = name.lower()
        if name not in FORMATS:
            close = difflib.get_close_matches(name, FORMATS, 1, 0.5)
            hint = f" Did you mean '{close[0]}'?" if close else ""
            raise UsageError(f"--stream {text}: there is no format '{name}'.{hint} Formats are {', '.join(FORMATS)}.")
        if name not in _PORTS:
            if separator:
                raise UsageError(f"--stream {text}: {_TITLES[name]} has no address; write --stream {name}.")
            return cls(name)
        port_shown = _PORTS[name] or 8090
        example = f"for example {name}://{LOOPBACK}:{port_shown} or {name}://[::1]:{port_shown}"
        try:
            parts = urlsplit(f"//{rest}")
            host, port = parts.hostname or LOOPBACK, parts.port
        except ValueError:
            raise UsageError(f"--stream {text}: expected {name}://HOST:PORT, {example}.") from None
        extra = parts.path.strip("/") or parts.query or parts.fragment or parts.username
        bare_ipv6 = ":" in host and not parts.netloc.startswith("[")
        if extra or bare_ipv6 or port == 0 or any(c.isspace() for c in host):
            raise UsageError(f"--stream {text}: expected {name}://HOST:PORT, {example}.")
        return cls(name, host, _PORTS[name] if port is None else port)

    @property
    def pictures(self) -> bool:
        """Whether pictures of the face are sent, and no values."""
        return self.format in PICTURES

    @property
    def text(self) -> str:
        """As it is written after --stream: "lsl", "osc://127.0.0.1:9000"."""
        if not self.host:
            return self.format
        return f"{self.format}://{self._host}" + (f":{self.port}" if self.port else "")

    @property
    def title(self) -> str:
        """As it is shown: "LSL", "OSC 127.0.0.1:9000"."""
        if not self.host:
            return _TITLES[self.format]
        return f"{_TITLES[self.format]} {self._host}" + (f":{self.port}" if self.port else "")

    @property
    def _host(self) -> str:
        return f"[{self.host}]" if ":" in self.host else self.host

    @property
    def local(self) -> bool:
        """Whether nothing of it can leave this machine. A name other than localhost may lead anywhere."""
        if not self.host or self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host.partition("%")[0]).is_loopback
        except ValueError:
            return False


def parse_addresses(texts: Iterable[str]) -> tuple[StreamAddress, ...]:
    """All of them. Raises UsageError for a bad one, and for one that is given twice."""
    found: list[StreamAddress] = []
    for text in texts:
        address = StreamAddress.parse(text)
        if address in found:
            raise UsageError(f"--stream {text}: {address.title} is given twice.")
        found.append(address)
    return tuple(found)
