"""Sessions that were damaged, edited by hand, or written by another program."""

from __future__ import annotations

import json
import os
import random
import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa
from odd_values import FLOATS, INTEGERS, TEXTS, change_bytes, change_json, json_text, once_or_often
from trial import INPUTS, CommandLine, Trial

EXPORTS = ("fex", "parquet", "csv", "livelink", "session", "mp4", "gif")
TABLES = ("frames.arrow", "frames_2.arrow")
OTHER = "other-video"
HEADER = "annotation_id,kind,start_frame,end_frame,label,tag,created_at,source,start_time,end_time"


def make(trial: Trial) -> list[CommandLine]:
    """A session with something wrong, and what a user does with sessions."""
    rng = trial.rng
    folder = trial.inputs / rng.choice(("s", "s", "s", "a b", "ünï", "x" * 60))
    shutil.copytree(rng.choice(sorted((trial.material / "sessions").iterdir())), folder)
    shutil.copy(rng.choice(sorted((trial.material / "media").glob("*.m*"))), trial.inputs / OTHER)
    trial.change(folder, CHANGES, rng.choice((1, 1, 1, 2, 3)))
    return [command(rng, f"{INPUTS}/{folder.name}") for _ in range(2)]


def command(rng: random.Random, session: str) -> CommandLine:
    """A command of those that read sessions."""
    kind = rng.randrange(10)
    if kind < 3:
        line = ["replay", session, "--headless"]
        line += rng.choice(([], [], ["--model", "au@v4"], ["--pose", "zero"], ["--record", "out.mp4"]))
    elif kind < 9:
        line = ["export", session, "--to", rng.choice(EXPORTS), "--out", "out"]
        line += rng.choice(([], [], ["--anonymous"], ["--model", "2"]))
        if line[3] in ("mp4", "gif"):
            line += ["--size", "320x240"]
            line[5] = f"out.{line[3]}"
    else:
        return ["recover", session, *rng.choice(([], ["--json"]))]
    line += rng.choice(([], [], [], ["--start", "0.1"], ["--end", "0.2"], ["--start", "1e9"]))
    return line + rng.choice(([], ["--json"]))


# The description


def _info(rng: random.Random, folder: Path) -> None:
    path = folder / "session.json"
    if path.is_file():
        tree = change_json(rng, _parsed(path.read_bytes()))
        path.write_text(json_text(tree), encoding="utf-8", errors="surrogatepass")


def _info_text(rng: random.Random, folder: Path) -> None:
    path = folder / "session.json"
    if path.is_file():
        text = path.read_bytes()
        path.write_bytes(
            rng.choice(
                (
                    b"",
                    b" ",
                    b"null",
                    b"[]",
                    b"\xef\xbb\xbf" + text,
                    text.decode(errors="replace").encode("utf-16"),
                    text * 2,
                    b"{" * 5000,
                    text.replace(b'"version":1', b'"version":2'),
                    text.replace(b'": 1', b'": 1.0'),
                    text[:-2],
                )
            )
        )


