"""Event rules from the command line to what they leave: marks of a session, streams, the report, a replay."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from common import Once, Runner, clip, needs_bundled
from osc_receiver import Receiver
from replaying import record

from realtime.app.mirror import Mirror
from realtime.core.event_rule import RuleEvent
from realtime.core.resources import pyfeat_file
from realtime.session import open as open_session
from realtime.session.write import session_recorder

pytestmark = needs_bundled
SMILE = str(clip("single_face.mp4"))
UNITS = str(pyfeat_file("resources/au_to_mesh_pls_v4.npz"))
RULES = """
[[events.rules]]
name = "smile"
of = "happiness"
enter = 0.5
leave = 0.3
hold_s = 0.1

[[events.rules]]
name = "turned"
of = "yaw_deg"
enter = 80
leave = 70
"""
RECORDED = ("--emotion", "inverse", "--set", "detect.tracker=bundled", "--model", "emotion@built-in", "--no-video")


@pytest.fixture
def rules(tmp_path: Path) -> str:
    (tmp_path / "rules.toml").write_text(RULES, encoding="utf-8")
    return str(tmp_path / "rules.toml")


def marks(folder: Path) -> list[dict[str, str]]:
    with (folder / "annotations.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def expected(folder: Path) -> tuple[int, int]:
    """The rows at which a smile begins and ends, by a naive reading of the recorded column."""
    with open_session(folder) as session:
        values, valid, times = session.features["happiness"], session.valid[:].astype(bool), session.times
    begins = next(
        row for row in range(len(values))
        if any(times[row] - times[first] >= 100_000_000 and (values[first : row + 1] >= 0.5).all()
               and valid[first : row + 1].all() for first in range(row))
    )  # fmt: skip
    return begins, len(values) - 1  # the clip ends with the smile


def test_a_recording_is_marked_streamed_and_replayed_alike(meshmirror: Runner, rules: str, tmp_path: Path) -> None:
    pytest.importorskip("pythonosc")
    with Receiver() as receiver:
        done = meshmirror(
            "--source", SMILE, "--headless", "--record", "anna", *RECORDED, "--events", rules,
            "--stream", f"osc://127.0.0.1:{receiver.port}", "--set", "stream.event_on=1", "--json",
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        told = [values for address, values in receiver.messages if address == "/meshmirror/event"]
    begins, ends = expected(tmp_path / "anna")
    found = marks(tmp_path / "anna")
    assert [(one["label"], int(one["start_frame"]), one["tag"], one["source"]) for one in found] == [
        ("smile", begins, "begin", "rule"), ("smile end", ends, "end", "rule"),
    ]  # fmt: skip
    assert [values for values in told if values[0] == "smile"] == [["smile", 1], ["smile", 0]]
    recorded = json.loads(done.stdout)["rules"]
    replayed = meshmirror("replay", "anna", "--headless", "--events", rules, "--json")
    assert replayed.returncode == 0, replayed.stderr
    again = json.loads(replayed.stdout)["rules"]
    assert again == recorded and [(one["name"], one["fired"]) for one in again] == [("smile", 1), ("turned", 0)]
    with open_session(tmp_path / "anna") as session:
        assert again[0]["events"][0]["begin_s"] == pytest.approx(session.times[begins] / 1e9, abs=1e-6)
        assert [mark.label for mark in session.marks] == ["smile", "smile end"]
    assert len(marks(tmp_path / "anna")) == 2, "a replay leaves the session as it is"
    plain = meshmirror("replay", "anna", "--headless", "--events", rules)
    assert "smile: 1 event" in plain.stdout and "turned: 0 events" in plain.stdout


def test_a_rule_that_needed_a_neutral_says_so_where_there_was_none(meshmirror: Runner, tmp_path: Path) -> None:
    near = '[[events.rules]]\nname = "near"\nof = "nme_adjusted"\nenter = 90\nleave = 80\n'
    (tmp_path / "near.toml").write_text(near, encoding="utf-8")
    run = ("--source", SMILE, "--headless", *RECORDED, "--events", "near.toml", "--frames", "40")
    for more, never in ((), True), (("--neutral", "0.5"), False):
        done = meshmirror(*run, *more)
        assert done.returncode == 0 and "near: 0 events" in done.stdout, done.stderr
        assert ("without a neutral its value does not exist" in done.stdout) == never


def test_rules_may_stand_in_the_settings_and_speak_of_other_models(meshmirror: Runner, tmp_path: Path) -> None:
    text = RULES.replace('"happiness"', '"AU12"').replace("0.5", "0.3").replace("0.3\nh", "0.2\nh")
    (tmp_path / "all.toml").write_text(f"[source]\npath = '{SMILE}'\n{text}", encoding="utf-8")
    wrong = meshmirror("--config", "all.toml", "--headless", "--record", "anna", *RECORDED, "--json")
    told = json.loads(wrong.stdout)
    assert (
        wrong.returncode == told["exit_code"] == 2 and "Event rule 'smile': there is no value 'AU12'" in told["error"]
    )
    assert not (tmp_path / "anna").exists()
    two = meshmirror("--config", "all.toml", "--headless", *RECORDED[:-3], "--model", "emotion@built-in",
                     "--model", UNITS, "--json")  # fmt: skip
    assert two.returncode == 0, two.stderr
    assert json.loads(two.stdout)["rules"][0]["of"] == "AU12"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "no such file"),
        ("[view]\nwidth = 1280\n", "has no rules"),
        (RULES.replace("enter = 80", "enter = 70"), "rule 'turned': enter and leave are both 70"),
        ("[[events", "not readable as TOML"),
    ],
)
def test_a_file_of_rules_that_is_none(content: str | None, told: str, meshmirror: Runner, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "rules.toml").write_text(content, encoding="utf-8")
    done = meshmirror("--source", SMILE, "--headless", "--events", "rules.toml", "--json")
    assert done.returncode == 2 and told in json.loads(done.stdout)["error"], done.stdout


def test_marks_of_rules_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_recorder, "_MOST_OF_RULES", 4)

    def three_times(mirror: Mirror) -> Any:
        shown = mirror._shown
        assert shown is not None
        for active in (True, False, True, False, True, False):
            mirror._recorder.mark_rule(RuleEvent("smile", active, shown.stamp, shown.stamp, 1.0), shown)

    said = record(tmp_path / "anna", SMILE, "detect.emotion=inverse", during={20: three_times})
    assert [one["label"] for one in marks(tmp_path / "anna")] == ["smile", "smile end"] * 2
    assert sum("More than 4 marks of event rules" in text for text in said) == 1


def test_another_recording_of_the_same_program_is_marked_too(once: Once, tmp_path: Path) -> None:
    """What began before the recording is not in it; its end is."""

    def begin(mirror: Mirror) -> Any:
        mirror._recorder.stop()
        mirror._recorder.start(None)

    record(
        tmp_path / "anna", SMILE, "detect.emotion=inverse",
        'events.rules=[{name="any", of="pitch_deg", enter=-90, leave=-91, hold_s=0}]', during={20: begin},
    )  # fmt: skip
    second = tmp_path / "anna_2"
    assert [one["label"] for one in marks(tmp_path / "anna")] == ["any"]
    assert [one["label"] for one in marks(second)] == ["any end"]
