"""A run: a pipeline over a source with its statistics and its sinks. Every program is composed of runs.

Live, replay, what-if, export and benches differ in what is given to it: the stages of the pipeline
(`realtime.pipeline.build`), the source, the sinks (`realtime.pipeline.sinks`), and what drives the loop: a window,
nothing (headless), or the caller itself (`results`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import count

from realtime.capture import OpenSource
from realtime.core.config import Config
from realtime.core.frame_result import FrameResult
from realtime.core.neutral_report import NeutralReport
from realtime.core.run_report import ModelReport, PipelineReport
from realtime.core.wording import stand_in_notice
from realtime.pipeline.build import Pipeline
from realtime.pipeline.runner import PipelineRunner
from realtime.pipeline.sinks import ScreenSink, Sink
from realtime.pipeline.summary import RunStatistics
from realtime.session.schema import AppearanceInfo
from realtime.session.write.part_info import RecordedRun

_source_numbers = count(1)


@dataclass(frozen=True, slots=True, eq=False)
class Opened:
    """What the next run is composed of."""

    config: Config
    source: OpenSource | None  # None: that of the present run
    pipeline: Pipeline


@dataclass(frozen=True, slots=True)
class ShownEmotions:
    """Where the features on screen come from."""

    source: str  # "inverse", "appearance", "mediapipe" or "pyfeat"; where several models differ, each once
    note: str  # why it is a fallback; empty while py-feat's network answers or is no source
    hint: str  # the command that installs a better source than the inverse, where it is missing
    age_ms: float | None  # live: how much older than the picture they are


class PipelineRun:
    """A pipeline over a source, from one change of either to the next.

    Live, the newest result is shown, so that no frame waits on its way to the screen; of files every frame is shown, on
    a display at the file's own speed.
    """

    def __init__(
        self,
        config: Config,
        source: OpenSource,
        pipeline: Pipeline,
        wake: Callable[[], None] = lambda: None,
        *,
        screen: bool = True,
        paced: bool = False,
        newest_only: bool | None = None,
        sinks: Callable[[PipelineRun], Sequence[Sink]] = lambda run: (),
        frames: int | None = None,
        after: PipelineRun | None = None,
    ) -> None:
        """`wake` ends the sleep of the thread that takes results. `screen`: its results are taken by `take`; without,
        the caller runs it by `results`. `paced`: results of a file are shown at the file's own speed. `newest_only`:
        a newer result replaces one that was not taken; None: of live sources. `sinks` are opened for this run, and get
        every result before it is shown. `frames`: how many are wanted of it. `after`: the run before it, whose source
        it may go on with.
        """
        self.config = config
        self.source = source
        self.pipeline = pipeline
        self.models = tuple(predictor.model for predictor in pipeline.predictors)
        self.statistics = RunStatistics(self.models)
        goes_on = after is not None and after.source is source
        if after is not None and goes_on:
            pipeline.rotation.continue_from(after.pipeline.rotation)
        self._source_number: int = after._source_number if after is not None and goes_on else next(_source_numbers)
        self._damaged_before = source.damaged if goes_on else 0
        self._corrections_before = source.corrections if goes_on else 0
        own_pace = source.info.live or source.own_pace
        self.lossy = own_pace if newest_only is None else newest_only
        self._screen = ScreenSink(wake, newest_only=self.lossy, paced=paced and not own_pace) if screen else None
        self._runner: PipelineRunner = PipelineRunner(
            source,
            pipeline,
            [self.statistics, *sinks(self), *([] if self._screen is None else [self._screen])],
            ended=wake,
            frames=frames,
            segment=0 if after is None else after._runner.segment + 1,
        )

    def start(self, first: Callable[[], None] | None = None) -> None:
        """Begin in a thread of its own; `first` is called by it before anything else.

        Without `first`, at the start of a program, what cannot be started raises here.
        """
        live = self.source.info.live
        if first is None:
            self.pipeline.begin(live)
            self._runner.start()
            return

        def begin() -> None:
            first()
            self.pipeline.begin(live)  # not before the network of the run before has ended

        self._runner.start(begin)

    def results(self) -> Iterator[FrameResult]:
        """Run in the calling thread: every result, once all sinks have accepted it."""
        self.pipeline.begin(self.source.info.live)
        yield from self._runner.results()

    def take(self) -> FrameResult | None:
        """The next result (live: the newest) that was not taken yet, without waiting; nothing while it is paused."""
        return None if self._screen is None or self.paused else self._screen.take()

    @property
    def running(self) -> bool:
        """Whether there is more to come. Ask before `take`, so that the last result is not missed."""
        return self._runner.running

    @property
    def failure(self) -> BaseException | None:
        """What ended it before its time."""
        return self._runner.failure

    @property
    def paused(self) -> bool:
        """Whether it is paused: nothing is computed and nothing is taken."""
        return self._runner.paused

    @paused.setter
    def paused(self, paused: bool) -> None:
        if self.paused and not paused and self.source.info.live and self._screen is not None:
            self._screen.take()  # it was computed as the pause began
        self._runner.paused = paused

    @property
    def skipped(self) -> int:
        """Frames that a live source had to skip."""
        return self._runner.skipped

    @property
    def undrawn(self) -> int:
        """Results that were never shown because a newer one came."""
        return 0 if self._screen is None else self._screen.replaced

    @cached_property
    def recorded(self) -> RecordedRun:
        """The description of this run for a recording; available once it has begun."""
        pipeline = self.pipeline
        return RecordedRun(
            source=self.source.info,
            source_number=self._source_number,
            tracker=pipeline.tracker.name,
            blendshapes=pipeline.tracker.blendshapes,
            network=pipeline.network is not None,
            appearance=None if pipeline.appearance is None else AppearanceInfo.of(pipeline.appearance.report()),
            models=self.models,
            pose_zeros=tuple(predictor.canonical.pose_zero for predictor in pipeline.predictors),
            config=self.config,
        )

    def close(self, *, keep_source: bool = False) -> None:
        """Stop it and free what it holds; may be called twice."""
        self._runner.close(keep_source=keep_source)
        self.pipeline.close()

    def emotions(self, shown: FrameResult | None) -> ShownEmotions:
        """Where the features on screen come from, why they are a fallback, and how old they are."""
        pipeline = self.pipeline
        network = pipeline.network
        sources = [m.features.source for m in shown.models if m.features is not None] if shown is not None else []
        return ShownEmotions(
            source=", ".join(dict.fromkeys(sources or [p.source.name for p in pipeline.predictors])),
            note="" if network is None else network.reason,
            hint=pipeline.hint,
            age_ms=shown.emotion_age_ms if shown is not None and pipeline.live and shown.network is not None else None,
        )

    def report(self) -> PipelineReport:
        """The report: setup and statistics."""
        pipeline, network = self.pipeline, self.pipeline.network
        statistics, asked_for = self.statistics.report(), pipeline.predictors[0].source.name
        reason = "" if network is None else network.reason
        return PipelineReport(
            notice=stand_in_notice(asked_for, statistics.emotion_sources, statistics.valid, reason),
            source=self.source.info.name,
            model=pipeline.model.name,
            tracker=pipeline.tracker.name,
            rotation=self.statistics.rotation,
            pose_mode=pipeline.pose_mode,
            pose_zero=pipeline.predictors[0].canonical.pose_zero,
            **dict(statistics),
            models=tuple(
                ModelReport(
                    name=predictor.model.name,
                    sha256=predictor.model.sha256 or None,  # a composed model has no file
                    label_repair=dict(predictor.model.label_repair),
                    depth_factor=predictor.model.depth_factor,
                    pose_mode=predictor.pose_mode,
                    **dict(summary.report()),
                )
                for predictor, summary in zip(pipeline.predictors, self.statistics.models, strict=True)
            ),
            neutral=None
            if pipeline.identity is None
            else NeutralReport.of(pipeline.identity, pipeline.calibration.refused),
            skipped=self.skipped,
            damaged=self.source.damaged - self._damaged_before,
            corrections=self.source.corrections - self._corrections_before,
            undrawn=self.undrawn,
            network=None if network is None else network.report(self.config.detect.sync if pipeline.live else "pair"),
            appearance=None if pipeline.appearance is None else pipeline.appearance.report(),
        )
