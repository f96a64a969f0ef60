"""A model of one person from the person's own sessions, shrunk towards a model of many people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from realtime.core.errors import DataSetError
from realtime.core.process import Notify
from realtime.core.study_reports import HeldOutR2, PersonalReport
from realtime.core.types import Array
from realtime.core.version import __version__
from realtime.dataset.aligned import require_faces
from realtime.dataset.alignment import WORST_PERCENT, align_to
from realtime.dataset.design import folded
from realtime.dataset.frames import MAX_PITCH_DEG, MAX_YAW_DEG, Frames, person_of, read_frames
from realtime.dataset.model_rows import forms_of, reference_of, select_features
from realtime.dataset.recipes import Rows, features_of
from realtime.dataset.sessions_apart import (
    Fold,
    FoldsOf,
    cells_of_sessions,
    errors_by_neutral,
    errors_of_each,
    fit_all,
    folds_of,
)
from realtime.dataset.shrinkage import PENALTIES, spread_of
from realtime.dataset.sums import sum_up
from realtime.dataset.table import DataSet, Family, open_data_set
from realtime.geometry.statistics import F64, Statistics
from realtime.model.label_repair import FITTED_BY
from realtime.model.linear import LinearMeshModel, flat
from realtime.model.names import POSE_NAMES, family_of
from realtime.model.personal import HELD_OUT, OF
from realtime.model.training import TRAINED_ON, training_contents

if TYPE_CHECKING:
    import pyarrow as pa

LEAST_FRAMES = 50  # five blocks of ten: less holds nothing out
_LEAST_OF_SESSION = 10
_HARDLY = 0.02  # standard deviation below which a feature tells nothing of the face
_FEW_FOLDS = 5
_NOT_FIT = "Not fit, since"
# 97.5th percentiles of Student's t with 1, 2 ... degrees of freedom, one less than the folds.
_T95 = (12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26)


@dataclass(frozen=True, slots=True)
class PersonalOptions:
    """The switches of a personal fit."""

    of: LinearMeshModel
    drop_worst: bool = True  # drop the percent of frames whose anchors fit worst
    workers: int = 2


def fit_personal(folder: Path, options: PersonalOptions, notify: Notify) -> tuple[LinearMeshModel, PersonalReport]:
    """Fit a model to a data set of one person; each recording of it is a session.

    The inputs are those of every fit, features, pose and their products; the coefficients are shrunk towards those of
    `options.of` as it is used by default, and its frame, anchors and features are kept. Raises DataSetError where the
    folder is no data set of one person, or has too little of it.
    """
    of = options.of
    reference = reference_of(of)
    data = open_data_set(folder)
    family: Family = family_of(of.feature_columns)  # type: ignore[assignment]
    notify(f"reading {data.frames:,} frames: anchors and features")
    frames, shapes = read_frames(data, family, options.workers)
    left_out = _prepare(data, frames, of)
    alignment = align_to(data, frames, shapes, reference, options.workers, drop=options.drop_worst)
    stamps = np.concatenate(list(data.read(["stamp_ns"], _stamps)))
    notify("reading the meshes: sums of products")
    sums = sum_up(data, frames, alignment, cells_of_sessions(frames, stamps), options.workers)
    require_faces(data, sums)
    given = _as_used(of, sums.center)
    kind, folds = folds_of(sums, given)
    if min(fold.variation for fold in folds) <= 0:
        raise DataSetError(f"{folder}: the meshes of a session are all the same; there is nothing to fit.")
    notify("cross-validation over the sessions")
    penalty, fits = fit_all(folds)
    total = Statistics.total(fold.total for fold in folds)
    report = _report(data, frames, of, folds, penalty, kind)
    report = report.model_copy(update={"remarks": tuple(_remarks(report, frames, of, total, left_out))})
    metadata = _metadata(options, report, frames.contents_of(data))
    return _model(of, given, fits.change(penalty), sums.center, total, metadata), report


def _stamps(batch: pa.RecordBatch) -> Array:
    return np.asarray(batch.column("stamp_ns").to_numpy(zero_copy_only=False), np.float64)


def _prepare(data: DataSet, frames: Frames, of: LinearMeshModel) -> tuple[str, ...]:
    """Keep what the fit can use; the sessions of which nothing is left."""
    _require_one_person(data, frames, of)
    select_features(frames, of, data.folder)
    if of.feature_p99 is not None and family_of(of.feature_columns) != "au":  # as the model itself does with its inputs
        clipped = np.clip(frames.features, 0.0, of.feature_p99)
        frames.probabilities &= bool((clipped == frames.features)[frames.kept].all())
        frames.features = clipped
    counts = np.bincount(frames.recording[frames.kept], minlength=len(frames.recordings))
    short = (counts < _LEAST_OF_SESSION)[frames.recording]
    frames.drop(f"of sessions with fewer than {_LEAST_OF_SESSION} frames", short)
    left = int(frames.kept.sum())
    if left < LEAST_FRAMES:
        reasons = "; ".join(f"{count:,} {reason}" for reason, count in frames.dropped.items() if count)
        raise DataSetError(
            f"{data.folder}: {left} frames can be used, a personal model needs {LEAST_FRAMES} at least. "
            f"{f'Dropped: {reasons}. ' if reasons else ''}Record half a minute or more, with the expressions that "
            "shall be yours."
        )
    known = np.bincount(frames.recording[np.isfinite(frames.features).all(axis=1)], minlength=len(counts))
    return tuple(
        name if known[at] else f"{name} (without features; emotions that were fitted to the mesh are none)"
        for at, name in enumerate(frames.recordings)
        if counts[at] < _LEAST_OF_SESSION
    )


def _require_one_person(data: DataSet, frames: Frames, of: LinearMeshModel) -> None:
    """Raise DataSetError where the recordings name several people, or some of them nobody."""
    people, nameless = sorted(_named(frames)), _nameless(frames)
    if len(people) > 1:
        raise DataSetError(
            f"{data.folder}: these are sessions of {len(people)} people ({', '.join(people[:5])}"
            f"{' ...' if len(people) > 5 else ''}); a personal model is of one. Give the sessions of one person."
        )
    if people and nameless:
        some = f"{', '.join(nameless[:5])}{' ...' if len(nameless) > 5 else ''}"
        raise DataSetError(
            f"{data.folder}: {some} {'names' if len(nameless) == 1 else 'name'} no person, the others are of "
            f"{people[0]}; a personal model is of one. If all are of {people[0]}, say so in a table with the columns "
            f"recording,person: `meshmirror extract SESSION ... --people FILE.csv --out me`, then `meshmirror fit me "
            f"--personal {of.name}`."
        )


def _nameless(frames: Frames) -> list[str]:
    """The recordings that name nobody, where others do."""
    if not frames.persons_known:
        return []
    return [name for name in frames.recordings if person_of(name) in frames.people]


def _named(frames: Frames) -> set[str]:
    """The people who are named."""
    if not frames.persons_known:
        return set()
    return set(frames.people) - {person_of(name) for name in frames.recordings} - {""}


def _as_used(of: LinearMeshModel, center: F64) -> Rows:
    """The model in the form in which it is used unless something else is asked for."""
    forms = forms_of(of, center)
    return forms["full"] if of.default_pose == "live" else forms["deployed_zero"]


def _report(
    data: DataSet,
    frames: Frames,
    of: LinearMeshModel,
    folds: tuple[Fold, ...],
    penalty: float,
    kind: FoldsOf,
) -> PersonalReport:
    variation = np.array([fold.variation for fold in folds])
    k, only_neutral = len(of.feature_columns), bool(np.isinf(penalty))

    def score(errors: F64) -> HeldOutR2:
        found = 1.0 - errors / variation
        return HeldOutR2(r2=float(1.0 - errors.sum() / variation.sum()), folds=tuple(found.tolist()))

    errors, by_neutral = errors_of_each(folds), errors_by_neutral(folds)
    personal, own_neutral = score(errors), score(by_neutral)
    gain, error = _ratio(by_neutral - errors, variation)
    times = _T95[min(len(folds) - 2, len(_T95) - 1)]
    beyond_chance = gain > times * error
    named = sorted(_named(frames))
    return PersonalReport(
        of=of.name,
        family=frames.family,
        person=named[0] if named else None,
        tracker=data.metadata.get("tracker") or "unknown",
        sources=data.metadata.get("sources") or "unknown",
        sessions=len(np.unique(frames.recording[frames.kept])),
        frames=int(frames.kept.sum()),
        frames_dropped=frames.dropped,
        folds=len(folds),
        folds_of=kind,
        strength=None if only_neutral else penalty,
        personal=personal,
        neutral_and_pose=score(errors_of_each(folds, range(k, k + 3))),
        own_neutral=own_neutral,
        model_itself=score(np.array([float(np.einsum("vii->", fold.total.yy)) for fold in folds])),
        gain=gain,
        gain_error=error,
        better=not only_neutral and beyond_chance,
        verdict=_verdict(
            of.name, gain, error, f"{len(folds)} {kind}", times, only_neutral=only_neutral, beyond_chance=beyond_chance
        ),
        remarks=(),
        check=None,
        model=None,
        card=None,
    )


def _ratio(parts: F64, of: F64) -> tuple[float, float]:
    """The sum of some parts in units of the sum of others, and its standard error by the spread between the parts."""
    found, n = float(parts.sum() / of.sum()), len(parts)
    return found, float(np.sqrt(n / (n - 1) * ((parts - found * of) ** 2).sum()) / of.sum())


def _verdict(
    name: str, gain: float, error: float, folds: str, times: float, *, only_neutral: bool, beyond_chance: bool
) -> str:
    alone = f"{name} with your own neutral"
    if only_neutral:
        return f"Held out nothing is better than {alone}, and that is what was written."
    if gain <= 0.0:
        return f"Held out it is no better than {alone} (R2 {gain:+.4f} ± {error:.4f})."
    if not beyond_chance:
        return (
            f"Held out it is not better than {alone} by more than chance may do (R2 {gain:+.4f} ± {error:.4f}): "
            f"{folds} show only what is {times:.2g} standard errors above 0. Record more sessions."
        )
    return f"Held out it is better than {alone} (R2 {gain:+.4f} ± {error:.4f})."


def _remarks(
    report: PersonalReport, frames: Frames, of: LinearMeshModel, total: Statistics, left_out: tuple[str, ...]
) -> Iterator[str]:
    """What the numbers cannot show."""
    if left_out:
        some = f"{', '.join(left_out[:5])}{' ...' if len(left_out) > 5 else ''}"
        yield f"{_NOT_FIT} fewer than {_LEAST_OF_SESSION} frames of it can be used: {some}."
    if report.folds_of == "blocks of one session":
        yield (
            "One session: what is held out are blocks of it, of the same light, camera and minutes. What the model is "
            "worth in another session is not known; record at least two."
        )
    elif report.folds < _FEW_FOLDS:
        yield f"{report.folds} sessions: the standard error of the gain is a rough one."
    still = spread_of(total)[: len(of.feature_columns)] < _HARDLY
    names = [name for name, hardly in zip(of.feature_columns, still, strict=True) if hardly]
    if len(names) == len(still):
        yield (
            f"No feature varies in these sessions (standard deviation below {_HARDLY:g}): how expressions move the "
            f"face is {of.name}'s, and only your neutral and your response to the pose can be yours."
        )
    elif names:
        yield f"Hardly any {', '.join(names)} in these sessions: how they move the face is {of.name}'s."
    pose, own = report.neutral_and_pose, report.own_neutral
    if report.better and pose.r2 > own.r2:
        share = min(1.0, (pose.r2 - own.r2) / max(report.personal.r2 - own.r2, 1e-12))
        yield f"{100 * share:.0f} % of the gain comes with the response to the head pose alone, without any expression."
    if not frames.persons_known:
        yield "The sessions name no person; whether all are of the same one was not checked."


def _model(
    of: LinearMeshModel, given: Rows, change: Rows, center: F64, total: Statistics, metadata: dict[str, Any]
) -> LinearMeshModel:
    """The model with its frame and features; its own neutral is what it predicts."""
    coef, k = given.coef + change.coef, features_of(len(given.coef))
    report = metadata[HELD_OUT]
    card = (
        f"A personal model: the features of {of.name} and the head pose -> 478 vertices, fit to {metadata['frames']:,} "
        f"frames of {metadata['sessions']} session(s) of one person and shrunk towards {of.name}, in its frame. "
        f"Held-out R2 ({report['folds']} {report['folds_of']}): {report['personal']:.4f}; {of.name} with the person's "
        f"own neutral {report['own_neutral']:.4f}, as it is {report['model_itself']:.4f}. Of no use for other people."
    )
    return LinearMeshModel(
        name="personal",
        feature_name=of.feature_name,
        feature_columns=of.feature_columns,
        pose_columns=POSE_NAMES,
        coef=flat(folded(coef, total.x[:k] / total.frames)),
        coef_full=flat(coef),
        intercept=flat(given.intercept + change.intercept + center),
        mean_mesh=of.mean_mesh,  # it defines the axes and the unit of the frame, which shall be the same
        anchors=of.anchors,
        anchor_indices=of.anchor_indices,
        feature_p99=of.feature_p99,
        unsupported_features=of.unsupported_features,
        card=card,
        metadata=metadata,
    )


def _metadata(options: PersonalOptions, report: PersonalReport, contents: list[str]) -> dict[str, Any]:
    """How it was made, and what it is worth beside what; no names of people, sessions or folders."""
    of = options.of
    kept = {key: of.metadata[key] for key in ("features_are", "z_corrected") if key in of.metadata}
    return {
        **kept,
        FITTED_BY: f"meshmirror {__version__}",
        "recipe": "ridge regression of the residual of a model on [features | pose | pose x features]",
        OF: {"name": of.name, "sha256": of.sha256 or None},
        "strength": report.strength,
        "strengths_tried": f"{PENALTIES[0]:g} to {PENALTIES[-2]:g} in steps of half a decade, and null: infinite",
        HELD_OUT: {
            "folds": report.folds,
            "folds_of": report.folds_of,
            "personal": report.personal.r2,
            "neutral_and_pose": report.neutral_and_pose.r2,
            "own_neutral": report.own_neutral.r2,
            "model_itself": report.model_itself.r2,
            "gain": report.gain,
            "gain_error": report.gain_error,
            "better": report.better,
        },
        "source": {"tracker": report.tracker, "sources": report.sources},
        TRAINED_ON: training_contents(contents),
        "sessions": report.sessions,
        "frames": report.frames,
        "frames_dropped": report.frames_dropped,
        "filter": {"yaw_deg": MAX_YAW_DEG, "pitch_deg": MAX_PITCH_DEG},
        "dropped_worst_percent": WORST_PERCENT if options.drop_worst else 0.0,
        "mean_aligned_mesh": f"of {of.name}: it defines the axes of the frame",
        "pose_rows": "with the interactions at the mean features",
        "remarks": [remark for remark in report.remarks if not remark.startswith(_NOT_FIT)],  # it names sessions
    }
