"""The stage on a second monitor, while the window with the controls stays as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from realtime.app.stage_view import OpenView, StageView
from realtime.core.errors import DisplayError
from realtime.core.frame_result import FrameResult
from realtime.core.process import Notify
from realtime.core.status import Status
from realtime.core.view_state import ViewState
from realtime.view import Screen

if TYPE_CHECKING:
    from realtime.view.screen.output import Output  # noqa: F401 (in a quoted name)


class StageOutput(StageView["Output"]):
    """Opens and closes the output as the user wants it, and draws into it; for the main thread only."""

    def __init__(self, open_view: OpenView | None, notify: Notify) -> None:
        """`open_view` makes the view of an output; None: what is shown has no stage to put there."""
        super().__init__(open_view)
        self._notify = notify

    def draw(self, screen: Screen, result: FrameResult | None, status: Status, ui: ViewState) -> None:
        """Draw the stage, where the user wants it."""
        if not ui.output:
            self.close()
            return
        if self.target is not None and not self.target.alive:
            self.close()
            ui.output = False
            self._notify("The output window was closed, or its monitor is gone.")
            return
        if self.target is None and not self._opened(screen):
            ui.output = False
            return
        self._draw_stage(result, status, ui)

    def show(self) -> None:
        """Show what was drawn."""
        if self.target is not None:
            self.target.show()

    def _opened(self, screen: Screen) -> bool:
        if self._open_view is None:
            self._notify("Two replays side by side have no output window.")
            return False
        try:
            self.target = screen.open_output()
        except DisplayError as error:
            self._notify(f"No output window: {error}")
            return False
        if self.target is None:
            self._notify("There is one monitor, so there is no output window; L shows the stage here.")
        return self.target is not None
