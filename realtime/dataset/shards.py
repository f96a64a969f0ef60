"""The shards of a data set that is being extracted: written a few recordings at a time, each in one step."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from realtime.core.errors import DataSetError, RecordError
from realtime.core.files import atomic_write
from realtime.core.study_reports import BadRecording, ExtractReport, SameContent
from realtime.core.version import __version__
from realtime.dataset.extract_settings import settings_that_differ
from realtime.dataset.rows import RecordingRows
from realtime.session.recording_lock import free_file, hold_file

SHARD_RECORDINGS = 20  # at most; a run that is killed loses those that were not written yet
SHARD_ROWS = 16_384
_DESCRIBED = ("tracker", "mesh", "sources")  # metadata in which all shards agree
_SPOKEN = {"tracker": "tracker", "mesh": "mesh", "sources": "source of emotions"}
_LOCK = ".extract.lock"
_HALF = re.compile(r"\.[0-9a-f]{16}\.part")  # what an atomic write leaves where the program is killed
_KEY, _DONE, _COLUMNS = "extraction", "recordings", "columns"  # of a shard's metadata


@dataclass(slots=True)
class ExtractionRun:
    """What one run did."""

    extracted: int = 0  # videos, sessions and tables that were not there yet
    bad: list[BadRecording] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)  # that were there with another content
    same: list[SameContent] = field(default_factory=list)
    people_not_found: list[str] = field(default_factory=list)


class Shards:
    """The shards of a data set that is being written. What is in them is read from their own metadata.

    A context manager: until it is left no other program can write into the folder by another one of these.
    """

    def __init__(self, folder: Path, settings: dict[str, Any] | None) -> None:
        """Open the folder; what is done already is in `done`, by recording.

        `settings` are all on which rows depend; None: of whatever settings, where none are added.
        Raises DataSetError where it holds something else or rows of other settings, RecordError where nothing can be
        written into it or where another program is writing.
        """
        self._folder = folder
        self._settings = settings
        self._pending: list[tuple[RecordingRows, dict[str, Any]]] = []
        self._of: dict[str, Path] = {}
        self.done: dict[str, dict[str, Any]] = {}
        self._names: dict[str, set[str]] = {}  # recordings of each source
        self._sources: dict[str, str] = {}  # by hash
        self._hashes: dict[int, set[str]] = {}  # by size in bytes
        self._columns: tuple[str, ...] | None = None
        self._described: dict[str, str] = {}
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._locked = _locked(folder / _LOCK)
        except OSError as error:
            raise RecordError(f"{folder}: cannot be written into ({error.strerror}). Choose another place.") from error
        try:
            for path in folder.iterdir():
                if _HALF.fullmatch(path.name):
                    path.unlink(missing_ok=True)
            for path in sorted(path for path in folder.glob("*.parquet") if not path.name.startswith((".", "_"))):
                self._open(path)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let other programs write into the folder. What is pending is not written."""
        free_file(self._folder / _LOCK, self._locked)

    def _open(self, path: Path) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            metadata = pq.read_schema(path).metadata or {}
            done = _facts(json.loads(metadata[_DONE.encode()]))
            settings = json.loads(metadata[_KEY.encode()])
            columns = tuple(json.loads(metadata[_COLUMNS.encode()]))
            described = {key: metadata[key.encode()].decode() for key in _DESCRIBED}
        except (OSError, pa.ArrowException, KeyError, ValueError) as error:
            raise DataSetError(
                f"{path}: not a shard that `meshmirror extract` wrote, or damaged. Move it out of the folder, or "
                "choose another one."
            ) from error
        if self._settings is not None and settings != self._settings:
            raise DataSetError(
                f"{self._folder}: was extracted with other settings: {settings_that_differ(settings, self._settings)}. "
                "Repeat those of the folder, or choose another one: frames of two settings do not belong into one data "
                f"set. To name people alone: `meshmirror extract --people FILE.csv --out {self._folder}`."
            )
        self._columns = columns
        self._described |= {key: value for key, value in described.items() if value}
        for name, facts in done.items():
            if name in self._of:
                raise DataSetError(
                    f"{path}: the recording '{name}' is in {self._of[name].name} as well, so its rows would count "
                    "twice. Move one of the two files out of the folder."
                )
            self._know(name, facts)
            self._of[name] = path

    def hash_of(self, source: str) -> str | None:
        """SHA-256 of what is in the data set under the name of a video, a session or a table."""
        return next((self.done[name]["sha256"] for name in self._names.get(source, ())), None)

    def source_of(self, sha256: str) -> str | None:
        """Under which name a content is in the data set."""
        return self._sources.get(sha256)

    def hashes_of(self, size: int) -> frozenset[str]:
        """The contents of so many bytes that are in the data set."""
        return frozenset(self._hashes.get(size, ()))

    def _know(self, name: str, facts: dict[str, Any]) -> None:
        source = facts.get("source", name)
        self.done[name] = facts
        self._names.setdefault(source, set()).add(name)
        self._sources[facts["sha256"]] = source
        if "bytes" in facts:  # not in shards of earlier versions
            self._hashes.setdefault(facts["bytes"], set()).add(facts["sha256"])

    def refusal(self, rows: RecordingRows, source: str) -> str | None:
        """Why a recording of a source does not belong into this data set; None where it does."""
        if rows.name in self.done and rows.name not in self._names.get(source, ()):
            return f"another recording of the data set is called '{rows.name}': give one of them another name."
        for key, value in zip(_DESCRIBED, (rows.tracker, rows.mesh, rows.emotions_from), strict=True):
            known = self._described.get(key)
            if known and value and known != value and rows.stamps:
                return (
                    f"its {_SPOKEN[key]} is '{value}', that of the data set is '{known}'. It belongs into "
                    "another one: numbers of two of them are not compared."
                )
        return None

    def add(self, recordings: Sequence[RecordingRows], source: str, sha256: str, size: int) -> None:
        """Add the recordings of a video, a session or a table, in place of what it had before.

        They are written with some others, those of one source in one shard. Raises RecordError.
        """
        self._forget(source)
        for rows in recordings:
            if rows.stamps:
                values = zip(_DESCRIBED, (rows.tracker, rows.mesh, rows.emotions_from), strict=True)
                self._described |= {key: value for key, value in values if value and not self._described.get(key)}
            facts = {
                "sha256": sha256, "bytes": size, "frames": rows.frames, "rows": len(rows.stamps),
                "dropped": dict(rows.dropped),
            }  # fmt: skip
            if rows.person is not None:
                facts["person"] = rows.person
            if rows.several_faces:
                facts["faces"] = len(set(rows.faces))
            if rows.name != source:
                facts["source"] = source
            self._pending.append((rows, facts))
            self._know(rows.name, facts)
        if len(self._pending) >= SHARD_RECORDINGS or sum(len(one.stamps) for one, _ in self._pending) >= SHARD_ROWS:
            self.flush()

    def flush(self) -> None:
        """Write what is pending as a shard."""
        import pyarrow as pa

        pending, self._pending = self._pending, []
        if not pending:
            return
        if self._columns is None:
            self._columns = tuple(dict.fromkeys(name for rows, _ in pending for name in rows.columns()))
        done = {rows.name: facts for rows, facts in pending}
        metadata = {
            **{key: self._described.get(key, "") for key in _DESCRIBED}, "versions": f"meshmirror {__version__}",
            _KEY: json.dumps(self._settings), _DONE: json.dumps(done), _COLUMNS: json.dumps(self._columns),
        }  # fmt: skip
        faces = any(rows.several_faces or rows.tracks for rows, _ in pending)
        tables = [rows.table(self._columns, faces=faces) for rows, _ in pending]
        path = (
            self._folder / f"part-{max(map(_number, self._folder.glob('part-*.parquet')), default=-1) + 1:05d}.parquet"
        )
        self._write(path, pa.concat_tables(tables).replace_schema_metadata(metadata))
        self._of |= dict.fromkeys(done, path)

    def name_people(self, people: dict[str, str]) -> None:
        """Write the names of people into rows that are there already, where they differ. Raises RecordError."""
        import pyarrow as pa

        changed = {name for name in people.keys() & self._of.keys() if self.done[name].get("person") != people[name]}
        for path in sorted({self._of[name] for name in changed}):
            table = _read(path)
            at = table.schema.get_field_index("person")
            rows = zip(table["recording"].to_pylist(), table["person"].to_pylist(), strict=True)
            persons = pa.array([people.get(recording, person) for recording, person in rows], pa.string())
            for name in changed:
                if self._of[name] == path:
                    self.done[name]["person"] = people[name]
            self._write(path, table.set_column(at, "person", persons), self._done_in(path))

    def _forget(self, source: str) -> None:
        """Take out the rows of a source whose content has changed."""
        import pyarrow.compute as pc

        names = self._names.pop(source, set())
        if not names:
            return
        for path in {self._of[name] for name in names & self._of.keys()}:
            table = _read(path)
            gone = pc.is_in(table.column("recording"), value_set=_strings(sorted(names)))
            kept = {name: facts for name, facts in self._done_in(path).items() if name not in names}
            self._write(path, table.filter(pc.invert(gone)), kept)
        self._pending = [one for one in self._pending if one[0].name not in names]
        for name in names:
            facts = self.done.pop(name)
            self._sources.pop(facts["sha256"], None)
            self._hashes.get(facts.get("bytes", -1), set()).discard(facts["sha256"])
            self._of.pop(name, None)

    def _done_in(self, path: Path) -> dict[str, dict[str, Any]]:
        return {name: facts for name, facts in self.done.items() if self._of.get(name) == path}

    def _write(self, path: Path, table: Any, done: dict[str, dict[str, Any]] | None = None) -> None:
        """Write a shard in one step, with other facts of its recordings where they are given."""
        import pyarrow.parquet as pq

        if done is not None:
            table = table.replace_schema_metadata({**table.schema.metadata, _DONE.encode(): json.dumps(done).encode()})
        try:
            with atomic_write(path, 0o600) as file:
                pq.write_table(
                    table, file, compression="zstd", use_dictionary=["recording", "person"], row_group_size=4096
                )
        except OSError as error:
            raise RecordError(
                f"{path}: cannot be written ({error.strerror or error}). What was done before is kept; make room and "
                "start again."
            ) from error

    def report(self, found: int, done: ExtractionRun) -> ExtractReport:
        """What is in the data set now."""
        dropped: Counter[str] = Counter()
        for facts in self.done.values():
            dropped.update(facts["dropped"])
        return ExtractReport(
            data_set=str(self._folder),
            recordings=len(self.done),
            found=found,
            extracted=done.extracted,
            frames=sum(facts["frames"] for facts in self.done.values()),
            rows=sum(facts["rows"] for facts in self.done.values()),
            dropped=dict(dropped),
            columns=self._columns or (),
            tracker=self._described.get("tracker", ""),
            mesh=self._described.get("mesh", ""),
            emotions=self._described.get("sources", ""),
            named=sum(bool(facts.get("person")) for facts in self.done.values()),
            several_faces=tuple(sorted(name for name, facts in self.done.items() if facts.get("faces"))),
            bad=tuple(done.bad),
            replaced=tuple(done.replaced),
            same=tuple(done.same),
            people_not_found=tuple(done.people_not_found),
        )


