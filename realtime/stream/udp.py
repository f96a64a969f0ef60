"""Packets to one address, which never wait."""

from __future__ import annotations

import ipaddress
import socket
from typing import Any

from realtime.stream.address import StreamAddress

MOST_BYTES = 1400  # of a packet that is not split on its way through an ordinary network


class UdpSender:
    """Sends packets to an address. What comes back is never read, and the system keeps little of it."""

    def __init__(self, address: StreamAddress) -> None:
        """Looks up the name. Raises OSError, which names the address."""
        try:
            found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_DGRAM)
        except (OSError, UnicodeError) as error:
            raise OSError(f"{address.host} is not found: {getattr(error, 'strerror', None) or error}") from None
        # A name with both kinds of address: most receivers listen on IPv4 alone.
        family, kind, protocol, _, to = min(found, key=lambda each: each[0] != socket.AF_INET)
        self._to: tuple[Any, ...] = to
        self._socket = socket.socket(family, kind, protocol)
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)  # the system's least
        host = str(self._to[0])
        self.remote = "" if ipaddress.ip_address(host.partition("%")[0]).is_loopback else address.title
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)

    def send(self, packet: bytes) -> None:
        """Send a packet now or not at all; raises OSError."""
        try:
            self._socket.sendto(packet, self._to)
        except ConnectionError:  # Windows: nobody listened to an earlier packet
            self._socket.sendto(packet, self._to)

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()
