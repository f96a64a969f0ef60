"""Runs the mirror in a window of the bench's own, in place of the user's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from realtime.app.live import run_mirror
from realtime.app.run_options import RunOptions
from realtime.core.config import Config
from realtime.core.errors import DisplayError
from realtime.core.run_report import RunReport
from realtime.view import Screen

Own = TypeVar("Own", bound=Screen)


class OwnWindow(Generic[Own]):
    """The window of a run; one that cannot be opened ends the run."""

    def __init__(self, make: Callable[..., Own]) -> None:
        """`make` opens the window, with the arguments of `realtime.view.open_window`."""
        self._make = make
        self.window: Own | None = None  # the newest one that was opened
        self.error = ""  # why one could not be opened

    def run(self, config: Config) -> RunReport:
        """Run the mirror in it until it ends."""
        options = RunOptions(notify=lambda _: None)

        def open_window(*args: Any, **given: Any) -> Own:
            try:
                self.window = self._make(*args, **given)
            except DisplayError as error:
                self.error = str(error)
                options.stop.set()
                raise
            return self.window

        options.open_window = open_window
        return run_mirror(config, options)
