"""What is on record survives damage, other programs and folders that cannot be written."""

from __future__ import annotations

import json
import logging
import threading
from pathlib import Path

import pytest

from realtime.model.hub import KNOWN, MODELS, HubFile
from realtime.model.hub.manifest import manifest_path, recorded, remember

COMMIT = "0123456789" * 4
SHA = "cd" * 32


@pytest.fixture(autouse=True)
def own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MESHMIRROR_HOME", str(tmp_path))


def known(name: str) -> HubFile:
    found = KNOWN[name]
    assert isinstance(found, HubFile)
    return found


def test_what_was_remembered_is_recorded() -> None:
    assert recorded(known("emotion@v6")) is None
    remember(known("emotion@v6"), COMMIT, SHA, 7)
    record = recorded(known("emotion@v6"))
    assert record is not None
    assert (record.revision, record.sha256, record.bytes, record.repo) == (COMMIT, SHA, 7, "py-feat/emotion_to_mesh")
    assert record.date.startswith("20") and record.date.endswith("+00:00")
    assert recorded(known("emotion@v5")) is None
    assert not list(manifest_path().parent.glob("*.part"))


def damaged() -> list[str]:
    remember(known("emotion@v6"), COMMIT, SHA, 7)
    good = manifest_path().read_text()
    texts = [good[:100], "", "[]", "null", '{"format": 0}', '{"format": 1, "files": []}', "[" * 100_000, "\x00\xff"]
    for field, value in (("sha256", None), ("sha256", "x"), ("revision", "../../elsewhere"), ("bytes", "7"),
                         ("date", 1), ("more", 1)):  # fmt: skip
        content = json.loads(good)
        content["files"]["emotion@v6"][field] = value
        texts.append(json.dumps(content))
    return texts


def test_a_damaged_manifest_is_kept_aside_and_said(caplog: pytest.LogCaptureFixture) -> None:
    for text in damaged():
        manifest_path().write_text(text, encoding="latin-1")
        caplog.clear()
        with caplog.at_level(logging.WARNING):
            assert recorded(known("emotion@v6")) is None, text[:80]
            assert recorded(known("emotion@v5")) is None
        assert caplog.text.count("was damaged") == 1
        (aside,) = manifest_path().parent.glob("models.json.damaged-*")
        assert aside.read_text(encoding="latin-1") == text
        aside.unlink()
        remember(known("emotion@v6"), COMMIT, SHA, 7)
        assert recorded(known("emotion@v6")) is not None


def test_the_records_of_a_newer_version_are_left_alone(caplog: pytest.LogCaptureFixture) -> None:
    text = '{"format": 99, "files": {"emotion@v6": "in words of its own"}}'
    manifest_path().parent.mkdir(parents=True)
    manifest_path().write_text(text)
    with caplog.at_level(logging.WARNING):
        assert recorded(known("emotion@v6")) is None
        remember(known("emotion@v6"), COMMIT, SHA, 7)
    assert "newer version" in caplog.text
    assert manifest_path().read_text() == text and len(list(manifest_path().parent.glob("models.json*"))) == 1


def test_many_at_once_lose_nothing() -> None:
    threads = [threading.Thread(target=remember, args=(model, COMMIT, SHA, 7)) for model in MODELS]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(recorded(model) is not None for model in MODELS)


def test_a_folder_that_cannot_be_written_is_said_and_prevents_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("MESHMIRROR_HOME", str(tmp_path / "file"))
    remember(known("emotion@v6"), COMMIT, SHA, 7)
    assert "cannot be recorded" in caplog.text
    assert recorded(known("emotion@v6")) is None
