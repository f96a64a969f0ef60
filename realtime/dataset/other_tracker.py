"""What the tracker is worth: fits to meshes of one tracker, tested on another one's of the same recordings."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from realtime.core.errors import DataSetError
from realtime.core.study_reports import TrackerWorth
from realtime.dataset.aligned import AlignedData
from realtime.dataset.alignment import align_to
from realtime.dataset.evaluator import Evaluator, summary
from realtime.dataset.folds import LEFT_OUT, Cells
from realtime.dataset.frames import read_frames
from realtime.dataset.recipes import Recipe, Rows
from realtime.dataset.sums import sum_up
from realtime.dataset.table import open_data_set
from realtime.geometry import CanonicalFrame


def tracker_worth(
    aligned: AlignedData, evaluator: Evaluator, recipe: Recipe, folder: Path, workers: int
) -> TrackerWorth | None:
    """Score the fits of a recipe to a data set on the data set in `folder`, in the frame of the first one.

    Each fit is tested on the recordings that it has not seen. None where there are no folds. Raises DataSetError where
    the two have no recording or not the same features in common.
    """
    count = evaluator.folds(False)
    fits = [evaluator.rows(recipe, fold, people=False) for fold in range(count)]
    found = [one for one in fits if one is not None]
    if not found or len(found) < count:
        return None
    data = open_data_set(folder, aligned.data.cluster)
    frames, anchors = read_frames(data, aligned.frames.family, workers)
    if frames.feature_columns != aligned.frames.feature_columns:
        raise DataSetError(f"{folder}: its features are not those of {aligned.data.folder}; the fits cannot be tested.")
    fold_of = _folds_by_name(aligned)
    folds = np.array([fold_of.get(name, LEFT_OUT) for name in frames.recordings], np.int8)[frames.recording]
    frames.drop("not in the other data set", folds == LEFT_OUT)
    if not frames.kept.any():
        raise DataSetError(f"{folder}: it has no recording of {aligned.data.folder}; they go by their names.")
    reference = aligned.alignment.reference
    alignment = align_to(data, frames, anchors, reference, workers, drop=False).mapped(aligned.linear)
    del anchors
    zeros = np.zeros(len(folds), np.int8)
    sums = sum_up(data, frames, alignment, Cells(folds, zeros, zeros, count, 1), workers)
    moved = aligned.sums.center - sums.center
    fits_here = [Rows(one.coef, one.intercept + moved) for one in found]
    tested = [sums.part(fold, people=False) for fold in range(count)]
    residuals = [part.residual(one.coef, one.intercept) for part, one in zip(tested, fits_here, strict=True)]
    without = []
    for fold, (part, one) in enumerate(zip(tested, fits_here, strict=True)):
        others = [residual for other, residual in enumerate(residuals) if other != fold]
        offset = sum(residual.y for residual in others) / max(sum(residual.frames for residual in others), 1)
        without.append(part.r2(one.coef, one.intercept + offset))
    offset = sum(residual.y for residual in residuals) / sum(residual.frames for residual in residuals)
    unit = CanonicalFrame.of(aligned.mean_mesh).unit
    return TrackerWorth(
        data_set=str(folder),
        tracker=data.metadata.get("tracker", "unknown"),
        frames=sums.all.frames,
        recordings=len(np.unique(frames.recording[frames.kept])),
        own=evaluator.r2(recipe, people=False),
        other=summary(part.r2(one.coef, one.intercept) for part, one in zip(tested, fits_here, strict=True)),
        without_offset=summary(without),
        offset_percent=100.0 * float(np.linalg.norm(offset, axis=-1).mean()) / unit,
    )


def _folds_by_name(aligned: AlignedData) -> dict[str, int]:
    """The fold of every recording that has a kept frame."""
    frames = aligned.frames
    rows = np.flatnonzero(frames.kept)
    used, first = np.unique(frames.recording[rows], return_index=True)
    return {frames.recordings[at]: int(aligned.cells.video[rows[row]]) for at, row in zip(used, first, strict=True)}
