"""Comparisons beside the bare loop: both see every frame of the same videos; memory is of a process of its own."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from common import clip, give_appearance, needs_appearance, needs_bundled
from comparing import BUILT_IN
from sklearn.metrics import r2_score

from realtime import load_model
from realtime.app.bench import compare_report_time, comparing, comparing_network
from realtime.app.bench.compare_report_time import CompareReportTimeReport
from realtime.app.bench.comparing import CompareMemoryReport, CompareRateReport, CompareSpeedReport, compare_targets
from realtime.app.bench.comparing_network import CompareNetworkReport
from realtime.app.bench.simulated_part import simulated_frames
from realtime.capture import open_source
from realtime.cli import bench_tables
from realtime.core.config import load_config
from realtime.pipeline.compare.setups import Setup


def test_a_repeated_video_shows_the_clip_again_at_later_times(tmp_path: Path):
    comparing.repeat_video(clip("single_face.mp4"), tmp_path / "twice.mp4", 2)
    with open_source(str(tmp_path / "twice.mp4")) as source:
        frames = [(frame.stamp_ns, int(frame.image[::8, ::8].astype(int).sum())) for frame in source]
    stamps, sums = zip(*frames, strict=True)
    assert len(frames) == 144 and sums[:72] == sums[72:] and len(set(sums[:72])) > 36
    assert {round((b - a) / 1e6) for a, b in pairwise(stamps)} <= {33, 34}


def test_growth_is_judged_beside_the_shorter_video():
    rates = {"appearance": CompareRateReport(frames_a_second=90, scores_s=2, ratio=0.9, compared=5, processor_ms=9)}
    memory = tuple(
        CompareMemoryReport(frames=frames, models_mb=300, peak_mb=300 + above, above_mb=above)
        for frames, above in ((472, 170.0), (4720, 250.0))
    )
    network = CompareNetworkReport(
        weights="random", runtime="OpenVINO", alone_faces_a_second=20, frames=944, frames_a_second=18, faces=900,
        faces_a_second=17, ratio=0.85,
    )  # fmt: skip
    page = CompareReportTimeReport(recordings=10, frames=18000, compared=179_000, seconds=13, figures=True, page_mb=2.5)
    found = CompareSpeedReport(
        clips=("a.mp4",), videos=2, frames=944, processes=2, tracker="bundled", bare_frames_a_second=100,
        bare_processor_ms=7, sources=rates, memory=memory, network=network, network_error=None, report=page,
    )  # fmt: skip
    assert [(value, limit, side) for _, value, limit, side in compare_targets(found)] == [
        (0.9, 0.8, "at least"), (0.85, 0.9, "at least"), (13.0, 20.0, "at most"), (2.5, 8.0, "at most"),
        (250.0, 600.0, "at most"), (80.0, 60.0, "at most"),
    ]  # fmt: skip


@pytest.mark.slow
@needs_appearance
@needs_bundled
def test_both_are_measured_on_the_same_videos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    give_appearance(tmp_path)
    monkeypatch.setenv("MESHMIRROR_HOME", str(tmp_path))
    monkeypatch.setattr(comparing, "CLIPS", ("tests/data/single_face.mp4",))
    monkeypatch.setattr(comparing, "LONGER", 3)
    monkeypatch.setattr(compare_report_time, "RECORDINGS", 2)
    monkeypatch.setattr(compare_report_time, "MINUTES", 0.2)
    monkeypatch.setattr(comparing_network, "ALONE_S", 2.0)
    found = comparing.compare_speed(load_config(), 1, lambda text: None)
    assert found.frames == 72 * found.videos and set(found.sources) == {"appearance", "inverse"}
    for one in found.sources.values():
        assert one.ratio == pytest.approx(one.frames_a_second / found.bare_frames_a_second)
        assert 0 < one.compared <= found.frames and one.scores_s > 0
    assert [one.frames for one in found.memory] == [72, 216]
    assert found.network is not None and found.network.weights == "random", found.network_error
    assert found.network.frames == found.frames and found.network.faces <= found.frames
    assert found.network.ratio == pytest.approx(found.network.faces_a_second / found.network.alone_faces_a_second)
    assert (found.report.recordings, found.report.frames) == (2, 360)
    printed = bench_tables._compared_by_network(found)
    assert "random weights" in printed and f"ratio {found.network.ratio:.2f}" in printed


def test_a_simulated_face_is_aligned_to_the_pose_and_the_emotions_that_it_was_made_of():
    setup = Setup(load_model("emotion@built-in"), "appearance", ("zero", "live"))
    frames = list(simulated_frames(setup, 200, person=1, seed=3))
    points = np.stack([one.points_px for one in frames]).astype(np.float64)
    aligned = setup.aligner.many(points.astype(np.float32))
    poses = np.array([one.angles for one in frames])
    assert np.ptp(poses, axis=0).min() > np.radians(5)
    off = np.degrees(aligned.angles - poses)  # a person's anchors are their own, and the camera's noise moves them
    assert np.abs(off).max() < 3 and off.std(axis=0).max() < 1
    features = np.array([list(one.measured["appearance"].values()) for one in frames])
    np.testing.assert_allclose(features.sum(axis=1), 1)
    assert features[:90, 6].min() > 0.99 and features[90:, 6].max() < 0.9  # neutral at first
    moved = aligned.meshes_canon[90:] - aligned.meshes_canon[:90].mean(axis=0)
    predicted = setup.model.predict(features[90:]) - setup.model.predict_neutral()
    assert r2_score(moved.reshape(110, -1), predicted.reshape(110, -1), multioutput="variance_weighted") > 0.9


def test_the_time_of_a_report_is_that_of_parts_as_a_comparison_writes_them(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(compare_report_time, "RECORDINGS", 3)
    monkeypatch.setattr(compare_report_time, "MINUTES", 0.2)
    found = compare_report_time.compare_report_time(BUILT_IN, lambda text: None)
    assert found.compared == 3 * (360 - 61)  # two seconds and the frame at their end are the neutral
    assert found.seconds > 0.5 and found.page_mb > 0.2
