"""Another source, other models, another source of the features, while the mirror runs: real sources, good and bad."""

from __future__ import annotations

import contextlib
import itertools
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from common import HANG_S, clip, needs_bundled
from mjpeg_server import MjpegServer
from pyfeat_network import Network

from realtime import Pipeline, load_config, open_source
from realtime.app import inventory as offers
from realtime.app import switcher as choosing
from realtime.app.live import run_mirror
from realtime.app.mirror import Mirror
from realtime.app.run_options import RunOptions
from realtime.app.wakeup import Wakeup
from realtime.capture import CameraListing, SourceOptions
from realtime.core.commands import Action, Choose
from realtime.core.config import Config
from realtime.core.resources import pyfeat_file
from realtime.session.neutral_file import load_neutral
from realtime.view import open_offscreen
from realtime.view.screen.offscreen import Offscreen

pytestmark = needs_bundled

SMILE, CLIP = str(clip("single_face.mp4")), str(clip("WolfgangLanger_Pexels.mp4"))
UNITS = str(pyfeat_file("resources/au_to_mesh_pls_v4.npz"))
PER_PART = {"source", "model", "tracker", "pose_mode", "frames", "faces", "nme", "models", "skipped", "network"}


class Hand:
    """A run, turn by turn, and what it has said."""

    def __init__(self, config: Config, stack: ExitStack, screen: Offscreen | None = None) -> None:
        self.said: list[str] = []
        self.options = RunOptions(headless=True, notify=self.said.append)
        pipeline = Pipeline.from_config(config, notify=self.said.append)
        stack.callback(pipeline.close)
        source = stack.enter_context(open_source(config.source.path, SourceOptions.from_config(config.source)))
        screen = screen or open_offscreen((config.view.width, config.view.height))
        stack.callback(screen.close)
        self.mirror = Mirror(config, self.options, pipeline, source, Wakeup(screen))
        stack.callback(self.mirror.close)
        self.mirror.start()
        self.more = True

    def until(self, true: Callable[[], bool], what: str, seconds: float = 30) -> None:
        deadline = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < deadline, f"waited in vain: {what}; said: {self.said}"
            assert self.more, f"the run ended before: {what}; said: {self.said}"
            self.more = self.mirror.turn()

    def ask(self, *asked: Any) -> None:
        self.mirror.ui.actions += asked
        self.mirror.turn()

    def frames(self, more: int = 5) -> None:
        """So many more frames of the part that runs."""
        summary = self.mirror.runs.current.statistics
        wanted = summary.frames + more
        self.until(lambda: self.mirror.runs.current.statistics is not summary or summary.frames >= wanted, "frames")

    def told(self, words: str) -> bool:
        return any(words in line for line in self.said)

    @property
    def source(self) -> str:
        return self.mirror.runs.current.source.info.name

    @property
    def models(self) -> list[str]:
        return [model.name for model in self.mirror.runs.current.models]

    @property
    def opening(self) -> str:
        return self.mirror.status().offers.opening

    def settled(self) -> None:
        self.until(lambda: not self.opening, "all is open")
        self.frames()


@pytest.fixture
def start() -> Iterator[Callable[..., Hand]]:
    with ExitStack() as stack:

        def begin(source: str, *sets: str) -> Hand:
            config = load_config(None, ["detect.tracker=bundled", "view.width=640", "view.height=360", *sets],
                                 {"source.path": source, "model.names": "emotion@built-in"})  # fmt: skip
            return Hand(config, stack)

        yield begin


def test_the_numbers_after_a_change_are_those_of_a_run_of_its_own(start: Callable[..., Hand]) -> None:
    """Nothing of the source before is left in them: tracker, identity, means. And the other way round."""
    hand = start(CLIP, "source.loop=false")
    hand.frames(20)
    hand.ask(Choose("source", SMILE))
    hand.until(lambda: hand.source == "single_face.mp4" and not hand.mirror.runs.current.running, "all of the second")
    hand.mirror.turn()
    report = hand.mirror.report().to_json()
    config = load_config(None, ["detect.tracker=bundled"], {"source.path": SMILE, "model.names": "emotion@built-in"})
    alone = run_mirror(config, RunOptions(headless=True)).to_json()
    timed = {"fps", "latency_ms", "prediction_ms", "stages_ms", "emotion_age_ms"}
    assert alone["frames"] == 72
    for name in alone.keys() - timed - {"earlier", "models"}:
        assert report[name] == alone[name], name
    (earlier,) = report["earlier"]
    assert earlier.keys() >= PER_PART
    assert earlier["source"] == "WolfgangLanger_Pexels.mp4"
    assert 20 <= earlier["frames"] < 472
    assert alone["earlier"] == []


