"""Whatever shows a face can be read by its owner alone, whatever the user's mask."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from barcodes import SIZE, booked, part
from common import Runner, clip, needs_bundled
from remade import copied

from realtime.core.config import RecordConfig
from realtime.session.write import Recorder

if os.name == "nt":
    pytest.skip("Windows has no such permissions", allow_module_level=True)


@pytest.fixture(autouse=True)
def open_mask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def modes(folder: Path) -> set[int]:
    found = {path.stat().st_mode & 0o777 for path in folder.rglob("*") if path.is_file()}
    assert found
    return found


@pytest.mark.parametrize("mask", [0, 0o777])
@pytest.mark.parametrize("name", ["window.mp4", "session"])
def test_recordings_and_screenshots(name: str, mask: int, tmp_path: Path) -> None:
    os.umask(mask)
    recorder = Recorder(RecordConfig(path=tmp_path / name, folder=tmp_path, stop_gb=0, warn_gb=0), print)
    recorder.start(SIZE)
    of = part(live=False)
    for number in range(3):
        record = booked(number, of)
        recorder.append(record)
        recorder.put(record.result.frame.image, record.result, wait=True)
    recorder.save_picture(record.result.frame.image)
    recorder.close()
    assert not recorder.failures and len(recorder.outputs) == 2
    assert modes(tmp_path) == {0o600}


@needs_bundled
def test_the_command_line(tmp_path: Path, meshmirror: Runner) -> None:
    made = tmp_path / "made"
    made.mkdir()
    size = ("--set", "view.width=640", "--set", "view.height=360")
    source = ("--source", str(clip("single_face.mp4")), "--frames", "10", "--set", "detect.tracker=bundled")
    for name in ("session", "window.mp4"):
        done = meshmirror("live", *source, "--headless", "--record", str(made / name), *size)
        assert done.returncode == 0, done.stderr
    done = meshmirror("replay", str(made / "session"), "--headless", "--record", str(made / "replay.mp4"), *size)
    assert done.returncode == 0, done.stderr
    assert {path.name for path in made.iterdir()} == {"session", "window.mp4", "replay.mp4"}
    assert modes(made) == {0o600}


def test_with_the_strictest_mask_the_owner_can_read_what_was_made(tmp_path: Path, meshmirror: Runner) -> None:
    session = copied(tmp_path / "session")
    made = tmp_path / "made" / "deeper"
    os.umask(0o777)
    for kind, out in (("fex", "a.csv"), ("parquet", "a.parquet"), ("session", "b")):
        done = meshmirror("export", str(session), "--to", kind, "--out", str(made / out))
        assert done.returncode == 0, done.stderr
    assert modes(made) == {0o600}
    folders = [made, made.parent, *(path for path in made.rglob("*") if path.is_dir())]
    assert {path.stat().st_mode & 0o777 for path in folders} == {0o700}
