"""What is kept in memory of one recording under one setup: all that scores of any set of recordings need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np

from realtime.core.types import EMOTIONS, FloatArray
from realtime.detect.feature_sources import InverseSource
from realtime.geometry.autocorrelation import effective_size
from realtime.geometry.error_distribution import ErrorDistribution
from realtime.geometry.lag import LagSums, lag_sums
from realtime.geometry.oracles import OracleSums
from realtime.geometry.shift_null import ShiftSums, least_shift, shift_sums
from realtime.geometry.statistics import Statistics
from realtime.pipeline.compare.cell_sums import CellSums
from realtime.pipeline.compare.comparison import BLOCKS
from realtime.pipeline.compare.frame_series import FrameSeries
from realtime.pipeline.compare.linear_maps import oracles_of
from realtime.pipeline.compare.setups import F64, Setup
from realtime.pipeline.compare.spool import Bools
from realtime.pipeline.predictor import PoseMode

# Sums of some frames, in this order: see `frame_sums`.
FRAME_SUMS = (
    "frames", "nme", "nme_adjusted", "sse", "baseline", "floor", "rest", "along", "displaced", "noise",
)  # fmt: skip
_POSE_EDGES = (0.0, 5.0, 10.0, 20.0, 30.0, 90.0)  # degrees of pitch or yaw, whichever is larger
_SIZE_EDGES = (0.0, 40.0, 60.0, 80.0, 120.0, 180.0, np.inf)  # outer-canthal distance, pixels


@dataclass(frozen=True, slots=True, eq=False)
class LabelSums:
    """Sums over frames of the features from rest f and of the projections z, for `label_orders`; they can be added."""

    products: F64  # (t, k, k) f f^T times each of `TurnedRows.terms`
    with_observed: F64  # (k, k) f z^T
    observed: float  # |y|^2

    def __add__(self, other: LabelSums) -> LabelSums:
        """Of the frames of both."""
        return LabelSums(
            self.products + other.products,
            self.with_observed + other.with_observed,
            self.observed + other.observed,
        )


@dataclass(frozen=True, slots=True, eq=False)
class SharedOffset:
    """The offset that a recording's faces have in common with those of other people."""

    offset: F64 | None = None  # (478, 3) model units; None: not known
    note: str = ""  # how it is known, or why it is not


@dataclass(frozen=True, eq=False)
class RecordingNumbers:
    """One recording under one setup."""

    name: str
    person: str | None
    setup: Setup
    mode: PoseMode  # of the scores
    cells: Mapping[tuple[str, bool], CellSums]  # by emotion and whether amber
    poses: Mapping[str, CellSums]  # of the other pose mode
    distributions: Mapping[str, ErrorDistribution]  # of "delivered", "baseline" and "floor"
    slices: Mapping[tuple[str, str], F64]  # (10,) `FRAME_SUMS` by kind and name
    blocks: F64  # (B, 10) the same by block in time
    excluded: Mapping[str, F64]  # the same of frames in no score, by reason
    emotions: Mapping[str, ErrorDistribution]
    emotion_blocks: Mapping[str, F64]  # (B, 10) as `blocks`, of the frames of an emotion
    effective: Mapping[str, float]  # effective frames: of all (""), and of an emotion
    lag: LagSums | None
    lag_blocks: Sequence[LagSums]  # the same by block in time, which add up to it
    shifts: ShiftSums | None
    oracles: OracleSums | None  # squared errors, were one cause fixed
    chance: Mapping[str, F64]  # of fits: what `RandomFits` kept
    labels: LabelSums | None  # for other orders of the labels
    shared: SharedOffset
    frame_seconds: float | None

    @property
    def total(self) -> CellSums:
        """All its frames in the scores."""
        return CellSums.total(self.cells[key] for key in sorted(self.cells))

    def of_emotion(self, emotion: str) -> CellSums:
        """Those of an emotion."""
        return CellSums.total(self.cells[key] for key in sorted(self.cells) if key[0] == emotion)

    def among_emotion(self, emotion: str) -> RecordingNumbers:
        """The same recording with no other frames than those of an emotion, for its total and its blocks."""
        cells = {key: one for key, one in self.cells.items() if key[0] == emotion}
        return replace(self, cells=cells, blocks=self.emotion_blocks.get(emotion, np.zeros_like(self.blocks)))

    @property
    def clear(self) -> CellSums:
        """Those that are not amber."""
        return CellSums.total(self.cells[key] for key in sorted(self.cells) if not key[1])

    @property
    def row(self) -> F64:
        """(10,) `FRAME_SUMS` of all its frames."""
        found: F64 = self.blocks.sum(axis=0)
        return found


