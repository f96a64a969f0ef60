"""Scores of two replays on the pairs of frames that both have."""

from __future__ import annotations

from dataclasses import dataclass, field

from realtime.core.against_report import PairedLine, PairedReport
from realtime.core.frame_result import FrameResult, ModelResult
from realtime.pipeline.model_means import ResidualMean, rounded
from realtime.pipeline.replay.common_clock import CommonClock


@dataclass
class _Line:
    """One kind of residual of both."""

    a: ResidualMean = field(default_factory=ResidualMean)
    b: ResidualMean = field(default_factory=ResidualMean)

    def report(self) -> PairedLine | None:
        if not self.a.frames:
            return None
        nme_a, nme_b, skill_a, skill_b = self.a.nme, self.b.nme, self.a.skill, self.b.skill
        assert nme_a is not None and nme_b is not None
        apart = None if skill_a is None or skill_b is None else skill_a - skill_b
        return PairedLine(
            nme_a=round(nme_a, 4), nme_b=round(nme_b, 4), nme_difference=round(nme_a - nme_b, 4),
            skill_a=rounded(skill_a), skill_b=rounded(skill_b), skill_difference=rounded(apart),
            baseline_a=self.a.baseline_name or "", baseline_b=self.b.baseline_name or "",
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Setup:
    """What a prediction was made with."""

    model: str
    source: str  # of the features
    pose: str

    @classmethod
    def of(cls, result: ModelResult) -> _Setup:
        assert result.features is not None and result.predicted is not None
        return cls(result.model, result.features.source, result.predicted.pose_source or "zero")


@dataclass
class _Lines:
    raw: _Line = field(default_factory=_Line)
    adjusted: _Line = field(default_factory=_Line)


class PairedMeans:
    """Scores over the pairs in which both frames count; a pair counts once, however often it is played.

    The rules are those of `RunStatistics` and `ModelMeans` for one run: raw and adjusted scores are of the same pairs,
    those after the calibration of both where there is one; pairs with other models, sources of features or of the pose
    are kept apart, and the report is of those that most pairs had.
    """

    def __init__(self) -> None:
        self._by_setup: dict[tuple[_Setup, _Setup], _Lines] = {}
        self._calibrated = False
        self._counted: set[int] = set()  # ticks
        self._stamps: tuple[int, int] | None = None

    def add(self, tick: int, a: FrameResult, b: FrameResult) -> None:
        """Add the two results of a pair, the first model of each."""
        one, other = _counts(a), _counts(b)
        if one is None or other is None:
            return
        calibrated = one.residual_adjusted is not None and other.residual_adjusted is not None
        if calibrated and not self._calibrated:
            self._by_setup, self._calibrated = {}, True
            self._counted.clear()
        stamps = one.stamp_ns, other.stamp_ns  # a face and its network output may be shown in several frames
        if calibrated != self._calibrated or tick in self._counted or stamps == self._stamps:
            return
        self._counted.add(tick)
        self._stamps = stamps
        lines = self._by_setup.setdefault((_Setup.of(one), _Setup.of(other)), _Lines())
        assert one.residual is not None and other.residual is not None
        lines.raw.a.add(one.residual)
        lines.raw.b.add(other.residual)
        if one.residual_adjusted is not None and other.residual_adjusted is not None:
            lines.adjusted.a.add(one.residual_adjusted)
            lines.adjusted.b.add(other.residual_adjusted)

    def report(self, clock: CommonClock, aligned_on: str, played_ns: tuple[int, int]) -> PairedReport:
        """The report; of pairs that were computed, in the part of the clock that is played and before its ends were
        moved.
        """
        within = (clock.times_ns >= played_ns[0]) & (clock.times_ns <= played_ns[1])
        within[list(self._counted)] = True
        main = max(self._by_setup, key=lambda one: self._by_setup[one].raw.a.frames, default=None)
        lines = _Lines() if main is None else self._by_setup[main]
        return PairedReport(
            aligned_on=aligned_on,
            offset_s=round((clock.spans_ns[1][0] - clock.spans_ns[0][0]) / 1e9, 6),
            pairs=int((clock.paired & within).sum()),
            n=lines.raw.a.frames,
            model_a=None if main is None else main[0].model,
            model_b=None if main is None else main[1].model,
            source_a=None if main is None else main[0].source,
            source_b=None if main is None else main[1].source,
            raw=lines.raw.report(),
            adjusted=lines.adjusted.report(),
        )


def _counts(result: FrameResult) -> ModelResult | None:
    """The first model's part of a frame that counts; None for any other frame."""
    if result.landmarks is None or not result.validity.ok or not result.models:
        return None
    model = result.models[0]
    known = model.features is not None and model.predicted is not None and model.residual is not None
    return model if known else None