def damaged(tmp_path: Path) -> str:
    path = tmp_path / "damaged.mp4"
    path.write_bytes(clip("single_face.mp4").read_bytes()[:3000])
    return str(path)


def nobody() -> str:
    """An address at which nothing answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"http://127.0.0.1:{server.getsockname()[1]}/video.mjpg"


def npz(tmp_path: Path) -> str:
    path = tmp_path / "broken.npz"
    path.write_bytes(Path(UNITS).read_bytes()[:5000])
    return str(path)


BAD: dict[str, tuple[Callable[[Path], Choose], str]] = {
    "a camera that is not there": (lambda _: Choose("source", "97"), "camera 97"),
    "no such file": (lambda _: Choose("source", "no/such.mp4"), "no/such.mp4"),
    "a damaged file": (lambda tmp: Choose("source", damaged(tmp)), "damaged.mp4"),
    "nobody answers": (lambda _: Choose("source", nobody()), "127.0.0.1"),
    "nothing": (lambda _: Choose("source", ""), "is empty"),
    "a scheme that is not opened": (lambda _: Choose("source", "ftp://host/x"), "ftp://host/x"),
    "an unknown model": (lambda _: Choose("models", ("emotion@v7",)), "emotion@v7"),
    "a model that is not here": (lambda _: Choose("models", ("au@v6",)), "models fetch au@v6"),
    "a damaged model": (lambda tmp: Choose("models", (npz(tmp),)), "broken.npz"),
    "the same model twice": (lambda _: Choose("models", (UNITS, UNITS)), "already there"),
    "four models": (lambda _: Choose("models", ("a", "b", "c", "d")), "4 were chosen"),
    "weights that are not here": (lambda _: Choose("emotion", "pyfeat"), "models fetch pyfeat"),
    "an unknown source of emotions": (lambda _: Choose("emotion", "crystal ball"), "crystal ball"),
}


def test_what_cannot_be_had_is_said_and_the_present_goes_on(start: Callable[..., Hand], tmp_path: Path) -> None:
    hand = start(CLIP, "source.loop=true")
    hand.frames()
    part = hand.mirror.runs.current
    for name, (choose, words) in BAD.items():
        hand.said.clear()
        hand.ask(choose(tmp_path))
        hand.until(lambda words=words: hand.told(words), name)  # type: ignore[misc]
        assert any(words in shown.text for shown in hand.mirror.status().notifications), name
        assert not hand.opening, name
        hand.frames()
        assert hand.mirror.runs.current is part, name
    report = hand.mirror.report().to_json()
    assert (report["earlier"], report["failures"]) == ([], [])


def test_of_two_choices_in_a_row_the_last_wins(start: Callable[..., Hand], camera: MjpegServer) -> None:
    hand = start(CLIP, "source.loop=true")
    hand.frames()
    hand.ask(Choose("source", camera.url), Choose("models", (UNITS,)), Choose("source", SMILE))
    assert "single_face.mp4" in hand.opening and "au_to_mesh" in hand.opening
    hand.until(lambda: hand.source == "single_face.mp4", "the last one")
    hand.settled()
    assert hand.models == ["au_to_mesh_pls_v4"]
    hand.ask(Choose("source", CLIP), Choose("models", ("emotion@built-in",)), Choose("models", (UNITS,)))
    hand.until(lambda: hand.source != "single_face.mp4", "back")
    hand.settled()
    assert hand.models == ["au_to_mesh_pls_v4"]
    report = hand.mirror.report().to_json()
    assert [part["source"] for part in report["earlier"]] == ["WolfgangLanger_Pexels.mp4", "single_face.mp4"]
    time.sleep(1)
    sent = len(camera.sent_ns)
    time.sleep(0.5)
    assert len(camera.sent_ns) == sent, "the camera that lost is closed"


def test_good_models_with_a_bad_source_and_the_reverse(start: Callable[..., Hand]) -> None:
    hand = start(CLIP, "source.loop=true")
    hand.ask(Choose("source", "no/such.mp4"), Choose("models", (UNITS,)))
    hand.until(lambda: hand.models == ["au_to_mesh_pls_v4"], "the models")
    hand.settled()
    assert hand.source == "WolfgangLanger_Pexels.mp4"
    hand.ask(Choose("models", ("emotion@v7",)), Choose("source", SMILE))
    hand.until(lambda: hand.source == "single_face.mp4", "the source")
    hand.settled()
    assert hand.models == ["au_to_mesh_pls_v4"]
    assert hand.told("no/such.mp4") and hand.told("emotion@v7")


def test_a_live_source_is_not_opened_twice(start: Callable[..., Hand], camera: MjpegServer) -> None:
    """Chosen again it stays; with other models it is kept, and so is the neutral: by the frame that they share."""
    hand = start(camera.url, "model.neutral_s=3")
    hand.frames()
    hand.ask(Choose("source", camera.url))
    assert hand.told("is the source already")
    assert hand.mirror.ui.mirrored
    for _ in range(5):  # on a machine that stands still for a second the face counts as lost
        hand.ask(Action.CALIBRATE)
        hand.until(lambda: hand.mirror.status().calibration_outcome is not None, "the outcome")
        if hand.mirror.status().calibrated:
            break
    hand.ask(Choose("models", ("emotion@built-in", UNITS)))
    hand.until(lambda: len(hand.models) == 2, "two models")
    hand.settled()
    assert hand.told("neutral kept")
    built_in, units = hand.mirror.runs.current.pipeline.predictors
    assert built_in.identity is not None and units.identity is not None and units.identity.rest is not None
    for predictor in (built_in, units):
        mode, identity = predictor.pose_mode, predictor.identity
        expected = predictor.model.predict_neutral(identity.rest if mode == "live" else None)
        assert abs(identity.neutral_canon - identity.offset_canon - expected).max() < 0.05
    hand.ask(Action.MODEL)
    assert hand.mirror.ui.model == 1
    hand.ask(Choose("models", (UNITS,)))
    hand.until(lambda: len(hand.models) == 1, "one model")
    hand.settled()
    assert hand.mirror.ui.model == 0
    report = hand.mirror.report().to_json()
    assert camera.connections == 1
    assert len(report["earlier"]) == 2
    assert all(part["frames"] >= 5 and part["latency_ms"] for part in [*report["earlier"], report])


class Looked(Offscreen):
    """An offscreen target that counts as a window that somebody looks at."""

    def __init__(self, *size: Any) -> None:
        super().__init__(*size)
        self.visible = True


@pytest.mark.slow
def test_at_the_window_a_new_neutral_waits_or_counts_down_and_a_change_keeps_the_one_in_use(
    camera: MjpegServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MESHMIRROR_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("realtime.app.calibration_watch.COUNTDOWN_S", 0.5)
    with ExitStack() as stack:
        config = load_config(
            None, ["detect.tracker=bundled", "detect.emotion=inverse", "model.neutral_s=3", "model.person=Anna"],
            {"source.path": camera.url, "model.names": "emotion@built-in"},
        )  # fmt: skip
        hand = Hand(config, stack, Looked((640, 360)))
        assert hand.told("No neutral of Anna yet")
        hand.frames()
        review = None
        for _ in range(5):  # on a machine that stands still for a second the face counts as lost
            hand.ask(Action.CALIBRATE)
            hand.until(lambda: bool(hand.mirror.status().review or hand.mirror.status().calibration_outcome), "its end")
            review = hand.mirror.status().review
            if review is not None:
                break
        assert review is not None and hand.mirror.runs.current.pipeline.identity is None
        if review.findings:
            hand.frames(20)
            assert hand.mirror.runs.current.pipeline.identity is None, "it waits"
            hand.ask(Action.ACCEPT_NEUTRAL)
        hand.until(lambda: hand.mirror.status().calibrated, "accepted")
        assert load_neutral("Anna") is not None
        hand.ask(Choose("models", (UNITS,)))
        hand.until(lambda: hand.models == ["au_to_mesh_pls_v4"], "another model")
        hand.settled()
        assert hand.told("neutral kept") and hand.mirror.status().calibrated
        assert hand.mirror.status().neutral_facts[0].startswith("Anna, ")
        assert "Anna" in [choice.value for choice in hand.mirror.status().offers.people]


def test_cameras_have_several_names() -> None:
    assert choosing._device("0") == choosing._device("/dev/video0") == choosing._device("00")
    assert choosing._device("0") != choosing._device("1")


def test_hand_over_mirroring_and_recording_follow_the_source(
    start: Callable[..., Hand], camera: MjpegServer, tmp_path: Path
) -> None:
    """Live, file, live: one video whose times grow, and a file that has ended stays until another choice."""
    video = tmp_path / "r.mp4"
    hand = start(camera.url, f"record.path={video}")
    hand.frames(10)
    assert hand.mirror.ui.mirrored
    hand.ask(Choose("source", SMILE))
    hand.until(lambda: hand.source == "single_face.mp4", "a file")
    hand.until(lambda: not hand.mirror.ui.mirrored, "its first picture, as others see her")
    hand.until(lambda: hand.mirror.status().source_state == "ended", "its end")
    part = hand.mirror.runs.current
    assert (part.statistics.frames, part.undrawn) == (72, 0), "every frame of a file"
    for _ in range(5):
        assert hand.mirror.turn(), "what was chosen does not end the run"
    hand.ask(Choose("source", SMILE))
    hand.until(lambda: hand.mirror.runs.current is not part, "the same file once more")
    hand.frames(20)
    hand.ask(Choose("source", camera.url))
    hand.until(lambda: hand.source == camera.url, "live again")
    hand.until(lambda: hand.mirror.ui.mirrored, "its first picture, as in a looking-glass")
    hand.frames(10)
    report = hand.mirror.report().to_json()
    assert len(report["earlier"]) == 3
    probe = subprocess.run(
        ["ffprobe", "-v", "error", "-select_streams", "v", "-show_entries", "packet=pts_time", "-of", "csv=p=0",
         str(video)], capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    times = [float(line.strip(",")) for line in probe.split()]
    assert len(times) == report["recorded"] > 100
    assert all(0.001 < b - a < 10 for a, b in itertools.pairwise(times)), "no picture is squeezed in"


def test_a_source_that_hangs_while_it_is_opened(
    start: Callable[..., Hand], camera: MjpegServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand = start(CLIP, "source.loop=true")
    camera.mode = "stall"
    with monkeypatch.context() as patch:
        patch.setattr(choosing, "OPEN_S", 1.0)
        hand.ask(Choose("source", camera.url))
        hand.frames(5)
        hand.until(lambda: hand.told("does not respond; abandoned after 1 s"), "it is given up")
    hand.ask(Choose("source", camera.url))  # the opening that still hangs is taken up again
    hand.frames()
    hand.ask(Choose("source", SMILE))
    hand.until(lambda: hand.source == "single_face.mp4", "another choice while the first one hangs")
    hand.ask(Choose("source", camera.url))
    assert hand.opening
    began = time.monotonic()
    hand.mirror.close()
    assert time.monotonic() - began < HANG_S, "closing while something is opened"


def test_keys_cycle_through_what_there_is(start: Callable[..., Hand]) -> None:
    hand = start(CLIP, "source.loop=true")
    chooser = hand.mirror._switcher
    chooser.refresh()
    hand.until(lambda: len(hand.mirror.status().offers.models) > 1, "the machine was looked at")
    there = hand.mirror.status().offers
    assert there.chosen_models == ("emotion@built-in",)
    assert [choice.value for choice in there.models] == ["emotion@built-in", "au@v4"]
    assert (there.source, there.emotion, there.pose) == (CLIP, "auto", "auto")
    assert "not installed" in there.emotions[-1].label
    hand.ask(Action.NEXT_MODEL)
    hand.until(lambda: hand.models == ["au@v4"], "the next model")
    hand.ask(Action.NEXT_MODEL)
    hand.until(lambda: hand.models == ["emotion@built-in"], "and the first again")
    hand.frames()
    poses = []
    for _ in range(3):
        hand.ask(Action.POSE)
        poses.append((hand.mirror.status().offers.pose, hand.mirror.status().pose_mode))
    assert poses == [("live", "live"), ("zero", "zero"), ("auto", "zero")]
    part = hand.mirror.runs.current
    hand.ask(Action.NEXT_EMOTION)
    hand.until(lambda: hand.mirror.runs.current is not part, "the next source of emotions")
    assert hand.mirror.status().offers.emotion == "inverse"


def test_the_next_camera_may_be_gone(start: Callable[..., Hand], monkeypatch: pytest.MonkeyPatch) -> None:
    """A list that is a moment old: the camera was pulled out since."""
    hand = start(CLIP, "source.loop=true")
    hand.frames()
    part = hand.mirror.runs.current
    cameras = [CameraListing(97, "Gone", "V4L2")]
    monkeypatch.setattr(offers, "list_cameras", lambda: cameras)
    hand.mirror._switcher.refresh()
    hand.until(lambda: len(hand.mirror.status().offers.sources) == 2, "a camera is offered")
    assert [choice.label for choice in hand.mirror.status().offers.sources] == [
        "camera 97: Gone", "WolfgangLanger_Pexels.mp4"
    ]  # fmt: skip
    hand.ask(Action.NEXT_SOURCE)
    hand.until(lambda: hand.told("camera 97: there is no") or hand.told("camera 97 could not"), "it is not there")
    hand.frames()
    assert hand.mirror.runs.current is part
    cameras.clear()
    hand.mirror._switcher.refresh()
    hand.until(lambda: len(hand.mirror.status().offers.sources) == 1, "nor in the list")
    hand.ask(Action.NEXT_SOURCE)
    assert hand.told("There is no other camera")


def network_processes() -> int:
    """Children of this process that run py-feat's network."""
    found = 0
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it has just ended
            parent = (process / "stat").read_text().rsplit(")", 1)[1].split()[1]
            found += int(parent) == os.getpid() and b"worker" in (process / "cmdline").read_bytes()
    return found


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="counts processes in /proc")
def test_one_network_at_a_time(start: Callable[..., Hand], camera: MjpegServer, prepared_network: Network) -> None:
    weights = prepared_network.weights.path
    hand = start(camera.url, "detect.emotion=inverse", f"detect.pyfeat_weights={weights}")
    hand.frames()
    counted, over = [0], threading.Event()

    def count() -> None:
        while not over.wait(0.005):
            counted.append(network_processes())

    counting = threading.Thread(target=count)
    counting.start()

    def speaks() -> bool:
        return hand.mirror.runs.current is hand.mirror.runs.shown and hand.mirror.status().emotion_source == "pyfeat"

    hand.ask(Choose("emotion", "pyfeat"))
    hand.until(speaks, "the network", 60)
    hand.ask(Choose("source", SMILE))
    hand.until(lambda: hand.source == "single_face.mp4", "a file")
    hand.until(speaks, "the network on a file", 60)
    hand.ask(Choose("models", (UNITS,)))
    hand.until(lambda: hand.models == ["au_to_mesh_pls_v4"], "other models")
    hand.until(speaks, "the network for them", 60)
    over.set()
    counting.join()
    assert max(counted) == 1
    hand.ask(Choose("source", camera.url), Choose("emotion", "inverse"))
    hand.until(lambda: hand.source == camera.url, "live, without it")
    hand.settled()
    hand.until(lambda: network_processes() == 0, "it is gone")
    earlier = hand.mirror.report().to_json()["earlier"]
    assert [part["network"] is not None for part in earlier] == [False, True, True, True]


