"""The mirror while it runs: opens everything in order, draws, and takes one way out.

A feed's thread reads frames and runs the pipeline; this (main) thread alone touches OpenGL and sleeps while nothing
happens; a third encodes. What the user chooses meanwhile is opened in threads of its own.
"""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

from realtime.app.actions import ActionHandler
from realtime.app.context_loss import ContextLossRecovery
from realtime.app.display_stats import DisplayStatistics
from realtime.app.notifications import Notifications
from realtime.app.run_options import IDLE_S, SETTLE_FRAMES, RunOptions, stopping_signals
from realtime.app.switcher import SourceSwitcher
from realtime.app.window_settings import WindowSettings
from realtime.capture import OpenSource, SourceOptions, open_source
from realtime.core.config import Config
from realtime.core.errors import DisplayError, MeshmirrorError, SourceError, UsageError
from realtime.core.run_report import PipelineReport, RunReport
from realtime.core.status import AnnotationView, Status
from realtime.core.types import FrameResult, SourceState
from realtime.core.view_state import ViewState
from realtime.pipeline.pipeline import Pipeline
from realtime.pipeline.run import PipelineRun
from realtime.session.folder import check_name
from realtime.session.unfinished import offer
from realtime.session.write import FrameRecord, Recorder, is_video
from realtime.view import Screen, open_offscreen

if TYPE_CHECKING:
    from realtime.pipeline.replay.control import Replay
    from realtime.view import MirrorView

__all__ = ["Mirror", "RunOptions", "open_screen", "run_mirror"]

# While pictures come, the next one shows what the user did; after this time it is shown without one.
TOUCH_S = 0.05


def run_mirror(config: Config, options: RunOptions | None = None) -> RunReport:
    """Run until the source ends, `frames` are done, the window is closed or a signal comes; the run's numbers.

    Raises the documented errors; whatever was recorded until then is closed and playable.
    """
    options = options or RunOptions()
    if config.record.path is not None and is_video(config.record.path):
        if not config.record.view:
            raise UsageError(
                f"--record {config.record.path} is a video of the window, which shows the face; "
                "--no-video belongs to a session: --record FOLDER."
            )
    elif config.record.path is not None:
        check_name(config.record.path.name)  # before a camera is opened
    with ExitStack() as stack:
        pipeline = Pipeline.from_config(config, note=options.note)
        stack.callback(pipeline.close)
        source = stack.enter_context(open_source(config.source.path, SourceOptions.from_config(config.source)))
        # Until here Ctrl-C simply interrupts: a camera can take seconds to open, and nothing is recorded yet.
        stack.enter_context(stopping_signals(options))
        screen = open_screen(config, options)
        if screen is not None:
            stack.callback(screen.close)
        if options.neutral_s is not None:
            pipeline.calibrate(options.neutral_s)
        if pipeline.hint:
            options.note(f"Emotions: the model inverted, no classifier. `{pipeline.hint}` installs py-feat's network.")
        mirror = Mirror(config, options, pipeline, source, screen)
        stack.callback(mirror.close)
        mirror.run()
        return mirror.report()


def open_screen(config: Config, options: RunOptions) -> Screen | None:
    """A window; without a display None, or an offscreen target where pictures of it are to be recorded.

    Raises DisplayError where there is a video of it to record and no OpenGL at all.
    """
    size = (config.view.width, config.view.height)
    if not options.headless:
        try:
            return options.open_window(options.title, size, config.view.vsync, fullscreen=config.view.fullscreen)
        except DisplayError as error:
            options.note(f"{error} Going on without a window.")
    path = config.record.path
    if path is None or not (config.record.view or is_video(path)):
        return None
    try:
        return open_offscreen(size)
    except DisplayError as error:
        if is_video(path):
            raise
        options.note(f"{error} The session is recorded without pictures of the window.")
        return None


