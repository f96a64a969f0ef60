"""The frames that a run has measured, as arrays, and the scores of any predictions of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from realtime.core.frame_result import FrameResult, ModelResult
from realtime.core.types import Features, Identity
from realtime.geometry import (
    CanonicalFrame,
    GainSums,
    ScoreSums,
    gain_terms,
    interquartile_mean,
    noise_squares,
    skill,
)
from realtime.model import Inverse, LinearMeshModel, reported_name

F64 = npt.NDArray[np.float64]
Vertices = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class MeasuredFrames:
    """The frames in the range of one model after a calibration, all of one face."""

    model: LinearMeshModel
    tracker: str
    source: str  # of the delivered features
    identity: Identity
    frames: npt.NDArray[np.int64]  # (n,) numbers in the source
    seconds: F64  # (n,) times in the source
    observed: F64  # (n, 478, 3) canonical frame of the model, model units
    delivered: F64  # (n, k) features of the source, in the order of the model's columns
    fitted: F64  # (n, k) those of the floor, the identity offset taken out
    pose: F64  # (n, 3) pitch, yaw, roll of the observed face, radians
    given_pose: F64 | None  # (n, 3) pose that the model was given; None: pose = 0

    def __len__(self) -> int:
        return len(self.frames)

    @property
    def canonical(self) -> CanonicalFrame:
        """The axes and the unit of the model's frame."""
        return CanonicalFrame.of(self.model.mean_mesh)

    def rows(self, which: npt.NDArray[np.bool_] | Vertices) -> MeasuredFrames:
        """Some of the frames."""
        given = None if self.given_pose is None else self.given_pose[which]
        return replace(
            self, frames=self.frames[which], seconds=self.seconds[which], observed=self.observed[which],
            delivered=self.delivered[which], fitted=self.fitted[which], pose=self.pose[which], given_pose=given,
        )  # fmt: skip

    def neutrals(self, model: LinearMeshModel | None = None) -> F64:
        """(n, 478, 3) a model's face at rest at the pose that it was given in each frame."""
        model = model or self.model
        if self.given_pose is None:
            return np.broadcast_to(model.predict_neutral().astype(np.float64), self.observed.shape)
        return model.predict_neutral(self.given_pose.astype(np.float32)).astype(np.float64)

    def calibrated_on(self, which: npt.NDArray[np.bool_]) -> MeasuredFrames:
        """The same frames with another neutral: some of them, averaged as by a calibration. The noise stays."""
        observed = self.observed[which]
        offset = interquartile_mean(observed - self.neutrals()[which])
        identity = replace(
            self.identity,
            offset_canon=offset.astype(np.float32),
            neutral_canon=interquartile_mean(observed).astype(np.float32),
            frames=int(which.sum()),
        )
        return replace(self, identity=identity)


@dataclass(frozen=True, slots=True)
class PredictionScores:
    """What predictions of some frames are worth, and one constant face beside them."""

    skill: float | None  # against the subject's own neutral
    r2: float | None
    gain: float | None
    skill_with_gain: float | None
    constant_skill: float | None  # of the mean of the very frames


def fit(frames: MeasuredFrames, model: LinearMeshModel | None = None, kept: F64 | float = 1.0) -> F64:
    """(n, k) the features under which a model in the same frame comes nearest to each face, identity taken out.

    `kept` (478, 3): 1 for what is fitted, 0 for what a model of some vertices leaves out.
    """
    model = model or frames.model
    inverse = Inverse(model)
    names = model.feature_columns
    offset = np.asarray(frames.identity.offset_canon, np.float64)
    if np.ndim(kept) == 0:
        offset = _offset(frames, model)
    found = np.empty((len(frames), len(names)))
    for at, mesh in enumerate(frames.observed):
        pose = None if frames.given_pose is None else frames.given_pose[at]
        solved = inverse.solve(mesh * kept, pose, offset * kept)
        found[at] = [solved[name] for name in names]
    return found


