"""What a program with a window asks of a replay; `realtime.pipeline.replay.control` has it, `app.replay` joins both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from realtime.core.commands import Request
from realtime.core.config import Config
from realtime.core.process import Notify
from realtime.core.status import AnnotationView, Playback
from realtime.core.types import FrameResult
from realtime.model import LinearMeshModel
from realtime.pipeline.build import Pipeline
from realtime.pipeline.run import Opened, PipelineRun
from realtime.pipeline.sinks import Sink


class PlaybackControl(Protocol):
    """The transport of a recording, its annotations, and the pipelines that compute it anew."""

    def build(self, config: Config, models: Sequence[LinearMeshModel] | None, notify: Notify) -> Pipeline:
        """A pipeline for what the user chose: what if it had been recorded with that."""
        ...

    def following(self) -> Opened | None:
        """What continues the replay, once the playhead has come into another section of the recording."""
        ...

    def sinks(self, run: PipelineRun) -> Sequence[Sink]:
        """What a run of the replay gives its results to."""
        ...

    def act(self, asked: Request, shown: FrameResult | None, notify: Notify) -> bool:
        """Do what is asked of a replay; False for all other commands."""
        ...

    def play(self) -> None:
        """Resume, if it is paused."""
        ...

    @property
    def playing(self) -> bool:
        """Whether rows come by themselves."""
        ...

    def video_time_ns(self, result: FrameResult) -> int:
        """The time of a picture in a video of the window."""
        ...

    def playback(self, shown: FrameResult | None) -> Playback:
        """Where the playhead is."""
        ...

    def annotations(self) -> tuple[AnnotationView, ...]:
        """All events and exclusions."""
        ...

    def window_closed(self) -> None:
        """The playhead can be moved no longer: all rows that follow, then the end."""
        ...
