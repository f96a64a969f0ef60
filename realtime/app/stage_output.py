"""The stage on a second monitor, while the window with the controls stays as it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from realtime.core.errors import DisplayError
from realtime.core.frame_result import FrameResult
from realtime.core.process import Notify
from realtime.core.status import Status
from realtime.core.view_state import ViewState
from realtime.view import Screen

if TYPE_CHECKING:
    from realtime.view import MirrorView
    from realtime.view.screen.output import Output
    from realtime.view.screen.target import Target

OpenView = Callable[["Target"], "MirrorView"]


class StageOutput:
    """Opens and closes the output as the user wants it, and draws into it; for the main thread only."""

    def __init__(self, open_view: OpenView | None, notify: Notify) -> None:
        """`open_view` makes the view of an output; None: what is shown has no stage to put there."""
        self._open_view = open_view
        self._notify = notify
        self._output: Output | None = None
        self._view: MirrorView | None = None

    def draw(self, screen: Screen, result: FrameResult | None, status: Status, ui: ViewState) -> None:
        """Draw the stage before the main window's picture: whose view is drawn last gets the mouse and the keys."""
        if not ui.output:
            self.close()
            return
        if self._output is not None and not self._output.alive:
            self.close()
            ui.output = False
            self._notify("The output window was closed, or its monitor is gone.")
            return
        if self._output is None and not self._opened(screen):
            ui.output = False
            return
        output, view = self._output, self._view
        if output is None or self._open_view is None:
            return
        if view is None:
            self._view = view = self._open_view(output)
        view.resize(output.size_px, output.scale)
        view.draw(output.framebuffer, result, for_audience(status), on_stage(ui))

    def show(self) -> None:
        """Show what was drawn."""
        if self._output is not None:
            self._output.show()

    def renew(self) -> None:
        """Other models are shown: the next picture is of a view of their own."""
        view, self._view = self._view, None
        if view is not None:
            view.close()

    def close(self) -> None:
        """Close the output; may be called twice."""
        self.renew()
        output, self._output = self._output, None
        if output is not None:
            output.close()

    def abandon(self) -> None:
        """The display is gone: nothing of it can be freed."""
        self._output = self._view = None

    def _opened(self, screen: Screen) -> bool:
        if self._open_view is None:
            self._notify("Two replays side by side have no output window.")
            return False
        try:
            self._output = screen.open_output()
        except DisplayError as error:
            self._notify(f"No output window: {error}")
            return False
        if self._output is None:
            self._notify("There is one monitor, so there is no output window; L shows the stage here.")
        return self._output is not None


def on_stage(ui: ViewState) -> ViewState:
    """The stage of what is set in the window, without its controls; requests in it go nowhere."""
    return replace(ui, stage=True, panel=False, help=False, introduced=True, explained=0, actions=[])


def for_audience(status: Status) -> Status:
    """Without what is meant for whoever works the controls."""
    return replace(status, notifications=(), question=None, recording_s=None, streams=())
