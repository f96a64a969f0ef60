"""All receivers of pictures: when the next picture is due, and where it goes."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable

from realtime.core.config import StreamConfig
from realtime.core.process import Notify
from realtime.core.status import StreamingState
from realtime.core.stream_report import StreamReport
from realtime.stream.address import StreamAddress
from realtime.stream.pictures.channel import PictureChannel
from realtime.stream.pictures.picture import StreamPicture
from realtime.stream.rate_limit import RateLimit


class PictureSender:
    """Hands pictures to every output that somebody looks at; for the main thread, which never waits in it."""

    def __init__(self, config: StreamConfig, size: tuple[int, int], notify: Notify) -> None:
        """`size`: (width, height) of all pictures, even numbers."""
        self.size = size
        self._config, self._notify = config, notify
        self._channels: dict[StreamAddress, PictureChannel] = {}
        self._ended: list[PictureChannel] = []  # that were switched off
        self._rate = RateLimit(config.picture_rate)

    @property
    def wanted(self) -> bool:
        """Whether anybody looks: without it no picture need be drawn."""
        return any(channel.wanted for channel in self._channels.values())

    def due(self) -> bool:
        """Whether a picture is to be drawn now, which is then expected."""
        return self.wanted and self._rate.take(time.monotonic_ns())

    def show(self, picture: StreamPicture) -> None:
        """Hand a picture to all who look."""
        for channel in self._channels.values():
            if channel.wanted:
                channel.show(picture)

    def use(self, addresses: Iterable[StreamAddress]) -> None:
        """Send to these from now on, and to no others."""
        before, wanted = self._channels, tuple(addresses)
        self._channels = {
            at: before[at] if at in before else PictureChannel(at, self._config, self.size, self._notify)
            for at in wanted
        }
        for address, channel in before.items():
            if address not in self._channels:
                self._ended.append(channel)
                threading.Thread(target=channel.close, daemon=True).start()  # its process may take its time

    def wait_ready(self, timeout_s: float) -> None:
        """Wait until every output is open or has failed once."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline and not all(channel.ready for channel in self._channels.values()):
            time.sleep(0.01)

    def states(self) -> tuple[StreamingState, ...]:
        """Every output, as it is shown."""
        return tuple(channel.state() for channel in self._channels.values())

    def reports(self) -> tuple[StreamReport, ...]:
        """Every output that there was."""
        return tuple(channel.report() for channel in (*self._ended, *self._channels.values()))

    def close(self) -> None:
        """Close all; may be called twice. What was sent is still reported."""
        for channel in (*self._ended, *self._channels.values()):
            channel.close()
