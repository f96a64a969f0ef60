"""A new neutral as the user meets it: the countdown, the findings that wait, undo, and the person whose it is."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from common import needs_bundled

from realtime import Pipeline, load_config
from realtime.app.calibration_watch import COUNTDOWN_S, CalibrationWatch
from realtime.app.notifications import Notifications
from realtime.core.resources import pyfeat_file
from realtime.core.types import Frame
from realtime.core.undo_history import UndoHistory
from realtime.session.neutral_file import load_neutral, neutral_path

pytestmark = needs_bundled
UNITS = str(pyfeat_file("resources/au_to_mesh_pls_v4.npz"))
SETTINGS = ["detect.tracker=bundled", "detect.emotion=inverse", "model.names=emotion@built-in"]


class Sitting:
    """A subject before a pipeline, the watch beside it, and a clock of its own."""

    def __init__(self, frames: list[Frame], person: str = "", *sets: str) -> None:
        self.frames, self.now, self.said = frames, 100.0, list[str]()
        self.pipeline = Pipeline.from_config(load_config(None, [*SETTINGS, *sets]))
        self.history = UndoHistory()
        self.notifications = Notifications(self.said.append, lambda: self.now)
        self.watch = CalibrationWatch(self.notifications, person, self.history, lambda: self.now)
        self.used = self.watch.use_kept(self.pipeline)
        self.stamp = 0

    def sit(self, first: int, last: int, *, attended: bool = True) -> None:
        """Calibrate over some frames of the clip."""
        self.watch.forget()
        self.watch.update(self.pipeline, attended=attended)
        self.pipeline.calibrate(0.5)
        for frame in self.frames[first:last]:
            self.stamp += 33_000_000
            self.pipeline.step(replace(frame, stamp_ns=self.stamp))
            self.watch.update(self.pipeline, attended=attended)

    def wait(self, seconds: float) -> None:
        self.now += seconds
        self.watch.update(self.pipeline, attended=True)


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MESHMIRROR_HOME", str(tmp_path / "home"))


REST, SMILE = (0, 18), (34, 54)


def test_without_findings_it_is_accepted_after_a_countdown(single_face: list[Frame]) -> None:
    at = Sitting(single_face)
    with at.pipeline:
        at.sit(*REST)
        review = at.watch.review(at.pipeline)
        assert review is not None and review.seconds_left == COUNTDOWN_S and review.findings == ()
        assert at.pipeline.identity is None, "nothing is used before"
        at.wait(COUNTDOWN_S - 0.5)
        assert at.pipeline.identity is None
        at.wait(1.0)
        used = at.pipeline.identity
        assert used is not None and (used.neutral_canon == review.neutral.neutral_canon).all()
        assert at.watch.review(at.pipeline) is None
        outcome = at.notifications.outcome
        assert outcome is not None and outcome.good and "Neutral calibrated: 17 frames" in outcome.text


def test_with_findings_it_waits_and_the_older_one_is_used_meanwhile(single_face: list[Frame]) -> None:
    at = Sitting(single_face)
    with at.pipeline:
        at.sit(*REST)
        at.watch.accept(at.pipeline)
        first = at.pipeline.identity
        at.sit(*SMILE)
        at.wait(3600)
        review = at.watch.review(at.pipeline)
        assert review is not None and review.seconds_left is None and review.before is first
        assert {finding.kind for finding in review.findings} == {"open_mouth", "smile"}
        assert at.pipeline.identity is first
        at.watch.discard(at.pipeline)
        assert at.pipeline.identity is first and "the one before stays" in at.said[-1]
        at.sit(*SMILE)
        at.watch.accept(at.pipeline)
        outcome = at.notifications.outcome
        assert outcome is not None and not outcome.good and "Not at rest: open mouth, smile." in outcome.text
        second = at.pipeline.identity
        at.watch.undo(at.pipeline)
        assert at.pipeline.identity is first
        at.watch.undo(at.pipeline)
        assert at.pipeline.identity is second


def test_nobody_at_the_window_is_waited_for(single_face: list[Frame]) -> None:
    at = Sitting(single_face)
    with at.pipeline:
        at.sit(*SMILE, attended=False)
        assert at.pipeline.identity is not None and at.pipeline.identity.info is not None
        assert at.pipeline.identity.info.findings
        at.sit(*SMILE)
        assert at.watch.review(at.pipeline) is not None
        at.watch.update(at.pipeline, attended=False)  # the window is gone
        assert at.watch.review(at.pipeline) is None


def test_requests_without_a_new_neutral_say_so(single_face: list[Frame]) -> None:
    at = Sitting(single_face)
    with at.pipeline:
        for request, said in ((at.watch.accept, "no new neutral"), (at.watch.discard, "no new neutral"),
                              (at.watch.undo, "no neutral from before")):  # fmt: skip
            request(at.pipeline)
            assert said in at.said[-1]


def test_a_persons_neutral_is_kept_used_again_and_goes_back_with_an_undo(single_face: list[Frame]) -> None:
    at = Sitting(single_face, "Anna")
    with at.pipeline:
        assert not at.used and "No neutral of Anna yet" in at.said[-1]
        at.sit(*REST, attended=False)
        kept = load_neutral("Anna")
        assert kept is not None and kept.info.person == "Anna" and at.pipeline.identity is not None
        offset = at.pipeline.identity.offset_canon
        at.sit(*SMILE, attended=False)
        assert load_neutral("anna").info.findings  # type: ignore[union-attr]
        at.watch.undo(at.pipeline)
        assert not load_neutral("anna").info.findings  # type: ignore[union-attr]
        assert [choice.value for choice in at.watch.people()] == ["", "Anna"]
    again = Sitting(single_face, "Anna")
    with again.pipeline:
        assert again.used and again.pipeline.identity is not None
        assert abs(again.pipeline.identity.offset_canon - offset).max() < 1e-3
        result = again.pipeline.step(single_face[0])
        assert result.residual_adjusted is not None, "from the first frame on"
        assert again.pipeline.identity.info is not None and again.pipeline.identity.info.saved
        again.watch.choose_person(again.pipeline, "Ben")
        assert again.pipeline.identity is None, "the face of another person has no neutral yet"
        again.watch.choose_person(again.pipeline, "Anna")
        assert again.pipeline.identity is not None
        again.watch.choose_person(again.pipeline, "")
        assert again.pipeline.identity is None
    units = Sitting(single_face, "Anna", f"model.names={UNITS}")
    with units.pipeline:
        (predictor,) = units.pipeline.predictors
        assert units.used, "another model of the same frame"
        for mode, identity in predictor.identities().items():
            expected = predictor.model.predict_neutral(identity.rest if mode == "live" else None)
            assert abs(identity.neutral_canon - expected - identity.offset_canon).max() < 1e-3


def test_a_neutral_of_another_tracker_or_a_damaged_one_is_refused_with_the_reason(single_face: list[Frame]) -> None:
    at = Sitting(single_face, "Anna")
    with at.pipeline:
        at.sit(*REST, attended=False)
    path = neutral_path("Anna")
    good = path.read_text()

    def refused(change: dict[str, Any] | str, why: str) -> None:
        path.write_text(change if isinstance(change, str) else json.dumps({**json.loads(good), **change}))
        other = Sitting(single_face, "Anna")
        with other.pipeline:
            assert not other.used and other.pipeline.identity is None
            assert "The neutral of Anna is not used" in other.said[-1] and why in other.said[-1]

    refused({"tracker": "task"}, "its tracker is task, this run has bundled")
    refused({"version": 7}, "newer program")
    refused(good[:3000], "damaged")


def test_the_next_person_is_nobody_and_can_be_undone(single_face: list[Frame]) -> None:
    at = Sitting(single_face, "Anna")
    with at.pipeline:
        at.sit(*REST, attended=False)
        first = at.pipeline.identity
        for frame in single_face[34:40]:
            at.stamp += 33_000_000
            at.pipeline.step(replace(frame, stamp_ns=at.stamp))
        (predictor,) = at.pipeline.predictors
        assert first is not None and predictor._gain_sums.gain is not None
        at.watch.next_person(at.pipeline)
        assert at.pipeline.identity is None and at.watch.person == "" and "Next person" in at.said[-1]
        assert load_neutral("Anna") is not None, "who comes back finds the own neutral"
        result = at.pipeline.step(replace(single_face[40], stamp_ns=at.stamp + 33_000_000))
        assert result.models[0].gain_terms is None and result.residual_adjusted is None
        assert at.history.undo() is not None
        assert at.pipeline.identity is first and at.watch.person == "Anna"
        at.history.redo()
        assert at.pipeline.identity is None and at.watch.person == "" and load_neutral("Anna") is not None
        at.stamp += 33_000_000
        at.sit(*SMILE, attended=False)
        assert at.pipeline.identity is not first
        found = at.pipeline.step(replace(single_face[40], stamp_ns=at.stamp + 33_000_000)).models[0].gain_line
        assert found is not None and found.gain is None, "the gain begins anew"
        assert load_neutral("Anna").info.taken == first.info.taken  # type: ignore[union-attr]


def test_the_next_person_ends_a_calibration_that_runs(single_face: list[Frame]) -> None:
    at = Sitting(single_face)
    with at.pipeline:
        at.pipeline.calibrate(30.0)
        at.watch.next_person(at.pipeline)
        assert at.pipeline.calibration.state == "idle" and at.history.newest is None
