"""INT, TERM and HUP end a command by KeyboardInterrupt, but not while an output is being created or removed."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class _Interrupts:
    """The signals of one command, and whether an interrupt has to wait; Python handles signals in its main thread."""

    came: list[int] = field(default_factory=list)  # the signals' numbers
    held: int = 0  # nested blocks
    waiting: bool = False

    def interrupt(self, number: int, _: object) -> None:
        self.came.append(number)
        if self.held:
            self.waiting = True
        else:
            raise KeyboardInterrupt


_interrupts = _Interrupts()


def interrupt_on_signals() -> list[int]:
    """From now on INT, TERM and HUP raise KeyboardInterrupt; the list gets the numbers of the signals that come."""
    global _interrupts  # each command line begins anew; tests run many in one process
    _interrupts = _Interrupts()
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        # What is ignored stays ignored: nohup has its reasons.
        if number is not None and signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
            signal.signal(number, _interrupts.interrupt)
    return _interrupts.came


@contextmanager
def held_back() -> Iterator[None]:
    """An interrupt that comes within the block is raised at its end, so that a file is not created without its owner
    knowing it, and a second Ctrl-C does not prevent a removal. For what takes milliseconds.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    interrupts = _interrupts
    interrupts.held += 1
    try:
        yield
    finally:
        interrupts.held -= 1
        if interrupts.waiting and not interrupts.held:
            interrupts.waiting = False
            raise KeyboardInterrupt
