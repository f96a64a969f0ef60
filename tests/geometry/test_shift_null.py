"""The null by circular shifts: as plain loops have it, right under the null, and sharp where features say something."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pytest

from realtime.geometry.shift_null import (
    ShiftSums,
    least_shift,
    null_of_recording,
    null_of_recordings,
    shift_sums,
)

F64 = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Recording:
    """Features (n, 3), observed displacements (n, 30), rows (3, 30), frames with a face (n,)."""

    f: F64
    y: F64
    rows: F64
    valid: BoolArray

    def sums(self, shortest: int) -> ShiftSums | None:
        hidden = np.where(self.valid[:, None], self.y, np.nan)
        z, squares = hidden @ self.rows.T, (hidden**2).sum(axis=1)
        return shift_sums(self.f, z, self.rows @ self.rows.T, squares, self.valid, shortest)


def _slow(rng: np.random.Generator, n: int, width: int, k: int) -> F64:
    found: F64 = np.stack(
        [np.convolve(rng.normal(size=n + width - 1), np.hanning(width + 2)[1:-1], "valid") for _ in range(k)], axis=1
    )
    return found / found.std(axis=0)


def _recording(rng: np.random.Generator, n: int = 300, amount: float = 1.0, mean: float = 0.0) -> Recording:
    f = _slow(rng, n, 12, 3) + mean
    rows = rng.normal(size=(3, 30))
    y = 0.5 * (amount * f + (1 - amount) * (_slow(rng, n, 12, 3) + mean)) @ rows + rng.normal(size=(n, 30))
    valid = np.ones(n, bool)
    valid[40:70] = valid[200:203] = False
    return Recording(f, y, rows, valid)


def _naive(recording: Recording, shift: int) -> tuple[float, int]:
    """Skill with gain at one shift, and its frames, by loops over meshes."""
    n = len(recording.f)
    pairs = [(t, (t - shift) % n) for t in range(n) if recording.valid[t] and recording.valid[(t - shift) % n]]
    seen = np.array([recording.y[t] for t, _ in pairs])
    moved = np.array([recording.f[s] @ recording.rows for _, s in pairs])
    gain = max(0.0, (seen * moved).sum() / (moved**2).sum())
    return 1 - ((seen - gain * moved) ** 2).sum() / (seen**2).sum(), len(pairs)


def test_all_shifts_are_those_of_plain_loops(rng: np.random.Generator) -> None:
    recording = _recording(rng)
    sums = recording.sums(25)
    assert sums is not None and sums.shifts == 300 - 2 * 25 + 1 and sums.shortest == 25
    null = null_of_recording(sums)
    expected = [_naive(recording, shift) for shift in (0, *range(25, 276))]
    assert [null.skill, *null.skill_shifted] == pytest.approx([skill for skill, _ in expected], abs=1e-9)
    assert sums.frames.tolist() == [frames for _, frames in expected]
    assert null.p == (1 + sum(skill >= null.skill for skill, _ in expected[1:])) / (1 + sums.shifts)


def test_r2_is_about_the_mean_of_the_faces(rng: np.random.Generator) -> None:
    recording = _recording(rng, mean=2.0)
    sums = recording.sums(25)
    assert sums is not None
    seen = recording.y[recording.valid]
    variation = float(((seen - seen.mean(axis=0)) ** 2).sum())
    null = null_of_recording(sums, variation)
    moved = recording.f[recording.valid] @ recording.rows
    gain = (seen * moved).sum() / (moved**2).sum()
    assert null.r2 == pytest.approx(1 - ((seen - gain * moved) ** 2).sum() / variation)
    assert null.r2_shifted is not None and (null.r2_shifted < null.r2).mean() > 0.99
    # A face that is moved all the time gives skill at any shift, and R2 at none.
    constant = 1 - variation / float((seen**2).sum())
    assert null.skill_level > 0.5 * constant > 0.1 and null.r2_shifted.max() < 0.1 < null.r2
    assert null.p == pytest.approx(1 / (1 + sums.shifts))


def test_p_is_even_where_features_say_nothing(rng: np.random.Generator) -> None:
    found = []
    for _ in range(300):
        sums = _recording(rng, amount=0.0).sums(36)
        assert sums is not None
        found.append(null_of_recording(sums).p)
    # Of the faces' and the features' own courses only: as many below a level as it says, give or take.
    assert 0.02 < np.mean(np.array(found) <= 0.1) < 0.2 and 0.35 < np.mean(np.array(found) <= 0.5) < 0.65


def test_recordings_together_are_surer_than_each(rng: np.random.Generator) -> None:
    weak = [_recording(rng, amount=0.15) for _ in range(12)]
    sums = [one for one in (recording.sums(36) for recording in weak) if one is not None]
    single = [null_of_recording(one).p for one in sums]
    together = null_of_recordings(sums, draws=999)
    assert together.p <= 0.01 < np.median(single)
    assert together.p == null_of_recordings(sums, draws=999).p
    skills = [null_of_recording(one).skill for one in sums]
    weights = [one.baseline for one in sums]
    assert together.skill == pytest.approx(np.average(skills, weights=weights))
    one, whole = null_of_recordings(sums[:1], draws=5000), null_of_recording(sums[0])
    assert one.skill_level == pytest.approx(whole.skill_level, abs=0.005)
    # Every shift is drawn, and the features at their own place never are.
    assert np.unique(one.skill_shifted.round(9)).tolist() == np.unique(whole.skill_shifted.round(9)).tolist()
    with pytest.raises(ValueError, match="no recording"):
        null_of_recordings([])


def test_what_is_too_short_has_no_null(rng: np.random.Generator) -> None:
    assert _recording(rng).sums(151) is None and _recording(rng).sums(150) is not None
    recording = _recording(rng)
    assert Recording(recording.f, recording.y, recording.rows, np.zeros(300, bool)).sums(10) is None
    # Faces in the first quarter only: shifted features have no face to be compared with.
    first = Recording(recording.f, recording.y, recording.rows, np.arange(300) < 75)
    sums = first.sums(30)
    assert sums is not None and sums.frames.min() >= 37 and sums.shifts < 20
    assert first.sums(80) is None


def test_least_shift() -> None:
    assert least_shift(1 / 30, 10.0) == 150 and least_shift(1 / 30, 90.0) == 270 and least_shift(100.0, 0.1) == 1
