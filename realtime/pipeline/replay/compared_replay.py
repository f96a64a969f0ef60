"""Two replays on one clock: the first is a replay like any other, and the second follows it."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import Literal

from realtime.core.against import PairedResult, ReplayedSide
from realtime.core.against_report import PairedReport
from realtime.core.commands import Action, Choose, Request
from realtime.core.config import Config
from realtime.core.frame_result import FrameResult
from realtime.core.process import Notify
from realtime.core.status import AnnotationView, Playback
from realtime.core.types import Array
from realtime.media.gaps import without_gaps
from realtime.model import LinearMeshModel
from realtime.pipeline.replay.common_clock import CommonClock
from realtime.pipeline.replay.control import ReplayControl, ReplayOptions
from realtime.pipeline.replay.paired_means import PairedMeans
from realtime.pipeline.replay.replay_pair import ReplayPair
from realtime.pipeline.replay.second_replay import SecondReplay
from realtime.pipeline.run import PipelineRun
from realtime.pipeline.sinks import Sink
from realtime.session import Session

_KEPT = 8  # pairs, with their pictures; a result is first drawn before so many further ones are computed
_GIVEN = (
    Action.CALIBRATE, Action.LOOK_AROUND, Action.ACCEPT_NEUTRAL, Action.DISCARD_NEUTRAL, Action.UNDO_NEUTRAL,
    Action.NEXT_MODEL, Action.NEXT_EMOTION, Action.POSE, Action.DISAGREE,
)  # fmt: skip


class ComparedReplay(ReplayControl):
    """The first of two replays; at each of its results the second computes the row of the same time.

    Its rows are ticks of the common clock, so that playing, steps, seeks and speed act on both.
    """

    def __init__(
        self,
        session: Session,
        config: Config,
        options: ReplayOptions,
        notify: Notify,
        clock: CommonClock,
        aligned_on: str,
    ) -> None:
        """`aligned_on`: "start", or the name of a mark. Raises what `ReplayControl` raises."""
        super().__init__(session, config, options, notify, clock)
        self._clock, self._aligned_on = clock, aligned_on
        self._labels, self._common = ("", ""), ""
        self._second: SecondReplay | None = None
        self._means = PairedMeans()
        self._kept: deque[tuple[FrameResult, PairedResult]] = deque(maxlen=_KEPT)
        self._shown: tuple[AnnotationView, ...] = ()  # annotations, on the session's clock ...
        self._moved: tuple[AnnotationView, ...] = ()  # ... and on the common one

    def follow_with(self, second: SecondReplay, labels: tuple[str, str], *, same_session: bool) -> None:
        """What computes the second replay, and what tells the two apart; before the first result."""
        self._second, self._labels = second, labels
        self._common = self._session.folder.absolute().name if same_session else ""

    @property
    def second(self) -> SecondReplay:
        """The second replay."""
        if self._second is None:
            raise RuntimeError("ComparedReplay.follow_with sets the second replay")
        return self._second

    @property
    def pair(self) -> ReplayPair:
        """Both."""
        return self

    @property
    def second_model(self) -> LinearMeshModel:
        """The model of the second replay."""
        return self.second.model

    def paired(self, result: FrameResult) -> PairedResult | None:
        """The pair that a result of the first replay belongs to; None for one that is long gone."""
        return next((pair for kept, pair in reversed(tuple(self._kept)) if kept is result), None)

    def sinks(self, run: PipelineRun) -> Sequence[Sink]:
        """Every result is compared with what was recorded, and gets its partner."""
        return [*super().sinks(run), _PairSink(self)]

    def add_partner(self, first: FrameResult) -> None:
        """Compute the partner of a result, by the thread that has computed it."""
        tick = self.source.tick
        second = self.second.result(int(self._clock.rows[1, tick]))
        paired = bool(self._clock.paired[tick])
        if paired and second is not None:
            self._means.add(tick, first, second)
        time_ns = int(self._clock.times_ns[tick])
        sides = self._side(0, first, time_ns), self._side(1, second, time_ns)
        self._kept.append((first, PairedResult(time_ns, tick, sides, paired, self._aligned_on, self._common)))

    def act(self, asked: Request, shown: FrameResult | None, notify: Notify) -> bool:
        """Handle a request to the replay; what belongs to one of two recordings is refused."""
        if asked in _GIVEN or isinstance(asked, Choose):
            notify("Two replays are compared: their models, emotions, pose and neutrals are those they began with.")
            return True
        pair = None if shown is None else self.paired(shown)
        if asked in (Action.EVENT, Action.EXCLUDE) and pair is not None and pair.sides[0].state != "runs":
            notify("Annotations are of A, which has no frame at this time.")
            return True
        return super().act(asked, shown, notify)

    def playback(self, shown: FrameResult | None) -> Playback:
        """Where the playhead is on the common clock, with the row of the first session."""
        found = super().playback(shown)
        notes = (("A", found.note), ("B", self.second.note()))
        return replace(found, whose="A", note="; ".join(f"{name}: {note}" for name, note in notes if note))

    def annotations(self) -> tuple[AnnotationView, ...]:
        """Those of the first session, on the common clock."""
        offset_s = self._clock.spans_ns[0][0] / 1e9 - float(self._session.times[0]) / 1e9
        now_s = self.source.ask(lambda player: player.time_ns) / 1e9
        shown = self._annotations.shown(now_s - offset_s)
        if shown is not self._shown:
            self._shown = shown
            self._moved = tuple(
                replace(mark, start_s=mark.start_s + offset_s, end_s=mark.end_s + offset_s) for mark in shown
            )
        return self._moved

    def video_time_ns(self, result: FrameResult) -> int:
        """The time of a picture in a video of the window."""
        pair = self.paired(result)
        if self._every and pair is not None:
            return int(self._common_times[pair.tick])
        return super().video_time_ns(result)

    def paired_report(self) -> PairedReport:
        """The difference of the two on the frames that both have."""
        played = self._player.range
        return self._means.report(self._clock, self._aligned_on, (played.start_ns, played.end_ns))

    @cached_property
    def _common_times(self) -> Array:
        """(ticks,) int64 ns, when each tick is shown in a video of all of them."""
        times, note = without_gaps(self._clock.times_ns)
        if note:
            self._notify(note)
        return times

    def _side(self, at: Literal[0, 1], result: FrameResult | None, time_ns: int) -> ReplayedSide:
        begin, end = self._clock.spans_ns[at]
        row, last = int(self._clock.rows[at, self.source.tick]), int(self._clock.rows[at, -1])
        state: Literal["before", "runs", "ended"] = "runs"
        if time_ns < begin and row == 0 and not self._clock.paired[self.source.tick]:
            state = "before"
        elif time_ns > end and row == last and not self._clock.paired[self.source.tick]:
            state = "ended"
        return ReplayedSide(self._labels[at], result, begin / 1e9, end / 1e9, state)


class _PairSink:
    """Gives each result of the first replay its partner before it is shown."""

    def __init__(self, replay: ComparedReplay) -> None:
        self._replay = replay

    def accept(self, result: FrameResult) -> None:
        """Compute the partner."""
        self._replay.add_partner(result)

    def close(self) -> None:
        """There is nothing to unblock: `SecondReplay.close` ends a step that waits."""
