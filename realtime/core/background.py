"""Something that is made in a background thread."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

Made = TypeVar("Made")


class BackgroundTask(Generic[Made]):
    """Makes one thing; `wake` is called when it is done or has failed. A cancelled task's result is discarded."""

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
        """Whether it is there or has failed."""
        return self.made is not None or self.error is not None

    @property
    def age_s(self) -> float:
        """Seconds since it was begun."""
        return time.monotonic() - self._began

    def result(self) -> Made:
        """What was made; raises what making it raised. To be asked once it is done."""
        if self.error is not None:
            raise self.error
        made = self.made
        assert made is not None
        return made

    def give_up(self) -> None:
        """Discard it, now or when it is there."""
        with self._changing:
            self._wanted = False
            made, self.made = self.made, None
        if made is not None:
            self._discard(made)

    def take_back(self) -> bool:
        """Want it after all; False where it is too late."""
        with self._changing:
            self._wanted = self._wanted or not self.settled
            return self._wanted

    def join(self, timeout_s: float) -> None:
        """Wait for the thread, so that nothing is half open when the program ends."""
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
