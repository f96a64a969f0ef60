"""What is compared side by side on the same frames: models, each with a source of its features."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from realtime.core.config import Config
from realtime.core.errors import FeatureError
from realtime.core.types import EMOTIONS
from realtime.detect.appearance import find_appearance
from realtime.detect.feature_sources import (
    LOOKING,
    AppearanceSource,
    BlendshapeSource,
    InverseSource,
    NetworkSource,
    takes_emotions,
)
from realtime.detect.pyfeat.weights import find_weights
from realtime.geometry import Aligner, CanonicalFrame
from realtime.model import LinearMeshModel, canonical_name
from realtime.model.names import family_of, is_emotion
from realtime.pipeline.build import configured_tracker
from realtime.pipeline.compare.spool import Chunk
from realtime.pipeline.predictor import PoseMode

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]
SEEN = (AppearanceSource.name, NetworkSource.name, BlendshapeSource.name)  # sources that a tracked frame may have
LEAST_MARGIN = 0.2  # of the top class over the next one, for a frame to count as of an emotion
Source = Literal["appearance", "pyfeat", "mediapipe", "inverse"]


@dataclass(frozen=True, slots=True, eq=False)
class Setup:
    """A model with a source of its features; the poses that it is given, first the one of the scores."""

    model: LinearMeshModel
    source: Source
    poses: tuple[PoseMode, ...]

    @property
    def name(self) -> str:
        """Of both, for tables."""
        return f"{self.model.name} · {self.source}"

    @property
    def independent(self) -> bool:
        """Whether its features are not fitted to the mesh that they shall predict."""
        return self.source in LOOKING

    @property
    def family(self) -> str:
        """ "emotion", "au" or "blendshape"."""
        return family_of(self.model.feature_columns)

    @property
    def canonical(self) -> CanonicalFrame:
        """The frame of the model."""
        return CanonicalFrame.of(self.model.mean_mesh)

    @property
    def aligner(self) -> Aligner:
        """Into the frame of the model."""
        return Aligner(self.model.anchors, self.canonical, self.model.anchor_indices)

    @property
    def neutral_inputs(self) -> F64:
        """(k,) the features of a face at rest."""
        return np.array([float(canonical_name(name) == "neutral") for name in self.model.feature_columns])

    def inputs(self, chunk: Chunk) -> F64:
        """(n, k) the model's features as its source delivered them, matched by name; NaN where there are none."""
        known = {canonical_name(name): values for name, values in chunk.features(self.source).items()}
        found = np.full((len(chunk), len(self.model.feature_columns)), np.nan)
        for at, name in enumerate(self.model.feature_columns):
            if name in self.model.unsupported_features:
                found[:, at] = 0.0
            elif canonical_name(name) in known:
                found[:, at] = known[canonical_name(name)]
        found[np.isnan(found).any(axis=1)] = np.nan
        return found

    def clipped(self, features: F64) -> F64:
        """(n, k) as `LinearMeshModel.predict` uses them: within the limits of models that have some."""
        limits = self.model.feature_p99
        if limits is None or self.family == "au":
            return features
        return np.clip(features, 0.0, limits.astype(np.float64))


def named_emotions(chunk: Chunk, source: str) -> tuple[npt.NDArray[np.int64], F64]:
    """What a source that does not see the mesh calls the faces: (n,) the place in `EMOTIONS` of the top class, -1
    where nothing was said or it is less than `LEAST_MARGIN` above the next, and (n,) that margin.
    """
    values = {canonical_name(name): column for name, column in chunk.features(source).items() if is_emotion(name)}
    found = np.stack([values.get(name, np.full(len(chunk), np.nan)) for name in EMOTIONS], axis=1).astype(np.float64)
    known = np.isfinite(found).all(axis=1)
    ordered = np.sort(found, axis=1)
    margin = np.where(known, ordered[:, -1] - ordered[:, -2], np.nan)
    top = np.where(known & (margin >= LEAST_MARGIN), np.nan_to_num(found).argmax(axis=1), -1)
    return top.astype(np.int64), margin


def resolve_setups(
    config: Config, models: Sequence[LinearMeshModel], emotions: Sequence[str], recorded: Sequence[str] | None
) -> tuple[Setup, ...]:
    """Every model with every source in `emotions` that can drive it, the first model first.

    `recorded`: the sources of stored features, where only sessions are compared as they were stored; None: videos are
    among the recordings. "auto" is then what the mirror takes: py-feat's network, the classifier, else the inverse.
    Raises FeatureError where nothing can drive a model.
    """
    found: list[Setup] = []
    for model in models:
        reasons = []
        before = len(found)
        for asked in emotions:
            source = _automatic(config, model, recorded) if asked == "auto" else asked
            why = _cannot(model, source)
            if why:
                reasons.append(why)
            elif not any(one.model is model and one.source == source for one in found):
                first = model.default_pose if config.model.pose == "auto" else config.model.pose
                other: PoseMode = "zero" if first == "live" else "live"
                found.append(Setup(model, source, (first, other)))  # type: ignore[arg-type]
        if len(found) == before:
            raise FeatureError(f"{model.name}: {'; '.join(reasons)}. Use --emotion auto, or another model.")
    return tuple(found)


def _automatic(config: Config, model: LinearMeshModel, recorded: Sequence[str] | None) -> str:
    if recorded is not None:
        return next((source for source in recorded if not _cannot(model, source)), InverseSource.name)
    if family_of(model.feature_columns) == "blendshape" and set(model.feature_columns) <= set(_blendshapes(config)):
        return BlendshapeSource.name
    if find_weights(config.detect.pyfeat_weights) is not None:
        return NetworkSource.name
    if takes_emotions(model) and find_appearance() is not None:
        return AppearanceSource.name
    return InverseSource.name


def _blendshapes(config: Config) -> tuple[str, ...]:
    """Those that the tracker of the settings gives."""
    tracker = configured_tracker(config.detect)
    try:
        return tracker.blendshapes
    finally:
        tracker.close()


def _cannot(model: LinearMeshModel, source: str) -> str:
    """Why a source cannot drive a model; empty where it can, as far as is known before the first frame."""
    family = family_of(model.feature_columns)
    if source == AppearanceSource.name and not takes_emotions(model):
        return "the classifier 'appearance' gives seven emotions, which do not drive it"
    if source == BlendshapeSource.name and family != "blendshape":
        return "the tracker gives blendshapes, which do not drive it"
    return ""


def independent_source(setups: Sequence[Setup], config: Config, recorded: Sequence[str] | None) -> str | None:
    """The source that names emotions and does not see the mesh: one of the setups', else the classifier where it is
    here; None where there is none.
    """
    used = [setup.source for setup in setups]
    for source in (NetworkSource.name, AppearanceSource.name):
        if source in used or (recorded is not None and source in recorded):
            return source
    if recorded is None and find_appearance() is not None:
        return AppearanceSource.name
    return None


def tracked_sources(setups: Sequence[Setup], independent: str | None) -> tuple[str, ...]:
    """The sources that have to be asked while the faces of a video are found."""
    wanted = {setup.source for setup in setups} | ({independent} if independent else set())
    return tuple(source for source in SEEN if source in wanted)
