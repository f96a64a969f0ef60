"""Event rules of a program: evaluated in every run, marked in what is recorded, streamed, and reported."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

from realtime.core.event_rule import EventRule, RuleEvent
from realtime.core.frame_result import FrameResult
from realtime.core.process import Notify
from realtime.core.rule_report import RuleReport
from realtime.pipeline.event_log import EventLog
from realtime.pipeline.event_rules import EventRules, EventSink
from realtime.pipeline.run import PipelineRun
from realtime.session.write import Recorder
from realtime.stream.sender import StreamSender

_MOST_WAITING = 1000  # marks that the main thread has not set yet


class RuleEvents:
    """The rules, and what becomes of their events. The main thread calls all but the listeners."""

    def __init__(
        self,
        rules: Sequence[EventRule],
        recorder: Recorder,
        streams: StreamSender,
        notify: Notify,
        session_ns: Callable[[FrameResult], int] | None = None,
    ) -> None:
        """`session_ns`: in a replay, the time of a result on the session's clock. Another listener is added with
        `listeners.append` before the first run.
        """
        self._log = EventLog(rules, None if session_ns is None else 0)
        self._rules = EventRules(rules, (self._log, self._stream, self._keep), session_ns or _first_seen(self._log))
        self._recorder, self._streams, self._notify = recorder, streams, notify
        self._live = False  # whether the times of the present run are of the monotonic clock
        self._waiting: deque[tuple[RuleEvent, FrameResult]] = deque(maxlen=_MOST_WAITING)

    @property
    def rules(self) -> EventRules:
        """The rules at work."""
        return self._rules

    def sinks(self, run: PipelineRun) -> list[EventSink]:
        """The sink of a run; none without rules."""
        if not self._rules.rules:
            return []
        self._live = run.source.info.live
        return [EventSink(self._rules, run.models, self._notify)]

    def deliver(self) -> None:
        """Mark what was set off in the session that is being recorded; annotations belong to the main thread."""
        while self._waiting:
            self._recorder.mark_rule(*self._waiting.popleft())

    def close(self) -> None:
        """End what is active, once no run computes any more; may be called twice."""
        self._rules.interrupt()
        self.deliver()

    def report(self) -> tuple[RuleReport, ...]:
        """What every rule has set off."""
        return self._log.report()

    def _stream(self, event: RuleEvent, result: FrameResult) -> None:
        self._streams.mark(event.name, event.time_ns if self._live else None, active=event.active)

    def _keep(self, event: RuleEvent, result: FrameResult) -> None:
        if self._recorder.running:
            self._waiting.append((event, result))


def _first_seen(log: EventLog) -> Callable[[FrameResult], int]:
    """The time of a result in its source; seconds of the log count from the first one."""

    def clock(result: FrameResult) -> int:
        log.starts(result.stamp)
        return result.stamp

    return clock
