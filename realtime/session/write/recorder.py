"""What the user records: a session, the window alone as a video, single pictures. A failure never stops the mirror."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

from realtime.core.config import RecordConfig
from realtime.core.errors import MeshmirrorError, RecordError
from realtime.core.files import unique_path
from realtime.core.run_report import RecordingReport
from realtime.core.status import AnnotationView, StreamState
from realtime.core.stream_counts import StreamCounts
from realtime.core.types import ByteArray, FrameResult
from realtime.media.png import write_picture
from realtime.session.annotations import Kind
from realtime.session.write.preload import warm_up
from realtime.session.write.session_recorder import FrameRecord, SessionRecording
from realtime.session.write.window_video import WindowVideo

_MOST_BEFORE = 256_000_000  # bytes of pictures that are kept for a recording that may begin


class Recorder:
    """Starts, feeds and finishes recordings, one at a time, and keeps count of what was written."""

    def __init__(self, config: RecordConfig, say: Callable[[str], None], *, window_alone: bool = False) -> None:
        """`window_alone`: what is shown is a recording already, and only videos of the window are made of it."""
        self.outputs: list[str] = []
        self.failures: list[str] = []
        self.sessions: list[RecordingReport] = []  # those that have ended
        self._recorded = 0
        self._dropped = 0
        self._config = config
        self._say = say
        self._window_alone = window_alone
        self._running: SessionRecording | WindowVideo | None = None
        self._before: deque[FrameRecord] = deque()  # the last seconds, for a recording that may begin
        self._short = False  # the user knows that the pre-roll is shorter than it was asked for
        self._changing = threading.Lock()
        self._ending: list[threading.Thread] = []
        self._warming: threading.Thread | None = None

    def warm_up(self) -> None:
        """Load, beside what else is begun, what the first row and the first picture need."""
        self._warming = threading.Thread(target=warm_up, name="recording-warm")
        self._warming.start()

    @property
    def running(self) -> bool:
        """Whether something is being recorded."""
        return self._running is not None

    @property
    def seconds(self) -> float | None:
        """Length of what is being recorded; None when nothing is."""
        return None if self._running is None else self._running.seconds

    @property
    def takes_pictures(self) -> bool:
        """Whether pictures of the window are wanted."""
        running = self._running
        return running.takes_pictures if isinstance(running, SessionRecording) else self.seconds is not None

    @property
    def streams(self) -> dict[str, StreamCounts]:
        """Counts of what is being recorded, by stream."""
        running = self._running
        if isinstance(running, SessionRecording):
            return running.streams()
        if running is None:
            return {}
        written, dropped = running.written, running.dropped
        return {"view": StreamCounts(captured=written + dropped, recorded=written, dropped=dropped)}

    def states(self) -> tuple[StreamState, ...]:
        """The same for the window."""
        return tuple(StreamState(name, c.recorded, c.dropped) for name, c in self.streams.items())  # type: ignore[arg-type]

    @property
    def recorded(self) -> int:
        """Frames in sessions, and pictures in videos of the window alone, the running one included."""
        return self._recorded + self._main().recorded

    @property
    def dropped(self) -> int:
        """Those for which the encoder or the disk had no time or room."""
        return self._dropped + self._main().dropped

    def start(self, size: tuple[int, int] | None) -> None:
        """Begin what the settings ask for; `size` of the window, None without one. Raises RecordError, UsageError."""
        config = self._config
        path = config.path
        if path is None and self._window_alone:
            path = config.folder / time.strftime("meshmirror-%Y%m%d-%H%M%S.mp4")
        if path is not None and self._warming is not None:
            self._warming.join()  # no frame was asked for yet
        if path is not None and is_video(path):
            if size is None:
                raise RecordError(f"{path}: there is no window whose video could be written.")
            self._running = WindowVideo(config, path, size, self._say)
            return
        wanted = path if path is not None else config.folder / time.strftime("meshmirror-%Y%m%d-%H%M%S")
        session = SessionRecording(wanted, config, self._say)
        with self._changing:  # the thread that computes waits for no disk
            session.reach_back(tuple(self._before))
            self._before.clear()
            self._running = session
        if path is not None and session.folder != path:
            self._say(f"{path} exists and is kept; recording to {session.folder}.")

    def append(self, record: FrameRecord) -> None:
        """A frame with all that is known of it; by the thread that computes."""
        with self._changing:
            running = self._running
            if running is None:
                self._remember(record)
        if isinstance(running, SessionRecording):
            running.append(record, wait=not record.run.source.live)

    def put(self, picture: ByteArray, result: FrameResult, wait: bool, time_ns: int | None = None) -> None:
        """The window's picture (height, width, 3) RGB of a result; `time_ns` is that of its picture in a video of the
        window alone, where it is another than the frame's own.
        """
        running = self._running
        if isinstance(running, SessionRecording):
            running.put(picture, result, wait)
        elif running is not None:
            running.put(picture, result.stamp if time_ns is None else time_ns, wait)

    def mark(self, kind: Kind, result: FrameResult | None) -> str:
        """Mark the frame that is shown, where a session is recorded; what was done, in words."""
        running = self._running
        if not isinstance(running, SessionRecording):
            return "Marks are set while a session is recorded, and in a replay."
        return running.mark(kind, result)

    @property
    def marks(self) -> tuple[AnnotationView, ...]:
        """Of the session that is recorded."""
        running = self._running
        return running.marked if isinstance(running, SessionRecording) else ()

    def another_source(self) -> None:
        """What comes next is of another source."""
        if isinstance(self._running, WindowVideo):
            self._running.another_source()

    def miss(self) -> None:
        """Count a picture of the window that is not written: it is minimised or being resized, or the disk is full."""
        if self._running is not None:
            self._running.miss()

    def look(self) -> None:
        """End a recording that cannot go on; for the main loop."""
        if isinstance(self._running, SessionRecording) and self._running.ended:
            self.stop()

    def stop(self) -> None:
        """End what is being recorded; its files are completed in the background. Nothing happens without."""
        with self._changing:
            running, self._running = self._running, None
        if running is not None:
            self._ending.append(threading.Thread(target=self._finish, args=(running,), name="recording-end"))
            self._ending[-1].start()

    def close(self) -> None:
        """End what is being recorded, and wait until all files are complete."""
        self.stop()
        for ending in self._ending:
            ending.join()

    def _finish(self, running: SessionRecording | WindowVideo) -> None:
        running.stop()
        self.failures += running.failures
        if isinstance(running, WindowVideo):
            self.outputs += running.outputs
            self._recorded += running.written
            self._dropped += running.dropped
            return
        streams = running.streams()
        frames = streams.get("frames", StreamCounts())
        self._recorded += frames.recorded
        self._dropped += frames.dropped
        if running.folder.exists():
            self.outputs.append(str(running.folder))
        seconds = round(running.seconds, 3)
        self.sessions.append(RecordingReport(path=str(running.folder), seconds=seconds, streams=streams))
        for failure in running.failures:
            self._say(failure)
        if not running.folder.exists():
            return
        lost = {name: counts.dropped for name, counts in streams.items() if counts.dropped}
        if lost:
            self._say("Not written: " + ", ".join(f"{count} of {name}" for name, count in lost.items()) + ".")
        elif not running.failures:
            self._say(f"Recorded {running.seconds:.0f} s: {running.folder}")

    def save_picture(self, picture: ByteArray) -> None:
        """Write a PNG named after the time."""
        wanted = self._config.folder / (time.strftime("meshmirror-%Y%m%d-%H%M%S") + ".png")
        try:
            path = write_picture(unique_path(wanted), picture)
        except RecordError as error:
            self._fail(error)
            return
        self.outputs.append(str(path))
        self._say(f"Picture saved: {path}")

    def _main(self) -> StreamCounts:
        streams = self.streams
        return streams.get("frames" if isinstance(self._running, SessionRecording) else "view", StreamCounts())

    def _remember(self, record: FrameRecord) -> None:
        """Keep it for a recording that may begin, and forget what is older than that may reach back."""
        config, before, image = self._config, self._before, record.result.frame.image
        if not config.preroll_s:
            return
        if before and before[-1].run is not record.run:
            before.clear()
        before.append(record)
        most = max(1, _MOST_BEFORE // max(1, image.nbytes))
        if len(before) > most and not self._short:
            self._short = True
            seconds = (record.result.stamp - before[0].result.stamp) / 1e9
            self._say(f"A recording reaches back {seconds:.1f} s: there is no memory for more pictures of this size.")
        while len(before) > most or record.result.stamp - before[0].result.stamp > config.preroll_s * 1e9:
            before.popleft()

    def _fail(self, error: MeshmirrorError) -> None:
        self.failures.append(str(error))
        self._say(str(error))


def is_video(path: Path) -> bool:
    """Whether a recording of this name is a video of the window alone."""
    return path.suffix.lower() == ".mp4"
