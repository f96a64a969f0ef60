"""What is said and chosen on systems that the tests do not run on."""

from __future__ import annotations

import sys

import pytest

from realtime.capture import camera
from realtime.capture.platforms import default_backend, other_backend, permission


@pytest.mark.parametrize(
    ("platform", "backend"),
    [("linux", "V4L2"), ("win32", "DSHOW"), ("darwin", "AVFOUNDATION"), ("freebsd14", "ANY")],
)
def test_each_system_has_its_own_backend(platform: str, backend: str) -> None:
    assert default_backend(platform) == backend


def test_windows_has_two_ways_and_the_others_one() -> None:
    assert "--set source.backend=msmf" in other_backend("DSHOW", "win32")
    assert "--set source.backend=dshow" in other_backend("MSMF", "win32")
    assert other_backend("V4L2", "linux") == other_backend("AVFOUNDATION", "darwin") == ""


@pytest.mark.parametrize(
    ("platform", "environment", "words"),
    [
        (
            "darwin",
            {"TERM_PROGRAM": "Apple_Terminal"},
            ("not let Terminal use", "Settings > Privacy & Security > Camera"),
        ),
        ("darwin", {"TERM_PROGRAM": "WezTerm"}, ("does not let WezTerm use",)),
        ("darwin", {}, ("the program from which this one was started",)),
        ("win32", {}, ("Let desktop apps access your camera", "Privacy & security > Camera")),
    ],
)
def test_the_permission_is_named_with_the_place_where_it_is_given(
    platform: str, environment: dict[str, str], words: tuple[str, ...]
) -> None:
    text = permission(platform, environment)
    assert all(word in text for word in words)
    assert permission("linux", environment) == ""


@pytest.mark.parametrize(
    ("platform", "backend", "words"),
    [
        ("win32", "DSHOW", ("through DSHOW", "source.backend=msmf", "Let desktop apps")),
        ("win32", "MSMF", ("through MSMF", "source.backend=dshow")),
        ("darwin", "AVFOUNDATION", ("through AVFOUNDATION", "System Settings > Privacy & Security > Camera")),
    ],
)
def test_a_camera_that_does_not_open_names_all_of_it(
    platform: str, backend: str, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    text = camera._missing(3, backend)
    assert all(word in text for word in ("camera 3", "may hold it", *words)), text
    assert ("source.backend" in text) is (platform == "win32")
