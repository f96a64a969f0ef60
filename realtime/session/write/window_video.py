"""The window as one video, alone: what `--record FILE.mp4` asks for."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from realtime.core.config import RecordConfig
from realtime.core.errors import RecordError
from realtime.core.types import ByteArray
from realtime.media.video_writer import VideoWriter, even_size
from realtime.session.write.recording_clock import Timeline

SETTLED_S = 0.5
SMALLEST = 16  # pixels a side, below which there is nothing to see and encoders refuse


class Sizes:
    """Which sizes of a window are to be recorded: a dragged edge must not begin a file a frame."""

    def __init__(self) -> None:
        self._resized: tuple[tuple[int, int], float] | None = None  # a new size, and since when

    def settled(self, size: tuple[int, int], now: tuple[int, int]) -> bool:
        """Whether pictures of `size` are to be written: the one that is written `now`, or one that has lasted."""
        if size == now:
            self._resized = None
            return True
        if min(size) < SMALLEST:
            return False
        at = time.monotonic()
        if self._resized is None or self._resized[0] != size:
            self._resized = (size, at)
        return at - self._resized[1] >= SETTLED_S


class WindowVideo:
    """A video of the window and, where its size changes, those that go on from it."""

    def __init__(self, config: RecordConfig, path: Path, size: tuple[int, int], say: Callable[[str], None]) -> None:
        """Begin a video of pictures of `size`. Raises RecordError."""
        self.outputs: list[str] = []
        self.failures: list[str] = []
        self._written = 0
        self._dropped = 0
        self._config = config
        self._wanted = path
        self._say = say
        self._sizes = Sizes()
        self._timeline = Timeline()
        self._writer: VideoWriter | None = self._begin(size)
        if self._writer.path != path:
            say(f"{path} exists and is kept; recording to {self._writer.path}.")

    @property
    def seconds(self) -> float | None:
        """Length of the running file; None once it has failed."""
        return None if self._writer is None else self._writer.seconds

    @property
    def written(self) -> int:
        """Pictures that are in a file."""
        return self._written + (0 if self._writer is None else self._writer.written)

    @property
    def dropped(self) -> int:
        """Pictures for which the encoder or the disk had no time or room."""
        return self._dropped + (0 if self._writer is None else self._writer.dropped)

    def put(self, picture: ByteArray, stamp_ns: int, wait: bool) -> None:
        """One picture (height, width, 3) RGB; a size that lasts begins a new file, nothing is scaled."""
        writer = self._writer
        if writer is None:
            self._dropped += 1  # what comes now was to be recorded as well
            return
        size = even_size((picture.shape[1], picture.shape[0]))
        if not self._sizes.settled(size, writer.size):
            self.miss()
            return
        if size != writer.size:
            self._finish(writer)
            try:
                writer = self._writer = self._begin(size)
                self._say(f"The pictures have another size; going on in {writer.path.name}.")
            except RecordError as error:
                self._fail(error)
                self._dropped += 1
                return
        writer.put(picture, self._timeline.of(stamp_ns), wait)
        if writer.error is not None:
            self._finish(writer)

    def another_source(self) -> None:
        """The times of the pictures to come are those of another source."""
        self._timeline.another()

    def miss(self) -> None:
        """Count a picture that is not written: the window is minimised or being resized."""
        self._dropped += 1

    def stop(self) -> None:
        """Finish the file."""
        if self._writer is not None:
            self._finish(self._writer)
        if self._dropped:
            self._say(f"{self._dropped} pictures were not written.")

    def _begin(self, size: tuple[int, int]) -> VideoWriter:
        config = self._config
        return VideoWriter(
            self._wanted, size, config.crf, config.preset, config.fps, encoder=config.encoder, live=True,
            say=self._say,
        )  # fmt: skip

    def _finish(self, writer: VideoWriter) -> None:
        self._writer = None
        try:
            writer.close()
        except RecordError as error:
            self._fail(error)
        self._written += writer.written
        self._dropped += writer.dropped
        if writer.written:
            self.outputs.append(str(writer.path))
        else:
            writer.path.unlink(missing_ok=True)  # an MP4 without a picture opens nowhere

    def _fail(self, error: RecordError) -> None:
        self.failures.append(str(error))
        self._say(str(error))
