"""The replay of a session: its transport, its annotations, and the pipelines that recompute it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from realtime.core.against import EmotionSource
from realtime.core.commands import Action, NameEvent, PlayRange, Request, Seek, Speed
from realtime.core.config import Config
from realtime.core.errors import UsageError
from realtime.core.frame_result import FrameResult
from realtime.core.process import Notify
from realtime.core.run_report import ReplayedSession
from realtime.core.status import AnnotationView, Playback
from realtime.core.tracker_names import network_of
from realtime.core.types import Array
from realtime.core.wording import two_trackers
from realtime.media.gaps import without_gaps
from realtime.model import LinearMeshModel
from realtime.pipeline.build import Pipeline
from realtime.pipeline.replay.common_clock import CommonClock
from realtime.pipeline.replay.overview_reader import OverviewReader
from realtime.pipeline.replay.playback_clock import PlaybackClock
from realtime.pipeline.replay.recomputed import RecomputeReport
from realtime.pipeline.replay.recorded_conditions import RecordedConditions
from realtime.pipeline.replay.recorded_frames import RecordedRows
from realtime.pipeline.replay.replay_pair import ReplayPair
from realtime.pipeline.replay.replay_source import ReplaySource
from realtime.pipeline.replay.sections import Sections
from realtime.pipeline.run import Opened, PipelineRun
from realtime.pipeline.sinks import Sink
from realtime.session import Session
from realtime.session.annotations import Annotations
from realtime.session.schema import MOST_S

JUMP_ROWS = 10


@dataclass(frozen=True, slots=True)
class ReplayOptions:
    """Options of a replay beyond the settings."""

    other_models: bool = False  # the models of the settings instead of the recorded ones
    redetect: bool = False  # landmarks detected again in the pictures, instead of the recorded ones
    speed: float = 1.0
    loop: bool = False
    start_s: float | None = None  # what is played, on the session's clock
    end_s: float | None = None
    emotion: EmotionSource | None = None  # the source of emotions instead of the recorded one


class ComparisonSink:
    """Compares every result of a replay with what was recorded."""

    def __init__(self, conditions: RecordedConditions, report: RecomputeReport) -> None:
        self._conditions, self._report = conditions, report
        self._row: int | None = None  # beside a second recording a row may come several times

    def accept(self, result: FrameResult) -> None:
        """Compare it, if it was computed as it was recorded."""
        if result.frame.row != self._row:
            self._conditions.compare(result, self._report)
        self._row = result.frame.row

    def close(self) -> None:
        """The comparison continues with the next run."""


class ReplayControl:
    """A session in replay; implements `realtime.app.playback_control`."""

    def __init__(
        self,
        session: Session,
        config: Config,
        options: ReplayOptions,
        notify: Notify,
        clock: CommonClock | None = None,
    ) -> None:
        """`clock`: that of this session, the first, and a second one. Raises what models, trackers and the range of
        the replay raise.
        """
        self._session = session
        self._config = config
        self._options = options
        self._notify = notify
        times = session.times if clock is None else clock.times_ns
        self._rows_of = None if clock is None else clock.rows[0]
        self._player = PlaybackClock(times, speed=options.speed, loop=options.loop)
        if options.start_s is not None or options.end_s is not None:
            self._player.set_range(_option_ns("--start", options.start_s), _option_ns("--end", options.end_s))
        self._overview = OverviewReader(session, self._rows_of, None if clock is None else times)
        self._rows = RecordedRows(session)
        self._sections = Sections(
            session, self._rows, config if options.other_models else None, config.detect,
            emotion=options.emotion, redetect=options.redetect, changed=self._compute_again, begun=self._serve,
        )  # fmt: skip
        first = self._player.row
        self._section = self._sections.of(first if clock is None else int(clock.rows[0, first]))  # of the pipeline
        self._annotations = Annotations(session.folder, notify, session.times)
        self._recomputed = RecomputeReport()
        self._every = False
        self._source: ReplaySource | None = None

    @property
    def source(self) -> ReplaySource:
        """The session as a source of frames, once it is open."""
        if self._source is None:
            raise RuntimeError("ReplayControl.open opens the source")
        return self._source

    def open(self, wake: Callable[[], None], *, every: bool, pictures: bool) -> Pipeline:
        """Begin at the first row that is played; the pipeline of its section.

        `every`: all rows in order, as fast as possible; otherwise it plays. `pictures` False: the camera's pictures are
        not needed. `wake` is called when a row of another section is due.
        """
        self._every = every
        self._source = ReplaySource(
            self._session, self._rows, self._player, self._sections.of, wake, every=every,
            pictures=pictures or self._sections.needs_pictures, rows_of=self._rows_of,
        )  # fmt: skip
        if not every:
            self._player.play()
        return self._opened(self._section)

    def settings(self) -> Config:
        """The settings of the run: the user's, with what was recorded of models and detection."""
        section = self._section
        config, recorded = self._config, self._sections.configs[section]
        used = {key: getattr(recorded.model, key) for key in ("names", "labels", "frame")}
        model = config.model.model_copy(update=used)
        mirror = config.source.mirror
        if mirror == "auto":
            mirror = "on" if self._sections.info(section).mirrored else "off"
        source = config.source.model_copy(update={"path": str(self._session.folder), "mirror": mirror})
        update = {"model": model, "source": source}
        return config.model_copy(update=update).with_detect(emotion=recorded.detect.emotion)

    # The interface for the program with the window

    @property
    def pair(self) -> ReplayPair | None:
        """Where it is the first of two replays, both of them."""
        return None

    def build(self, config: Config, models: Sequence[LinearMeshModel] | None, notify: Notify) -> Pipeline:
        """A pipeline for the models or features that the user chose instead of the recorded ones."""
        pipeline = self._sections.open(self._section, config, models)
        self._notify_of_identity(pipeline, notify)
        return pipeline

    def following(self) -> Opened | None:
        """The pipeline of another section, once the playhead has come into it."""
        wanted = self.source.wanted
        return None if wanted is None else self._changed_to(wanted)

    def continued(self, row: int) -> Opened | None:
        """The pipeline of a row's section, where that is another one than the present."""
        return self._changed_to(self._sections.of(row))

    def _changed_to(self, section: int) -> Opened | None:
        if section == self._section:
            return None
        self._section = section
        return Opened(self.settings(), None, self._opened(section))

    def sinks(self, run: PipelineRun) -> Sequence[Sink]:
        """Every result is compared with what was recorded."""
        conditions = run.pipeline.conditions
        return [ComparisonSink(conditions, self._recomputed)] if isinstance(conditions, RecordedConditions) else []

    def act(self, asked: Request, shown: FrameResult | None, notify: Notify) -> bool:
        """Handle a request to the replay; False for all other requests."""
        if isinstance(asked, Seek):
            time_ns = round(asked.time_s * 1e9)
            self.source.ask(lambda player: player.seek(time_ns))
        elif isinstance(asked, Speed):
            times = asked.times
            self.source.ask(lambda player: player.set_speed(times))
        elif isinstance(asked, PlayRange):
            try:
                start_ns, end_ns = _ns(asked.in_s), _ns(asked.out_s)
                self.source.ask(lambda player: player.set_range(start_ns, end_ns))
            except UsageError as error:
                notify(str(error))
        elif asked in _MOVES:
            self.source.ask(_MOVES[asked])
        elif asked in _CHANGES:
            notify(self.source.ask(_CHANGES[asked]))
        elif asked in (Action.EVENT, Action.EXCLUDE):
            notify(self._annotate(asked, shown))
        elif isinstance(asked, NameEvent):
            row = None if shown is None else shown.frame.row
            notify(self._annotations.name_event(asked.name, -1 if row is None else row))
        else:
            return False
        return True

    def play(self) -> None:
        """Resume, if it is paused."""
        self.source.ask(lambda player: None if player.playing_now else player.play())

    def again(self) -> None:
        """Compute the row that is shown once more."""
        self.source.ask(lambda player: player.again())

    @property
    def playing(self) -> bool:
        """Whether rows come by themselves."""
        return self._every or self.source.ask(lambda player: player.playing_now)

    def session_ns(self, result: FrameResult) -> int:
        """The time of a result on the session's clock, ns."""
        assert result.frame.row is not None
        return int(self._session.times[result.frame.row])

    def video_time_ns(self, result: FrameResult) -> int:
        """The time of a picture in a video of the window: as it is seen, or without a window as it was recorded."""
        if self._every and result.frame.row is not None:
            return int(self._video_times[result.frame.row])
        return time.monotonic_ns()

    @cached_property
    def _video_times(self) -> Array:
        """(rows,) int64 ns, when each row is shown in a video of all rows."""
        times, note = without_gaps(self._session.times)
        if note:
            self._notify(note)
        return times

    def playback(self, shown: FrameResult | None) -> Playback:
        """Where the playhead is."""
        row = None if shown is None else shown.frame.row
        overview = self._overview.whole() if self._every else self._overview.overview

        def state(player: PlaybackClock) -> Playback:
            return Playback(
                time_s=player.time_ns / 1e9, duration_s=float(player.times_ns[-1]) / 1e9,
                row=min(player.row, len(self._session) - 1) if row is None else row, rows=len(self._session),
                playing=self._every or player.playing_now, speed=player.speed, loop=player.loop,
                in_s=player.range.start_ns / 1e9, out_s=player.range.end_ns / 1e9, note=self.note_of(shown),
                overview=overview,
            )  # fmt: skip

        return self.source.ask(state)

    def annotations(self) -> tuple[AnnotationView, ...]:
        """All events and exclusions; an exclusion that is not ended yet reaches to the playhead."""
        return self._annotations.shown(self.source.ask(lambda player: player.time_ns) / 1e9)

    def window_closed(self) -> None:
        """The window is gone and the playhead can no longer be moved: give all remaining rows, then end."""
        self._every = True
        self.source.play_to_end()

    def report(self) -> ReplayedSession:
        """What a replay adds to the report of a run."""
        begun = self._annotations.open
        if begun is not None:
            self._notify(f"The exclusion that began at {begun.start_s:.2f} s was not ended: it holds for one frame.")
        return ReplayedSession(
            session=str(self._session.folder),
            rows=len(self._session),
            redetected=self._options.redetect,
            recomputed=self._recomputed.report(),
        )

    def _annotate(self, asked: Request, shown: FrameResult | None) -> str:
        row = None if shown is None else shown.frame.row
        if row is None:
            return "No frame is shown that could be annotated."
        act = self._annotations.event if asked is Action.EVENT else self._annotations.exclude
        return act(row, int(self._session.times[row]) / 1e9)

    def note_of(self, shown: FrameResult | None) -> str:
        """The note on the frame that is shown."""
        notes = []
        frame = None if shown is None or shown.frame.row is None else shown.frame
        if frame is not None and not self.source.has_picture(frame):
            notes.append("no picture")
        if self._options.redetect:
            found = "" if shown is None or shown.landmarks is None else f" by {shown.landmarks.tracker}"
            notes.append(f"landmarks redetected{found}")
        if frame is not None and frame.row is not None and shown is not None and shown.models:
            recorded = {model.name for model in self._sections.info(self._sections.of(frame.row)).models}
            others = [model.model for model in shown.models if model.model not in recorded]
            if others:
                notes.append(f"recomputed with {', '.join(others)}")
        return "; ".join(notes)

    def _opened(self, section: int) -> Pipeline:
        pipeline = self._sections.open(section)
        pipeline.choose_pose(self._config.model.pose)
        self._notify_of_identity(pipeline, self._notify)
        recorded = self._sections.info(section).tracker
        if recorded and network_of(pipeline.tracker.name) != network_of(recorded):
            self._notify(two_trackers("Recorded identity and faces found again", recorded, pipeline.tracker.name))
        return pipeline

    def _notify_of_identity(self, pipeline: Pipeline, notify: Notify) -> None:
        calibrated = any(part.table.table.column("identities").null_count < len(part) for part in self._session.parts)
        conditions = pipeline.conditions
        if calibrated and isinstance(conditions, RecordedConditions) and None in conditions.origins:
            notify("Identity: for models that were not recorded it is the recorded neutral minus their own.")

    def _compute_again(self) -> None:
        """The row that is shown once more, with other conditions."""
        if self._source is not None:
            self._source.ask(PlaybackClock.again)

    def _serve(self, section: int) -> None:
        self.source.serve(section)


