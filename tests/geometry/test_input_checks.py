"""Checks of what a comparison was given: every injected fault is found by name, and sound input passes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from realtime import load_model
from realtime.geometry import triangles
from realtime.geometry.bootstrap import BootstrapInterval, resample_people
from realtime.geometry.contiguity import MOST_CONTIGUITY, axis_match, contiguity, misplaced_vertices
from realtime.geometry.input_checks import (
    LabelOrders,
    check_fields,
    check_labels,
    check_lag,
    check_neutrals,
    check_order,
    check_pose_unit,
    label_orders,
)
from realtime.geometry.lag import LagCurve, lag_curve, lag_sums

F64 = npt.NDArray[np.float64]


def _other_order(mesh: F64) -> F64:
    """Vertex after vertex, read as axis after axis."""
    return mesh.reshape(3, -1).T


def test_contiguity_is_gearys_ratio(mean_mesh: F64, rng: np.random.Generator) -> None:
    pairs = {
        tuple(sorted((int(a), int(b)))) for t in triangles() for a, b in ((t[0], t[1]), (t[1], t[2]), (t[2], t[0]))
    }
    values = rng.normal(size=(2, 478, 3))
    for field, found in zip(values, contiguity(values), strict=True):
        along = np.mean([((field[a] - field[b]) ** 2).sum() for a, b in sorted(pairs)])
        face = field[:468]
        at_random = ((face[:, None] - face[None]) ** 2).sum(axis=-1).mean()
        assert found == pytest.approx(along / at_random) and 0.9 < found < 1.1
    assert contiguity(mean_mesh) < 0.03
    assert np.isnan(contiguity(np.ones((478, 3)))) and np.isnan(contiguity(np.zeros((478, 3))))


def test_the_clip_passes_and_wrong_orders_do_not(clip_px: F64, mean_mesh: F64, rng: np.random.Generator) -> None:
    reference = clip_px[0]  # both in the image frame
    seen = clip_px.mean(axis=0)
    assert check_order("Observed", seen, reference).state == "ok"
    faults: dict[str, Callable[[F64], F64]] = {
        "another order": _other_order,
        "are in another order": lambda mesh: mesh[rng.permutation(478)],
        "axes y x z": lambda mesh: mesh[:, [1, 0, 2]],
        "axes y z x": lambda mesh: mesh[:, [1, 2, 0]],
        "axes x -y z": lambda mesh: mesh * [1, -1, 1],
        "vertices 13, 152": lambda mesh: mesh[np.r_[:13, 152, 14:152, 13, 153:478]],
    }
    for text, fault in faults.items():
        found = check_order("Observed", fault(seen), reference)
        assert found.state == "bad", text
        assert text in found.found
    assert check_order("Observed", np.zeros((478, 3)), reference).state == "unknown"
    assert len(misplaced_vertices(mean_mesh, mean_mesh)) == 0
    assert axis_match(seen, reference).runner_up < axis_match(seen, reference).correlation


@pytest.mark.parametrize("name", ["emotion@built-in", "au@v4"])
def test_models_pass_and_permuted_vertices_do_not(name: str, rng: np.random.Generator) -> None:
    model = load_model(name)
    k = len(model.feature_columns)
    fields = model.coef[:k].reshape(k, 3, 478).swapaxes(1, 2).astype(np.float64)
    assert check_fields("Model", fields, model.feature_columns).state == "ok"
    for wrong in (fields[:, rng.permutation(478)], model.coef[:k].reshape(k, 478, 3)):
        found = check_fields("Model", wrong, model.feature_columns)
        assert found.state == "bad" and np.nanmin(contiguity(wrong)) > MOST_CONTIGUITY
    assert check_fields("Model", np.zeros((2, 478, 3)), "ab").state == "unknown"


def test_pose_in_degrees_is_found(rng: np.random.Generator) -> None:
    measured = 0.2 * rng.normal(size=(100, 3))
    given = measured + [0.1, 0.0, -0.05] + 0.02 * rng.normal(size=(100, 3))
    given[3] = np.nan
    assert check_pose_unit(given, measured).state == "ok"
    found = check_pose_unit(np.degrees(given), measured)
    assert found.state == "bad" and "degrees" in found.found
    # Small angles in degrees look like large ones in radians, but for the slope.
    small = check_pose_unit(np.degrees(0.1 * measured), 0.1 * measured + 0.003 * rng.normal(size=(100, 3)))
    assert small.state == "bad"
    still = check_pose_unit(np.zeros((100, 3)), 0.001 * measured)
    assert still.state == "unknown"
    assert check_pose_unit(given[:1], measured[:1]).state == "unknown"
    assert check_pose_unit(-given, measured).state == "warning"


def _faces(rng: np.random.Generator, k: int, n: int = 400) -> tuple[F64, F64, F64]:
    f = np.stack([np.convolve(rng.normal(size=n), np.ones(8) / 4, "same") for _ in range(k)], axis=1)
    rows = rng.normal(size=(k, 60))
    return f, f @ rows + 0.5 * rng.normal(size=(n, 60)), rows


@pytest.mark.parametrize("k", [7, 12])
def test_permuted_labels_are_found_and_put_back(k: int, rng: np.random.Generator) -> None:
    f, y, rows = _faces(rng, k)
    labels = [f"L{at}" for at in range(k)]
    movable = range(k - 1)  # the last is neutral

    def orders(features: F64) -> str:
        z = y @ rows.T
        found = label_orders(features.T @ features, features.T @ z, rows @ rows.T, float((y**2).sum()), movable)
        assert found is not None
        moved = features @ rows
        gain = (moved * y).sum() / (moved**2).sum()
        assert found.filed == pytest.approx(1 - ((y - max(gain, 0) * moved) ** 2).sum() / (y**2).sum())
        check = check_labels(found, labels)
        assert check.state == ("ok" if features is f else "bad")
        return check.found

    orders(f)
    swapped = f.copy()
    swapped[:, [1, 4]] = f[:, [4, 1]]
    assert "L1 as L4, L4 as L1" in orders(swapped)
    if k == 7:  # all orders are tried
        swapped[:] = f
        swapped[:, [0, 1, 2]] = f[:, [1, 2, 0]]
        assert "L0 as L2, L1 as L0, L2 as L1" in orders(swapped)


def test_labels_of_features_that_explain_nothing_are_not_judged(rng: np.random.Generator) -> None:
    f, _, rows = _faces(rng, 5)
    y = rng.normal(size=(400, 60))
    found = label_orders(f.T @ f, f.T @ (y @ rows.T), rows @ rows.T, float((y**2).sum()), range(5))
    assert check_labels(found, "abcde").state == "unknown"
    assert label_orders(f.T @ f, f.T @ (y @ rows.T), rows @ rows.T, 1.0, [0]) is None
    assert label_orders(0 * f.T @ f, f.T @ (y @ rows.T), rows @ rows.T, 1.0, range(5)) is None


@pytest.mark.parametrize(
    ("as_good", "best", "state"), [(5, 0.59, "ok"), (6, 0.59, "warning"), (5, 0.61, "bad"), (0, 0.5, "ok")]
)
def test_labels_are_judged_by_how_many_orders_are_as_good_and_by_how_much(
    as_good: int, best: float, state: str
) -> None:
    others = np.where(np.arange(100) < as_good, 0.5, 0.4)
    check = check_labels(LabelOrders(0.5, others, np.array([1, 0, 2]), best), "abc")
    assert check.state == state and f"{as_good} of 100 other orders" in check.found


@pytest.mark.parametrize(("lag", "state"), [(0, "ok"), (1, "bad"), (5, "bad")])
def test_features_that_lag_are_found(lag: int, state: str, rng: np.random.Generator) -> None:
    recordings = []
    for _ in range(5):
        f, y, rows = _faces(rng, 4)
        late = np.roll(f, lag, axis=0)
        found = lag_sums(late, y @ rows.T, rows @ rows.T, (y**2).sum(axis=1), np.arange(400) >= lag)
        assert found is not None
        recordings.append(found)
    check = check_lag(lag_curve(recordings, resample_people([None] * 5)), 40.0)
    assert check.state == state
    assert lag == 0 or f"{lag:+.1f} frames, {40 * lag:+.0f} ms" in check.found.replace(
        "+1.1 frames, +42", "+1.0 frames, +40"
    )
    assert check_lag(None).state == "unknown"


@pytest.mark.parametrize(
    ("peak", "ends", "state"),
    [(2.0, (0.6, 3.0), "bad"), (-2.0, (-3.0, -0.6), "bad"), (2.0, (-1.0, 4.0), "warning"), (2.0, None, "warning")],
)
def test_a_lag_is_called_wrong_where_its_interval_leaves_out_none(
    peak: float, ends: tuple[float, float] | None, state: str
) -> None:
    shifts = np.arange(-5, 6)
    found = None if ends is None else BootstrapInterval(peak, *ends, 0.95, "people")
    check = check_lag(LagCurve(shifts, 0.5 - 0.01 * (shifts - peak) ** 2, 100, peak, False, found))
    assert check.state == state and f"{peak:+.1f} frames" in check.found


def test_a_lag_that_cannot_be_seen_is_not_judged(rng: np.random.Generator) -> None:
    """A face that smiles all the time fits at any shift."""
    rows = rng.normal(size=(4, 60))
    f = np.ones((400, 4)) + 0.01 * rng.normal(size=(400, 4))
    y = f @ rows + rng.normal(size=(400, 60))
    sums = lag_sums(np.roll(f, 3, axis=0), y @ rows.T, rows @ rows.T, (y**2).sum(axis=1), np.ones(400, bool))
    assert sums is not None
    assert check_lag(lag_curve([sums])).state == "unknown"


def test_the_neutral_of_another_person_is_found(rng: np.random.Generator) -> None:
    """The faces smile: they move farther at the mouth than people differ, so that plain distances would be wrong."""
    faces = {person: rng.normal(size=(478, 3)) for person in "ab"}
    people, names = ["a", "b", "b"], ["one.mp4", "two.mp4", "three.mp4"]
    mouth, spread = np.arange(478) < 60, np.where(np.arange(478) < 60, 100.0, 0.05)
    smile = np.where(mouth[:, None], 12.0 * rng.normal(size=(478, 3)), 0.0)
    faces["b"][mouth] += smile[mouth]  # at rest as the other one smiles
    means = np.stack([faces["a"] + smile, faces["b"] - smile, faces["b"]]) + 0.1 * rng.normal(size=(3, 478, 3))
    neutrals = np.stack([faces[one] + 0.1 * rng.normal(size=(478, 3)) for one in people])
    assert check_neutrals(means, neutrals, spread, people, names).state == "ok"
    assert check_neutrals(means, neutrals, np.ones(478), people, names).state != "ok"
    neutrals[1] = faces["a"]
    found = check_neutrals(means, neutrals, spread, people, names)
    assert found.state == "bad" and "2 of 3" in found.found and "two.mp4 (nearer to the faces of a)" in found.found
    assert check_neutrals(means[:1], neutrals[:1], spread, ["a"], names[:1]).state == "unknown"
    assert check_neutrals(means, neutrals, spread, [None, None, None], names).state == "unknown"
    nothing = np.zeros((0, 478, 3))
    assert check_neutrals(nothing, nothing, np.zeros(478), [], []).state == "unknown"
