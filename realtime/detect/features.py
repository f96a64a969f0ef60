"""Where a model's inputs come from."""

from __future__ import annotations

from typing import Protocol

from realtime.detect.base import Tracker
from realtime.errors import UsageError
from realtime.model import Inverse, LinearMeshModel, canonical_name, is_emotion
from realtime.types import Aligned, Features, FloatArray, Frame, Landmarks, Pose


class FeatureSource(Protocol):
    """Gives a model's features of a frame; `name` is written beside every number that comes of them."""

    name: str

    def features(
        self, frame: Frame, landmarks: Landmarks, aligned: Aligned, pose: Pose | None, offset: FloatArray | None
    ) -> Features | None:
        """The model's inputs for this frame; None where there are none yet."""
        ...


class InverseSource:
    """The features that explain the observed mesh best under the loaded model; no emotion classifier.

    Its residual is the floor of the model itself. Fear and surprise, and disgust and sadness, move the face so much
    alike that they trade places here.
    """

    name = "inverse"

    def __init__(self, model: LinearMeshModel) -> None:
        self._inverse = Inverse(model)

    def features(
        self, frame: Frame, landmarks: Landmarks, aligned: Aligned, pose: Pose | None, offset: FloatArray | None
    ) -> Features | None:
        """Constrained least squares on the aligned mesh, the identity offset taken out where it is known."""
        found = self._inverse.solve(aligned.mesh_canon, pose, offset)
        # A file may spell its emotions as py-feat's network does; from here on they have one name each.
        values = {canonical_name(name) if is_emotion(name) else name: value for name, value in found.items()}
        return Features(values, self.name, frame.stamp_ns)


class BlendshapeSource:
    """MediaPipe's own blendshapes of the same frame: measured on the picture, not fitted to the mesh.

    Those that the model does not support are 0, as in the inverse: their rows mean nothing.
    """

    name = "mediapipe"

    def __init__(self, model: LinearMeshModel) -> None:
        self._values = dict.fromkeys(model.feature_columns, 0.0)
        self._names = [name for name in model.feature_columns if name not in model.unsupported_features]

    def features(
        self, frame: Frame, landmarks: Landmarks, aligned: Aligned, pose: Pose | None, offset: FloatArray | None
    ) -> Features | None:
        """The blendshapes that came with the landmarks; None where none came."""
        shapes = landmarks.blendshapes
        if shapes is None:
            return None
        return Features(self._values | {name: shapes[name] for name in self._names}, self.name, frame.stamp_ns)


def open_feature_source(kind: str, model: LinearMeshModel, tracker: Tracker) -> FeatureSource:
    """`inverse` gives the inverse of the model; `auto` gives MediaPipe's blendshapes where both model and tracker have
    them, else the inverse. Raises UsageError for a source that this version cannot run.
    """
    if kind == "pyfeat":
        raise UsageError(
            "emotion source 'pyfeat': this version does not run py-feat's network yet. "
            "Use --emotion inverse (or auto): the features that explain the observed mesh best under the model."
        )
    if kind == "auto" and set(model.feature_columns) <= set(tracker.blendshapes):
        return BlendshapeSource(model)
    return InverseSource(model)