def _ns(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1e9)


def _option_ns(name: str, seconds: float | None) -> int | None:
    """Raises UsageError for a time that no recording has, such as inf."""
    if seconds is not None and not 0 <= seconds <= MOST_S:
        raise UsageError(f"{name} {seconds:g}: not a time in a session, in seconds.")
    return _ns(seconds)


def _faster(player: PlaybackClock) -> str:
    player.faster()
    return f"Speed {player.speed:g} x."


def _slower(player: PlaybackClock) -> str:
    player.slower()
    return f"Speed {player.speed:g} x."


def _loop(player: PlaybackClock) -> str:
    player.loop = not player.loop
    return "Loop on." if player.loop else "Loop off."


def _in_point(player: PlaybackClock) -> str:
    player.set_in()
    return _played(player)


def _out_point(player: PlaybackClock) -> str:
    player.set_out()
    return _played(player)


def _played(player: PlaybackClock) -> str:
    return f"In and out points: {player.range.start_ns / 1e9:.2f} to {player.range.end_ns / 1e9:.2f} s."


_MOVES: dict[Request, Callable[[PlaybackClock], None]] = {
    Action.PAUSE: PlaybackClock.toggle,
    Action.STEP: lambda player: player.step(1),
    Action.STEP_BACK: lambda player: player.step(-1),
    Action.JUMP: lambda player: player.step(JUMP_ROWS),
    Action.JUMP_BACK: lambda player: player.step(-JUMP_ROWS),
    Action.FIRST: lambda player: player.go(0),
    Action.LAST: lambda player: player.go(player.rows - 1),
}
_CHANGES: dict[Request, Callable[[PlaybackClock], str]] = {
    Action.FASTER: _faster,
    Action.SLOWER: _slower,
    Action.LOOP: _loop,
    Action.IN_POINT: _in_point,
    Action.OUT_POINT: _out_point,
}
