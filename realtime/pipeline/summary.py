"""Statistics of a run: counts, means and speed, gathered frame by frame."""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Collection
from math import degrees

import numpy as np

from realtime.core.run_report import ModelStatistics, Quantiles, ResidualMeans, StatisticsReport
from realtime.core.types import Features, FrameResult, ModelResult, NetworkOutput, Residual, Rotation


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
        return 1.0 - self._sse / self._baseline_sse if self._baseline_sse > 0 else None

    def get(self, group: str) -> dict[str, float]:
        """Means of one group: "baseline" or "region"."""
        return {k.partition(".")[2]: v for k, v in self._mean.get().items() if k.startswith(group + ".")}

    @property
    def nme(self) -> float | None:
        """Mean NME in % of the outer-canthal distance; None without any frame."""
        return self._mean.get().get("nme")


class SourceStatistics:
    """Statistics of one model over those frames of a run whose features and pose came from the same sources."""

    def __init__(self) -> None:
        self.frames = 0
        self.features = Mean()
        self.pose = Mean()  # of the observed face, degrees
        self.disagreement = Mean()
        self.raw = ResidualMean()
        self.adjusted = ResidualMean()

    def add(self, features: Features, result: ModelResult) -> None:
        """Add a frame in the model's range."""
        self.frames += 1
        self.features.add(dict(features.values))
        self.pose.add(result.aligned.pose.degrees())
        if result.residual is not None:
            self.raw.add(result.residual)
        if result.residual_adjusted is not None:
            self.adjusted.add(result.residual_adjusted)


class ModelMeans:
    """Statistics of one model over a run.

    A source of features may have been replaced by another for a while. Frames of different sources are never averaged
    together: the report is of the sources that had most frames.
    """

    def __init__(self) -> None:
        self.by_source: dict[tuple[str, str], SourceStatistics] = {}  # of the features, of the pose
        self.calibrated = False
        self._stamp_ns: int | None = None

    def add(self, result: ModelResult) -> SourceStatistics | None:
        """Add a frame in the model's range.

        Returns the statistics to which it was added; None for a frame without a prediction, and for one that was added
        before: a pair of face and network output may be shown several times.
        """
        if result.features is None or result.predicted is None or result.stamp_ns == self._stamp_ns:
            return None
        self._stamp_ns = result.stamp_ns
        if result.residual_adjusted is not None and not self.calibrated:
            self.by_source, self.calibrated = {}, True  # see RunStatistics
        sources = result.features.source, result.predicted.pose_source or "zero"
        added = self.by_source.setdefault(sources, SourceStatistics())
        added.add(result.features, result)
        return added

    @property
    def main(self) -> SourceStatistics:
        """The numbers of the sources that had most frames."""
        return max(self.by_source.values(), key=lambda source: source.frames, default=SourceStatistics())

    def _frames_by(self, which: int) -> dict[str, int]:
        frames: Counter[str] = Counter()
        for sources, summary in self.by_source.items():
            frames[sources[which]] += summary.frames
        return dict(frames)

    def residuals(self) -> ResidualMeans:
        """The mean residuals of the sources that had most frames."""
        main = self.main
        best = main.adjusted if main.adjusted.frames else main.raw
        return ResidualMeans(
            nme=_round(main.raw.nme),
            nme_adjusted=_round(main.adjusted.nme),
            baselines=_rounded(main.raw.get("baseline")),
            regions=_rounded(best.get("region")),
            skill=_round(best.skill),
            skill_raw=_round(main.raw.skill),
            skill_baseline=best.baseline_name,
        )

    def report(self) -> ModelStatistics:
        """What is reported of each model; None where there is nothing to report."""
        main = self.main
        return ModelStatistics(
            feature_source=next((sources[0] for sources, one in self.by_source.items() if one is main), None),
            feature_sources=self._frames_by(0),
            pose_sources=self._frames_by(1),
            features=_rounded(main.features.get()),
            **dict(self.residuals()),
        )


