"""Audit of a model: do its columns move the face as their labels claim, and is the rest of it sound?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from realtime.core.types import N_LANDMARKS, Array
from realtime.core.wording import POSE_NOT_IDENTIFIED
from realtime.geometry import CanonicalFrame, asymmetry, fit_similarity
from realtime.model.audit.labels import LabelCheck, LabelFinding, LabelState, check_labels
from realtime.model.builtin import action_units
from realtime.model.emotion_prototypes import prototypes, shared_fields, shared_frame, to_shared
from realtime.model.linear import LinearMeshModel
from realtime.model.names import canonical_name

TEN_DEGREES = float(np.radians(10.0))
LOPSIDED = (0.25, 0.5)  # share of a column's energy without a mirror image: note, bad
_MEAN_NME = (5.0, 15.0)  # mean mesh to the family's, %: note, bad
_REST_NME = (5.0, 20.0)  # predicted face at rest to the mean mesh, %: note, bad
_RANK_TOLERANCE = 1e-5  # of the largest singular value; float32 leaves 1e-7
_CONDITION = 1000.0  # from which on a small error in the mesh makes a large one in the features
FEATURE_SIZE = (0.1, 50.0)  # mean displacement of a feature at 1.0, %: less is nothing, more is no face
_POSE_TIMES = 10.0  # by which ten degrees may move the face more than in py-feat's bundled model


@dataclass(frozen=True, slots=True)
class AuditReport:
    """The results of an audit. Sizes are mean distances over the vertices in % of the canthal distance."""

    model: str
    path: str | None
    sha256: str
    family: str
    labels: LabelCheck | None  # None where there is no reference for the labels
    verdict: LabelFinding  # on the labels
    findings: tuple[LabelFinding, ...]  # on the rest
    asymmetry: Mapping[str, float]  # by feature: share of the displacement's energy that its mirror image lacks
    feature_sizes: Mapping[str, float]  # by feature: displacement at 1.0
    pose_sizes: Mapping[str, float]  # by angle: displacement at 10 degrees
    unit: float  # distance of the outer canthi, model units
    mean_nme: float | None  # distance of the mean mesh to the family's after a similarity; None where there is none
    rank: int  # of the displacements of all features but neutral and unsupported ones
    condition: float | None  # their largest singular value over the smallest; None where they are not independent

    @property
    def state(self) -> LabelState:
        """The worst of all findings."""
        states = {finding.state for finding in (self.verdict, *self.findings)}
        return "bad" if "bad" in states else "note" if "note" in states else "ok"

    def to_json(self) -> dict[str, Any]:
        """One object; every number finite."""
        return {
            "model": self.model,
            "path": self.path,
            "sha256": self.sha256,
            "family": self.family,
            "state": self.state,
            "labels_permuted": None if self.labels is None else self.labels.permuted,
            "assignment": None if self.labels is None else dict(self.labels.assignment),
            "labels": None if self.labels is None else self.labels.to_json(),
            "findings": [finding.to_json() for finding in (self.verdict, *self.findings)],
            "asymmetry": dict(self.asymmetry),
            "feature_sizes": dict(self.feature_sizes),
            "pose_sizes_10_deg": dict(self.pose_sizes),
            "unit": self.unit,
            "mean_mesh_nme": self.mean_nme,
            "rank": self.rank,
            "condition": self.condition,
        }


def check(model: LinearMeshModel) -> AuditReport:
    """Audit a model as it is; see docs/checking-models.md for each measure."""
    frame = CanonicalFrame.of(model.mean_mesh)
    rows = shared_fields(model)
    labels, verdict = check_labels(model, rows)
    neutral = _neutral(model, labels)
    fields = displacements(model, labels)
    sizes = dict(zip(model.feature_columns, _size(fields), strict=True))
    tilts = to_shared(model.coef[len(rows) :], shared_frame(model)) * TEN_DEGREES
    poses = dict(zip(model.pose_columns, _size(tilts), strict=True))
    lopsided = _asymmetry(model.feature_columns, fields)
    mean_nme = _mean_nme(model)
    acting = [name for name in model.feature_columns if name != neutral and name not in model.unsupported_features]
    values = _singular_values(fields[[model.feature_columns.index(name) for name in acting]])
    rank = int((values > _RANK_TOLERANCE * values.max(initial=0.0)).sum())
    condition = float(values[0] / values[-1]) if rank and rank == len(acting) else None
    return AuditReport(
        model=model.name,
        path=None if model.path is None else str(model.path),
        sha256=model.sha256,
        family=model.feature_name,
        labels=labels,
        verdict=verdict,
        findings=(
            _frame_finding(frame, mean_nme),
            *_anatomy_findings(labels),
            _rest_finding(model, neutral, frame),
            _symmetry_finding(lopsided),
            _independence_finding(rank, condition, len(acting)),
            _size_finding({name: sizes[name] for name in acting}),
            _pose_finding(sizes, poses, identified=model.has_interactions),
        ),
        asymmetry=lopsided,
        feature_sizes=sizes,
        pose_sizes=poses,
        unit=frame.unit,
        mean_nme=mean_nme,
        rank=rank,
        condition=condition,
    )


def displacements(model: LinearMeshModel, labels: LabelCheck | None = None) -> Array:
    """What each feature at 1.0 does to the face at rest: (k, 478, 3) in the shared frame, % of the canthal distance.

    labels
        What was found about the labels, so that neutral is the column that really is; None trusts the file.
    """
    rows = shared_fields(model)
    neutral = _neutral(model, labels)
    return rows if neutral is None else rows - rows[model.feature_columns.index(neutral)]


def _neutral(model: LinearMeshModel, labels: LabelCheck | None) -> str | None:
    """The feature that is the face at rest, whatever its label; None in families that rest at zero."""
    taken = {} if labels is None else labels.assignment
    return next((name for name in model.feature_columns if canonical_name(taken.get(name, name)) == "neutral"), None)


def _grade(value: float, limits: tuple[float, float]) -> LabelState:
    return "ok" if value < limits[0] else "note" if value < limits[1] else "bad"


def _digits(size: float) -> str:
    """Two digits at least, and no exponent: "0.95", "58", "698"."""
    return f"{size:.2g}" if size < 99.5 else f"{size:,.0f}"


def _size(fields: Array) -> list[float]:
    sizes: list[float] = np.linalg.norm(fields, axis=-1).mean(axis=-1).tolist()
    return sizes


def _mean_nme(model: LinearMeshModel) -> float | None:
    family = prototypes().frame
    theirs = action_units().mean_mesh.astype(np.float64)
    moved = fit_similarity(model.mean_mesh, theirs).apply(model.mean_mesh.astype(np.float64))
    nme = float(np.linalg.norm(moved - theirs, axis=1).mean() * 100.0 / family.unit)
    return nme if np.isfinite(nme) else None


def _frame_finding(frame: CanonicalFrame, nme: float | None) -> LabelFinding:
    names = []
    for side, axis in zip(("left", "up", "forward"), frame.axes, strict=True):
        at = int(np.abs(axis).argmax())
        tilt = float(np.degrees(np.arccos(min(1.0, abs(float(axis[at]))))))
        names.append(f"{'+' if axis[at] > 0 else '-'}{'xyz'[at]} {side}" + (f" ({tilt:.0f}° off)" if tilt >= 1 else ""))
    text = f"Axes {', '.join(names)}; outer canthi {frame.unit:.4g} units apart; the mean mesh "
    if nme is None:
        return LabelFinding(
            "frame", "bad", text + "cannot be superimposed on that of py-feat's bundled model: no face."
        )
    return LabelFinding("frame", _grade(nme, _MEAN_NME), text + f"is {nme:.1f} % from that of py-feat's bundled model.")


def _anatomy_findings(labels: LabelCheck | None) -> list[LabelFinding]:
    done = [movement.state for column in (labels.columns if labels else ()) for movement in column.movements]
    if not done:
        return []
    as_expected = done.count("as expected")
    text = f"{as_expected} of {len(done)} movements are as anatomy expects, {done.count('against')} against it."
    return [LabelFinding("anatomy", "ok" if as_expected > len(done) / 2 else "note", text)]


def _rest_finding(model: LinearMeshModel, neutral: str | None, frame: CanonicalFrame) -> LabelFinding:
    at_rest = model.predict(None if neutral is None else {neutral: 1.0})
    apart = at_rest.astype(np.float64) - model.mean_mesh
    nme = float(np.linalg.norm(apart, axis=1).mean() * 100.0 / frame.unit)
    state = _grade(nme, _REST_NME)
    text = f"The face that it predicts at rest is {nme:.1f} % from its mean mesh"
    return LabelFinding("face at rest", state, text + (": no face." if state == "bad" else "."))


def _asymmetry(names: tuple[str, ...], fields: Array) -> dict[str, float]:
    """Each column against its own mirror image, or against the one for the other side where there are two."""
    pairs = prototypes().pairs
    at = {name: index for index, name in enumerate(names)}
    found = {}
    for name, field in zip(names, fields, strict=True):
        other = name.replace("Left", "Right") if "Left" in name else name.replace("Right", "Left")
        found[name] = float(asymmetry(field, pairs, fields[at.get(other, at[name])]))
    return found


def _symmetry_finding(lopsided: Mapping[str, float]) -> LabelFinding:
    name = max(lopsided, key=lambda key: lopsided[key])
    return LabelFinding(
        "left and right", _grade(lopsided[name], LOPSIDED),
        f"At most {100 * lopsided[name]:.0f} % of a column's energy has no mirror image ({name}).",
    )  # fmt: skip


def _singular_values(fields: Array) -> Array:
    values: Array = np.linalg.svd(fields.reshape(len(fields), 3 * N_LANDMARKS), compute_uv=False)
    return values


def _independence_finding(rank: int, condition: float | None, count: int) -> LabelFinding:
    if condition is None:
        text = f"Only {rank} of {count} displacements are independent: columns are empty or repeat each other."
        return LabelFinding("independence", "note", text)
    text = f"{rank} independent displacements, condition number {condition:.1f}."
    return LabelFinding("independence", "note" if condition > _CONDITION else "ok", text)


def _size_finding(sizes: Mapping[str, float]) -> LabelFinding:
    if not sizes:
        return LabelFinding("feature rows", "bad", "There is no feature that moves the face.")
    least, most = min(sizes, key=lambda key: sizes[key]), max(sizes, key=lambda key: sizes[key])
    state: LabelState = "bad" if sizes[most] > FEATURE_SIZE[1] else "note" if sizes[least] < FEATURE_SIZE[0] else "ok"
    moved = f"{_digits(sizes[least])} % ({least}) to {_digits(sizes[most])} % ({most})"
    beyond = f" No face moves by more than {FEATURE_SIZE[1]:g} %." if state == "bad" else ""
    return LabelFinding("feature rows", state, f"At 1.0 they move the face by {moved}.{beyond}")


def _pose_finding(sizes: Mapping[str, float], poses: Mapping[str, float], *, identified: bool) -> LabelFinding:
    """A wrong sign or degrees for radians swamps all features; the rows' size at least shows the latter.

    `identified`: the file has the interactions of features and pose. Where it has not, that is no fault of the rows.
    """
    family = action_units()
    rows = to_shared(family.coef[len(family.feature_columns) :], prototypes().frame)
    usual = max(_size(rows * TEN_DEGREES))
    largest = max(poses.values())
    text = "Ten degrees move the face by " + ", ".join(f"{_digits(size)} % ({name})" for name, size in poses.items())
    text += f"; the largest feature by {_digits(max(sizes.values()))} %."
    if largest > _POSE_TIMES * usual:
        state: LabelState = "bad"
        text += f" That is {largest / usual:.0f} times the usual: these rows are not per radian."
    elif largest < 1e-6 * usual:
        state, text = "note", "The head pose moves nothing."
    elif largest < usual / _POSE_TIMES and usual / 4 < np.degrees(1) * largest < usual * 4:
        state = "note"
        text += " They seem to be per degree; the program uses radians."
    else:
        state = "ok"
    if not identified:
        text += f" {POSE_NOT_IDENTIFIED.capitalize()}."
    return LabelFinding("pose rows", state, text)
