"""Writes an anonymous copy of a session: without pictures, and without the subject's identity.

The identity offset, the difference of the subject's face at rest to the model's, is subtracted from every observed
face, and the landmarks are projected back into the picture from there. Everything that follows from the landmarks is
computed again from these, so that no number in the copy contains more than they do. What remains: expressions, head
motion, position and size of the face, the outputs of py-feat's network without its mesh, and the times between frames.
Each column declares its `privacy`.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from realtime.core.config import Config
from realtime.core.frame_result import FrameResult
from realtime.core.progress import Progress, no_progress
from realtime.core.stream_counts import StreamCounts
from realtime.export.anonymous_rows import AnonymousRows
from realtime.export.anonymous_stages import anonymous_pipeline
from realtime.export.new_session import new_session, write_annotations
from realtime.export.tables.selection import Selection
from realtime.pipeline.build import Pipeline
from realtime.pipeline.replay.recorded_models import recorded_models
from realtime.pipeline.replay.row_source import RowSource
from realtime.pipeline.run import PipelineRun
from realtime.session.folder import PartSummary, SessionInfo, stream_path
from realtime.session.schema import VERSION, PartInfo
from realtime.session.table import TableWriter

NAME = "anonymous"
Described = TypeVar("Described", bound=BaseModel)
# Settings of the computation, which are kept; all others may name files, cameras or people.
_KEPT = {
    "detect": ("emotion", "sync", "pose_source", "min_canthal_px", "min_mouth_match"),
    "model": ("pose", "max_yaw_deg", "max_pitch_deg", "max_roll_deg", "max_anchor_residual", "amber_deg"),
}


def anonymised(selection: Selection, wanted: Path, progress: Progress = no_progress) -> tuple[Path, dict[str, int]]:
    """Write the rows as an anonymous session; its folder, and the number of faces by subtracted offset: "calibrated" or
    "session mean".

    Raises UsageError, RecordError, SessionError, and ModelFileError where a recorded model is not available.
    """
    origin_ns = int(selection.parts[0][0].times[selection.parts[0][1]])
    offsets: Counter[str] = Counter()
    done = 0
    with new_session(wanted) as new:
        for number, (part, first, count) in enumerate(selection.parts, 1):
            info = _part_info(part.info, new.session, number, int(part.times[first]) - origin_ns)
            models = recorded_models(part.info, selection.session.folder)
            rows = AnonymousRows(part, models[0], origin_ns)
            source = RowSource(selection.session, rows, range(first, first + count))
            table = TableWriter(stream_path(new.folder, "frames", number), info)
            for _ in _written(source, anonymous_pipeline(rows, models), _TableSink(rows, table)):
                done += 1
                progress(done, len(selection))
            if table.error is not None:
                raise table.error
            offsets += rows.offsets
            counts = {"frames": StreamCounts(captured=count, recorded=count)}
            end_ns = int(part.times[first + count - 1]) - origin_ns
            new.parts.append(PartSummary(info=info, end_ns=end_ns, streams=counts))
        first_row = selection.parts[0][0].first + selection.parts[0][1]
        write_annotations(selection.session.folder, new.folder, first_row, len(selection), origin_ns, labels=False)
        new.info = _session_info(selection, dict(offsets))
    return new.folder, dict(offsets)


def _written(source: RowSource, pipeline: Pipeline, sink: _TableSink) -> Iterator[FrameResult]:
    """The results of a run over a part, each once it is written."""
    with contextlib.closing(PipelineRun(Config(), source, pipeline, screen=False, sinks=lambda run: [sink])) as run:
        yield from run.results()


def _session_info(selection: Selection, offsets: dict[str, int]) -> SessionInfo:
    old = selection.session.info
    found = ", ".join(f"{count} faces: {name}" for name, count in offsets.items()) or "no faces"
    program: dict[str, Any] = {} if old is None else {k: v for k, v in old.program.items() if k != "system"}
    session = selection.session
    running = (session.recording_note,) if session.being_recorded else ()
    return SessionInfo(
        session="0" * 32,  # replaced by the new one's
        created="" if old is None else old.created[:10],
        program=program,
        notes=(*running, f"made anonymous; the identity offset was subtracted ({found})"),
    )


def _part_info(old: PartInfo, session: str, number: int, start_ns: int) -> PartInfo:
    config = {
        section: {name: old.config[section][name] for name in names if name in old.config.get(section, {})}
        for section, names in _KEPT.items()
    }
    # Only what this program knows: keys of other versions may name anything.
    models = tuple(_known(model).model_copy(update={"given": model.name}) for model in old.models)
    return _known(old).model_copy(
        update={
            "version": VERSION, "session": session, "part": number, "start_ns": start_ns, "source": NAME,
            "config": config, "models": models,
        }
    )  # fmt: skip


def _known(described: Described) -> Described:
    """The same without keys that are not declared."""
    return type(described).model_construct(**{name: getattr(described, name) for name in type(described).model_fields})


class _TableSink:
    """Writes every result of the run as a row of the new table."""

    def __init__(self, rows: AnonymousRows, table: TableWriter) -> None:
        self._rows, self._table = rows, table

    def accept(self, result: FrameResult) -> None:
        """The run waits for the disk."""
        self._table.put(self._rows.row(result))

    def close(self) -> None:
        self._table.close()
