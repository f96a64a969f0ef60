"""How far a face lies from itself when its picture is moved: measured on a real picture, and against a known error."""

from __future__ import annotations

import json
from collections.abc import Iterator

import numpy as np
import pytest
from common import Runner, clip, needs_bundled

from realtime.app.bench import repeatability
from realtime.app.bench.repeatability import measure_repeatability
from realtime.core.config import load_config
from realtime.core.errors import UsageError
from realtime.core.types import Frame, Landmarks
from realtime.geometry import CanonicalFrame
from realtime.model import load_model

UNIT_PX = 100.0


class KnownTracker:
    """A face that is found where it is, but for an error of its own each time."""

    name, blendshapes = "bundled", ()

    def __init__(self, error: float) -> None:
        model = load_model("emotion@built-in")
        self._unit = CanonicalFrame.of(model.mean_mesh).unit
        mesh = model.mean_mesh.astype(np.float64) * (UNIT_PX / self._unit) * [1, -1, -1]
        self._mesh = mesh - mesh.mean(axis=0)
        self._error = error * UNIT_PX / 100.0
        self._rng = np.random.default_rng(0)
        self._anchors = list(model.anchor_indices)

    def track_all(self, frame: Frame) -> list[Landmarks]:
        if frame.image.shape[0] < 100:
            return []
        noise = self._rng.normal(0.0, self._error / np.sqrt(8 / np.pi), (478, 3))  # of this mean length
        noise[self._anchors] = 0.0
        height, width = frame.image.shape[:2]
        points = (self._mesh + noise + [(width - 1) / 2, height / 2, 0.0]).astype(np.float32)
        return [Landmarks(points, (width, height), 1, "bundled")]

    def close(self) -> None:
        pass


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(repeatability, "available_trackers", lambda config: (["bundled"], {}))
    monkeypatch.setattr(repeatability, "open_picture_tracker", lambda kind, task_file: KnownTracker(0.5))
    yield


def test_an_error_of_known_size_is_found(known: None) -> None:
    report = measure_repeatability(load_config(), [str(clip("single_face.jpg"))], lambda text: None)
    one = report.trackers["bundled"]
    assert (one.people, one.pictures) == (1, 1)
    assert one.spread == pytest.approx(0.5 * 466 / 478, rel=0.05)  # the 12 anchors have none
    assert one.used == 0.30


@needs_bundled
def test_the_command_measures_a_real_face(meshmirror: Runner) -> None:
    done = meshmirror("bench", "--only", "repeatability", "--faces", str(clip("single_face.jpg")), "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)["repeatability"]["trackers"]["bundled"]
    assert 0.05 < found["spread"] < 0.6 and found["spread"] < found["mirrored"] < 1.5
    assert found["pictures"] == 1 and found["spread_range"] == [found["spread"]] * 2


@needs_bundled
def test_where_there_is_no_face_the_user_is_told(meshmirror: Runner) -> None:
    with pytest.raises(UsageError, match="No face is in range"):
        measure_repeatability(load_config(), [str(clip("free-mountain-vector-01.jpg"))], lambda text: None)
    done = meshmirror("bench", "--only", "import", "--faces", "a.jpg")
    assert done.returncode == 2 and "--only repeatability" in done.stderr
