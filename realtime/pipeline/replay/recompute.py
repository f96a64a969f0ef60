"""Recomputes rows of a session with the models and conditions of the recording, without a window."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from itertools import groupby

from realtime.core.config import DetectConfig
from realtime.core.frame_result import FrameResult
from realtime.pipeline.build import Pipeline
from realtime.pipeline.replay.recorded_frames import RecordedRows, ReplayFrames
from realtime.pipeline.replay.row_source import RowSource
from realtime.pipeline.replay.sections import Sections
from realtime.pipeline.run import PipelineRun
from realtime.session import Session


def results(session: Session, rows: Sequence[int]) -> Iterator[FrameResult]:
    """The results of these rows, in any order; where no picture was kept it is dark.

    Raises ModelFileError for a recorded model that is not here, SessionError for a row that cannot be read.
    """
    recorded = RecordedRows(session)
    sections, frames = Sections(session, recorded, None, DetectConfig()), ReplayFrames(session, recorded)
    pipelines: dict[int, Pipeline] = {}
    with ExitStack() as stack:
        for section, of_section in groupby(rows, sections.of):
            if section not in pipelines:
                pipelines[section] = stack.enter_context(sections.open(section))
            source = RowSource(session, frames, tuple(of_section))
            yield from PipelineRun(sections.configs[section], source, pipelines[section], screen=False).results()