def test_a_password_is_on_no_screen() -> None:
    config = load_config(None, ["detect.tracker=bundled", "model.names=emotion@built-in"], {"source.path": SMILE})
    with ExitStack() as stack:
        hand = Hand(config, stack)
        hand.mirror._switcher.choose(Choose("source", "rtsp://anna:secret@127.0.0.1:9/door"))
        opening = hand.mirror._switcher.opening
        assert "127.0.0.1" in opening and "secret" not in opening
        assert not any("secret" in thread.name for thread in threading.enumerate())


def test_a_pause_outlives_a_change(start: Callable[..., Hand]) -> None:
    """The moment that is looked at is kept: one result of the new part is shown, and no more."""
    hand = start(CLIP, "source.loop=true")
    hand.frames()
    hand.ask(Action.PAUSE)
    part = hand.mirror.runs.current
    hand.ask(Choose("emotion", "inverse"))
    hand.until(lambda: hand.mirror.runs.current is not part and hand.mirror.status().paused, "paused again")
    shown = hand.mirror._shown
    assert shown is not None and hand.mirror.runs.shown is hand.mirror.runs.current
    for _ in range(5):
        hand.mirror.turn()
    assert hand.mirror._shown is shown
    hand.ask(Action.PAUSE)
    hand.frames()
