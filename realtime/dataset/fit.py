"""Fits a model of py-feat's family to a data set: the seed's recipe, each step of it on its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from realtime.core.errors import DataSetError
from realtime.core.freed_memory import return_freed_memory, use_one_heap
from realtime.core.process import Notify
from realtime.core.progress import JobProgress
from realtime.core.study_reports import Evaluation, FitReport
from realtime.core.types import EMOTIONS
from realtime.core.version import __version__
from realtime.dataset import phases
from realtime.dataset.aligned import AlignedData
from realtime.dataset.alignment import WORST_PERCENT, Alignment, Mode, align, start_anchors
from realtime.dataset.ceiling import CEILING_FRAMES, ceiling_of
from realtime.dataset.design import folded, mirrored_inputs
from realtime.dataset.evaluation import NOT_EVALUATED, evaluate
from realtime.dataset.evaluator import Evaluator, Mirror
from realtime.dataset.folds import require_scikit_learn
from realtime.dataset.frames import MAX_PITCH_DEG, MAX_YAW_DEG, Frames, read_frames
from realtime.dataset.model_rows import reference_of
from realtime.dataset.null import null_of, sampled_rows
from realtime.dataset.other_tracker import tracker_worth
from realtime.dataset.phases import phases_of_fit
from realtime.dataset.recipes import (
    FULL,
    MODELS,
    Recipe,
    Rows,
    as_published,
    at_pose_zero,
    deployed,
    features_of,
    fit_seed,
)
from realtime.dataset.regression import CUT, LinearFit
from realtime.dataset.table import DataSet, Family, open_data_set
from realtime.geometry import ANCHORS, CanonicalFrame, fit_similarity, mirror_pairs
from realtime.geometry.canonical_face import canonical_face
from realtime.geometry.canonical_frame import CHIN, FOREHEAD
from realtime.geometry.statistics import Statistics
from realtime.model.builtin import action_units
from realtime.model.label_repair import FITTED_BY
from realtime.model.linear import LinearMeshModel, flat
from realtime.model.names import POSE_NAMES
from realtime.model.training import TRAINED_ON, training_contents
from realtime.pipeline.cluster import Cluster

F64 = npt.NDArray[np.float64]

RIGHT_CHEEK, LEFT_CHEEK = 234, 454


@dataclass(frozen=True, slots=True)
class FitOptions:
    """The switches of the recipe."""

    family: Family
    alignment: Mode = "clean"
    frame_of: LinearMeshModel | None = None  # align to the anchors of this model, and keep its axes
    drop_worst: bool = True  # drop the percent of frames whose anchors fit worst
    stretch_y: bool = False  # as the published AU model: give the mean mesh the height of the canonical face
    components: int | None = None  # of a PLS regression; None: least squares, which is one at the rank
    recipe: str = FULL.name  # one of `recipes.MODELS`
    other_tracker: Path | None = None  # a data set of the same recordings, on which the fits are tested as well
    evaluate: bool = True
    workers: int = 2
    cluster: Cluster | None = None  # that reads the data set; None: `workers` threads


def fit_data_set(
    folder: Path, options: FitOptions, notify: Notify, job: JobProgress | None = None
) -> tuple[LinearMeshModel, FitReport]:
    """Fit a model; `notify` is called with what the user has to know, and the phases are added to `job`.

    Raises DataSetError where the folder is no data set or cannot be fit, saying why.
    """
    require_scikit_learn()
    use_one_heap()
    job = job or JobProgress()
    data = open_data_set(folder, options.cluster, job.advance)
    workers = options.workers if options.cluster is None else options.cluster.width
    job.plan(*phases_of_fit(data.frames, workers, evaluated=options.evaluate))
    aligned = _read(data, options, job)
    total, recipe = aligned.sums.all, MODELS[options.recipe]
    used = recipe.inputs(features_of(total.x.size))
    if total.frames <= used:
        raise DataSetError(
            f"{folder}: {total.frames} frames are left for {used} inputs; {used + 1} are needed at least."
        )
    _require_changes(aligned.frames, folder, notify)
    found = fit_seed(total.selected(range(used)), options.components)
    if found.components is not None and found.components < (options.components or 0):
        notify(f"the fit ends at {found.components} components: beyond these nothing is left to fit")
    mirror = _mirror(aligned)
    evaluator = Evaluator(aligned.sums, aligned.cells, mirror, options.components)
    rows = evaluator.make(recipe)
    if rows is None:
        raise DataSetError(
            f"{folder}: the recipe '{options.recipe}' needs three people or recordings; use another one."
        )
    evaluation = _evaluated(aligned, evaluator, mirror, options, job) if options.evaluate else NOT_EVALUATED
    model = _model(aligned, options, found, rows, evaluation)
    frames = aligned.frames
    r2 = total.r2(rows.coef, rows.intercept)
    assert r2 is not None  # the meshes vary, or reading them had been refused
    report = FitReport(
        data_set=str(folder),
        family=options.family,
        tracker=data.metadata.get("tracker", "unknown"),
        features=model.feature_columns,
        mesh=data.metadata.get("mesh", "unknown"),
        sources=data.metadata.get("sources") or "unknown",
        versions=data.metadata.get("versions", "unknown"),
        frames=total.frames,
        frames_dropped=frames.dropped,
        recordings=aligned.recordings,
        people=aligned.people,
        inputs=used,
        rank=found.rank,
        components=found.components,
        recipe=options.recipe,
        method=_method(recipe, found),
        alignment=options.alignment if options.frame_of is None else options.frame_of.name,
        alignment_rounds=aligned.alignment.reference.rounds,
        outer_canthal=CanonicalFrame.of(model.mean_mesh).unit,
        r2_training=r2,
        check=None,
        model=None,
        card=None,
        atlas=None,
        report=None,
        **dict(evaluation),
    )
    return model, report


def _require_changes(frames: Frames, folder: Path, notify: Notify) -> None:
    """Raise DataSetError where no feature varies, and notify where one does not."""
    kept = frames.features[frames.kept]
    still = [name for name, wide in zip(frames.feature_columns, np.ptp(kept, axis=0) > 0, strict=True) if not wide]
    if len(still) == len(frames.feature_columns):
        raise DataSetError(f"{folder}: every feature is the same in all frames; there is nothing to learn from.")
    if still:
        notify(f"{', '.join(still)}: the same in all frames, so nothing is learned of it; its coefficients are 0")


def _read(data: DataSet, options: FitOptions, job: JobProgress) -> AlignedData:
    """Read the data set twice: the anchors, then the meshes."""
    frames, alignment = _aligned_frames(data, options, job)
    return_freed_memory()  # the anchors
    job.begin(phases.SUMS)
    aligned = AlignedData.of(data, frames, alignment, options.workers)
    return aligned if options.frame_of else aligned.mapped(_turned(aligned.mean_mesh, options.stretch_y))


def _aligned_frames(data: DataSet, options: FitOptions, job: JobProgress) -> tuple[Frames, Alignment]:
    job.begin(phases.FEATURES)
    frames, anchors = read_frames(data, options.family, options.workers)
    job.begin(phases.ALIGNMENT)
    start = start_anchors() if options.frame_of is None else reference_of(options.frame_of).points
    return frames, align(data, frames, anchors, options.alignment, start, options.workers, drop=options.drop_worst)


def _turned(mean_mesh: F64, stretch_y: bool) -> F64:
    """(3, 3) that turns the mean mesh to MediaPipe's canonical face, by the rotation that fits its 468 vertices best.

    `stretch_y` then gives it the canonical face's ratio of height to width.
    """
    face = canonical_face()
    rotation: F64 = fit_similarity(mean_mesh[: len(face)], face).rotation
    if not stretch_y:
        return rotation
    return np.diag([1.0, _slimness(face) / _slimness(mean_mesh @ rotation.T), 1.0]) @ rotation


def _slimness(mesh: F64) -> float:
    return float(abs(mesh[FOREHEAD, 1] - mesh[CHIN, 1]) / abs(mesh[RIGHT_CHEEK, 0] - mesh[LEFT_CHEEK, 0]))


def _mirror(aligned: AlignedData) -> Mirror:
    """How the frames look in a mirror."""
    sums, mean = aligned.sums, aligned.mean_mesh
    pairs = mirror_pairs(action_units().mean_mesh)  # which landmark is on the other side is the same for all faces
    plane = float((mean[:, 0] + mean[pairs, 0]).mean() / 2.0)
    places, signs = mirrored_inputs(aligned.frames.feature_columns)

    def mirror(statistics: Statistics) -> Statistics:
        return statistics.mirrored(sums.center, pairs, plane, places, signs)

    return mirror


def _method(recipe: Recipe, found: LinearFit) -> str:
    """How the rows were fit, in words."""
    how = "least squares of minimum norm"
    if found.components is not None:
        how = f"PLS regression with {found.components} components, inputs and outputs standardized"
    if recipe is not FULL:
        how = f"the recipe '{recipe.name}' ({recipe.description})"
    pose = ", pitch, yaw and roll" if recipe.pose else ""
    products = ", and their products" if recipe.products else ""
    return f"{how}, on {len(found.coef)} inputs (features{pose}{products}) of rank {found.rank}"


def _evaluated(
    aligned: AlignedData, evaluator: Evaluator, mirror: Mirror, options: FitOptions, job: JobProgress
) -> Evaluation:
    frames, cells, recipe = aligned.frames, aligned.cells, MODELS[options.recipe]
    third = null = ceiling = None
    rows = [evaluator.rows(recipe, fold, people=False) for fold in range(cells.video_folds)]
    fits = [one for one in rows if one is not None]
    if fits and len(fits) == len(rows):
        job.begin(phases.ERRORS)
        for_null, for_ceiling = sampled_rows(frames), sampled_rows(frames, CEILING_FRAMES)
        sample = np.union1d(for_null, for_ceiling)
        third = aligned.read_again(cells.video, fits, sample)
        job.begin(phases.CHANCE)
        meshes = third.sample[np.searchsorted(sample, for_null)]
        null = null_of(
            frames, cells.video, for_null, meshes, cells.video_folds, recipe, mirror, options.components, job.advance
        )
        job.begin(phases.CEILING)
        by_person = frames.persons_known and cells.person_folds > 0
        folds, groups = (cells.person, frames.person) if by_person else (cells.video, frames.recording)
        meshes = third.sample[np.searchsorted(sample, for_ceiling)]
        ceiling = ceiling_of(frames, folds, groups, for_ceiling, meshes, job.advance)
    job.begin(phases.SCORES)
    other = options.other_tracker
    worth = None if other is None else tracker_worth(aligned, evaluator, recipe, other, options.workers)
    unit = CanonicalFrame.of(aligned.mean_mesh).unit
    live = as_published(recipe) if options.alignment == "as-published" else deployed(recipe)
    forms = recipe, live, at_pose_zero(recipe)
    remarks = [*aligned.remarks(), *_not_scored(recipe, third is not None, evaluator)]
    return evaluate(evaluator, forms, third, null, ceiling, worth, unit, frames.persons_known, remarks)


def _not_scored(recipe: Recipe, by_recording: bool, evaluator: Evaluator) -> Iterator[str]:
    """What is not known of a recipe that takes each person's mean from the training set."""
    if not recipe.of_people or not evaluator.folds(False):
        return
    scores = "the learning curve and the chance level are"
    if not by_recording:
        scores = "R2 by recording, MAE, the parts of the face, the learning curve and the chance level are"
    yield f"The recipe '{recipe.name}' needs all frames of a person in one fold: {scores} not computed for it."


