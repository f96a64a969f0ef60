"""The mirror while it runs: draws what is computed, handles the user's requests, and takes one way out.

The thread of a run reads frames and computes; this (main) thread alone touches OpenGL and sleeps while nothing happens;
a third encodes. What the user chooses meanwhile is opened in threads of its own.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from realtime.app.actions import ActionHandler
from realtime.app.attract import AttractLoop
from realtime.app.calibration_watch import CalibrationWatch
from realtime.app.draw_scheduler import IDLE_S
from realtime.app.mirror_drawing import MirrorDrawing
from realtime.app.mirror_status import StatusReader, visible
from realtime.app.notifications import Notifications
from realtime.app.playback_control import PlaybackControl
from realtime.app.questions import Questions
from realtime.app.remembered import Remembered
from realtime.app.rule_events import RuleEvents
from realtime.app.run_options import RunOptions
from realtime.app.runs import Runs, Transition
from realtime.app.saved_layouts import SavedLayouts
from realtime.app.story import Story, StoryNeutral
from realtime.app.stream_commands import StreamCommands
from realtime.app.streaming import (
    NO_STAGE,
    READY_S,
    mark_label,
    missing_values,
    open_marks,
    open_streams,
    record_marks,
    stream_sink,
)
from realtime.app.switcher import SourceSwitcher
from realtime.app.wakeup import Wakeup
from realtime.app.window_settings import WindowSettings
from realtime.capture import OpenSource
from realtime.core.commands import OpenRecording
from realtime.core.config import Config
from realtime.core.errors import DisplayLostError, MeshmirrorError, SourceError
from realtime.core.frame_result import FrameResult
from realtime.core.run_report import RunReport
from realtime.core.status import Offer, Status
from realtime.core.types import Rotation
from realtime.core.undo_history import UndoHistory
from realtime.core.view_options import Card
from realtime.core.view_state import ViewState
from realtime.pipeline.build import Pipeline
from realtime.pipeline.event_rules import EventRules
from realtime.pipeline.recording_sink import RecordingSink
from realtime.pipeline.run import Opened, PipelineRun
from realtime.pipeline.sinks import Sink
from realtime.session.unfinished import offer
from realtime.session.write import Recorder
from realtime.view import Screen

if TYPE_CHECKING:
    from realtime.view.mirror.timed_captions import TimedCaption


_COMPARED = (Card.FEATURES, Card.RESIDUAL, Card.NUMBERS)  # of two replays; without cards nothing would compare them


class Mirror:
    """The loop that draws what the present run computes, and handles the user's requests."""

    def __init__(
        self,
        config: Config,
        options: RunOptions,
        pipeline: Pipeline,
        source: OpenSource,
        wakeup: Wakeup,
        replay: PlaybackControl | None = None,
    ) -> None:
        """`wakeup` has the screen, if there is one. `replay`: where the source is a recording, its transport."""
        EventRules(config.events.rules).check([predictor.model for predictor in pipeline.predictors])
        screen = wakeup.screen
        self._config = config
        self._replay = replay
        self._options = options
        self._wakeup = wakeup
        self._on_display = screen is not None and screen.visible
        self._notifications = Notifications(options.notify)
        history, questions = UndoHistory(), Questions()
        self._calibration = CalibrationWatch(self._notifications, "" if replay else config.model.person, history)
        remembering = self._on_display and options.remember and config.view.remember
        self._remembered = Remembered(options.notify) if remembering else None
        self._recorder = Recorder(
            config.record if self._remembered is None or replay is not None else self._remembered.under(config.record),
            self._notifications.of("output"), notify_error=self._notifications.errors_of("output"),
            notify_recorded=self._recorded, window_alone=replay is not None,
        )  # fmt: skip
        if self._on_display or config.record.path is not None:
            self._recorder.warm_up()
        compared = replay is not None and replay.pair is not None
        size = config.view.width, config.view.height
        self._outputs = open_streams(config.stream, size, options.notify, NO_STAGE if compared else "")
        self.streams = self._outputs.values
        self._events = RuleEvents(
            config.events.rules, self._recorder, self.streams, self._notifications.errors_of("settings"),
            None if replay is None else replay.session_ns,
        )  # fmt: skip
        self._marks_in = open_marks(config.stream, self._notifications.of("source")) if replay is None else None
        self.runs = Runs(self._run(Opened(config, source, pipeline), None), replay=replay is not None)
        build = None if replay is None else replay.build
        self._switcher = SourceSwitcher(
            config,
            source,
            pipeline,
            self._notifications.of("source"),
            options.notify,
            wakeup.wake,
            build,
            self._notifications.errors_of("source"),
        )
        self._attract = AttractLoop(config.view.attract_s)
        self._layouts = SavedLayouts(self._notifications.errors_of("settings"))
        self._config_before: Config | None = None  # of the run before; None where it cannot be restored
        self._chosen = False  # the user has chosen something: from then on only the user ends the program
        self._failures: list[str] = []
        self._known_failure: BaseException | None = None  # of a run; the user was notified of it
        self._shown: FrameResult | None = None
        self._rotation: Rotation = 0  # of the newest frame that was shown
        self._drawing = MirrorDrawing(
            config.view, options, wakeup, self.runs, self._recorder, replay, lambda: self._captions,
            self._notifications.of("window"), self._outputs.pictures,
        )  # fmt: skip
        self._status = StatusReader(
            self.runs, self._switcher, self._recorder, self._notifications, self._drawing.display, replay,
            self._calibration, config.model.neutral_s, questions, self._remembered, self._outputs,
        )  # fmt: skip
        self._settings = WindowSettings(options.notify) if remembering else None
        view = config.view if self._settings is None else self._settings.under(config.view)
        introduces = self._settings is not None and config.record.path is None  # a video is of the faces
        self.ui = ViewState.of(view, mirrored=self._mirrored(), introduces=introduces)
        self.ui.output = self._on_display and config.view.output == "second"
        if replay is not None and replay.pair is not None and not self.ui.cards:
            self.ui.cards = _COMPARED
        self._actions = ActionHandler(
            config, options.stop, self.ui, self._recorder, self._switcher, self._notifications, self.runs,
            self._calibration, history, questions, self._layouts,
            StreamCommands(self._outputs, self._notifications, self.runs), replay,
        )  # fmt: skip

    @property
    def _screen(self) -> Screen | None:
        return self._wakeup.screen

    def _recorded(self, text: str, folder: Path) -> None:
        """A session is complete."""
        place = str(folder.absolute())
        folder_too, replayed = (OpenRecording(place, replay=replay) for replay in (False, True))
        offers = Offer("Open folder", folder_too), Offer("Replay", replayed)
        self._notifications.post("output", text, offers=offers if self._on_display else ())

    def _note_source(self) -> None:
        if self._remembered is not None and self._replay is None:
            self._remembered.opened(self.runs.current.config.source.path)

    def start(self) -> None:
        """Begin to compute and, where requested, to record. Raises what cannot be begun."""
        left = offer()
        if left:
            self._notifications.post("output", left)
        if self._config.record.path is not None:
            self._recorder.start(None if self._screen is None else self._screen.size_px)
        if self._on_display:
            self._switcher.refresh()
        pipeline = self.runs.current.pipeline
        if self._replay is None:
            self._calibration.use_kept(pipeline)
        if self._options.neutral_s is not None:
            pipeline.calibrate(self._options.neutral_s, self._options.look_around_s)
        self._note_source()
        self._outputs.wait_ready(READY_S)
        for address in self.streams.addresses:
            if missing := missing_values(address, self.runs.current):
                self._options.notify(missing)
        self.runs.current.start()

    def run(self) -> None:
        """The main thread's loop. What was closed before it began computes and records nothing."""
        if not self._options.stop.is_set():
            self.start()
        try:
            while not self._options.stop.is_set() and self.turn():
                pass
            self._hold_last_picture()
        except DisplayLostError as error:
            self._failures.append(str(error))
            self._drawing.abandon()
        self._stop()
        run = self.runs.current
        calibrating = run.pipeline.calibration.state
        if calibrating == "collecting":
            self._options.notify("Calibration incomplete: the run was shorter than it, or had no face.")
        elif calibrating == "review":
            self._options.notify("The new neutral was neither accepted nor discarded: it is not kept.")
        if run.source.note and not run.source.info.live:
            self._options.notify(f"{run.source.info.name}: {run.source.note}.")
        failure = run.failure
        if failure is None or failure is self._known_failure:
            return
        if not isinstance(failure, SourceError) or not self.runs.frames:
            raise failure
        self._failures.append(str(failure))  # what came before the damage is reported and kept

    def report(self) -> RunReport:
        """The report of the program, once it is closed; of several runs that of the last."""
        self.close()
        recorder = self._recorder
        failures = (*self._failures, *recorder.failures)
        return RunReport(
            **dict(self.runs.current.report()),
            recorded=recorder.recorded,
            dropped=recorder.dropped,
            sessions=tuple(recorder.sessions),
            outputs=tuple(recorder.outputs),
            streams=self._outputs.reports(),
            rules=self._events.report(),
            earlier=tuple(self.runs.earlier),
            window=self._drawing.report(),
            failures=failures,
            error=next(iter(failures), None),
            interrupted=self._options.interrupted,
        )

    def close(self) -> None:
        """Stop the threads, finish the recording, free the view; may be called twice."""
        self._stop()
        try:
            self._recorder.close()
        finally:
            self._drawing.close()

    def _stop(self) -> None:
        self._options.stop.set()
        self._switcher.close()
        self._actions.close()
        self.runs.close()
        self._events.close()
        self._outputs.close()
        if self._marks_in is not None:
            self._marks_in.close()
        if self._settings is not None:
            self._settings.save()

    # A round of the loop

    def turn(self) -> bool:
        """Sleep until something happens, take it, draw what it changed; False once all is done."""
        if self._paused:
            self._drawing.display.rest()
        sleep_s = IDLE_S if self._screen is None else self._drawing.scheduler.sleep_s(results_come=self._results_come)
        input_came = self._wakeup.wait(sleep_s)
        input_came = self._poll() or input_came
        self._change_over()
        self._events.deliver()
        self._recorder.check()
        run = self.runs.current
        if self._marks_in is not None:
            marked = record_marks(self._marks_in, self._recorder, self._shown, live=run.source.info.live)
            if marked:
                self._notifications.post("output", marked)
        running = run.running  # before `take`, so that the last result is not missed
        result = run.take()
        self._calibration.update(run.pipeline, attended=self._attended(run))
        if result is not None:
            self._show(result)
            if not running:  # that was the last one, and nothing else ends the next sleep
                self._wakeup.wake()
        elif not (running or run.paused) and self._is_over():
            return False
        else:
            self._redraw(input_came)
        return True

    def _poll(self) -> bool:
        """Take what the user did; whether it was a command."""
        if self._screen is None:
            return False
        actions = self._screen.poll(self.ui)
        for action in actions:
            self._actions.watch_view()
            self._actions.handle(action, self._screen, self._shown)
            label = mark_label(action, self._recorder.setup.events)
            if label is not None:
                self.streams.mark(label)
        self._actions.watch_view()
        self._actions.take_picked()
        if self._settings is not None:
            self._settings.watch(self.ui)
        if self._remembered is not None and self._replay is None:
            self._remembered.watch(self._recorder.setup)
        if self.ui.panel and not self.runs.current.paused and self._on_display:
            self._switcher.keep_fresh()
        return bool(actions)

    def _run(self, opened: Opened, after: PipelineRun | None) -> PipelineRun:
        """Compose a run: what was opened, what takes its results, and how many are wanted."""
        source = opened.source
        if source is None:
            assert after is not None  # the first run has a source
            source = after.source
        frames = self._options.frames
        return PipelineRun(
            opened.config,
            source,
            opened.pipeline,
            self._wakeup.wake,
            paced=self._on_display,
            sinks=self._sinks,
            frames=frames if frames is None or after is None else max(1, frames - self.runs.frames),
            after=after,
        )

    def _sinks(self, run: PipelineRun) -> list[Sink]:
        """Results are recorded, or compared with what was recorded, and streamed before they are shown."""
        last: list[Sink] = [*self._events.sinks(run), stream_sink(self.streams, run)]
        if self._replay is not None:
            return [*self._replay.sinks(run), *last]
        story = self._story_of(run)
        told = [] if story is None else [StoryNeutral(story, run.pipeline)]
        return [RecordingSink(self._recorder, run), *told, *last]

    def _story_of(self, run: PipelineRun) -> Story | None:
        """How the source of a run is told; another one than the first has no story."""
        return self._options.story if run.config.source.path == self._config.source.path else None

    def _change_over(self) -> None:
        """Continue with what was chosen, once it is open. What is shown stays until its first result is there."""
        opened = self._switcher.poll()
        by_itself = False
        if opened is None and self._replay is not None:
            opened = self._replay.following()  # a recording continues with other models; the user has not chosen them
            by_itself = opened is not None
            if opened is not None:
                self._switcher.follow(opened.config, opened.pipeline)
        if opened is None:
            return
        transition = self.runs.change(opened, self._run, by_itself=by_itself)
        self._calibration.forget_steps()
        if transition.neutral != "kept" and self._replay is None and self._calibration.person:
            self._calibration.use_kept(transition.new.pipeline, quiet=True)
        if transition.other_source:
            self._recorder.another_source()
        if transition.calibration_ended or not by_itself:
            self._calibration.forget()
        if transition.text:
            self._notifications.post("calibration" if by_itself else "source", transition.text)
        if not by_itself:
            old = transition.old
            failed = self._known_failure is not None and self._known_failure is old.failure
            self._config_before = None if failed else old.config
            self._chosen = True

    def _attended(self, run: PipelineRun) -> bool:
        """Whether somebody is at the window who can look at a new neutral: a file goes on meanwhile."""
        free = not (self._options.unattended or self._options.frames is not None)
        return self._on_display and run.source.info.live and free

    def _is_over(self) -> bool:
        """The present run has ended: whether the program has, too."""
        run = self.runs.current
        failure = run.failure
        if failure is not None and not isinstance(failure, MeshmirrorError):
            return True
        if self._options.frames is not None and self.runs.frames >= self._options.frames:
            return True
        if self._switcher.opening:
            return False
        if not self._chosen:
            still = self._on_display and run.source.info.frames == 1  # a picture stays until the window is closed
            return not still or failure is not None
        if failure is not None and failure is not self._known_failure:
            self._known_failure = failure
            self._failures.append(str(failure))
            self._notifications.post("source", str(failure), error=True)
            if self._config_before is not None and not isinstance(failure, SourceError):
                self._switcher.go_back(self._config_before)
        return False

    # Drawing

    def _show(self, result: FrameResult) -> None:
        transition = self.runs.arrive()
        if transition is not None:
            self._complete(transition)
        story, before = self._story_of(self.runs.shown), self._shown
        if story is not None and (before is None or before.stamp < story.adjusted_at_s * 1e9):
            self._actions.watch_view()
            self.ui.adjusted = result.stamp >= story.adjusted_at_s * 1e9
            self._actions.accept_view()
        self._shown = result
        self._notify_rotation(result)
        self._draw(self.status(), fresh=True)

    def _notify_rotation(self, result: FrameResult) -> None:
        """Notify the user, once, of a picture that the run itself turns from now on."""
        before, self._rotation = self._rotation, result.frame.rotation
        if self._rotation == before or self._replay is not None or self.runs.current.config.source.rotate != "auto":
            return
        turned = f"turned by {self._rotation}° clockwise" if self._rotation else "turned back"
        self._notifications.post(
            "source", f"Faces were found turned: the picture is {turned} from now on (--rotate {self._rotation})."
        )

    def _hold_last_picture(self) -> None:
        """A told clip that has ended by itself: its last picture stays until the story ends, at the clip's own rate."""
        last, story = self._shown, self._story_of(self.runs.shown)
        if last is None or story is None or not last.frame.index or self._options.frames is not None:
            return
        interval_ns = last.frame.stamp_ns / last.frame.index
        for at in range(1, round((story.end_s * 1e9 - last.stamp) / interval_ns) + 1):
            if self._options.stop.is_set():
                return
            if self._on_display:
                self._wakeup.wait(interval_ns / 1e9)
                self._poll()
            later_ns = last.frame.stamp_ns + round(at * interval_ns)
            self._shown = replace(last, frame=replace(last.frame, stamp_ns=later_ns))
            self._draw(self.status(), fresh=True)

    def _complete(self, transition: Transition) -> None:
        """The first result of another run is there: what of the window belongs to the one before goes."""
        self._actions.watch_view()
        if transition.other_source:
            self._rotation = 0
            self._note_source()
            self.ui.mirrored = self._mirrored()
        self._drawing.show_other_run(other_models=transition.other_models)
        if transition.other_models:
            self._fit_view_to(len(transition.new.models))
        self._actions.accept_view()

    def _fit_view_to(self, models: int) -> None:
        """What of the view depends on the number of models; what the user has set otherwise stays."""
        self.ui.model = min(self.ui.model, models - 1)
        self.ui.frozen = False  # the new plots have no past that could be held
        self.ui.disagreement = self.ui.disagreement and models > 1

    @property
    def _captions(self) -> tuple[TimedCaption, ...]:
        story = self._story_of(self.runs.shown)
        return () if story is None else story.captions

    def _redraw(self, input_came: bool) -> None:
        """Draw the same result again where something else in the window has changed."""
        screen, view = self._screen, self._drawing.view
        if screen is None or view is None or not screen.visible:
            return
        if input_came:
            self._drawing.scheduler.settle()
        if self._shown is not None and self.runs.current.source.state == "lost":
            self._shown = FrameResult(self._shown.frame)  # a picture of the past; its mesh is shown no longer
        status = self.status()
        typing = screen.listener is not None and screen.listener.typing  # its cursor blinks
        if typing or view.pending or self._drawing.pictures.awaited or visible(status) != visible(self._drawing.drawn):
            self._drawing.scheduler.request()
        if self._drawing.scheduler.due(results_come=self._results_come):
            self._draw(status, fresh=False)

    @property
    def _results_come(self) -> bool:
        """Whether a new result will be drawn soon by itself."""
        return self.runs.current.running and not self._paused

    def _draw(self, status: Status, fresh: bool) -> None:
        if self._drawing.draw(self._shown, status, self.ui, fresh=fresh):
            return
        # There is no window in which anything could be resumed, chosen or closed.
        self.runs.resume()
        self._chosen = self._on_display = False
        if self._replay is not None:
            self._replay.window_closed()
        if self._recorder.takes_pictures:
            self._failures.append("The recording ended with the window.")
            self._recorder.stop()

    def status(self) -> Status:
        """What the window shows beyond the result."""
        status = self._status.read(self._shown, ends_by_itself=not self._chosen)
        if self.ui.panel:
            offers = replace(status.offers, layouts=self._layouts.names)
            status = replace(status, offers=offers, stream_choices=self._outputs.choices)
        attract = self._attract(self._shown, self.runs.shown.models[0], wanted=self._awaits_somebody(status))
        return status if attract is None else replace(status, attract=attract)

    def _awaits_somebody(self, status: Status) -> bool:
        """Whether the stage is free for the next one who comes."""
        busy = status.paused or status.calibrating is not None or status.review is not None
        told = self._replay is not None or bool(self._captions)
        return (self.ui.stage or self.ui.output) and status.source_state == "live" and not (busy or told)

    @property
    def _paused(self) -> bool:
        return self._status.paused

    def _mirrored(self) -> bool:
        return self._config.source.mirrored(self.runs.current.source.info.live)
