"""The batches of an Arrow stream that nobody vouches for.

A batch is a message: four bytes FF, the length of what is said of it, what is said of it, its numbers. One that is
damaged costs itself alone: the next one is looked for. Nothing is decoded before it is known that it is not compressed
(a few bytes may claim to be terabytes), nothing handed out before every length and offset was found to lie inside of
its buffer, and every buffer inside of the file.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from realtime.core.types import Array

if TYPE_CHECKING:
    import pyarrow as pa

_MARK = 0xFFFFFFFF
_PREFIX = 8  # the mark and the length
_MOST_SAID = 1 << 20  # bytes that are said of a batch; a session's has 3,000
_MOST_TRIED = 10_000  # places at which a next batch is looked for, in a file that is made to cost time
# Numbers of fields in Arrow's Message.fbs.
_HEADER, _COMPRESSION = 2, 3


@dataclass(frozen=True, slots=True)
class Found:
    """The batches that are whole."""

    batches: list[pa.RecordBatch]
    gaps: int  # places at which batches are damaged, with whole ones after them
    end: str  # what is wrong with the end; empty where the stream was closed or ends with a whole batch


def read_batches(content: pa.Buffer, schema: pa.Schema, never_null: Sequence[str] = ()) -> Found:
    """The batches of a stream, without a copy; `content` is all of the file, `schema` what it begins with.

    A batch with a null in a column of `never_null` is damaged.
    """
    words: Array = np.frombuffer(content, "<u4", count=content.size // 4)
    found: list[pa.RecordBatch] = []
    gaps, tried, end = 0, 0, ""
    at = _PREFIX + int(words[1]) if len(words) > 1 and words[0] == _MARK else 0  # behind the schema
    while at < content.size:
        if at + _PREFIX == content.size and words[at // 4] == _MARK and words[at // 4 + 1] == 0:
            break  # the end mark
        try:
            batch, size = _batch(content, at, schema)
        except _errors() as error:
            tried += 1
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
    whole = _without_nulls(found, never_null)
    return Found(whole, gaps + len(found) - len(whole), end)


def _batch(content: pa.Buffer, at: int, schema: pa.Schema) -> tuple[pa.RecordBatch, int]:
    """The batch that begins there, and how long it is."""
    import pyarrow as pa

    mark, length = struct.unpack("<Ii", content[at : at + _PREFIX])
    if mark != _MARK or not 0 < length <= _MOST_SAID or length % _PREFIX:
        raise ValueError("no batch begins where one should")
    message = pa.ipc.read_message(content.slice(at))
    if message.type != "record batch":
        raise ValueError(f"a {message.type} stands in the place of rows")
    if _is_compressed(message.metadata.to_pybytes()):
        raise ValueError("it is compressed, which no session is")
    batch = pa.ipc.read_record_batch(message, schema)
    batch.validate(full=True)  # 8 us: the numbers themselves are not looked at
    return batch, _PREFIX + length + message.body.size


def _without_nulls(batches: list[pa.RecordBatch], never_null: Sequence[str]) -> list[pa.RecordBatch]:
    import pyarrow as pa

    if not batches or not any(pa.Table.from_batches(batches).column(name).null_count for name in never_null):
        return batches  # asked of all at once, which is ten times as fast
    return [batch for batch in batches if not any(batch.column(name).null_count for name in never_null)]


def _following(words: Array, after: int) -> int | None:
    """Where the next batch may begin; None where there is none."""
    step = 1 << 18
    for first in range(after // 8 * 2 + 2, len(words) - 1, step):
        marks, lengths = words[first : first + step : 2], words[first + 1 : first + step + 1 : 2]
        n = len(lengths)
        places = np.flatnonzero((marks[:n] == _MARK) & (lengths > 0) & (lengths <= _MOST_SAID))
        if len(places):
            return 4 * (first + 2 * int(places[0]))
    return None


def _is_compressed(said: bytes) -> bool:
    """Whether a batch is; from its flatbuffer, which Arrow has verified."""
    header = _field(said, _offset(said, 0), _HEADER)
    return header is not None and _field(said, header + _offset(said, header), _COMPRESSION) is not None


def _field(said: bytes, table: int, number: int) -> int | None:
    """Where a field of a flatbuffer's table stands; None where it is left out."""
    (back,) = struct.unpack_from("<i", said, table)
    (size,) = struct.unpack_from("<H", said, table - back)
    at = 4 + 2 * number
    if at + 2 > size:
        return None
    (offset,) = struct.unpack_from("<H", said, table - back + at)
    return table + offset if offset else None


def _offset(said: bytes, at: int) -> int:
    (value,) = struct.unpack_from("<I", said, at)
    return int(value)


def _errors() -> tuple[type[Exception], ...]:
    import pyarrow as pa

    return (OSError, ValueError, MemoryError, struct.error, pa.ArrowException)


def first_line(error: Exception) -> str:
    """What an error says, as far as it fits into a sentence."""
    return str(error).splitlines()[0][:200] if str(error) else type(error).__name__
