"""The overview of a recording: what a replay computes of each row, read off the table."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from common import clip, needs_bundled
from replaying import computed, record

import realtime.session
from realtime.app.mirror import Mirror
from realtime.core.commands import Action
from realtime.core.frame_result import GainTerms
from realtime.core.overview import N_FROM_MEAN, N_MOVED, Overview, row_of
from realtime.geometry import GainSums
from realtime.pipeline.replay.overview_reader import OverviewReader, RunningGain


def _calibrate(mirror: Mirror) -> None:
    mirror._actions.handle(Action.CALIBRATE, None, mirror._shown)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("overview") / "session"
    record(folder, str(clip("single_face.mp4")), "model.pose=live", "model.neutral_s=0.5", "detect.emotion=inverse",
           during={5: _calibrate})  # fmt: skip
    return folder


@needs_bundled
def test_it_is_what_the_replay_computes_of_every_row(folder: Path) -> None:
    with realtime.session.open(folder) as session:
        overview = OverviewReader(session).whole()
        results = computed(session, list(range(len(session))))
        unit = session.parts[0].info.models[0].unit
        times_s = session.times / 1e9
    assert overview is not None and overview.complete
    rows = np.diff(overview.sums_before, axis=0)
    expected = np.array([row_of(result, 0, unit) for result in results])
    assert (overview.times_s == times_s).all()
    assert expected[:, N_MOVED].sum() > 20 and expected[:, N_FROM_MEAN].sum() > 5
    assert rows == pytest.approx(expected, rel=1e-4, abs=1e-4)
    assert [change.text for change in overview.changes] == ["neutral face measured"]
    first = int(expected[:, N_MOVED].argmax())
    assert overview.changes[0].time_s == pytest.approx(times_s[first], abs=0.1)


@needs_bundled
def test_it_is_read_in_slices_and_stays_one_object_then(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("realtime.pipeline.replay.overview_reader._ROWS", 10)
    monkeypatch.setattr("realtime.pipeline.replay.overview_reader._BUDGET_S", 0.0)
    with realtime.session.open(folder) as session:
        reader = OverviewReader(session)
        found: list[Overview] = []
        while not found or not found[-1].complete:
            overview = reader.overview
            assert overview is not None
            found.append(overview)
        assert [len(one.times_s) for one in found] == [10, 20, 30, 40, 50, 60, 70, 72]
        assert reader.overview is found[-1]
        whole = OverviewReader(session).whole()
        assert whole is not None and (whole.sums_before == found[-1].sums_before).all()
        ticks = np.array([0, 0, 5, 5, 71])
        moved = OverviewReader(session, ticks, np.arange(5) * 10**9).whole()
        assert moved is not None and moved.times_s.tolist() == [0, 1, 2, 3, 4]
        assert np.diff(moved.sums_before, axis=0) == pytest.approx(np.diff(whole.sums_before, axis=0)[ticks])


def test_a_session_of_an_earlier_program_has_one() -> None:
    with realtime.session.open(Path(__file__).parents[2] / "data" / "session") as session:
        overview = OverviewReader(session).whole()
        assert overview is not None and len(overview.times_s) == len(session)
        share = overview.share(session.times[0] / 1e9, session.times[-1] / 1e9)
    assert share is not None and 0 < share < 1


def test_the_running_gain_is_that_of_the_frames_before() -> None:
    random = np.random.default_rng(3)
    terms = np.abs(random.normal(size=(60, 3))) * (1, 1, 0.6)
    terms[7] = np.nan
    terms[30:34, 0] *= -90
    valid = random.random(60) > 0.2
    expected, sums = [], GainSums()
    for row, (along, displaced, noise) in enumerate(terms.tolist()):
        if row in (20, 41):
            sums = GainSums()
        expected.append(np.nan if sums.gain is None else max(0.0, sums.gain))
        if valid[row] and np.isfinite(along):
            sums.add(GainTerms(0.0, along, displaced, noise))
    gain = RunningGain()
    found = [gain.before(terms[:25], valid[:25], [20]), gain.before(terms[25:], valid[25:], [16])]
    assert np.concatenate(found) == pytest.approx(np.array(expected), nan_ok=True)
    assert 0.0 in expected and np.isnan(expected[0])
