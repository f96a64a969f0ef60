"""The tables of a comparison: frames.parquet, recordings.csv and vertices.csv."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import numpy as np

from realtime.core.compare_report import CompareReport
from realtime.core.csv_table import csv_text
from realtime.core.errors import RecordError
from realtime.core.files import atomic_write
from realtime.export.tables.table_files import MODE, no_formula
from realtime.geometry.regions import region_of
from realtime.pipeline.compare.cell_sums import CellSums
from realtime.pipeline.compare.merged_recording import MergedRecording
from realtime.pipeline.compare.part_on_disk import PartOnDisk
from realtime.pipeline.compare.setups import F64, Setup
from realtime.session.schema import named

FRAMES, RECORDINGS, VERTICES = "frames.parquet", "recordings.csv", "vertices.csv"
_SCORES = (
    "frames", "nme", "nme_adjusted", "rms", "r2", "r2_raw", "r2_within", "mae", "mae_raw", "mae_percent", "skill",
    "baseline", "skill_raw", "gain",
)  # fmt: skip


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A file of the folder of a comparison, complete or as it was before. Raises RecordError."""
    try:
        with atomic_write(path, MODE) as file:
            yield file
    except OSError as error:
        raise RecordError(
            f"{path}: could not be written: {error.strerror or error}. Make room, or choose another folder, and "
            "start again; what was compared is kept."
        ) from error


def write_text(path: Path, text: str) -> Path:
    """Write a text. Raises RecordError."""
    with replacing(path) as file:
        file.write(text.encode())
    return path


def write_frames(
    folder: Path,
    merged: Sequence[MergedRecording],
    used: Sequence[MergedRecording],
    parts: dict[str, PartOnDisk],
    setups: Sequence[Setup],
) -> Path:
    """All frames of all recordings, one recording in memory at a time; those of the recordings `used`, that are scored
    together, are `compared`. Raises RecordError.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = folder / FRAMES
    about = json.dumps({"setups": [setup.name for setup in setups]}, ensure_ascii=False)
    with replacing(path) as file:
        writer: pq.ParquetWriter | None = None
        try:
            for one in merged:
                table = parts[one.recording.name].frames()
                entry = one.recording.entry
                cells = {
                    "recording": one.recording.name,
                    "person": one.person,
                    "group": entry.group,
                    "condition": entry.condition,
                }
                table = table.drop_columns(["recording"])
                columns = {name: pa.array([text] * len(table), pa.string()) for name, text in cells.items()}
                for name in table.column_names:
                    columns[name] = table.column(name)
                    if name == "scored":
                        columns["compared"] = columns[name] if one in used else pa.array([False] * len(table))
                whole = pa.table(columns).replace_schema_metadata({"meshmirror": about})
                writer = writer or pq.ParquetWriter(file, whole.schema, compression="zstd")
                writer.write_table(whole)
            if writer is None:  # a file that can be read, without rows
                nothing = pa.schema([(name, pa.string()) for name in ("recording", "person", "group", "condition")])
                pq.write_table(pa.Table.from_batches([], schema=nothing), file)
        finally:
            if writer is not None:
                writer.close()
    return path


def write_recordings(folder: Path, report: CompareReport) -> Path:
    """A row a recording: what it is, its quality, and the scores of every setup. Raises RecordError."""
    setups = [one.name for one in report.models]
    header = [
        "recording", "path", "sha256", "kind", "person", "group", "condition", "tracker", "neutral",
        "neutral_description", "recorded_frames", "faces", "valid", "amber", "scored", "compared", "seconds", "rate",
        "face_px", "effective_n", "null_r2", "null_p",
    ]  # fmt: skip
    for at, name in enumerate(setups):
        header += [named("setup", at), *(named(score, at) for score in _SCORES)]
        header += [named(line, at) for line in ("with_gain_skill", "with_gain_r2", "floor_skill", "floor_r2")]
        del name
    rows: list[list[object]] = []
    for one in report.recordings:
        quality, null = one.quality, one.null
        row: list[object] = [
            one.name, one.path, one.sha256, one.kind, one.person, one.group, one.condition, one.tracker,
            one.neutral.kind, one.neutral.description, quality.frames, quality.faces, quality.valid, quality.amber,
            quality.scored, quality.compared, quality.seconds, quality.rate, quality.face_px, one.effective_n,
            None if null is None else null.r2, None if null is None else null.p,
        ]  # fmt: skip
        for setup in one.setups:
            scores = setup.scores
            row += [setup.setup, *(getattr(scores, name) for name in _SCORES)]
            for line in (scores.with_gain, scores.floor):
                row += [None, None] if line is None else [line.skill, line.r2]
        rows.append(row)
    return write_text(folder / RECORDINGS, _csv(header, rows))


def write_vertices(folder: Path, used: Sequence[MergedRecording], setups: Sequence[Setup]) -> Path:
    """A row a vertex: errors of every setup over all frames, % of the outer-canthal distance. Raises RecordError."""
    header: list[str] = ["vertex", "region"]
    columns: list[list[object]] = []
    for at, setup in enumerate(setups):
        names = (
            "x",
            "y",
            "z",
            "frames",
            "distance",
            "rms",
            "error_x",
            "error_y",
            "error_z",
            "skill",
            "baseline_distance",
            "floor_distance",
        )
        header += [named("setup", at), *(named(name, at) for name in names)]
        columns += _vertex_columns(setup, CellSums.total(one.numbers[at].total for one in used))
    vertices = range(len(setups[0].model.mean_mesh))
    rows = [[vertex, region_of(vertex), *(column[vertex] for column in columns)] for vertex in vertices]
    return write_text(folder / VERTICES, _csv(header, rows))


def _vertex_columns(setup: Setup, total: CellSums) -> list[list[object]]:
    count, percent = len(setup.model.mean_mesh), 100.0 / setup.canonical.unit
    frames = total.frames
    mean = setup.model.mean_mesh.astype(np.float64)

    def column(values: F64 | None) -> list[object]:
        return [None] * count if values is None or not frames else values.tolist()

    def given(name: str) -> F64 | None:
        found = total.given(name) if frames else None
        return None if found is None else found / frames * percent

    rms = np.sqrt(total["vertex_sse"] / frames) * percent if frames else None
    left = 1.0 - total["vertex_sse"] / np.maximum(total["vertex_baseline"], 1e-300) if frames else None
    error = given("error")
    return [
        [setup.name] * count,
        *(mean[:, axis].tolist() for axis in range(3)),
        [frames] * count,
        column(given("vertex_distance")),
        column(rms),
        *(column(None if error is None else error[:, axis]) for axis in range(3)),
        column(left),
        column(given("vertex_baseline_distance")),
        column(given("vertex_floor_distance")),
    ]


def _csv(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Missing values are empty, floats round-trip, texts are kept from being formulas."""
    cells = (
        ["" if cell is None else no_formula(cell) if isinstance(cell, str) else cell for cell in row] for row in rows
    )
    return csv_text([header, *cells])
