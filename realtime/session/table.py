"""The table of a session on disk: rows are appended in small batches, and every complete batch can be read.

A process that is killed loses the rows of one batch at most; a reader gets everything up to the last complete batch.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from realtime.core.errors import DamagedError, RecordError, SessionError
from realtime.core.files import create_private
from realtime.session.columns.session_row import SessionRow
from realtime.session.columns.table_columns import (
    NEVER_NULL,
    arrow_array,
    list_lengths,
    read_part_info,
    table_columns,
    table_schema,
    time_limits,
)
from realtime.session.read.arrow_batches import ValidBatches, arrow_rows, first_line, read_batches
from realtime.session.read.table_rows import TableRows, by_choice
from realtime.session.recording_lock import hold
from realtime.session.schema import PartInfo

if TYPE_CHECKING:
    import pyarrow as pa

BATCH_ROWS = 5
_END = b"\xff\xff\xff\xff\0\0\0\0"  # of an Arrow stream


class TableWriter:
    """Writes rows as an Arrow stream and holds the recording lock, which the system releases after a crash.

    Belongs to one thread; `sync` may be called from any.
    """

    def __init__(self, path: Path, part: PartInfo) -> None:
        """Create the file, readable for this user only, and write its schema. Raises RecordError."""
        import pyarrow as pa

        self.path = path
        self.bytes = 0  # written so far
        self.captured = 0
        self.written = 0
        self.dropped = 0
        self.error: RecordError | None = None
        self._columns, self._schema = table_columns(part), table_schema(part)
        self._pending: list[SessionRow] = []
        self._descriptor: int | None = None
        try:
            self._descriptor = create_private(path)
            hold(self._descriptor)
            self._write(self._schema.serialize())
        except (OSError, pa.ArrowException) as error:
            self._close_file()
            raise RecordError(
                f"{path}: no table can be written there: {getattr(error, 'strerror', None) or error}."
            ) from error

    def put(self, row: SessionRow) -> None:
        """Append a frame by the row of its chosen face; those of its other faces follow it in a batch of their own.

        Frames are written five at a time.
        """
        row = replace(row, frame_row=self.captured)
        self.captured += 1
        if self.error is not None:
            self.dropped += 1
            return
        self._pending.append(row)
        if len(self._pending) >= BATCH_ROWS:
            self.flush()

    def flush(self) -> None:
        """Write the frames that are pending."""
        import pyarrow as pa

        rows, self._pending = self._pending, []
        if not rows or self.error is not None:
            self.dropped += len(rows)
            return
        try:
            batch = self._batch(rows)
            others = [other for row in rows for other in row.others]
            self._write(b"".join([batch, self._batch(others)]) if others else batch)
        except (OSError, pa.ArrowException) as error:
            self.dropped += len(rows)
            self._fail(error)
        else:
            self.written += len(rows)

    def _batch(self, rows: Sequence[SessionRow]) -> pa.Buffer:
        """A message with these rows."""
        import pyarrow as pa

        cells = [arrow_array([column.cell(row) for row in rows], column.type) for column in self._columns]
        return pa.RecordBatch.from_arrays(cells, schema=self._schema).serialize()

    def sync(self) -> None:
        """Flush the file to the disk (fsync). Raises OSError."""
        if self._descriptor is not None:
            os.fsync(self._descriptor)

    def close(self) -> None:
        """Write the pending rows and the end marker; may be called twice."""
        if self._descriptor is None:
            return
        self.flush()
        try:
            if self.error is None:
                self._write(_END)
                self.sync()
        except OSError as error:
            self._fail(error)
        self._close_file()

    def _write(self, message: Any) -> None:
        """Append an Arrow message in as few system calls as possible: a reader sees all of it or a cut end."""
        assert self._descriptor is not None
        view = memoryview(message)
        done = 0
        while done < len(view):
            done += os.write(self._descriptor, view[done:])
        self.bytes += done

    def _close_file(self) -> None:
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            with contextlib.suppress(OSError):
                os.close(descriptor)

    def _fail(self, error: Exception) -> None:
        if self.error is None:
            reason = getattr(error, "strerror", None) or error
            self.error = RecordError(
                f"{self.path}: the table ended after {self.written} rows, which can be read: {reason}. "
                "Free some space or choose another place."
            )


class TableReader(TableRows):
    """A part's table, mapped into memory: rows are read when they are asked for.

    Its rows are those of the chosen faces, one a frame; `others` are those of all other faces. `damage` describes what
    is wrong with the file; the rows that can be read are available.
    """

    def __init__(self, path: Path) -> None:
        """Raises SessionError for a file that is no table of a session."""
        import pyarrow as pa

        try:
            kind = path.lstat().st_mode
        except OSError as error:
            raise SessionError(f"{path}: cannot be read: {error.strerror}.") from error
        if stat.S_ISLNK(kind):
            raise SessionError(f"{path}: symbolic links in a session are not followed.")
        if not stat.S_ISREG(kind):  # opening a pipe would block
            raise SessionError(f"{path}: not a regular file.")
        try:
            self._map = pa.memory_map(os.fsencode(path), "r")
        except (OSError, pa.ArrowException, ValueError) as error:
            raise DamagedError(f"{path}: not a readable table: {first_line(error)}.") from error
        try:
            part, schema, found = self._read(path)
        except BaseException:
            self._map.close()
            raise
        self.damage = _damage(found)
        self.gaps = found.gaps  # places with damaged batches before the end
        self.foreign = found.foreign  # batches of a kind that this program does not read
        self.written = found.batches  # as they are in the file
        chosen, others = by_choice(found.batches)
        super().__init__(path, part, schema, chosen)
        self.others = TableRows(path, part, schema, others)

    def _read(self, path: Path) -> tuple[PartInfo, pa.Schema, ValidBatches]:
        import pyarrow as pa

        try:
            schema = pa.ipc.open_stream(self._map).schema
        except (OSError, pa.ArrowException, ValueError, MemoryError) as error:
            raise DamagedError(f"{path}: not a readable table: {first_line(error)}.") from error
        part = read_part_info(schema, path)
        self._map.seek(0)
        return (
            part,
            schema,
            read_batches(self._map.read_buffer(), schema, NEVER_NULL, time_limits(part), list_lengths(part)),
        )

    def close(self) -> None:
        """Release the file; arrays that were taken from it keep it mapped until they are released too."""
        self.written = []
        for rows in (self, self.others):
            rows._take([])
        self._map.close()


def _damage(found: ValidBatches) -> str:
    gaps = [f"damaged in {found.gaps} place{'s' if found.gaps > 1 else ''}"] if found.gaps else []
    return ", ".join([*gaps, f"cut in the middle of a batch ({found.end})"] if found.end else gaps)


def arrow_rows_in(path: Path) -> int:
    """Number of rows that Arrow itself reads from a file of any program; 0 where it is no stream of Arrow's."""
    import pyarrow as pa

    if path.is_symlink() or not path.is_file():
        return 0
    try:
        with pa.memory_map(os.fsencode(path), "r") as file:
            return arrow_rows(file.read_buffer())
    except (OSError, pa.ArrowException, ValueError):  # an empty file cannot be mapped
        return 0


def is_closed(path: Path) -> bool:
    """Whether the file ends with the end marker."""
    with path.open("rb") as file:
        return (
            file.seek(0, os.SEEK_END) >= len(_END) and file.seek(-len(_END), os.SEEK_END) >= 0 and file.read() == _END
        )


def copy_rows(path: Path, file: BinaryIO) -> None:
    """Write all readable rows and the end marker. Raises OSError."""
    import pyarrow as pa

    table = TableReader(path)
    try:
        with pa.ipc.new_stream(pa.PythonFile(file, mode="w"), table.schema) as writer:
            for batch in table.written:
                writer.write_batch(batch)
    finally:
        table.close()
