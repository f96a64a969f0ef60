"""The program in a real window on a real X server, worked with keys and mouse."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import pytest
from common import needs_bundled
from running import Running, moved
from x11 import press_close_button

import realtime.session
from realtime.core.resources import pyfeat_file
from realtime.view.mirror.layout import arrange

pytestmark = [needs_bundled, pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs an X server")]


SECOND_MODEL = ("--model", "emotion@built-in", "--model", str(pyfeat_file("resources/au_to_mesh_pls_v4.npz")))


FACES = (440, 90, 820, 330)  # where the two faces stand in a window of 1280 x 720


def cpu_s(pid: int) -> float:
    """Processor time of a process, all threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_keys_and_mouse(start: Callable[..., Running]) -> None:
    run = start()
    run.until(lambda: run.picture().std() > 20, "something is drawn")

    run.key("space")
    run.until(lambda: moved(run.picture(FACES), run.picture(FACES)) < 0.2, "paused: the faces stand still")
    still = run.picture(FACES)

    x, y = 1060, 260
    run.xdotool("mousemove", "--window", run.window, str(x), str(y), "mousedown", "1")
    for step in range(1, 9):
        run.xdotool("mousemove", "--window", run.window, str(x + 10 * step), str(y))
    run.xdotool("mouseup", "1")
    run.until(lambda: moved(run.picture(FACES), still) > 2, "a drag turns the faces")
    turned = run.picture(FACES)
    run.xdotool("click", "4")
    run.xdotool("click", "4")
    run.until(lambda: moved(run.picture(FACES), turned) > 1, "the wheel zooms")
    run.xdotool("mousemove", "--window", run.window, "640", "4")  # away from the vertices, which tell of themselves
    run.key("0")
    run.until(lambda: moved(run.picture(FACES), still) < 0.5, "0 looks from the front again")

    plain = run.picture()
    run.key("h")
    run.until(lambda: moved(run.picture(), plain) > 5, "help covers the window")
    run.key("h")
    run.until(lambda: moved(run.picture(FACES), plain[90:420, 440:1260]) < 0.5, "help goes")

    run.key("s")
    run.until(lambda: any(path.stat().st_size for path in run.folder.glob("*.png")), "a picture is saved")
    saved = cv2.imread(str(next(run.folder.glob("*.png")))).astype(int)
    assert saved.shape == (720, 1280, 3)
    assert moved(saved[90:420, 440:1260], still) < 1.5, "the saved picture is what the screen shows"

    time.sleep(4.5)  # until the line about the picture is gone
    before = cpu_s(run.process.pid)
    time.sleep(3)
    assert cpu_s(run.process.pid) - before < 0.3, "a pause costs next to nothing; polling took a quarter of a core"

    run.key("q")
    report = run.end()
    assert report["interrupted"] is False
    assert len(report["outputs"]) == 1


