"""Oracles: every injected fault is found as the cause that it is, nothing is fitted in sample, and all sums to 1."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pytest
from scipy.optimize import nnls

from realtime.geometry.bootstrap import drawn, resample_people
from realtime.geometry.cross_fit import LinearMap
from realtime.geometry.oracles import CAUSES, OracleSums, adds_of, oracle_sums, removed_shares, waterfall
from realtime.geometry.statistics import Statistics

F64 = npt.NDArray[np.float64]
N, V, K, BLOCKS = 600, 40, 4, 6
REPEATABILITY = 0.05  # standard deviation of a coordinate
POSE = (K, K + 1, K + 2)


def _slow(rng: np.random.Generator, width: int, count: int) -> F64:
    found: F64 = np.stack(
        [np.convolve(rng.normal(size=N + width - 1), np.hanning(width + 2)[1:-1], "valid") for _ in range(count)],
        axis=1,
    )
    return found / found.std(axis=0)


@dataclass
class Scene:
    """A face that the model predicts but for its own error and noise; faults are put in one at a time."""

    rng: np.random.Generator
    rows: F64 = field(init=False)  # (K, V, 3)
    f: F64 = field(init=False)  # delivered features
    y: F64 = field(init=False)  # (N, V, 3) displacements from the neutral
    angles: F64 = field(init=False)
    tracker: F64 | None = None
    calibrated: bool = True

    def __post_init__(self) -> None:
        rng = self.rng
        self.rows = rng.normal(size=(K, V, 3))
        self.f = np.maximum(0.0, 0.6 * _slow(rng, 15, K))
        self.angles = 0.2 * _slow(rng, 25, 3) + 0.1
        own = np.einsum("tk,kvc->tvc", 0.3 * _slow(rng, 15, 2), rng.normal(size=(2, V, 3)))  # the model's error
        self.y = np.einsum("tk,kvc->tvc", self.f, self.rows) + own + REPEATABILITY * rng.normal(size=(N, V, 3))

    def floor(self) -> float:
        columns = self.rows.reshape(K, -1).T
        return sum(nnls(columns, mesh.ravel())[1] ** 2 for mesh in self.y)

    def blocks(self, count: int = BLOCKS) -> list[Statistics]:
        x = np.hstack([self.f, self.angles])
        return [Statistics.of(x[at], self.y[at]) for at in np.array_split(np.arange(N), count)]

    def maps(self) -> LinearMap:
        """The prediction, which is the displacement too: the face at rest is the center."""
        return LinearMap(np.concatenate([self.rows, np.zeros((3, V, 3))]), np.zeros((V, 3)))

    def sums(self, count: int = BLOCKS) -> OracleSums:
        return oracle_sums(
            self.blocks(count),
            self.maps(),
            self.maps(),
            POSE,
            baseline=float((self.y**2).sum()),
            floor=self.floor(),
            noise=N * V * 3 * REPEATABILITY**2,
            calibrated=self.calibrated,
            tracker_offset=self.tracker,
        )

    def adds(self) -> dict[str, float]:
        found = waterfall(self.sums())
        assert found is not None
        delivered, steps = found
        assert delivered + sum(step.adds for step in steps) == pytest.approx(1.0, abs=1e-9)
        assert steps[-1].skill == 1.0 and [step.cause for step in steps] == [*CAUSES, "model"]
        return {step.cause: step.adds for step in steps}


@pytest.fixture()
def scene(rng: np.random.Generator) -> Scene:
    return Scene(rng)


def test_without_a_fault_no_cause_is_blamed_but_the_model(scene: Scene) -> None:
    adds = scene.adds()
    assert adds["tracker"] == 0.0 and adds["model"] > 0.05
    assert all(abs(adds[cause]) < 0.02 for cause in CAUSES), adds


def _tracker(scene: Scene) -> None:
    scene.calibrated = False
    scene.tracker = 1.5 * scene.rng.normal(size=(V, 3))
    scene.y += scene.tracker


def _identity(scene: Scene) -> None:
    """The neutral is another person's."""
    scene.y += scene.rng.normal(size=(V, 3))


def _pose(scene: Scene) -> None:
    slopes = 5.0 * scene.rng.normal(size=(3, V, 3))
    scene.y += np.einsum("ti,ivc->tvc", scene.angles - scene.angles.mean(axis=0), slopes)


def _gain(scene: Scene) -> None:
    scene.f *= 3.0


def _source(scene: Scene) -> None:
    """The names of the features are permuted."""
    scene.f = scene.f[:, [1, 2, 3, 0]]


