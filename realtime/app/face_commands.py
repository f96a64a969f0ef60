"""Which of several faces is the chosen one: what keys, clicks and the panel ask for, and the way back."""

from __future__ import annotations

from collections.abc import Callable

from realtime.app.notifications import Notifications
from realtime.app.runs import Runs
from realtime.core.commands import Action, ChooseFace, Request
from realtime.core.frame_result import FrameResult
from realtime.core.undo_history import Step, UndoHistory
from realtime.pipeline.build import Pipeline

_STEPS = {Action.NEXT_FACE: 1, Action.PREVIOUS_FACE: -1}


class FaceCommands:
    """Handles the choice of a face for the present run."""

    def __init__(
        self, runs: Runs, history: UndoHistory, notifications: Notifications, changed: Callable[[], None]
    ) -> None:
        """A choice is a step of the history; `changed` is called after each."""
        self._runs = runs
        self._history = history
        self._notifications = notifications
        self._changed = changed

    def handle(self, request: Request, shown: FrameResult | None) -> bool:
        """Handle a request; False where it is not about the choice of a face. `shown` is the result on screen."""
        if isinstance(request, ChooseFace):
            self._choose(request.track_id, shown)
        elif request is Action.AUTOMATIC_FACE:
            self._choose(None, shown)
        elif isinstance(request, Action) and request in _STEPS:
            track_id = self._runs.current.pipeline.choose_next_face(_STEPS[request])
            if track_id is None:
                self._notifications.post("source", "There is no other face. The control panel has the key F9.")
            else:
                self._note(track_id, shown)
        else:
            return False
        return True

    def _choose(self, track_id: int | None, shown: FrameResult | None) -> None:
        self._runs.current.pipeline.choose_face(track_id)
        self._note(track_id, shown)

    def _note(self, track_id: int | None, shown: FrameResult | None) -> None:
        """A step to undo, where it changes something; faces of another run cannot be chosen in this one."""
        self._changed()
        chosen = None if shown is None else shown.chosen
        before = chosen.track_id if chosen is not None and chosen.by_user else None
        pipeline = self._runs.current.pipeline
        if before != track_id:
            name = "automatic choice of the face" if track_id is None else f"face {track_id} chosen"
            put = self._put
            self._history.add(Step(name, lambda: put(pipeline, before), lambda: put(pipeline, track_id), "face"))

    def _put(self, pipeline: Pipeline, track_id: int | None) -> None:
        if self._runs.current.pipeline is not pipeline:
            self._notifications.post("source", "That face was of another run.")
            return
        pipeline.choose_face(track_id)
        self._changed()
        text = "The program chooses the face." if track_id is None else f"Face {track_id} is chosen."
        self._notifications.post("source", text)
