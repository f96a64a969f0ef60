"""JPEG pictures as a device: a stream in any wrapping, or a picture that is requested again and again."""

from __future__ import annotations

import http.client
import time
from collections.abc import Callable
from typing import Any, Protocol

from realtime.capture.jpeg_stream import JpegSplitter
from realtime.core.errors import SourceError

POLL_S = 0.1  # at least from one request of a single picture to the next
_CHUNK = 1 << 16


class Body(Protocol):
    """What pictures are read from: the body of an answer, a pipe."""

    def read(self, most: int) -> bytes:
        """The next bytes as they come, at most so many; b"" at the end."""
        ...

    def close(self) -> None:
        """Close it; may be called twice."""
        ...


class MjpegDevice:
    """Reads the pictures of a body, and decodes them with FFmpeg, which takes what a camera makes of JPEG.

    Where the body ends after one picture and `again` is given, it was a snapshot: it is requested again for every
    frame, at most every `poll_s`.
    """

    def __init__(
        self,
        body: Body,
        begun: bytes,
        silence_s: float,
        again: Callable[[], Body] | None = None,
        poll_s: float = POLL_S,
    ) -> None:
        """`begun` is what was already read of the body."""
        import av
        from av.video.reformatter import VideoReformatter

        av.logging.set_level(None)
        self._body, self._again = body, again
        self._silence_s, self._poll_s = silence_s, poll_s
        self._splitter = JpegSplitter()
        self._splitter.feed(begun)
        self._pictures = 0  # of this body
        self._asked_at = time.monotonic()
        self._picture = b""
        self._decoder = av.CodecContext.create("mjpeg", "r")
        self._decoder.thread_count = 1  # with more, a picture comes out when the next ones go in
        self._reformatter = VideoReformatter()

    def grab(self) -> bool:
        """Take the next picture off the stream; False where a part is none.

        Raises:
            SourceError: the stream has ended, or nothing comes.
        """
        deadline = time.monotonic() + self._silence_s
        while (picture := self._splitter.take()) is None:
            if time.monotonic() > deadline:
                raise SourceError(f"no picture for {self._silence_s:g} s")
            try:
                data = self._body.read(_CHUNK)
            except TimeoutError:
                raise SourceError(f"no picture for {self._silence_s:g} s") from None
            except (OSError, http.client.HTTPException, ValueError):
                data = b""  # a camera that goes away ends its body in the middle
            if data:
                self._splitter.feed(data)
            elif self._again is None or self._pictures != 1:
                raise SourceError("the camera has ended the connection")
            else:
                self._poll(self._again)
                deadline = time.monotonic() + self._silence_s
        self._picture = picture
        self._pictures += bool(picture)
        return bool(picture)

    def retrieve(self) -> tuple[bool, Any]:
        """Decode what was grabbed to BGR, uint8 (height, width, 3)."""
        import av

        try:
            frames = self._decoder.decode(av.Packet(self._picture))
        except (av.FFmpegError, ValueError):
            return False, None
        if not frames:
            return False, None
        return True, self._reformatter.reformat(frames[0], format="bgr24").to_ndarray()

    def release(self) -> None:
        """Close the connection."""
        self._body.close()

    def _poll(self, again: Callable[[], Body]) -> None:
        self._body.close()
        time.sleep(max(0.0, self._asked_at + self._poll_s - time.monotonic()))
        self._asked_at = time.monotonic()
        self._body = again()
        self._splitter, self._pictures = JpegSplitter(), 0
