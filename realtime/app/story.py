"""A clip told with captions: what is said when, when its neutral is measured, and what is held at its end."""

from __future__ import annotations

from dataclasses import dataclass

from realtime.core.frame_result import FrameResult
from realtime.pipeline.pipeline import FrameStep
from realtime.view.mirror.timed_captions import TimedCaption


@dataclass(frozen=True, slots=True)
class Story:
    """How a clip is told; all times in seconds of the clip."""

    captions: tuple[TimedCaption, ...]  # in their order
    neutral_at_s: float  # where its calmest moment begins
    neutral_s: float  # how long that lasts
    adjusted_at_s: float  # until then faces are shown as if there were no neutral
    end_s: float  # the last picture is held until then


class StoryNeutral:
    """The sink that begins the calibration at the story's time, from the thread that computes: every run of the clip
    has the same frames in its neutral, however fast the machine is.
    """

    def __init__(self, story: Story, pipeline: FrameStep) -> None:
        self._story, self._pipeline = story, pipeline
        self._before = False  # whether a frame from before that time was seen: a run can begin after it

    def accept(self, result: FrameResult) -> None:
        """Begin once, with the frame after the first one at or after the time."""
        before = result.stamp < self._story.neutral_at_s * 1e9
        if self._before and not before:
            self._pipeline.calibrate(self._story.neutral_s)
        self._before = before

    def close(self) -> None:
        """Nothing is open."""
