"""What is written while the mirror runs: the window as video, and single pictures."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from realtime.config import RecordConfig
from realtime.errors import RecordError
from realtime.session.picture import write_picture
from realtime.session.video import VideoWriter, claim_path, even_size
from realtime.types import ByteArray

SETTLED_S = 0.5
SMALLEST = 16  # pixels a side, below which there is nothing to see and encoders refuse


class Timeline:
    """One growing clock for a video, of the times of several sources one after the other."""

    def __init__(self) -> None:
        self._shift_ns: int | None = 0  # added to a source's times; None: the first of another one comes next
        self._newest: tuple[int, int] | None = None  # its time here, and the monotonic clock then

    def another(self) -> None:
        """What comes next is of another source."""
        self._shift_ns = None

    def of(self, stamp_ns: int) -> int:
        """The time here: the time between two sources is what has passed in between."""
        now = time.monotonic_ns()
        if self._shift_ns is None:
            before = self._newest
            self._shift_ns = 0 if before is None else before[0] + (now - before[1]) - stamp_ns
        here = stamp_ns + self._shift_ns
        self._newest = here, now
        return here


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
        self._timeline = Timeline()
        self._wanted = Path()  # what the running video was to be called
        self._broken = False  # the running video ended with an error, and nobody has stopped it yet
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
        begun = self._begin(size, path)
        if begun != self._wanted:
            self._say(f"{self._wanted} exists and is kept; recording to {begun}.")

    def _begin(self, size: tuple[int, int], path: Path | None) -> Path:
        """Begin, and return the name that was free."""
        self._wanted = path if path is not None else self._named(".mp4")
        self._broken = False
        self._writer = VideoWriter(self._wanted, size, self._config.crf, self._config.preset, self._config.fps)
        return self._writer.path

    def put(self, picture: ByteArray, stamp_ns: int, wait: bool) -> None:
        """One picture (height, width, 3) RGB; a size that lasts begins a new file, nothing is scaled."""
        writer = self._writer
        if writer is None:
            return
        given = (picture.shape[1], picture.shape[0])
        size = even_size(given)
        if size != writer.size:
            if min(size) < SMALLEST or not self._settled(size):
                self.miss()
                return
            self.stop()
            try:
                begun = self._begin(given, self._wanted)
                self._say(f"The pictures have another size; going on in {begun.name}.")
            except RecordError as error:
                self._fail(error)
                self._broken = True
                return
            self.put(picture, stamp_ns, wait)
            return
        self._resized = None
        writer.put(picture, self._timeline.of(stamp_ns), wait)
        if writer.error is not None:
            self.stop()
            self._broken = True  # what comes now was to be recorded as well

    def another_source(self) -> None:
        """The times of the pictures to come are those of another source."""
        self._timeline.another()

    def miss(self) -> None:
        """Count a picture that is not written: the window is minimised or being resized, or the disk is full."""
        self._dropped += self._writer is not None or self._broken

    def _settled(self, size: tuple[int, int]) -> bool:
        """Whether the window has had this size for a while: a dragged edge must not begin a file a frame."""
        now = time.monotonic()
        if self._resized is None or self._resized[0] != size:
            self._resized = (size, now)
        return now - self._resized[1] >= SETTLED_S

    def stop(self) -> None:
        """Finish the running video; nothing happens without one."""
        self._broken = False
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
            self._say(f"{writer.dropped} pictures were not written.")

    def save_picture(self, picture: ByteArray) -> None:
        """Write a PNG named after the time."""
        try:
            path = write_picture(claim_path(self._named(".png")), picture)
        except RecordError as error:
            self._fail(error)
            return
        self.outputs.append(str(path))
        self._say(f"Picture saved: {path}")

    def _named(self, suffix: str) -> Path:
        return self._config.folder / (time.strftime("meshmirror-%Y%m%d-%H%M%S") + suffix)

    def _fail(self, error: RecordError) -> None:
        self.failures.append(str(error))
        self._say(str(error))
