"""A part of a run: one source with one set of models, and what they amount to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from typing import Any

from realtime.capture import OpenSource
from realtime.core.config import Config
from realtime.core.run_report import ModelReport, PipelineReport
from realtime.core.types import FrameResult
from realtime.pipeline.pipeline import Pipeline
from realtime.pipeline.runner import PipelineRunner
from realtime.pipeline.summary import RunStatistics
from realtime.session.write.part_info import RecordedRun

_source_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Opened:
    """What was chosen, ready to go on with."""

    config: Config
    source: OpenSource | None  # None: the present one
    pipeline: Pipeline


class PipelineRun:
    """A pipeline over a source, from one change of either to the next.

    Live, the newest result wins, so that no frame waits on its way to the screen; of files every frame goes the whole
    way, on display at the file's own speed.
    """

    def __init__(
        self,
        config: Config,
        source: OpenSource,
        pipeline: Pipeline,
        wake: Callable[[], None],
        *,
        on_display: bool,
        book: Callable[[FrameResult, PipelineRun], None],
        frames: int | None = None,
        after: PipelineRun | None = None,
    ) -> None:
        """`book` is called with every result, by the feed's thread. `frames`: how many are wanted of it.

        `after`: the part before it, whose source it may go on with."""
        self.config = config
        self.source = source
        self.pipeline = pipeline
        self.models = tuple(predictor.model for predictor in pipeline.predictors)
        self.summary = RunStatistics(len(pipeline.predictors))
        self._book = book
        goes_on = after is not None and after.source is source
        self._source_number: int = after._source_number if after is not None and goes_on else next(_source_numbers)
        self._damaged_before = source.damaged if goes_on else 0
        self.lossy = source.info.live or source.own_pace
        self.feed: PipelineRunner = PipelineRunner(
            source,
            pipeline,
            wake,
            lossy=self.lossy,
            paced=on_display and not self.lossy,
            booked=self._booked,
            frames=frames,
            segment=0 if after is None else after.feed.segment + 1,
        )

    def start(self, first: Callable[[], None] | None = None) -> None:
        """Begin; `first` is called by the feed's thread before anything else. At the start of a run, what cannot be
        started raises here.
        """
        live = self.source.info.live
        if first is None:
            self.pipeline.begin(live)
            self.feed.start()
            return

        def begin() -> None:
            first()
            self.pipeline.begin(live)  # not before the network of the part before has ended

        self.feed.start(begin)

    def _booked(self, result: FrameResult) -> None:
        self.summary.add(result)
        self._book(result, self)

    @cached_property
    def recorded(self) -> RecordedRun:
        """What a recording says of this run; asked for when it has begun."""
        pipeline = self.pipeline
        return RecordedRun(
            source=self.source.info,
            source_number=self._source_number,
            tracker=pipeline.tracker.name,
            blendshapes=pipeline.tracker.blendshapes,
            network=pipeline.pairing is not None,
            models=self.models,
            config=self.config,
        )

    def close(self, *, keep_source: bool = False) -> None:
        """Stop it and free what it holds; may be called twice."""
        self.feed.close(keep_source=keep_source)
        self.pipeline.close()

    def emotions(self, shown: FrameResult | None) -> dict[str, Any]:
        """Where the features on screen come from, why they are a stand-in's, how old they are: fields of `Status`."""
        pipeline = self.pipeline
        pairing = pipeline.pairing
        sources = [m.features.source for m in shown.models if m.features is not None] if shown is not None else []
        age = shown.emotion_age_ms if shown is not None and pipeline.live and shown.network is not None else None
        return {
            "emotion_source": ", ".join(dict.fromkeys(sources or [p.source.name for p in pipeline.predictors])),
            "emotion_note": pairing.reason if pairing is not None else "",
            "emotion_hint": pipeline.hint,
            "emotion_age_ms": age,
        }

    def report(self) -> PipelineReport:
        """Its setup and its statistics."""
        pipeline = self.pipeline
        pairing = pipeline.pairing
        return PipelineReport(
            source=self.source.info.name,
            model=pipeline.model.name,
            tracker=pipeline.tracker.name,
            pose_mode=pipeline.pose_mode,
            **dict(self.summary.report()),
            models=tuple(
                ModelReport(
                    name=predictor.model.name,
                    sha256=predictor.model.sha256 or None,  # a composed model has no file
                    label_repair=dict(predictor.model.label_repair),
                    pose_mode=predictor.pose_mode,
                    **dict(summary.report()),
                )
                for predictor, summary in zip(pipeline.predictors, self.summary.models, strict=True)
            ),
            skipped=self.feed.skipped,
            damaged=self.source.damaged - self._damaged_before,
            undrawn=self.feed.replaced,
            network=None if pairing is None else pairing.report(self.config.detect.sync if pipeline.live else "pair"),
        )
