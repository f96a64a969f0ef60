"""What of a run is streamed beside its results: marks that the user sets, and what the window shows of it all."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from common import clip, needs_bundled, needs_tracker
from osc_receiver import Receiver

import realtime.session
from realtime import Pipeline, load_config, open_source
from realtime.app.bench.recording import PacedPictures
from realtime.app.mirror import Mirror
from realtime.app.run_options import RunOptions
from realtime.app.streaming import mark_label
from realtime.app.wakeup import Wakeup
from realtime.core.commands import Action, MarkEvent, NameEvent
from realtime.core.status import Status, StreamingState
from realtime.view import open_offscreen
from realtime.view.mirror.header import program_badges, remote_badges

pytest.importorskip("pythonosc")


def test_requests_that_are_marks_and_all_others() -> None:
    own = ("smile", "joke")
    labels = [mark_label(one, own) for one in (Action.EVENT, Action.EXCLUDE, MarkEvent(2), NameEvent("now"))]
    assert labels == ["event", "exclude", "joke", "name: now"]
    assert [mark_label(one, own) for one in (MarkEvent(3), Action.HELP)] == [None, None]


@needs_bundled
def test_a_mark_is_streamed_and_the_window_says_where_to() -> None:
    with Receiver() as receiver:
        output = f"osc://127.0.0.1:{receiver.port}"
        source = str(clip("single_face.mp4"))
        sets = ["detect.emotion=inverse", "view.width=640", "view.height=360", f"stream.outputs={output}"]
        config = load_config(None, sets, {"source.path": source})
        screen = open_offscreen((640, 360))
        with Pipeline.from_config(config) as pipeline, open_source(source) as opened:
            mirror = Mirror(config, RunOptions(), pipeline, opened, Wakeup(screen))
            try:
                mirror.start()
                for _ in range(10):
                    mirror.turn()
                assert [(one.output, one.remote, one.error) for one in mirror.status().streaming] == [
                    (f"OSC 127.0.0.1:{receiver.port}", "", "")
                ]
                mirror.ui.actions.append(Action.EVENT)
                mirror.turn()
                receiver.until(lambda: ("/meshmirror/mark", ["event"]) in receiver.messages)
                assert any(address == "/meshmirror/pose" for address, _ in receiver.messages)
            finally:
                mirror.close()
            (report,) = mirror.report().streams
            assert report.sent >= 1 and report.dropped == 0


def test_what_goes_beyond_this_machine_and_what_fails_stands_out() -> None:
    local = StreamingState("LSL", "", "")
    remote = StreamingState("OSC 192.0.2.1:9000", "OSC 192.0.2.1:9000", "")
    failed = StreamingState("VMC box:39539", "VMC box:39539", "box is not found")
    badges = {badge.wordings[0]: badge for badge in program_badges(Status(streaming=(local, remote, failed)))}
    assert list(badges) == [
        "streaming to OSC 192.0.2.1:9000, VMC box:39539", "VMC box:39539: box is not found", "streams: LSL",
    ]  # fmt: skip
    assert badges["streams: LSL"].rank > 1 and min(badge.rank for badge in badges.values()) == 0
    assert badges["streaming to OSC 192.0.2.1:9000, VMC box:39539"].strong
    assert program_badges(Status()) == []


@needs_tracker
def test_a_mark_of_another_program_is_an_event_of_the_recording_at_its_own_time(tmp_path: Path) -> None:
    lsl = pytest.importorskip("pylsl")
    name = f"experiment {time.monotonic_ns()}"
    with open_source(str(clip("single_face.mp4"))) as source:
        pictures = [frame.image for frame in source]
    sets = ["detect.emotion=inverse", f"stream.marks_in={name}", "record.video=false", "record.view=false"]
    config = load_config(None, sets, {"record.path": tmp_path / "anna"})
    said: list[str] = []
    with Pipeline.from_config(config) as pipeline, PacedPictures(pictures, 100_000) as opened:
        mirror = Mirror(config, RunOptions(headless=True, notify=said.append), pipeline, opened, Wakeup(None))
        outlet = lsl.StreamOutlet(lsl.StreamInfo(name, "Markers", 1, lsl.IRREGULAR_RATE, "string", name))
        mirror.start()
        shown: list[int] = []
        pushed: list[float] = []
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and not any("Event 'stimulus'" in text for text in said):
            mirror.turn()
            if mirror._shown is not None:
                shown.append(mirror._shown.stamp)
            if not pushed and len(set(shown)) > 10 and outlet.have_consumers():
                pushed.append(lsl.local_clock())
                outlet.push_sample(["stimulus"], pushed[0])
                outlet.push_sample(["stimulus"], pushed[0])  # twice at once are two
        for _ in range(5):
            mirror.turn()
        mirror.close()
    with realtime.session.open(tmp_path / "anna") as session:
        one, two = session.marks
        assert one.cells["source"] == "lsl"
        assert one.label == two.label == "stimulus" and one.start_frame == two.start_frame
        row_s = float(session.times[one.start_frame]) / 1e9
        assert 0 <= one.start_s - row_s < 0.5, "after the last frame before it, with its own time"
        first_ns = shown[0]
        expected_s = pushed[0] - first_ns / 1e9
        assert one.start_s == pytest.approx(expected_s, abs=0.25), "on the recording's clock"
        if one.start_frame + 1 < len(session):
            assert one.start_s <= float(session.times[one.start_frame + 1]) / 1e9 + 1e-9


def test_the_presentation_says_what_goes_beyond_this_machine_too() -> None:
    local, remote = StreamingState("LSL", "", ""), StreamingState("OSC 192.0.2.1:9000", "OSC 192.0.2.1:9000", "")
    assert remote_badges(Status(streaming=(local,))) == []
    (badge,) = remote_badges(Status(streaming=(local, remote)))
    assert badge.wordings == (
        "streaming to OSC 192.0.2.1:9000", "streaming to 1 address beyond this machine", "to OSC 192.0.2.1:9000",
    )  # fmt: skip
