"""All scores of a set of recordings under one setup, with their chance level, their causes and their intervals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal

import numpy as np

from realtime.core.compare_scores import (
    CURVE_PERCENT,
    FAILURE_PERCENT,
    BriefScores,
    CumulativeCurve,
    Decomposition,
    Lag,
    LagPoint,
    NullLevel,
    Percentiles,
    Slice,
)
from realtime.geometry import skill
from realtime.geometry.error_distribution import BIN_PERCENT, PERCENTILES, ErrorDistribution
from realtime.geometry.shift_null import ShiftNull, null_of_recording, null_of_recordings
from realtime.pipeline.compare.causes import cause_fields
from realtime.pipeline.compare.cell_sums import CellSums
from realtime.pipeline.compare.intervals import score_intervals
from realtime.pipeline.compare.lags import lag_of
from realtime.pipeline.compare.random_fits import floor_null
from realtime.pipeline.compare.recording_numbers import FRAME_SUMS, RecordingNumbers
from realtime.pipeline.compare.scores import Bootstrap, as_interval, brief_scores, region_scores
from realtime.pipeline.compare.scoring import PARTS
from realtime.pipeline.compare.setups import F64, Setup
from realtime.pipeline.predictor import PoseMode

_AT = {name: place for place, name in enumerate(FRAME_SUMS)}


def whole_scores(setup: Setup, numbers: Sequence[RecordingNumbers]) -> dict[str, Any]:
    """The fields of `ComparedScores` over all frames of these recordings."""
    people = [one.person for one in numbers]
    totals = [one.total for one in numbers]
    total = CellSums.total(totals)
    bootstrap = Bootstrap(numbers)
    brief = brief_scores(setup, totals, people, bootstrap)
    clear = brief_scores(setup, [one.clear for one in numbers], people)
    chance = [one.chance for one in numbers if one.chance and one.total.frames]
    poses = {mode: _in_pose(setup, numbers, mode) for mode in setup.poses[1:]}
    poses[setup.poses[0]] = brief
    return {
        **dict(brief),
        "floor": None if brief.floor is None else brief.floor.model_copy(update={"null": floor_null(chance)}),
        "interval": bootstrap.skill("sse"),
        "intervals": score_intervals(bootstrap),
        **cause_fields(bootstrap),
        "null": _null(numbers, total),
        "effective_n": sum(one.effective[""] for one in numbers) if total.frames else None,
        "lag": _lag(numbers),
        "decomposition": decomposition(totals, [one.shared.offset for one in numbers]),
        **distribution_fields([one.distributions for one in numbers]),
        "regions": region_scores(setup, total),
        "slices": slices(numbers, brief.gain),
        "without_amber": clear if clear.frames else None,
        "pose_live": _given(poses.get("live")),
        "pose_zero": _given(poses.get("zero")),
    }


def _in_pose(setup: Setup, numbers: Sequence[RecordingNumbers], mode: PoseMode) -> BriefScores:
    """The scores of the same frames in the other pose mode."""
    among = [one for one in numbers if mode in one.poses]
    return brief_scores(setup, [one.poses[mode] for one in among], [one.person for one in among])


def _given(brief: BriefScores | None) -> BriefScores | None:
    return brief if brief is not None and brief.frames else None


def emotion_scores(setup: Setup, numbers: Sequence[RecordingNumbers], emotion: str) -> dict[str, Any]:
    """The fields of `ComparedScores` over the frames of an emotion."""
    among = [some for one in numbers if (some := one.among_emotion(emotion)).total.frames]
    cells = [one.total for one in among]
    people = [one.person for one in among]
    bootstrap = Bootstrap(among)
    brief = brief_scores(setup, cells, people, bootstrap)
    total = CellSums.total(cells)
    clear = [one.clear for one in among]
    steady = brief_scores(setup, clear, people)
    return {
        **dict(brief),
        "interval": bootstrap.skill("sse"),
        "intervals": score_intervals(bootstrap),
        "effective_n": sum(one.effective.get(emotion, 0.0) for one in among),
        "decomposition": decomposition(cells, [one.shared.offset for one in among]),
        **distribution_fields([{"delivered": one.emotions[emotion]} for one in among if emotion in one.emotions]),
        "regions": region_scores(setup, total),
        "without_amber": steady if steady.frames else None,
    }


def decomposition(parts: Sequence[CellSums], offsets: Sequence[F64 | None]) -> Decomposition | None:
    """The mean squared distance from the mean face, split: of the frames of some recordings, with the offset (478, 3)
    that each shares with other people. Where one has none, it is part of the identity of all.
    """
    among = [(one, offset) for one, offset in zip(parts, offsets, strict=True) if one.frames]
    total = CellSums.total(one for one, _ in among)
    if not total.frames:
        return None
    shares = dict(zip(PARTS, total["parts"].tolist(), strict=True))
    whole = sum(shares.values())
    if total.calibrated and all(offset is not None for _, offset in among):
        shares["tracker"] = sum(_saved(one, offset) for one, offset in among if offset is not None)
        shares["identity"] -= shares["tracker"]
    return Decomposition(
        total=whole / total.frames,
        shares={name: part / whole for name, part in shares.items()} if whole > 0 else {},
    )


def _saved(one: CellSums, offset: F64) -> float:
    """By how much the squared distance from the mean face falls once an offset is taken from every face."""
    return 2.0 * float(np.vdot(offset, one["deviation_raw"])) - one.frames * float(np.square(offset).sum())


def distribution_fields(some: Sequence[Any]) -> dict[str, Any]:
    """The fields of the distribution of NME over the frames of several recordings."""
    found: dict[str, Any] = {"percentiles_of": {}, "curves": {}}
    for kind in ("delivered", "baseline", "floor"):
        merged = _merged(one[kind] for one in some if kind in one)
        if not merged.frames or (kind == "floor" and any(kind not in one for one in some)):
            continue
        values = merged.percentiles() or {}
        percentiles = Percentiles(**{f"p{at}": values[at] for at in PERCENTILES})
        curve = CumulativeCurve(
            bin_percent=BIN_PERCENT,
            frames=tuple(merged.trimmed),
            limit=CURVE_PERCENT,
            area=merged.area(CURVE_PERCENT),
            failure_above=FAILURE_PERCENT,
            failure_rate=merged.failure_rate(FAILURE_PERCENT),
        )
        if kind == "delivered":
            found |= {"percentiles": percentiles, "curve": curve}
        else:
            found["percentiles_of"][kind], found["curves"][kind] = percentiles, curve
    return found


def _merged(some: Iterable[ErrorDistribution]) -> ErrorDistribution:
    found = ErrorDistribution()
    for one in some:
        found.merge(one)
    return found


def slices(numbers: Sequence[RecordingNumbers], gain: float | None) -> tuple[Slice, ...]:
    """The frames by pose, face size and part of the recording, in their order."""
    sums: dict[tuple[str, str], F64] = {}
    for one in numbers:
        for key, row in one.slices.items():
            sums[key] = sums[key] + row if key in sums else row
    order = {"pose": 0, "face size": 1, "part of the recording": 2}
    quarters = ("first", "second", "third", "last")

    def rank(key: tuple[str, str]) -> tuple[int, float]:
        first = key[1].split(" ")[0].rstrip("°")
        return order[key[0]], float(quarters.index(first)) if first in quarters else float(first)

    found = []
    for key in sorted(sums, key=rank):
        named = dict(zip(FRAME_SUMS, sums[key].tolist(), strict=True))
        frames, baseline = named["frames"], named["baseline"]
        with_gain = None
        if gain is not None and np.isfinite(named["rest"]):
            applied = max(0.0, gain)
            with_gain = skill(
                named["rest"] - 2.0 * applied * named["along"] + applied**2 * named["displaced"], baseline
            )
        found.append(
            Slice(
                by=key[0], name=key[1], frames=int(frames), nme=_or_none(named["nme"] / frames),
                nme_adjusted=_or_none(named["nme_adjusted"] / frames), skill=skill(named["sse"], baseline),
                skill_with_gain=with_gain,
                floor_skill=skill(named["floor"], baseline) if np.isfinite(named["floor"]) else None,
            )
        )  # fmt: skip
    return tuple(found)


def _or_none(value: float) -> float | None:
    return value if np.isfinite(value) else None


def _null(numbers: Sequence[RecordingNumbers], total: CellSums) -> NullLevel | None:
    """The level of chance of those recordings that are long enough for shifts."""
    among = [one for one in numbers if one.shifts is not None]
    sums = [one.shifts for one in among if one.shifts is not None]
    if not sums:
        return None
    variation = CellSums.total(one.total for one in among).best.variation
    found: ShiftNull = null_of_recording(sums[0], variation) if len(sums) == 1 else null_of_recordings(sums, variation)
    if found.r2 is None or found.r2_shifted is None:
        return None
    shortest = min(one.shifts.shortest * (one.frame_seconds or 0.0) for one in among if one.shifts is not None)
    return NullLevel(
        pose_mode=_pose_mode(among),
        shifts=len(found.skill_shifted),
        shortest_s=shortest,
        r2=found.r2,
        mean=float(found.r2_shifted.mean()),
        high=float(np.quantile(found.r2_shifted, 0.95)),
        skill=found.skill_level,
        skill_high=float(np.quantile(found.skill_shifted, 0.95)),
        p=found.p,
    )


def _lag(numbers: Sequence[RecordingNumbers]) -> Lag | None:
    among = [one for one in numbers if one.lag is not None]
    found = lag_of(among)
    if found is None:
        return None
    curve, frame_ms = found
    peak = curve.peak if curve.visible else None
    points = zip(curve.shifts.tolist(), curve.skill.tolist(), strict=True)
    return Lag(
        curve=tuple(LagPoint(frames=shift, skill=value) for shift, value in points),
        pose_mode=_pose_mode(among),
        peak=peak,
        peak_ms=None if peak is None or frame_ms is None else peak * frame_ms,
        interval=None if peak is None else as_interval(curve.interval),
    )


def _pose_mode(numbers: Sequence[RecordingNumbers]) -> Literal["live", "zero", "both"]:
    """The pose mode of the scores of these recordings."""
    modes: set[PoseMode] = {one.mode for one in numbers}
    return modes.pop() if len(modes) == 1 else "both"
