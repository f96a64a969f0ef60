"""A session of a participant with own types of events, and what is opened beside: in a real window, with real keys."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from common import clip, needs_bundled
from running import Running, moved

from realtime.app.desktop import open_folder, open_replay
from realtime.session.annotations import Annotations

pytestmark = [needs_bundled, pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs an X server")]
FACES = (570, 110, 660, 320)  # the predicted face and the difference


def program(folder: Path, name: str, script: str) -> str:
    """A program of the desktop, as the shell would do it; the PATH that finds it first."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"


def test_a_recording_with_own_events_and_then_a_file_that_is_picked(
    start: Callable[..., Running], tmp_path: Path
) -> None:
    other = clip("single_face.mp4")
    path = program(tmp_path / "bin", "zenity", f"echo {other}")
    run = start(
        "--set", "record.participant=P07", "--set", 'record.events=["smile", "joke"]', "--set", "record.view=false",
        around={"PATH": path},
    )  # fmt: skip
    run.until(lambda: run.picture().std() > 20, "something is drawn")
    run.key("r")
    run.until(lambda: any(run.folder.glob("P07-*/frames.arrow")), "a session of the participant")
    (session,) = run.folder.glob("P07-*")
    time.sleep(1.5)
    for key in ("1", "2", "1", "7"):
        run.key(key)
        time.sleep(0.4)
    run.key("r")
    run.until(lambda: json.loads((session / "session.json").read_text())["state"] == "closed", "it is complete")
    assert json.loads((session / "session.json").read_text())["participant"] == "P07"
    marks = Annotations(session, print).all
    assert [mark.label for mark in marks] == ["smile", "joke", "smile"]
    run.key("ctrl+o")
    time.sleep(3)
    run.key("q")
    report = run.end()
    assert report["source"] == other.name and report["outputs"] == [str(session)]


def test_digits_show_views_where_nothing_is_recorded(start: Callable[..., Running]) -> None:
    run = start("--set", 'record.events=["smile"]')
    run.until(lambda: run.picture().std() > 20, "something is drawn")
    run.key("space")
    run.until(lambda: moved(run.picture(FACES), run.picture(FACES)) < 0.2, "paused: the faces stand still")
    before = run.picture(FACES)
    run.key("1")
    run.until(lambda: moved(run.picture(FACES), before) > 5, "without the camera the faces stand elsewhere")
    run.key("q")
    run.end()


def test_a_folder_is_shown_on_the_desktop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = tmp_path / "seen"
    monkeypatch.setenv("PATH", program(tmp_path / "bin", "xdg-open", f'echo "$1" > {seen}'))
    assert open_folder(tmp_path) == ""
    end = time.monotonic() + 10
    while not (seen.exists() and seen.read_text()) and time.monotonic() < end:
        time.sleep(0.05)
    assert seen.read_text().strip() == str(tmp_path)
    assert "no such folder" in open_folder(tmp_path / "gone")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "no file manager" in open_folder(tmp_path)


def test_a_session_is_replayed_in_a_window_of_its_own(
    display: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from replaying import record

    monkeypatch.setenv("DISPLAY", display)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    record(tmp_path / "anna", str(clip("single_face.mp4")))
    assert "no such session" in open_replay(tmp_path / "ben")
    assert open_replay(tmp_path / "anna") == ""

    def windows() -> list[str]:
        done = subprocess.run(
            ["xdotool", "search", "--onlyvisible", "--name", "anna"], capture_output=True, text=True, check=False
        )
        return done.stdout.split()

    end = time.monotonic() + 60
    while not windows() and time.monotonic() < end:
        time.sleep(0.2)
    (window,) = windows()
    while windows() and time.monotonic() < end:
        subprocess.run(["xdotool", "key", "--window", window, "q"], check=False)
        time.sleep(0.5)
    assert not windows()
