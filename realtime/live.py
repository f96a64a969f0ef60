"""The mirror while it runs: opens everything in order, owns the threads, and takes one way out.

A worker thread reads frames and runs the pipeline; this (main) thread alone touches OpenGL; a third encodes. Live, each
hand-over keeps the newest only, so no frame waits on its way to the screen; of files, every frame goes the whole way.
"""

from __future__ import annotations

import copy
import logging
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

from realtime.capture import OpenSource, SourceOptions, open_source
from realtime.config import Config
from realtime.errors import DisplayError, MeshmirrorError, RecordError, SourceError, UsageError
from realtime.handover import Handover
from realtime.pace import Pace
from realtime.pipeline import Pipeline
from realtime.recording import Recorder
from realtime.reopening import Reopener
from realtime.summary import Summary, quantiles
from realtime.types import FrameResult
from realtime.view import Action, Asked, MirrorView, Screen, Status, ViewState, apply, open_offscreen, open_window

log = logging.getLogger("meshmirror")
Note = Callable[[str], None]

# A window that shows nothing new is still redrawn this often, for the clock of a recording and a lost camera's note.
IDLE_REDRAW_S = 0.1
TAKE_S = 0.008  # so often the window looks for keys while it waits for a frame
MESSAGE_S = 4.0


@dataclass
class RunOptions:
    """What a command asks for beyond the settings."""

    headless: bool = False
    frames: int | None = None  # stop after so many
    neutral_s: float | None = None  # calibrate at the start
    title: str = "Meshmirror"
    stop: threading.Event = field(default_factory=threading.Event)
    interrupted: bool = False  # set when a signal ended the run
    note: Note = log.info
    open_window: Callable[..., Screen] = open_window


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
            signal.signal(getattr(signal, name), signal.SIG_DFL if handler is None else handler)


def run_mirror(config: Config, options: RunOptions | None = None) -> dict[str, Any]:
    """Run until the source ends, `frames` are done, the window is closed or a signal comes; the run's numbers.

    Raises the documented errors; whatever was recorded until then is closed and playable.
    """
    options = options or RunOptions()
    if config.record.path is not None and config.record.path.suffix.lower() != ".mp4":
        raise UsageError(f"--record {config.record.path}: a recording is a FILE.mp4.")
    with ExitStack() as stack:
        pipeline = Pipeline.from_config(config, note=options.note)
        stack.callback(pipeline.close)
        source = stack.enter_context(open_source(config.source.path, source_options(config)))
        # Until here Ctrl-C simply interrupts: a camera can take seconds to open, and nothing is recorded yet.
        stack.enter_context(stopping_signals(options))
        screen = _open_screen(config, options)
        if screen is not None:
            stack.callback(screen.close)
        if options.neutral_s is not None:
            pipeline.calibrate(options.neutral_s)
        pipeline.begin(live=source.info.live)
        if pipeline.hint:
            options.note(f"Emotions: the model inverted, no classifier. `{pipeline.hint}` installs py-feat's network.")
        mirror = Mirror(config, options, pipeline, source, screen)
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


def _open_screen(config: Config, options: RunOptions) -> Screen | None:
    """A window; without a display None, or an offscreen target where something is to be recorded.

    Raises DisplayError where there is something to record and no OpenGL at all.
    """
    size = (config.view.width, config.view.height)
    if not options.headless:
        try:
            return options.open_window(options.title, size, config.view.vsync, fullscreen=config.view.fullscreen)
        except DisplayError as error:
            options.note(f"{error} Going on without a window.")
    return None if config.record.path is None else open_offscreen(size)