class RunStatistics:
    """Statistics of a run.

    Frames outside the models' range are counted and left out of the means, and so are those before a calibration:
    all means, raw and adjusted, are of the same frames.
    """

    def __init__(self, models: int = 1) -> None:
        self.frames = 0
        self.faces = 0
        self.valid = 0
        self.warm_up = 0
        self.rotation: Rotation = 0  # of the newest frame
        self.models = tuple(ModelMeans() for _ in range(models))
        self._network = Mean()
        self._emotion_age_ms: deque[float] = deque(maxlen=10_000)
        self._stages: dict[str, deque[float]] = {}
        self._to_prediction_ms: deque[float] = deque(maxlen=10_000)
        self._to_display_ms: deque[float] = deque(maxlen=10_000)
        self._reasons: Counter[str] = Counter()
        self._first_done_ns: int | None = None
        self._last_done_ns = 0

    def accept(self, result: FrameResult) -> None:
        """Add a frame that the pipeline has finished."""
        self.frames += 1
        self.rotation = result.frame.rotation
        if self._first_done_ns is None:
            self._first_done_ns = result.done_ns
        self._last_done_ns = result.done_ns
        if "network" not in result.timings_ms:  # time that faces of a file wait in a queue is no latency
            self._to_prediction_ms.append((result.done_ns - result.frame.arrived_ns) / 1e6)
        for stage, ms in result.timings_ms.items():
            self._stages.setdefault(stage, deque(maxlen=10_000)).append(ms)
        if result.landmarks is None:
            return
        self.faces += 1
        self.warm_up += result.warm_up
        if not result.validity.ok:
            self._reasons.update(_kind(reason) for reason in result.validity.reasons)
            return
        self.valid += 1
        if result.residual_adjusted is not None and not self.models[0].calibrated:
            self._network = Mean()
        added = [summary.add(model) for summary, model in zip(self.models, result.models, strict=True)]
        if result.network is not None:
            self._emotion_age_ms.append((result.frame.stamp_ns - result.network.stamp_ns) / 1e6)
            if any(added):
                self._network.add(_means_of(result.network))
        if result.disagreement is not None and added[0] is not None:
            pairs = result.disagreement.pairs
            added[0].disagreement.add({f"{one} | {other}": apart for (one, other), apart in pairs.items()})

    def shown(self, result: FrameResult, now_ns: int) -> None:
        """Add the time at which a frame was on screen, `now_ns` on the monotonic clock."""
        self._to_display_ms.append((now_ns - result.frame.arrived_ns) / 1e6)

    def close(self) -> None:
        """There is nothing to unblock."""

    @property
    def fps(self) -> float | None:
        """Finished frames a second, from the first to the last."""
        if self._first_done_ns is None or self.frames < 2 or self._last_done_ns == self._first_done_ns:
            return None
        return (self.frames - 1) * 1e9 / (self._last_done_ns - self._first_done_ns)

    def report(self) -> StatisticsReport:
        """The fields that every run reports, of the first model; None where there is nothing to report."""
        first = self.models[0]
        numbers, main = first.report(), first.main
        stages = {stage: quantiles(ms) for stage, ms in self._stages.items()}
        return StatisticsReport(
            frames=self.frames,
            faces=self.faces,
            valid=self.valid,
            warm_up=self.warm_up,
            averaged=main.frames,
            outside=dict(self._reasons),
            emotion_source=numbers.feature_source,
            emotion_sources=numbers.feature_sources,
            pose_sources=numbers.pose_sources,
            emotions=numbers.features,
            pose_deg=_rounded(main.pose.get()),
            **dict(first.residuals()),
            disagreement=_rounded(main.disagreement.get()) or None,
            fps=_round(self.fps, 1),
            # The frames of a file are never late; what is left is the time to the prediction.
            latency_ms=quantiles(self._to_display_ms or self._to_prediction_ms),
            prediction_ms=quantiles(self._to_prediction_ms),
            emotion_age_ms=quantiles(self._emotion_age_ms),
            network_means=_rounded(self._network.get()) or None,
            stages_ms={stage: found for stage, found in stages.items() if found is not None},
        )


def _means_of(output: NetworkOutput) -> dict[str, float]:
    """All numbers of the network but its mesh, by name; angles in degrees."""
    angles = {**output.pose.degrees(), "gaze_pitch": degrees(output.gaze_pitch), "gaze_yaw": degrees(output.gaze_yaw)}
    return {
        **output.emotions,
        **output.action_units,
        "valence": output.valence,
        "arousal": output.arousal,
        **{f"{name}_deg": value for name, value in angles.items()},
        **(output.blendshapes or {}),
    }


def quantiles(times: Collection[float]) -> Quantiles | None:
    """Median and 95th percentile; None without any time."""
    if not times:
        return None
    median, p95 = np.percentile(np.asarray(times, dtype=float), [50, 95])
    return Quantiles(median=round(float(median), 3), p95=round(float(p95), 3))


def _kind(reason: str) -> str:
    """A reason without its numbers: "yaw 52° beyond 40°" is "yaw"."""
    return re.split(r"[\d:]", reason)[0].removesuffix("off by ").strip()


def _round(value: float | None, digits: int = 4) -> float | None:
    return None if value is None else round(value, digits)


def _rounded(values: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 4) for name, value in values.items()}
