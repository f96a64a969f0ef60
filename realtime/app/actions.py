"""What the user asks of the program; what changes the view alone is done by the view."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from realtime.app.notifications import Notifications
from realtime.app.snapshot_text import moment_text
from realtime.app.switcher import SourceSwitcher
from realtime.core.commands import Action, Choose, Request, Seek
from realtime.core.config import Config, ViewConfig
from realtime.core.errors import MeshmirrorError
from realtime.core.types import FrameResult
from realtime.core.view_state import ViewState
from realtime.pipeline.run import PipelineRun
from realtime.session.write import Recorder
from realtime.view import Screen, apply

if TYPE_CHECKING:
    from realtime.pipeline.replay.control import Replay

_REPLAY = (
    Action.STEP_BACK, Action.STEP, Action.JUMP_BACK, Action.JUMP, Action.FIRST, Action.LAST, Action.SLOWER,
    Action.FASTER, Action.LOOP, Action.IN_POINT, Action.OUT_POINT,
)  # fmt: skip
_NEXT = (Action.NEXT_SOURCE, Action.NEXT_MODEL, Action.NEXT_EMOTION, Action.POSE)


class ActionHandler:
    """Does what keys and buttons ask for."""

    def __init__(
        self,
        config: Config,
        stop: threading.Event,
        ui: ViewState,
        recorder: Recorder,
        chooser: SourceSwitcher,
        telling: Notifications,
        replay: Replay | None = None,
    ) -> None:
        self._neutral_s = config.model.neutral_s
        self._stop = stop
        self._ui = ui
        self._recorder = recorder
        self._chooser = chooser
        self._telling = telling
        self._replay = replay
        self._before_defaults: dict[str, Any] | None = None

    def act(
        self,
        asked: Request,
        screen: Screen | None,
        part: PipelineRun,
        shown: FrameResult | None,
        shown_part: PipelineRun,
    ) -> None:
        """Do it, to the part that runs; `shown`, of `shown_part`, is on screen."""
        pipeline, say, models = part.pipeline, self._telling.say, len(shown_part.models)
        if asked in (Action.MODEL, Action.DISAGREE) and models < 2:
            say("There is one model; mark others in the panel (Tab), or give --model up to three times.")
        elif apply(self._ui, asked, models) or (self._replay is not None and self._replay.act(asked, shown, say)):
            return
        elif asked in _REPLAY or isinstance(asked, Seek):
            say("Only a replay can be stepped through: `meshmirror replay SESSION`.")
        elif asked in (Action.EVENT, Action.EXCLUDE):
            say(self._recorder.mark("event" if asked is Action.EVENT else "exclude", shown))
        elif asked is Action.QUIT:
            self._stop.set()
        elif asked is Action.PAUSE:
            part.feed.paused = not part.feed.paused
        elif asked is Action.CALIBRATE and not (part.feed.running or part.feed.paused):
            say("The source has ended: there is nothing to calibrate from.")
        elif asked is Action.CALIBRATE:
            part.feed.paused = False  # a calibration needs the coming seconds
            self._telling.forget()
            pipeline.calibrate(self._neutral_s)
            if self._replay is not None:
                self._replay.play()
            say("Rest your face and look at the camera.")
        elif asked is Action.ADJUST:
            if pipeline.identity is None:
                say("Not calibrated yet: press N and rest your face.")
            else:
                self._ui.adjusted = not self._ui.adjusted
        elif isinstance(asked, Choose):
            self._chooser.choose(asked)
        elif asked in _NEXT:
            self._chooser.next(asked, self._ui.model)
        elif asked is Action.DEFAULTS:
            self._defaults(panel=screen is not None and screen.visible)
        elif screen is not None:
            self._act_on(screen, asked, shown_part, shown)

    def _act_on(self, screen: Screen, asked: Request, part: PipelineRun, shown: FrameResult | None) -> None:
        if asked is Action.FULLSCREEN:
            screen.toggle_fullscreen()
        elif asked is Action.COPY:
            self._copy(screen, part, shown)
        elif 0 in screen.size_px:
            return
        elif asked is Action.SCREENSHOT:
            self._recorder.save_picture(screen.read())
        elif asked is Action.RECORD:
            self._toggle_recording(screen)

    def _toggle_recording(self, screen: Screen) -> None:
        if self._recorder.running:
            self._recorder.stop()
            return
        try:
            self._recorder.start(screen.size_px)
        except MeshmirrorError as error:
            self._telling.say(str(error))

    def _copy(self, screen: Screen, part: PipelineRun, shown: FrameResult | None) -> None:
        if shown is None:
            self._telling.say("There are no numbers yet.")
            return
        text = moment_text(part.source.info.name, shown)
        if screen.copy(text):
            self._telling.say("The numbers of the moment are in the clipboard.")
        else:
            self._telling.say("There is no clipboard here; the numbers are on the terminal.", text)

    def _defaults(self, panel: bool) -> None:
        delivered, now = ViewState.of(ViewConfig(), panel=panel).settings(), self._ui.settings()
        if now != delivered:
            self._before_defaults = now
            self._put(delivered)
            self._telling.say("The window is as delivered; once more brings your settings back.")
        elif self._before_defaults is not None:
            self._put(self._before_defaults)
            self._telling.say("The window is as it was.")
        else:
            self._telling.say("The window is as delivered.")

    def _put(self, settings: dict[str, Any]) -> None:
        for name, value in settings.items():
            setattr(self._ui, name, value)
