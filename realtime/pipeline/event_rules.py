"""Rules at work: each result is evaluated, and what begins or ends is handed to whoever listens."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from realtime.core.errors import ConfigError
from realtime.core.event_rule import EventRule, RuleEvent, RuleListener
from realtime.core.frame_result import FrameResult
from realtime.core.held_threshold import HeldThreshold
from realtime.model import LinearMeshModel
from realtime.pipeline.event_values import Value, value_of

LONGEST_STEP_NS = 1_000_000_000  # between frames of one and the same course of values


class EventRules:
    """The rules of a program, over all of its runs.

    At a break nothing is carried over: an active event ends at the last frame before it. A break is a time that does
    not increase or grows by more than a second, another segment of the source, another run (source or models), and
    another face.
    """

    def __init__(
        self,
        rules: Sequence[EventRule],
        listeners: Iterable[RuleListener] = (),
        clock: Callable[[FrameResult], int] = lambda result: result.stamp,
    ) -> None:
        """`listeners` are called with every event, in order, by the thread that computes; they must not wait.

        `clock` gives the time of a result, ns; by default that in its source.
        """
        self.rules = tuple(rules)
        self.listeners: list[RuleListener] = list(listeners)
        self._clock = clock
        self._states = [HeldThreshold(rule) for rule in self.rules]
        self._values: tuple[Value, ...] = ()
        self._last: FrameResult | None = None  # the result before
        self._track: int | None = None  # of the face that was seen last

    def check(self, models: Sequence[LinearMeshModel]) -> None:
        """Raises ConfigError for a rule whose value these models do not have."""
        for rule in self.rules:
            value_of(rule, models)

    def begin(self, models: Sequence[LinearMeshModel]) -> tuple[str, ...]:
        """Results are of these models from now on; why rules are silent whose value they do not have."""
        self.interrupt()
        found: list[Value] = []
        silent: list[str] = []
        for rule in self.rules:
            try:
                found.append(value_of(rule, models))
            except ConfigError as error:
                found.append(lambda result: None)
                silent.append(str(error))
        self._values = tuple(found)
        return tuple(silent)

    def update(self, result: FrameResult) -> tuple[RuleEvent, ...]:
        """What begins and ends with a result, once all listeners were told."""
        if not self.rules:
            return ()
        found = self._broken(result)
        self._last = result
        now_ns = self._clock(result)
        states = zip(self._states, self._values, strict=True)
        return found + self._tell((state.update(now_ns, value(result)) for state, value in states), result)

    def interrupt(self) -> tuple[RuleEvent, ...]:
        """End what is active, at the newest frame: the course of values ends here."""
        last, self._last, self._track = self._last, None, None
        if last is None:
            return ()
        last_ns = self._clock(last)
        return self._tell((state.interrupt(last_ns) for state in self._states), last)

    def _broken(self, result: FrameResult) -> tuple[RuleEvent, ...]:
        """What ends before a result, if there is a break; a face that is gone for a while is the same when back."""
        last, before = self._last, self._track
        track = before if result.face is None else result.face.track_id
        self._track = track
        if last is None:
            return ()
        step_ns = self._clock(result) - self._clock(last)
        if 0 < step_ns <= LONGEST_STEP_NS and result.frame.segment == last.frame.segment and before in (None, track):
            return ()
        ended = self.interrupt()
        self._track = track
        return ended

    def _tell(self, events: Iterable[RuleEvent | None], result: FrameResult) -> tuple[RuleEvent, ...]:
        found = tuple(event for event in events if event is not None)
        for event in found:
            for listener in self.listeners:
                listener(event, result)
        return found


class EventSink:
    """The sink of a run that evaluates the rules."""

    def __init__(self, rules: EventRules, models: Sequence[LinearMeshModel], notify: Callable[[str], None]) -> None:
        """`rules` outlive the run, whose models these are. `notify` is told of rules that they leave silent."""
        self._rules, self._models, self._notify = rules, models, notify
        self._begun = False

    def accept(self, result: FrameResult) -> None:
        """Evaluate a result."""
        if not self._begun:
            self._begun = True
            for text in self._rules.begin(self._models):
                self._notify(text)
        self._rules.update(result)

    def close(self) -> None:
        """What is active ends with the next run, or with the program."""
