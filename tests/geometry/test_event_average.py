"""Averages about marks: right against plain interpolation, with gaps, per group, and with bands over recordings."""

from __future__ import annotations

import numpy as np
import pytest

from realtime.geometry.event_average import AlignedEvent, about_marks, event_bands, event_grid


def test_a_series_is_averaged_about_its_marks(rng: np.random.Generator) -> None:
    times = np.cumsum(rng.uniform(0.03, 0.05, 500))
    values = np.sin(times) + 0.1 * rng.normal(size=500)
    grid = event_grid(1.0, 2.0, 0.25)
    assert grid[0] == -1.0 and grid[-1] == 2.0 and 0.0 in grid and len(grid) == 13
    marks = [5.0, 9.0, 12.5]
    mean, events = about_marks(times, values, np.ones(500, bool), marks, grid)
    expected = np.mean([np.interp(mark + grid, times, values) for mark in marks], axis=0)
    assert events == 3 and mean == pytest.approx(expected)


def test_gaps_and_ends_have_no_value() -> None:
    times = np.arange(100) / 10
    valid = (times < 4.0) | (times > 6.0)
    values = np.where(valid, times, 1e9)
    grid = event_grid(2.0, 2.0, 0.1)
    mean, events = about_marks(times, values, valid, [5.0], grid)
    known = np.isfinite(mean)
    assert events == 1 and mean[known] == pytest.approx(5.0 + grid[known])
    assert not known[np.abs(grid) < 0.99].any() and known[np.abs(grid) > 1.15].all()
    early, _ = about_marks(times, values, valid, [0.5], grid)
    assert (np.isfinite(early) == (grid >= -0.5 - 1e-9)).all()
    # Elsewhere the other marks count.
    both, events = about_marks(times, values, valid, [5.0, 2.5], grid)
    assert events == 2 and both[20] == pytest.approx(2.5)
    assert np.isnan(about_marks(times, values, np.zeros(100, bool), [5.0], grid)[0]).all()
    assert about_marks(times, values, valid, [50.0], grid)[1] == 0
    beside, events = about_marks(times, values, valid, [5.0, 50.0], grid)
    assert events == 1 and np.array_equal(beside, mean, equal_nan=True)


def _event(group: str, values: list[float], person: str | None = None) -> AlignedEvent:
    return AlignedEvent("r", person, group, np.array(values), 2)


def test_bands_are_over_recordings_of_a_group(rng: np.random.Generator) -> None:
    events = [_event("a", [rng.normal(), rng.normal(3.0, 0.1)]) for _ in range(30)]
    events += [_event("b", [1.0, 2.0]), _event("b", [3.0, np.nan])]
    first, second = event_bands(events)
    assert (first.group, first.recordings, first.events, second.group) == ("a", 30, 60, "b")
    each = np.stack([event.values for event in events[:30]])
    assert first.mean == pytest.approx(each.mean(axis=0))
    half = 2.045 * each.std(axis=0, ddof=1) / np.sqrt(30)  # Student's t
    assert (first.high - first.low) / 2 == pytest.approx(half, rel=0.15)
    assert second.mean.tolist() == [2.0, 2.0] and np.isnan(second.low).all() and second.recordings == 2
    assert event_bands([]) == []


def test_people_are_drawn_where_they_are_known(rng: np.random.Generator) -> None:
    people = [person for person in "abcdef" for _ in range(5)]
    level = {person: rng.normal() for person in "abcdef"}
    values = [[level[person] + 0.01 * rng.normal()] for person in people]
    (known,) = event_bands([_event("g", one, person) for one, person in zip(values, people, strict=True)])
    (unknown,) = event_bands([_event("g", one) for one in values])
    assert (known.high - known.low)[0] > 1.8 * (unknown.high - unknown.low)[0]
