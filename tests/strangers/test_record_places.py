"""Recordings go where a recording belongs: not into another session, and not into a folder named like a video."""

from __future__ import annotations

from pathlib import Path

import pytest
from common import Runner, clip, needs_bundled
from remade import copied

from realtime.core.config import RecordConfig
from realtime.core.errors import UsageError
from realtime.session.folder import claim_folder
from realtime.session.write import Recorder

pytestmark = needs_bundled
SIZE = ("--set", "view.width=640", "--set", "view.height=360")
SOURCE = ("--source", str(clip("single_face.mp4")), "--frames", "5", "--headless", "--set", "detect.tracker=bundled")


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.mark.parametrize("name", ["view.mp4", "view_2.mp4", "inner", "deep/inner", "deep/view.mp4"])
@pytest.mark.parametrize("command", ["live", "replay"])
def test_a_session_is_no_place_for_another_recording(
    command: str, name: str, tmp_path: Path, meshmirror: Runner
) -> None:
    folder = copied(tmp_path / "anna")
    copied(tmp_path / "bert")
    before = content(folder)
    args = ("live", *SOURCE) if command == "live" else ("replay", "bert", "--headless")
    done = meshmirror(*args, "--record", f"anna/{name}", *SIZE)
    assert done.returncode == 2, done.stderr
    assert content(folder) == before


@pytest.mark.parametrize("kind", ["csv", "session", "parquet"])
def test_nor_for_an_export_of_another_one(kind: str, tmp_path: Path, meshmirror: Runner) -> None:
    folder = copied(tmp_path / "anna")
    copied(tmp_path / "bert")
    before = content(folder)
    done = meshmirror("export", "bert", "--to", kind, "--out", "anna/made")
    assert done.returncode == 2 and "inside the session" in done.stderr.replace("\n", " ")
    assert content(folder) == before


def test_a_link_into_a_session_is_seen_through(tmp_path: Path) -> None:
    folder = copied(tmp_path / "anna")
    (tmp_path / "link").symlink_to(folder)
    with pytest.raises(UsageError, match="inside the session"):
        Recorder(RecordConfig(path=tmp_path / "link" / "view.mp4"), print).start((640, 360))
    with pytest.raises(UsageError, match="inside the session"):
        claim_folder(tmp_path / "link" / "inner")


@pytest.mark.parametrize("suffix", [".mov", ".mkv", ".avi", ".webm", ".MOV", ".m4v", ".gif", ".ts"])
def test_other_videos_are_refused_with_what_works(suffix: str, tmp_path: Path, meshmirror: Runner) -> None:
    done = meshmirror("live", *SOURCE, "--record", f"made{suffix}")
    assert done.returncode == 2, done.stderr
    assert ".mp4" in done.stderr and list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["anna.1", "2026.11.28", "anna"])
def test_other_dots_are_allowed(name: str, tmp_path: Path) -> None:
    assert claim_folder(tmp_path / name) == tmp_path / name
    assert claim_folder(tmp_path / name) != tmp_path / name
