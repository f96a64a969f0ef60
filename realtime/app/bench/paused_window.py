"""The processor time of the program while its window is paused. Runs in a process of its own."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from functools import partial
from typing import Any

from realtime.app.bench.own_window import OwnWindow
from realtime.core.commands import Action, CloseWindow, Request
from realtime.core.config import Config
from realtime.core.view_state import ViewState
from realtime.view.screen.window import Window

RUN_S, SETTLE_S = 3.0, 1.5  # time before the pause, and from the pause to the measurement


class PausedWindow(Window):
    """A window with scripted input: Space, a wait, close. `taken` is the processor time of the wait."""

    def __init__(self, seconds: float, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.taken: dict[str, float] = {}
        self._script = self._act(seconds)

    def poll(self, ui: ViewState) -> list[Request]:
        """The user's actions, and those of the script."""
        return super().poll(ui) + next(self._script, [])

    def _act(self, seconds: float) -> Iterator[list[Request]]:
        yield from _until(time.monotonic() + RUN_S)
        yield [Action.PAUSE]
        yield from _until(time.monotonic() + SETTLE_S)
        start, used = time.monotonic(), time.process_time()
        yield from _until(start + seconds)
        wall = time.monotonic() - start
        self.taken = {"seconds": round(wall, 2), "share": round((time.process_time() - used) / wall, 4)}
        yield [CloseWindow()]  # Q would ask first while something is recorded


def _until(end: float) -> Iterator[list[Request]]:
    while time.monotonic() < end:
        yield []


def main() -> None:
    """SECONDS, with the settings as JSON on stdin: one JSON object on stdout."""
    config = Config.model_validate_json(sys.stdin.read())
    own = OwnWindow(partial(PausedWindow, float(sys.argv[1])))
    own.run(config)
    print(json.dumps({"error": own.error} if own.window is None else own.window.taken))


if __name__ == "__main__":
    main()
