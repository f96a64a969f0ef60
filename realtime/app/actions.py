"""Handles the requests of keys and buttons; the view itself handles those that change the view alone."""

from __future__ import annotations

import threading
from pathlib import Path

from realtime.app.calibration_watch import CalibrationWatch, findings_of, neutral_facts
from realtime.app.desktop import open_folder, open_replay
from realtime.app.face_commands import FaceCommands
from realtime.app.layout_commands import LayoutCommands
from realtime.app.notifications import Notifications
from realtime.app.playback_control import PlaybackControl
from realtime.app.questions import Questions
from realtime.app.runs import Runs
from realtime.app.saved_layouts import SavedLayouts
from realtime.app.snapshot_text import measurements_text
from realtime.app.stream_commands import StreamCommands
from realtime.app.stretch_export import StretchExporter
from realtime.app.switcher import SourceSwitcher
from realtime.app.view_history import ViewHistory
from realtime.core.commands import (
    BY_KEY,
    Action,
    Answer,
    Choose,
    CloseWindow,
    CopyStream,
    ExportStretch,
    MarkEvent,
    NameEvent,
    OpenPath,
    OpenRecording,
    Request,
    Seek,
    SetRecording,
    SwitchStream,
    UseLayout,
)
from realtime.core.config import Config, ViewConfig
from realtime.core.errors import MeshmirrorError
from realtime.core.frame_result import FrameResult
from realtime.core.neutral import person_name
from realtime.core.status import Question
from realtime.core.undo_history import UndoHistory
from realtime.core.view_changes import Snapshot, restore, snapshot
from realtime.core.view_state import ViewState
from realtime.pipeline.build import Pipeline
from realtime.session.folder import is_session
from realtime.session.write import Recorder
from realtime.view import FileDialog, Screen, apply