def _parsed(content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        return {}


# The table


def _read(path: Path) -> list[pa.RecordBatch]:
    if not path.is_file():  # an earlier change has made a pipe of it
        return []
    try:
        return list(pa.ipc.open_stream(path.read_bytes()))
    except (pa.ArrowException, OSError):
        return []


def _write(path: Path, batches: list[pa.RecordBatch], schema: pa.Schema, **options: Any) -> None:
    with pa.BufferOutputStream() as out:
        with pa.ipc.new_stream(out, schema, options=pa.ipc.IpcWriteOptions(**options)) as writer:
            for batch in batches:
                writer.write_batch(batch)
        path.write_bytes(out.getvalue().to_pybytes())


def _table_path(rng: random.Random, folder: Path) -> Path:
    return rng.choice([folder / name for name in TABLES if (folder / name).is_file()] or [folder / TABLES[0]])


def _metadata(rng: random.Random, folder: Path) -> None:
    path = _table_path(rng, folder)
    batches = _read(path)
    if not batches:
        return
    schema = batches[0].schema
    given = dict(schema.metadata or {})
    text = given.get(b"meshmirror", b"{}")
    kind = rng.randrange(8)
    if kind == 0:
        given = rng.choice(({}, {b"meshmirror": b""}, {b"meshmirror": b"\xff\xfe"}, {b"other": text}))
    else:
        changed = json_text(change_json(rng, _parsed(text)))
        given[b"meshmirror"] = changed.encode("utf-8", "surrogatepass")
    schema = schema.with_metadata(given)
    _write(path, [pa.RecordBatch.from_arrays(batch.columns, schema=schema) for batch in batches], schema)


def _columns(rng: random.Random, folder: Path) -> None:
    """Columns that are missing, renamed, of another type or order, or more than there were."""
    path = _table_path(rng, folder)
    batches = _read(path)
    if not batches:
        return
    table = pa.Table.from_batches(batches)
    names = list(table.column_names)
    at = rng.randrange(len(names))
    kind = rng.randrange(7)
    try:
        if kind == 0:
            table = table.drop_columns([names[at]])
        elif kind == 1:
            names[at] = rng.choice((*TEXTS[:-1], rng.choice(names))).encode("utf-8", "replace").decode()
            table = table.rename_columns(names)
        elif kind == 2:
            order = rng.sample(range(len(names)), len(names))
            table = table.select(order)
        elif kind == 3:
            name = rng.choice(TEXTS).encode("utf-8", "replace").decode()
            table = table.append_column(name, pa.array([rng.choice(TEXTS[:8])] * len(table), pa.binary()))
        elif kind == 4:
            table = table.select([])
        else:
            table = table.set_column(at, names[at], _other_type(rng, table.column(at)))
    except (pa.ArrowException, ValueError, TypeError, OverflowError, UnicodeError):
        return
    _write(path, table.to_batches(max_chunksize=5), table.schema)


def _other_type(rng: random.Random, column: pa.ChunkedArray) -> pa.ChunkedArray:
    wanted = rng.choice(
        (
            pa.float64(), pa.float32(), pa.float16(), pa.int64(), pa.int32(), pa.uint64(), pa.uint8(), pa.string(),
            pa.large_string(), pa.binary(), pa.bool_(), pa.null(), pa.timestamp("ns"), pa.duration("us"),
            pa.decimal128(38, 9), pa.list_(pa.float32()), pa.large_list(pa.float64()), pa.list_(pa.float32(), 3),
            pa.list_(pa.list_(pa.float32())), pa.dictionary(pa.int32(), pa.string()), pa.struct([("x", pa.float32())]),
        )
    )  # fmt: skip
    if rng.random() < 0.3:
        return pa.chunked_array([pa.nulls(len(column), wanted)])
    return column.cast(wanted, safe=False)


def _cells(rng: random.Random, folder: Path) -> None:
    """Odd values in a column: in one row, in some, in all."""
    path = _table_path(rng, folder)
    batches = _read(path)
    if not batches:
        return
    table = pa.Table.from_batches(batches)
    at = rng.randrange(table.num_columns)
    if rng.random() < 0.3:
        at = max(0, table.schema.get_field_index(rng.choice(("time_ns", "stamp_ns", "frame", "features"))))
    cells = table.column(at).to_pylist()

    def change(row: int) -> None:
        cells[row] = _odd_cell(rng, cells[row])

    if rng.random() < 0.15:
        cells = rng.choice((cells[::-1], rng.sample(cells, len(cells)), cells[:1] * len(cells), [None] * len(cells)))
    else:
        once_or_often(rng, len(cells), change)
    kind = table.schema.field(at).type
    try:
        made = pa.array(cells, kind)
    except (pa.ArrowException, ValueError, TypeError, OverflowError, UnicodeError):
        return
    table = table.set_column(at, table.schema.field(at).with_nullable(True), made)
    _write(path, table.to_batches(max_chunksize=5), table.schema)


def _odd_cell(rng: random.Random, cell: Any) -> Any:
    if rng.random() < 0.1:
        return None
    if isinstance(cell, bool):
        return not cell
    if isinstance(cell, int):
        return rng.choice((cell + 1, cell - 1, -cell, cell + 10**9, cell + 10**14, *INTEGERS[:16]))
    if isinstance(cell, float):
        return rng.choice((-cell, cell * 1e6, *FLOATS))
    if isinstance(cell, str):
        return rng.choice(TEXTS)
    if isinstance(cell, list) and cell:
        at = rng.randrange(len(cell))
        if rng.random() < 0.3:
            return cell[:at]
        return rng.choice(
            (
                [_odd_cell(rng, value) for value in cell],
                [*cell[:at], _odd_cell(rng, cell[at]), *cell[at + 1 :]],
                cell * 2,
            )
        )
    if isinstance(cell, dict) and cell:
        name = rng.choice(list(cell))
        return {**cell, name: _odd_cell(rng, cell[name])}
    return cell


def _batches(rng: random.Random, folder: Path) -> None:
    """Batches in another order, repeated, missing, empty, of other sizes, packed, or of another form of file."""
    path = _table_path(rng, folder)
    batches = _read(path)
    if not batches:
        return
    schema, kind = batches[0].schema, rng.randrange(10)
    options: dict[str, Any] = {}
    if kind == 0:
        rng.shuffle(batches)
    elif kind == 1:
        batches = batches[::-1]
    elif kind == 2:
        batches = batches * rng.choice((2, 20))
    elif kind == 3:
        batches = []
    elif kind == 4:
        batches.insert(rng.randrange(len(batches) + 1), batches[0].slice(0, 0))
    elif kind == 5:
        batches = pa.Table.from_batches(batches).combine_chunks().to_batches(max_chunksize=rng.choice((1, 2, 999)))
    elif kind == 6:
        options = {"compression": rng.choice(("lz4", "zstd"))}
    elif kind == 7:
        with pa.ipc.new_file(str(path), schema) as writer:
            for batch in batches:
                writer.write_batch(batch)
        return
    elif kind == 8:
        del batches[rng.randrange(len(batches))]
    _write(path, batches, schema, **options)
    if kind == 9:
        path.write_bytes(rng.choice((path.read_bytes() * 2, path.read_bytes()[:-8], path.read_bytes() + b"\0" * 64)))


# Files


def _bytes(rng: random.Random, folder: Path) -> None:
    files = [path for path in sorted(folder.iterdir()) if path.is_file()]
    if files:
        path = rng.choice(files)
        path.write_bytes(change_bytes(rng, path.read_bytes()))


def _files(rng: random.Random, folder: Path) -> None:
    """Files that are missing, renamed, of another kind, more than there were, or folders, links and pipes."""
    names = sorted(path.name for path in folder.iterdir())
    if not names:
        return
    path = folder / rng.choice(names)
    kind = rng.randrange(9)
    if kind == 7:
        (folder / rng.choice(("frames_3.arrow", "camera_9.mp4", ".hidden", "notes.txt", "frames_0.arrow"))).write_bytes(
            path.read_bytes() if path.is_file() else b"x"
        )
        return
    if kind == 8:
        other = folder / rng.choice(("frames.arrow", "frames_2.arrow", "camera.mp4", "view.mp4", "session.json"))
        if not other.exists():
            path.replace(other)
        return
    if not path.is_file():
        return
    content = path.read_bytes()
    path.unlink()
    if kind == 1:
        path.mkdir()
    elif kind == 2:
        path.write_bytes(b"")
    elif kind == 3:
        elsewhere = folder.parent / f"elsewhere-{path.name}"
        elsewhere.write_bytes(content)
        path.symlink_to(elsewhere)
    elif kind == 4:
        path.symlink_to(rng.choice((path.name, "/dev/null", "/dev/zero", "nowhere", folder)))
    elif kind == 5 and hasattr(os, "mkfifo"):
        os.mkfifo(path)
    elif kind == 6:
        path.write_bytes(content[: rng.randrange(len(content) + 1)])


def _video(rng: random.Random, folder: Path) -> None:
    """Another video in the place of the camera's or the window's."""
    place = folder / rng.choice(("camera.mp4", "camera.mp4", "view.mp4", "camera_2.mp4"))
    if place.is_file() or not place.exists():
        place.write_bytes((folder.parent / OTHER).read_bytes())


def _annotations(rng: random.Random, folder: Path) -> None:
    """Events and exclusions as a person edits them in a spreadsheet."""
    cells = ("", "0", "1", "-1", "3", "99999999999999999999", "1e400", "nan", "inf", "0.1", "1,5", "x", *TEXTS[:-2])
    lines = [HEADER]
    if rng.random() < 0.4:
        lines = [
            rng.choice(
                (HEADER.replace(",", ";"), HEADER.upper(), "kind", "", HEADER + ",kind", HEADER.replace("kind,", ""))
            )
        ]
    for number in range(rng.choice((1, 1, 3, 2000))):
        row = [str(number), rng.choice(("event", "exclude", "exclude", "note", "")), "1", "3", "label", "", "", "user"]
        row += ["0.03", "0.1"]
        for _ in range(rng.choice((0, 1, 1, 3))):
            row[rng.randrange(len(row))] = rng.choice(cells)
        quoted = [f'"{cell}"' if rng.random() < 0.1 else cell for cell in row]
        lines.append(",".join(quoted[: rng.choice((10, 10, 10, 3))]))
    text = rng.choice(("\n", "\r\n", "\r")).join(lines)
    content = text.encode(rng.choice(("utf-8", "utf-8", "utf-8-sig", "utf-16", "latin-1")), "replace")
    if (folder / "annotations.csv").exists() and not (folder / "annotations.csv").is_file():
        return
    (folder / "annotations.csv").write_bytes(content)
    if rng.random() < 0.1:
        (folder / "annotations.csv").write_bytes(change_bytes(rng, content))


CHANGES = {
    _info: 6, _info_text: 1, _metadata: 8, _columns: 6, _cells: 14, _batches: 5, _bytes: 8, _files: 4, _video: 2,
    _annotations: 4,
}  # fmt: skip
