"""Statistics of a run: counts, means and speed, gathered frame by frame."""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Collection, Sequence
from math import degrees

import numpy as np

from realtime.core.frame_result import FrameResult
from realtime.core.mean_reports import EmotionsWithoutAmber
from realtime.core.run_report import Quantiles, StatisticsReport
from realtime.core.types import NetworkOutput, Rotation
from realtime.model import LinearMeshModel
from realtime.pipeline.model_means import Mean, ModelMeans, rounded, rounded_all


class RunStatistics:
    """Statistics of a run.

    Frames outside the models' range are counted and left out of the means, and so are those before a calibration:
    all means, raw and adjusted, are of the same frames. A row of a replayed session counts once, however often it is
    played: else the numbers would depend on how long a loop was watched.
    """

    def __init__(self, models: Sequence[LinearMeshModel]) -> None:
        self.frames = 0
        self.faces = 0
        self.several = 0
        self.valid = 0
        self.amber = 0
        self.warm_up = 0
        self.rotation: Rotation = 0  # of the newest frame
        self.models = tuple(map(ModelMeans, models))
        self._network = Mean()
        self._emotion_age_ms: deque[float] = deque(maxlen=10_000)
        self._stages: dict[str, deque[float]] = {}
        self._to_prediction_ms: deque[float] = deque(maxlen=10_000)
        self._to_display_ms: deque[float] = deque(maxlen=10_000)
        self._reasons: Counter[str] = Counter()
        self._tracks: set[int] = set()
        self._computed = 0  # frames, those of rows that are played again included
        self._counted: set[int] = set()  # rows of a replay
        self._averaged: set[int] = set()  # and those in the means
        self._first_done_ns: int | None = None
        self._last_done_ns = 0

    def accept(self, result: FrameResult) -> None:
        """Add a frame that the pipeline has finished."""
        self._computed += 1
        self.rotation = result.frame.rotation
        if self._first_done_ns is None:
            self._first_done_ns = result.done_ns
        self._last_done_ns = result.done_ns
        if "network" not in result.timings_ms:  # time that faces of a file wait in a queue is no latency
            self._to_prediction_ms.append((result.done_ns - result.frame.arrived_ns) / 1e6)
        for stage, ms in result.timings_ms.items():
            self._stages.setdefault(stage, deque(maxlen=10_000)).append(ms)
        if _is_new(result, self._counted):
            self._count(result)
        if result.landmarks is None or not result.validity.ok:
            return
        if result.residual_adjusted is not None and not self.models[0].calibrated:
            self._network = Mean()
            self._averaged.clear()
        if not _is_new(result, self._averaged):
            return
        amber = bool(result.validity.amber)
        added = [summary.add(model, amber=amber) for summary, model in zip(self.models, result.models, strict=True)]
        if result.network is not None:
            self._emotion_age_ms.append((result.frame.stamp_ns - result.network.stamp_ns) / 1e6)
            if any(added):
                self._network.add(_means_of(result.network))
        if result.disagreement is not None and added[0] is not None:
            pairs = result.disagreement.pairs
            added[0].disagreement.add({f"{one} | {other}": apart for (one, other), apart in pairs.items()})

    def _count(self, result: FrameResult) -> None:
        self.frames += 1
        self.several += len(result.faces) > 1
        self._tracks.update(face.track_id for face in result.faces)
        if result.landmarks is None:
            return
        self.faces += 1
        self.warm_up += result.warm_up
        self.valid += result.validity.ok
        self.amber += bool(result.validity.amber)
        self._reasons.update(kind_of(reason) for reason in result.validity.reasons)

    def shown(self, result: FrameResult, now_ns: int) -> None:
        """Add the time at which a frame was on screen, `now_ns` on the monotonic clock."""
        self._to_display_ms.append((now_ns - result.frame.arrived_ns) / 1e6)

    def close(self) -> None:
        """There is nothing to unblock."""

    @property
    def fps(self) -> float | None:
        """Finished frames a second, from the first to the last."""
        if self._first_done_ns is None or self._computed < 2 or self._last_done_ns == self._first_done_ns:
            return None
        return (self._computed - 1) * 1e9 / (self._last_done_ns - self._first_done_ns)

    def report(self) -> StatisticsReport:
        """The fields that every run reports, of the first model; None where there is nothing to report."""
        first = self.models[0]
        numbers, main, steady = first.report(), first.main, first.main_without_amber
        stages = {stage: quantiles(ms) for stage, ms in self._stages.items()}
        return StatisticsReport(
            frames=self.frames,
            faces=self.faces,
            several=self.several,
            followed=len(self._tracks),
            valid=self.valid,
            amber=self.amber,
            warm_up=self.warm_up,
            averaged=main.frames,
            outside=dict(self._reasons),
            emotion_source=numbers.feature_source,
            emotion_sources=numbers.feature_sources,
            pose_sources=numbers.pose_sources,
            emotions=numbers.features,
            pose_deg=rounded_all(main.pose.get()),
            **dict(first.residuals()),
            without_amber=None
            if steady is None
            else EmotionsWithoutAmber(
                averaged=steady.frames,
                emotions=rounded_all(steady.features.get()),
                pose_deg=rounded_all(steady.pose.get()),
                **dict(first.residuals_of(steady)),
            ),
            disagreement=rounded_all(main.disagreement.get()) or None,
            fps=rounded(self.fps, 1),
            # The frames of a file are never late; what is left is the time to the prediction.
            latency_ms=quantiles(self._to_display_ms or self._to_prediction_ms),
            prediction_ms=quantiles(self._to_prediction_ms),
            emotion_age_ms=quantiles(self._emotion_age_ms),
            network_means=rounded_all(self._network.get()) or None,
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


def _is_new(result: FrameResult, rows: set[int]) -> bool:
    """Whether a frame is none of these rows of a replay; from now on it is."""
    row = result.frame.row
    if row is None:
        return True
    known = row in rows
    rows.add(row)
    return not known


def kind_of(reason: str) -> str:
    """A reason without its numbers: "yaw 52° beyond 40°" is "yaw"."""
    return re.split(r"[\d:]", reason)[0].removesuffix("off by ").strip()
