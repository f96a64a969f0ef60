"""Scores of a model of the family on a data set: nothing is fit, and the frame is the model's own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from realtime.core.freed_memory import use_one_heap
from realtime.core.progress import JobProgress
from realtime.core.study_reports import ModelReport, ModelScores
from realtime.dataset import phases
from realtime.dataset.aligned import AlignedData
from realtime.dataset.alignment import align_to
from realtime.dataset.folds import require_scikit_learn
from realtime.dataset.frames import read_frames
from realtime.dataset.model_rows import forms_of, reference_of, select_features
from realtime.dataset.phases import phases_of_scoring
from realtime.dataset.recipes import Rows
from realtime.dataset.table import Family, open_data_set
from realtime.geometry import CanonicalFrame, regions
from realtime.geometry.statistics import F64, Statistics
from realtime.model.linear import LinearMeshModel
from realtime.model.names import family_of
from realtime.pipeline.cluster import Cluster


def evaluate_model(
    folder: Path,
    model: LinearMeshModel,
    workers: int,
    job: JobProgress | None = None,
    cluster: Cluster | None = None,
) -> ModelReport:
    """Score a model on all frames of a data set, aligned to the model's own anchors. `cluster` reads it, else threads;
    the phases are added to `job`.

    Raises DataSetError where the folder is no data set, or lacks a feature of the model, and
    ModelFileError where the model has other anchors.
    """
    require_scikit_learn()
    use_one_heap()
    job = job or JobProgress()
    reference = reference_of(model)
    data = open_data_set(folder, cluster, job.advance)
    job.plan(*phases_of_scoring(data.frames, workers if cluster is None else cluster.width))
    family: Family = family_of(model.feature_columns)  # type: ignore[assignment]
    job.begin(phases.FEATURES)
    frames, shapes = read_frames(data, family, workers)
    select_features(frames, model, folder)
    job.begin(phases.ALIGNMENT)
    alignment = align_to(data, frames, shapes, reference, workers, drop=False)
    del shapes
    job.begin(phases.SUMS)
    aligned = AlignedData.of(data, frames, alignment, workers)
    forms = forms_of(model, aligned.sums.center)
    best = forms.get("full") or forms["deployed_live"]
    job.begin(phases.ERRORS)
    nothing = np.zeros(0, np.int64)
    mae = aligned.read_again(np.zeros(len(frames.kept), np.int8), [best], nothing).mae
    total, unit = aligned.sums.all, CanonicalFrame.of(model.mean_mesh).unit
    people = Statistics.total(one for _, one in sorted(aligned.sums.people.items()))
    return ModelReport(
        data_set=str(folder),
        model=model.name,
        tracker=data.metadata.get("tracker", "unknown"),
        frames=total.frames,
        frames_dropped=frames.dropped,
        recordings=aligned.recordings,
        people=aligned.people,
        r2=_scores(forms, total),
        r2_within=_scores(forms, total, people),
        r2_without_offset=_without_offset(forms, aligned),
        offset_percent=100.0 * float(np.linalg.norm(_offset([total], best), axis=-1).mean()) / unit,
        regions={name: total.r2(best.coef, best.intercept, vertices) for name, vertices in regions().items()},
        mae=mae,
        mae_percent=100.0 * mae / unit,
        remarks=tuple(_remarks(aligned, model)),
    )


def _scores(forms: dict[str, Rows], total: Statistics, people: Statistics | None = None) -> ModelScores:
    """R2 of each form; with `people`, with each person's mean taken out of both sides."""

    def score(name: str) -> float | None:
        rows = forms.get(name)
        if rows is None:
            return None
        if people is None:
            return total.r2(rows.coef, rows.intercept)
        return total.r2_within(people, rows.coef, rows.intercept)

    return ModelScores(full=score("full"), deployed_live=score("deployed_live"), deployed_zero=score("deployed_zero"))


def _without_offset(forms: dict[str, Rows], aligned: AlignedData) -> ModelScores:
    """R2 of each form with the constant difference taken out that the other folds of recordings show."""
    count, variation = aligned.cells.video_folds, float(aligned.sums.all.variation.sum())
    tested = [aligned.sums.part(fold, people=False) for fold in range(count)]

    def score(name: str) -> float | None:
        rows = forms.get(name)
        if rows is None or not tested or not variation > 0:
            return None
        error = 0.0
        for fold, part in enumerate(tested):
            others = [other for number, other in enumerate(tested) if number != fold]
            error += float(part.squared_error(rows.coef, rows.intercept + _offset(others, rows)).sum())
        return 1.0 - error / variation

    return ModelScores(full=score("full"), deployed_live=score("deployed_live"), deployed_zero=score("deployed_zero"))


def _offset(some: Sequence[Statistics], rows: Rows) -> F64:
    """(478, 3) the mean difference of the meshes to the predictions."""
    total = Statistics.total(some)
    offset: F64 = total.residual(rows.coef, rows.intercept).y / total.frames
    return offset


def _remarks(aligned: AlignedData, model: LinearMeshModel) -> Iterable[str]:
    if aligned.people is None:
        yield "The data set names no people: each recording counts as one, and its mean is taken out instead."
    if model.feature_p99 is not None:
        yield f"Features are not clipped to the model's limits here, as {model.name} is where it is used."
    yield "Whether the model was fit on these recordings is not known: then the scores are no held-out ones."
