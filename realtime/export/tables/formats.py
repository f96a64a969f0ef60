"""The table formats, by their names on the command line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from realtime.core.progress import Progress, no_progress
from realtime.export.export_report import TableReport
from realtime.export.tables import fex, livelink, openface
from realtime.export.tables import parquet as everything
from realtime.export.tables.column_groups import ColumnGroup, batches
from realtime.export.tables.provenance import facts
from realtime.export.tables.selection import BLOCK_ROWS, Selection
from realtime.export.tables.table_files import write_csv, write_parquet
from realtime.session.read.flat_table import Faces
from realtime.session.read.session import Session

_PARQUET_FRAMES = 1024  # per row group, which a reader has to load at once


@dataclass(frozen=True, slots=True)
class Table:
    """A table format."""

    ending: str  # file name after the session's name
    columns: Callable[[Selection], tuple[ColumnGroup, ...]]
    write: Callable[..., list[Path]] = write_csv
    frames: int = BLOCK_ROWS  # that are written together
    several: bool = True  # whether it can have the rows of several faces


TABLES: Mapping[str, Table] = {
    "fex": Table("fex.csv", fex.columns),
    "parquet": Table("table.parquet", everything.columns, write_parquet, _PARQUET_FRAMES),
    "csv": Table("openface.csv", openface.columns),
    "livelink": Table("livelink.csv", livelink.columns, several=False),
}


def write_table(kind: str, selection: Selection, path: Path, progress: Progress = no_progress) -> TableReport:
    """Write one kind of table. Raises SessionError and RecordError."""
    table = TABLES[kind]
    groups = table.columns(selection)
    rows = batches(selection, groups, progress, table.frames)
    outputs = table.write(path, groups, rows, lambda: facts(selection, kind))
    return TableReport(
        outputs=tuple(str(output) for output in outputs),
        rows=selection.rows,
        frames=len(selection),
        columns=sum(len(group.names) for group in groups),
        emotion_sources=selection.emotion_sources,
        notes=tuple(selection.session.notes),
    )


def _to(
    kind: str,
    session: Session,
    path: str | Path,
    start_s: float | None,
    end_s: float | None,
    model: int,
    faces: Faces = "chosen",
) -> Path:
    return Path(write_table(kind, Selection(session, start_s, end_s, model, faces), Path(path)).outputs[0])


def to_fex(
    session: Session,
    path: str | Path,
    *,
    start_s: float | None = None,
    end_s: float | None = None,
    model: int = 1,
    faces: Faces = "all",
) -> Path:
    """Write a CSV that `feat.utils.io.read_feat` reads; its path, with _2, _3 ... where that name was taken.

    Rows from `start_s` up to `end_s` (seconds of the session; None: all), features and pose of the `model`, counted
    from 1. A row is a face, or a frame without any; with the `faces` "chosen" it is a frame with its chosen face.
    Raises UsageError for a selection without rows, SessionError and RecordError.
    """
    return _to("fex", session, path, start_s, end_s, model, faces)


def to_parquet(
    session: Session,
    path: str | Path,
    *,
    start_s: float | None = None,
    end_s: float | None = None,
    faces: Faces = "all",
) -> Path:
    """Write all columns of all models as Parquet; see `to_fex`."""
    return _to("parquet", session, path, start_s, end_s, 1, faces)


def to_csv(
    session: Session,
    path: str | Path,
    *,
    start_s: float | None = None,
    end_s: float | None = None,
    model: int = 1,
    faces: Faces = "all",
) -> Path:
    """Write a CSV with the columns of OpenFace; see `to_fex`."""
    return _to("csv", session, path, start_s, end_s, model, faces)


def to_livelink(
    session: Session, path: str | Path, *, start_s: float | None = None, end_s: float | None = None, model: int = 1
) -> Path:
    """Write a take of Live Link Face of the chosen face; see `to_fex`.

    Raises SessionError also where there are no blendshapes.
    """
    return _to("livelink", session, path, start_s, end_s, model)
