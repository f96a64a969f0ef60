"""Keeps what rules have set off, for the report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from realtime.core.event_rule import EventRule, RuleEvent
from realtime.core.frame_result import FrameResult
from realtime.core.rule_report import FiredEvent, RuleReport

MOST_KEPT = 10_000  # of a rule; more are counted


@dataclass(slots=True)
class _Course:
    """The events of one rule."""

    fired: int
    active_ns: int
    kept: list[FiredEvent]
    began: RuleEvent | None = None


class EventLog:
    """A listener of rules. Its report is asked for once no more events come."""

    def __init__(self, rules: Sequence[EventRule], origin_ns: int | None = None) -> None:
        """`origin_ns`: the time from which seconds count; None: `starts` says it."""
        self._rules = tuple(rules)
        self._origin_ns = origin_ns
        self._courses = {rule.name: _Course(0, 0, []) for rule in self._rules}

    def starts(self, time_ns: int) -> None:
        """The first frame has this time; later calls change nothing."""
        if self._origin_ns is None:
            self._origin_ns = time_ns

    def __call__(self, event: RuleEvent, result: FrameResult) -> None:
        """Keep an event."""
        course = self._courses[event.name]
        if event.active:
            course.fired += 1
            course.began = event
            return
        began, course.began = course.began, None
        if began is not None:
            course.active_ns += event.time_ns - began.time_ns
            self._keep(course, began, event.time_ns)

    def report(self) -> tuple[RuleReport, ...]:
        """Every rule, in their order; what is active is not listed among its events, since it has no end yet."""
        return tuple(self._report(rule) for rule in self._rules)

    def _report(self, rule: EventRule) -> RuleReport:
        course = self._courses[rule.name]
        return RuleReport(
            name=rule.name, of=rule.of, fired=course.fired, active_s=round(course.active_ns / 1e9, 6),
            events=tuple(course.kept),
        )  # fmt: skip

    def _keep(self, course: _Course, began: RuleEvent, end_ns: int) -> None:
        if len(course.kept) < MOST_KEPT:
            course.kept.append(
                FiredEvent(
                    begin_s=self._seconds(began.time_ns),
                    end_s=self._seconds(end_ns),
                    crossed_s=self._seconds(began.crossed_ns),
                )
            )

    def _seconds(self, time_ns: int) -> float:
        return round((time_ns - (self._origin_ns or 0)) / 1e9, 6)