class Mirror:
    """One run: the worker that computes, the loop that draws."""

    def __init__(
        self, config: Config, options: RunOptions, pipeline: Pipeline, source: OpenSource, screen: Screen | None
    ) -> None:
        self._config = config
        self._options = options
        self._pipeline = pipeline
        self._source = source
        self._screen = screen
        self._summary = Summary(len(pipeline.predictors))
        self._results: Handover[FrameResult] = Handover(lossy=source.info.live)
        self._failure: BaseException | None = None
        self._failures: list[str] = []
        self._shown: FrameResult | None = None
        self._shown_at: deque[int] = deque(maxlen=60)
        self._latency_ms: deque[float] = deque(maxlen=300)
        self._recorder = Recorder(config.record, self._say)
        self._message = ("", 0.0)
        self._paused = False
        self._was_calibrating = False
        self._on_display = screen is not None and screen.visible
        mirrored = config.source.mirror == "on" or (config.source.mirror == "auto" and source.info.live)
        self._ui = ViewState.of(config.view, mirrored=mirrored)
        models = [predictor.model for predictor in pipeline.predictors]

        def open_view(screen: Screen) -> MirrorView:
            return MirrorView.on(screen, models, config.view.samples)

        self._reopener = Reopener(
            lambda size, full: options.open_window(options.title, size, config.view.vsync, fullscreen=full),
            open_view,
            self._say,
        )
        self._view = None if screen is None else open_view(screen)
        self._worker = threading.Thread(target=self._work, name="pipeline", daemon=True)

    def run(self) -> None:
        """The main thread's loop."""
        if self._config.record.path is not None and self._screen is not None:
            self._recorder.start(self._screen.size_px, self._config.record.path)
        self._worker.start()
        still = self._on_display and self._source.info.frames == 1  # a single picture stays until it is closed
        last_draw = 0.0
        while not self._options.stop.is_set():
            touched = self._poll()
            ended = not self._worker.is_alive()  # before the look, so that the last result cannot slip between
            result = None if self._paused else self._results.take(TAKE_S)
            if result is not None:
                self._shown = result
                self._tell_calibration()
                self._draw(result, fresh=True)
                last_draw = time.monotonic()
            elif ended and not self._paused and not (still and self._screen is not None and self._failure is None):
                break
            elif self._screen is not None and (touched or time.monotonic() - last_draw > IDLE_REDRAW_S):
                if self._shown is not None and self._source.state == "lost":
                    self._shown = FrameResult(self._shown.frame)  # a picture of the past; its mesh is shown no longer
                self._draw(self._shown, fresh=False)
                last_draw = time.monotonic()
            elif self._paused or ended:
                time.sleep(TAKE_S)
        self._stop_worker()
        if self._pipeline.calibrating is not None:
            self._options.note("The neutral was not finished: the run was shorter than it, or had no face.")
        if isinstance(self._failure, SourceError) and self._summary.frames:
            self._failures.append(str(self._failure))  # what came before the damage is reported and kept
        elif self._failure is not None:
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
            "models": [
                {
                    "name": predictor.model.name,
                    "sha256": predictor.model.sha256 or None,  # a composed model has no file
                    "label_repair": dict(predictor.model.label_repair),
                    "pose_mode": predictor.pose_mode,
                    **summary.to_json(),
                }
                for predictor, summary in zip(pipeline.predictors, self._summary.models, strict=True)
            ],
            "skipped": self._source.skipped,
            "damaged": self._source.damaged,
            "undrawn": self._results.replaced,
            "recorded": self._recorder.written,
            "dropped": self._recorder.dropped,
            "outputs": self._recorder.outputs,
            "network": self._network(),
            "window": self._reopener.report(),
            "failures": self._failures + self._recorder.failures,
            "interrupted": self._options.interrupted,
        }

    def _network(self) -> dict[str, Any] | None:
        """How py-feat's network did; None where it was not used."""
        pairing, detect = self._pipeline.pairing, self._config.detect
        if pairing is None:
            return None
        return {
            **pairing.report(),
            "sync": detect.sync if self._pipeline.live else "pair",
        }

    def close(self) -> None:
        """Stop the worker, finish the recording, free the view; may be called twice."""
        self._stop_worker()
        try:
            self._recorder.stop()
        finally:
            if self._view is not None:
                self._view.close()
                self._view = None
            if self._screen is not None:
                self._screen.close()

    # The worker's side.

    def _work(self) -> None:
        stop = self._options.stop
        pace = Pace(stop) if self._on_display and not self._source.info.live else None
        try:
            for count, result in enumerate(self._pipeline.run(self._source), start=1):
                self._summary.add(result)
                if pace is not None:
                    pace.wait(result.stamp)
                if not self._results.put(result) or stop.is_set() or count == self._options.frames:
                    break
        except BaseException as error:  # carried to the main thread, which raises it
            if not (stop.is_set() and isinstance(error, MeshmirrorError)):  # what was stopped may say so
                self._failure = error

    def _stop_worker(self) -> None:
        self._options.stop.set()
        self._results.close()
        self._source.close()
        self._pipeline.halt()
        if self._worker.ident is not None:
            self._worker.join(timeout=5.0)  # a step takes milliseconds; `Pipeline.close` waits for it as well

    # The main thread's side.

    def _poll(self) -> bool:
        """Take what the user did; whether anything has to be drawn anew."""
        if self._screen is None:
            return False
        before = copy.copy(self._ui)
        actions = self._screen.poll(self._ui)
        for action in actions:
            self._act(action)
        return bool(actions) or before != self._ui

    def _draw(self, result: FrameResult | None, fresh: bool) -> None:
        screen = self._screen
        if screen is None or self._reopener.drawn(screen, lambda: self._draw_on(screen, result, fresh)):
            return
        found = self._reopener.again(screen, self._view)
        if found is not None:
            self._screen, self._view = found
            return
        self._screen = self._view = None
        self._paused = False  # nobody could end it
        if self._recorder.seconds is not None:
            self._failures.append("The recording ended with the window.")
            self._recorder.stop()

    def _draw_on(self, screen: Screen, result: FrameResult | None, fresh: bool) -> None:
        view = self._view
        if view is None:
            return
        if 0 not in screen.size_px:
            view.resize(screen.size_px, screen.scale)
            view.draw(screen.framebuffer, result, self._status(), self._ui)
            if fresh and result is not None and self._recorder.seconds is not None:
                self._recorder.put(screen.read(), result.stamp, wait=not self._source.info.live)
            elif fresh:
                self._recorder.miss()
            screen.swap()
            if fresh and result is not None:
                self._book(result)
        elif fresh:
            self._recorder.miss()  # minimised: there is no picture
            time.sleep(TAKE_S)

    def _book(self, result: FrameResult) -> None:
        now = time.monotonic_ns()
        self._shown_at.append(now)
        if self._source.info.live:
            self._latency_ms.append((now - result.frame.arrived_ns) / 1e6)
            self._summary.shown(result, now)

    def _status(self) -> Status:
        pipeline, source = self._pipeline, self._source
        latency = quantiles(self._latency_ms) if source.info.live else None
        times = self._shown_at
        span = (times[-1] - times[0]) / 1e9 if len(times) > 1 else 0.0
        text, until = self._message
        return Status(
            source=source.info.name,
            # A file is "ended" when its last frame was decoded, and that frame is still to be shown.
            source_state=source.state if source.info.live else "live",
            source_note=source.note,
            **self._emotion_status(),
            pose_mode=pipeline.pose_mode,
            paused=self._paused,
            calibrated=pipeline.identity is not None,
            calibrating=pipeline.calibrating,
            recording_s=self._recorder.seconds,
            fps=(len(times) - 1) / span if span > 0 else None,
            latency_ms=latency["median"] if latency else None,
            latency_p95_ms=latency["p95"] if latency else None,
            skipped=source.skipped,
            message=text if time.monotonic() < until else "",
        )

    def _emotion_status(self) -> dict[str, Any]:
        """Where the features on screen come from, why they are a stand-in's, and how old they are."""
        pipeline, shown = self._pipeline, self._shown
        pairing = pipeline.pairing
        sources = [m.features.source for m in shown.models if m.features is not None] if shown is not None else []
        age = shown.emotion_age_ms if shown is not None and pipeline.live and shown.network is not None else None
        return {
            "emotion_source": ", ".join(dict.fromkeys(sources or [p.source.name for p in pipeline.predictors])),
            "emotion_note": pairing.reason if pairing is not None else "",
            "emotion_hint": pipeline.hint,
            "emotion_age_ms": age,
        }

    def _act(self, asked: Asked) -> None:
        several = len(self._pipeline.predictors) > 1
        if asked in (Action.MODEL, Action.DISAGREE) and not several:
            self._say("There is one model; give --model up to three times to compare several.")
        elif apply(self._ui, asked, len(self._pipeline.predictors)):
            return
        elif asked is Action.QUIT:
            self._options.stop.set()
        elif asked is Action.PAUSE:
            self._paused = not self._paused
        elif asked is Action.FULLSCREEN and self._screen is not None:
            self._screen.toggle_fullscreen()
        elif asked is Action.CALIBRATE:
            self._pipeline.calibrate(self._config.model.neutral_s)
            self._say("Rest your face and look at the camera.")
        elif asked is Action.POSE:
            self._pipeline.pose_mode = "zero" if self._pipeline.pose_mode == "live" else "live"
        elif asked is Action.ADJUST:
            if self._pipeline.identity is None:
                self._say("Not calibrated yet: press N and rest your face.")
            else:
                self._ui.adjusted = not self._ui.adjusted
        elif self._screen is None or 0 in self._screen.size_px:
            return
        elif asked is Action.PICTURE:
            self._recorder.save_picture(self._screen.read())
        elif asked is Action.RECORD:
            self._toggle_recording(self._screen)

    def _toggle_recording(self, screen: Screen) -> None:
        if self._recorder.seconds is not None:
            self._recorder.stop()
            return
        try:
            self._recorder.start(screen.size_px)
        except RecordError as error:
            self._say(str(error))

    def _tell_calibration(self) -> None:
        running = self._pipeline.calibrating is not None
        if self._was_calibrating and not running:
            note = self._pipeline.calibration_note
            self._say(f"Calibration failed: {note}." if note else "Neutral calibrated; A shows raw and adjusted.")
        self._was_calibrating = running

    def _say(self, text: str) -> None:
        self._message = (text, time.monotonic() + MESSAGE_S)
        self._options.note(text)
