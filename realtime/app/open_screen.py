"""Where a run draws: a window, an offscreen target, or nowhere."""

from __future__ import annotations

import os
import sys

from realtime.app.run_options import RunOptions
from realtime.core.config import Config
from realtime.core.errors import DisplayError
from realtime.core.files import is_video
from realtime.stream.address import parse_addresses
from realtime.view import Screen, open_offscreen

_NO_DISPLAY = "Continuing without a window: there is no display here. All the rest is done and written as with one."


def _no_display() -> bool:
    """Whether nothing is wrong with the display but that there is none, as on a server."""
    return sys.platform.startswith("linux") and not {"DISPLAY", "WAYLAND_DISPLAY"} & os.environ.keys()


def open_screen(config: Config, options: RunOptions) -> Screen | None:
    """A window; without a display None, or an offscreen target where pictures are to be recorded or streamed.

    Raises DisplayError where there is a video of it to record, or pictures to stream, and no OpenGL at all.
    """
    size = (config.view.width, config.view.height)
    if not options.headless:
        try:
            return options.open_window(options.title, size, config.view.vsync, fullscreen=config.view.fullscreen)
        except DisplayError as error:
            options.notify(_NO_DISPLAY if _no_display() else f"{error} Continuing without a window.")
    path = config.record.path
    streamed = any(address.pictures for address in parse_addresses(config.stream.outputs))
    if not streamed and (path is None or not (config.record.view or is_video(path))):
        return None
    try:
        return open_offscreen(size)
    except DisplayError as error:
        if streamed or path is None or is_video(path):
            raise
        options.notify(f"{error} The session is recorded without pictures of the window.")
        return None
