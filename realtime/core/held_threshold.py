"""A threshold with hysteresis and a holding time, over values at any times."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

from realtime.core.event_rule import EventRule, RuleEvent


@dataclass(slots=True)
class HeldThreshold:
    """The state of one rule.

    It begins at the first value that is at or beyond `enter` with all before it, over `hold_s`, there too; it ends in
    the same way at or beyond `leave`. A value that is missing or not finite is neither: it does not begin anything,
    and counts as back beyond `leave`.
    """

    rule: EventRule
    active: bool = False
    _crossed_ns: int | None = None  # since when the value is where it would change the state

    def update(self, time_ns: int, value: float | None) -> RuleEvent | None:
        """What begins or ends with this value; times must increase, else call `interrupt` first."""
        if not self._changes(value):
            self._crossed_ns = None
            return None
        if self._crossed_ns is None:
            self._crossed_ns = time_ns
        if time_ns - self._crossed_ns < self.rule.hold_s * 1e9:
            return None
        return self._turn(time_ns, value)

    def interrupt(self, time_ns: int) -> RuleEvent | None:
        """Forget what was pending; the end of an event that was active, at this time: nothing is known after it."""
        self._crossed_ns = None
        if not self.active:
            return None
        self._crossed_ns = time_ns
        return self._turn(time_ns, None)

    def _changes(self, value: float | None) -> bool:
        rule = self.rule
        if value is None or not isfinite(value):
            return self.active
        if self.active:
            return value <= rule.leave if rule.rising else value >= rule.leave
        return value >= rule.enter if rule.rising else value <= rule.enter

    def _turn(self, time_ns: int, value: float | None) -> RuleEvent:
        assert self._crossed_ns is not None
        self.active = not self.active
        crossed_ns, self._crossed_ns = self._crossed_ns, None
        return RuleEvent(self.rule.name, self.active, time_ns, crossed_ns, value)
