"""Streams that FFmpeg demultiplexes (PyAV) as a device; it opens nothing by itself but what it is given."""

from __future__ import annotations

import http.client
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

from realtime.capture.container import FORMATS, picture_track
from realtime.capture.orientation import UPRIGHT, FrameOrientation, turned
from realtime.core.errors import SourceError

_MOST_PAUSE_S = 1.0  # a jump in a stream's times is not waited out


class AvDevice:
    """Decodes the pictures of an open container.

    Raises:
        SourceError: there is no picture track in it.
    """

    def __init__(
        self,
        container: Any,
        paced: bool = False,
        close: Callable[[], None] | None = None,
        failure: Callable[[], str] = str,
    ) -> None:
        """`paced`: frames come in bursts, and are delivered at the pace of their own times. `close` is called after
        the container is closed. `failure` explains an end, as a clause, where there is a reason.
        """
        from av.video.reformatter import VideoReformatter

        self._container, self._close, self._failure = container, close, failure
        self._stream = picture_track(container)
        if self._stream is None:
            container.close()
            raise SourceError(f"has no picture track{' (only sound)' if container.streams.audio else ''}")
        self._stream.thread_type = "SLICE"  # frame threads would hold back as many frames as there are
        self._packets: Iterator[Any] = container.demux(self._stream)
        self._frames: deque[Any] = deque()
        self._reformatter = VideoReformatter()
        self._orientation = FrameOrientation()
        self._paced = paced
        self._begun: tuple[float, float] | None = None  # monotonic seconds and stream seconds that belong together

    def grab(self) -> bool:
        """Decode on to the next picture; False where a packet cannot be decoded.

        Raises:
            SourceError: the stream has ended or cannot be read any further.
        """
        import av

        if self._frames:
            self._frames.popleft()
        while not self._frames:
            try:
                packet = next(self._packets)
            except (StopIteration, EOFError):
                raise SourceError(self._failure() or "the stream has ended") from None
            except (av.error.ExitError, TimeoutError):
                raise SourceError(self._failure() or "nothing comes any more") from None
            except (av.FFmpegError, OSError, http.client.HTTPException) as error:
                reason = getattr(error, "strerror", None) or type(error).__name__
                raise SourceError(self._failure() or f"cannot be read any further ({reason})") from error
            try:
                self._frames.extend(packet.decode())
            except EOFError:
                raise SourceError(self._failure() or "the stream has ended") from None
            except (av.FFmpegError, ValueError):
                return False
        if self._paced:
            self._wait_until_due(self._frames[0].time)
        return True

    def retrieve(self) -> tuple[bool, Any]:
        """What was grabbed as BGR, uint8 (height, width, 3), upright."""
        frame = self._frames[0]
        image: Any = self._reformatter.reformat(frame, format="bgr24").to_ndarray()
        turn = self._orientation.turn_of(frame, self._reformatter)
        return True, image if turn == UPRIGHT else turned(image, turn)

    def release(self) -> None:
        """Close the stream."""
        self._container.close()
        if self._close is not None:
            self._close()

    def _wait_until_due(self, at_s: float | None) -> None:
        if at_s is None:
            return
        now = time.monotonic()
        if self._begun is not None:
            pause = at_s - self._begun[1] - (now - self._begun[0])
            if -_MOST_PAUSE_S < pause <= _MOST_PAUSE_S:
                time.sleep(max(0.0, pause))
                return
        self._begun = now, at_s


def open_av(
    place: Any,
    timeouts: tuple[float, float],
    options: dict[str, str],
    io_open: Callable[..., Any] | None = None,
) -> Any:
    """An open container of a path, an address or an object with `read`; see `av.open`.

    Only the formats of `container.FORMATS` are read, and no further file or address, unless `options` name others.
    `timeouts` are for opening and for each read, in seconds.
    """
    import av

    av.logging.set_level(None)  # FFmpeg's messages cross the GIL and have deadlocked; the errors are sufficient
    limits = {"format_whitelist": FORMATS, "protocol_whitelist": "none"}
    return av.open(place, metadata_errors="replace", options={**limits, **options}, timeout=timeouts, io_open=io_open)
