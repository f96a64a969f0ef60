"""What the bench tells of recordings, and its 30 Hz source."""

from __future__ import annotations

import json
import time

import numpy as np
import pytest
from common import Runner, needs_bundled

from realtime.app.bench.recording import KINDS, PacedPictures, PatientPictures, record_targets


@needs_bundled
def test_recordings_are_measured(meshmirror: Runner) -> None:
    done = meshmirror("bench", "--record", "--rounds", "1", "--seconds", "1.5", "--rows", "150", "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report.keys() == {"machine", "record", "targets"}
    found = report["record"]
    assert "error" not in found, found
    live = found["live"]
    for kind in KINDS:
        run = live[kind]
        assert 0 < run["drawn_a_second"] <= run["frames_a_second"] < 33
        assert 0 < run["latency_ms"]["median"] <= run["latency_ms"]["p95"]
    streams = live["recorded"]["streams"]
    assert streams.keys() == {"frames", "camera", "view"}
    assert all(counts["captured"] == counts["recorded"] + counts["dropped"] for counts in streams.values())
    assert all(streams[name]["encoder"].split()[0] for name in ("camera", "view"))
    assert all(size > 0.5 for size in live["recorded"]["mb_a_minute"].values())
    assert (found["opened"]["rows"], found["long"]["rows"]) == (50, 150)
    assert found["written"]["streams"]["camera"] == {
        "captured": 50, "recorded": 50, "dropped": 0, "size": [640, 480], "encoder": "libx264 superfast",
    }  # fmt: skip
    assert found["long"]["streams"]["frames"]["dropped"] == found["long"]["streams"]["view"]["dropped"] == 0
    assert found["opened"]["open_s"] > 0 and 0 < found["opened"]["seek_ms"]["p95"] <= found["opened"]["seek_ms"]["max"]
    rows = {row["name"]: row for row in report["targets"]}
    assert len(rows) == len(report["targets"]) == 9
    assert rows["frame rate, recording / not"]["side"] == "at least"
    assert all(row["met"] is not None for row in rows.values())


def test_what_was_not_measured_is_no_target_met() -> None:
    assert {measured for _, measured, _, _ in record_targets({"error": "no OpenGL"})} == {None}
    assert {measured for _, measured, _, _ in record_targets({"opened": {"error": "it ended"}})} == {None}


def test_a_source_delivers_on_time_and_counts_what_nobody_took() -> None:
    pictures = [np.full((16, 16, 3), value, np.uint8) for value in range(5)]
    with PacedPictures(pictures, 40) as source:
        first = source.read()
        assert first is not None
        time.sleep(0.35)
        frames = [first, *source]
    assert source.state == "ended" and source.info.live
    assert frames[-1].index == 39 and len(frames) + source.skipped == 40 and source.skipped >= 9
    for frame in frames:
        assert frame.stamp_ns - first.stamp_ns == pytest.approx(frame.index * 1e9 / 30, abs=2)
        assert frame.image[0, 0, 0] == frame.index % 5
    assert not PatientPictures(pictures, 1).info.live
