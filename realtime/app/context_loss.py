"""Recovery from a lost OpenGL context: the window is opened again, and the run continues with or without it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from realtime.core.errors import DisplayError
from realtime.core.process import Notify
from realtime.core.run_report import WindowReport
from realtime.view import Screen

if TYPE_CHECKING:
    from realtime.view import MirrorView

AGAIN_S = 10.0  # after a second loss within this time the window stays closed: the next one would be lost as well

OpenScreen = Callable[[tuple[int, int], bool], Screen]  # of a size in layout units; whether it fills its monitor


class ContextLossRecovery:
    """Detects that the OpenGL context is lost, and opens a new window with a new view."""

    def __init__(self, open_screen: OpenScreen, open_view: Callable[[Screen], MirrorView], notify: Notify) -> None:
        self._open_screen, self._open_view, self._notify = open_screen, open_view, notify
        self._times = 0
        self._last: float | None = None
        self._failure: str | None = None

    def drawn(self, screen: Screen, draw: Callable[[], None]) -> bool:
        """Draw; False if the context is lost, and with it what was drawn."""
        import moderngl  # loaded already where there is a screen; without one it is not needed

        try:
            draw()
        except moderngl.Error:
            if not screen.lost:
                raise
        return 0 in screen.size_px or not screen.lost  # a minimised window has no picture to lose

    def again(self, screen: Screen, view: MirrorView | None) -> tuple[Screen, MirrorView] | None:
        """Close both and open new ones of the same size; None if the window stays closed."""
        width, height = (round(side / screen.scale) for side in screen.size_px)
        fullscreen = screen.fullscreen
        now, last = time.monotonic(), self._last
        self._last = now
        if view is not None:
            view.close()
        screen.close()
        try:
            if last is not None and now - last < AGAIN_S:
                raise DisplayError(f"That was the second time within {AGAIN_S:g} s.")
            found = self._opened((width, height), fullscreen)
        except DisplayError as error:
            self._failure = f"The graphics card was reset, and the window ended with it. {error}"
            self._notify(f"{self._failure} Continuing without a window.")
            return None
        self._times += 1
        self._notify("The graphics card was reset; the window was reopened.")
        return found

    def report(self) -> WindowReport:
        """How often a new window was opened, and why there is none in the end."""
        return WindowReport(reopened=self._times, failure=self._failure)

    def _opened(self, size: tuple[int, int], fullscreen: bool) -> tuple[Screen, MirrorView]:
        screen = self._open_screen(size, fullscreen)
        try:
            return screen, self._open_view(screen)
        except DisplayError:
            screen.close()
            raise
