"""`--stream` of every command that shows a face: what is received, reported and said."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from common import Runner, clip, needs_bundled
from osc_receiver import Receiver

pytest.importorskip("pythonosc")
SMILE = str(clip("single_face.mp4"))
BUNDLED = ("--set", "detect.tracker=bundled", "--model", "emotion@built-in", "--emotion", "inverse")


@needs_bundled
def test_live_records_streams_and_reports_and_a_replay_streams_the_same_values(
    meshmirror: Runner, tmp_path: Path
) -> None:
    session = tmp_path / "anna"
    with Receiver() as live, Receiver() as again, Receiver() as told:
        done = meshmirror(
            "--source", SMILE, "--headless", "--frames", "15", "--record", str(session), "--no-video", *BUNDLED,
            "--stream", f"osc://127.0.0.1:{live.port}", "--stream", f"vmc://127.0.0.1:{told.port}", "--json",
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        streams = json.loads(done.stdout)["streams"]
        assert [(one["output"], one["sent"], one["dropped"]) for one in streams] == [
            (f"OSC 127.0.0.1:{live.port}", 15, 0), (f"VMC 127.0.0.1:{told.port}", 15, 0),
        ]  # fmt: skip
        assert all(0 < one["added_ms"]["median"] <= one["age_ms"]["median"] and not one["remote"] for one in streams)
        replayed = meshmirror("replay", str(session), "--headless", "--stream", f"osc://127.0.0.1:{again.port}")
        assert replayed.returncode == 0, replayed.stderr
        assert f"Streamed to OSC 127.0.0.1:{again.port}: 15 results" in replayed.stdout
        again.until(lambda: sum(address == "/meshmirror/frame" for address, _ in again.messages) == 15)
        first, second = ([one for one in receiver.messages if "age" not in one[0]] for receiver in (live, again))
        assert any(address == "/meshmirror/feature/happiness" for address, _ in first)
        assert second == first
        assert sum(address == "/VMC/Ext/Blend/Apply" for address, _ in told.messages) == 15
    header = json.loads((session / "session.json").read_text(encoding="utf-8"))
    assert str(live.port) not in json.dumps(header), "where it was streamed to is of this machine"


@needs_bundled
def test_the_demo_streams_and_faces_are_shared_only_where_that_is_asked_for(meshmirror: Runner, tmp_path: Path) -> None:
    with Receiver() as receiver:
        address = f"osc://127.0.0.1:{receiver.port}"
        begin = ("demo", "--headless", "--frames", "4", "--record", str(tmp_path / "demo.mp4"), "--emotion", "inverse")
        assert meshmirror(*begin, "--stream", address).returncode == 0
        kept = {name for name, _ in receiver.messages}
        done = meshmirror(*begin, "--stream", address, "--share-face")
        assert done.returncode == 0 and "they identify a person" in done.stderr
        shared = {name for name, _ in receiver.messages} - kept
    assert "/meshmirror/pose" in kept and not any("mesh/" in name for name in kept)
    assert {"/meshmirror/mesh/observed", "/meshmirror/mesh/predicted"} <= shared


@needs_bundled
def test_what_leaves_the_machine_is_said_before_it_does(meshmirror: Runner) -> None:
    """An address of the documentation range."""
    done = meshmirror(
        "--source", SMILE, "--headless", "--frames", "2", *BUNDLED, "--stream", "osc://192.0.2.77:9000", "--json"
    )
    assert done.returncode == 0
    assert "Streaming beyond this machine while it runs: OSC 192.0.2.77:9000." in done.stderr
    (stream,) = json.loads(done.stdout)["streams"]
    assert stream["remote"] is True


@pytest.mark.parametrize(
    ("given", "answer"),
    [(("osk",), "Did you mean 'osc'"), (("osc", "osc"), "occur once"), (("lsl://host",), "write --stream lsl")],
)
def test_a_stream_that_cannot_be_is_refused_before_anything_is_opened(
    meshmirror: Runner, given: tuple[str, ...], answer: str
) -> None:
    options = [word for text in given for word in ("--stream", text)]
    for command in (["--source", "nothing.mp4"], ["replay", "nothing"]):
        done = meshmirror(*command, *options)
        assert done.returncode == 2 and answer in " ".join(done.stderr.split()), done.stderr


def test_the_doctor_lists_what_streams_open_and_send_to(meshmirror: Runner) -> None:
    findings = json.loads(meshmirror("doctor", "--json").stdout)["findings"]
    found = {finding["name"]: finding["found"] for finding in findings}
    assert "OSC 127.0.0.1:9000, VMC 127.0.0.1:39539, Live Link 127.0.0.1:11111" in found["--stream"]
    assert "all interfaces" in found["--stream lsl"] and found["pylsl"] and found["python-osc"]


@needs_bundled
def test_what_the_tracker_cannot_give_is_said(meshmirror: Runner) -> None:
    done = meshmirror(
        "--source", SMILE, "--headless", "--frames", "2", *BUNDLED, "--stream", "livelink", "--stream", "vmc", "--json"
    )
    assert "Live Link: the tracker 'bundled' gives no blendshapes, so nothing is sent" in done.stderr
    assert "VMC: the tracker 'bundled' gives no blendshapes, only emotions are sent" in done.stderr
    assert [stream["sent"] for stream in json.loads(done.stdout)["streams"]] == [0, 2]
