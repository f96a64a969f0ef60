"""A recording in the window: its transport, its marks, and what is computed anew of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from realtime.core.commands import Action, PlayRange, Request, Seek, Speed
from realtime.core.config import Config
from realtime.core.errors import UsageError
from realtime.core.process import Notify
from realtime.core.run_report import ReplayedSession
from realtime.core.status import AnnotationView, Playback
from realtime.core.types import FrameResult
from realtime.model import LinearMeshModel
from realtime.pipeline.pipeline import Pipeline
from realtime.pipeline.replay.playback_clock import PlaybackClock
from realtime.pipeline.replay.recomputed import RecomputeReport
from realtime.pipeline.replay.recorded_frames import ReplayFrame
from realtime.pipeline.replay.replay_pipeline import ReplayPipeline
from realtime.pipeline.replay.replay_source import ReplaySource
from realtime.pipeline.replay.sections import Sections
from realtime.pipeline.run import Opened
from realtime.session import Session
from realtime.session.annotations import Annotations, shown_marks

JUMP_ROWS = 10


@dataclass(frozen=True, slots=True)
class ReplayOptions:
    """What a command asks of a replay beyond the settings."""

    other_models: bool = False  # those of the settings, in the place of those that were recorded
    redetect: bool = False  # landmarks from the pictures, not those that were recorded
    speed: float = 1.0
    loop: bool = False
    start_s: float | None = None  # what is played, on the session's clock
    end_s: float | None = None


class Replay:
    """What the mirror needs to know of the session that it shows."""

    def __init__(self, session: Session, config: Config, options: ReplayOptions, note: Notify) -> None:
        """Raises what models, trackers and the range of the replay raise."""
        self.wake: Callable[[], None] = _nobody
        self._session = session
        self._config = config
        self._options = options
        self._tell = note
        self._player = PlaybackClock(session.times, speed=options.speed, loop=options.loop)
        if options.start_s is not None or options.end_s is not None:
            self._player.set_range(_ns(options.start_s), _ns(options.end_s))
        self._stretches = Sections(
            session, config if options.other_models else None, config.detect, redetect=options.redetect,
            again=self._again, served=self._served,
        )  # fmt: skip
        self._stretch = self._stretches.of(self._player.row)  # of the pipeline that runs
        self._marks = Annotations(session.folder, note, session.times)
        self._recomputed = RecomputeReport()
        self.every = False
        self.source: ReplaySource

    def open(self, *, every: bool, pictures: bool) -> Pipeline:
        """Begin at the first row that is played. `every`: all rows in order, for nobody looks; else it plays.

        `pictures` False: nobody needs the camera's.
        """
        self.every = every
        self.source = ReplaySource(
            self._session, self._player, self._stretches.of, lambda: self.wake(), every=every,
            pictures=pictures or self._options.redetect,
        )  # fmt: skip
        if not every:
            self._player.play()
        return self._opened(self._stretch)

    def settings(self, stretch: int | None = None) -> Config:
        """The settings of the run: the user's, with what was recorded of models and detection."""
        stretch = self._stretch if stretch is None else stretch
        config, recorded = self._config, self._stretches.configs[stretch]
        model = config.model.model_copy(update={"names": recorded.model.names, "labels": recorded.model.labels})
        mirror = config.source.mirror
        if mirror == "auto":
            mirror = "on" if self._stretches.info(stretch).mirrored else "off"
        source = config.source.model_copy(update={"path": str(self._session.folder), "mirror": mirror})
        update = {"model": model, "source": source}
        return config.model_copy(update=update).with_detect(emotion=recorded.detect.emotion)

    # For the mirror

    def build(self, config: Config, models: Sequence[LinearMeshModel] | None, note: Notify) -> Pipeline:
        """A pipeline for what the user chose: what if it had been recorded with that."""
        pipeline = self._stretches.open(self._stretch, config, models)
        self._tell_identity(pipeline, note)
        return pipeline

    def following(self) -> Opened | None:
        """The pipeline of another stretch, once the playhead has come into it."""
        wanted = self.source.wanted
        if wanted is None or wanted == self._stretch:
            return None
        self._stretch = wanted
        return Opened(self.settings(), None, self._opened(wanted))

    def compare(self, result: FrameResult, pipeline: Pipeline) -> None:
        """By the feed's thread: every result."""
        assert isinstance(pipeline, ReplayPipeline)
        if pipeline.as_recorded:
            self._recomputed.add(result, pipeline.origins, pipeline.info)

    def act(self, asked: Request, shown: FrameResult | None, say: Notify) -> bool:
        """Do what is asked of a replay; False where it is none of its business."""
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
                say(str(error))
        elif asked in _MOVES:
            self.source.ask(_MOVES[asked])
        elif asked in _CHANGES:
            say(self.source.ask(_CHANGES[asked]))
        elif asked in (Action.EVENT, Action.EXCLUDE):
            say(self._mark(asked, shown))
        else:
            return False
        return True

    def play(self) -> None:
        """Go on, if it rests."""
        self.source.ask(lambda player: None if player.playing_now else player.play())

    @property
    def playing(self) -> bool:
        """Whether rows come by themselves."""
        return self.every or self.source.ask(lambda player: player.playing_now)

    def film_ns(self, result: FrameResult) -> int:
        """The time of a picture in a video of the window: as it is seen, or as it was recorded where nobody looks."""
        if self.every and isinstance(result.frame, ReplayFrame):
            return result.frame.known.time_ns
        return time.monotonic_ns()

    def playback(self, shown: FrameResult | None) -> Playback:
        """Where it stands."""
        frame = shown.frame if shown is not None and isinstance(shown.frame, ReplayFrame) else None

        def told(player: PlaybackClock) -> Playback:
            return Playback(
                time_s=player.time_ns / 1e9, duration_s=float(player.times_ns[-1]) / 1e9,
                row=player.row if frame is None else frame.row, rows=player.rows,
                playing=self.every or player.playing_now, speed=player.speed, loop=player.loop,
                in_s=player.range.start_ns / 1e9, out_s=player.range.end_ns / 1e9, note=self._note(frame, shown),
            )  # fmt: skip

        return self.source.ask(told)

    def marks(self) -> tuple[AnnotationView, ...]:
        """All marks; a stretch that is not ended yet reaches to the playhead."""
        return shown_marks(self._marks, self.source.ask(lambda player: player.time_ns) / 1e9)

    def report(self) -> ReplayedSession:
        """What a run of it adds to the numbers of the run."""
        begun = self._marks.open
        if begun is not None:
            self._tell(f"The exclusion that was begun at {begun.start_s:.2f} s was not ended: it holds for one frame.")
        return ReplayedSession(
            session=str(self._session.folder),
            rows=len(self._session),
            redetected=self._options.redetect,
            recomputed=self._recomputed.report(),
        )

    def _mark(self, asked: Request, shown: FrameResult | None) -> str:
        if shown is None or not isinstance(shown.frame, ReplayFrame):
            return "No frame is shown that could be marked."
        act = self._marks.event if asked is Action.EVENT else self._marks.exclude
        return act(shown.frame.row, shown.frame.known.time_ns / 1e9)

    def _note(self, frame: ReplayFrame | None, shown: FrameResult | None) -> str:
        told = []
        if frame is not None and not frame.pictured:
            told.append("no picture")
        if self._options.redetect:
            told.append("landmarks found anew")
        if frame is not None and shown is not None and shown.models:
            recorded = {model.name for model in self._stretches.info(self._stretches.of(frame.row)).models}
            others = [model.model for model in shown.models if model.model not in recorded]
            if others:
                told.append(f"recomputed with {', '.join(others)}")
        return "; ".join(told)

    def _opened(self, stretch: int) -> ReplayPipeline:
        pipeline = self._stretches.open(stretch)
        pipeline.choose_pose(self._config.model.pose)
        self._tell_identity(pipeline, self._tell)
        return pipeline

    def _tell_identity(self, pipeline: ReplayPipeline, note: Notify) -> None:
        calibrated = any(part.table.table.column("identities").null_count < len(part) for part in self._session.parts)
        if calibrated and None in pipeline.origins:
            note("Identity: for models that were not recorded it is the recorded neutral, less their own.")

    def _again(self) -> None:
        source = self.__dict__.get("source")  # not while it is being opened
        if source is not None:
            source.ask(PlaybackClock.again)

    def _served(self, stretch: int) -> None:
        self.source.serve(stretch)


def _nobody() -> None:
    pass


def _ns(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1e9)


def _faster(player: PlaybackClock) -> str:
    player.faster()
    return f"Speed {player.speed:g} x."


def _slower(player: PlaybackClock) -> str:
    player.slower()
    return f"Speed {player.speed:g} x."


def _loop(player: PlaybackClock) -> str:
    player.loop = not player.loop
    return "Again and again." if player.loop else "To the end, once."


def _in_point(player: PlaybackClock) -> str:
    player.set_in()
    return _played(player)


def _out_point(player: PlaybackClock) -> str:
    player.set_out()
    return _played(player)


def _played(player: PlaybackClock) -> str:
    return f"Played: {player.range.start_ns / 1e9:.2f} to {player.range.end_ns / 1e9:.2f} s."


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
