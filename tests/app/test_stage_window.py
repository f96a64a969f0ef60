"""A stage in a real window with real keys: it invites, greets the next one, and begins as a layout has it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from common import needs_bundled
from running import Running, moved

from realtime.app.saved_layouts import NAME

pytestmark = [needs_bundled, pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs an X server")]
FACES = (200, 60, 880, 420)


def empty_room(path: Path) -> Path:
    """A video of a grey wall."""
    video = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 25, (320, 240))
    for at in range(50):
        video.write(np.full((240, 320, 3), 90 + at % 3, np.uint8))
    video.release()
    return path


def test_an_empty_stage_invites_and_stops_where_it_is_not_wanted(start: Callable[..., Running], tmp_path: Path) -> None:
    run = start(
        "--source", str(empty_room(tmp_path / "room.mp4")), "--set", "view.stage=true", "--set", "view.attract_s=1",
        "--set", "model.names=emotion@built-in",
    )  # fmt: skip
    run.until(lambda: moved(run.picture(FACES), run.picture(FACES)) > 0.3, "the model's face moves", 60)
    run.key("shift+F11")  # one monitor: a notification, and nothing else
    run.key("shift+p")
    time.sleep(0.5)
    run.key("l")
    run.until(lambda: moved(run.picture(FACES), run.picture(FACES)) < 0.1, "the usual window waits calmly", 30)
    assert run.process.poll() is None
    run.key("q")
    assert run.end()["interrupted"] is False


def test_a_window_begins_with_a_saved_layout(start: Callable[..., Running], tmp_path: Path) -> None:
    home, room = tmp_path / "home", str(empty_room(tmp_path / "room.mp4"))
    (home / "config").mkdir(parents=True)
    (home / "config" / NAME).write_text('[layout."one face"]\nviews = ["predicted"]\nstage = true\n')

    def drawn(*sets: str) -> np.ndarray:
        """The window once it stands still."""
        given = [word for one in ("view.attract_s=0", *sets) for word in ("--set", one)]
        run = start("--source", room, *given, around={"MESHMIRROR_HOME": str(home)})
        run.until(lambda: run.picture().std() > 5, "something is drawn", 60)
        time.sleep(3)
        picture = run.picture()
        run.key("Escape")
        run.end()
        return picture

    by_name = drawn("view.layout=one face")
    assert moved(by_name, drawn('view.views=["predicted"]', "view.stage=true")) < 1.0
    assert moved(by_name, drawn()) > 4.0
