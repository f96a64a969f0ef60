"""The tracker `openvino` beside FaceLandmarker: the same frames, and what is made of the times."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from common import APPEARANCE_FILE, give_appearance, needs_task, task_file

from realtime.app.bench import landmarks
from realtime.app.bench.bench import LANDMARKS, run_bench
from realtime.core.config import load_config
from realtime.core.errors import SourceError
from realtime.core.types import Frame

pytestmark = needs_task


def test_both_follow_the_same_clip_and_are_compared_in_one_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pytest.importorskip("mediapipe")
    monkeypatch.setenv("MESHMIRROR_HOME", str(tmp_path))
    if APPEARANCE_FILE is not None:
        give_appearance(tmp_path)
    monkeypatch.setattr(landmarks, "_FILES_S", 0.1)
    config = load_config(options={"detect.task_file": str(task_file())})
    report = run_bench(config, rounds=1, parts=[LANDMARKS])
    found = report.landmarks
    assert found is not None and found.frames == 72 and found.clip == "single_face.mp4"
    assert set(found.times) == {"FaceLandmarker", "openvino"}
    assert all(0 < one.ms.median <= one.ms.p95 and one.processor_ms > 0 for one in found.times.values())
    assert found.ratio == found.times["openvino"].ms.median / found.times["FaceLandmarker"].ms.median
    assert found.files_ratio == found.times["openvino"].files_per_s / found.times["FaceLandmarker"].files_per_s
    assert 0 < found.median_px < 0.1 and found.outer_px < 0.5  # 0 if one were compared with itself
    four = found.four_faces
    assert four.ratio == four.openvino_ms.median / four.facelandmarker_ms.median
    assert four.processor_ratio > 0 and four.look_share < 1, "looks are rare"
    assert four.openvino_ms.median > found.times["openvino"].ms.median
    assert (four.appearance_per_s is not None) == (APPEARANCE_FILE is not None)
    start = found.start
    assert start is not None and start.start_processor_s > 0
    assert start.above_mb is not None and start.memory_mb is not None and 0 < start.above_mb < start.memory_mb
    assert [row.target for row in report.targets] == [0.5, 2.5, 0.1, 0.5, 0.5, 30.0, 0.3, 150.0]
    assert report.to_json()["landmarks"]["processes"] == found.processes


def test_a_clip_without_a_face_gives_no_times() -> None:
    with pytest.raises(SourceError, match="Frame 7 of the clip shows no face"), landmarks._own(task_file()) as follow:
        follow(Frame(np.zeros((64, 64, 3), np.uint8), 0, 7, 0))
