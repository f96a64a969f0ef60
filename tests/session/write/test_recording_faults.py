"""A recording meets a full disk, a vanished folder, a slow encoder, a jumping clock: it ends in words, or goes on."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from barcodes import PERIOD_NS, SIZE, booked, part
from common import ROOT, Runner, clip, environment, needs_bundled
from found import read_part
from lacking_packages import python_without

from realtime.core.config import RecordConfig
from realtime.core.errors import RecordError, UsageError
from realtime.core.stream_counts import StreamCounts
from realtime.session import open as open_session
from realtime.session.folder import claim_folder
from realtime.session.table import TableWriter
from realtime.session.write import Recorder

HERE = Path(__file__).parent
mounts = pytest.mark.skipif(
    not sys.platform.startswith("linux") or os.geteuid() != 0 or shutil.which("mount") is None,
    reason="needs root, to mount a small disk",
)


class Running:
    """A recorder, what it said, and frames for it in real time."""

    def __init__(self, path: Path, **settings: Any) -> None:
        self.said: list[str] = []
        self.recorder = Recorder(RecordConfig(path=path, **{"stop_gb": 0, "warn_gb": 0, **settings}), self.said.append)
        self.recorder.start(SIZE)
        self.part = part()
        self.number = 0
        self.frames(10, 0.01)
        deadline = time.monotonic() + 30
        while self.recorder.streams.get("frames", StreamCounts()).recorded < 5:
            assert time.monotonic() < deadline, self.said
            time.sleep(0.005)

    def frames(self, count: int, period_s: float = 0.002, **how: Any) -> None:
        for _ in range(count):
            self.number += 1
            frame = booked(self.number, self.part, **how)
            self.recorder.append(frame)
            self.recorder.put(frame.result.frame.image, frame.result, wait=False)
            self.recorder.check()
            time.sleep(period_s)

    def until_ended(self) -> None:
        deadline = time.monotonic() + 30
        while self.recorder.running:
            assert time.monotonic() < deadline, "it never ended"
            self.frames(1, 0.01)

    def close(self) -> dict[str, Any]:
        self.recorder.close()
        (session,) = self.recorder.sessions
        return {name: counts.model_dump(mode="json", exclude_none=True) for name, counts in session.streams.items()}


def exact(streams: dict[str, Any]) -> bool:
    return all(counts["captured"] == counts["recorded"] + counts["dropped"] for counts in streams.values())


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 4 MB."""
    place = tmp_path / "disk"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(place)], check=True)
    yield place
    subprocess.run(["umount", "-l", str(place)], check=False, stderr=subprocess.DEVNULL)


def opens(folder: Path, streams: dict[str, Any]) -> None:
    """What is counted as recorded is there, from the first frame on."""
    read = read_part(folder)
    assert len(read.rows) == streams["frames"]["recorded"] and read.rows == list(range(1, len(read.rows) + 1))
    for name, numbers in read.videos.items():
        assert len(numbers) == streams[name]["recorded"], name
        assert numbers == sorted(set(numbers)) and numbers[0] == 1, name


@mounts
def test_a_full_disk_ends_it_in_words_and_what_was_written_opens(small_disk: Path) -> None:
    run = Running(small_disk / "anna")
    run.until_ended()
    streams = run.close()
    assert any("No space left" in failure for failure in run.recorder.failures)
    assert run.said and exact(streams) and streams["frames"]["recorded"] >= 10
    opens(small_disk / "anna", streams)


@mounts
def test_a_disk_that_is_taken_away_is_noticed(small_disk: Path, tmp_path: Path) -> None:
    run = Running(small_disk / "anna")
    subprocess.run(["umount", "-l", str(small_disk)], check=True)
    run.until_ended()
    run.close()
    assert any("its folder is gone" in failure for failure in run.recorder.failures)


@mounts
def test_a_disk_that_becomes_read_only_ends_it(small_disk: Path) -> None:
    Running(small_disk / "anna").close()
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    before = read_part(small_disk / "anna").rows
    with pytest.raises(RecordError, match="Choose another place"):
        Running(small_disk / "bert")
    assert read_part(small_disk / "anna").rows == before


