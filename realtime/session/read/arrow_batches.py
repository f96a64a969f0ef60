"""Reads the batches of an untrusted Arrow stream.

A batch is a message: four bytes FF, the length of its metadata, its metadata, its body. A damaged batch is skipped by
searching for the next one. Nothing is decoded before it is known to be uncompressed (a few bytes may claim to be
terabytes), and nothing is returned before every length and offset was validated to lie inside its buffer, and every
buffer inside the file.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from realtime.core.types import Array

if TYPE_CHECKING:
    import pyarrow as pa

_MARK = 0xFFFFFFFF
_PREFIX = 8  # the mark and the length
_MOST_METADATA = 1 << 20  # bytes of a batch's metadata; those of a session have 3,000
_MOST_TRIED = 10_000  # positions that are tried as the next batch, against files that are crafted to cost time
# Numbers of fields in Arrow's Message.fbs.
_HEADER, _LENGTH, _COMPRESSION = 2, 0, 3


@dataclass(frozen=True, slots=True)
class ValidBatches:
    """The valid batches of a stream."""

    batches: list[pa.RecordBatch]
    gaps: int  # places with damaged batches, followed by valid ones
    foreign: int  # batches that are no damage, but of a kind that no session has: compressed, dictionaries
    end: str  # what is wrong with the end; empty if the stream was closed or ends with a complete batch


class _ForeignError(ValueError):
    """A complete message of a kind that no session has."""


def read_batches(
    content: pa.Buffer,
    schema: pa.Schema,
    never_null: Sequence[str] = (),
    most: Mapping[str, int] | None = None,
    lengths: Mapping[str, int] | None = None,
) -> ValidBatches:
    """The batches of a stream, without a copy; `content` is the valid file, `schema` the one that it begins with.

    A batch is damaged that has a null in a column of `never_null`, or an integer of a larger magnitude than `most` has
    for its column, or a list of another length than `lengths` has; "column.field" is a field of a structure.
    """
    words: Array = np.frombuffer(content, "<u4", count=content.size // 4)
    found: list[pa.RecordBatch] = []
    gaps, tried, foreign, end = 0, 0, 0, ""
    at = _PREFIX + int(words[1]) if len(words) > 1 and words[0] == _MARK else 0  # after the schema
    while at < content.size:
        if at + _PREFIX == content.size and words[at // 4] == _MARK and words[at // 4 + 1] == 0:
            break  # the end marker
        try:
            batch, size = _batch(content, at, schema)
        except _errors() as error:
            tried += 1
            foreign += isinstance(error, _ForeignError)
            end = end or first_line(error)
            following = _following(words, at)
            if following is None or tried >= _MOST_TRIED:
                break
            at = following
            continue
        gaps += bool(end)
        end = ""
        found.append(batch)
        at += size
    valid = _plausible(found, never_null, most or {}, lengths or {})
    return ValidBatches(valid, gaps + len(found) - len(valid), foreign, end)


def arrow_rows(content: pa.Buffer) -> int:
    """How many rows Arrow itself reads from a stream, up to its end or its first damaged batch.

    What is compressed is counted by the number of rows that it states, since decoding it may take terabytes.
    """
    import pyarrow as pa

    rows = 0
    try:
        messages = pa.ipc.MessageReader.open_stream(pa.BufferReader(content))
        schema = pa.ipc.read_schema(messages.read_next_message())
        for message in messages:
            if message.type != "record batch":
                continue
            metadata = message.metadata.to_pybytes()
            if _is_compressed(metadata) or any(pa.types.is_dictionary(field.type) for field in schema):
                rows += _stated_rows(metadata)
                continue
            batch = pa.ipc.read_record_batch(message, schema)
            batch.validate(full=True)
            rows += batch.num_rows
    except StopIteration:
        pass  # an empty file
    except _errors():
        pass  # Arrow reads up to here
    return rows


def _batch(content: pa.Buffer, at: int, schema: pa.Schema) -> tuple[pa.RecordBatch, int]:
    """The batch at a position, and its length in bytes."""
    import pyarrow as pa

    mark, length = struct.unpack("<Ii", content[at : at + _PREFIX])
    if mark != _MARK or not 0 < length <= _MOST_METADATA or length % _PREFIX:
        raise ValueError("no batch where one should begin")
    message = pa.ipc.read_message(content.slice(at))
    if message.type != "record batch":
        raise _ForeignError(f"a {message.type} message instead of rows")
    if _is_compressed(message.metadata.to_pybytes()):
        raise _ForeignError("compressed, which no session is")
    batch = pa.ipc.read_record_batch(message, schema)
    batch.validate(full=True)  # 8 us: the numbers themselves are not read
    return batch, _PREFIX + length + message.body.size


def _plausible(
    batches: list[pa.RecordBatch], never_null: Sequence[str], most: Mapping[str, int], lengths: Mapping[str, int]
) -> list[pa.RecordBatch]:
    import pyarrow as pa

    def good(of: pa.RecordBatch | pa.Table) -> bool:
        return (
            not any(_lacks(of, name) for name in never_null)
            and all(_is_within(of, name, limit) for name, limit in most.items())
            and all(_are_whole(of, name, length) for name, length in lengths.items())
        )

    if not batches or good(pa.Table.from_batches(batches)):
        return batches  # checked for all at once, which is ten times as fast
    return [batch for batch in batches if good(batch)]


def _lacks(of: pa.RecordBatch | pa.Table, name: str) -> bool:
    """Whether a column has a null, or the field of a structure one where the structure itself is there."""
    import pyarrow.compute as pc

    column, _, field = name.partition(".")
    if of.schema.get_field_index(column) < 0:
        return False
    values = of.column(column)
    if not field:
        return bool(values.null_count)
    return bool(pc.struct_field(values, field).null_count > values.null_count)


def _are_whole(of: pa.RecordBatch | pa.Table, name: str, length: int) -> bool:
    """Whether all lists of a field have this length, and none is missing where its structure is there."""
    import pyarrow.compute as pc

    column, _, field = name.partition(".")
    if of.schema.get_field_index(column) < 0:
        return True
    values = of.column(column)
    lengths = pc.list_value_length(pc.struct_field(values, field))
    ends = pc.min_max(lengths).as_py().values()  # not compared by Arrow: with a number of Python it imports pandas
    return lengths.null_count == values.null_count and all(end in (None, length) for end in ends)


def _is_within(of: pa.RecordBatch | pa.Table, name: str, limit: int) -> bool:
    """Whether no integer of a column exceeds the limit; one that is not there does not."""
    import pyarrow.compute as pc

    column, _, field = name.partition(".")
    if of.schema.get_field_index(column) < 0:
        return True
    values = of.column(column)
    found = pc.min_max(pc.struct_field(values, field) if field else values).as_py()
    return found["min"] is None or -limit <= found["min"] <= found["max"] <= limit


def _following(words: Array, after: int) -> int | None:
    """The next position at which a batch may begin; None if there is none."""
    step = 1 << 18
    for first in range(after // 8 * 2 + 2, len(words) - 1, step):
        marks, lengths = words[first : first + step : 2], words[first + 1 : first + step + 1 : 2]
        n = len(lengths)
        places = np.flatnonzero((marks[:n] == _MARK) & (lengths > 0) & (lengths <= _MOST_METADATA))
        if len(places):
            return 4 * (first + 2 * int(places[0]))
    return None


def _is_compressed(metadata: bytes) -> bool:
    """Whether a batch is compressed; from its flatbuffer, which Arrow has verified."""
    header = _field(metadata, _offset(metadata, 0), _HEADER)
    return header is not None and _field(metadata, header + _offset(metadata, header), _COMPRESSION) is not None


def _stated_rows(metadata: bytes) -> int:
    """The number of rows that a batch states."""
    header = _field(metadata, _offset(metadata, 0), _HEADER)
    length = None if header is None else _field(metadata, header + _offset(metadata, header), _LENGTH)
    if length is None:
        return 0
    (rows,) = struct.unpack_from("<q", metadata, length)
    return max(0, int(rows))


def _field(metadata: bytes, table: int, number: int) -> int | None:
    """The position of a field in a flatbuffer's table; None if it is absent."""
    (back,) = struct.unpack_from("<i", metadata, table)
    (size,) = struct.unpack_from("<H", metadata, table - back)
    at = 4 + 2 * number
    if at + 2 > size:
        return None
    (offset,) = struct.unpack_from("<H", metadata, table - back + at)
    return table + offset if offset else None


def _offset(metadata: bytes, at: int) -> int:
    (value,) = struct.unpack_from("<I", metadata, at)
    return int(value)


def _errors() -> tuple[type[Exception], ...]:
    import pyarrow as pa

    return (OSError, ValueError, MemoryError, struct.error, pa.ArrowException)


def first_line(error: Exception) -> str:
    """The first line of an error's message, shortened for a sentence."""
    return str(error).splitlines()[0][:200] if str(error) else type(error).__name__
