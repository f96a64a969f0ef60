"""Rows of a session computed anew with what they were recorded with, for whoever needs results without a window."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack

from realtime.core.config import DetectConfig
from realtime.core.types import FrameResult
from realtime.pipeline.replay.recorded_frames import ReplayFrames
from realtime.pipeline.replay.replay_pipeline import ReplayPipeline
from realtime.pipeline.replay.sections import Sections
from realtime.session import Session


def results(session: Session, rows: Sequence[int]) -> Iterator[FrameResult]:
    """These rows, in any order; where no picture was kept it is dark.

    Raises ModelFileError for a recorded model that is not here.
    """
    stretches = Sections(session, None, DetectConfig(), redetect=False, again=lambda: None, served=lambda stretch: None)
    frames, pipelines = ReplayFrames(session), dict[int, ReplayPipeline]()
    with ExitStack() as stack:
        for row in rows:
            stretch = stretches.of(row)
            if stretch not in pipelines:
                pipelines[stretch] = stack.enter_context(stretches.open(stretch))
            yield pipelines[stretch].step(frames[row])
