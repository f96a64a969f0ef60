"""What all programs share: the options of a command beyond the settings, and the signals that end a run."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from realtime.core.process import Notify
from realtime.view import Screen, open_window

if TYPE_CHECKING:
    from realtime.app.story import Story

log = logging.getLogger("meshmirror")

MESSAGE_S = 4.0


@dataclass
class RunOptions:
    """Options of a command beyond the settings."""

    headless: bool = False
    frames: int | None = None  # stop after so many
    neutral_s: float | None = None  # calibrate at the start
    look_around_s: float | None = None  # and then measure the response to the head pose
    unattended: bool = False  # nobody at the window is waited for
    remember: bool = False  # a window begins as the last one was left
    title: str = "Meshmirror"
    story: Story | None = None  # how the source is told, with captions
    stop: threading.Event = field(default_factory=threading.Event)
    interrupted: bool = False  # set when a signal ended the run
    notify: Notify = log.info  # writes a line for the user to the terminal
    open_window: Callable[..., Screen] = open_window


@contextmanager
def stopping_signals(options: RunOptions, *, at_once: bool = False) -> Iterator[None]:
    """INT, TERM and HUP end the run in order.

    `finally` alone does not run on TERM and HUP, and a second Ctrl-C must not skip the closing.

    `at_once` raises KeyboardInterrupt as well, for what would check the flag too late. The flag is set all the same: an
    exception that meets a callback of native code or of the import machinery is lost.
    """

    def on_signal(*_: object) -> None:
        options.interrupted = True
        options.stop.set()
        if at_once:
            raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    names = [name for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name)]
    before = {name: signal.signal(getattr(signal, name), on_signal) for name in names}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(getattr(signal, name), signal.SIG_DFL if handler is None else handler)
