"""A data set on disk: a folder of Parquet shards, one row a face. Anybody may have written them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import numpy as np
import numpy.typing as npt

from realtime.core.errors import DataSetError
from realtime.core.files import special_file
from realtime.core.freed_memory import return_freed_memory
from realtime.core.types import EMOTIONS, N_LANDMARKS, Array
from realtime.detect.landmarks.face_landmarker import blendshape_name
from realtime.model.names import canonical_name, family_of, is_emotion, nearest
from realtime.pipeline.cluster import Cluster, Task, in_threads

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

F32 = npt.NDArray[np.float32]
Found = TypeVar("Found")
Family = Literal["emotion", "au", "blendshape"]

CHUNK_ROWS = 512  # rows that are read at a time
TASK_ROWS = 4096  # that a task has, in whole row groups; more only where one of these is larger
MESH = "mesh"
_BUFFER = 1 << 20  # bytes of a column that are read at a time; else all of a row group is in memory
POSE = ("pitch", "yaw", "roll")
_COORDINATES = 3 * N_LANDMARKS
_TEXTS = ("recording", "person")
_REQUIRED = ("recording", "stamp_ns", MESH, *POSE)
_OTHERS = {"recording", "person", "stamp_ns", MESH, *POSE, "face_px", "score", "face"}
_SHA256 = re.compile(r"[0-9a-f]{64}")
_DESCRIBED = ("tracker", "mesh", "sources")  # metadata in which the shards of a data set must agree


@dataclass(frozen=True, slots=True)
class DataSet:
    """The shards of a folder, checked against each other."""

    folder: Path
    shards: tuple[Path, ...]
    groups: tuple[tuple[int, ...], ...]  # rows of each row group of each shard
    columns: tuple[str, ...]
    metadata: dict[str, str]  # of the schema; what no shard has is absent
    contents: dict[str, str] = field(default_factory=dict)  # SHA-256 of the recordings of which a shard has it, by name
    no_numbers: dict[str, str] = field(default_factory=dict, compare=False)  # other columns of the first, by type
    cluster: Cluster | None = field(default=None, compare=False)  # that reads it; None: threads of this process
    advance: Callable[[int], None] = field(default=lambda rows: None, compare=False)  # takes the rows that were read

    @property
    def frames(self) -> int:
        """Rows of all shards."""
        return sum(map(sum, self.groups))

    def features(self, family: Family) -> tuple[str, ...]:
        """The columns of a family's features, in the order of its models.

        Raises DataSetError where there are none, some are missing, or one is spelled like no known emotion.
        """
        if family == "emotion":
            return self._emotions()
        if family == "au":
            found = sorted(name for name in self.columns if name not in _OTHERS and family_of([name]) == "au")
        else:
            found = [name for name in self.columns if blendshape_name(name)]
        if not found:
            raise DataSetError(f"{self.folder}: there are no columns of {_SPOKEN[family]}. {self._there()}")
        self._refuse_doubles(found)
        return tuple(found)

    def place_of(self, row: int) -> str:
        """The shard that a row is in, and which of its rows it is, counted from 0: for errors."""
        for path, groups in zip(self.shards, self.groups, strict=True):
            if row < sum(groups):
                return f"row {row} of {path.name}"
            row -= sum(groups)
        raise IndexError("the data set has fewer rows")

    def _emotions(self) -> tuple[str, ...]:
        by_name = {canonical_name(name): name for name in self.columns if is_emotion(name)}
        missing = [name for name in EMOTIONS if name not in by_name]
        if missing:
            strange = [
                name
                for name in self.columns
                if name not in _OTHERS and family_of([name]) == "blendshape" and blendshape_name(name) is None
            ]
            hint = "".join(f" '{name}' is no known emotion.{nearest(name, EMOTIONS)}" for name in strange[:3])
            texts = [(name, kind) for name, kind in self.no_numbers.items() if is_emotion(name)]
            hint += "".join(f" The column {name} is {kind}, not numbers." for name, kind in texts[:3])
            raise DataSetError(
                f"{self.folder}: the columns of emotions lack {', '.join(missing)}.{hint} {self._there()}"
            )
        self._refuse_doubles([name for name in self.columns if is_emotion(name)])
        return tuple(by_name[name] for name in EMOTIONS)

    def _refuse_doubles(self, columns: Sequence[str]) -> None:
        """Raise DataSetError where two columns are of one feature, in two spellings."""
        first: dict[str, str] = {}
        for name in columns:
            known = first.setdefault(canonical_name(name), name)
            if known != name:
                raise DataSetError(
                    f"{self.folder}: the columns {known} and {name} are the same feature. Leave one of them out."
                )

    def _there(self) -> str:
        names = [name for name in self.columns if name not in _OTHERS]
        return f"Its columns of numbers are: {', '.join(names[:60]) or 'none'}."

    def read(
        self,
        columns: Sequence[str],
        work: Callable[..., Found],
        rows: Sequence[Array] = (),
        workers: int = 1,
        into: Callable[[], Found] | None = None,
    ) -> Iterator[Found]:
        """What `work` makes of some columns of all rows, in the order of the rows.

        It is called with at most `CHUNK_ROWS` rows of one shard, and with the same rows of each array of `rows`
        (frames, ...). The chunks are the same whoever computes them: the cluster, else threads, `workers` of them. A
        task has row groups of `TASK_ROWS` rows together, and their part of the arrays; `work` must depend on nothing
        else, and be picklable for a cluster. `into` makes what the chunks of a task are added to, one result for
        all of them: `work` is then given it before the rows, and answers with it.

        Raises DataSetError for a shard that cannot be read, ClusterError where the cluster is gone, and what `work`
        raises.
        """
        portions = list(self._portions())
        tasks = _tasks(portions, tuple(columns), work, rows, into)
        try:
            with nullcontext(self.cluster) if self.cluster is not None else in_threads(workers) as pool:
                for portion, found in zip(portions, pool.in_order(tasks), strict=True):
                    yield from found
                    self.advance(portion.rows)
        finally:
            return_freed_memory()

    def _portions(self) -> Iterator[_Portion]:
        places: list[tuple[Path, int]] = []
        rows = 0
        for path, groups in zip(self.shards, self.groups, strict=True):
            for group, count in enumerate(groups):
                if places and rows + count > TASK_ROWS:
                    yield _Portion(tuple(places), rows)
                    places, rows = [], 0
                places.append((path, group))
                rows += count
        if places:
            yield _Portion(tuple(places), rows)


@dataclass(frozen=True, slots=True)
class _Portion:
    """The row groups of a task."""

    places: tuple[tuple[Path, int], ...]  # shard and number within it, in the order of the rows
    rows: int

    @property
    def name(self) -> str:
        first, last = self.places[0][0].name, self.places[-1][0].name
        return first if first == last else f"{first} to {last}"


def _tasks(
    portions: Sequence[_Portion],
    columns: tuple[str, ...],
    work: Callable[..., Found],
    rows: Sequence[Array],
    into: Callable[[], Found] | None,
) -> Iterator[Task[list[Found]]]:
    start = 0
    for portion in portions:
        own = tuple(values[start : start + portion.rows] for values in rows)
        yield Task(portion.name, _read_portion, (portion, columns, work, own, into))
        start += portion.rows


def _read_portion(
    portion: _Portion,
    columns: tuple[str, ...],
    work: Callable[..., Found],
    rows: tuple[Array, ...],
    into: Callable[[], Found] | None,
) -> list[Found]:
    """The work on some row groups; `rows` are those of these alone."""
    import pyarrow as pa

    found: list[Found] = [] if into is None else [into()]
    start = 0
    for path, group in portion.places:
        for batch in _batches(path, group, columns):
            stop = start + batch.num_rows
            own = tuple(values[start:stop] for values in rows)
            try:
                if into is None:
                    found.append(work(batch, *own))
                else:
                    found[0] = work(found[0], batch, *own)
            except UnicodeDecodeError as cause:
                raise _damaged(path, cause) from cause
            start = stop
        pa.default_memory_pool().release_unused()  # what it keeps for later adds up over the threads
    return found


def _batches(path: Path, group: int, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa

    with _opened(path) as file:
        try:
            yield from file.iter_batches(CHUNK_ROWS, row_groups=[group], columns=list(columns), use_threads=False)
        except (OSError, pa.ArrowException) as cause:
            raise _damaged(path, cause) from cause


_SPOKEN: dict[Family, str] = {"emotion": "emotions", "au": "action units (AU01 ...)", "blendshape": "blendshapes"}


def open_data_set(
    folder: Path, cluster: Cluster | None = None, advance: Callable[[int], None] = lambda rows: None
) -> DataSet:
    """Open a data set and check its shards against each other; no row is read. `cluster` is to do the readings, and
    `advance` is called with the rows of each row group that was read.

    Raises DataSetError for a folder without shards, a shard that cannot be read, lacks a column or differs from the
    first one in its columns, its tracker, its mesh or its sources of features, and UsageError where a worker of the
    cluster does not see the shards.
    """
    if not folder.is_dir():
        what = "a file and no folder" if folder.exists() else "there is no such folder"
        raise DataSetError(f"{folder}: {what}. A data set is a folder of Parquet files (.parquet).")
    shards = tuple(
        path for path in sorted(folder.rglob("*.parquet")) if not path.name.startswith((".", "_")) and not path.is_dir()
    )
    if not shards:
        raise DataSetError(f"{folder}: there is no Parquet file (.parquet) in this folder.")
    groups: list[tuple[int, ...]] = []
    first: tuple[dict[str, str], dict[str, str]] | None = None
    contents: dict[str, str] = {}
    no_numbers: dict[str, str] = {}
    for path in shards:
        with _opened(path) as file:
            types, metadata = _columns(file.schema_arrow, path), _metadata(file.schema_arrow)
            contents |= _contents(metadata)
            groups.append(tuple(file.metadata.row_group(at).num_rows for at in range(file.num_row_groups)))
            if first is None:
                first = types, metadata
                no_numbers = {one.name: str(one.type) for one in file.schema_arrow if one.name not in types}
                continue
        if _needed(types) != _needed(first[0]):
            apart = _difference(_needed(first[0]), _needed(types))
            raise DataSetError(
                f"{path}: its columns differ from those of {shards[0].name} ({apart}). "
                "Keep shards of one kind in one folder."
            )
        for key in _DESCRIBED:
            one, other = first[1].get(key), metadata.get(key)
            if one != other:
                raise DataSetError(
                    f"{path}: its {key} is '{other or 'unknown'}', that of {shards[0].name} is '{one or 'unknown'}'. "
                    "Meshes of two trackers differ by 1.5 to 2.5 % of the face: fit them apart."
                )
    assert first is not None
    if cluster is not None:
        shards = tuple(path.absolute() for path in shards)
        cluster.require_files(shards)
    return DataSet(folder, shards, tuple(groups), tuple(first[0]), first[1], contents, no_numbers, cluster, advance)


def meshes_of(batch: pa.RecordBatch) -> F32:
    """(n, 478, 3) float32 meshes of a chunk, vertex after vertex; rows without a mesh are NaN."""
    column = batch.column(MESH)
    flat = column.flatten() if column.null_count == 0 else None
    if flat is not None and len(flat) == len(column) * _COORDINATES:
        return np.asarray(flat.to_numpy(zero_copy_only=False), np.float32).reshape(-1, N_LANDMARKS, 3)
    found = np.full((len(column), _COORDINATES), np.nan, np.float32)
    for row, cell in enumerate(column):
        if cell.is_valid and len(cell.values) == _COORDINATES:
            found[row] = cell.values.to_numpy(zero_copy_only=False)
    return found.reshape(-1, N_LANDMARKS, 3)


def numbers_of(batch: pa.RecordBatch, columns: Sequence[str]) -> F32:
    """(n, k) float32 of some columns of a chunk; nulls are NaN."""
    found = np.empty((batch.num_rows, len(columns)), np.float32)
    for at, name in enumerate(columns):
        found[:, at] = batch.column(name).to_numpy(zero_copy_only=False)
    return found


def _opened(path: Path) -> pq.ParquetFile:
    import pyarrow as pa
    import pyarrow.parquet as pq

    kind = special_file(path)
    if kind is not None:  # opening a pipe would wait for ever
        raise DataSetError(f"{path}: {kind} and no Parquet file. Move it out of the folder.")
    try:
        return pq.ParquetFile(path, buffer_size=_BUFFER, pre_buffer=False)
    except (OSError, pa.ArrowException) as cause:
        raise _damaged(path, cause) from cause


def _damaged(path: Path, cause: Exception) -> DataSetError:
    return DataSetError(
        f"{path}: damaged, cut short or no Parquet file ({' '.join(str(cause).split())[:200]}). Extract these "
        "recordings again, or move the file out of the folder."
    )


def _columns(schema: pa.Schema, path: Path) -> dict[str, str]:
    """The columns by name with what is in them: text, numbers, or lists of numbers, whatever their width; columns of
    anything else are left out. Raises DataSetError where the schema is not that of a data set.
    """
    import pyarrow.types as kinds

    types = {field.name: field.type for field in schema}
    if len(types) < len(schema.names):
        twice = next(name for name in types if schema.names.count(name) > 1)
        raise DataSetError(f"{path}: has the column {twice} twice. Leave one of them out.")
    missing = [name for name in _REQUIRED if name not in types]
    if missing:
        raise DataSetError(f"{path}: the column {missing[0]} is missing; a data set has recording, stamp_ns, mesh, "
                           "pitch, yaw, roll and a column for each feature.")  # fmt: skip
    mesh = types[MESH]
    listed = kinds.is_fixed_size_list(mesh) or kinds.is_list(mesh) or kinds.is_large_list(mesh)
    if not listed or not kinds.is_floating(mesh.value_type) or getattr(mesh, "list_size", 0) not in (0, _COORDINATES):
        raise DataSetError(f"{path}: the column mesh is {mesh}, expected lists of {_COORDINATES} float32.")
    for name, accepted, expected in (
        *((name, _is_text, "text") for name in _TEXTS),
        ("stamp_ns", kinds.is_integer, "int64 (nanoseconds)"),
        *((name, kinds.is_floating, "float32 (radians)") for name in POSE),
    ):
        if name in types and not accepted(types[name]):
            raise DataSetError(f"{path}: the column {name} is {types[name]}, expected {expected}.")
    found = {name: "number" for name, kind in types.items() if _is_number(kind)}
    return found | {name: "text" for name in _TEXTS if name in types} | {MESH: "numbers"}


def _is_text(kind: Any) -> bool:
    import pyarrow.types as kinds

    if kinds.is_dictionary(kind):
        return _is_text(kind.value_type)
    return bool(
        kinds.is_string(kind) or kinds.is_large_string(kind) or kinds.is_string_view(kind) or kinds.is_null(kind)
    )


def _is_number(kind: Any) -> bool:
    import pyarrow.types as kinds

    return bool(kinds.is_floating(kind) or kinds.is_integer(kind))


def _metadata(schema: pa.Schema) -> dict[str, str]:
    given = schema.metadata or {}
    own = {key.decode("utf-8", "replace"): value.decode("utf-8", "replace") for key, value in given.items()}
    return {key: value for key, value in own.items() if not key.startswith(("ARROW:", "pandas"))}


def _contents(metadata: dict[str, str]) -> dict[str, str]:
    """SHA-256 by recording, as `meshmirror extract` writes it into a shard; nothing where others have written it."""
    try:
        done = json.loads(metadata.get("recordings", "{}"))
        return {name: facts["sha256"] for name, facts in done.items() if _SHA256.fullmatch(facts["sha256"])}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}


def _needed(types: dict[str, str]) -> dict[str, str]:
    """The columns in which shards have to agree: all but those that are read by people only."""
    return {name: kind for name, kind in types.items() if name not in ("face_px", "score", "face")}


def _difference(one: dict[str, str], other: dict[str, str]) -> str:
    gone, new = sorted(one.keys() - other.keys()), sorted(other.keys() - one.keys())
    changed = sorted(name for name in one.keys() & other.keys() if one[name] != other[name])
    parts = [
        f"{what}: {', '.join(names[:5])}"
        for what, names in (("without", gone), ("more", new), ("of another type", changed))
        if names
    ]
    return "; ".join(parts)
