"""The mirror while it runs: opens everything in order, owns the threads, and takes one way out.

A worker thread reads frames and runs the pipeline; this (main) thread alone touches OpenGL; a third encodes. Live, each
hand-over keeps the newest only, so nothing ever waits in a queue; of files, every frame goes the whole way.
"""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from realtime.capture import OpenSource, SourceOptions, open_source
from realtime.config import Config
from realtime.errors import DisplayError, RecordError, UsageError
from realtime.handover import Handover
from realtime.pipeline import Pipeline
from realtime.session.picture import write_picture
from realtime.session.video import VideoWriter, free_path
from realtime.summary import Summary, quantiles
from realtime.types import FrameResult
from realtime.view import Action, MirrorView, Status, Surface, ViewState, open_offscreen, open_window

log = logging.getLogger("meshmirror")
Note = Callable[[str], None]

# A window that shows nothing new is still redrawn this often, for the clock of a recording and a lost camera's note.
IDLE_REDRAW_S = 0.1
MESSAGE_S = 4.0


@dataclass
class RunOptions:
    """What a command asks for beyond the settings."""

    headless: bool = False
    frames: int | None = None  # stop after so many
    neutral_s: float | None = None  # calibrate at the start
    offscreen: bool = False  # draw without a window even when nothing is recorded yet
    paced: bool = True  # files are shown at their own speed
    title: str = "Meshmirror"
    stop: threading.Event = field(default_factory=threading.Event)
    interrupted: bool = False  # set when a signal ended the run
    note: Note = log.info


@contextmanager
def stopping_signals(options: RunOptions) -> Iterator[None]:
    """INT, TERM and HUP end the run in order.

    `finally` alone does not run on TERM and HUP, and a second Ctrl-C must not skip the closing.
    """

    def on_signal(*_: object) -> None:
        options.interrupted = True
        options.stop.set()

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    names = [name for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name)]
    before = {name: signal.signal(getattr(signal, name), on_signal) for name in names}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(getattr(signal, name), handler)


def run_mirror(config: Config, options: RunOptions | None = None) -> dict[str, Any]:
    """Run until the source ends, `frames` are done, the window is closed or a signal comes; the run's numbers.

    Raises the documented errors; whatever was recorded until then is closed and playable.
    """
    options = options or RunOptions()
    if config.record.path is not None and config.record.path.suffix.lower() != ".mp4":
        raise UsageError(f"--record {config.record.path}: a recording is a FILE.mp4.")
    with ExitStack() as stack:
        stack.enter_context(stopping_signals(options))
        pipeline = Pipeline.from_config(config)
        stack.callback(pipeline.close)
        source = stack.enter_context(open_source(config.source.path, source_options(config)))
        surface = _open_surface(config, options)
        if surface is not None:
            stack.callback(surface.close)
        if options.neutral_s is not None:
            pipeline.calibrate(options.neutral_s)
        mirror = Mirror(config, options, pipeline, source, surface)
        stack.callback(mirror.close)
        mirror.run()
        return mirror.report()


def source_options(config: Config) -> SourceOptions:
    """The settings of a source, as `capture` takes them."""
    source = config.source
    return SourceOptions(
        width=source.width,
        height=source.height,
        fps=source.fps,
        raw_fps=source.fps,
        fourcc=source.fourcc,
        backend=None if source.backend == "auto" else source.backend.upper(),
        loop=source.loop,
        lenient=source.lenient,
        force=source.force,
        stall_s=source.stall_s,
        wait=source.wait,
    )


def _open_surface(config: Config, options: RunOptions) -> Surface | None:
    """A window; without a display an offscreen target where one is needed; without that, None and a clear line."""
    size = (config.view.width, config.view.height)
    wanted = config.record.path is not None or options.offscreen
    if not options.headless:
        try:
            return open_window(options.title, size, config.view.vsync)
        except DisplayError as error:
            options.note(f"No window: {error} Going on without one.")
    if not wanted:
        return None
    try:
        return open_offscreen(size)
    except DisplayError as error:
        if config.record.path is not None:
            raise
        options.note(f"No picture either: {error} Only the data are computed.")
        return None


