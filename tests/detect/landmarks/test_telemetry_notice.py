"""Who is told about MediaPipe's own reporting, and how often."""

from __future__ import annotations

import importlib.metadata
from pathlib import Path

import pytest

from realtime.detect.landmarks import telemetry_notice as consent


@pytest.mark.parametrize(("version", "told"), [("0.10.21", 0), ("1.2.2", 1), ("2.0", 1)])
def test_the_user_is_told_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, version: str, told: int) -> None:
    monkeypatch.setattr(importlib.metadata, "version", lambda _: version)
    said: list[str] = []
    for _ in range(3):
        consent.notify_once(said.append, tmp_path / "state")
    assert len(said) == told
    assert all("play.googleapis.com" in text and version in text for text in said)


def test_a_folder_that_cannot_be_written_does_not_stop_the_start(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(importlib.metadata, "version", lambda _: "1.2.2")
    blocked = tmp_path / "file"
    blocked.touch()
    consent.notify_once(lambda _: None, blocked / "state")
