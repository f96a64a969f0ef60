"""Events of values that rise and fall, with hysteresis, so that a value at the threshold sets off one and not many."""

from __future__ import annotations

from collections.abc import Iterator, Mapping


class Hysteresis:
    """Begins at or above `on`, ends at or below `off`."""

    def __init__(self, on: float, off: float) -> None:
        self._on, self._off = on, off
        self._active: set[str] = set()

    def update(self, values: Mapping[str, float] | None) -> Iterator[tuple[str, bool]]:
        """What has begun (True) or ended (False) with these values; without any, everything ends."""
        values = {} if values is None else values
        for name in [name for name in self._active if not values.get(name, 0.0) > self._off]:
            self._active.discard(name)
            yield name, False
        for name, value in values.items():
            if value >= self._on and name not in self._active:
                self._active.add(name)
                yield name, True