class Mirror:
    """One run: the worker that computes, the loop that draws."""

    def __init__(
        self, config: Config, options: RunOptions, pipeline: Pipeline, source: OpenSource, surface: Surface | None
    ) -> None:
        self._config = config
        self._options = options
        self._pipeline = pipeline
        self._source = source
        self._surface = surface
        self._summary = Summary()
        self._results: Handover[FrameResult] = Handover(lossy=source.info.live)
        self._failure: BaseException | None = None
        self._shown: FrameResult | None = None
        self._shown_at: deque[int] = deque(maxlen=60)
        self._latency_ms: deque[float] = deque(maxlen=300)
        self._recorder: VideoWriter | None = None
        self._recorded = 0
        self._outputs: list[str] = []
        self._message = ("", 0.0)
        self._paused = False
        self._was_calibrating = False
        mirrored = config.source.mirror == "on" or (config.source.mirror == "auto" and source.info.live)
        self._ui = ViewState(adjusted=config.view.adjusted, mirrored=mirrored, colour_max=config.view.colour_max)
        self._view: MirrorView | None = None
        if surface is not None:
            model = pipeline.model
            self._view = MirrorView(
                surface.ctx, surface.size_px, surface.scale, model.mean_mesh, model.neutral_mesh, model.name,
                samples=config.view.samples,
            )  # fmt: skip
        if config.record.path is not None:
            self._start_recording(config.record.path)
        self._worker = threading.Thread(target=self._work, name="pipeline", daemon=True)

    def run(self) -> None:
        """The main thread's loop."""
        self._worker.start()
        last_draw = 0.0
        while not self._options.stop.is_set():
            actions = self._surface.poll(self._ui) if self._surface is not None else []
            for action in actions:
                self._act(action)
            result = None if self._paused else self._results.take(0.05 if self._surface is None else 0.008)
            if result is not None:
                self._shown = result
                self._tell_calibration()
                self._draw(result, fresh=True)
                last_draw = time.monotonic()
            elif not self._worker.is_alive() and not self._paused:
                result = self._results.take(0.0)  # put between the two looks
                if result is None:
                    break
                self._draw(result, fresh=True)
            elif self._surface is not None and (actions or time.monotonic() - last_draw > IDLE_REDRAW_S):
                self._draw(self._shown, fresh=False)
                last_draw = time.monotonic()
            elif self._paused:
                time.sleep(0.005)
        self._stop_worker()
        if self._failure is not None:
            raise self._failure

    def report(self) -> dict[str, Any]:
        """The numbers of the run, in the order in which they are read."""
        self.close()
        pipeline, info = self._pipeline, self._source.info
        return {
            "source": info.name,
            "model": pipeline.model.name,
            "tracker": pipeline.tracker.name,
            "pose_mode": pipeline.pose_mode,
            **self._summary.to_json(),
            "skipped": self._source.skipped,
            "recorded": self._recorded,
            "outputs": self._outputs,
            "interrupted": self._options.interrupted,
        }

    def close(self) -> None:
        """Stop the worker, finish the recording, free the view; may be called twice."""
        self._stop_worker()
        try:
            self._stop_recording()
        finally:
            if self._view is not None:
                self._view.close()
                self._view = None

    # The worker's side.

    def _work(self) -> None:
        stop = self._options.stop
        start: tuple[int, int] | None = None
        paced = self._options.paced and self._surface is not None and not self._options.headless
        try:
            for count, frame in enumerate(self._source, start=1):
                result = self._pipeline.step(frame)
                self._summary.add(result)
                if paced and not self._source.info.live:
                    start = start or (time.monotonic_ns(), frame.stamp_ns)
                    early_ns = frame.stamp_ns - start[1] - (time.monotonic_ns() - start[0])
                    if early_ns > 0:
                        stop.wait(early_ns / 1e9)
                if not self._results.put(result) or stop.is_set() or count == self._options.frames:
                    break
        except BaseException as error:  # carried to the main thread, which raises it
            self._failure = error

    def _stop_worker(self) -> None:
        self._results.close()
        self._source.close()
        if self._worker.ident is not None:
            # A device that hangs is left to its own thread; the pipeline's step never takes this long.
            self._worker.join(timeout=5.0)

    # The main thread's side.

    def _draw(self, result: FrameResult | None, fresh: bool) -> None:
        surface, view = self._surface, self._view
        if surface is None or view is None:
            return
        if 0 not in surface.size_px:
            view.resize(surface.size_px, surface.scale)
            view.draw(surface.framebuffer, result, self._status(), self._ui)
            picture = surface.read() if fresh and self._recorder is not None and result is not None else None
            if picture is not None and result is not None:
                self._record(picture, result.stamp)
        surface.swap()
        if fresh and result is not None:
            now = time.monotonic_ns()
            self._shown_at.append(now)
            self._latency_ms.append((now - result.frame.arrived_ns) / 1e6)
            self._summary.shown(result, now)

    def _status(self) -> Status:
        pipeline, source = self._pipeline, self._source
        latency = quantiles(self._latency_ms) or {"median": None, "p95": None}
        times = self._shown_at
        span = (times[-1] - times[0]) / 1e9 if len(times) > 1 else 0.0
        text, until = self._message
        return Status(
            source=source.info.name,
            source_state=source.state,
            source_note=source.note,
            model=pipeline.model.name,
            tracker=pipeline.tracker.name,
            emotion_source=pipeline.emotions.name,
            pose_mode=pipeline.pose_mode,
            paused=self._paused,
            calibrated=pipeline.identity is not None,
            calibrating=pipeline.calibrating,
            recording_s=self._recorder.seconds if self._recorder is not None else None,
            fps=(len(times) - 1) / span if span > 0 else None,
            latency_ms=latency["median"] if source.info.live else None,
            latency_p95_ms=latency["p95"] if source.info.live else None,
            skipped=source.skipped,
            message=text if time.monotonic() < until else "",
        )

    def _act(self, action: Action) -> None:
        if action is Action.QUIT:
            self._options.stop.set()
        elif action is Action.PAUSE:
            self._paused = not self._paused
        elif action is Action.CALIBRATE:
            self._pipeline.calibrate(self._config.model.neutral_s)
            self._say("Rest your face and look at the camera.")
        elif action is Action.POSE:
            self._pipeline.pose_mode = "zero" if self._pipeline.pose_mode == "live" else "live"
        elif action is Action.ADJUST:
            if self._pipeline.identity is None:
                self._say("Not calibrated yet: press N and rest your face.")
            else:
                self._ui.adjusted = not self._ui.adjusted
        elif action is Action.PICTURE:
            self._save_picture()
        elif action is Action.RECORD:
            if self._recorder is None:
                self._start_recording(self._named(".mp4"))
            else:
                self._stop_recording()

    def _tell_calibration(self) -> None:
        running = self._pipeline.calibrating is not None
        if self._was_calibrating and not running:
            note = self._pipeline.calibration_note
            self._ui.adjusted = self._ui.adjusted or not note
            self._say(f"Calibration failed: {note}." if note else "Neutral calibrated; A shows raw and adjusted.")
        self._was_calibrating = running

    def _say(self, text: str) -> None:
        self._message = (text, time.monotonic() + MESSAGE_S)
        self._options.note(text)

    def _named(self, suffix: str) -> Path:
        name = time.strftime("meshmirror-%Y%m%d-%H%M%S") + suffix
        return free_path(self._config.record.folder / name)

    def _save_picture(self) -> None:
        if self._surface is None or 0 in self._surface.size_px:
            return
        try:
            path = write_picture(self._named(".png"), self._surface.read())
        except RecordError as error:
            self._say(str(error))
            return
        self._outputs.append(str(path))
        self._say(f"Picture saved: {path}")

    def _start_recording(self, path: Path) -> None:
        if self._surface is None:
            raise RecordError(f"{path}: there is no picture to record without a window or an offscreen target.")
        free = free_path(path)
        record = self._config.record
        self._recorder = VideoWriter(free, self._surface.size_px, record.crf, record.preset)
        if free != path:
            self._options.note(f"{path} exists and is kept; recording to {free}.")

    def _record(self, picture: Any, stamp_ns: int) -> None:
        recorder = self._recorder
        if recorder is None:
            return
        height, width = picture.shape[:2]
        if (width // 2 * 2, height // 2 * 2) != recorder.size:  # the window was resized: a new file, nothing is scaled
            path = recorder.path
            self._stop_recording()
            self._start_recording(path)
            recorder = self._recorder
        recorder.put(picture, stamp_ns, wait=not self._source.info.live)
        if recorder.error is not None:
            self._stop_recording()

    def _stop_recording(self) -> None:
        recorder, self._recorder = self._recorder, None
        if recorder is None:
            return
        try:
            recorder.close()
        except RecordError as error:
            self._say(str(error))
        if recorder.written:
            self._recorded += recorder.written
            self._outputs.append(str(recorder.path))
        else:
            recorder.path.unlink(missing_ok=True)
        if recorder.dropped:
            self._options.note(f"{recorder.dropped} pictures were dropped: the encoder could not keep up.")
