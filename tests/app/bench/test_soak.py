"""The bench of hours: what its slope is, and that the mirror is measured while it records and while it does not."""

from __future__ import annotations

import json
import sys

import pytest
from common import Runner, needs_bundled

from realtime.app.bench.soak import Sample, Schedule, mb_an_hour


def samples(mb_an_hour: float, of_recording: float, hours: float = 1.0) -> list[Sample]:
    """A sample every ten seconds; a recording in every second five minutes takes `of_recording` MB while it lasts."""
    found = []
    for at in range(0, round(hours * 3600), 10):
        recording = at // 300 % 2 == 1
        taken = of_recording * recording * (1 + at % 300 / 300)  # it takes more while it lasts
        found.append(Sample(at, recording, 500 + mb_an_hour * at / 3600 + taken, 7, 21))
    return found


@pytest.mark.parametrize("slope", [0.0, 3.0, 40.0])
def test_a_slope_is_found_whatever_a_recording_takes_while_it_lasts(slope: float) -> None:
    found = samples(slope, of_recording=80)
    assert mb_an_hour(found, 300) == pytest.approx(slope, abs=1.0)
    spikes = [
        Sample(one.at_s, one.recording, (one.mb or 0) + 300 * (at % 9 == 0), 7, 21) for at, one in enumerate(found)
    ]
    assert mb_an_hour(spikes, 300) == pytest.approx(slope, abs=max(2.0, 0.1 * slope))


def test_without_measurements_there_is_no_slope() -> None:
    assert mb_an_hour([], 300) is None
    assert mb_an_hour([Sample(float(at), False, None, None, None) for at in range(9)], 1) is None


def test_phases_of_a_long_soak_and_of_a_short_one() -> None:
    long, short = Schedule(8 * 3600), Schedule(12)
    assert (long.phase, long.warm_up, long.sample) == (300, 1200, 10)
    for schedule in (long, short):
        assert schedule.settle < schedule.phase and 4 * schedule.phase <= schedule.total
        assert schedule.sample * 3 <= schedule.phase - schedule.settle  # samples of every phase


@needs_bundled
def test_the_mirror_is_measured_recording_and_not(meshmirror: Runner) -> None:
    done = meshmirror("bench", "--soak", "--hours", "0.003", "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report.keys() == {"machine", "soak", "targets"}
    found = report["soak"]
    assert found["recordings"] >= 2 and found["rows"] > 0 and found["frames"] > found["rows"] + found["rows_dropped"]
    assert found["failures"] == [] and not found["interrupted"]
    assert [row["name"] for row in report["targets"]][1:] == ["  open files grown", "  threads grown"]
    if sys.platform.startswith("linux"):
        states = found["states"]
        assert states.keys() == {"idle", "recording"}
        assert states["recording"]["files"][0] > states["idle"]["files"][0]  # the files of the session
        assert states["recording"]["threads"][0] > states["idle"]["threads"][0]
        assert all(row["met"] is not None for row in report["targets"])
