"""What is written while the mirror runs: the window as video, and single pictures."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from realtime.config import RecordConfig
from realtime.errors import RecordError
from realtime.session.picture import write_picture
from realtime.session.video import VideoWriter, even_size, free_path
from realtime.types import ByteArray

SETTLED_S = 0.5


class Recorder:
    """Starts, feeds and finishes videos; keeps count of what was written. A failure never stops the mirror."""

    def __init__(self, config: RecordConfig, say: Callable[[str], None]) -> None:
        self.outputs: list[str] = []
        self.failures: list[str] = []
        self._written = 0
        self._dropped = 0
        self._config = config
        self._say = say
        self._writer: VideoWriter | None = None
        self._wanted = Path()  # what the running video was to be called
        self._resized: tuple[tuple[int, int], float] | None = None  # a new size, and since when

    @property
    def seconds(self) -> float | None:
        """Length of the running video; None when none runs."""
        return None if self._writer is None else self._writer.seconds

    @property
    def written(self) -> int:
        """Pictures that are in a video, the running one included."""
        return self._written + (self._writer.written if self._writer is not None else 0)

    @property
    def dropped(self) -> int:
        """Pictures for which the encoder or the disk had no time or room."""
        return self._dropped + (self._writer.dropped if self._writer is not None else 0)

    def start(self, size: tuple[int, int], path: Path | None = None) -> None:
        """Begin a video of pictures of `size`; without a path, one named after the time. Raises RecordError."""
        self._wanted = path if path is not None else self._named(".mp4")
        free = free_path(self._wanted)
        self._writer = VideoWriter(free, size, self._config.crf, self._config.preset)
        if free != self._wanted:
            self._say(f"{self._wanted} exists and is kept; recording to {free}.")

    def put(self, picture: ByteArray, stamp_ns: int, wait: bool) -> None:
        """One picture (height, width, 3) RGB; a size that lasts begins a new file, nothing is scaled."""
        writer = self._writer
        if writer is None:
            return
        if even_size(picture) != writer.size:
            if not self._settled(even_size(picture)):
                self.miss()
                return
            self.stop()
            try:
                self.start((picture.shape[1], picture.shape[0]), self._wanted)
            except RecordError as error:
                self._fail(error)
                return
            self.put(picture, stamp_ns, wait)
            return
        self._resized = None
        writer.put(picture, stamp_ns, wait)
        if writer.error is not None:
            self.stop()

    def miss(self) -> None:
        """Count a picture that there was not while a video runs: the window is minimised or being resized."""
        self._dropped += self._writer is not None

    def _settled(self, size: tuple[int, int]) -> bool:
        """Whether the window has had this size for a while: a dragged edge must not begin a file a frame."""
        now = time.monotonic()
        if self._resized is None or self._resized[0] != size:
            self._resized = (size, now)
        return now - self._resized[1] >= SETTLED_S

    def stop(self) -> None:
        """Finish the running video; nothing happens without one."""
        writer, self._writer = self._writer, None
        if writer is None:
            return
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
        if writer.dropped:
            self._say(f"{writer.dropped} pictures were not written: the encoder or the disk could not keep up.")

    def save_picture(self, picture: ByteArray) -> None:
        """Write a PNG named after the time."""
        try:
            path = write_picture(self._named(".png"), picture)
        except RecordError as error:
            self._fail(error)
            return
        self.outputs.append(str(path))
        self._say(f"Picture saved: {path}")

    def _named(self, suffix: str) -> Path:
        return free_path(self._config.folder / (time.strftime("meshmirror-%Y%m%d-%H%M%S") + suffix))

    def _fail(self, error: RecordError) -> None:
        self.failures.append(str(error))
        self._say(str(error))
