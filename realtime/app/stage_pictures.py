"""Pictures of the stage for other programs: drawn in memory at one size, while somebody looks at them."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from realtime.app.stage_output import for_audience, on_stage
from realtime.core.frame_result import FrameResult
from realtime.core.status import Status
from realtime.core.view_state import ViewState
from realtime.stream.pictures.picture import StreamPicture
from realtime.stream.pictures.sender import PictureSender
from realtime.view import Screen

if TYPE_CHECKING:
    import moderngl

    from realtime.view import MirrorView
    from realtime.view.screen.target import Target

OpenView = Callable[["Target"], "MirrorView"]
_STILL_S = 1.0  # while nothing new comes, whoever begins to look gets a picture after this time


class PictureTarget:
    """What the pictures are drawn into."""

    scale = 1.0

    def __init__(self, ctx: moderngl.Context, size: tuple[int, int]) -> None:
        self.size_px = size
        self._color = ctx.renderbuffer(size, 4)
        self.framebuffer = ctx.framebuffer([self._color])
        self.pixels = np.empty((size[1], size[0], 4), np.uint8)

    def close(self) -> None:
        """Free it."""
        self.framebuffer.release()
        self._color.release()


class StagePictures:
    """Draws the stage a second time, since the window has controls and any size; for the main thread only."""

    def __init__(self, open_view: OpenView | None, sender: PictureSender) -> None:
        """`open_view` makes the view of a target; None: what is shown has no stage."""
        self._open_view, self._sender = open_view, sender
        self._target: PictureTarget | None = None
        self._view: MirrorView | None = None
        self._drawn_s = 0.0  # monotonic clock

    @property
    def awaited(self) -> bool:
        """Whether somebody looks who has not got a picture for a while."""
        return self._sender.wanted and time.monotonic() - self._drawn_s > _STILL_S

    def draw(self, screen: Screen, result: FrameResult | None, status: Status, ui: ViewState, *, live: bool) -> None:
        """Draw and hand over, where that is due. Before the main window: whose view is drawn last gets the mouse."""
        if self._open_view is None or not self._sender.due():
            return
        from realtime.view.screen.offscreen import read_pixels

        self._drawn_s = time.monotonic()
        accepted_ns = time.monotonic_ns()
        if self._target is None:
            self._target = PictureTarget(screen.ctx, self._sender.size)
        if self._view is None:
            self._view = self._open_view(self._target)
        target = self._target
        self._view.draw(target.framebuffer, result, for_audience(status), on_stage(ui))
        captured_ns = accepted_ns
        if result is not None:
            captured_ns = result.frame.stamp_ns if live else result.frame.arrived_ns
        self._sender.show(StreamPicture(read_pixels(target.framebuffer, target.pixels), captured_ns, accepted_ns))

    def renew(self) -> None:
        """Other models are shown: the next picture is of a view of their own."""
        view, self._view = self._view, None
        if view is not None:
            view.close()

    def close(self) -> None:
        """Free all; may be called twice."""
        self.renew()
        target, self._target = self._target, None
        if target is not None:
            target.close()

    def abandon(self) -> None:
        """The display is gone: nothing of it can be freed."""
        self._target = self._view = None
