"""Pipes, devices, sockets and folders where a file belongs: refused at once with a sentence, and nothing is made."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest
from common import Runner, clip, needs_bundled
from remade import copied

from realtime.core.errors import UsageError
from realtime.core.files import check_output, special_file, unique_path
from realtime.session.folder import claim_folder

if os.name == "nt":
    pytest.skip("Windows has no such files", allow_module_level=True)

KINDS = ("pipe", "device", "socket", "folder")
LIVE = ("live", "--headless", "--frames", "2", "--source", str(clip("single_face.mp4")))


@pytest.fixture
def special(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one of each; a socket's path may have 100 characters only."""
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe")
    (tmp_path / "device").symlink_to("/dev/zero")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")
    (tmp_path / "folder").mkdir()
    return tmp_path


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*")}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("code", "args"),
    [
        (4, ("whatif", "--headless", "--set-from")),
        (2, (*LIVE, "--config")),
        (4, ("models", "show")),
        (4, ("models", "check")),
        (4, (*LIVE, "--model")),
        (4, ("replay", "--headless")),
        (4, ("recover",)),
        (4, ("export", "--to", "csv")),
    ],
    ids=lambda value: " ".join(value[:1] + value[-1:]) if isinstance(value, tuple) else "",
)
def test_what_is_read(code: int, args: tuple[str, ...], kind: str, special: Path, meshmirror: Runner) -> None:
    done = meshmirror(*args, f"./{kind}")
    assert done.returncode == code, done.stderr
    assert kind in done.stderr and done.stderr.count("\n") == 1
    assert names(special) == set(KINDS)


@pytest.mark.parametrize("kind", ["pipe", "device", "socket"])
@pytest.mark.parametrize("setting", ["detect.task_file", "detect.pyfeat_weights"])
def test_what_the_settings_name(setting: str, kind: str, special: Path, meshmirror: Runner) -> None:
    more = ("--set", "detect.tracker=task") if "task" in setting else ("--emotion", "pyfeat")
    done = meshmirror(*LIVE, *more, "--set", f"{setting}=./{kind}")
    assert done.returncode == 4 and kind in done.stderr, done.stderr


@pytest.mark.parametrize("name", ["-", "pipe", "device", "socket"])
@pytest.mark.parametrize(
    "args",
    [
        (*LIVE, "--record"), ("replay", "anna", "--headless", "--record"), ("export", "anna", "--to", "csv", "--out"),
        ("export", "anna", "--to", "mp4", "--out"), ("export", "anna", "--to", "session", "--out"),
        ("whatif", "--headless", "--out"), ("atlas", "--out"), ("models", "check", "emotion@built-in", "--out"),
    ],
    ids=lambda args: f"{args[0]} {args[-1]}",
)  # fmt: skip
def test_what_is_written(args: tuple[str, ...], name: str, special: Path, meshmirror: Runner) -> None:
    copied(special / "anna")
    before = names(special)
    done = meshmirror(*args, name)
    assert done.returncode == 2, done.stderr
    assert done.stderr.startswith("error") and done.stderr.count("\n") == 1
    assert f"{args[-1]} {name}:" in done.stderr
    assert names(special) == before


def test_wherever_a_path_comes_from(special: Path) -> None:
    for name in ("pipe", "device", "socket"):
        assert special_file(special / name)
        for make in (unique_path, claim_folder):
            with pytest.raises(UsageError, match="nothing is written there"):
                make(special / name)
    check_output(special / "folder", "--out")
    check_output(special / "nothing\0", "--out")
    assert names(special) == set(KINDS)


def test_a_supplied_configuration_beside_a_folder_of_its_name(special: Path, meshmirror: Runner) -> None:
    (special / "demo").mkdir()
    done = meshmirror("live", "--headless", "--config", "demo", "--source", "nothing.mp4")
    assert done.returncode == 3 and "nothing.mp4" in done.stderr


@needs_bundled
def test_the_picture_of_a_face_is_private(tmp_path: Path, meshmirror: Runner) -> None:
    before = os.umask(0)
    try:
        done = meshmirror("whatif", "--headless", "--out", "face.png")
    finally:
        os.umask(before)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "face.png").stat().st_mode & 0o777 == 0o600