def score(
    frames: MeasuredFrames, features: F64, model: LinearMeshModel | None = None, vertices: Vertices | None = None
) -> PredictionScores:
    """The scores of features (n, k) that drive a model in the same frame, over all vertices or some."""
    model = model or frames.model
    given = None if frames.given_pose is None else frames.given_pose.astype(np.float32)
    predicted = model.predict(features.astype(np.float32), given).astype(np.float64)
    at_rest, offset = frames.neutrals(model), _offset(frames, model)
    own = np.asarray(frames.identity.neutral_canon, np.float64)
    which = slice(None) if vertices is None else vertices
    noise = noise_squares(frames.identity, frames.canonical) * len(own[which]) / len(own)
    sums, gains = ScoreSums(model.mean_mesh[which]), GainSums()
    baseline = 0.0
    for observed, mesh, rest in zip(frames.observed, predicted, at_rest, strict=True):
        seen = observed[which]
        sums.add(seen, (mesh + offset)[which])
        gains.add(gain_terms(seen - offset[which], rest[which], mesh[which], noise))
        baseline += float(((seen - own[which]) ** 2).sum())
    gained = gains.sse
    return PredictionScores(
        skill=skill(sums.sse, baseline),
        r2=sums.r2,
        gain=gains.gain,
        skill_with_gain=None if gained is None else skill(gained, baseline),
        constant_skill=skill(sums.variation, baseline),
    )


def score_sums(frames: MeasuredFrames, features: F64) -> ScoreSums:
    """The sums of the model's predictions with the identity offset, for scores over several people."""
    given = None if frames.given_pose is None else frames.given_pose.astype(np.float32)
    sums = ScoreSums(frames.model.mean_mesh)
    offset = _offset(frames, frames.model)
    for observed, mesh in zip(frames.observed, frames.model.predict(features.astype(np.float32), given), strict=True):
        sums.add(observed, mesh + offset)
    return sums


def _offset(frames: MeasuredFrames, model: LinearMeshModel) -> F64:
    """The identity offset for a model in the same frame: the same neutral, minus that model's own."""
    offset = np.asarray(frames.identity.offset_canon, np.float64)
    return offset + frames.model.predict_neutral() - model.predict_neutral()


class FrameCollector:
    """A sink that keeps what `MeasuredFrames` needs of the first model: the frames in range after a calibration."""

    def __init__(self, model: LinearMeshModel) -> None:
        self._model = model
        self._names = [reported_name(name) for name in model.feature_columns]
        self._kept: list[tuple[FrameResult, ModelResult]] = []

    def accept(self, result: FrameResult) -> None:
        """Keep a frame that counts."""
        if not result.validity.ok or not result.models:
            return
        model = result.models[0]
        if model.identity is not None and model.features is not None and model.floor is not None:
            self._kept.append((replace(result, frame=replace(result.frame, image=_NO_PICTURE)), model))

    def close(self) -> None:
        """There is nothing to unblock."""

    def measured(self) -> MeasuredFrames | None:
        """The frames of the newest calibration and of the source that most of them had; None where there are none."""
        if not self._kept:
            return None
        identity = self._kept[-1][1].identity
        kept = [(result, model) for result, model in self._kept if model.identity is identity]
        sources = [model.features.source for _, model in kept if model.features is not None]
        source = max(dict.fromkeys(sources), key=sources.count)
        kept = [one for one, of in zip(kept, sources, strict=True) if of == source]
        models = [model for _, model in kept]
        predicted = [model.predicted.pose for model in models if model.predicted is not None]
        given = [pose for pose in predicted if pose is not None]
        assert identity is not None
        return MeasuredFrames(
            model=self._model,
            tracker=kept[0][0].faces[0].landmarks.tracker,
            source=source,
            identity=identity,
            frames=np.array([result.frame.index for result, _ in kept], np.int64),
            seconds=np.array([result.frame.stamp_ns for result, _ in kept], np.int64) / 1e9,
            observed=np.stack([model.aligned.mesh_canon for model in models]).astype(np.float64),
            delivered=np.stack([self._values(model.features) for model in models]),
            fitted=np.stack([self._values(_fitted(model)) for model in models]),
            pose=np.array([model.aligned.pose.angles for model in models]),
            given_pose=np.array([pose.angles for pose in given]) if len(given) == len(models) else None,
        )

    def _values(self, features: Features | Mapping[str, float] | None) -> F64:
        values = features.values if isinstance(features, Features) else features or {}
        return np.array([values.get(name, 0.0) for name in self._names])


def _fitted(model: ModelResult) -> Mapping[str, float]:
    assert model.floor is not None
    return (model.floor.adjusted or model.floor.raw).features


_NO_PICTURE = np.zeros((1, 1, 3), np.uint8)