def _model(
    aligned: AlignedData, options: FitOptions, found: LinearFit, rows: Rows, evaluation: Evaluation
) -> LinearMeshModel:
    frames, total, sums = aligned.frames, aligned.sums.all, aligned.sums
    k = features_of(total.x.size)
    names = EMOTIONS if options.family == "emotion" else frames.feature_columns
    intercept = rows.intercept + sums.center
    if options.alignment == "as-published":
        coef = rows.coef[: k + 3]
    else:
        coef = folded(rows.coef, total.x[:k] / total.frames)
    neutral = intercept + (coef[names.index("neutral")] if options.family == "emotion" else 0.0)
    features = frames.features[frames.kept]
    return LinearMeshModel(
        name="fit",
        feature_name=options.family,
        feature_columns=tuple(names),
        pose_columns=POSE_NAMES,
        coef=flat(coef),
        coef_full=flat(rows.coef),
        intercept=flat(intercept),
        mean_mesh=aligned.mean_mesh,
        neutral_mesh=neutral,
        anchors=aligned.alignment.reference.points @ aligned.linear.T,
        anchor_indices=ANCHORS,
        feature_p99=None if options.family == "emotion" else np.percentile(features, 99.0, axis=0),
        metadata=_metadata(aligned, options, found, evaluation),
    )


