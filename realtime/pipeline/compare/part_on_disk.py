"""The part of one recording on disk: a folder that is complete or absent, named after all on which it depends."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from realtime.core.array_file import write_arrays
from realtime.core.interrupts import held_back

if TYPE_CHECKING:
    import pyarrow as pa

F64 = npt.NDArray[np.float64]
FORMAT = 5  # of a part; grows whenever what is in it changes
FACES = ".faces-"  # begins the name of the temporary folder with the faces of a recording
FACTS, SUMS, FRAMES = "part.json", "sums.npz", "frames.parquet"


def part_key(content: str, settings: Mapping[str, Any]) -> str:
    """The name of a part: of the SHA-256 of a recording's content and of everything else that its numbers depend on."""
    text = json.dumps(settings, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(f"{FORMAT}\n{content}\n{text}".encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class PartOnDisk:
    """A complete part."""

    folder: Path

    @property
    def facts(self) -> dict[str, Any]:
        """What there is to say of the recording. Raises OSError and ValueError."""
        found: dict[str, Any] = json.loads((self.folder / FACTS).read_bytes())
        return found

    def sums(self) -> dict[str, dict[str, F64]]:
        """The arrays by group, as they were written. Raises OSError and ValueError."""
        found: dict[str, dict[str, F64]] = {}
        with np.load(self.folder / SUMS, allow_pickle=False) as arrays:
            for name in arrays.files:
                group, _, member = name.rpartition("|")
                found.setdefault(group, {})[member] = arrays[name]
        return found

    def group(self, wanted: str) -> dict[str, F64] | None:
        """The arrays of one group; None where there are none. Raises OSError and ValueError."""
        with np.load(self.folder / SUMS, allow_pickle=False) as arrays:
            names = [name for name in arrays.files if name.rpartition("|")[0] == wanted]
            return {name.rpartition("|")[2]: arrays[name] for name in names} or None

    def frames(self, columns: Sequence[str] | None = None) -> pa.Table:
        """The table of its frames; of its columns these."""
        import pyarrow.parquet as pq

        return pq.read_table(self.folder / FRAMES, columns=None if columns is None else list(columns))

    @property
    def frames_path(self) -> Path:
        """The Parquet file of its frames."""
        return self.folder / FRAMES


def find_part(parts: Path, key: str) -> PartOnDisk | None:
    """A part that is there already."""
    folder = parts / key
    return PartOnDisk(folder) if (folder / FACTS).is_file() else None


@contextmanager
def new_part(parts: Path, key: str) -> Iterator[Path]:
    """An empty folder that becomes the part in one step at the end of the block; nothing is left where it fails.

    Raises OSError.
    """
    made = parts / f".{secrets.token_hex(8)}.part"
    made.mkdir(mode=0o700, parents=True)
    try:
        yield made
        with held_back():
            try:
                made.rename(parts / key)
            except OSError:
                if find_part(parts, key) is None:  # else another process was as fast
                    raise
    finally:
        with held_back():
            shutil.rmtree(made, ignore_errors=True)


def write_sums(folder: Path, groups: Mapping[str, Mapping[str, F64]]) -> None:
    """Write arrays by group and name. Raises OSError."""
    with (folder / SUMS).open("wb") as file:
        write_arrays(file, {f"{group}|{name}": values for group, one in groups.items() for name, values in one.items()})


def write_facts(folder: Path, facts: Mapping[str, Any]) -> None:
    """Write what there is to say of a recording; the last file, with which the part is complete. Raises OSError."""
    (folder / FACTS).write_text(json.dumps(facts, ensure_ascii=False, allow_nan=False), encoding="utf-8")


def discard_unfinished(parts: Path) -> None:
    """Remove what a run that was killed has left."""
    for entry in parts.glob(".*"):
        if re.fullmatch(r"\.[0-9a-f]{16}\.part", entry.name) or entry.name.startswith(FACES):
            shutil.rmtree(entry, ignore_errors=True)
