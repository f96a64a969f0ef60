"""A video of the window alone, as `--record FILE.mp4` requests."""

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
SMALLEST = 16  # pixels a side; encoders refuse smaller pictures


class Sizes:
    """Debounces the window's size: while an edge is dragged no new file is begun."""

    def __init__(self) -> None:
        self._resized: tuple[tuple[int, int], float] | None = None  # a new size, and when it was first seen

    def settled(self, size: tuple[int, int], now: tuple[int, int]) -> bool:
        """Whether to write pictures of `size`: the size that is being written `now`, or one that has been stable."""
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
    """A video of the window; each new size of the window begins another file."""

    def __init__(self, config: RecordConfig, path: Path, size: tuple[int, int], notify: Callable[[str], None]) -> None:
        """Begin a video of pictures of `size` (width, height). Raises RecordError."""
        self.outputs: list[str] = []
        self.failures: list[str] = []
        self._written = 0
        self._dropped = 0
        self._config = config
        self._wanted = path
        self._notify = notify
        self._sizes = Sizes()
        self._timeline = Timeline()
        self._writer: VideoWriter | None = self._begin(size)
        if self._writer.path != path:
            notify(f"{path} exists and is not overwritten; recording to {self._writer.path}.")

    @property
    def seconds(self) -> float | None:
        """Length of the running file; None once it has failed."""
        return None if self._writer is None else self._writer.seconds

    @property
    def written(self) -> int:
        """Pictures that were written."""
        return self._written + (0 if self._writer is None else self._writer.written)

    @property
    def dropped(self) -> int:
        """Pictures that were dropped because the encoder or the disk was too slow or full."""
        return self._dropped + (0 if self._writer is None else self._writer.dropped)

    def put(self, picture: ByteArray, stamp_ns: int, wait: bool) -> None:
        """Append a picture (height, width, 3) RGB; a new stable size begins another file, nothing is scaled."""
        writer = self._writer
        if writer is None:
            self._dropped += 1  # after a failure every further picture counts as dropped
            return
        size = even_size((picture.shape[1], picture.shape[0]))
        if not self._sizes.settled(size, writer.size):
            self.miss()
            return
        if size != writer.size:
            self._finish(writer)
            try:
                writer = self._writer = self._begin(size)
                self._notify(f"The window's size changed: recording continues in {writer.path.name}.")
            except RecordError as error:
                self._fail(error)
                self._dropped += 1
                return
        writer.put(picture, self._timeline.of(stamp_ns), wait)
        if writer.error is not None:
            self._finish(writer)

    def another_source(self) -> None:
        """The times of the next pictures are those of another source."""
        self._timeline.another()

    def miss(self) -> None:
        """Count a picture that is not written: the window is minimised or being resized."""
        self._dropped += 1

    def stop(self) -> None:
        """Finish the file."""
        if self._writer is not None:
            self._finish(self._writer)
        if self._dropped:
            self._notify(f"Dropped {self._dropped} pictures of the window.")

    def _begin(self, size: tuple[int, int]) -> VideoWriter:
        config = self._config
        return VideoWriter(
            self._wanted, size, config.crf, config.preset, config.fps, encoder=config.encoder, live=True,
            private=True, notify=self._notify,
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
        self._notify(str(error))
