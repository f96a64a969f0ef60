"""The interface of a replay for the program with the window; `realtime.pipeline.replay.control` implements it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from realtime.core.commands import Request
from realtime.core.config import Config
from realtime.core.frame_result import FrameResult
from realtime.core.process import Notify
from realtime.core.status import AnnotationView, Playback
from realtime.model import LinearMeshModel
from realtime.pipeline.build import Pipeline
from realtime.pipeline.replay.replay_pair import ReplayPair
from realtime.pipeline.run import Opened, PipelineRun
from realtime.pipeline.sinks import Sink


class PlaybackControl(Protocol):
    """The transport of a recording, its annotations, and the pipelines that recompute it."""

    @property
    def pair(self) -> ReplayPair | None:
        """Where this is the first of two replays, both of them."""
        ...

    def build(self, config: Config, models: Sequence[LinearMeshModel] | None, notify: Notify) -> Pipeline:
        """A pipeline for the models or features that the user chose instead of the recorded ones."""
        ...

    def following(self) -> Opened | None:
        """What continues the replay, once the playhead has come into another section of the recording."""
        ...

    def sinks(self, run: PipelineRun) -> Sequence[Sink]:
        """What a run of the replay gives its results to."""
        ...

    def act(self, asked: Request, shown: FrameResult | None, notify: Notify) -> bool:
        """Handle a request to the replay; False for all other requests."""
        ...

    def play(self) -> None:
        """Resume, if it is paused."""
        ...

    def again(self) -> None:
        """Compute the frame that is shown once more: a pause shows another face."""
        ...

    @property
    def playing(self) -> bool:
        """Whether rows come by themselves."""
        ...

    def session_ns(self, result: FrameResult) -> int:
        """The time of a result on the session's clock, ns."""
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
        """The window is gone and the playhead can no longer be moved: give all remaining rows, then end."""
        ...
