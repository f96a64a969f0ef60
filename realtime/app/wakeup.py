"""The sleep of the main thread, and what ends it."""

from __future__ import annotations

import threading

from realtime.view import Screen


class Wakeup:
    """Sleeps in the window's event queue, or in an event of its own where there is no window."""

    def __init__(self, screen: Screen | None) -> None:
        self.screen = screen  # replaced when the window is reopened, None once it is closed
        self._event = threading.Event()

    def wait(self, seconds: float) -> bool:
        """Sleep until `wake`, an event of the window, or the time is over; whether the user did anything."""
        screen = self.screen
        if screen is not None:
            return screen.wait(seconds)
        self._event.wait(seconds)
        self._event.clear()
        return False

    def wake(self) -> None:
        """End the sleep; for any thread."""
        screen = self.screen
        if screen is None:
            self._event.set()
        else:
            screen.wake()