FAULTS = {"tracker": _tracker, "identity": _identity, "pose": _pose, "gain": _gain, "source": _source}


@pytest.mark.parametrize("cause", FAULTS)
def test_an_injected_fault_lands_on_its_own_bar(cause: str, scene: Scene) -> None:
    before = scene.adds()
    FAULTS[cause](scene)
    after = scene.adds()
    assert after[cause] > 0.25, after
    others = [one for one in CAUSES if one not in (cause, "noise")]
    # Wrong names leave an amplitude that is wrong as well.
    largest = max(abs(after[one]) for one in others if (cause, one) != ("source", "gain"))
    assert largest < 0.06 < after[cause] - before[cause], after
    assert cause != "source" or after["source"] > after["gain"]


def test_noise_lands_on_its_own_bar(rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "REPEATABILITY", 0.6)
    scene = Scene(rng)
    adds = scene.adds()
    assert adds["noise"] > 0.15
    assert all(abs(adds[cause]) < 0.03 for cause in CAUSES if cause not in ("noise", "source")), adds


def _naive(scene: Scene, strengths: list[float]) -> dict[str, float]:
    """Cross-fitted errors from the frames themselves: identity, identity with pose, and the best features beside them,
    by plain least squares.
    """
    blocks = np.array_split(np.arange(N), BLOCKS)
    predicted = np.einsum("tk,kvc->tvc", scene.f, scene.rows).reshape(N, -1)
    faces = scene.y.reshape(N, -1)
    basis = np.linalg.qr(scene.rows.reshape(K, -1).T)[0]

    def slopes(of: F64, rows: npt.NDArray[np.intp], strength: float) -> tuple[F64, F64]:
        mean = scene.angles[rows].mean(axis=0)
        x, y = scene.angles[rows] - mean, of[rows] - of[rows].mean(axis=0)
        ridge = strength * np.trace(x.T @ x) / 3
        return np.linalg.solve(x.T @ x + ridge * np.eye(3), x.T @ y), mean

    def left_of(of: F64, rows: npt.NDArray[np.intp]) -> F64:
        found, mean = slopes(of, rows, 0.1)
        return of[rows] - of[rows].mean(axis=0) - (scene.angles[rows] - mean) @ found

    identity = both = best = 0.0
    for block in blocks:
        others = [one for one in blocks if one is not block]
        rows = np.concatenate(others)
        gain = (predicted[rows] * left_of(faces, rows)).sum() / (predicted[rows] * left_of(predicted, rows)).sum()
        fitted_to = faces - gain * predicted

        def offset_of(rows: npt.NDArray[np.intp], of: F64) -> F64:
            mean: F64 = of[rows].mean(axis=0)
            return mean - basis @ (basis.T @ mean) if scene.calibrated else mean

        held_out = [
            offset_of(np.concatenate([one for one in others if one is not inner]), fitted_to) for inner in others
        ]
        saved = sum(float((fitted_to[inner] @ mean).sum()) for inner, mean in zip(others, held_out, strict=True))
        size = sum(float(len(inner) * mean @ mean) for inner, mean in zip(others, held_out, strict=True))
        offset = min(1.0, max(0.0, saved / size)) * offset_of(rows, fitted_to)
        tried = []
        for strength in strengths:
            total = 0.0
            for inner in others:
                rest = np.concatenate([one for one in others if one is not inner])
                found, mean = slopes(fitted_to, rest, strength)
                apart = fitted_to[inner] - fitted_to[rest].mean(axis=0) - (scene.angles[inner] - mean) @ found
                total += (apart**2).sum()
            tried.append(total)
        found, mean = slopes(fitted_to, rows, strengths[int(np.argmin(tried))])
        left = (faces - predicted)[block] - offset
        identity += (left**2).sum()
        taken = offset + (scene.angles[block] - mean) @ found
        left = (faces - predicted)[block] - taken
        both += (left**2).sum()
        outside = faces[block] - (taken - taken @ basis @ basis.T)  # what no features can make
        best += sum(nnls(scene.rows.reshape(K, -1).T, face)[1] ** 2 for face in outside)
    return {"identity": identity, "pose": both, "source": best}


