"""Could the numbers be an error of the program or of a file? The checks of a comparison, for its first setup."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import add

import numpy as np

from realtime.core.compare_report import Check
from realtime.geometry.input_checks import (
    InputCheck,
    check_fields,
    check_labels,
    check_lag,
    check_neutrals,
    check_order,
    check_pose_unit,
    label_orders,
)
from realtime.pipeline.compare.cell_sums import CellSums
from realtime.pipeline.compare.frame_rows import rows_of_features
from realtime.pipeline.compare.lags import lag_of
from realtime.pipeline.compare.linear_maps import turned_rows
from realtime.pipeline.compare.merged_recording import MergedRecording
from realtime.pipeline.compare.scoring import features_named
from realtime.pipeline.compare.setups import F64, Setup


def checks(setups: Sequence[Setup], used: Sequence[MergedRecording]) -> tuple[Check, ...]:
    """All checks, each with what it found; none without a frame."""
    setup = setups[0]
    if not used:
        return ()
    found = [
        check_order("Vertices and axes of the faces", _mean_mesh(setup, [one.numbers[0].total for one in used]),
                    setup.model.mean_mesh),
        check_fields("Vertices of the model", rows_of_features(setup), features_named(setup)),
        _pose(used),
        _lag(used),
        _labels(setup, used),
        _neutrals(setup, used),
    ]  # fmt: skip
    return tuple(Check(name=one.name, found=one.found, expected=one.expected, state=one.state) for one in found)


def _mean_mesh(setup: Setup, totals: Sequence[CellSums]) -> F64:
    total = CellSums.total(totals)
    return setup.model.mean_mesh.astype(np.float64) + total["deviation_raw"] / total.frames


def _pose(used: Sequence[MergedRecording]) -> InputCheck:
    given, measured = (np.concatenate([one.poses[which] for one in used]) for which in (0, 1))
    return check_pose_unit(given, measured)


def _lag(used: Sequence[MergedRecording]) -> InputCheck:
    found = lag_of([one.numbers[0] for one in used])
    return check_lag(None) if found is None else check_lag(*found)


def _labels(setup: Setup, used: Sequence[MergedRecording]) -> InputCheck:
    mode = used[0].numbers[0].mode  # a measured response to the pose replaces the model's own: rows of another kind
    among = [one.numbers[0] for one in used if one.numbers[0].mode == mode]
    sums = [one.labels for one in among if one.labels is not None]
    names = features_named(setup)
    if not sums:
        return check_labels(None, names)
    total = reduce(add, sums)
    grams = turned_rows(setup, mode).grams
    movable = [at for at, rest in enumerate(setup.neutral_inputs.tolist()) if not rest]
    orders = label_orders(total.products, total.with_observed, grams, total.observed, movable)
    return check_labels(orders, names)


def _neutrals(setup: Setup, used: Sequence[MergedRecording]) -> InputCheck:
    among = [one for one in used if one.neutral is not None]
    if not among:
        return InputCheck("Neutral of the same person", "a neutral", "no recording has one", "unknown")
    means = np.stack([_mean_mesh(setup, [one.numbers[0].total]) for one in among])
    neutrals = np.stack([one.neutral for one in among if one.neutral is not None])
    people, names = [one.person for one in among], [one.recording.name for one in among]
    return check_neutrals(means, neutrals, _spread([one.numbers[0].total for one in among]), people, names)


def _spread(totals: Sequence[CellSums]) -> F64:
    """(v,) variance of each vertex within the recordings."""
    deviations = sum(np.square(one["deviation"]).sum(axis=-1) / one.frames for one in totals)
    squares = sum(one["vertex_squares"] for one in totals)
    found: F64 = np.maximum(squares - deviations, 0.0) / sum(one.frames for one in totals)
    return found
