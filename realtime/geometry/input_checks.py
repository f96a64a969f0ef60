"""Could the numbers be an error of ours, or of a file? Checks of what a comparison was given, as rows of a table.

Each of them finds a fault by name that would else be taken for a bad model: vertices or axes in another order, pose in
degrees, features that lag, labels that were permuted, the neutral of another person.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations
from math import factorial, pi
from typing import Literal

import numpy as np
import numpy.typing as npt

from realtime.geometry._arrays import F64, IntArray
from realtime.geometry.contiguity import MOST_CONTIGUITY, axis_match, contiguity, misplaced_vertices
from realtime.geometry.lag import LagCurve

State = Literal["ok", "warning", "bad", "unknown"]

_DEGREES = 180.0 / pi
_MUCH_NEARER = 0.8  # to the faces of another person than to those of its own
_MOST_ORDERS = 5040  # of labels that are all tried; of more, pairs are exchanged and orders drawn
_DRAWN_ORDERS = 2000
_AS_GOOD = 0.05  # share of the other orders of the labels that may be as good as the filed one
_LOST_SKILL = 0.1  # by which another order of the labels has to be better to be called bad
_LEAST_SKILL = 0.02  # by which shifts, or orders, have to differ to say anything


@dataclass(frozen=True, slots=True)
class InputCheck:
    """A row of the table."""

    name: str
    expected: str
    found: str
    state: State


def check_order(name: str, meshes: npt.ArrayLike, reference: npt.ArrayLike) -> InputCheck:
    """Vertices and axes of a mean mesh (478, 3) against those of a model's mean mesh."""
    mesh = np.asarray(meshes, np.float64)
    expected = f"neighbours together (below {MOST_CONTIGUITY:g} of 1 for vertices at random), axes x y z"
    ratio = float(contiguity(mesh))
    if not np.isfinite(ratio):
        return InputCheck(name, expected, "a mesh without extent", "unknown")
    if ratio > MOST_CONTIGUITY:
        return InputCheck(name, expected, f"{ratio:.2f}: the vertices, or their axes, are in another order", "bad")
    if len(wrong := misplaced_vertices(mesh, reference)):
        some = ", ".join(map(str, wrong[:5])) + (" ..." if len(wrong) > 5 else "")
        return InputCheck(name, expected, f"{ratio:.2f}, but vertices {some} are not beside their neighbours", "bad")
    match = axis_match(mesh, reference)
    axes = " ".join(match.axes)
    found = f"{ratio:.2f}, axes {axes}, each with a correlation of {match.correlation:.2f} or more"
    return InputCheck(name, expected, found, "ok" if match.as_expected else "bad")


def check_fields(name: str, fields: npt.ArrayLike, labels: Sequence[str]) -> InputCheck:
    """What each feature of a model does to the mesh, (k, 478, 3), by its label."""
    expected = f"neighbours move alike (below {MOST_CONTIGUITY:g} of 1 for vertices at random)"
    ratios = contiguity(fields)
    known = np.isfinite(ratios)
    if not known.any():
        return InputCheck(name, expected, "no feature moves the face", "unknown")
    worst = int(np.nanargmax(ratios))
    found = f"at most {ratios[worst]:.2f} ({labels[worst]})"
    return InputCheck(name, expected, found, "ok" if ratios[worst] <= MOST_CONTIGUITY else "bad")