def _metadata(aligned: AlignedData, options: FitOptions, found: LinearFit, evaluation: Evaluation) -> dict[str, Any]:
    """Every step of the recipe with its numbers."""
    frames, reference = aligned.frames, aligned.alignment.reference
    given, recipe = aligned.data.metadata, MODELS[options.recipe]
    return {
        FITTED_BY: f"meshmirror {__version__}",
        "recipe": options.recipe,
        "method": _method(recipe, found),
        "components": found.components,
        "source": {key: given.get(key, "unknown") for key in ("tracker", "mesh", "sources", "versions")},
        "frames": aligned.sums.all.frames,
        "frames_dropped": frames.dropped,
        TRAINED_ON: training_contents(frames.contents_of(aligned.data)),
        "recordings": aligned.recordings,
        "people": aligned.people,
        "filter": {"yaw_deg": MAX_YAW_DEG, "pitch_deg": MAX_PITCH_DEG},
        "alignment": {
            "mode": options.alignment,
            "frame_of": None if options.frame_of is None else options.frame_of.name,
            "rounds": reference.rounds,
            "change": reference.change,
            "dropped_worst_percent": WORST_PERCENT if options.drop_worst else 0.0,
            "turned": aligned.linear.tolist(),
            "stretched_y": options.stretch_y,
        },
        "renormalized_features": frames.probabilities,
        "inputs": found.coef.shape[0],
        "rank": found.rank,
        "cut": CUT,
        "pose_rows": "as fitted"
        if options.alignment == "as-published" or not recipe.products
        else "with the interactions at the mean features",
        "evaluation": evaluation.to_json() if options.evaluate else None,
    }
