"""Session folders that nobody vouches for: one clear error, or a note and the rest; never a crash."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socketserver
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from common import environment, needs_pandas
from remade import RECORDED, SESSION, SIZE, copied, recomputed, written

import realtime.session
from realtime.core.errors import SessionError
from realtime.media.video_writer import VideoWriter
from realtime.session.schema import METADATA


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the recorded session."""
    return copied(tmp_path / "s")


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three parts with pictures."""
    with realtime.session.open(RECORDED) as session:
        results = recomputed(session)
    parts = [results[:10], results[10:20], results[20:]]
    return written(tmp_path_factory.mktemp("three") / "s", parts, pictures=True)


@pytest.fixture
def parts(three: Path, tmp_path: Path) -> Path:
    """A copy of them."""
    return Path(shutil.copytree(three, tmp_path / "s"))


def table_of(folder: Path) -> tuple[pa.Schema, list[pa.RecordBatch]]:
    with pa.ipc.open_stream((folder / "frames.arrow").read_bytes()) as stream:
        return stream.schema, list(stream)


def put(folder: Path, schema: pa.Schema, batches: list[pa.RecordBatch], **options: Any) -> None:
    path = folder / "frames.arrow"
    how = pa.ipc.IpcWriteOptions(**options)
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_stream(file, schema, options=how) as writer:
        for batch in batches:
            writer.write_batch(batch)


def refused(folder: Path, words: str) -> None:
    with pytest.raises(SessionError, match=words) as told:
        realtime.session.open(folder)
    assert told.value.exit_code == 4 and str(folder) in str(told.value)


def notes(folder: Path, rows: int) -> str:
    """What is said of a session that is read all the same, all of it."""
    with realtime.session.open(folder) as session:
        assert len(session) == rows
        session.table(meshes=True), session.adjusted[:], list(session.camera), repr(session)
        assert [session[row].time_ns for row in range(rows)] == session.times.tolist()
        return "\n".join(session.notes)


# session.json


def change(folder: Path, **new: Any) -> None:
    path = folder / "session.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | new))


INFOS: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing": (Path.unlink, ""),
    "empty": (lambda p: p.write_bytes(b""), ""),
    "cut": (lambda p: p.write_bytes(p.read_bytes()[:900]), "damaged, not valid JSON"),
    "garbage": (lambda p: p.write_bytes(os.urandom(3000)), "damaged, not valid JSON"),
    "deep": (lambda p: p.write_bytes(b"[" * 200_000), "damaged, not valid JSON"),
    "foreign": (lambda p: p.write_bytes(b'{"name": "package", "version": 1}'), "not a session of Meshmirror"),
    "another session's": (lambda p: change(p.parent, session="f" * 32), "session.json belongs to another recording"),
    "version 0": (lambda p: change(p.parent, version=0), "version is 0"),
    "version '1'": (lambda p: change(p.parent, version="1"), "version is '1'"),
    "version -1": (lambda p: change(p.parent, version=-1), "version is -1"),
    "version true": (lambda p: change(p.parent, version=True), "version is True"),
    "other types": (lambda p: change(p.parent, parts=7), "damaged: parts"),
    "10 ** 4500": (lambda p: p.write_text(f'{{"version": 1{"0" * 4500}}}'), "damaged, not valid JSON"),
    "a link": (lambda p: (p.rename(p.parent.parent / "x"), p.symlink_to(p.parent.parent / "x")), ""),
    "a folder": (lambda p: (p.unlink(), p.mkdir()), ""),
}  # fmt: skip


@pytest.mark.parametrize("case", INFOS)
def test_a_bad_session_json_costs_what_it_says_alone(folder: Path, case: str) -> None:
    damage, words = INFOS[case]
    damage(folder / "session.json")
    told = notes(folder, 40)
    assert words in told and bool(words) == bool(told)


def test_a_bad_session_json_alone_is_an_error(folder: Path) -> None:
    (folder / "frames.arrow").unlink()
    refused(folder, "no frame was recorded")
    (folder / "session.json").write_text("{")
    refused(folder, "damaged, not valid JSON.*recover")
    (folder / "session.json").unlink()
    refused(folder, "not a session")


# The table


def test_what_is_no_session_is_refused(tmp_path: Path) -> None:
    refused(tmp_path / "nothing", "no such session")
    (tmp_path / "file").write_text("x")
    refused(tmp_path / "file", "a session is a folder")
    refused(tmp_path, "not a session")
    with pytest.raises(SessionError):
        realtime.session.open("a\0b")


def described(folder: Path, **new: Any) -> None:
    """The table with another description of itself."""
    schema, batches = table_of(folder)
    tree = json.loads(schema.metadata[METADATA])
    models = new.pop("models", None)
    if models is not None:
        tree["models"][0] |= models
    schema = schema.with_metadata({METADATA: json.dumps(tree | new).encode()})
    put(folder, schema, [batch.replace_schema_metadata(schema.metadata) for batch in batches])


def without_description(folder: Path) -> None:
    schema, batches = table_of(folder)
    put(folder, schema.remove_metadata(), [batch.replace_schema_metadata(None) for batch in batches])


def renamed(folder: Path) -> None:
    schema, batches = table_of(folder)
    schema = schema.set(8, schema.field(8).with_name("faces"))
    put(folder, schema, [pa.RecordBatch.from_arrays(batch.columns, schema=schema) for batch in batches])


def piped(folder: Path) -> None:
    (folder / "frames.arrow").unlink()
    os.mkfifo(folder / "frames.arrow")


TABLES: dict[str, tuple[Callable[[Path], object], str]] = {
    "empty": (lambda f: (f / "frames.arrow").write_bytes(b""), "not a readable table"),
    "garbage": (lambda f: (f / "frames.arrow").write_bytes(os.urandom(5000)), "not a readable table"),
    "a table of something else": (without_description, "no table of a session"),
    "parquet": (lambda f: pq.write_table(pa.table({"a": [1]}), f / "frames.arrow"), "not a readable table"),
    "a folder": (lambda f: ((f / "frames.arrow").unlink(), (f / "frames.arrow").mkdir()), "not a regular file"),
    "a pipe": (piped, "not a regular file"),
    "a link": (
        lambda f: ((f / "frames.arrow").rename(f.parent / "x"), (f / "frames.arrow").symlink_to(f.parent / "x")),
        "symbolic links in a session are not followed",
    ),
    "no rows": (lambda f: put(f, table_of(f)[0], []), "frames.arrow has no rows"),
    "part 7": (lambda f: described(f, part=7), "belongs to another recording"),
    "version 3": (lambda f: described(f, version=3), "pip install --upgrade"),
    "version 2 without its columns": (lambda f: described(f, version=2), "'frame_row' is missing"),
    "version '1'": (lambda f: described(f, version="1"), "version is '1'"),
    "other features": (lambda f: described(f, models={"features": ["a"] * 8}), "'features' is missing"),
    "a million features": (lambda f: described(f, models={"features": ["a"] * 10**6}), "cannot be read"),
    "a size of 10 ** 12": (lambda f: described(f, image_size=[10**12, 10**12]), "cannot be read"),
    "a start of 10 ** 30": (lambda f: described(f, start_ns=10**30), "cannot be read"),
    "deep": (
        lambda f: put(f, table_of(f)[0].with_metadata({METADATA: b'{"version": ' + b"[" * 100_000}), []),
        "cannot be read",
    ),
    "a column twice": (renamed, "missing, there twice"),
    "compressed": (lambda f: put(f, *table_of(f), compression="zstd"), "compressed"),
}


@pytest.mark.parametrize("case", TABLES)
def test_a_bad_table_is_one_clear_error(folder: Path, case: str) -> None:
    damage, words = TABLES[case]
    damage(folder)
    refused(folder, words)


def test_of_a_cut_table_all_whole_batches_are_there(folder: Path) -> None:
    path = folder / "frames.arrow"
    content = path.read_bytes()
    ends = []  # of the batches
    at = 8 + int.from_bytes(content[4:8], "little")
    while (length := int.from_bytes(content[at + 4 : at + 8], "little")) > 0:
        at += 8 + length + pa.ipc.read_message(pa.py_buffer(content).slice(at)).body.size
        ends.append(at)
    assert len(ends) == 8
    for size in range(0, len(content), 1000):
        path.unlink()  # not written over: somebody may still have it mapped
        path.write_bytes(content[:size])
        rows = 5 * sum(end <= size for end in ends)
        try:
            with realtime.session.open(folder) as session:
                assert len(session) == rows
                assert session[rows - 1].frame == rows - 1
                assert ("cut in the middle" in " ".join(session.notes)) == (size not in ends)
        except SessionError:
            assert rows == 0
    path.unlink()
    path.write_bytes(content[: ends[2]])
    assert notes(folder, 15) == "frames.arrow has 15 rows; 40 were recorded"


def test_a_damaged_batch_costs_itself_alone(folder: Path) -> None:
    path = folder / "frames.arrow"
    content = bytearray(path.read_bytes())
    first = 8 + int.from_bytes(content[4:8], "little")
    second = first + 8 + int.from_bytes(content[first + 4 : first + 8], "little")
    second += pa.ipc.read_message(pa.py_buffer(bytes(content)).slice(first)).body.size
    content[second : second + 16] = bytes(16)
    path.unlink()
    path.write_bytes(content)
    with realtime.session.open(folder) as session:
        assert [session[row].frame for row in range(len(session))] == [*range(5), *range(10, 40)]
        assert "damaged in 1 place; 35 rows can be read" in session.notes[0]


def test_lies_of_length_are_found_before_anything_is_read(folder: Path) -> None:
    """Text whose offsets lead out of its buffer, and out of the file, is taken for damage."""
    schema, batches = table_of(folder)
    for number, name in ((3, "reasons"), (5, "flags")):
        at = schema.get_field_index(name)
        long = pa.array(["a" * 12_345, *[None] * 4], pa.string())
        batches[number] = batches[number].set_column(at, schema.field(at), long)
    put(folder, schema, batches)
    assert notes(folder, 40) == ""
    path = folder / "frames.arrow"
    content = path.read_bytes()
    honest, lying = (np.array([0, *[end] * 5], "<i4").tobytes() for end in (12_345, 1 << 30))
    assert content.count(honest) == 2
    path.unlink()
    path.write_bytes(content.replace(honest, lying))
    assert "damaged in 2 places; 30 rows" in notes(folder, 30)


def test_rows_without_a_time_are_damage(folder: Path) -> None:
    schema, batches = table_of(folder)
    at = schema.get_field_index("time_ns")
    batches[1] = batches[1].set_column(at, schema.field(at), pa.nulls(5, pa.int64()))
    put(folder, schema, batches)
    assert "damaged in 1 place; 35 rows" in notes(folder, 35)


def test_numbers_that_are_none_are_no_face(folder: Path) -> None:
    schema, batches = table_of(folder)
    at = schema.get_field_index("landmarks")
    values = batches[2].column(at).values.to_numpy().copy()
    values[7], values[1434 * 2] = np.nan, np.inf
    broken = pa.FixedSizeListArray.from_arrays(pa.array(values), type=schema.field(at).type)
    batches[2] = batches[2].set_column(at, schema.field(at), broken)
    put(folder, schema, batches)
    assert notes(folder, 40) == ""
    with realtime.session.open(folder) as session:
        assert [row for row in range(40) if session[row].landmarks is None] == [10, 12, 34, 35]


def test_times_that_do_not_grow_are_told_of(folder: Path) -> None:
    schema, batches = table_of(folder)
    batches[3], batches[4] = batches[4], batches[3]
    put(folder, schema, batches)
    assert "its times do not increase" in notes(folder, 40)
    with realtime.session.open(folder) as session:
        assert session.nme.sample(int(session.times[17]))[0] == session.nme[17]


def test_what_a_file_says_is_shown_and_not_obeyed(folder: Path) -> None:
    described(folder, source="\x1b]0;title\x07" + "a" * 10_000)
    with realtime.session.open(folder) as session:
        shown = repr(session)
    assert "?]0;title?aaa" in shown and all(len(line) <= 303 for line in shown.splitlines())


# Parts and videos


def test_a_part_that_is_missing_in_the_middle_is_told_of(parts: Path) -> None:
    (parts / "frames_2.arrow").unlink()
    assert notes(parts, 30) == "frames_2.arrow is missing"
    with realtime.session.open(parts) as session:
        assert [part.info.part for part in session.parts] == [1, 3] and session[10].frame == 20


def test_parts_that_changed_places_are_left_out(parts: Path) -> None:
    (parts / "frames_2.arrow").rename(parts / "x")
    (parts / "frames_3.arrow").rename(parts / "frames_2.arrow")
    (parts / "x").rename(parts / "frames_3.arrow")
    told = notes(parts, 10)
    assert (
        "frames_2.arrow belongs to another recording" in told and "frames_3.arrow belongs to another recording" in told
    )


def playlist(path: Path) -> None:
    path.write_text("ffconcat version 1.0\nfile camera_2.mp4\n")


VIDEOS: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing": (lambda p: p.unlink(), ""),
    "cut": (lambda p: p.write_bytes(p.read_bytes()[:300]), "not a readable video"),
    "garbage": (lambda p: p.write_bytes(os.urandom(4000)), "not a readable video"),
    "empty": (lambda p: p.write_bytes(b""), "not a readable video"),
    "of another part": (lambda p: shutil.copy(p.parent / "camera_2.mp4", p), "camera.mp4 belongs to another recording"),
    "a playlist": (playlist, "not a readable video"),
    "a pipe": (lambda p: (p.unlink(), os.mkfifo(p)), "there is no such file"),
    "a link": (lambda p: (p.unlink(), p.symlink_to("/etc/passwd")), "there is no such file"),
    "a folder": (lambda p: (p.unlink(), p.mkdir()), "there is no such file"),
}


@pytest.mark.parametrize("case", VIDEOS)
def test_a_bad_video_costs_its_pictures_alone(parts: Path, case: str) -> None:
    damage, words = VIDEOS[case]
    damage(parts / "camera.mp4")
    told = notes(parts, 40)
    assert words in told and bool(words) == bool(told)
    with realtime.session.open(parts) as session:
        assert session.picture(3) is None and session.picture(13) is not None


def test_a_video_that_is_shorter_than_the_table_ends_early(parts: Path) -> None:
    (parts / "camera.mp4").unlink()
    with VideoWriter(parts / "camera.mp4", SIZE, start_ns=0, comment=f"{SESSION} 1 camera") as video:
        for row in range(4):
            video.put(np.zeros((SIZE[1], SIZE[0], 3), np.uint8), row * 50_000_000, True)
    assert notes(parts, 40) == ""
    with realtime.session.open(parts) as session:
        assert [row for row, picture in enumerate(session.camera) if picture is None] == [4, 5, 6, 7, 8, 9]


def test_a_video_of_another_size_is_left_out(parts: Path) -> None:
    (parts / "camera.mp4").unlink()
    with VideoWriter(parts / "camera.mp4", (32, 32), start_ns=0, comment=f"{SESSION} 1 camera") as video:
        video.put(np.zeros((32, 32, 3), np.uint8), 0, True)
    assert "camera.mp4 has 32x32 pixels" in notes(parts, 40)


def test_a_damaged_video_gives_pictures_or_one_clear_error(parts: Path) -> None:
    path = parts / "camera.mp4"
    content = np.frombuffer(path.read_bytes(), np.uint8)
    for seed in range(30):
        rng = np.random.default_rng(seed)
        changed = content.copy()
        changed[rng.integers(0, len(changed), 20)] = rng.integers(0, 256, 20)
        path.write_bytes(changed.tobytes())
        with realtime.session.open(parts) as session:
            for row in range(12):
                with contextlib.suppress(SessionError):
                    session.picture(row)
            reader = session.parts[0].camera
            assert reader is None or len(list(reader)) <= 10


def test_a_video_makes_no_connection(folder: Path) -> None:
    asked = []

    class Ear(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            asked.append(self.request.recv(100))

    with socketserver.TCPServer(("127.0.0.1", 0), Ear) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_address[1]}/a.ts"
        for text in (f"#EXTM3U\n#EXTINF:10,\n{address}\n#EXT-X-ENDLIST\n", f"ffconcat version 1.0\nfile '{address}'\n"):
            (folder / "camera.mp4").write_text(text)
            assert "not a readable video" in notes(folder, 40)
        server.shutdown()
    assert asked == []


def test_a_name_with_letters_of_any_script(tmp_path: Path) -> None:
    assert notes(copied(tmp_path / "Zoë 林 – ключ"), 40) == ""


# Bits that flip, in a process of their own

MUTATE = """
import resource, shutil, sys
from pathlib import Path
import numpy as np
import realtime.session
from realtime.core.errors import SessionError
folder, first, last = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
path = folder / "frames.arrow"
content = np.frombuffer(path.read_bytes(), np.uint8)
with realtime.session.open(folder) as session:  # everything is imported
    session.to_pandas()
