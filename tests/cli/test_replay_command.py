"""`meshmirror replay` as it is typed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import cv2
import pytest
from common import Runner, clip, needs_bundled
from replaying import record, replay
from run_docs import holds

from realtime.core.errors import ModelFileError, SessionError, UsageError
from realtime.core.resources import pyfeat_file
from realtime.pipeline.replay.control import ReplayOptions

pytestmark = needs_bundled
UNITS = str(pyfeat_file("resources/au_to_mesh_pls_v4.npz"))


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("command") / "anna-1"
    record(folder, str(clip("single_face.mp4")))
    return folder


def test_every_row_in_order_and_what_they_say_today(meshmirror: Runner, session: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut"
    shutil.copytree(session, cut)
    with (cut / "frames.arrow").open("r+b") as table:
        table.truncate(int(0.7 * (cut / "frames.arrow").stat().st_size))
    done = meshmirror("replay", str(cut), "--headless", "--json")
    assert done.returncode == 0, done.stderr
    report = holds(done.stdout)
    assert report["source"] == "cut" and report["session"] == str(cut)
    assert report["frames"] == report["rows"] == report["recomputed"]["rows"] and 40 < report["rows"] < 72
    assert report["recomputed"]["predicted"] <= 1e-6 and report["recomputed"]["missing"] == 0
    assert "frames.arrow" in done.stderr and "rows can be read" in done.stderr
    assert sorted(path.name for path in cut.iterdir()) == ["camera.mp4", "frames.arrow", "session.json"]


def test_a_stretch_of_it_as_a_video_of_the_window(meshmirror: Runner, session: Path, tmp_path: Path) -> None:
    done = meshmirror(
        "replay", str(session), "--headless", "--start", "1", "--end", "2", "--record", "window.mp4", "--json",
        "--set", "view.width=640", "--set", "view.height=360", "--model", UNITS,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    report = holds(done.stdout)
    video = cv2.VideoCapture(str(tmp_path / "window.mp4"))
    times = []
    while video.read()[0]:
        times.append(video.get(cv2.CAP_PROP_POS_MSEC))
    assert len(times) == report["frames"] == report["recorded"] and 28 <= len(times) <= 32
    assert times[-1] - times[0] == pytest.approx(1000, abs=50), "on the recorded clock"
    assert report["model"] == "au_to_mesh_pls_v4" and report["recomputed"] is None


def test_the_words_for_people_say_whether_it_still_says_the_same(meshmirror: Runner, session: Path) -> None:
    done = meshmirror("replay", str(session), "--headless", "--frames", "5")
    assert done.returncode == 0 and "5 frames were computed again: they are exactly as recorded." in done.stdout


def test_what_is_refused_is_refused_in_words_with_its_code(meshmirror: Runner, session: Path) -> None:
    for args, code, words in (
        (("nowhere",), 4, "no such session"),
        ((str(session), "--record", "another"), 2, "--record FILE.mp4 makes a video of its window"),
        ((str(session), "--labels", "as-filed"), 2, "--labels belongs to --model"),
    ):
        done = meshmirror("replay", *args, "--json")
        answer = json.loads(done.stdout)
        assert (done.returncode, answer["exit_code"]) == (code, code), done.stderr
        assert words in answer["error"] and "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("asked", "error", "words"),
    [
        ({"loop": True}, UsageError, "--loop and --speed are for the window"),
        ({"speed": 2.0}, UsageError, "--loop and --speed are for the window"),
        ({"start_s": 7.0}, UsageError, r"there is no frame; the recording goes from 0 s to 2\.3"),
        ({"start_s": 2.0, "end_s": 1.0}, UsageError, "there is no frame"),
    ],
)
def test_a_replay_that_cannot_be_is_refused(
    session: Path, asked: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        replay(session, options=ReplayOptions(**asked))


def test_what_is_no_session_or_asks_for_too_much_is_refused(session: Path, tmp_path: Path) -> None:
    for path, words in ((clip("single_face.mp4"), "a session is a folder"), (tmp_path, "not a session")):
        with pytest.raises(SessionError, match=words):
            replay(path)
    with pytest.raises(ModelFileError, match=r"There is no model 'emotion@v7'"):
        replay(session, "model.names=emotion@v7", options=ReplayOptions(other_models=True))
