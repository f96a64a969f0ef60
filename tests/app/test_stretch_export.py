"""A stretch that was selected on the timeline is exported while the replay goes on."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from common import clip, needs_bundled
from replaying import record

import realtime.session
from realtime.app.stretch_export import StretchExporter
from realtime.core.commands import ExportStretch

pytestmark = needs_bundled


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("export") / "session"
    record(folder, str(clip("single_face.mp4")), "detect.emotion=inverse")
    return folder


def _wait(said: list[str], lines: int) -> str:
    deadline = time.monotonic() + 120
    while len(said) < lines:
        assert time.monotonic() < deadline, said
        time.sleep(0.05)
    return said[-1]


def test_it_has_the_rows_of_the_stretch_and_says_where(folder: Path) -> None:
    said: list[str] = []
    exporter = StretchExporter(said.append)
    exporter.start(folder, ExportStretch("session", 1.0, 2.0))
    exporter.start(folder, ExportStretch("fex", 0.0, 1.0))
    assert said[1] == "Another export is still being written."
    text = _wait(said, 3)
    assert text.startswith("Exported to ") and text.endswith(".")
    with realtime.session.open(folder) as whole, realtime.session.open(Path(text[12:-1])) as part:
        inside = (whole.times >= 1e9) & (whole.times <= 2e9)
        assert len(part) == inside.sum() > 5
    exporter.start(folder / "nothing", ExportStretch("fex", 0.0, 1.0))
    assert _wait(said, 5).startswith("Not exported: ")
    exporter.close()
    exporter.close()


def test_it_ends_with_the_program(folder: Path) -> None:
    said: list[str] = []
    exporter = StretchExporter(said.append)
    exporter.start(folder, ExportStretch("mp4", 0.0, 2.0))
    began = time.monotonic()
    exporter.close()
    assert time.monotonic() - began < 30
    time.sleep(0.2)
    assert len(said) == 1, "what was ended says nothing"
    exporter.start(folder, ExportStretch("fex", 0.0, 1.0))
    assert len(said) == 1
