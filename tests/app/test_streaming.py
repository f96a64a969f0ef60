"""What of a run is streamed beside its results: marks that the user sets, and what the window shows of it all."""

from __future__ import annotations

import pytest
from common import clip, needs_bundled
from osc_receiver import Receiver

from realtime import Pipeline, load_config, open_source
from realtime.app.mirror import Mirror
from realtime.app.run_options import RunOptions
from realtime.app.streaming import mark_label
from realtime.app.wakeup import Wakeup
from realtime.core.commands import Action, MarkEvent, NameEvent
from realtime.core.status import Status, StreamingState
from realtime.view import open_offscreen
from realtime.view.mirror.header import program_badges

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
