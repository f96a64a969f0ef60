"""Comparisons beside the bare loop: both see every frame of the same videos; memory is of a process of its own."""

from itertools import pairwise
from pathlib import Path

import pytest
from common import clip, give_appearance, needs_appearance, needs_bundled

from realtime.app.bench import comparing
from realtime.app.bench.comparing import CompareMemoryReport, CompareRateReport, CompareSpeedReport, compare_targets
from realtime.capture import open_source
from realtime.core.config import load_config


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
    found = CompareSpeedReport(
        clips=("a.mp4",), videos=2, frames=944, processes=2, bare_frames_a_second=100, bare_processor_ms=7,
        sources=rates, memory=memory,
    )  # fmt: skip
    assert [(value, limit, side) for _, value, limit, side in compare_targets(found)] == [
        (0.9, 0.8, "at least"), (250.0, 600.0, "at most"), (80.0, 60.0, "at most"),
    ]  # fmt: skip


@pytest.mark.slow
@needs_appearance
@needs_bundled
def test_both_are_measured_on_the_same_videos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    give_appearance(tmp_path)
    monkeypatch.setenv("MESHMIRROR_HOME", str(tmp_path))
    monkeypatch.setattr(comparing, "CLIPS", ("tests/data/single_face.mp4",))
    monkeypatch.setattr(comparing, "LONGER", 3)
    found = comparing.compare_speed(load_config(), 1, lambda text: None)
    assert found.frames == 72 * found.videos and set(found.sources) == {"appearance", "inverse"}
    for one in found.sources.values():
        assert one.ratio == pytest.approx(one.frames_a_second / found.bare_frames_a_second)
        assert 0 < one.compared <= found.frames and one.scores_s > 0
    assert [one.frames for one in found.memory] == [72, 216]
