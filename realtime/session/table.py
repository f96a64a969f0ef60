"""The table of a session on disk: rows are appended in small batches, and each batch that is whole can be read.

A process that is killed loses the rows of one batch at most; what is read back ends with the last whole batch.
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
from realtime.session.read.arrow_batches import Found, first_line, read_batches
from realtime.session.recording_lock import hold
from realtime.session.schema import NEVER_NULL, PartInfo, Row, array, columns, numpy_type, part_of, schema

if TYPE_CHECKING:
    import pyarrow as pa

BATCH_ROWS = 5
_END = b"\xff\xff\xff\xff\0\0\0\0"  # of an Arrow stream


class _Whole:
    """What pyarrow writes into, in some 70 pieces a batch; `send` hands them to the system as one.

    A write of which the system takes only a part is gone on with.
    """

    closed = False

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._held: list[bytes] = []
        self.bytes = 0

    def write(self, data: Any) -> int:
        self._held.append(bytes(data))
        return len(self._held[-1])

    def send(self) -> None:
        view = memoryview(b"".join(self._held))
        self._held.clear()
        done = 0
        while done < len(view):
            done += os.write(self._descriptor, view[done:])
        self.bytes += done

    def flush(self) -> None:
        pass

    def close(self) -> None:
        pass


class TableWriter:
    """Rows in, an Arrow stream out; belongs to one thread, `sync` to any. Holds a lock that a crash frees."""

    def __init__(self, path: Path, part: PartInfo) -> None:
        """Begin a new file, which only this user may read. Raises RecordError."""
        import pyarrow as pa

        self.path = path
        self.captured = 0
        self.written = 0
        self.dropped = 0
        self.error: RecordError | None = None
        self._columns, self._schema = columns(part), schema(part)
        self._waiting: list[Row] = []
        self._descriptor: int | None = None
        try:
            self._descriptor = create_private(path)
            hold(self._descriptor)
            self._sink = _Whole(self._descriptor)
            self._writer = pa.ipc.new_stream(pa.PythonFile(self._sink, mode="w"), self._schema)
            self._writer.write_table(self._schema.empty_table())  # what the table is stands in it before its first row
            self._sink.send()
        except (OSError, pa.ArrowException) as error:
            self._close_file()
            raise RecordError(
                f"{path}: no table can be written there: {getattr(error, 'strerror', None) or error}."
            ) from error

    @property
    def bytes(self) -> int:
        """Written so far."""
        return self._sink.bytes

    def put(self, row: Row) -> None:
        """One more row; five of them are written together."""
        self.captured += 1
        if self.error is not None:
            self.dropped += 1
            return
        self._waiting.append(row)
        if len(self._waiting) >= BATCH_ROWS:
            self.flush()

    def flush(self) -> None:
        """Write what waits."""
        import pyarrow as pa

        rows, self._waiting = self._waiting, []
        if not rows or self.error is not None:
            self.dropped += len(rows)
            return
        try:
            values = [array([column.of(row) for row in rows], column.type) for column in self._columns]
            self._writer.write_batch(pa.RecordBatch.from_arrays(values, schema=self._schema))
            self._sink.send()
        except (OSError, pa.ArrowException) as error:
            self.dropped += len(rows)
            self._fail(error)
        else:
            self.written += len(rows)

    def sync(self) -> None:
        """Have the disk itself take what was written. Raises OSError."""
        if self._descriptor is not None:
            os.fsync(self._descriptor)

    def close(self) -> None:
        """Write what waits and the end mark; may be called twice."""
        import pyarrow as pa

        if self._descriptor is None:
            return
        self.flush()
        try:
            if self.error is None:
                self._writer.close()
                self._sink.send()
                self.sync()
        except (OSError, pa.ArrowException) as error:
            self._fail(error)
        self._close_file()

    def _close_file(self) -> None:
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            with contextlib.suppress(OSError):
                os.close(descriptor)

    def _fail(self, error: Exception) -> None:
        if self.error is None:
            told = getattr(error, "strerror", None) or error
            self.error = RecordError(
                f"{self.path}: the table ended after {self.written} rows, which can be read: {told}. "
                "Free some space or choose another place."
            )


def numbers_of(array: pa.Array) -> Array:
    """A column of numbers, (rows,), without a copy; what stands where there is none is any number.

    Its memory, since `to_numpy` imports pandas where that is installed.
    """
    found: Array = np.frombuffer(array.buffers()[1], numpy_type(array.type), array.offset + len(array))
    return found[array.offset :]


class TableReader:
    """A part's table, mapped into memory: nothing is read before it is asked for.

    `damage` says what is wrong with it; the rows that can be read are there.
    """

    def __init__(self, path: Path) -> None:
        """Raises SessionError for what is no table of a session."""
        import pyarrow as pa

        self.path = path
        try:
            kind = path.lstat().st_mode
        except OSError as error:
            raise SessionError(f"{path}: cannot be read: {error.strerror}.") from error
        if stat.S_ISLNK(kind):
            raise SessionError(f"{path}: a link is not followed out of a session.")
        if not stat.S_ISREG(kind):  # a pipe would be waited for
            raise SessionError(f"{path}: this is no file.")
        try:
            self._map = pa.memory_map(str(path), "r")
        except (OSError, pa.ArrowException, ValueError) as error:
            raise DamagedError(f"{path}: no table that can be read: {first_line(error)}.") from error
        try:
            self.part, self.schema, found = self._read()
        except BaseException:
            self._map.close()
            raise
        self.damage = _damage(found)
        self._batches = found.batches
        self.table = pa.Table.from_batches(self._batches, schema=self.schema)
        self._starts = np.cumsum([0, *(batch.num_rows for batch in self._batches)])

    def _read(self) -> tuple[PartInfo, pa.Schema, Found]:
        import pyarrow as pa

        try:
            schema = pa.ipc.open_stream(self._map).schema
        except (OSError, pa.ArrowException, ValueError, MemoryError) as error:
            raise DamagedError(f"{self.path}: no table that can be read: {first_line(error)}.") from error
        part = part_of(schema, self.path)
        self._map.seek(0)
        return part, schema, read_batches(self._map.read_buffer(), schema, NEVER_NULL)

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def numbers(self, name: str) -> Array:
        """A column of numbers, (rows,); what is missing is NaN, or 0 in a column of integers."""
        chunks = self.table.column(name).chunks
        kind = numpy_type(self.schema.field(name).type)
        found: Array = np.concatenate([np.empty(0, kind), *(numbers_of(chunk) for chunk in chunks)])
        starts = np.cumsum([0, *map(len, chunks)])
        for start, chunk in zip(starts, chunks, strict=False):
            if chunk.null_count:
                there = np.unpackbits(np.frombuffer(chunk.buffers()[0], np.uint8), bitorder="little")
                missing = np.flatnonzero(there[chunk.offset : chunk.offset + len(chunk)] == 0)
                found[start + missing] = 0 if np.issubdtype(kind, np.integer) else np.nan
        return found

    def some(self, name: str, rows: Array) -> Array:
        """A column of numbers, or of lists of them, in these rows: a copy, (len, ) or (len, size); NaN is missing."""
        import pyarrow as pa

        type_ = self.schema.field(name).type
        listed = pa.types.is_fixed_size_list(type_)
        shape: tuple[int, ...] = (len(rows), type_.list_size) if listed else (len(rows),)
        kind = numpy_type(type_.value_type if listed else type_)
        found: Array = np.full(shape, np.nan, kind or bool)
        column = self.schema.get_field_index(name)
        batch_of = np.searchsorted(self._starts, rows, side="right") - 1
        order = np.argsort(batch_of, kind="stable")
        for places in np.split(order, np.flatnonzero(np.diff(batch_of[order])) + 1) if len(rows) else []:
            batch = int(batch_of[places[0]])
            array, at = self._batches[batch].column(column), rows[places] - self._starts[batch]
            if listed:
                values = numbers_of(array.values)[array.offset * shape[1] :].reshape(-1, shape[1])
            else:
                values = array.to_numpy(zero_copy_only=False)
            if listed and array.null_count:
                there = array.is_valid().to_numpy(zero_copy_only=False)[at]
                places, at = places[there], at[there]
            found[places] = values[at]
        return found

    def inside(self, name: str, field: str) -> pa.Array:
        """One field of a column of structures, all rows."""
        import pyarrow as pa
        import pyarrow.compute as pc

        column = self.table.column(name)
        chunks = [pc.struct_field(chunk, field) for chunk in column.chunks]
        return pa.concat_arrays(chunks) if chunks else pa.array([], column.type.field(field).type)

    def list(self, name: str, row: int) -> Array | None:
        """The numbers of a column of lists in one row, without a copy; None where there are none."""
        array, at = self._place(name, row)
        if not array[at].is_valid:
            return None
        size = array.type.list_size
        start = (array.offset + at) * size
        return numbers_of(array.values)[start : start + size]

    def value(self, name: str, row: int) -> Any:
        """What stands in one row, as Python has it."""
        array, at = self._place(name, row)
        return array[at].as_py()

    def _place(self, name: str, row: int) -> tuple[Any, int]:
        if not 0 <= row < len(self):
            raise IndexError(f"row {row} of {len(self)}")
        batch = int(np.searchsorted(self._starts, row, side="right")) - 1
        return self._batches[batch].column(name), row - int(self._starts[batch])

    def close(self) -> None:
        """Let go of the file; what was taken from it stays valid until it is let go of as well."""
        self._batches, self.table = [], self.schema.empty_table()  # as long as they live the file is mapped
        self._map.close()


def _damage(found: Found) -> str:
    told = [f"damaged in {found.gaps} place{'s' if found.gaps > 1 else ''}"] if found.gaps else []
    return ", ".join([*told, f"cut in the middle of a batch ({found.end})"] if found.end else told)


def is_closed(path: Path) -> bool:
    """Whether the end mark stands in it."""
    with path.open("rb") as file:
        return (
            file.seek(0, os.SEEK_END) >= len(_END) and file.seek(-len(_END), os.SEEK_END) >= 0 and file.read() == _END
        )


def copy_rows(path: Path, rows: int, file: BinaryIO) -> None:
    """Write the first so many rows and the end mark. Raises OSError."""
    import pyarrow as pa

    table = TableReader(path)
    try:
        with pa.ipc.new_stream(pa.PythonFile(file, mode="w"), table.schema) as writer:
            writer.write_table(table.table.slice(0, rows))
    finally:
        table.close()