def recording_numbers(
    name: str, person: str | None, series: FrameSeries, groups: Mapping[str, Mapping[str, F64]],
    measured: FloatArray | None,
) -> RecordingNumbers:  # fmt: skip
    """From the frames and the sums of a part, of one of its setups.

    `measured` (478, 3): the offset of its tracker, where that was measured elsewhere.
    """
    at, scored = series.at, series.scored
    cells, poses, statistics = {}, {}, []
    chance: Mapping[str, F64] = {}
    for group, arrays in groups.items():
        kind, number, *rest = group.split("|")
        if int(number) != at or kind not in ("cell", "statistics", "chance"):
            continue
        if kind == "cell" and rest[0] == "pose":
            poses[rest[1]] = CellSums.of_arrays(arrays)
        elif kind == "cell":
            cells[rest[0], rest[1] == "amber"] = CellSums.of_arrays(arrays)
        elif kind == "chance":
            chance = arrays
        else:
            values: dict[str, Any] = dict(arrays)
            values["frames"] = int(values["frames"])
            statistics.append((int(rest[0]), Statistics(**values)))
    emotions = series.texts("emotion")
    errors = {"delivered": series.nme, "baseline": series.baseline_nme, "floor": series.floor_nme}
    apart = np.where(scored, series.baseline_sse - series.sse, 0.0)
    effective = {"": _effective(apart, scored)}
    of_emotion, emotion_blocks = {}, {}
    for emotion in EMOTIONS:
        among = scored & (emotions == emotion)
        if among.any():
            effective[emotion] = _effective(apart, among)
            of_emotion[emotion] = ErrorDistribution.of(series.nme[among])
            emotion_blocks[emotion] = block_sums(series, among)
    lag = shifts = labels = None
    lag_blocks: list[LagSums] = []
    if series.setup.source != InverseSource.name and series.calibrated and scored.any():
        shifts = _shifts(series, scored)
        lag, *blocks = (_lag(series, scored, block) for block in (None, *range(BLOCKS)))
        lag_blocks = [block for block in blocks if block is not None]
        f, z = series.displacements[scored], series.projections[scored]
        products = np.stack([(f * term[:, None]).T @ f for term in series.terms[scored].T])
        labels = LabelSums(products, f.T @ z, float(series.own("rest")[scored].sum()))
    shared = SharedOffset()
    if measured is not None:
        shared = SharedOffset(measured.astype(np.float64), "measured by `meshmirror bench --tracker-offset`")
    blocks_of_time = [one for _, one in sorted(statistics, key=lambda pair: pair[0])]
    return RecordingNumbers(
        name=name, person=person, setup=series.setup, mode=series.mode, cells=cells, poses=poses,
        distributions={
            kind: ErrorDistribution.of(values[scored]) for kind, values in errors.items()
            if np.isfinite(values[scored]).all()
        },
        slices=_slices(series, scored),
        blocks=block_sums(series, scored),
        excluded=_excluded(series),
        emotions=of_emotion,
        emotion_blocks=emotion_blocks,
        effective=effective,
        lag=lag,
        lag_blocks=lag_blocks,
        shifts=shifts,
        oracles=oracles_of(series.setup, series.mode, blocks_of_time, cells, shared.offset),
        chance=chance,
        frame_seconds=series.frame_seconds,
        labels=labels,
        shared=shared,
    )  # fmt: skip


def block_sums(series: FrameSeries, wanted: Bools) -> F64:
    """(B, 10) `FRAME_SUMS` of some frames by block in time."""
    return np.stack([frame_sums(series, wanted & (series.blocks == block)) for block in range(BLOCKS)])


def frame_sums(series: FrameSeries, wanted: Bools) -> F64:
    """(10,) `FRAME_SUMS` of some frames; NaN where these frames have no such number."""
    return np.array([
        float(np.count_nonzero(wanted)),
        *(float(values[wanted].sum()) for values in (
            series.own("nme"), series.own("nme_adjusted"), series.sse, series.baseline_sse, series.floor_sse,
            series.own("rest"), series.own("along"), series.own("displaced"), series.own("noise"),
        )),
    ])  # fmt: skip


def _lag(series: FrameSeries, scored: Bools, block: int | None) -> LagSums | None:
    """Of all its frames, or of a block in time."""
    return lag_sums(
        series.displacements, series.projections, series.rows.grams, series.own("rest"), scored,
        block=None if block is None else series.blocks == block, terms=series.terms,
    )  # fmt: skip


def _shifts(series: FrameSeries, scored: Bools) -> ShiftSums | None:
    rest, seconds = series.own("rest"), series.frame_seconds
    if seconds is None:
        return None
    size = effective_size(np.where(scored, rest, 0.0), scored)
    shortest = least_shift(seconds, 1.0 if size is None else size.time)
    return shift_sums(series.displacements, series.projections, series.rows.grams, rest, scored, shortest, series.terms)


def _effective(values: F64, among: Bools) -> float:
    size = effective_size(values, among)
    return 0.0 if size is None else size.effective


def _slices(series: FrameSeries, scored: Bools) -> dict[tuple[str, str], F64]:
    turned = np.maximum(np.abs(series.common("pitch_deg")), np.abs(series.common("yaw_deg")))
    found = {}
    for kind, values, edges, unit in (
        ("pose", turned, _POSE_EDGES, "°"),
        ("face size", series.common("face_px"), _SIZE_EDGES, " px"),
    ):
        for low, high in pairwise(edges):
            name = f"{low:g} to {high:g}{unit}" if np.isfinite(high) else f"{low:g}{unit} and more"
            found[kind, name] = scored & (values >= low) & (values < high)
    time_s = series.common("time_s")
    share = time_s / max(float(time_s.max(initial=0.0)), 1e-9)
    for number, name in enumerate(("first quarter", "second quarter", "third quarter", "last quarter")):
        found["part of the recording", name] = scored & (np.minimum((share * 4).astype(int), 3) == number)
    return {key: frame_sums(series, wanted) for key, wanted in found.items() if wanted.any()}


def _excluded(series: FrameSeries) -> dict[str, F64]:
    reasons = series.texts("left_out")
    predicted = np.isfinite(series.sse) & np.isfinite(series.baseline_sse)
    found: dict[str, F64] = {}
    for text in sorted({text for text in reasons.tolist() if text}):
        where = reasons == text
        sums = frame_sums(series, where & predicted)
        sums[0] = float(np.count_nonzero(where))
        for reason in text.split("; "):
            found[reason] = found[reason] + sums if reason in found else sums
    return found
