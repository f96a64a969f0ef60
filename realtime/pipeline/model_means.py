"""Means and scores of one model over a run, gathered frame by frame."""

from __future__ import annotations

from collections import Counter

from realtime.core.frame_result import FloorFit, ModelResult, Residual
from realtime.core.mean_reports import AllMeans, FeaturesWithoutAmber, FloorLine, ResidualMeans, ScoreLine
from realtime.core.run_report import ModelStatistics
from realtime.core.types import Features, FloatArray
from realtime.geometry import CanonicalFrame, GainSums, ScoreSums, identity_at, skill
from realtime.model import LinearMeshModel


class Mean:
    """A running mean of numbers by name."""

    def __init__(self) -> None:
        self._sum: dict[str, float] = {}
        self._count: Counter[str] = Counter()

    def add(self, values: dict[str, float]) -> None:
        """One more value of each name."""
        for name, value in values.items():
            self._sum[name] = self._sum.get(name, 0.0) + value
            self._count[name] += 1

    def get(self) -> dict[str, float]:
        """The means."""
        return {name: total / self._count[name] for name, total in self._sum.items()}


class ResidualMean:
    """Mean NME, and the skill of all frames together: from the sums of squares, not a mean of ratios."""

    def __init__(self) -> None:
        self.frames = 0
        self._mean = Mean()
        self._sse = 0.0
        self._baseline_sse = 0.0
        self.baseline_name: str | None = None

    def add(self, residual: Residual) -> None:
        """One more frame."""
        self.frames += 1
        self._mean.add({"nme": residual.nme, **{f"baseline.{k}": v for k, v in residual.baselines.items()}})
        self._mean.add({f"region.{k}": v for k, v in residual.regions.items()})
        self._sse += residual.sse
        self._baseline_sse += residual.baseline_sse
        self.baseline_name = residual.baseline_name

    @property
    def skill(self) -> float | None:
        """1 - SSE(model) / SSE(baseline) over all frames; None without any."""
        return self.skill_of(self._sse)

    def skill_of(self, sse: float) -> float | None:
        """The skill of other predictions of the same frames, whose squared errors sum to `sse`."""
        return skill(sse, self._baseline_sse)

    def get(self, group: str) -> dict[str, float]:
        """Means of one group: "baseline" or "region"."""
        return {k.partition(".")[2]: v for k, v in self._mean.get().items() if k.startswith(group + ".")}

    @property
    def nme(self) -> float | None:
        """Mean NME in % of the outer-canthal distance; None without any frame."""
        return self._mean.get().get("nme")


class FloorMean:
    """Mean NME and squared error of the floor."""

    def __init__(self) -> None:
        self.frames = 0
        self.sse = 0.0
        self._nme = 0.0

    def add(self, fit: FloorFit) -> None:
        """One more frame."""
        self.frames += 1
        self.sse += fit.sse
        self._nme += fit.nme

    @property
    def nme(self) -> float | None:
        """Mean NME in % of the outer-canthal distance; None without any frame."""
        return self._nme / self.frames if self.frames else None


class SourceStatistics:
    """Statistics of one model over those frames of a run whose features and pose came from the same sources."""

    def __init__(self, mean_mesh: FloatArray) -> None:
        self.frames = 0
        self.features = Mean()
        self.pose = Mean()  # of the observed face, degrees
        self.disagreement = Mean()
        self.raw = ResidualMean()
        self.adjusted = ResidualMean()
        self.scores_raw = ScoreSums(mean_mesh)
        self.scores_adjusted = ScoreSums(mean_mesh)
        self.floor_raw = FloorMean()
        self.floor_adjusted = FloorMean()
        self.gain = GainSums()

    def add(self, features: Features, result: ModelResult) -> None:
        """Add a frame in the model's range."""
        self.frames += 1
        self.features.add(dict(features.values))
        self.pose.add(result.aligned.pose.degrees())
        observed, predicted = result.aligned.mesh_canon, result.predicted
        if result.residual is not None and predicted is not None:
            self.raw.add(result.residual)
            self.scores_raw.add(observed, predicted.mesh_canon)
        if result.residual_adjusted is not None and predicted is not None and result.identity is not None:
            self.adjusted.add(result.residual_adjusted)
            # Not the observed against the adjusted mesh: the subject's own response to the head pose would count as
            # variation of the face that the model predicts.
            here = identity_at(result.identity, result.aligned.pose)
            self.scores_adjusted.add(observed - here.offset_canon, predicted.mesh_canon)
        if result.floor is not None:
            self.floor_raw.add(result.floor.raw)
            if result.floor.adjusted is not None:
                self.floor_adjusted.add(result.floor.adjusted)
        if result.gain_terms is not None:
            self.gain.add(result.gain_terms)


