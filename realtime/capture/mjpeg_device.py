"""JPEG pictures over http as a device: a stream in any wrapping, or a picture that is requested again and again."""

from __future__ import annotations

import http.client
import time
from collections.abc import Callable
from typing import Any

from realtime.capture.jpeg_stream import JpegSplitter
from realtime.core.errors import SourceError
from realtime.core.http_get import HttpAnswer

POLL_S = 0.1  # at least from one request of a single picture to the next
_CHUNK = 1 << 16


class MjpegDevice:
    """Reads the pictures of an answer, and decodes them with FFmpeg, which takes what a camera makes of JPEG.

    Where the answer ends after one picture, and was no stream by its headers, the address gives a snapshot: it is
    requested again for every frame, at most every `poll_s`.
    """

    def __init__(
        self, answer: HttpAnswer, begun: bytes, again: Callable[[], HttpAnswer], silence_s: float, poll_s: float
    ) -> None:
        """`begun` is what was already read of the body."""
        import av
        from av.video.reformatter import VideoReformatter

        av.logging.set_level(None)
        self._answer, self._again = answer, again
        self._silence_s, self._poll_s = silence_s, poll_s
        self._stream = answer.headers.get_content_maintype() == "multipart"
        self._splitter = JpegSplitter()
        self._splitter.feed(begun)
        self._pictures = 0  # of this answer
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
                data = self._answer.read(_CHUNK)
            except TimeoutError:
                raise SourceError(f"no picture for {self._silence_s:g} s") from None
            except (OSError, http.client.HTTPException, ValueError):
                data = b""  # a camera that goes away ends its body in the middle
            if data:
                self._splitter.feed(data)
            elif self._stream or self._pictures != 1:
                raise SourceError("the camera has ended the connection")
            else:
                self._poll()
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
        self._answer.close()

    def _poll(self) -> None:
        self._answer.close()
        time.sleep(max(0.0, self._asked_at + self._poll_s - time.monotonic()))
        self._asked_at = time.monotonic()
        self._answer = self._again()
        self._splitter, self._pictures = JpegSplitter(), 0
