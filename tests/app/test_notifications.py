"""Notifications: the newest of a kind replaces the older one, those of several kinds are visible together."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from realtime.app.calibration_watch import CalibrationWatch
from realtime.app.notifications import Notifications
from realtime.app.run_options import MESSAGE_S
from realtime.core.commands import Action
from realtime.core.status import CalibrationOutcome, Offer
from realtime.core.types import Identity, Pose, PoseResponse
from realtime.core.undo_history import UndoHistory

if TYPE_CHECKING:
    from realtime.pipeline.build import Pipeline


def texts(notifications: Notifications) -> list[str]:
    return [notification.text for notification in notifications.visible]


def test_the_newest_of_a_kind_replaces_the_older_one_and_no_other_kind() -> None:
    notes: list[str] = []
    notifications = Notifications(notes.append, lambda: 0.0)
    notifications.post("output", "Screenshot saved: a.png")
    notifications.post("playback", "Speed 2 x.")
    notifications.post("settings", "Defaults restored. F5 undoes it.")
    notifications.of("playback")("Speed 4 x.")
    assert texts(notifications) == ["Screenshot saved: a.png", "Defaults restored. F5 undoes it.", "Speed 4 x."]
    assert notes == ["Screenshot saved: a.png", "Speed 2 x.", "Defaults restored. F5 undoes it.", "Speed 4 x."]


def test_each_disappears_after_its_own_time() -> None:
    now = 10.0
    notifications = Notifications(lambda _: None, lambda: now)
    notifications.post("output", "first")
    now += MESSAGE_S / 2
    notifications.post("source", "second")
    assert texts(notifications) == ["first", "second"]
    now += MESSAGE_S / 2
    assert texts(notifications) == ["second"]
    notifications.post("source", "third")
    now += MESSAGE_S * 0.9
    assert texts(notifications) == ["third"]
    now += MESSAGE_S
    assert texts(notifications) == []


def test_what_is_too_long_for_the_window_is_in_the_terminal_alone() -> None:
    notes: list[str] = []
    notifications = Notifications(notes.append, lambda: 0.0)
    notifications.post("clipboard", "There is no clipboard.", "yaw\t3.0\tdegrees")
    assert texts(notifications) == ["There is no clipboard."]
    assert notes == ["There is no clipboard.\nyaw\t3.0\tdegrees"]


def test_a_calibration_that_is_lost_takes_its_notification_with_it() -> None:
    notifications = Notifications(lambda _: None, lambda: 0.0)
    notifications.post("calibration", "Relax your face and look at the camera.")
    notifications.post("source", "Now emotions: inverse; calibration ended.")
    notifications.forget_calibration()
    assert texts(notifications) == ["Now emotions: inverse; calibration ended."]


class Calibrating:
    """What of a pipeline is looked at: a calibration that ends, with its identity."""

    def __init__(self, identity: Identity | None, *, note: str = "", refused: str = "", extends: bool = False) -> None:
        self.calibration: Any = SimpleNamespace(
            state="collecting", note=note, refused=refused, extends=extends, identity=identity
        )

    def outcome(self) -> CalibrationOutcome:
        notes: list[str] = []
        notifications, pipeline = Notifications(notes.append, lambda: 0.0), cast("Pipeline", self)
        watch = CalibrationWatch(notifications, "", UndoHistory())
        watch.update(pipeline, attended=False)
        self.calibration.state = "idle"
        watch.update(pipeline, attended=False)
        found = notifications.outcome
        assert found is not None and notes == [found.text]
        return found


def test_the_outcome_says_how_much_a_pose_response_helped_and_of_what() -> None:
    mesh = np.zeros((478, 3), np.float32)
    rest = Pose(0.0, 0.0, 0.0)
    plain = Identity(mesh, mesh, 0.1, 90, 1.0, 3.0, rest)
    response = PoseResponse(np.zeros((3, 478, 3)), rest, (True, True, False), rest, rest, 0.01, 34.2, 8.4, 150, 5.0)
    known = replace(plain, response=response)
    neutral = "Neutral calibrated: 90 frames in 3.0 s, jitter 0.10 %, motion 1.0 %."
    helped = (
        "Your own response to the head pose (pitch, yaw) takes away 34 ± 8 % of the neutral's squared error on seconds "
        "that were held out."
    )
    assert Calibrating(plain).outcome() == CalibrationOutcome(True, neutral)
    assert Calibrating(known).outcome() == CalibrationOutcome(True, f"{neutral} {helped}")
    assert Calibrating(known, extends=True).outcome() == CalibrationOutcome(True, helped)
    refused = Calibrating(plain, refused="blinks dominated").outcome()
    assert refused == CalibrationOutcome(False, f"{neutral} No pose response: blinks dominated.")
    failed = Calibrating(plain, note="it does not help", extends=True).outcome()
    assert failed == CalibrationOutcome(False, "No pose response: it does not help.")
    assert Calibrating(None, note="too dark").outcome() == CalibrationOutcome(False, "Calibration failed: too dark.")


def test_what_failed_stays_longer_and_good_news_does_not_replace_it() -> None:
    now = 10.0
    notifications = Notifications(lambda _: None, lambda: now)
    notifications.errors_of("output")("The disk is full.")
    notifications.post("output", "Screenshot saved: a.png")
    assert texts(notifications) == ["The disk is full.", "Screenshot saved: a.png"]
    assert [notification.error for notification in notifications.visible] == [True, False]
    now += MESSAGE_S * 1.1
    assert texts(notifications) == ["The disk is full."]
    notifications.post("output", "The folder is gone.", error=True)
    assert texts(notifications) == ["The folder is gone."]
    notifications.post("source", "Recorded.", offers=(Offer("Copy", Action.COPY),))
    now += MESSAGE_S * 1.1
    assert texts(notifications) == ["The folder is gone.", "Recorded."], "a button is there long enough to be pressed"
