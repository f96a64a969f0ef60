"""Notifications: the newest of a kind replaces the older one, those of several kinds are visible together."""

from __future__ import annotations

from realtime.app.notifications import Notifications
from realtime.app.run_options import MESSAGE_S


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
    notifications.post("source", "Now emotions: inverse; calibration lost.")
    notifications.forget_calibration()
    assert texts(notifications) == ["Now emotions: inverse; calibration lost."]
