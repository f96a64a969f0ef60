"""What the user records: sessions, videos of the window, screenshots. A failure never stops the mirror."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from realtime.core.config import RecordConfig
from realtime.core.errors import ConfigError, MeshmirrorError, RecordError
from realtime.core.event_rule import RuleEvent
from realtime.core.files import is_video
from realtime.core.frame_result import FrameResult
from realtime.core.freed_memory import return_freed_memory
from realtime.core.run_report import RecordingReport
from realtime.core.status import AnnotationView, RecordingSetup, StreamState
from realtime.core.stream_counts import StreamCounts
from realtime.core.types import ByteArray
from realtime.media.png import write_picture
from realtime.session.annotations import Kind
from realtime.session.folder import check_name, check_outside
from realtime.session.write.preload import warm_up
from realtime.session.write.session_parts import FrameRecord
from realtime.session.write.session_recorder import SessionRecording
from realtime.session.write.window_video import WindowVideo

_NO_MARKS = "Annotations can be added while a session is recorded, and in a replay."
_PRIVATE = 0o600  # faces are personal data
_MOST_PREROLL = 256_000_000  # bytes of pictures that are kept for the pre-roll


class Recorder:
    """Starts, feeds and finishes recordings, one at a time, and keeps count of what was written."""

    def __init__(
        self,
        config: RecordConfig,
        notify: Callable[[str], None],
        *,
        notify_error: Callable[[str], None] | None = None,
        notify_recorded: Callable[[str, Path], None] | None = None,
        window_alone: bool = False,
    ) -> None:
        """`notify_error` is told what failed, `notify_recorded` of a session that is complete, with its folder
        (default: as `notify`). `window_alone`: a replay is shown, so that only videos of the window can be recorded.
        """
        self.outputs: list[str] = []
        self.failures: list[str] = []
        self.sessions: list[RecordingReport] = []  # finished ones
        self._recorded = 0
        self._dropped = 0
        self._config = config
        self._notify = notify
        self._notify_error = notify_error or notify
        self._notify_recorded = notify_recorded or (lambda text, folder: notify(text))
        self._window_alone = window_alone
        self._running: SessionRecording | WindowVideo | None = None
        self._preroll: deque[FrameRecord] = deque()  # the last seconds, for the pre-roll of the next recording
        self._preroll_short = False  # the user was notified that memory limits the pre-roll
        self._changing = threading.Lock()
        self._ending: list[threading.Thread] = []
        self._warming: threading.Thread | None = None

    def warm_up(self) -> None:
        """Import in the background what the first row and the first picture need."""
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
        """Whether pictures of the window are recorded."""
        running = self._running
        return running.takes_pictures if isinstance(running, SessionRecording) else self.seconds is not None

    @property
    def streams(self) -> dict[str, StreamCounts]:
        """Counts of the running recording, by stream."""
        running = self._running
        if isinstance(running, SessionRecording):
            return running.streams()
        if running is None:
            return {}
        written, dropped = running.written, running.dropped
        return {"view": StreamCounts(captured=written + dropped, recorded=written, dropped=dropped)}

    def states(self) -> tuple[StreamState, ...]:
        """The same, for the window to show."""
        return tuple(StreamState(name, c.recorded, c.dropped) for name, c in self.streams.items())  # type: ignore[arg-type]

    @property
    def recorded(self) -> int:
        """Frames in sessions, and pictures in videos of the window alone, the running one included."""
        return self._recorded + self._main().recorded

    @property
    def dropped(self) -> int:
        """Those that were dropped because the encoder or the disk was too slow or full."""
        return self._dropped + self._main().dropped

    def start(self, size: tuple[int, int] | None) -> None:
        """Begin the recording that the settings request; `size` of the window, None without one.

        Raises RecordError and UsageError.
        """
        config = self._config
        path = config.path
        if path is None and self._window_alone:
            path = config.folder / time.strftime("meshmirror-%Y%m%d-%H%M%S.mp4")
        if path is not None and self._warming is not None:
            self._warming.join()  # before the first frame is read
        if path is not None and is_video(path):
            check_outside(path)
            if size is None:
                raise RecordError(f"{path}: there is no window whose video could be written.")
            self._running = WindowVideo(config, path, size, self._notify)
            return
        wanted = path if path is not None else config.folder / f"{config.participant or 'meshmirror'}{_now()}"
        session = SessionRecording(wanted, config, self._notify)
        with self._changing:  # the computing thread never waits for the disk
            session.reach_back(tuple(self._preroll))
            self._preroll.clear()
            self._running = session
        if path is not None and session.folder != path:
            self._notify(f"{path} exists and is not overwritten; recording to {session.folder}.")

    def append(self, record: FrameRecord) -> None:
        """Append a frame and its results; called by the computing thread."""
        with self._changing:
            running = self._running
            if running is None:
                self._remember(record)
        if isinstance(running, SessionRecording):
            running.append(record, wait=not record.run.source.live)

    def put(self, picture: ByteArray, result: FrameResult, wait: bool, time_ns: int | None = None) -> None:
        """Append the window's picture (height, width, 3) RGB of a result.

        `time_ns`: its time in a video of the window alone, where that is not the frame's own.
        """
        running = self._running
        if isinstance(running, SessionRecording):
            running.put(picture, result, wait)
        elif running is not None:
            running.put(picture, result.stamp if time_ns is None else time_ns, wait)

    @property
    def setup(self) -> RecordingSetup:
        """What the next session is."""
        config = self._config
        return RecordingSetup(config.participant, str(config.folder), config.events)

    def set_up(self, what: Literal["participant", "folder", "events"], value: str | tuple[str, ...]) -> None:
        """Set whom the next session is of, where it goes, or the names of own types of events.

        Raises ConfigError and UsageError with the reason.
        """
        try:
            wanted = RecordConfig.model_validate({**self._config.model_dump(exclude_unset=True), what: value})
        except ValidationError as error:
            reason = error.errors()[0]["msg"].removeprefix("Value error, ")
            raise ConfigError(f"{what.capitalize()}: {reason}.") from error
        if wanted.participant:
            check_name(f"{wanted.participant}{_now()}")
        self._config = wanted

    @property
    def event_keys(self) -> bool:
        """Whether the keys 1 to 9 set events of own types now."""
        return bool(self._config.events) and isinstance(self._running, SessionRecording)

    def mark(self, kind: Kind, result: FrameResult | None, label: str = "") -> str:
        """Annotate the shown frame while a session is recorded; `label` names an event. The text to show."""
        running = self._running
        return running.mark(kind, result, label) if isinstance(running, SessionRecording) else _NO_MARKS

    def mark_at(self, at_ns: int | None, label: str) -> str:
        """Add an event at a time of the frames' clock, None: at the newest frame; the text to show."""
        running = self._running
        return running.mark_at(at_ns, label) if isinstance(running, SessionRecording) else _NO_MARKS

    def mark_own(self, number: int, result: FrameResult | None) -> str:
        """Set an event of the type of a key, 1 to 9; the text to show."""
        names = self._config.events
        if number > len(names):
            return f"Key {number} has no type of event: there are {len(names)}. Name one in the panel."
        return self.mark("event", result, names[number - 1])

    def mark_rule(self, event: RuleEvent, result: FrameResult) -> None:
        """Annotate what an event rule has begun or ended, while a session is recorded."""
        running = self._running
        if isinstance(running, SessionRecording):
            running.mark_rule(event, result)

    def name_event(self, name: str) -> str:
        """Name the newest event of the running session; the text to show."""
        running = self._running
        return running.name_event(name) if isinstance(running, SessionRecording) else _NO_MARKS

    @property
    def marks(self) -> tuple[AnnotationView, ...]:
        """Annotations of the running session."""
        running = self._running
        return running.marked if isinstance(running, SessionRecording) else ()

    def another_source(self) -> None:
        """The next pictures are of another source."""
        if isinstance(self._running, WindowVideo):
            self._running.another_source()

    def miss(self) -> None:
        """Count a picture of the window as dropped: it is minimized or being resized, or the disk is full."""
        if self._running is not None:
            self._running.miss()

    def check(self) -> None:
        """Stop a recording that has ended by itself; called by the main loop."""
        if isinstance(self._running, SessionRecording) and self._running.ended:
            self.stop()

    def stop(self) -> None:
        """Stop the running recording, if any; its files are completed in the background."""
        with self._changing:
            running, self._running = self._running, None
        if running is not None:
            self._ending.append(threading.Thread(target=self._finish, args=(running,), name="recording-end"))
            self._ending[-1].start()

    def close(self) -> None:
        """Stop the running recording and wait until all files are complete."""
        self.stop()
        for ending in self._ending:
            ending.join()

    def _finish(self, running: SessionRecording | WindowVideo) -> None:
        running.stop()
        return_freed_memory()
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
            self._notify_error(failure)
        if not running.folder.exists():
            return
        lost = {name: counts.dropped for name, counts in streams.items() if counts.dropped}
        if lost:
            self._notify_error("Dropped: " + ", ".join(f"{count} of {name}" for name, count in lost.items()) + ".")
        elif not running.failures:
            self._notify_recorded(f"Recorded {running.seconds:.0f} s: {running.folder}", running.folder)

    def save_picture(self, picture: ByteArray) -> None:
        """Save a screenshot as PNG, named after the time."""
        wanted = self._config.folder / (time.strftime("meshmirror-%Y%m%d-%H%M%S") + ".png")
        try:
            path = write_picture(wanted, picture, mode=_PRIVATE)
        except RecordError as error:
            self._fail(error)
            return
        self.outputs.append(str(path))
        self._notify(f"Screenshot saved: {path}")

    def _main(self) -> StreamCounts:
        streams = self.streams
        return streams.get("frames" if isinstance(self._running, SessionRecording) else "view", StreamCounts())

    def _remember(self, record: FrameRecord) -> None:
        """Keep the frame for the pre-roll, and drop frames that are older than it may reach back."""
        config, before, image = self._config, self._preroll, record.result.frame.image
        if not config.preroll_s:
            return
        if before and before[-1].run is not record.run:
            before.clear()
        before.append(record)
        most = max(1, _MOST_PREROLL // max(1, image.nbytes))
        if len(before) > most and not self._preroll_short:
            self._preroll_short = True
            seconds = (record.result.stamp - before[0].result.stamp) / 1e9
            self._notify(f"Pre-roll limited to {seconds:.1f} s by memory.")
        while len(before) > most or record.result.stamp - before[0].result.stamp > config.preroll_s * 1e9:
            before.popleft()

    def _fail(self, error: MeshmirrorError) -> None:
        self.failures.append(str(error))
        self._notify_error(str(error))


def _now() -> str:
    """The end of a name, from the time."""
    return time.strftime("-%Y%m%d-%H%M%S")