def check_pose_unit(given: npt.ArrayLike, measured: npt.ArrayLike) -> InputCheck:
    """The pose that a model was given against that of the mesh in radians, both (n, 3); rows that are NaN are left out.

    The slope of one on the other is 1 in radians and 57.3 in degrees, whatever the zero of either is.
    """
    name, expected = "Unit of the head pose", "radians: slope 1 on the pose of the mesh"
    a, b = np.asarray(given, np.float64), np.asarray(measured, np.float64)
    known = np.isfinite(a).all(axis=1) & np.isfinite(b).all(axis=1)
    a, b = a[known], b[known]
    if len(a) < 2:
        return InputCheck(name, expected, "no frame with both", "unknown")
    largest = float(np.abs(a).max())
    a, b = a - a.mean(axis=0), b - b.mean(axis=0)
    moved = float(np.square(b).sum())
    if moved < len(b) * np.radians(1.0) ** 2:  # it hardly turned: the slope says nothing
        state: State = "bad" if largest > pi else "unknown"
        return InputCheck(name, expected, f"largest angle {largest:.2f}, the head hardly turned", state)
    slope = float(np.vdot(a, b)) / moved
    text = f"slope {slope:.2f}, largest angle {largest:.2f}"
    if slope > _DEGREES / 3 or largest > 2 * pi:
        return InputCheck(name, expected, f"{text}: degrees", "bad")
    return InputCheck(name, expected, text, "ok" if 0.5 < slope < 2.0 else "warning")