_REPLAY = (
    Action.STEP_BACK, Action.STEP, Action.JUMP_BACK, Action.JUMP, Action.FIRST, Action.LAST, Action.SLOWER,
    Action.FASTER, Action.LOOP, Action.IN_POINT, Action.OUT_POINT,
)  # fmt: skip
_CALIBRATIONS = (Action.CALIBRATE, Action.LOOK_AROUND)
_END_S, _REPLACE_S = 4, 10  # how long a question waits for its answer
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
        history: UndoHistory,
        questions: Questions,
        layouts: SavedLayouts,
        streams: StreamCommands,
        replay: PlaybackControl | None = None,
    ) -> None:
        self._config = config
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
        self._history = history
        self._questions = questions
        self._dialog = FileDialog()
        self._view_history = ViewHistory(ui, history)
        self._session = Path(config.source.path)  # of a replay
        self._exporter = StretchExporter(notifications.of("output"))
        self._streams = streams
        self._layouts = LayoutCommands(ui, layouts, history, self._view_history, notifications)
        self._before_defaults: Snapshot | None = None
        self._faces = FaceCommands(runs, history, notifications, self._show_another_face)

    def watch_view(self) -> None:
        """Note what the user has changed in the view since the last call, as a step that can be undone."""
        self._view_history.watch()

    def accept_view(self) -> None:
        """The view was changed by the program: that is no step."""
        self._view_history.accept()

    def handle(self, request: Request, screen: Screen | None, shown: FrameResult | None) -> None:
        """Handle a request for the present run; `shown` is the result on screen."""
        run, post = self._runs.current, self._notifications.post
        compared = self._replay is not None and self._replay.pair is not None
        models = 2 if compared else len(self._runs.shown.models)
        pipeline = run.pipeline
        if self._answers(request):
            return
        if self._replay is not None and self._replay.act(request, shown, self._notifications.of("playback")):
            return
        if request in (Action.MODEL, Action.DISAGREE) and models < 2:
            post("model", "There is one model. Select others in the panel (F9), or give --model up to three times.")
        elif apply(self._ui, request, models):
            return
        elif request in _REPLAY or isinstance(request, Seek):
            post("playback", "Only a replay can be stepped through: `meshmirror replay SESSION`.")
        elif isinstance(request, ExportStretch):
            self._exporter.start(self._session, request)
        elif request in (Action.EVENT, Action.EXCLUDE):
            post("output", self._recorder.mark("event" if request is Action.EVENT else "exclude", shown))
        elif isinstance(request, MarkEvent):
            post("output", self._recorder.mark_own(request.number, shown))
        elif isinstance(request, NameEvent):
            post("output", self._recorder.name_event(request.name))
        elif isinstance(request, SetRecording):
            self._set_recording(request)
        elif isinstance(request, OpenRecording):
            problem = (open_replay if request.replay else open_folder)(Path(request.path))
            if problem:
                post("output", problem, error=True)
        elif isinstance(request, OpenPath):
            self._open(Path(request.path))
        elif request in (Action.OPEN, Action.OPEN_SESSION):
            problem = self._dialog.ask(folder=request is Action.OPEN_SESSION)
            if problem:
                post("source", problem, error=True)
        elif isinstance(request, CloseWindow):
            self._stop.set()
        elif request is Action.QUIT:
            self._quit(ask=screen is not None and screen.visible)
        elif request in (Action.UNDO, Action.REDO):
            self._undo(models, redo=request is Action.REDO)
        elif request is Action.PAUSE:
            run.paused = not run.paused
        elif request in _CALIBRATIONS and not (run.running or run.paused):
            post("calibration", "The source has ended: there are no frames to calibrate with.")
        elif request in _CALIBRATIONS:
            ask = screen is not None and screen.visible
            self._ask_to_calibrate(pipeline, look_around=request is Action.LOOK_AROUND, ask=ask)
        elif request is Action.ACCEPT_NEUTRAL:
            self._calibration.accept(pipeline)
        elif request is Action.DISCARD_NEUTRAL:
            self._calibration.discard(pipeline)
        elif request is Action.NEXT_PERSON and self._replay is not None:
            post("calibration", "This is a replay: its people are recorded.")
        elif request is Action.NEXT_PERSON:
            self._runs.resume()  # the next one is waiting
            self._calibration.next_person(pipeline)
        elif self._faces.handle(request, shown):
            return
        elif request is Action.UNDO_NEUTRAL:
            self._calibration.undo(pipeline)
        elif request is Action.ADJUST:
            if pipeline.identity is None:
                post("calibration", "Not calibrated yet: press N and relax your face.")
            else:
                self._ui.adjusted = not self._ui.adjusted
        elif isinstance(request, UseLayout):
            self._layouts.handle(request)
        elif isinstance(request, SwitchStream):
            self._streams.switch(request)
        elif isinstance(request, Choose) and request.what == "person":
            self._choose_person(request.value)
        elif isinstance(request, Choose):
            self._switcher.choose(request)
        elif request in _NEXT:
            self._switcher.next(request, self._ui.model)
        elif request is Action.DEFAULTS:
            self._defaults()
        elif screen is not None:
            self._handle_on(screen, request, shown)

    def close(self) -> None:
        """End what is still under way; may be called twice."""
        self._exporter.close()

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

    def _show_another_face(self) -> None:
        """Another face was chosen: a pause has no frame that would show it."""
        if self._replay is not None and not self._replay.playing:
            self._replay.again()
        elif self._runs.current.paused:
            self._notifications.post("source", "The face that was chosen is shown when the run goes on.")

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
        elif isinstance(request, CopyStream):
            self._streams.copy(request, screen)
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
            self._notifications.post("output", str(error), error=True)

    def _open(self, path: Path) -> None:
        """Show a source here; a session is replayed beside, since this run goes on."""
        if not is_session(path):
            self._switcher.choose(Choose("source", str(path)))
            return
        problem = open_replay(path)
        text = problem or f"{path.name} is replayed in a window of its own."
        self._notifications.post("source", text, error=bool(problem))

    def take_picked(self) -> None:
        """Open what was picked in a dialog meanwhile."""
        path = self._dialog.picked()
        if path is not None:
            self._open(path)

    def _set_recording(self, request: SetRecording) -> None:
        try:
            self._recorder.set_up(request.what, request.value)
        except MeshmirrorError as error:
            self._notifications.post("settings", str(error), error=True)

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

    def _defaults(self) -> None:
        """The view as it is delivered, but for the pinned vertices; where it is so already, as it was before."""
        mirrored = self._config.source.mirrored(self._runs.current.source.info.live)
        delivered = ViewState.of(ViewConfig(), mirrored=mirrored)
        delivered.pins = self._ui.pins
        wanted, now = snapshot(delivered), snapshot(self._ui)
        if any(now[name] != wanted[name] for name in now if name != "views_before"):
            self._before_defaults = now
            restore(self._ui, wanted)
            text = "Defaults of the view restored. F5 or Ctrl+Z undoes it."
        elif self._before_defaults is not None:
            restore(self._ui, self._before_defaults)
            text = "Your settings of the view are restored."
        else:
            text = "The view has its default settings."
        self._view_history.watch("defaults")
        self._notifications.post("settings", text)

    # What is asked before, and undone after

    def _answers(self, request: Request) -> bool:
        """Whether a request is the answer to the question that is open, whose keys may come before it was drawn."""
        question = self._questions.open
        if isinstance(request, Answer):
            self._questions.answer(request.yes)
            return True
        if question is None or isinstance(request, CloseWindow):
            return False
        yes = any(BY_KEY.get(key) == request for key in question.yes_keys)
        if yes or request is Action.QUIT:  # Escape is an answer to every question
            self._questions.answer(yes)
        return yes or request is Action.QUIT

    def _quit(self, *, ask: bool) -> None:
        """End the program; a recording is ended on purpose only, with a second press."""
        if not (ask and self._recorder.running):
            self._stop.set()
            return
        question = Question(
            "end recording", "End the recording and the program?", ("What was recorded is saved.",), "End",
            "Go on recording", ("Escape", "Enter", "Q"), _END_S,
        )  # fmt: skip
        self._questions.ask(question, self._stop.set)

    def _ask_to_calibrate(self, pipeline: Pipeline, *, look_around: bool, ask: bool) -> None:
        """A good neutral is replaced on purpose only. Looking around is added to it, and needs no question."""
        identity = pipeline.identity
        good = identity is not None and not findings_of(identity) and pipeline.calibration.state == "idle"
        if identity is None or not (ask and good and not (look_around and identity.rest is not None)):
            self._calibrate(pipeline, look_around=look_around)
            return
        question = Question(
            "replace neutral", "Replace your neutral face?", neutral_facts(identity), "Take a new one", "Keep it",
            ("N", "Enter"), _REPLACE_S,
        )  # fmt: skip
        self._questions.ask(question, lambda: self._calibrate(self._runs.current.pipeline, look_around=look_around))

    def _undo(self, models: int, *, redo: bool) -> None:
        """Undo the newest step, or do again what was undone last."""
        step = self._history.redo() if redo else self._history.undo()
        self._ui.model = min(self._ui.model, models - 1)  # there may be fewer than there were
        self._ui.disagreement = self._ui.disagreement and models > 1
        self._view_history.accept()
        if step is None:
            self._notifications.post("settings", f"There is nothing to {'do again' if redo else 'undo'}.")
        elif step.kind == "view":  # others tell of themselves
            self._notifications.post("settings", f"{'Done again' if redo else 'Undone'}: {step.name}.")
