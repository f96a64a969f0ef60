"""The second of two replays: computes the rows that it is asked for, in the thread of the first."""

from __future__ import annotations

import threading

from realtime.core.frame_result import FrameResult
from realtime.core.run_report import PipelineReport, ReplayReport, RunReport, WindowReport
from realtime.model import LinearMeshModel
from realtime.pipeline.build import Pipeline
from realtime.pipeline.replay.control import ReplayControl
from realtime.pipeline.run import Opened, PipelineRun


class SecondReplay:
    """A replay that is driven from outside, row by row; its pipeline, statistics and comparison are those of any other.

    A row that cannot be read is counted, and the result of the row before stays. `result` belongs to one thread at a
    time, the other methods to any.
    """

    def __init__(self, control: ReplayControl, *, pictures: bool) -> None:
        """Opens the pipeline of the first row. Raises what models and trackers raise."""
        self._control = control
        self._busy = threading.Lock()
        self._closed = False
        self._earlier: list[PipelineReport] = []
        self._row: int | None = None
        self._result: FrameResult | None = None
        pipeline = control.open(lambda: None, every=False, pictures=pictures)
        self._begin(Opened(control.settings(), control.source, pipeline))

    @property
    def pipeline(self) -> Pipeline:
        """The present one."""
        return self._run.pipeline

    @property
    def model(self) -> LinearMeshModel:
        """The model that is compared: the first of the present pipeline."""
        return self._run.models[0]

    def result(self, row: int) -> FrameResult | None:
        """The result of a row; None where no row could be read yet.

        Raises what a step of the pipeline raises, and what models of another part of the session raise.
        """
        with self._busy:
            if row == self._row or self._closed:
                return self._result
            opened = self._control.continued(row)
            if opened is not None:
                self._end()
                self._begin(opened)
            self._row = row
            frame = self._control.source.frame(row)
            if frame is None:
                return self._result
            self._result = result = self._run.pipeline.step(frame)
            self._run.statistics.accept(result)
            for sink in self._sinks:
                sink.accept(result)
            return result

    def note(self) -> str:
        """What is known of the frame that is shown."""
        return self._control.note_of(self._result)

    def report(self, *, interrupted: bool) -> ReplayReport:
        """The report of the run, as a replay of this session alone has it."""
        run = RunReport(
            **dict(self._run.report()), recorded=0, dropped=0, sessions=(), outputs=(), streams=(), rules=(),
            earlier=tuple(self._earlier), window=WindowReport(reopened=0, failure=None), failures=(), error=None,
            interrupted=interrupted,
        )  # fmt: skip
        return ReplayReport(**dict(run), **dict(self._control.report()))

    def close(self) -> None:
        """Free the pipeline; may be called twice."""
        self._run.pipeline.halt()  # first, since a step may be waiting for it
        with self._busy:
            self._closed = True
            self._run.close()

    def _begin(self, opened: Opened) -> None:
        self._run = PipelineRun(opened.config, self._control.source, opened.pipeline, screen=False)
        self._sinks = tuple(self._control.sinks(self._run))
        opened.pipeline.begin(live=False)

    def _end(self) -> None:
        """The session continues with other models or settings."""
        self._run.close(keep_source=True)
        if self._run.statistics.frames:
            self._earlier.append(self._run.report())
