"""The stage on a target of its own, beside the window with the controls: its view, and how both are freed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Generic, TypeVar

from realtime.core.frame_result import FrameResult
from realtime.core.status import Status
from realtime.core.view_state import ViewState

if TYPE_CHECKING:
    from realtime.view import MirrorView
    from realtime.view.screen.target import Target

OpenView = Callable[["Target"], "MirrorView"]
Place = TypeVar("Place", bound="Target")


class StageView(Generic[Place]):
    """A target with its view, each once it is needed; for the main thread only."""

    def __init__(self, open_view: OpenView | None) -> None:
        """`open_view` makes the view of a target; None: what is shown has no stage."""
        self._open_view = open_view
        self.target: Place | None = None
        self._view: MirrorView | None = None

    def renew(self) -> None:
        """Other models are shown: the next picture is of a view of their own."""
        view, self._view = self._view, None
        if view is not None:
            view.close()

    def close(self) -> None:
        """Free both; may be called twice."""
        self.renew()
        target, self.target = self.target, None
        if target is not None:
            target.close()

    def abandon(self) -> None:
        """The display is gone: nothing of it can be freed."""
        self.target = self._view = None

    def _draw_stage(self, result: FrameResult | None, status: Status, ui: ViewState) -> None:
        """Draw into the target. Before the main window: whose view is drawn last gets the mouse and the keys."""
        target, view = self.target, self._view
        if target is None or self._open_view is None:
            return
        if view is None:
            self._view = view = self._open_view(target)
        view.resize(target.size_px, target.scale)
        view.draw(target.framebuffer, result, for_audience(status), on_stage(ui))


def on_stage(ui: ViewState) -> ViewState:
    """The stage of what is set in the window, without its controls; requests in it go nowhere."""
    return replace(ui, stage=True, panel=False, help=False, introduced=True, explained=0, actions=[])


def for_audience(status: Status) -> Status:
    """Without what is meant for whoever works the controls."""
    return replace(status, notifications=(), question=None, recording_s=None, streams=())
