"""A session that was cut off is completed: nothing that can be read is given up, and once is enough."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import av
import pytest
from agree import agree
from barcodes import PERIOD_NS, SIZE, booked, part
from common import Runner, environment
from found import read_part
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime.core.config import RecordConfig
from realtime.core.errors import RecordError, SessionError
from realtime.session import open as open_session
from realtime.session.recover import recover
from realtime.session.schema import VERSION
from realtime.session.table import arrow_rows_in
from realtime.session.unfinished import offer, unfinished
from realtime.session.write import Recorder

FRAMES = 80


@pytest.fixture(scope="module")
def cut_off(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What lies on the disk of a recording at its 80th frame; the window's video began with its third."""
    place = tmp_path_factory.mktemp("cut")
    recorder = Recorder(RecordConfig(path=place / "running", stop_gb=0, warn_gb=0), print)
    recorder.start(SIZE)
    of = part(live=False)
    for number in range(1, FRAMES + 1):
        frame = booked(number, of)
        recorder.append(frame)
        until = time.monotonic() + 20
        while recorder.streams.get("camera") is None or recorder.streams["camera"].captured < number:
            assert time.monotonic() < until
            time.sleep(0.001)
        if number >= 3:
            recorder.put(frame.result.frame.image, frame.result, wait=True)
    while any(recorder.streams[name].recorded < FRAMES - 2 for name in ("camera", "view")):
        time.sleep(0.01)
    shutil.copytree(place / "running", place / "cut")
    recorder.close()
    shutil.rmtree(place / "running")
    return place / "cut"


@pytest.fixture
def session(cut_off: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(cut_off, tmp_path / "session"))


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_all_rows_and_pictures_stay_and_it_says_what_is_missing(session: Path) -> None:
    before = read_part(session)
    assert open_session(session)[0].frame == 1  # it can be read as it is, too
    found = recover(session)
    assert agree(session) == before
    assert before.videos["view"][0] == 3
    info = json.loads((session / "session.json").read_text())
    assert found.changed and info["state"] == "recovered"
    counts = {name: (c["captured"], c["recorded"]) for name, c in info["parts"][0]["streams"].items()}
    rows, camera, view = len(before.rows), len(before.videos["camera"]), len(before.videos["view"])
    assert counts == {"frames": (rows, rows), "camera": (max(camera, rows), camera), "view": (view, view)}
    last = before.rows[-1]
    assert info["parts"][0]["end_ns"] == (last - 1) * PERIOD_NS
    text = " ".join(info["notes"])
    assert f"{(last - 1) / 30:.3f} s" in text and "250 ms" in text
    assert ("without a picture in camera.mp4" in text) == (camera < rows)
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in session.iterdir())


def test_a_second_time_changes_nothing(session: Path) -> None:
    recover(session)
    before = content(session)
    found = recover(session)
    assert not found.changed and content(session) == before


def test_it_can_be_killed_in_the_middle_and_done_again(session: Path, tmp_path: Path) -> None:
    """Killed as it puts each of its four files in place, just before and just after."""
    whole = Path(shutil.copytree(session, tmp_path / "whole"))
    recover(whole)
    program = (
        "import os, signal, sys, pathlib; real = os.replace; left = [int(sys.argv[2])]\n"
        "def replace(self, target):\n"
        "    left[0] -= 1\n"
        "    if left[0] == 0: os.kill(os.getpid(), signal.SIGKILL)\n"
        "    real(self, target)\n"
        "    left[0] -= 1\n"
        "    if left[0] == 0: os.kill(os.getpid(), signal.SIGKILL)\n"
        "pathlib.Path.replace = replace\n"
        "from realtime.session.recover import recover; recover(pathlib.Path(sys.argv[1]))"
    )
    around = environment()
    folders = [Path(shutil.copytree(session, tmp_path / f"cut{step}")) for step in range(1, 9)]
    killed = [
        subprocess.Popen([sys.executable, "-c", program, str(folder), str(step)], env=around)
        for step, folder in enumerate(folders, start=1)
    ]
    for child, folder in zip(killed, folders, strict=True):
        assert child.wait(60) == -signal.SIGKILL
        assert read_part(folder).rows  # nothing that was there is gone
        recover(folder)
        assert {name: data for name, data in content(folder).items() if name != "session.json"} == {
            name: data for name, data in content(whole).items() if name != "session.json"
        }
        assert json.loads((folder / "session.json").read_text())["state"] == "recovered"


@pytest.mark.parametrize("left", [None, b"", b"\0" * 900, b'{"format": "meshmirror-session", "version": 1}'])
def test_without_a_session_json_or_with_a_damaged_one(session: Path, left: bytes | None) -> None:
    (session / "session.json").unlink()
    if left is not None:
        (session / "session.json").write_bytes(left)
    recover(session)
    agree(session)
    kept = session / "session.damaged.json"
    assert (kept.read_bytes() if kept.exists() else b"") == (left or b"")
    assert not recover(session).changed


def test_foreign_files_stay_as_they_are(session: Path) -> None:
    others = {"notes.txt": b"mine", "frames_2.arrow": b"no table", "camera_3.mp4": b"no video", ".hidden": b""}
    for name, data in others.items():
        (session / name).write_bytes(data)
    (session / ".0123456789abcdef.part").write_bytes(b"of a program that was killed")
    (session / "view.mp4").unlink()
    (session / "view.mp4").symlink_to(session / "notes.txt")
    recover(session)
    assert {name: (session / name).read_bytes() for name in others} == others
    assert (session / "view.mp4").is_symlink() and not (session / ".0123456789abcdef.part").exists()
    assert not recover(session).changed


