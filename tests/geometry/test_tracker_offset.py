"""The common offset of a tracker's faces: known offsets are found, and people who share nothing have none."""

from __future__ import annotations

import numpy as np
import pytest

from realtime.core.types import FloatArray, Identity
from realtime.geometry import CanonicalFrame, parts
from realtime.geometry.tracker_offset import offsets_of_others, tracker_offset

RNG = np.random.default_rng(11)


@pytest.fixture
def frame(mean_mesh: FloatArray) -> CanonicalFrame:
    return CanonicalFrame.of(mean_mesh)


def _people(mean_mesh: FloatArray, count: int, size: float) -> np.ndarray:
    return mean_mesh + RNG.normal(0, size, (count, 478, 3))


def test_a_common_offset_is_found_with_its_share(mean_mesh: FloatArray, frame: CanonicalFrame) -> None:
    common = RNG.normal(0, 2, (478, 3))
    found = tracker_offset(_people(mean_mesh, 30, 3) + common, mean_mesh, frame)
    assert found.people == 30
    assert np.abs(found.offset_canon - common).max() < 5 * 3 / 30**0.5
    assert found.share.low < 4 / 13 < found.share.high and found.share.value == pytest.approx(4 / 13, abs=0.01)
    length = np.sqrt((common**2).sum(axis=1).mean()) * 100 / frame.unit
    assert found.distance.low < length < found.distance.high and found.distance.value == pytest.approx(length, rel=0.03)


def test_people_who_share_nothing_have_what_chance_gives(mean_mesh: FloatArray, frame: CanonicalFrame) -> None:
    found = tracker_offset(_people(mean_mesh, 12, 3), mean_mesh, frame)
    assert found.share.value < 0.01 and found.share.low == 0
    assert found.distance.low == 0 and found.distance.value < 0.3 * found.by_chance


def test_faces_that_are_less_deep_have_a_slope_below_one(mean_mesh: FloatArray, frame: CanonicalFrame) -> None:
    flat = mean_mesh - np.outer((mean_mesh - frame.origin) @ frame.axes[2], frame.axes[2]) * 0.2
    found = tracker_offset(flat + RNG.normal(0, 0.5, (12, 478, 3)), mean_mesh, frame)
    assert found.z_slope.low < 0.8 < found.z_slope.high and found.z_slope.value == pytest.approx(0.8, abs=0.01)
    with pytest.raises(ValueError, match="two people"):
        tracker_offset(flat[None], mean_mesh, frame)


def test_its_term_comes_off_the_identity_and_off_nothing_else(mean_mesh: FloatArray, frame: CanonicalFrame) -> None:
    offset, common = RNG.normal(0, 2, (2, 478, 3)).astype(np.float32)
    identity = Identity(offset + common, mean_mesh + offset + common, 0.1, 90)
    observed = mean_mesh + offset + common
    without = parts(observed, mean_mesh, mean_mesh, mean_mesh, mean_mesh, frame, identity)
    told = parts(observed, mean_mesh, mean_mesh, mean_mesh, mean_mesh, frame, identity, tracker_offset=common)
    assert without.tracker is None and told.tracker is not None
    assert told.tracker == pytest.approx(((observed - mean_mesh) ** 2).sum() - (offset**2).sum(), rel=1e-4)
    assert told.identity == pytest.approx((offset**2).sum(), rel=1e-4)
    assert told.merged_identity == pytest.approx(without.identity) and told.total == pytest.approx(without.total)
    assert (told.pose, told.emotion, told.noise) == (without.pose, without.emotion, without.noise)
    assert parts(observed, mean_mesh, mean_mesh, mean_mesh, mean_mesh, frame, tracker_offset=common).tracker is None


def _of_others(fields: np.ndarray, people: list[str], person: str) -> np.ndarray:
    """The offset of the other people, by loops."""
    means = [fields[[name == other for name in people]].mean(axis=0) for other in sorted(set(people) - {person})]
    along = size = 0.0
    for at, own in enumerate(means):
        rest = np.mean([*means[:at], *means[at + 1 :]], axis=0)
        along, size = along + (rest * own).sum(), size + (rest**2).sum()
    return np.clip(along / size, 0, 1) * np.mean(means, axis=0)


@pytest.mark.parametrize("common", [0.0, 1.0])
def test_offsets_of_others_are_never_in_sample(common: float) -> None:
    people = ["a", "b", "b", "c", "d", "e", "f"]
    fields = common + RNG.normal(size=(len(people), 478, 3))
    found = offsets_of_others(fields, people)
    for at, person in enumerate(people):
        assert found[at] == pytest.approx(_of_others(fields, people, person), abs=1e-12)
    fields[0] += 100.0  # of a person alone
    assert offsets_of_others(fields, people)[0] == pytest.approx(found[0])
    saved = (2 * found * (fields - 100.0 * (np.arange(7) == 0)[:, None, None]) - found**2).sum()
    assert saved > 0.3 * fields[1:].size if common else abs(saved) < 0.01 * fields[1:].size
    with pytest.raises(ValueError, match="three people"):
        offsets_of_others(fields[:3], ["a", "b", "b"])
