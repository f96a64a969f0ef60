"""Pictures that leave the program: only where they were asked for, the stage without controls; no secret is kept."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from common import clip, environment, needs_bundled
from mjpeg_reader import MjpegReader

from realtime import Pipeline, load_config, open_source
from realtime.app.mirror import Mirror
from realtime.app.run_options import RunOptions
from realtime.app.streaming import NO_STAGE, check_streams, opening_notes
from realtime.app.wakeup import Wakeup
from realtime.core.commands import Action, CopyStream, SwitchStream
from realtime.core.config import StreamConfig
from realtime.core.errors import UsageError
from realtime.stream.address import StreamAddress
from realtime.view import open_offscreen

LINK = re.compile(r"http://127\.0\.0\.1:(\d+)/(\S+)")
pytestmark = [needs_bundled, pytest.mark.skipif(sys.platform == "win32", reason="its processes take no SIGINT")]


class Program:
    """A mirror of a clip that goes on until it is told to end."""

    def __init__(self, folder: Path, *more: str) -> None:
        command = [
            sys.executable, "-m", "realtime", "live", "--source", str(clip("single_face.mp4")), "--headless", "--json",
            "--set", "source.loop=true", "--set", "view.width=640", "--set", "view.height=360", "--emotion", "inverse",
            *more,
        ]  # fmt: skip
        self._log = folder / "stderr"
        with self._log.open("w") as log, (folder / "stdout").open("w") as out:
            self.process = subprocess.Popen(command, cwd=folder, env=environment(), stdout=out, stderr=log)
        self._out = folder / "stdout"

    @property
    def said(self) -> str:
        return re.sub(r"\n\s+", " ", self._log.read_text())

    def until(self, true: Callable[[], object]) -> None:
        deadline = time.monotonic() + 60
        while not true():
            assert self.process.poll() is None and time.monotonic() < deadline, self.said
            time.sleep(0.05)

    def link(self) -> str:
        self.until(lambda: LINK.search(self._log.read_text()))
        return LINK.search(self._log.read_text())[0]  # type: ignore[index]

    def listening(self) -> set[int]:
        """The TCP ports on which it listens."""
        inodes = {
            match[1]
            for each in Path(f"/proc/{self.process.pid}/fd").iterdir()
            if (match := re.fullmatch(r"socket:\[(\d+)\]", _target(each)))
        }
        found = set()
        for table in ("tcp", "tcp6"):
            for line in Path(f"/proc/{self.process.pid}/net/{table}").read_text().splitlines()[1:]:
                fields = line.split()
                if fields[3] == "0A" and fields[9] in inodes:
                    found.add(int(fields[1].rpartition(":")[2], 16))
        return found

    def end(self) -> str:
        """Its JSON."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(60)
        return self._out.read_text()


def _target(descriptor: Path) -> str:
    try:
        return str(descriptor.readlink())
    except OSError:
        return ""


@contextmanager
def program(folder: Path, *more: str) -> Iterator[Program]:
    folder.mkdir()
    made = Program(folder, *more)
    try:
        yield made
    finally:
        made.process.kill()
        made.process.wait()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_two_programs_send_the_stage_and_keep_no_secret_and_without_it_nothing_listens(tmp_path: Path) -> None:
    sends = ("--stream", "mjpeg", "--share-face")
    with (
        program(tmp_path / "one", *sends, "--record", "session") as one,
        program(tmp_path / "two", *sends) as two,
        program(tmp_path / "three", "--record", "session") as silent,
    ):
        links = [each.link() for each in (one, two)]
        assert links[0] != links[1] and links[0].rpartition("/")[2] != links[1].rpartition("/")[2]
        for each, link in zip((one, two), links, strict=True):
            reader = MjpegReader(link, 60)
            pictures = [reader.picture() for _ in range(3)]
            reader.close()
            assert all(shown.shape == (360, 640, 3) and shown.std() > 20 for shown in pictures)
            assert np.abs(pictures[0].astype(int) - pictures[2]).max() > 30, "they go on"
            assert each.listening() == {int(link.split(":")[2].split("/")[0])}
            assert each.said.count(link) == 1 and "--share-face" in each.said
        silent.until(lambda: (tmp_path / "three" / "session").is_dir())
        assert silent.listening() == set() and "http" not in silent.said
        report = one.end()
        token = links[0].rpartition("/")[2]
        (stream,) = json.loads(report)["streams"]
        assert stream["sent"] >= 3 and stream["output"].startswith("MJPEG 127.0.0.1:") and not stream["remote"]
        assert token not in report
        files = [path for path in (tmp_path / "one" / "session").rglob("*") if path.is_file()]
        assert len(files) > 2 and not [path for path in files if token.encode() in path.read_bytes()]
        silent.end()