class ModelMeans:
    """Statistics of one model over a run.

    A source of features may have been replaced by another for a while. Frames of different sources are never averaged
    together: the report is of the sources that had most frames.
    """

    def __init__(self, model: LinearMeshModel) -> None:
        self._mean_mesh = model.mean_mesh
        self._unit = CanonicalFrame.of(model.mean_mesh).unit
        self.by_source: dict[tuple[str, str], SourceStatistics] = {}  # of the features, of the pose
        self._without_amber: dict[tuple[str, str], SourceStatistics] = {}
        self.calibrated = False
        self._stamp_ns: int | None = None
        self._gain_applied: float | None = None

    def add(self, result: ModelResult, *, amber: bool = False) -> SourceStatistics | None:
        """Add a frame in the model's range; `amber`: expression and pose are not told apart in it.

        Returns the statistics to which it was added; None for a frame without a prediction, and for one that was added
        before: a pair of face and network output may be shown several times.
        """
        if result.features is None or result.predicted is None or result.stamp_ns == self._stamp_ns:
            return None
        self._stamp_ns = result.stamp_ns
        self._gain_applied = result.predicted.gain
        if result.residual_adjusted is not None and not self.calibrated:
            self.by_source, self._without_amber, self.calibrated = {}, {}, True  # see RunStatistics
        sources = result.features.source, result.predicted.pose_source or "zero"
        added = self.by_source.setdefault(sources, SourceStatistics(self._mean_mesh))
        added.add(result.features, result)
        if not amber:
            self._without_amber.setdefault(sources, SourceStatistics(self._mean_mesh)).add(result.features, result)
        return added

    @property
    def main(self) -> SourceStatistics:
        """The numbers of the sources that had most frames."""
        sources = self._main_sources
        return SourceStatistics(self._mean_mesh) if sources is None else self.by_source[sources]

    @property
    def main_without_amber(self) -> SourceStatistics | None:
        """Those of the same sources over the frames that are not amber; None without any."""
        return None if self._main_sources is None else self._without_amber.get(self._main_sources)

    @property
    def _main_sources(self) -> tuple[str, str] | None:
        return max(self.by_source, key=lambda sources: self.by_source[sources].frames, default=None)

    def _frames_by(self, which: int) -> dict[str, int]:
        frames: Counter[str] = Counter()
        for sources, summary in self.by_source.items():
            frames[sources[which]] += summary.frames
        return dict(frames)

    def residuals(self) -> AllMeans:
        """The mean residuals and scores of the sources that had most frames."""
        return AllMeans(**dict(self.residuals_of(self.main)), gain_applied=rounded(self._gain_applied))

    def residuals_of(self, main: SourceStatistics) -> ResidualMeans:
        """The mean residuals and scores of some frames."""
        calibrated = main.adjusted.frames > 0
        best = main.adjusted if calibrated else main.raw
        scores = main.scores_adjusted if calibrated else main.scores_raw
        floor = main.floor_adjusted if calibrated else main.floor_raw
        mae = scores.mae
        return ResidualMeans(
            nme=rounded(main.raw.nme),
            nme_adjusted=rounded(main.adjusted.nme),
            baselines=rounded_all(main.raw.get("baseline")),
            regions=rounded_all(best.get("region")),
            skill=rounded(best.skill),
            skill_raw=rounded(main.raw.skill),
            skill_baseline=best.baseline_name,
            r2=rounded(scores.r2),
            r2_raw=rounded(main.scores_raw.r2),
            r2_within=rounded(scores.r2_within) if calibrated else None,
            mae=rounded(mae),
            mae_raw=rounded(main.scores_raw.mae),
            mae_percent=rounded(None if mae is None else 100.0 * mae / self._unit),
            constant_face=_constant_face(best, scores),
            gain=rounded(main.gain.gain),
            with_gain=self._with_gain(main),
            floor=None
            if not floor.frames
            else FloorLine(
                nme=rounded(main.floor_raw.nme),
                nme_adjusted=rounded(main.floor_adjusted.nme),
                skill=rounded(best.skill_of(floor.sse)),
                r2=rounded(scores.r2_of(floor.sse)),
            ),
        )

    def _with_gain(self, main: SourceStatistics) -> ScoreLine | None:
        sse = main.gain.sse
        if sse is None:
            return None
        return ScoreLine(skill=rounded(main.adjusted.skill_of(sse)), r2=rounded(main.scores_adjusted.r2_of(sse)))

    def report(self) -> ModelStatistics:
        """What is reported of each model; None where there is nothing to report."""
        main, steady, sources = self.main, self.main_without_amber, self._main_sources
        return ModelStatistics(
            feature_source=None if sources is None else sources[0],
            feature_sources=self._frames_by(0),
            pose_sources=self._frames_by(1),
            features=rounded_all(main.features.get()),
            **dict(self.residuals()),
            without_amber=None
            if steady is None
            else FeaturesWithoutAmber(
                averaged=steady.frames,
                features=rounded_all(steady.features.get()),
                **dict(self.residuals_of(steady)),
            ),
        )


def _constant_face(best: ResidualMean, scores: ScoreSums) -> ScoreLine | None:
    """Scores of the mean observed face as the prediction for every frame: its squared error is their variation."""
    if not scores.frames:
        return None
    return ScoreLine(skill=rounded(best.skill_of(scores.variation)), r2=rounded(scores.r2_of(scores.variation)))


def rounded(value: float | None, digits: int = 4) -> float | None:
    """A number as it is reported."""
    return None if value is None else round(value, digits)


def rounded_all(values: dict[str, float]) -> dict[str, float]:
    """Numbers by name as they are reported."""
    return {name: round(value, 4) for name, value in values.items()}