def check_lag(curve: LagCurve | None, frame_ms: float | None = None) -> InputCheck:
    """Whether features and meshes are of the same frames."""
    name, expected = "Features and meshes in step", "best shift within half a frame of 0"
    if curve is None or curve.peak is None:
        return InputCheck(name, expected, "nothing is predicted at any shift", "unknown")
    best, now = float(curve.skill.max()), float(curve.skill[len(curve.skill) // 2])
    if not curve.visible:
        return InputCheck(name, expected, f"skill with gain is {now:.2f} at any shift: it cannot be seen", "unknown")
    in_time = "" if frame_ms is None else f", {curve.peak * frame_ms:+.0f} ms"
    beyond = " or more" if curve.at_end else ""
    found = f"best shift {curve.peak:+.1f} frames{beyond}{in_time}"
    if abs(curve.peak) <= 0.5:
        return InputCheck(name, expected, found, "ok")
    found += f": skill with gain {best:.2f} instead of {now:.2f}"
    surely = curve.interval is not None and (curve.interval.low > 0.5 or curve.interval.high < -0.5)
    return InputCheck(name, expected, found, "bad" if surely else "warning")


@dataclass(frozen=True, slots=True, eq=False)
class LabelOrders:
    """Skill with gain under orders of the labels: the filed one, and the others."""

    filed: float
    others: F64  # (m,) of the other orders
    best: IntArray  # (k,) column i should have the features of column best[i]
    best_skill: float

    @property
    def as_good(self) -> int:
        """How many other orders are as good as the filed one."""
        return int((self.others >= self.filed).sum())


def label_orders(
    products: npt.ArrayLike,
    with_observed: npt.ArrayLike,
    gram: npt.ArrayLike,
    observed: float,
    movable: Sequence[int],
    seed: int = 0,
) -> LabelOrders | None:
    """Score the delivered features under other orders of their labels, from sums over frames.

    products, with_observed
        (k, k) sums of f f^T and of f z^T, as in `realtime.geometry.shift_null`.
    gram
        (k, k) C C^T. Of rows that depend on the head pose `products` and `gram` are (t, k, k), by `TurnedRows.terms`.
    observed
        Sum of |y|^2.
    movable
        Columns whose labels may have been permuted: all but neutral.

    All orders of up to seven labels; of more, all exchanges of two and 2,000 drawn ones. None with fewer than two, and
    where the features move nothing.
    """
    ff, fz, g = (np.asarray(values, np.float64) for values in (products, with_observed, gram))
    at, k = list(movable), len(fz)
    if len(at) < 2 or not observed > 0:
        return None
    if factorial(len(at)) <= _MOST_ORDERS:
        tried = np.array(list(permutations(at)))
    else:
        rng = np.random.default_rng(seed)
        swaps = [(i, j) for i in range(len(at)) for j in range(i)]
        exchanged = np.tile(at, (len(swaps), 1))
        for row, (i, j) in zip(exchanged, swaps, strict=True):
            row[[i, j]] = row[[j, i]]
        tried = np.vstack([at, exchanged, [rng.permutation(at) for _ in range(_DRAWN_ORDERS)]])
    orders = np.tile(np.arange(k), (len(tried), 1))
    orders[:, at] = tried
    along = fz[orders, np.arange(k)].sum(axis=1)
    displaced = sum(
        np.einsum("oij,ij->o", one[orders[:, :, None], orders[:, None, :]], by)
        for one, by in zip(ff.reshape(-1, k, k), g.reshape(-1, k, k), strict=True)
    )
    reached = np.square(np.maximum(along, 0.0))
    skills = np.divide(reached, displaced, out=np.zeros(len(orders)), where=displaced > 0) / observed
    if not displaced[0] > 0:
        return None
    best = int(skills.argmax())
    return LabelOrders(float(skills[0]), skills[1:], orders[best], float(skills[best]))


def check_labels(orders: LabelOrders | None, labels: Sequence[str]) -> InputCheck:
    """Whether the features are under their own names."""
    name, expected = "Labels of the features", "at most 5 % of the other orders are as good, and none fits much better"
    if orders is None or max(orders.best_skill, orders.filed) < _LEAST_SKILL:
        return InputCheck(name, expected, "nothing is predicted in any order", "unknown")
    limit = int(_AS_GOOD * len(orders.others))
    share = f"{orders.as_good} of {len(orders.others)} other orders are as good"
    if orders.best_skill - orders.filed <= _LOST_SKILL:
        if orders.as_good <= limit:
            return InputCheck(name, expected, share, "ok")
        return InputCheck(name, expected, f"{share}, more than {limit}: nothing shows that the names matter", "warning")
    moved = [f"{labels[i]} as {labels[at]}" for i, at in enumerate(orders.best) if i != at]
    better = f"skill with gain {orders.best_skill:.2f} instead of {orders.filed:.2f} with {', '.join(moved)}"
    return InputCheck(name, expected, f"{share}; {better}", "bad")


def check_neutrals(
    means: npt.ArrayLike,
    neutrals: npt.ArrayLike,
    spread: npt.ArrayLike,
    people: Sequence[str | None],
    names: Sequence[str],
) -> InputCheck:
    """Whether each recording's neutral is of its own person: no faces of other people are nearer to it.

    means, neutrals
        (r, v, 3) mean observed face and neutral of each recording, in one frame.
    spread
        (v,) variance of each vertex within the recordings: distances are measured in it (Mahalanobis, vertex by
        vertex), since expressions move mouth and jaw farther than people differ.
    people
        Person of each recording; None where it is not known.
    names
        Of the recordings.
    """
    name, expected = "Neutral of the same person", "nearer to this person's faces than to those of others"
    seen, rest = np.asarray(means, np.float64), np.asarray(neutrals, np.float64)
    varied = np.asarray(spread, np.float64)
    weights = 1.0 / np.maximum(varied, 1e-6 * float(varied.max(initial=0.0)) or 1.0)
    wrong, compared, surely = [], 0, False
    for row, person in enumerate(people):
        apart = np.sqrt(np.square(seen - rest[row]).sum(axis=-1) @ weights)
        others = [at for at, other in enumerate(people) if other is not None and other != person]
        if not others:
            continue
        compared += 1
        own = [at for at, other in enumerate(people) if at == row or (person is not None and other == person)]
        nearest = others[int(apart[others].argmin())]
        if apart[nearest] < apart[own].min():
            wrong.append(f"{names[row]} (nearer to the faces of {people[nearest]})")
            surely = surely or bool(apart[nearest] < _MUCH_NEARER * apart[own].min())
    if not compared:
        return InputCheck(name, expected, "no other person to compare with", "unknown")
    found = f"{compared - len(wrong)} of {compared} recordings"
    state: State = "bad" if surely else "warning" if wrong else "ok"
    return InputCheck(name, expected, "; ".join([found, *wrong]), state)
