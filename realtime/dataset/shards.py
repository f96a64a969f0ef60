"""The shards of a data set that is being extracted: written a few recordings at a time, each in one step."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from realtime.core.errors import DataSetError, RecordError
from realtime.core.files import atomic_write
from realtime.core.study_reports import BadRecording, ExtractReport
from realtime.core.version import __version__
from realtime.dataset.recording import RecordingRows

SHARD_RECORDINGS = 20  # at most; a run that is killed loses those that were not written yet
SHARD_ROWS = 16_384
_KEY, _DONE, _COLUMNS = "extraction", "recordings", "columns"  # of a shard's metadata


class Shards:
    """The shards of a data set that is being written. What is in them is read from their own metadata."""

    def __init__(self, folder: Path, settings: dict[str, Any]) -> None:
        """Open the folder; what is done already is in `done`, by recording. `settings` are all on which rows depend.

        Raises DataSetError where it holds something else or rows of other settings, RecordError where none can be made.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        self._folder = folder
        self._settings = settings
        self._pending: list[tuple[RecordingRows, str]] = []
        self._of: dict[str, Path] = {}
        self.done: dict[str, dict[str, Any]] = {}
        self._columns: tuple[str, ...] | None = None
        self._described: dict[str, str] | None = None
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise RecordError(f"{folder}: cannot be created ({error.strerror}). Choose another place.") from error
        for path in sorted(folder.glob("*.parquet")):
            try:
                metadata = pq.read_schema(path).metadata or {}
                done = json.loads(metadata[_DONE.encode()])
                settings = json.loads(metadata[_KEY.encode()])
            except (OSError, pa.ArrowException, KeyError, ValueError) as error:
                raise DataSetError(
                    f"{path}: not a shard that `meshmirror extract` wrote, or damaged. Move it out of the folder, or "
                    "choose another one."
                ) from error
            if settings != self._settings:
                changed = [key for key in self._settings if settings.get(key) != self._settings[key]]
                raise DataSetError(
                    f"{folder}: was extracted with other settings ({', '.join(changed)}). Choose another folder: "
                    "frames of two settings do not belong into one data set."
                )
            self._columns = tuple(json.loads(metadata[_COLUMNS.encode()]))
            self._described = {key: metadata[key.encode()].decode() for key in ("tracker", "sources")}
            for name, facts in done.items():
                self.done[name] = facts
                self._of[name] = path

    def forget(self, names: set[str]) -> None:
        """Take out the rows of recordings whose content has changed."""
        import pyarrow.compute as pc
        import pyarrow.parquet as pq

        for path in {self._of[name] for name in names & self._of.keys()}:
            table = pq.read_table(path)
            metadata = dict(table.schema.metadata)
            kept = {name: facts for name, facts in self.done.items() if self._of[name] == path and name not in names}
            metadata[_DONE.encode()] = json.dumps(kept).encode()
            gone = pc.is_in(table.column("recording"), value_set=_strings(sorted(names)))
            self._write(path, table.filter(pc.invert(gone)).replace_schema_metadata(metadata))
        for name in names & self._of.keys():
            del self.done[name], self._of[name]

    def add(self, rows: RecordingRows, sha256: str) -> None:
        """Add a recording; written with some others."""
        self._pending.append((rows, sha256))
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
        done = {
            rows.name: {
                "sha256": sha256,
                "frames": rows.frames,
                "rows": len(rows.stamps),
                "dropped": dict(rows.dropped),
            }
            for rows, sha256 in pending
        }
        described = {
            "tracker": next((rows.tracker for rows, _ in pending if rows.tracker), ""),
            "sources": next((rows.emotions_from for rows, _ in pending if rows.emotions_from), ""),
        }
        for key, value in described.items():
            known = (self._described or {}).get(key)
            if known and value and known != value:
                raise DataSetError(
                    f"{pending[0][0].name}: its {key} is '{value}', that of the data set is '{known}'. Extract it into "
                    "another folder: numbers of two of them are not compared."
                )
        self._described = {key: (self._described or {}).get(key) or value for key, value in described.items()}
        metadata = {
            **self._described, "mesh": "mediapipe", "versions": f"meshmirror {__version__}",
            _KEY: json.dumps(self._settings), _DONE: json.dumps(done), _COLUMNS: json.dumps(self._columns),
        }  # fmt: skip
        table = pa.concat_tables([rows.table(self._columns) for rows, _ in pending]).replace_schema_metadata(metadata)
        numbers = [int(path.stem.rpartition("-")[2]) for path in self._folder.glob("part-*.parquet")]
        path = self._folder / f"part-{max(numbers, default=-1) + 1:05d}.parquet"
        self._write(path, table)
        for name, facts in done.items():
            self.done[name], self._of[name] = facts, path

    def _write(self, path: Path, table: Any) -> None:
        import pyarrow.parquet as pq

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

    def report(self, *, found: int, extracted: int, bad: tuple[BadRecording, ...]) -> ExtractReport:
        """What is in the data set now."""
        dropped: Counter[str] = Counter()
        for facts in self.done.values():
            dropped.update(facts["dropped"])
        return ExtractReport(
            data_set=str(self._folder),
            recordings=len(self.done),
            found=found,
            extracted=extracted,
            frames=sum(facts["frames"] for facts in self.done.values()),
            rows=sum(facts["rows"] for facts in self.done.values()),
            dropped=dict(dropped),
            columns=self._columns or (),
            tracker=(self._described or {}).get("tracker", ""),
            emotions=(self._described or {}).get("sources", ""),
            bad=bad,
        )


def _strings(values: list[str]) -> Any:
    import pyarrow as pa

    return pa.array(values, pa.string())
