"""The X server ends, or another program destroys the window, while the program runs: it closes everything in order."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from common import clip, environment, needs_bundled
from remade import copied

from realtime.session import open as open_session

pytestmark = [needs_bundled, pytest.mark.skipif(sys.platform != "linux", reason="starts X servers of its own")]


class Server:
    """An X server that the test ends."""

    def __init__(self, log: Path) -> None:
        reading, writing = os.pipe()
        command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1000x700x24", "-nolisten", "tcp", "-noreset"]
        with log.open("wb") as file:
            self._process = subprocess.Popen(command, pass_fds=[writing], stderr=file)
        os.close(writing)
        with os.fdopen(reading) as pipe:
            self.display = f":{pipe.readline().strip()}"

    def end(self) -> None:
        self._process.kill()
        self._process.wait(10)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    found = Server(tmp_path / "xvfb.log")
    yield found
    found.end()


class Program:
    """The program in a window of that server."""

    def __init__(self, server: Server, folder: Path, *args: str) -> None:
        self._around = {**environment(), "DISPLAY": server.display}
        size = ("--set", "view.width=640", "--set", "view.height=360", "--set", "view.remember=false")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "realtime", *args, "--json", *size],
            cwd=folder, env=self._around, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def until(self, true: Callable[[], object]) -> None:
        deadline = time.monotonic() + 60
        while not true():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self._process.kill()
                pytest.fail(str(self._process.communicate()))
            time.sleep(0.05)

    def xdotool(self, *args: str) -> str:
        done = subprocess.run(["xdotool", *args], env=self._around, capture_output=True, text=True, check=False)
        return done.stdout.strip()

    def window(self) -> str:
        self.until(lambda: self.xdotool("search", "--onlyvisible", "--name", "^Meshmirror"))
        return self.xdotool("search", "--onlyvisible", "--name", "^Meshmirror").split("\n")[0]

    def lost(self, why: str) -> dict[str, Any]:
        """The report of a program that lost its window for this reason: exit code 3 and one line about it."""
        stdout, stderr = self._process.communicate(timeout=60)
        assert self._process.returncode == 3, (self._process.returncode, stderr)
        assert stderr.count(why) == 1 and "Traceback" not in stderr and "XIO" not in stderr, stderr
        report: dict[str, Any] = json.loads(stdout)
        assert why in report["error"]
        return report

    def kill(self) -> None:
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGKILL)
        self._process.communicate()


@pytest.fixture
def start(server: Server, tmp_path: Path) -> Iterator[Callable[..., Program]]:
    begun: list[Program] = []

    def program(*args: str) -> Program:
        begun.append(Program(server, tmp_path, *args))
        return begun[-1]

    yield program
    for one in begun:
        one.kill()


def size_of(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def closed_together(folder: Path) -> None:
    """A closed session whose streams end within a few frames of each other, all readable."""
    with open_session(folder) as session:
        assert session.info is not None and session.info.state == "closed" and not session.notes
        (part,) = session.parts
        streams = session.info.parts[0].streams
        assert len(session) == streams["frames"].recorded > 0
        assert part.camera is not None and part.view is not None
        ends = [times[-1] for times in ([t for t, _ in part.camera], [t for t, _ in part.view], part.times)]
        assert max(ends) - min(ends) < 200_000_000, ends  # a fragment
        for name in ("camera", "view"):
            assert len(list(getattr(part, name))) == streams[name].recorded


SERVER, WINDOW = "the X server has ended", "destroyed the window"
LOOPED = ("--source", str(clip("single_face.mp4")), "--set", "source.loop=true")


@pytest.mark.parametrize("why", [SERVER, pytest.param(WINDOW, marks=pytest.mark.slow)])
def test_a_session_is_closed(server: Server, start: Callable[..., Program], tmp_path: Path, why: str) -> None:
    running = start(*LOOPED, "--record", "anna")
    running.until(lambda: size_of(tmp_path / "anna" / "view.mp4") > 20_000)
    if why is SERVER:
        server.end()
    else:
        running.xdotool("windowclose", running.window())  # XDestroyWindow
    report = running.lost(why)
    assert report["sessions"][0]["streams"]["frames"]["recorded"] > 0
    closed_together(tmp_path / "anna")


@pytest.mark.slow
def test_a_video_of_the_window_is_closed(server: Server, start: Callable[..., Program], tmp_path: Path) -> None:
    running = start(*LOOPED, "--record", "anna.mp4")
    running.until(lambda: size_of(tmp_path / "anna.mp4") > 20_000)
    server.end()
    report = running.lost(SERVER)
    assert report["outputs"] == ["anna.mp4"] and report["recorded"] > 0
    with_players = subprocess.run(
        ["ffprobe", "-v", "error", "-count_frames", "-show_entries", "stream=nb_read_frames", "-of", "csv=p=0",
         tmp_path / "anna.mp4"], capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert int(with_players.stdout) == report["recorded"] and not with_players.stderr


@pytest.mark.slow
def test_a_replay_that_is_recorded(server: Server, start: Callable[..., Program], tmp_path: Path) -> None:
    session = copied(tmp_path / "session")
    running = start("replay", str(session), "--loop", "--record", "again.mp4")
    running.until(lambda: size_of(tmp_path / "again.mp4") > 10_000)
    server.end()
    report = running.lost(SERVER)
    assert report["recorded"] > 0 and report["rows"] == 40


@pytest.mark.parametrize("live", [pytest.param((), marks=pytest.mark.slow), LOOPED])
def test_what_if_ends(server: Server, start: Callable[..., Program], live: tuple[str, ...]) -> None:
    running = start("whatif", *live)
    running.window()
    time.sleep(0.5)
    server.end()
    assert running.lost(SERVER)["setting"]