@pytest.mark.parametrize("calibrated", [True, False])
def test_errors_are_those_of_plain_loops_over_frames(calibrated: bool, scene: Scene) -> None:
    _identity(scene)
    _pose(scene)
    scene.calibrated = calibrated
    sums = scene.sums()
    naive = _naive(scene, [0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 1e12])
    in_order = dict(zip(CAUSES, sums.in_order, strict=True))
    assert in_order["identity"] == pytest.approx(naive["identity"], rel=1e-9)
    assert in_order["pose"] == pytest.approx(naive["pose"], rel=1e-9)
    assert in_order["source"] == pytest.approx(min(naive["source"], in_order["gain"]), rel=1e-6)
    assert (naive["source"] < in_order["gain"]) == calibrated
    predicted = np.einsum("tk,kvc->tvc", scene.f, scene.rows)
    assert sums.delivered == pytest.approx(((scene.y - predicted) ** 2).sum())
    gain = (scene.y * predicted).sum() / (predicted**2).sum()
    alone = dict(zip(CAUSES, sums.alone, strict=True))
    assert alone["gain"] == pytest.approx(((scene.y - gain * predicted) ** 2).sum())
    assert alone["source"] == pytest.approx(scene.floor()) and alone["identity"] == pytest.approx(naive["identity"])


def test_nothing_is_fitted_in_sample(rng: np.random.Generator) -> None:
    """Of a face that moves at random, offsets and slopes from few frames only do harm when they are cross-fitted."""
    harm = []
    for _ in range(20):
        scene = Scene(rng)
        scene.y, scene.f = rng.normal(size=(N, V, 3)), 1e-3 * scene.f
        some = scene.blocks(60)[:6]
        sums = oracle_sums(
            some, scene.maps(), scene.maps(), POSE, baseline=1.0, floor=0.0, noise=0.0, calibrated=False
        )  # fmt: skip
        harm.append(1.0 - sums.in_order[2] / sums.delivered)
    assert np.mean(harm) < 0.0 < np.mean(harm) + 0.1


def test_features_that_hardly_change_leave_the_offset_as_it_is(scene: Scene) -> None:
    """Their gain could be anything, and an offset that is fitted at another amplitude would do harm."""
    scene.f = scene.f.mean(axis=0) + 1e-3 * scene.f
    scene.calibrated = False
    _identity(scene)
    sums = scene.sums()
    mean = (scene.y - np.einsum("tk,kvc->tvc", scene.f, scene.rows)).mean(axis=0)
    assert sums.delivered - sums.in_order[1] > 0.9 * N * float((mean**2).sum())


def test_few_blocks_give_no_identity_and_no_pose(scene: Scene) -> None:
    _identity(scene)
    for count, known in ((1, (False, False, False)), (2, (False, True, False)), (3, (False, True, True))):
        sums = scene.sums(count)
        assert sums.known[:3] == known
        if count == 1:
            assert sums.in_order[1] == sums.delivered
    with pytest.raises(ValueError, match="no frame"):
        oracle_sums([], scene.maps(), scene.maps(), POSE, baseline=1, floor=1, noise=0, calibrated=True)


def test_recordings_are_added_and_drawn(rng: np.random.Generator) -> None:
    some = [Scene(rng).sums() for _ in range(5)]
    total = some[0] + some[1] + some[2] + some[3] + some[4]
    found = waterfall(total)
    assert found is not None
    assert [step.adds for step in found[1]] == pytest.approx(adds_of(np.stack([one.row for one in some]).sum(axis=0)))
    values = drawn(
        resample_people([None] * 5, draws=50), np.stack([one.row for one in some]), lambda rows: adds_of(rows)[..., 6]
    )
    assert values.min() < found[1][6].adds < values.max()


def test_causes_that_the_baseline_removes_are_shares_of_the_raw_error(rng: np.random.Generator) -> None:
    tracker, own, frames = rng.normal(size=(V, 3)), 2.0 * rng.normal(size=(V, 3)), 50
    errors = tracker + own + 0.5 * rng.normal(size=(frames, V, 3))
    raw = float((errors**2).sum())
    shares = removed_shares(raw, float(((errors - tracker - own) ** 2).sum()), errors.sum(axis=0), frames, tracker)
    assert shares is not None and sum(shares.values()) == pytest.approx(1.0)
    assert shares["tracker"] == pytest.approx((raw - ((errors - tracker) ** 2).sum()) / raw)
    assert shares["identity"] > shares["expression"] > 0
    other = removed_shares(raw, float(((errors + 3 * own) ** 2).sum()), errors.sum(axis=0), frames)
    assert other is not None and other["identity"] < 0 and "tracker" not in other
    assert removed_shares(0.0, 0.0, errors.sum(axis=0), frames) is None