def test_without_permission_and_beside_a_second_replay_they_are_refused() -> None:
    with pytest.raises(UsageError, match=r"--stream mjpeg.*--share-face"):
        check_streams(StreamConfig(outputs=["mjpeg"]))
    check_streams(StreamConfig(outputs=["mjpeg"], share_face=True))
    with pytest.raises(UsageError, match="two replays side by side have no presentation"):
        check_streams(StreamConfig(outputs=["mjpeg"], share_face=True), NO_STAGE)


def test_what_is_to_be_known_before_anything_is_sent_is_the_same_at_the_start_and_in_the_window() -> None:
    shared = StreamConfig(share_face=True)
    assert "beyond this machine" in opening_notes(StreamAddress.parse("mjpeg://192.0.2.1:8090"), shared)[0]
    assert ["pictures of the face" in text for text in opening_notes(StreamAddress.parse("camera"), shared)] == [True]
    assert opening_notes(StreamAddress.parse("osc"), StreamConfig()) == []
    assert "liblsl listens" in opening_notes(StreamAddress.parse("lsl"), StreamConfig())[0]
    assert "they identify a person" in opening_notes(StreamAddress.parse("osc"), shared)[0]


def until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


class Board:
    """A clipboard."""

    text = ""

    def copy(self, text: str) -> bool:
        self.text = text
        return True


def test_in_the_window_they_are_switched_and_the_address_is_copied_and_never_shown() -> None:
    source = str(clip("single_face.mp4"))
    sets = ["detect.emotion=inverse", "view.width=640", "view.height=360", "stream.share_face=true"]
    config = load_config(None, sets, {"source.path": source})
    screen, board, said = open_offscreen((640, 360)), Board(), list[str]()
    screen.copy = board.copy  # type: ignore[method-assign]
    with Pipeline.from_config(config) as pipeline, open_source(source) as opened:
        mirror = Mirror(config, RunOptions(notify=said.append), pipeline, opened, Wakeup(screen))
        try:
            mirror.ui.panel = True
            mirror.start()

            def do(request: SwitchStream | CopyStream | Action) -> None:
                mirror.ui.actions.append(request)
                mirror.turn()

            mirror.turn()
            status = mirror.status()
            assert status.streaming == () and {"mjpeg://127.0.0.1", "osc://127.0.0.1:9000"} <= {
                choice.address for choice in status.stream_choices
            }
            do(CopyStream("mjpeg://127.0.0.1"))
            assert not board.text and "There is no address yet." in said
            do(SwitchStream("mjpeg://127.0.0.1", True))
            mirror._outputs.wait_ready(20)
            do(CopyStream("mjpeg://127.0.0.1"))
            assert LINK.fullmatch(board.text) and board.text in said[-2] + said[-1] + "".join(said)
            shown = " ".join(one.text for one in mirror.status().notifications)
            assert "Address copied" in shown and board.text not in shown + repr(mirror.status())
            pictures = mirror._drawing.pictures
            mirror._draw(mirror.status(), fresh=False)
            assert pictures._view is None and not pictures.awaited, "nothing is drawn where nobody looks"
            reader = MjpegReader(board.text)
            until(lambda: pictures.awaited)
            deadline = time.monotonic() + 30
            while not mirror.status().streaming[0].sent:
                assert time.monotonic() < deadline
                mirror.turn()
                mirror._draw(mirror.status(), fresh=False)
            stage = reader.picture()
            assert stage.shape == (360, 640, 3)
            assert not pictures.awaited
            until(lambda: pictures.awaited)  # while nothing new comes, the next one is due after a second
            window = screen.read()
            assert np.abs(stage.astype(int) - window).mean() > 3, "the stage has no panel"
            do(Action.UNDO)
            assert len(mirror.status().streaming) == 1, "no undo begins or ends to send"
            do(SwitchStream("mjpeg://127.0.0.1", False))
            assert mirror.status().streaming == ()
            do(Action.UNDO)
            assert mirror.status().streaming == ()
            do(SwitchStream("livelink://127.0.0.1:11111", True))
            assert any("Live Link: the tracker" in text for text in said) or pipeline.tracker.blendshapes
            do(SwitchStream("livelink://127.0.0.1:11111", False))
            do(SwitchStream("osk", True))
            assert any(one.error and "no format 'osk'" in one.text for one in mirror.status().notifications)
        finally:
            mirror.close()
        report = mirror.report().streams[-1]
        assert report.sent >= 1 and board.text.rpartition("/")[2] not in report.model_dump_json()
