"""What the bench tells of streams: each result is matched with its own arrival in another process, or with none."""

from __future__ import annotations

import pytest
from common import needs_tracker

from realtime.app.bench.bench import STREAMS, run_bench
from realtime.app.bench.stream_speed import FORMATS, StreamSpeedReport, _added, stream_targets
from realtime.core.config import load_config


@needs_tracker
def test_all_formats_are_received_by_processes_of_their_own() -> None:
    pytest.importorskip("pylsl")
    pytest.importorskip("pythonosc")
    report = run_bench(load_config(), live_s=2.0, parts=[STREAMS])
    found = report.streams
    assert isinstance(found, StreamSpeedReport) and tuple(found.formats) == FORMATS
    for kind, one in found.formats.items():
        assert 20 < one.sent <= 61 and one.dropped == 0, kind
        assert one.received == one.sent if kind != "lsl" else 0 < one.received <= one.sent, kind
        assert one.added_ms is not None and 0 < one.added_ms.median <= one.added_ms.p95 <= one.added_ms.max, kind
    assert 0 < found.accept_ms.median <= found.accept_ms.p95
    assert len(report.targets) == 6 and all(row.met is not None for row in report.targets)
    assert report.to_json()["streams"]["formats"].keys() == set(FORMATS)


def test_what_was_lost_is_no_latency() -> None:
    millisecond = 1_000_000
    accepted = [at * 33 * millisecond for at in range(100)]
    found = _added(accepted, [at + 2 * millisecond for at in accepted], whole=True)
    assert found is not None and (found.median, found.p95, found.max) == (2.0, 2.0, 2.0)
    assert _added(accepted, [at + 2 * millisecond for at in accepted[1:]], whole=True) is None
    late = _added(accepted, [at + 3 * millisecond for at in accepted[40:]], whole=False)
    assert late is not None and late.median == 3.0
    assert _added(accepted, [at - 1 for at in accepted], whole=False) is None, "it cannot come before it was sent"
    assert _added(accepted, [], whole=False) is None
    assert stream_targets(None) == []