def test_a_file_that_may_not_grow_is_a_full_disk(tmp_path: Path) -> None:
    """The system takes half of a write and refuses the rest: no row is half, and the program lives."""
    program = (
        "import resource, signal, sys, json; from pathlib import Path\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_001, 1_000_001))\n"
        "from test_recording_faults import Running\n"
        "run = Running(Path(sys.argv[1])); run.until_ended()\n"
        "print(json.dumps([run.close(), run.recorder.failures]))"
    )
    path = os.pathsep.join(map(str, (ROOT, HERE, ROOT / "tests", ROOT / "tests" / "support")))
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "anna")],
        env={**environment(), "PYTHONPATH": path}, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    streams, failures = json.loads(done.stdout)
    assert any("too large" in failure for failure in failures)
    assert exact(streams) and streams["frames"]["recorded"] >= 5
    opens(tmp_path / "anna", streams)


def test_without_pandas_a_session_is_recorded_and_read(tmp_path: Path) -> None:
    """Parts of pyarrow import it, and fail where it is not installed."""
    program = (
        "import json, sys, time; from pathlib import Path\n"
        "from test_recording_faults import Running, opens\n"
        "run = Running(Path(sys.argv[1])); time.sleep(0.6); run.frames(5)\n"
        "streams = run.close(); opens(Path(sys.argv[1]), streams)\n"
        "from realtime.session import open as open_session\n"
        "with open_session(Path(sys.argv[1])) as session: rows = session.landmarks[:].shape[0]\n"
        "print(json.dumps([streams, run.recorder.failures, rows]))"
    )
    python, around = python_without(tmp_path / "site", "pandas")
    around["PYTHONPATH"] = os.pathsep.join([str(HERE), around["PYTHONPATH"]])
    done = subprocess.run(
        [*python, "-c", program, str(tmp_path / "anna")],
        env=around, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    streams, failures, rows = json.loads(done.stdout)
    assert failures == [] and rows == streams["frames"]["recorded"] >= 15


def test_whatever_fails_between_two_frames_ends_it_and_nobody_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Running(tmp_path / "anna")

    def fails(table: TableWriter) -> None:
        raise ArithmeticError("out of order")

    monkeypatch.setattr(TableWriter, "flush", fails)
    deadline = time.monotonic() + 30
    while run.recorder.running:  # no frame comes: the rows that wait are written
        assert time.monotonic() < deadline
        run.recorder.check()
        time.sleep(0.01)
    monkeypatch.undo()
    for _ in range(40):  # more than its queues hold
        run.number += 1
        frame = booked(run.number, run.part)
        run.recorder.append(frame)
        run.recorder.put(frame.result.frame.image, frame.result, wait=True)
    run.close()
    assert any("ArithmeticError: out of order" in failure for failure in run.recorder.failures)


def test_a_folder_that_is_deleted_is_noticed(tmp_path: Path) -> None:
    run = Running(tmp_path / "anna")
    shutil.rmtree(tmp_path / "anna")
    run.until_ended()
    run.close()
    assert any("its folder is gone" in failure for failure in run.recorder.failures)
    assert not (tmp_path / "anna").exists()


@needs_bundled
def test_a_disk_below_its_limit_ends_it_at_once_and_the_mirror_goes_on(meshmirror: Runner, tmp_path: Path) -> None:
    done = meshmirror(
        "--source", str(clip("single_face.mp4")), "--headless", "--record", "anna", "--no-video", "--json",
        "--set", "record.stop_gb=99999", "--set", "source.loop=true", "--frames", "150",
    )  # fmt: skip
    assert done.returncode == 3 and "record.stop_gb = 99999" in done.stderr, done.stderr
    report = json.loads(done.stdout)
    assert report["frames"] == 150 and len(report["failures"]) == 1
    streams = report["sessions"][0]["streams"]
    assert exact(streams) and 0 < streams["frames"]["recorded"] < 150
    with open_session(tmp_path / "anna") as session:
        assert len(session) == streams["frames"]["recorded"] and session.info.state == "closed"


def test_twenty_at_once_get_twenty_folders(tmp_path: Path) -> None:
    with ThreadPoolExecutor(20) as pool:
        folders = list(pool.map(lambda _: claim_folder(tmp_path / "anna"), range(20)))
    assert len(set(folders)) == 20 and all((folder / "session.json").exists() for folder in folders)
    names = [f"anna_{number}" for number in range(2, 21)]
    program = "import sys, pathlib; from realtime.session.folder import claim_folder; sys.stdin.read(1);"
    program += "print(claim_folder(pathlib.Path(sys.argv[1])))"
    children = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(tmp_path / "bert")],
            env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for _ in range(4)
    ]  # fmt: skip
    for child in children:
        assert child.stdin is not None
        child.stdin.write("x")
        child.stdin.flush()
    assert sorted(Path(child.communicate(timeout=60)[0].strip()).name for child in children) == [
        "bert", *(name.replace("anna", "bert") for name in names[:3])
    ]  # fmt: skip