def _locked(path: Path) -> int:
    """The descriptor of a lock file that this program holds. Raises OSError, RecordError where another one does."""
    descriptor = hold_file(path)
    if descriptor is None:
        raise RecordError(
            f"{path.parent}: another `meshmirror extract` is writing into this folder. Wait until it has ended, or "
            "choose another folder."
        )
    return descriptor


def _facts(done: Any) -> dict[str, dict[str, Any]]:
    """What a shard says of its recordings. Raises ValueError where it is something else."""
    kinds = {"sha256": str, "frames": int, "rows": int, "dropped": dict}
    if not isinstance(done, dict) or not all(
        isinstance(facts, dict) and all(isinstance(facts.get(key), kind) for key, kind in kinds.items())
        for facts in done.values()
    ):
        raise ValueError("not what is known of recordings")
    return done


def _read(path: Path) -> Any:
    """The table of a shard. Raises DataSetError where it is damaged."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.read_table(path)
    except (OSError, pa.ArrowException) as error:
        raise DataSetError(
            f"{path}: damaged ({' '.join(str(error).split())[:200]}). Move it out of the folder: its recordings are "
            "then extracted again."
        ) from error


def _number(path: Path) -> int:
    """The number in a shard's name; -1 where somebody gave it another name."""
    text = path.stem.rpartition("-")[2]
    return int(text) if text.isdecimal() else -1


def _strings(values: list[str]) -> Any:
    import pyarrow as pa

    return pa.array(values, pa.string())
