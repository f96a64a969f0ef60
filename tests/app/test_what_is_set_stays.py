"""In a real window with real keys: nothing that was set or recorded is lost by one key."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import pytest
from common import clip, needs_bundled
from running import Running, moved

import realtime.session

pytestmark = [needs_bundled, pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs an X server")]
FACES = (570, 110, 660, 320)  # the predicted face and the difference, below the notifications


def recording(run: Running) -> Path:
    """Start to record; the session's folder."""
    run.key("r")
    run.until(lambda: any(run.folder.glob("*/frames.arrow")), "a recording begins")
    time.sleep(1.0)
    return next(run.folder.glob("*/frames.arrow")).parent


def test_escape_does_not_end_a_recording_unless_it_is_pressed_again(start: Callable[..., Running]) -> None:
    run = start("--set", "model.pose=live")
    folder = recording(run)
    run.key("Escape")
    time.sleep(0.5)
    run.key("p")  # the other answer; it does nothing else
    written = (folder / "frames.arrow").stat().st_size
    time.sleep(4.5)
    assert run.process.poll() is None and (folder / "frames.arrow").stat().st_size > written, "it goes on"
    run.key("Escape")  # without an answer
    time.sleep(5.5)
    assert run.process.poll() is None
    run.key("Escape")
    time.sleep(0.5)
    run.key("Escape")
    report = run.end()
    assert report["outputs"] == [str(folder)] and report["interrupted"] is False
    assert report["pose_mode"] == "live"
    with realtime.session.open(folder) as session:
        assert len(session) == report["recorded"] > 10


def test_a_letter_that_rearranges_the_window_is_undone(start: Callable[..., Running]) -> None:
    run = start()
    run.until(lambda: run.picture().std() > 20, "something is drawn")
    run.key("space")
    run.until(lambda: moved(run.picture(FACES), run.picture(FACES)) < 0.2, "paused: the faces stand still")
    time.sleep(4.5)  # until the first lines are gone
    before = run.picture(FACES)
    for key in ("w", "6", "shift+2"):
        run.key(key)
    run.until(lambda: moved(run.picture(FACES), before) > 5, "another window")
    time.sleep(0.5)
    other = run.picture(FACES)
    for _ in range(3):
        run.key("ctrl+z")
    run.until(lambda: moved(run.picture(FACES), before) < 4.0, "as it was")
    time.sleep(5)
    assert moved(run.picture(FACES), before) < 0.5
    for _ in range(3):
        run.key("ctrl+shift+z")
    run.until(lambda: moved(run.picture(FACES), other) < 4.0, "done again")
    run.key("q")
    run.end()


def at_rest(path: Path) -> Path:
    """A video of a face that rests."""
    clip_of_a_face = cv2.VideoCapture(str(clip("single_face.mp4")))
    _, picture = clip_of_a_face.read()
    video = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 25, picture.shape[1::-1])
    for _ in range(50):
        video.write(picture)
    video.release()
    return path


def test_a_good_neutral_is_replaced_on_purpose_only(start: Callable[..., Running], tmp_path: Path) -> None:
    home = tmp_path / "home"
    run = start(
        "--source", str(at_rest(tmp_path / "rest.mp4")), "--set", "model.neutral_s=0.7", "--set", "model.person=anna",
        around={"MESHMIRROR_HOME": str(home)},
    )  # fmt: skip

    def written() -> int:
        """When the neutral in use was taken; 0 before the first."""
        return max((path.stat().st_mtime_ns for path in home.rglob("*") if path.name.startswith("anna")), default=0)

    def calibrate(*keys: str) -> None:
        for key in keys:
            run.key(key)
        time.sleep(2.5)
        run.key("Enter")  # accepts it, where one is shown

    run.until(lambda: run.picture().std() > 20, "something is drawn")
    calibrate("n")
    run.until(lambda: written() > 0, "a neutral")
    first = written()
    run.key("n")
    time.sleep(0.5)
    run.key("Escape")
    time.sleep(4)
    assert run.process.poll() is None and written() == first, "Escape keeps it, and does not end the program"
    calibrate("n", "n")
    run.until(lambda: written() > first, "a second N takes a new one")
    run.key("q")
    run.end()