def test_an_encoder_that_is_too_slow_costs_pictures_never_rows(tmp_path: Path) -> None:
    noise = [np.random.default_rng(n).integers(0, 255, (1080, 1920, 3), np.uint8) for n in range(3)]
    run = Running(tmp_path / "anna", preset="medium", crf=0, view=False)
    of, number = part(), run.number

    def told() -> int:
        return sum("of camera frames: the encoder is too slow" in text for text in run.said)

    deadline = time.monotonic() + 60
    while not told():
        assert time.monotonic() < deadline
        number += 1
        frame = booked(number, of)
        whole = replace(frame.result.frame, image=noise[number % 3])
        run.recorder.append(replace(frame, result=replace(frame.result, frame=whole)))
        time.sleep(1 / 30)
    streams = run.close()
    assert told() == 1
    assert streams["frames"] == {"captured": number, "recorded": number, "dropped": 0}
    assert streams["camera"]["dropped"] > 0 and exact(streams)
    again = Running(tmp_path / "anna")
    camera = again.close()["camera"]
    assert (camera["captured"], camera["recorded"], camera["dropped"]) == (10, 10, 0)


def test_times_grow_whatever_the_clock_does(tmp_path: Path) -> None:
    """Equal, backwards, an hour later as another segment; the table, the pictures and the gap."""
    recorder, of = Recorder(RecordConfig(path=tmp_path / "anna", stop_gb=0, warn_gb=0), print), part()
    recorder.start(SIZE)
    stamps = [0, 1, 1, 1, 1, 1, 0, -5, 2, 3, 3600 * 30, 3600 * 30 + 1]
    for number, stamp in enumerate(stamps, start=1):
        recorder.append(booked(number, of, stamp * PERIOD_NS, segment=int(stamp > 100)))
    recorder.close()
    (session,) = recorder.sessions
    streams = session.streams
    assert streams["frames"].recorded == streams["camera"].recorded == len(stamps)
    read = read_part(tmp_path / "anna")
    assert read.rows == read.videos["camera"] == list(range(1, len(stamps) + 1))
    with open_session(tmp_path / "anna") as session:
        times = session.times
        assert (np.diff(times) > 0).all()
        assert np.diff(times).max() / 1e9 == pytest.approx(3600, rel=1e-3)
        table = session.parts[0].table
        assert table.numbers("stamp_ns").tolist() == [stamp * PERIOD_NS for stamp in stamps]
        assert table.numbers("segment").tolist() == [int(stamp > 100) for stamp in stamps]
        for row in range(len(session)):
            assert session[row].frame == row + 1 and session.picture(row) is not None


def test_another_set_of_models_begins_another_part(tmp_path: Path) -> None:
    recorder, parts = Recorder(RecordConfig(path=tmp_path / "anna", stop_gb=0, warn_gb=0), print), (part(), part())
    recorder.start(SIZE)
    for number in range(1, 41):
        frame = booked(number, parts[number > 20], segment=int(number > 20))
        recorder.append(frame)
        recorder.put(frame.result.frame.image, frame.result, wait=True)
    recorder.close()
    for number, expected in ((1, list(range(1, 21))), (2, list(range(21, 41)))):
        read = read_part(tmp_path / "anna", number)
        assert read.rows == expected and read.videos == {"camera": expected, "view": expected}
    with open_session(tmp_path / "anna") as session:
        assert [session[row].frame for row in range(40)] == list(range(1, 41)) and (np.diff(session.times) > 0).all()


@pytest.mark.parametrize(
    "name",
    [
        "..", "a/../..", ".hidden", "", " ", "a\0b", "a\nb", "a\tb", "con", "CON", "con.txt", "aux", "NUL", "nul.x",
        "prn", "com9.log", "lpt1", "x" * 65, "x" * 300, "\u202egpj", "a\u202eb", "a\u200bb", "a:b", "a*b", "a?b",
        'a"b', "a<b", "a>b", "a|b", "a\\b", "..\\b", "trailing.", "trailing ", " leading", "-rf", "~", "$HOME", "a;b",
        "\ud800", "名" * 70, "%2e%2e", "`id`", "\x7f", "🙂",
    ],
)  # fmt: skip
def test_a_hostile_name_makes_nothing(name: str, tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    with pytest.raises((UsageError, RecordError)):
        claim_folder(root / name if name else Path())
    assert list(root.iterdir()) == [] and list(tmp_path.iterdir()) == [root]
