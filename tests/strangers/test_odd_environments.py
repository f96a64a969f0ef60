"""Places and variables that no machine should have: a command works, or fails with one clear line."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest
from common import Runner, clip, environment, needs_bundled

from realtime.core.local_time import now_text
from realtime.core.process import module_environment
from realtime.session import open as open_session

LIVE = ("live", "--headless", "--frames", "2", "--set", "detect.tracker=bundled")
CHEAP = ("models", "list")  # reads the user's folders, and prints a table


def start(*args: str, folder: Path, redirect: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
    """The program as a process, with the shell's redirections; its exit code is that of the program itself."""
    command = f'"$@" {redirect}; exit ${{PIPESTATUS[0]}}'
    return subprocess.run(
        ["bash", "-c", command, "bash", sys.executable, "-m", "realtime", *args],
        cwd=folder, env={**environment(), **variables}, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def in_deleted_folder(*args: str, folder: Path) -> subprocess.CompletedProcess[str]:
    gone = folder / "gone"
    gone.mkdir()
    command = 'rmdir "$PWD" && exec "$@"'
    return subprocess.run(
        ["bash", "-c", command, "bash", sys.executable, "-m", "realtime", *args],
        cwd=gone, env=environment(), capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


@pytest.mark.skipif(os.name == "nt", reason="Windows deletes no folder that a program is in")
@pytest.mark.parametrize("args", [("--version",), ("--help",), CHEAP, ("recover",)])
def test_a_deleted_working_directory(args: tuple[str, ...], tmp_path: Path) -> None:
    done = in_deleted_folder(*args, folder=tmp_path)
    assert done.returncode == 0 and done.stdout and not done.stderr, done.stderr


@pytest.mark.skipif(os.name == "nt", reason="Windows deletes no folder that a program is in")
@pytest.mark.parametrize("args", [("atlas", "--features", "anger"), ("replay", "x")])
def test_a_deleted_working_directory_is_named_where_it_is_needed(args: tuple[str, ...], tmp_path: Path) -> None:
    done = in_deleted_folder(*args, folder=tmp_path)
    assert done.returncode == 3 and done.stderr.startswith("error The working directory no longer exists.")
    assert done.stderr.count("\n") == 1


def test_a_process_of_its_own_starts_from_there(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone() -> str:
        raise FileNotFoundError(2, "No such file or directory")

    monkeypatch.setattr(os, "getcwd", gone)
    monkeypatch.setattr(sys, "path", ["", "/a", "/b"])
    assert module_environment({})["PYTHONPATH"] == os.pathsep.join(("/a", "/b"))


@pytest.mark.skipif(os.name == "nt", reason="a shell's redirections")
@pytest.mark.parametrize("args", [("--version",), CHEAP])
@pytest.mark.parametrize(
    ("redirect", "code"),
    [
        ("<&- >&- 2>&-", 0), (">&-", 0), ("2>&-", 0), (">/dev/full", 3), ("2>/dev/full", 0), (">/dev/full 2>&1", 3),
        ("| true", 0), ("2>&1 | head -n 1", 0),
    ],
)  # fmt: skip
def test_closed_full_and_broken_streams(redirect: str, code: int, args: tuple[str, ...], tmp_path: Path) -> None:
    done = start(*args, folder=tmp_path, redirect=redirect)
    assert done.returncode == code
    assert "Traceback" not in done.stdout + done.stderr and done.stderr.count("\n") <= 1
    if ">/dev/full" in redirect and "2>" not in redirect:
        assert done.stderr.startswith("error") and "No space left on device" in done.stderr


VARIABLES = [
    {"TZ": "XXX-99:99"}, {"TZ": ":/nowhere"}, {"LC_ALL": "xx"}, {"LC_ALL": "C", "PYTHONUTF8": "0"},
    {"PYTHONIOENCODING": "ascii"}, {"TERM": "dumb"}, {"TERM": ""}, {"COLUMNS": "0"}, {"COLUMNS": "-1"},
    {"COLUMNS": "x"}, {"COLUMNS": "1"}, {"COLUMNS": "9" * 20}, {"LINES": "0"}, {"NO_COLOR": "1"}, {"FORCE_COLOR": "1"},
    {"HOME": ""}, {"HOME": "/nowhere", "MESHMIRROR_HOME": ""}, {"MESHMIRROR_HOME": "/proc/nowhere"},
    {"TMPDIR": "/nowhere"}, {"PYTHONWARNINGS": "error"},
]  # fmt: skip


@pytest.mark.parametrize("variables", VARIABLES, ids=lambda variables: " ".join(map("=".join, variables.items())))
def test_variables(variables: dict[str, str], meshmirror: Runner) -> None:
    for args in (CHEAP, ("--help",), ("models", "show", "emotion@built-in")):
        done = meshmirror(*args, **variables)
        assert done.returncode == 0 and done.stdout and not done.stderr, done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("variables", VARIABLES, ids=lambda variables: " ".join(map("=".join, variables.items())))
def test_variables_of_a_process(variables: dict[str, str], tmp_path: Path) -> None:
    done = start(*LIVE, "--source", str(clip("single_face.mp4")), "--record", "anna", folder=tmp_path, **variables)
    assert done.returncode == 0 and "Traceback" not in done.stderr, done.stderr


@pytest.mark.parametrize("zone", ["XXX-99:99", "XXX99:99", ":/nowhere", "", "Europe/Berlin"])
@pytest.mark.skipif(os.name == "nt", reason="Windows has no TZ")
def test_the_time_of_day_in_any_zone(zone: str, tmp_path: Path) -> None:
    code = "from realtime.core.local_time import now_text; print(now_text())"
    variables = {**environment(), "TZ": zone}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=variables, capture_output=True, text=True, check=True
    )
    assert abs((datetime.fromisoformat(done.stdout.strip()) - datetime.fromisoformat(now_text())).total_seconds()) < 600


@needs_bundled
def test_a_session_recorded_in_no_zone(tmp_path: Path) -> None:
    done = start(
        *LIVE, "--source", str(clip("single_face.jpg")), "--record", "anna", folder=tmp_path, TZ="XXX-99:99",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    with open_session(tmp_path / "anna") as session:
        assert len(session) == 1


def test_no_user_of_that_name(tmp_path: Path, meshmirror: Runner) -> None:
    for args in (
        ("whatif", "--headless", "--set-from", "~nobody-of-that-name/a.toml"),
        ("live", "--headless", "--source", "~nobody-of-that-name/a.mp4"),
        ("live", "--headless", "--source", "fifo:~nobody-of-that-name/a.mp4"),
        ("live", "--headless", "--source", "x", "--model", "~nobody-of-that-name/a.npz"),
    ):
        done = meshmirror(*args)
        assert done.returncode in (3, 4), done.stderr
        assert "~nobody-of-that-name" in done.stderr or "x: there is no" in done.stderr
