"""The table of a session on disk: rows are appended in small batches, and every complete batch can be read.

A process that is killed loses the rows of one batch at most; a reader gets everything up to the last complete batch.
"""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from realtime.core.errors import DamagedError, RecordError, SessionError
from realtime.core.files import create_private
from realtime.core.types import Array
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
from realtime.session.recording_lock import hold
from realtime.session.schema import PartInfo

if TYPE_CHECKING:
    import pyarrow as pa

BATCH_ROWS = 5
_END = b"\xff\xff\xff\xff\0\0\0\0"  # of an Arrow stream
_NUMPY = {"float": np.float32, "double": np.float64, "int32": np.int32, "int64": np.int64}  # by Arrow's names


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
        """Append a row; rows are written in batches of five."""
        self.captured += 1
        if self.error is not None:
            self.dropped += 1
            return
        self._pending.append(row)
        if len(self._pending) >= BATCH_ROWS:
            self.flush()

    def flush(self) -> None:
        """Write the rows that are pending."""
        import pyarrow as pa

        rows, self._pending = self._pending, []
        if not rows or self.error is not None:
            self.dropped += len(rows)
            return
        try:
            cells = [arrow_array([column.cell(row) for row in rows], column.type) for column in self._columns]
            self._write(pa.RecordBatch.from_arrays(cells, schema=self._schema).serialize())
        except (OSError, pa.ArrowException) as error:
            self.dropped += len(rows)
            self._fail(error)
        else:
            self.written += len(rows)

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


def numbers_of(array: pa.Array) -> Array:
    """A column of numbers, (rows,), without a copy; where a value is missing the number is arbitrary.

    Taken from its buffer, since `to_numpy` imports pandas where that is installed, and copies where values are missing.
    """
    found: Array = np.frombuffer(array.buffers()[1], _NUMPY[str(array.type)], array.offset + len(array))
    return found[array.offset :]


class TableReader:
    """A part's table, mapped into memory: rows are read when they are asked for.

    `damage` describes what is wrong with the file; the rows that can be read are available.
    """

    def __init__(self, path: Path) -> None:
        """Raises SessionError for a file that is no table of a session."""
        import pyarrow as pa

        self.path = path
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
            self.part, self.schema, found = self._read()
        except BaseException:
            self._map.close()
            raise
        self.damage = _damage(found)
        self.gaps = found.gaps  # places with damaged batches before the end
        self.foreign = found.foreign  # batches of a kind that this program does not read
        self._batches = found.batches
        self.table = pa.Table.from_batches(self._batches, schema=self.schema)
        self._starts = np.cumsum([0, *(batch.num_rows for batch in self._batches)])

    def _read(self) -> tuple[PartInfo, pa.Schema, ValidBatches]:
        import pyarrow as pa

        try:
            schema = pa.ipc.open_stream(self._map).schema
        except (OSError, pa.ArrowException, ValueError, MemoryError) as error:
            raise DamagedError(f"{self.path}: not a readable table: {first_line(error)}.") from error
        part = read_part_info(schema, self.path)
        self._map.seek(0)
        return (
            part,
            schema,
            read_batches(self._map.read_buffer(), schema, NEVER_NULL, time_limits(part), list_lengths(part)),
        )

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def has(self, name: str) -> bool:
        """Whether the file has this column; those that are not required may be absent."""
        return bool(self.schema.get_field_index(name) >= 0)

    def numbers(self, name: str, missing: int = 0) -> Array:
        """A column of numbers, (rows,); missing values are NaN, or `missing` in a column of integers."""
        import pyarrow.compute as pc

        column = self.table.column(name)
        if column.null_count:
            column = pc.fill_null(column, np.nan if str(column.type) in ("float", "double") else missing)
        found: Array = np.concatenate(
            [np.empty(0, _NUMPY[str(column.type)]), *(numbers_of(chunk) for chunk in column.chunks)]
        )
        return found

    def some(self, name: str, rows: Array) -> Array:
        """A copy of a column of numbers, truth values or arrays in these rows, (len, ) or (len, size).

        Missing numbers are NaN, integers are float64, missing truth values are False.
        """
        import pyarrow as pa

        type_ = self.schema.field(name).type
        is_array = pa.types.is_fixed_size_list(type_)
        shape: tuple[int, ...] = (len(rows), type_.list_size) if is_array else (len(rows),)
        number = str(type_.value_type if is_array else type_)
        kind = {"float": np.float32, "bool": np.bool_}.get(number, np.float64)
        found: Array = np.full(shape, False if kind is np.bool_ else np.nan, kind)
        column = self.schema.get_field_index(name)
        batch_of = np.searchsorted(self._starts, rows, side="right") - 1
        order = np.argsort(batch_of, kind="stable")
        for places in np.split(order, np.flatnonzero(np.diff(batch_of[order])) + 1) if len(rows) else []:
            batch = int(batch_of[places[0]])
            array, at = self._batches[batch].column(column), rows[places] - self._starts[batch]
            if array.null_count:
                present = array.is_valid().to_numpy(zero_copy_only=False)[at]
                places, at = places[present], at[present]
            if is_array:
                values = numbers_of(array.values)[array.offset * shape[1] :].reshape(-1, shape[1])
            else:
                values = array.to_numpy(zero_copy_only=False)
            found[places] = values[at]
        return found

    def run(self, name: str, start: int, stop: int) -> Array:
        """A copy of a column of numbers, truth values or arrays in the rows from `start` to before `stop`, float64.

        (rows,) or (rows, size); NaN where a value is missing. Many rows in order take a tenth of the time of `some`.
        """
        import pyarrow as pa

        array = self.table.column(name).slice(start, stop - start).combine_chunks()
        if isinstance(array, pa.ChunkedArray):
            array = pa.concat_arrays(array.chunks) if array.chunks else pa.array([], array.type)
        if not pa.types.is_fixed_size_list(array.type):
            number = array.cast(pa.int8()) if pa.types.is_boolean(array.type) else array
            scalars: Array = number.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
            return scalars
        size = array.type.list_size
        values = numbers_of(array.values)[array.offset * size :]
        found: Array = values[: len(array) * size].reshape(-1, size).astype(np.float64)
        found[~array.is_valid().to_numpy(zero_copy_only=False)] = np.nan
        return found

    def inside(self, name: str, field: str) -> pa.Array:
        """One field of a structured column, all rows."""
        import pyarrow as pa
        import pyarrow.compute as pc

        column = self.table.column(name)
        chunks = [pc.struct_field(chunk, field) for chunk in column.chunks]
        return pa.concat_arrays(chunks) if chunks else pa.array([], column.type.field(field).type)

    def cell(self, name: str, row: int) -> Any:
        """A cell as Python values; of an array column a flat numpy view without a copy, None where there is none."""
        import pyarrow as pa

        if not 0 <= row < len(self):
            raise IndexError(f"row {row} of {len(self)}")
        batch = int(np.searchsorted(self._starts, row, side="right")) - 1
        array, at = self._batches[batch].column(name), row - int(self._starts[batch])
        if not pa.types.is_fixed_size_list(array.type):
            return array[at].as_py()
        if not array[at].is_valid:
            return None
        size = array.type.list_size
        start = (array.offset + at) * size
        return numbers_of(array.values)[start : start + size]

    def close(self) -> None:
        """Release the file; arrays that were taken from it keep it mapped until they are released too."""
        import pyarrow as pa

        # As long as they live the file is mapped. Not `empty_table`, which imports pandas: 0.4 s at the end of a run.
        self._batches, self.table = [], pa.Table.from_batches([], schema=self.schema)
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
            writer.write_table(table.table)
    finally:
        table.close()
