"""The sink that appends the results of a run to a recording."""

from __future__ import annotations

from realtime.core.frame_result import FrameResult
from realtime.pipeline.run import PipelineRun
from realtime.session.write import FrameRecord, Recorder


class RecordingSink:
    """Appends every result to what is being recorded, and to the pre-roll of what may be recorded next.

    A live recording whose queue is full drops the row and counts it; of a file the run waits.
    """

    def __init__(self, recorder: Recorder, run: PipelineRun) -> None:
        """`recorder` outlives the run: a recording continues over a change of source or models, in a new part."""
        self._recorder, self._run = recorder, run

    def accept(self, result: FrameResult) -> None:
        """Append it with what its run and its counts are."""
        run = self._run
        self._recorder.append(FrameRecord(result, run.recorded, run.skipped, run.undrawn))

    def close(self) -> None:
        """The recorder is closed by its owner."""