def test_recording_and_calibrating_with_keys(start: Callable[..., Running]) -> None:
    run = start("--set", "model.neutral_s=0.7", "--pose", "live", "--set", "record.fps=30")
    run.key("n")
    run.key("r")
    run.until(lambda: any(run.folder.glob("*/view.mp4")), "a recording begins")
    time.sleep(3)
    run.key("p")
    time.sleep(0.5)
    run.key("r")
    time.sleep(0.5)
    run.key("Escape")
    report = run.end()
    assert report["pose_mode"] == "zero"
    (path,) = report["outputs"]
    (recorded,) = report["sessions"]
    found = {}
    for stream in ("camera", "view"):
        probe = subprocess.run(
            ["ffprobe", "-v", "error", "-count_frames", "-show_entries",
             "stream=nb_read_frames,nb_frames,avg_frame_rate", "-of", "json", f"{path}/{stream}.mp4"],
            capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
        (found[stream],) = json.loads(probe)["streams"]
        counted = recorded["streams"][stream]["recorded"]
        assert int(found[stream]["nb_read_frames"]) == int(found[stream]["nb_frames"]) == counted
    assert found["view"]["avg_frame_rate"] == "30/1", "though the clip has 25 frames a second"
    with realtime.session.open(path) as session:
        assert len(session) == recorded["streams"]["frames"]["captured"] == report["recorded"] > 10
        assert session[0].models[0].pose_mode == "live" and session[len(session) - 1].models[0].pose_mode == "zero"
        assert session[len(session) - 1].models[0].identity is not None
    assert report["nme_adjusted"] is not None


@pytest.mark.parametrize("way", ["close", "kill", "TERM"])
def test_closing_in_the_middle_of_a_recording(start: Callable[..., Running], way: str) -> None:
    """The window's close button, the window destroyed under the program, and SIGTERM: the file is whole or readable."""
    run = start("--record", "r.mp4")
    out = run.folder / "r.mp4"
    run.until(lambda: out.exists() and out.stat().st_size > 250_000, "something is recorded")
    if way == "close":
        press_close_button(run.around["DISPLAY"], int(run.window))
    elif way == "TERM":
        run.process.send_signal(signal.SIGTERM)
    else:
        run.xdotool("windowkill", run.window)  # the X server cuts the connection: no program survives that
    try:
        run.process.communicate(timeout=30)
    except subprocess.TimeoutExpired:
        pytest.fail("the program hangs")
    video = cv2.VideoCapture(str(out))
    frames = 0
    while video.read()[0]:
        frames += 1
    assert frames > 5
    if way == "close":
        assert run.process.returncode == 0
    elif way == "TERM":
        assert run.process.returncode == 130


def test_resizing_while_recording_begins_a_new_file(start: Callable[..., Running]) -> None:
    run = start("--record", "r.mp4")
    out = run.folder / "r.mp4"
    run.until(lambda: out.exists() and out.stat().st_size > 250_000, "something is recorded")
    for width in range(1240, 1001, -20):  # an edge that is dragged: no file for each size on the way
        run.xdotool("windowsize", run.window, str(width), "700")
        time.sleep(0.05)
    run.xdotool("windowsize", "--sync", run.window, "1001", "601")
    second = run.folder / "r_2.mp4"
    run.until(second.exists, "a second file")
    run.xdotool("windowminimize", run.window)
    time.sleep(0.5)
    run.until(lambda: second.stat().st_size > 150_000, "it goes on")
    run.process.send_signal(signal.SIGINT)
    report = run.end()
    assert [Path(path).name for path in report["outputs"]] == ["r.mp4", "r_2.mp4"]
    assert report["dropped"] > 0, "what was between the sizes is counted"
    video = cv2.VideoCapture(str(second))
    done, frame = video.read()
    assert done
    assert frame.shape == (600, 1000, 3)


def test_two_models_with_their_keys(start: Callable[..., Running]) -> None:
    """M chooses whose residual colours the observed face, D colours the predicted faces by the disagreement."""
    bodies = [tile.body for tile in arrange((1280, 720), tiles=4).tiles]  # camera, two models, the difference
    predicted, observed = ((body.x, body.y, body.w, body.h) for body in (bodies[1], bodies[3]))
    run = start(*SECOND_MODEL, "--pose", "zero", "--set", "view.colour_max=10")  # the same colours for the same numbers
    run.until(lambda: run.picture().std() > 20, "something is drawn")
    run.key("space")
    run.until(lambda: moved(run.picture(predicted), run.picture(predicted)) < 0.2, "paused")
    before, skin = run.picture(observed), run.picture(predicted)
    run.key("m")
    run.until(lambda: moved(run.picture(observed), before) > 3, "the observed face has other colours")
    assert moved(run.picture(predicted)[40:], skin[40:]) < 0.5, "the predicted faces stay as they are"
    run.key("m")
    run.until(lambda: moved(run.picture(observed), before) < 0.5, "and the first ones again")
    run.key("d")
    run.until(lambda: moved(run.picture(predicted), skin) > 20, "the predicted faces are coloured")
    assert moved(run.picture(observed), before) < 0.5
    run.key("d")
    run.until(lambda: moved(run.picture(predicted), skin) < 0.5, "and in the tone of skin again")
    run.key("q")
    assert [model["name"] for model in run.end()["models"]] == ["emotion@built-in", "au_to_mesh_pls_v4"]


def test_the_keys_of_several_models_say_so_with_one(start: Callable[..., Running]) -> None:
    run = start()
    run.until(lambda: run.picture().std() > 20, "something is drawn")
    run.key("d")
    run.key("m")
    time.sleep(0.5)
    run.key("q")
    _, stderr = run.process.communicate(timeout=30)
    assert stderr.count("There is one model") == 2


def test_choosing_with_keys(start: Callable[..., Running]) -> None:
    """Another model, a camera where there is none, the numbers, the pose: said on the terminal, and it runs on."""
    run = start("--emotion", "inverse")
    run.until(lambda: run.picture().std() > 20, "something is drawn")
    time.sleep(2)
    skin = run.picture(FACES)
    run.key("v")
    run.until(lambda: moved(run.picture(FACES), skin) > 1, "another face")
    time.sleep(1)
    for key in ("c", "y", "t", "p"):
        run.key(key)
        time.sleep(0.7)
    run.key("q")
    stdout, stderr = run.process.communicate(timeout=30)
    assert run.process.returncode == 0, stderr
    report = json.loads(stdout)
    assert report["model"] == "au@v4"
    assert report["earlier"][0]["model"] == "emotion@built-in"
    for words in ("Now au@v4", "Measurements copied", "Now emotions: auto"):
        assert words in stderr, words
    assert "Traceback" not in stderr


def test_the_window_begins_as_the_last_one_was_left(start: Callable[..., Running], tmp_path: Path) -> None:
    mine = {"MESHMIRROR_HOME": str(tmp_path / "mine")}
    file = tmp_path / "mine" / "config" / "settings.toml"
    run = start("--set", "view.remember=true", "--set", "view.introduced=true", around=mine)
    run.until(lambda: run.picture().std() > 20, "something is drawn")
    run.key("w")
    run.until(lambda: file.exists(), "it is saved while the window is open")
    run.key("q")
    run.end()
    assert 'style = "shaded"' in file.read_text()

    run = start("--set", "view.remember=true", "--set", "view.introduced=true", around=mine)
    run.until(lambda: run.picture().std() > 20, "something is drawn")
    run.key("space")
    run.key("F5")
    time.sleep(1)
    delivered = run.picture(FACES)
    run.key("F5")
    run.until(lambda: moved(run.picture(FACES), delivered) > 0.05, "F5 changes it, and back")  # lines are thin
    run.key("F5")
    run.process.send_signal(signal.SIGTERM)
    run.end()
    assert 'style = "tessellation"' in file.read_text()
