"""Handles the requests of keys and buttons; the view itself handles those that change the view alone."""

from __future__ import annotations

import threading
from typing import Any

from realtime.app.calibration_watch import CalibrationWatch
from realtime.app.notifications import Notifications
from realtime.app.playback_control import PlaybackControl
from realtime.app.runs import Runs
from realtime.app.snapshot_text import measurements_text
from realtime.app.switcher import SourceSwitcher
from realtime.core.commands import Action, Choose, Request, Seek
from realtime.core.config import Config, ViewConfig
from realtime.core.errors import MeshmirrorError
from realtime.core.frame_result import FrameResult
from realtime.core.neutral import person_name
from realtime.core.view_state import ViewState
from realtime.pipeline.build import Pipeline
from realtime.session.write import Recorder
from realtime.view import Screen, apply

_REPLAY = (
    Action.STEP_BACK, Action.STEP, Action.JUMP_BACK, Action.JUMP, Action.FIRST, Action.LAST, Action.SLOWER,
    Action.FASTER, Action.LOOP, Action.IN_POINT, Action.OUT_POINT,
)  # fmt: skip
_CALIBRATIONS = (Action.CALIBRATE, Action.LOOK_AROUND)
_NEXT = (Action.NEXT_SOURCE, Action.NEXT_MODEL, Action.NEXT_EMOTION, Action.POSE)


class ActionHandler:
    """Handles the requests of keys and buttons."""

    def __init__(
        self,
        config: Config,
        stop: threading.Event,
        ui: ViewState,
        recorder: Recorder,
        switcher: SourceSwitcher,
        notifications: Notifications,
        runs: Runs,
        calibration: CalibrationWatch,
        replay: PlaybackControl | None = None,
    ) -> None:
        self._neutral_s = config.model.neutral_s
        self._look_around_s = config.model.look_around_s
        self._stop = stop
        self._ui = ui
        self._recorder = recorder
        self._switcher = switcher
        self._notifications = notifications
        self._runs = runs
        self._calibration = calibration
        self._replay = replay
        self._before_defaults: dict[str, Any] | None = None

    def handle(self, request: Request, screen: Screen | None, shown: FrameResult | None) -> None:
        """Handle a request for the present run; `shown` is the result on screen."""
        run, post = self._runs.current, self._notifications.post
        compared = self._replay is not None and self._replay.pair is not None
        models = 2 if compared else len(self._runs.shown.models)
        pipeline = run.pipeline
        if self._replay is not None and self._replay.act(request, shown, self._notifications.of("playback")):
            return
        if request in (Action.MODEL, Action.DISAGREE) and models < 2:
            post("model", "There is one model. Select others in the panel (Tab), or give --model up to three times.")
        elif apply(self._ui, request, models):
            return
        elif request in _REPLAY or isinstance(request, Seek):
            post("playback", "Only a replay can be stepped through: `meshmirror replay SESSION`.")
        elif request in (Action.EVENT, Action.EXCLUDE):
            post("output", self._recorder.mark("event" if request is Action.EVENT else "exclude", shown))
        elif request is Action.QUIT:
            self._stop.set()
        elif request is Action.PAUSE:
            run.paused = not run.paused
        elif request in _CALIBRATIONS and not (run.running or run.paused):
            post("calibration", "The source has ended: there are no frames to calibrate with.")
        elif request in _CALIBRATIONS:
            self._calibrate(pipeline, look_around=request is Action.LOOK_AROUND)
        elif request is Action.ACCEPT_NEUTRAL:
            self._calibration.accept(pipeline)
        elif request is Action.DISCARD_NEUTRAL:
            self._calibration.discard(pipeline)
        elif request is Action.UNDO_NEUTRAL:
            self._calibration.undo(pipeline)
        elif request is Action.ADJUST:
            if pipeline.identity is None:
                post("calibration", "Not calibrated yet: press N and relax your face.")
            else:
                self._ui.adjusted = not self._ui.adjusted
        elif isinstance(request, Choose) and request.what == "person":
            self._choose_person(request.value)
        elif isinstance(request, Choose):
            self._switcher.choose(request)
        elif request in _NEXT:
            self._switcher.next(request, self._ui.model)
        elif request is Action.DEFAULTS:
            self._defaults(panel=screen is not None and screen.visible)
        elif screen is not None:
            self._handle_on(screen, request, shown)

    def _calibrate(self, pipeline: Pipeline, *, look_around: bool) -> None:
        """Start a calibration; looking around begins with a rest where the neutral in use does not know its pose."""
        self._runs.resume()  # a calibration needs the coming seconds
        self._calibration.forget()
        text = "Relax your face and look at the camera."
        if look_around and pipeline.identity is not None and pipeline.identity.rest is not None:
            pipeline.look_around(self._look_around_s)
            text = "Keep your face at rest and look left, right, up and down."
            if pipeline.calibration.step is None:  # of several models, one without a neutral
                text = f"No pose response: {pipeline.calibration.note}."
        else:
            pipeline.calibrate(self._neutral_s, self._look_around_s if look_around else None)
        if self._replay is not None:
            self._replay.play()
        self._notifications.post("calibration", text)

    def _choose_person(self, value: str | tuple[str, ...]) -> None:
        if self._replay is not None:
            self._notifications.post("calibration", "This is a replay: its neutrals are recorded.")
            return
        try:
            person = person_name(value) if isinstance(value, str) and value else ""
        except ValueError as error:
            self._notifications.post("calibration", f"{str(error).capitalize()}.")
            return
        self._calibration.choose_person(self._runs.current.pipeline, person)

    def _handle_on(self, screen: Screen, request: Request, shown: FrameResult | None) -> None:
        if request is Action.FULLSCREEN:
            screen.toggle_fullscreen()
        elif request is Action.COPY:
            self._copy(screen, shown)
        elif 0 in screen.size_px:
            return
        elif request is Action.SCREENSHOT:
            self._recorder.save_picture(screen.read())
        elif request is Action.RECORD:
            self._toggle_recording(screen)

    def _toggle_recording(self, screen: Screen) -> None:
        if self._recorder.running:
            self._recorder.stop()
            return
        try:
            self._recorder.start(screen.size_px)
        except MeshmirrorError as error:
            self._notifications.post("output", str(error))

    def _copy(self, screen: Screen, shown: FrameResult | None) -> None:
        if shown is None:
            self._notifications.post("clipboard", "There are no measurements yet.")
            return
        pair = None if self._replay is None or self._replay.pair is None else self._replay.pair.paired(shown)
        if pair is None:
            text = measurements_text(self._runs.shown.source.info.name, shown)
        else:
            named = ((f"{name} {side.label}", side) for name, side in zip("AB", pair.sides, strict=True))
            text = "\n".join(measurements_text(name, side.result) for name, side in named if side.result is not None)
        if screen.copy(text):
            self._notifications.post("clipboard", "Measurements copied.")
        else:
            self._notifications.post("clipboard", "There is no clipboard; the measurements are in the terminal.", text)

    def _defaults(self, panel: bool) -> None:
        delivered, now = ViewState.of(ViewConfig(), panel=panel).settings(), self._ui.settings()
        if now != delivered:
            self._before_defaults = now
            self._put(delivered)
            self._notifications.post("settings", "Defaults restored. F5 undoes it.")
        elif self._before_defaults is not None:
            self._put(self._before_defaults)
            self._notifications.post("settings", "Your settings are restored.")
        else:
            self._notifications.post("settings", "The settings are the defaults.")

    def _put(self, settings: dict[str, Any]) -> None:
        for name, value in settings.items():
            setattr(self._ui, name, value)
