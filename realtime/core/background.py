"""A value that is computed in a background thread."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

Made = TypeVar("Made")


class BackgroundTask(Generic[Made]):
    """Runs `make` in a thread and calls `wake` at its end or failure. A cancelled task's result is discarded."""

    def __init__(
        self, name: str, make: Callable[[], Made], discard: Callable[[Made], None], wake: Callable[[], None]
    ) -> None:
        """Begin at once; `name` is for the screen."""
        self.name = name
        self.error: Exception | None = None
        self.made: Made | None = None
        self._make, self._discard, self._wake = make, discard, wake
        self._began = time.monotonic()
        self._wanted = True
        self.settled = False  # made, failed, or discarded
        self._changing = threading.Lock()
        self._thread = threading.Thread(target=self._work, name=f"opening {name}", daemon=True)
        self._thread.start()

    @property
    def done(self) -> bool:
        """Whether it has finished or failed."""
        return self.made is not None or self.error is not None

    @property
    def age_s(self) -> float:
        """Seconds since it was begun."""
        return time.monotonic() - self._began

    def result(self) -> Made:
        """The result; raises what `make` raised. Call it only once `done` is true."""
        if self.error is not None:
            raise self.error
        made = self.made
        assert made is not None
        return made

    def cancel(self) -> None:
        """Cancel: discard the result, now or when it arrives."""
        with self._changing:
            self._wanted = False
            made, self.made = self.made, None
        if made is not None:
            self._discard(made)

    def uncancel(self) -> bool:
        """Undo the cancellation; False if the result was already discarded."""
        with self._changing:
            self._wanted = self._wanted or not self.settled
            return self._wanted

    def join(self, timeout_s: float) -> None:
        """Wait for the thread, so that nothing is left half open when the program ends."""
        self._thread.join(timeout_s)

    def _work(self) -> None:
        made = error = None
        try:
            made = self._make()
        except Exception as problem:  # reported by the main thread
            error = problem
        with self._changing:
            self.settled = True
            self.error = error
            if self._wanted:
                self.made = made
        if made is not None and self.made is None:
            self._discard(made)
        self._wake()
