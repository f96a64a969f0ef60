"""The scores of a set of recordings, from what is kept of each: the numbers of `realtime.core.compare_scores`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from realtime.core.compare_scores import BriefScores, ComparedFloor, ComparedLine, Interval, RegionScores
from realtime.geometry import REGION_NAMES, pooled_r2_within, regions, skill
from realtime.geometry.bootstrap import (
    DRAWS,
    BootstrapInterval,
    Resampling,
    interval,
    resample_blocks,
    resample_people,
    skill_of,
)
from realtime.pipeline.compare.cell_sums import CellSums
from realtime.pipeline.compare.recording_numbers import FRAME_SUMS, RecordingNumbers
from realtime.pipeline.compare.setups import F64, Setup

_AT = {name: place for place, name in enumerate(FRAME_SUMS)}


class Bootstrap:
    """The draws for the intervals of some recordings: over people or recordings, of a single one over its blocks."""

    def __init__(self, numbers: Sequence[RecordingNumbers]) -> None:
        self.numbers = tuple(one for one in numbers if one.total.frames)
        if len(self.numbers) > 1:
            self.resampling: Resampling = resample_people([one.person for one in self.numbers])
            self.rows = np.stack([one.row for one in self.numbers]) if self.numbers else np.zeros((0, len(FRAME_SUMS)))
        else:
            blocks = [row for one in self.numbers for row in one.blocks if row[0] > 0]
            self.rows = np.stack(blocks) if blocks else np.zeros((0, len(FRAME_SUMS)))
            self.resampling = resample_blocks([0] * len(self.rows))

    def skill(self, sse: str | F64) -> Interval | None:
        """The interval of a skill: of one of `FRAME_SUMS`, or of squared errors (n,) as `rows` are."""
        errors = self.rows[:, _AT[sse]] if isinstance(sse, str) else sse
        rows = np.stack([errors, self.rows[:, _AT["baseline"]]], axis=1)
        if not len(rows) or not np.isfinite(rows).all():
            return None
        return as_interval(interval(self.resampling, rows, skill_of))

    @property
    def with_gain(self) -> F64:
        """(n,) squared errors of each recording with its own gain; of blocks with that of the recording."""
        if len(self.numbers) > 1:
            return np.array([sse_with_gain(one.total) for one in self.numbers])
        rest, along, displaced = (self.rows[:, _AT[name]] for name in ("rest", "along", "displaced"))
        gain = self.numbers[0].total.gain.gain if self.numbers else None
        applied = max(0.0, gain or 0.0)
        found: F64 = rest - 2.0 * applied * along + applied**2 * displaced
        return found if gain is not None else np.full(len(rest), np.nan)


def as_interval(found: BootstrapInterval | None) -> Interval | None:
    """As it is reported."""
    if found is None:
        return None
    return Interval(low=found.low, high=found.high, draws=DRAWS, level=found.level, over=found.over)


def sse_with_gain(sums: CellSums) -> float:
    """Squared error with the gain of these frames; NaN without a neutral. Where the displacements are below the noise
    there is no gain, and the delivered error counts.
    """
    if not sums.frames or not sums.calibrated:
        return float("nan")
    found = sums.gain.sse
    return float(sums["sse_adjusted"]) if found is None else found


def brief_scores(
    setup: Setup, parts: Sequence[CellSums], people: Sequence[str | None], bootstrap: Bootstrap | None = None
) -> BriefScores:
    """The scores of frames of several recordings: `parts` the sums of each, `people` who they are of.

    Recordings of an unknown person count as of different people.
    """
    used = [(one, person) for one, person in zip(parts, people, strict=True) if one.frames]
    total = CellSums.total(one for one, _ in used)
    if not total.frames:
        return _nothing()
    best, raw, unit = total.best, total.raw, setup.canonical.unit
    name, baseline = total.baseline
    mae = best.mae
    floor = total.number("floor_sse_adjusted" if total.calibrated else "floor_sse")
    gains = [one.gain.gain for one, _ in used]
    with_gain = one_gain = None
    if total.calibrated and any(gain is not None for gain in gains):
        sse = sum(sse_with_gain(one) for one, _ in used)
        with_gain = ComparedLine(
            skill=skill(sse, baseline), r2=best.r2_of(sse),
            interval=None if bootstrap is None else bootstrap.skill(bootstrap.with_gain),
        )  # fmt: skip
        one_gain = ComparedLine(skill=skill(sse_with_gain(total), baseline), r2=best.r2_of(sse_with_gain(total)))
    constant = sum(one.best.variation for one, _ in used)
    baselines = {"mean_mesh": total.mean("mean_mesh_nme"), "own_neutral": total.mean("own_neutral_nme")}
    baselines["noise"] = total.mean("noise_nme") if total.calibrated else None
    return BriefScores(
        frames=total.frames,
        nme=total.mean("nme"),
        nme_adjusted=total.mean("nme_adjusted"),
        rms=100.0 / unit * float(np.sqrt(best.sse / (total.frames * len(total["vertex_sse"])))),
        r2=best.r2,
        r2_raw=raw.r2,
        r2_within=_within(used),
        mae=mae,
        mae_raw=raw.mae,
        mae_percent=None if mae is None else 100.0 * mae / unit,
        skill=skill(best.sse, baseline),
        baseline=name,
        skill_raw=skill(raw.sse, total.number("mean_mesh_sse") or 0.0),
        baselines={key: value for key, value in baselines.items() if value is not None},
        constant_face=ComparedLine(skill=skill(constant, baseline), r2=best.r2_of(constant)),
        gain=total.gain.gain,
        with_gain=with_gain,
        with_one_gain=one_gain,
        floor=None
        if floor is None
        else ComparedFloor(
            skill=skill(floor, baseline),
            r2=best.r2_of(floor),
            interval=None if bootstrap is None else bootstrap.skill("floor"),
            nme=total.mean("floor_nme"),
            nme_adjusted=total.mean("floor_nme_adjusted"),
        ),
    )


def _within(used: Sequence[tuple[CellSums, str | None]]) -> float | None:
    """R2 with the mean of each person, or of each recording of an unknown one, removed."""
    by_person: dict[object, CellSums] = {}
    for at, (one, person) in enumerate(used):
        by_person.setdefault(at if person is None else person, CellSums()).add(one)
    return pooled_r2_within(sums.best for sums in by_person.values())


def region_scores(setup: Setup, total: CellSums) -> tuple[RegionScores, ...]:
    """The scores of the parts of the face."""
    if not total.frames:
        return ()
    percent = 100.0 / setup.canonical.unit
    sse, squares = total["vertex_sse"], total["vertex_squares"]
    deviation = total["deviation"]
    variation = np.maximum(squares - np.einsum("vc,vc->v", deviation, deviation) / total.frames, 0.0)
    floor = total.given("vertex_floor_distance")
    found = []
    for name in REGION_NAMES:
        at = regions()[name]
        error, varied = float(sse[at].sum()), float(variation[at].sum())

        def mean(distances: F64, at: np.ndarray = at) -> float:  # type: ignore[type-arg]
            return float(distances[at].mean()) / total.frames * percent

        found.append(
            RegionScores(
                region=name,
                nme=mean(total["vertex_distance"]),
                skill=skill(error, float(total["vertex_baseline"][at].sum())),
                r2=1.0 - error / varied if varied > 0 else None,
                share=error / float(sse.sum()) if float(sse.sum()) > 0 else None,
                nme_baseline=mean(total["vertex_baseline_distance"]),
                nme_floor=None if floor is None else mean(floor),
            )
        )
    return tuple(found)


def _nothing() -> BriefScores:
    """The scores of no frame."""
    empty = dict.fromkeys(BriefScores.model_fields)
    return BriefScores(**(empty | {"frames": 0, "baselines": {}}))  # type: ignore[arg-type]
