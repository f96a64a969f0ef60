"""A mailbox: the single slot between the thread that computes and the thread that draws."""

from __future__ import annotations

import threading
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Mailbox(Generic[Item]):
    """Holds one item. `lossy`: a newer one replaces it (live). Otherwise the producer waits for `take` (files)."""

    def __init__(self, lossy: bool) -> None:
        self._lossy = lossy
        self._item: Item | None = None
        self._closed = False
        self._changed = threading.Condition()
        self.replaced = 0  # items that were replaced before they were taken

    def put(self, item: Item) -> bool:
        """Put an item; False once closed."""
        with self._changed:
            while not self._lossy and self._item is not None and not self._closed:
                self._changed.wait()
            if self._closed:
                return False
            self.replaced += self._item is not None
            self._item = item
            self._changed.notify_all()
            return True

    def take(self, timeout_s: float) -> Item | None:
        """The item, or None after `timeout_s`."""
        with self._changed:
            if self._item is None and not self._closed:
                self._changed.wait(timeout_s)
            item, self._item = self._item, None
            self._changed.notify_all()
            return item

    def close(self) -> None:
        """Wake both sides; an item that is in the slot can still be taken."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