class Mirror:
    """One run: the part that computes, the loop that draws."""

    def __init__(
        self,
        config: Config,
        options: RunOptions,
        pipeline: Pipeline,
        source: OpenSource,
        screen: Screen | None,
        replay: Replay | None = None,
    ) -> None:
        """`replay`: where the source is a recording; what can be done with one."""
        self._config = config
        self._replay = replay
        if replay is not None:
            replay.wake = self._wake
        self._options = options
        self._screen = screen
        self._on_display = screen is not None and screen.visible
        self._woken = threading.Event()
        self._telling = Notifications(options.note)
        say = self._telling.say
        self._recorder = Recorder(config.record, say, window_alone=replay is not None)
        if self._on_display or config.record.path is not None:
            self._recorder.warm_up()
        self.part = PipelineRun(
            config, source, pipeline, self._wake, on_display=self._on_display, book=self._record, frames=options.frames
        )
        build = None if replay is None else replay.build
        self._chooser = SourceSwitcher(config, source, pipeline, say, options.note, self._wake, build)
        self._config_before: Config | None = None  # of the part before; None where there is no way back
        self._chosen = False  # the user has chosen something: from then on the user says when it ends
        self._earlier: list[PipelineReport] = []  # what the parts before amounted to
        self._failures: list[str] = []
        self._told: BaseException | None = None  # a feed's failure of which the user knows
        self._shown: FrameResult | None = None
        self._shown_part = self.part  # whose result that is
        self._rest_again = False  # it was paused before the change, and is to be so after its first result
        self._meter = DisplayStatistics()
        self._drawn: Status | None = None
        self._drawn_at = 0.0
        self._to_draw = 0
        remembering = self._on_display and options.remember and config.view.remember
        self._settings = WindowSettings(options.note) if remembering else None
        view = config.view if self._settings is None else self._settings.under(config.view)
        controls = self._on_display and config.record.path is None  # a video is of the faces
        self.ui = ViewState.of(view, mirrored=self._mirrored(), panel=controls)
        self._acting = ActionHandler(
            config, options.stop, self.ui, self._recorder, self._chooser, self._telling, replay
        )
        self._reopener = ContextLossRecovery(
            lambda size, full: options.open_window(options.title, size, config.view.vsync, fullscreen=full),
            self._open_view,
            say,
        )
        self._view = None if screen is None else self._open_view(screen)

    def start(self) -> None:
        """Begin to compute and, where that is asked for, to record. Raises what cannot be begun."""
        left = offer()
        if left:
            self._telling.say(left)
        if self._config.record.path is not None:
            self._recorder.start(None if self._screen is None else self._screen.size_px)
        if self._on_display:
            self._chooser.refresh()
        self.part.start()

    def run(self) -> None:
        """The main thread's loop."""
        self.start()
        while not self._options.stop.is_set() and self.turn():
            pass
        self._stop()
        if self.part.pipeline.calibrating is not None:
            self._options.note("The neutral was not finished: the run was shorter than it, or had no face.")
        failure = self.part.feed.failure
        if failure is None or failure is self._told:
            return
        if not isinstance(failure, SourceError) or not self._frames:
            raise failure
        self._failures.append(str(failure))  # what came before the damage is reported and kept

    def report(self) -> RunReport:
        """The numbers of the run, once it is closed; of several pipelines those of the last."""
        self.close()
        recorder = self._recorder
        return RunReport(
            **dict(self.part.report()),
            recorded=recorder.recorded,
            dropped=recorder.dropped,
            sessions=tuple(recorder.sessions),
            outputs=tuple(recorder.outputs),
            earlier=tuple(self._earlier),
            window=self._reopener.report(),
            failures=(*self._failures, *recorder.failures),
            interrupted=self._options.interrupted,
        )

    def close(self) -> None:
        """Stop the threads, finish the recording, free the view; may be called twice."""
        self._stop()
        try:
            self._recorder.close()
        finally:
            if self._view is not None:
                self._view.close()
            screen, self._view, self._screen = self._screen, None, None  # a thread that still hangs wakes nobody
            if screen is not None:
                screen.close()

    def _stop(self) -> None:
        self._options.stop.set()
        self._chooser.close()
        self.part.close()
        if self._settings is not None:
            self._settings.save()

    # A round of the loop

    def turn(self) -> bool:
        """Sleep until something happens, take it, draw what it changed; False once all is done."""
        stirred = self._sleep()
        stirred = self._poll() or stirred
        self._change_over()
        self._recorder.look()
        feed = self.part.feed
        running = feed.running  # before the look, so that the last result cannot slip between
        result = None if feed.paused else feed.take()
        if result is not None:
            self._show(result)
        elif not (running or feed.paused) and self._is_over():
            return False
        else:
            self._redraw(stirred)
        return True

    def _sleep(self) -> bool:
        """Wait for a result, the user or the end of something that was opened; whether the user did anything."""
        seconds = IDLE_S
        if self._to_draw and self._screen is not None:
            seconds = max(0.0, self._touch_after() - time.monotonic())
        if self._screen is not None:
            return self._screen.wait(seconds)
        self._woken.wait(seconds)
        self._woken.clear()
        return False

    def _wake(self) -> None:
        """End the main thread's sleep; for any thread."""
        screen = self._screen
        if screen is None:
            self._woken.set()
        else:
            screen.wake()

    def _poll(self) -> bool:
        """Take what the user did; whether it was a command."""
        if self._screen is None:
            return False
        actions = self._screen.poll(self.ui)
        for action in actions:
            self._acting.act(action, self._screen, self.part, self._shown, self._shown_part)
        if self._settings is not None:
            self._settings.watch(self.ui)
        if self.ui.panel and not self.part.feed.paused and self._on_display:
            self._chooser.keep_fresh()
        return bool(actions)

    def _record(self, result: FrameResult, part: PipelineRun) -> None:
        """By the feed's thread: every result, whether it is drawn or not."""
        if self._replay is not None:
            self._replay.compare(result, part.pipeline)
            return
        self._recorder.append(FrameRecord(result, part.recorded, part.feed.skipped, part.feed.replaced))

    def _change_over(self) -> None:
        """Go on with what was chosen, once it is open. What is shown stays until its first result is there."""
        opened = self._chooser.look()
        following = None if opened is not None or self._replay is None else self._replay.following()
        if following is not None:  # a recording goes on with other models; nobody has chosen them
            opened = following
            self._chooser.follow(opened.config, opened.pipeline)
        if opened is None:
            return
        old, source = self.part, opened.source
        self.part = PipelineRun(
            opened.config,
            source or old.source,
            opened.pipeline,
            self._wake,
            on_display=self._on_display,
            book=self._record,
            frames=None if self._options.frames is None else max(1, self._options.frames - self._frames),
            after=old,
        )
        self._rest_again = self._rest_again or old.feed.paused  # asked before the old one is closed, which wakes it
        self.part.start(lambda: self._retire(old, keep_source=source is None))
        if source is not None:
            self._recorder.another_source()
        if following is not None:
            return
        known = old.pipeline.identity is not None and self._replay is None
        lost = known or old.pipeline.calibrating is not None
        what = f"emotions: {opened.config.detect.emotion}"
        if source is not None:
            what = source.info.name
        elif self.part.models != old.models:
            what = ", ".join(model.name for model in self.part.models)
        self._telling.say(f"Now {what}{'; not calibrated any more' if lost else ''}.")
        self._telling.forget()
        self._config_before = None if self._told is not None and self._told is old.feed.failure else old.config
        self._chosen = True

    def _retire(self, old: PipelineRun, keep_source: bool) -> None:
        """By the new feed's thread: its first frame comes after the last of the old one."""
        old.close(keep_source=keep_source)
        if old.summary.frames:
            self._earlier.append(old.report())

    def _is_over(self) -> bool:
        """The feed has ended: whether the run has, too."""
        failure = self.part.feed.failure
        if failure is not None and not isinstance(failure, MeshmirrorError):
            return True
        if self._options.frames is not None and self._frames >= self._options.frames:
            return True
        if self._chooser.opening:
            return False
        if not self._chosen:
            still = self._on_display and self.part.source.info.frames == 1  # stays until it is closed
            return not still or failure is not None
        if failure is not None and failure is not self._told:
            self._told = failure
            self._failures.append(str(failure))
            self._telling.say(str(failure))
            if self._config_before is not None and not isinstance(failure, SourceError):
                self._chooser.go_back(self._config_before)
        return False

    @property
    def _frames(self) -> int:
        """Frames that are done, of all parts."""
        return self.part.summary.frames + sum(part.frames for part in self._earlier)

    # Drawing

    def _show(self, result: FrameResult) -> None:
        before, part = self._shown_part, self.part
        if part is not before:
            self._shown_part = part
            self._meter.clear()
            if self._rest_again:
                part.feed.paused, self._rest_again = True, False
            if part.source is not before.source:
                self.ui.mirrored = self._mirrored()
            if part.models != before.models:
                self._show_other_models()
        self._shown = result
        self._telling.watch(part.pipeline)
        self._draw(self.status(), fresh=True)

    def _show_other_models(self) -> None:
        """A view of their own; what the user has set in it stays."""
        if self._screen is not None and self._view is not None:
            self._view.close()
            self._view = self._open_view(self._screen)
        models = len(self._shown_part.models)
        self.ui.model = min(self.ui.model, models - 1)
        self.ui.frozen = False  # the new plots have no past that could be held
        self.ui.disagreement = self.ui.disagreement and models > 1

    def _open_view(self, screen: Screen) -> MirrorView:
        """The mirror of the models whose result is shown."""
        from realtime.view import MirrorView  # the OpenGL libraries, which a run without pictures does not load

        return MirrorView.on(screen, self._shown_part.models, self._config.view.samples)

    def _redraw(self, stirred: bool) -> None:
        """Draw the same result again where something else in the window has changed."""
        screen, view = self._screen, self._view
        if screen is None or view is None or not screen.visible:
            return
        if stirred:
            self._to_draw = SETTLE_FRAMES
        if self._shown is not None and self.part.source.state == "lost":
            self._shown = FrameResult(self._shown.frame)  # a picture of the past; its mesh is shown no longer
        status = self.status()
        typing = screen.listener is not None and screen.listener.typing  # its cursor blinks
        if typing or view.pending or _looks(status) != _looks(self._drawn):
            self._to_draw = max(self._to_draw, 1)
        if self._to_draw and time.monotonic() >= self._touch_after():
            self._draw(status, fresh=False)

    def _touch_after(self) -> float:
        """When, on the monotonic clock, something is drawn without a new result."""
        flowing = self.part.feed.running and not self._paused
        return self._drawn_at + TOUCH_S if flowing else 0.0

    def _draw(self, status: Status, fresh: bool) -> None:
        screen = self._screen
        if screen is None or self._reopener.drawn(screen, lambda: self._draw_on(screen, status, fresh)):
            return
        found = self._reopener.again(screen, self._view)
        self._screen, self._view = found or (None, None)
        if self._screen is None:
            # Nobody is there who could go on with it, choose something else or close it.
            self.part.feed.paused = self._chosen = self._on_display = False
            if self._replay is not None:
                self._replay.source.unattended()
            if self._recorder.takes_pictures:
                self._failures.append("The recording ended with the window.")
                self._recorder.stop()

    def _draw_on(self, screen: Screen, status: Status, fresh: bool) -> None:
        view, result = self._view, self._shown
        if view is None:
            return
        self._to_draw = max(0, self._to_draw - 1)
        self._drawn, self._drawn_at = status, time.monotonic()
        if 0 in screen.size_px:  # minimised: there is no picture
            if fresh:
                self._recorder.miss()
            return
        view.resize(screen.size_px, screen.scale)
        view.draw(screen.framebuffer, result, status, self.ui)
        if fresh and result is not None and self._recorder.takes_pictures:
            time_ns = None if self._replay is None else self._replay.film_ns(result)
            self._recorder.put(screen.read(), result, wait=not self.part.lossy, time_ns=time_ns)
        elif fresh:
            self._recorder.miss()
        screen.swap()
        if fresh and result is not None:
            self._book(result)

    def _book(self, result: FrameResult) -> None:
        now, live = time.monotonic_ns(), self.part.source.info.live
        self._meter.shown(now, result.frame.arrived_ns if live else None)
        if live:
            self.part.summary.shown(result, now)

    def status(self) -> Status:
        """What the window says beyond the result."""
        feed = self.part.feed
        # Until the first result of a new part is there, the picture is the old one's, and so is what is said of it.
        changing = self.part is not self._shown_part and feed.running
        part = self._shown_part if changing else self.part
        pipeline, source = part.pipeline, part.source
        live = source.info.live
        latency_ms, worst_ms = self._meter.latency_ms
        offers = self._chooser.offers()
        if changing and not offers.opening:
            offers = replace(offers, opening=self.part.source.info.name)
        state: SourceState = "live"
        if not changing:
            # A file is "ended" when its last frame was decoded, and that frame is still to be shown.
            state = source.state if live else "ended" if self._chosen and not feed.running else "live"
        return Status(
            source=source.info.name,
            source_state=state,
            source_note="" if changing else source.note,
            **part.emotions(self._shown),
            pose_mode=pipeline.pose_mode,
            paused=self._paused,
            calibrated=pipeline.identity is not None,
            calibrating=self.part.pipeline.calibrating,
            verdict=self._telling.verdict,
            recording_s=self._recorder.seconds,
            streams=self._recorder.states(),
            marks=self._marks(),
            playback=None if self._replay is None else self._replay.playback(self._shown),
            fps=self._meter.fps,
            latency_ms=latency_ms,
            latency_p95_ms=worst_ms,
            skipped=feed.skipped,
            message=self._telling.message,
            offers=offers,
        )

    @property
    def _paused(self) -> bool:
        """Whether nothing comes because the user wants it so."""
        return self.part.feed.paused or (self._replay is not None and not self._replay.playing)

    def _marks(self) -> tuple[AnnotationView, ...]:
        return self._recorder.marks if self._replay is None else self._replay.marks()

    def _mirrored(self) -> bool:
        return self._config.source.mirrored(self.part.source.info.live)


def _looks(status: Status | None) -> Status | None:
    """What of a status is seen: its clock counts whole seconds, and so do its counters."""
    if status is None or status.recording_s is None:
        return status
    return replace(status, recording_s=float(int(status.recording_s)), streams=())
