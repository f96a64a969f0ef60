"""How the mirror draws: its view in the window, the stage on another monitor, and both again after a lost context."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from realtime.app.context_loss import ContextLossRecovery
from realtime.app.display_stats import DisplayStatistics
from realtime.app.draw_scheduler import DrawScheduler
from realtime.app.playback_control import PlaybackControl
from realtime.app.run_options import RunOptions
from realtime.app.runs import Runs
from realtime.app.stage_output import StageOutput
from realtime.app.stage_pictures import StagePictures
from realtime.app.wakeup import Wakeup
from realtime.core.config import ViewConfig
from realtime.core.frame_result import FrameResult
from realtime.core.process import Notify
from realtime.core.run_report import WindowReport
from realtime.core.status import Status
from realtime.core.view_state import ViewState
from realtime.session.write import Recorder
from realtime.stream.pictures.sender import PictureSender
from realtime.view import Screen

if TYPE_CHECKING:
    from realtime.view import MirrorView
    from realtime.view.mirror.timed_captions import TimedCaption
    from realtime.view.screen.target import Target


class MirrorDrawing:
    """Draws results with the program's status, and gives pictures to the recorder; for the main thread only."""

    def __init__(
        self,
        config: ViewConfig,
        options: RunOptions,
        wakeup: Wakeup,
        runs: Runs,
        recorder: Recorder,
        replay: PlaybackControl | None,
        captions: Callable[[], tuple[TimedCaption, ...]],
        notify: Notify,
        sender: PictureSender,
    ) -> None:
        """`captions` of the run that is shown; `wakeup` has the screen, if there is one."""
        self._config, self._wakeup, self._runs, self._recorder = config, wakeup, runs, recorder
        self._replay, self._captions = replay, captions
        self._headless = options.headless  # a window's picture is of use only where it is recorded
        self.display = DisplayStatistics()
        self.scheduler = DrawScheduler()
        self.drawn: Status | None = None  # with which the window was drawn last
        pair = None if replay is None else replay.pair
        open_stage = None if pair is not None else self._open_stage
        self._output = StageOutput(open_stage, notify)
        self.pictures = StagePictures(open_stage, sender)
        self._context_loss = ContextLossRecovery(
            lambda size, full: options.open_window(options.title, size, config.vsync, fullscreen=full),
            self._open_view,
            notify,
        )
        screen = wakeup.screen
        self.view: MirrorView | None = None if screen is None else self._open_view(screen)

    @property
    def _screen(self) -> Screen | None:
        return self._wakeup.screen

    def draw(self, result: FrameResult | None, status: Status, ui: ViewState, *, fresh: bool) -> bool:
        """Draw; `fresh`: the result was not drawn before. False where the window is gone, and stays closed."""
        screen = self._screen
        if screen is None or self._context_loss.drawn(screen, lambda: self._draw_on(screen, result, status, ui, fresh)):
            return True
        self._output.close()
        self.pictures.close()
        found = self._context_loss.again(screen, self.view)
        self._wakeup.screen, self.view = found or (None, None)
        return found is not None

    def show_other_run(self, *, other_models: bool) -> None:
        """The first result of another run is there; other models have a view of their own."""
        self.display.clear()
        if self.view is not None:
            self.view.captions = self._captions()
        if other_models and self._screen is not None and self.view is not None:
            self.view.close()
            self.view = self._open_view(self._screen)
            self._output.renew()
            self.pictures.renew()

    def report(self) -> WindowReport:
        """How often the window was opened again, and why there is none in the end."""
        return self._context_loss.report()

    def abandon(self) -> None:
        """The display is gone: nothing of it can be freed."""
        self.view = None
        self._output.abandon()
        self.pictures.abandon()

    def close(self) -> None:
        """Free the views and the screen; may be called twice."""
        self._output.close()
        self.pictures.close()
        if self.view is not None:
            self.view.close()
        screen, self.view, self._wakeup.screen = self._screen, None, None  # a late thread wakes nothing
        if screen is not None:
            screen.close()

    def _draw_on(self, screen: Screen, result: FrameResult | None, status: Status, ui: ViewState, fresh: bool) -> None:
        view, run = self.view, self._runs.current
        if view is None:
            return
        self.scheduler.drawn()
        self.drawn = status
        self._output.draw(screen, result, status, ui)
        self.pictures.draw(screen, result, status, ui, live=run.source.info.live)
        if 0 in screen.size_px:  # minimised: there is no picture
            self._output.show()
            if fresh:
                self._recorder.miss()
            return
        if not self._headless or self._recorder.takes_pictures:
            view.resize(screen.size_px, screen.scale)
            own = status if ui.stage else replace(status, attract=None)  # then the audience alone is invited
            view.draw(screen.framebuffer, result, own, ui)
        if fresh and result is not None and self._recorder.takes_pictures:
            time_ns = None if self._replay is None else self._replay.video_time_ns(result)
            self._recorder.put(screen.read(), result, wait=not run.lossy, time_ns=time_ns)
        elif fresh:
            self._recorder.miss()
        screen.swap()
        self._output.show()
        if fresh and result is not None:
            now, live = time.monotonic_ns(), run.source.info.live
            self.display.shown(now, result.frame.arrived_ns if live else None)
            if live:
                run.statistics.shown(result, now)

    def _open_view(self, screen: Screen) -> MirrorView:
        """The mirror of the models whose result is shown."""
        # These load the OpenGL libraries, which a run without pictures does not.
        from realtime.view import AgainstView, MirrorView

        models, samples = self._runs.shown.models, self._config.samples
        pair = None if self._replay is None else self._replay.pair
        if pair is not None:
            return AgainstView.beside(screen, models[0], lambda: pair.second_model, pair, samples)
        return MirrorView.on(screen, models, samples, self._captions())

    def _open_stage(self, target: Target) -> MirrorView:
        """The mirror for a target without controls."""
        from realtime.view import MirrorView

        assert self._screen is not None  # whose output it is
        facts = MirrorView.facts_of(self._runs.shown.models)
        return MirrorView(self._screen.ctx, target.size_px, target.scale, facts, self._config.samples, self._captions())
