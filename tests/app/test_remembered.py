"""What was typed before a recording is there again; what was given for a run wins, and no password is kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from realtime.app.remembered import MOST_SOURCES, NAME, Remembered
from realtime.core.config import RecordConfig
from realtime.core.status import RecordingSetup


def test_the_next_window_begins_with_it(tmp_path: Path) -> None:
    said: list[str] = []
    first = Remembered(said.append, tmp_path)
    assert first.under(RecordConfig()) == RecordConfig()
    first.watch(RecordingSetup("P07", str(tmp_path / "study"), ("smile", "joke")))
    for source in ("2", "clip.mp4", "rtsp://anna:secret@cam/1", "http://cam/2", "clip.mp4"):
        first.opened(source)

    again = Remembered(said.append, tmp_path)
    config = again.under(RecordConfig(crf=30))
    assert (config.participant, config.folder, config.events) == ("P07", tmp_path / "study", ("smile", "joke"))
    assert config.crf == 30
    assert again.under(RecordConfig(participant="P08", events=("cry",))).participant == "P08"
    assert again.under(RecordConfig(events=())).events == ()
    assert again.sources == (str(Path("clip.mp4").absolute()), "http://cam/2")
    assert (tmp_path / NAME).stat().st_mode & 0o077 == 0
    assert "secret" not in (tmp_path / NAME).read_text() and not said
    for at in range(20):
        again.opened(f"/clips/{at}.mp4")
    assert len(Remembered(print, tmp_path).sources) == MOST_SOURCES


@pytest.mark.parametrize(
    "content", ["", "participant = ", 'events = [""]', "events = 3", 'participant = "a\\tb"', "\0"]
)
def test_a_file_that_is_no_use_is_no_harm(tmp_path: Path, content: str) -> None:
    (tmp_path / NAME).write_text(content)
    remembered = Remembered(print, tmp_path)
    assert remembered.under(RecordConfig()) == RecordConfig(folder=RecordConfig().folder)
    remembered.watch(RecordingSetup("P1", ".", ()))
    assert Remembered(print, tmp_path).under(RecordConfig()).participant == "P1"


def test_where_nothing_can_be_written_it_is_said_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    said: list[str] = []
    remembered = Remembered(said.append, tmp_path / "file")
    for name in ("P1", "P2"):
        remembered.watch(RecordingSetup(name, ".", ()))
    assert len(said) == 1 and "cannot be saved" in said[0]