def truncate(path: Path, share: float) -> None:
    os.truncate(path, int(path.stat().st_size * share))


@pytest.mark.parametrize(
    ("damage", "noted"),
    [
        (lambda s: truncate(s / "camera.mp4", 0.985), "without a picture in camera.mp4"),
        (lambda s: truncate(s / "frames.arrow", 0.9), "after the last row in camera.mp4"),
        (lambda s: truncate(s / "view.mp4", 0.9), "without a picture of the window, which ended before them, in view"),
        (lambda s: truncate(s / "camera.mp4", 0.3), "without a picture in camera.mp4"),
        (lambda s: truncate(s / "frames.arrow", 0.3), "after the last row in view.mp4"),
        (lambda s: truncate(s / "camera.mp4", 0), "camera.mp4 has no readable picture"),
        (lambda s: (s / "camera.mp4").unlink(), "the last frame is at"),
        (lambda s: truncate(s / "frames.arrow", 0.001), "frames.arrow has no readable row"),
    ],
)
def test_files_of_different_lengths(session: Path, damage: Callable[[Path], object], noted: str) -> None:
    damage(session)
    before = read_part(session)
    found = recover(session)
    assert noted in " ".join(found.notes)
    assert read_part(session) == before
    if before.rows:
        agree(session)
    assert not recover(session).changed


@settings(max_examples=8, deadline=None)
@given(shares=st.tuples(*[st.floats(0, 1)] * 3))
def test_whatever_is_left_of_each_file_is_kept(
    cut_off: Path, tmp_path_factory: pytest.TempPathFactory, shares: tuple[float, float, float]
) -> None:
    """Every row that Arrow reads and every picture that decodes, also where a file has only its beginning."""
    session = Path(shutil.copytree(cut_off, tmp_path_factory.mktemp("any") / "session"))
    names = ("frames.arrow", "camera.mp4", "view.mp4")
    for name, share in zip(names, shares, strict=True):
        truncate(session / name, share)
    before = arrow_rows_in(session / names[0]), *(decoded(session / name) for name in names[1:])
    recover(session)
    assert (arrow_rows_in(session / names[0]), *(decoded(session / name) for name in names[1:])) == before


def decoded(path: Path) -> list[int]:
    """Times of all pictures that FFmpeg decodes whole, in ticks: of one that is cut it makes up the rest."""
    found: list[int] = []
    with contextlib.suppress(av.error.FFmpegError, IndexError, AttributeError), av.open(str(path)) as container:
        for packet in container.demux(video=0):
            if packet.is_corrupt:
                break
            found += (round(frame.pts * frame.time_base * 90_000) for frame in packet.decode())
    return found


def test_what_is_no_session_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "holiday").mkdir()
    (tmp_path / "holiday" / "camera.mp4").write_bytes(b"a film")
    for folder in (tmp_path / "holiday", tmp_path / "nowhere"):
        with pytest.raises(SessionError):
            recover(folder)
    assert content(tmp_path / "holiday") == {"camera.mp4": b"a film"}


def test_one_of_a_newer_version_is_refused_and_stays_as_it_is(session: Path) -> None:
    newer = (session / "session.json").read_bytes().replace(b'"version": %d,' % VERSION, b'"version": 99,', 1)
    (session / "session.json").write_bytes(newer)
    before = content(session)
    with pytest.raises(SessionError, match="newer"):
        recover(session)
    assert content(session) == before


def test_one_that_is_being_recorded_is_refused(tmp_path: Path) -> None:
    recorder = Recorder(RecordConfig(path=tmp_path / "running", stop_gb=0, warn_gb=0), print)
    recorder.start(SIZE)
    recorder.append(booked(1, part()))
    until = time.monotonic() + 20
    while not (tmp_path / "running" / "frames.arrow").exists() and time.monotonic() < until:
        time.sleep(0.01)
    with pytest.raises(RecordError, match="right now"):
        recover(tmp_path / "running")
    assert tmp_path / "running" not in unfinished()
    recorder.close()
    assert not recover(tmp_path / "running").changed


def test_the_command_and_the_offer(session: Path, meshmirror: Runner, tmp_path: Path, monkeypatch) -> None:
    home = tmp_path / "home"
    monkeypatch.setenv("MESHMIRROR_HOME", str(home))
    around = {"MESHMIRROR_HOME": str(home)}
    assert json.loads(meshmirror("recover", "--json", **around).stdout) == {"sessions": [], "failures": []}
    identity = json.loads((session / "session.json").read_text())["session"]
    notes = home / "state" / "recordings"
    notes.mkdir(parents=True)
    (notes / f"{identity}.json").write_text(json.dumps({"path": str(session)}))
    assert f"meshmirror recover {session}" in offer()
    done = meshmirror("recover", "--json", **around)
    assert done.returncode == 0, done.stderr
    (told,) = json.loads(done.stdout)["sessions"]
    assert told["path"] == str(session) and told["changed"] and told["notes"]
    assert offer() == "" and not list(notes.iterdir())
    again = meshmirror("recover", str(session), **around)
    assert again.returncode == 0 and "already complete" in again.stdout
    bad = meshmirror("recover", str(session), str(tmp_path / "nowhere"), "--json", **around)
    assert bad.returncode == 4 and "Traceback" not in bad.stderr
    assert [failure["exit_code"] for failure in json.loads(bad.stdout)["failures"]] == [4]
    assert meshmirror("recover", "--nothing", **around).returncode == 2