used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + (1 << 30),) * 2)
read = refused = 0
for seed in range(first, last):
    print(seed, flush=True)
    rng = np.random.default_rng(seed)
    changed = content.copy()
    where = (len(changed), 12_000, 6_000)[seed % 3]  # everywhere, the schema and a batch's head, the schema
    for at in rng.integers(0, where, 1 + seed % 7):
        changed[at] = rng.integers(0, 256)
    if seed % 5 == 0:
        changed = changed[: rng.integers(1, len(changed))]
    path.unlink()
    path.write_bytes(changed.tobytes())
    try:
        with realtime.session.open(folder) as session:
            session.table(meshes=True), session.landmarks[:], session.adjusted[:], session.valid[:], repr(session)
            for row in range(0, len(session), 3):
                try:
                    session[row]
                except SessionError:
                    pass
            read += 1
    except SessionError:
        refused += 1
print("done", read, refused)
"""


@needs_pandas
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="the limit of memory is taken from Linux's /proc")
@pytest.mark.parametrize("seeds", [30, pytest.param(150, marks=pytest.mark.slow)])
def test_no_flipped_bit_ends_the_process(folder: Path, seeds: int) -> None:
    running = [
        subprocess.Popen(
            [sys.executable, "-c", MUTATE, str(copied(folder.parent / str(first))), str(first), str(first + seeds)],
            env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for first in (0, seeds)
    ]  # fmt: skip
    for process in running:
        out, errors = process.communicate(timeout=900)
        last = out.splitlines()[-1]
        assert process.returncode == 0 and last.startswith("done"), f"after seed {last}: {errors[-2000:]}"
        read, refused = map(int, last.split()[1:])
        assert min(read, refused) > seeds / 15 and read + refused == seeds
