"""Pictures of the stage for other programs: drawn in memory at one size, while somebody looks at them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from realtime.app.stage_view import OpenView, StageView
from realtime.core.frame_result import FrameResult
from realtime.core.status import Status
from realtime.core.view_state import ViewState
from realtime.stream.pictures.picture import StreamPicture
from realtime.stream.pictures.sender import PictureSender
from realtime.view import Screen

if TYPE_CHECKING:
    import moderngl

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


class StagePictures(StageView[PictureTarget]):
    """Draws the stage a second time, since the window has controls and any size; for the main thread only."""

    def __init__(self, open_view: OpenView | None, sender: PictureSender) -> None:
        """`open_view` makes the view of a target; None: what is shown has no stage."""
        super().__init__(open_view)
        self._sender = sender
        self._drawn_s = 0.0  # monotonic clock

    @property
    def awaited(self) -> bool:
        """Whether somebody looks who has not got a picture for a while."""
        return self._sender.wanted and time.monotonic() - self._drawn_s > _STILL_S

    def draw(self, screen: Screen, result: FrameResult | None, status: Status, ui: ViewState, *, live: bool) -> None:
        """Draw and hand over, where that is due."""
        if self._open_view is None or not self._sender.due():
            return
        from realtime.view.screen.offscreen import read_pixels

        self._drawn_s = time.monotonic()
        accepted_ns = time.monotonic_ns()
        if self.target is None:
            self.target = PictureTarget(screen.ctx, self._sender.size)
        target = self.target
        self._draw_stage(result, status, ui)
        captured_ns = accepted_ns
        if result is not None:
            captured_ns = result.frame.stamp_ns if live else result.frame.arrived_ns
        self._sender.show(StreamPicture(read_pixels(target.framebuffer, target.pixels), captured_ns, accepted_ns))
