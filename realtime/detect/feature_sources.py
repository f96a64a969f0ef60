"""The sources of a model's features: the inverse, the classifier `appearance`, MediaPipe's blendshapes, py-feat's
network.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from realtime.core.errors import ModelFileError
from realtime.core.types import (
    EMOTIONS,
    Aligned,
    AppearanceOutput,
    Features,
    FloatArray,
    Landmarks,
    NetworkOutput,
    Pose,
)
from realtime.detect.landmarks.tracker import Tracker
from realtime.model import Inverse, LinearMeshModel, canonical_name, reported_name


@dataclass(frozen=True, slots=True, eq=False)
class FaceObservation:
    """A face as it is passed to the sources of features."""

    stamp_ns: int  # of its frame
    landmarks: Landmarks
    aligned: Aligned  # in the model's frame
    pose: Pose | None  # that the model is given; None means pose = 0
    offset: FloatArray | None  # (478, 3) identity, model units; None until calibrated
    network: NetworkOutput | None  # output of py-feat's network for this face, or for one a little older
    pending: bool  # the network's first output for this face is under way
    appearance: AppearanceOutput | None = None  # of the classifier, where it is a source


class FeatureSource(Protocol):
    """Gives a model's features of a face; each `Features` names its own source, since a fallback may replace it."""

    name: str

    def features(self, face: FaceObservation) -> Features | None:
        """The model's inputs for this face; None where there are none yet."""
        ...


class InverseSource:
    """The features under which the loaded model comes nearest to the observed mesh; no emotion classifier.

    Its residual is the floor of the model itself. Fear and surprise, and disgust and sadness, move the face so much
    alike that they trade places here.
    """

    name = "inverse"

    def __init__(self, model: LinearMeshModel) -> None:
        self._inverse = Inverse(model)

    def features(self, face: FaceObservation) -> Features | None:
        """Constrained least squares on the aligned mesh, the identity offset taken out where it is known."""
        found = self._inverse.solve(face.aligned.mesh_canon, face.pose, face.offset)
        values = {reported_name(name): value for name, value in found.items()}
        return Features(values, self.name, face.stamp_ns)


class BlendshapeSource:
    """MediaPipe's own blendshapes of the same frame: its network computes them from 146 of the landmarks, so that they
    are not fitted to the mesh, and not independent of it either.

    Those that the model does not support are 0, as in the inverse: their rows mean nothing.
    """

    name = "mediapipe"

    def __init__(self, model: LinearMeshModel) -> None:
        self._model = model

    def features(self, face: FaceObservation) -> Features | None:
        """The blendshapes that came with the landmarks; None where none came."""
        shapes = face.landmarks.blendshapes
        values = None if shapes is None else inputs_of(self._model, shapes)
        return None if values is None else Features(values, self.name, face.stamp_ns)


class AppearanceSource:
    """The classifier `appearance`: emotions that it sees in the picture; nothing is fitted to the mesh.

    Where it gives none there are no features: a fit to the mesh in their place would predict the mesh from itself.
    """

    name = "appearance"

    def __init__(self, model: LinearMeshModel) -> None:
        """Raises ModelFileError for a model that is not driven by emotions."""
        if not takes_emotions(model):
            raise ModelFileError(
                f"The classifier 'appearance' gives seven emotions, which do not drive '{model.name}'. "
                "Use --emotion auto, or a model of emotions."
            )
        self._model = model

    def features(self, face: FaceObservation) -> Features | None:
        """Those of this face; None where the classifier gives none."""
        given = face.appearance
        values = None if given is None or given.emotions is None else inputs_of(self._model, given.emotions)
        return None if values is None else Features(values, self.name, face.stamp_ns)


class NetworkSource:
    """py-feat's multitask network: emotions, action units or blendshapes, whichever drive the model.

    While the network cannot answer, the inverse replaces it, and each row names its source.
    """

    name = "pyfeat"

    def __init__(self, model: LinearMeshModel, *, asked_for: bool) -> None:
        """`asked_for`: the user named this source, so that a network without the model's features is an error."""
        self._model = model
        self._asked_for = asked_for
        self._stand_in = InverseSource(model)

    def features(self, face: FaceObservation) -> Features | None:
        """None while the first answer on this face is under way.

        Raises ModelFileError where the network was asked for and lacks the features that drive the model.
        """
        output = face.network
        if output is None:
            return None if face.pending else self._stand_in.features(face)
        measured = {**output.emotions, **output.action_units, **(output.blendshapes or {})}
        values = inputs_of(self._model, measured)
        if values is not None:
            return Features(values, self.name, output.stamp_ns)
        if self._asked_for:
            lacking = sorted(set(self._model.feature_columns) - set(measured))
            raise ModelFileError(
                f"py-feat's network lacks the features that drive '{self._model.name}': {', '.join(lacking[:3])}"
                f"{' ...' if len(lacking) > 3 else ''}. Use --emotion auto, or another checkpoint."
            )
        return self._stand_in.features(face)


def inputs_of(model: LinearMeshModel, measured: Mapping[str, float]) -> dict[str, float] | None:
    """Select a model's features from measured ones, matched by name in any spelling; None where one is missing.

    Emotions get their one name, others keep the model's; features that the model does not support are 0.
    """
    known = {canonical_name(name): value for name, value in measured.items()}
    values = {}
    for name in model.feature_columns:
        value = 0.0 if name in model.unsupported_features else known.get(canonical_name(name))
        if value is None:
            return None
        values[reported_name(name)] = value
    return values


LOOKING = (AppearanceSource.name, NetworkSource.name)  # sources of emotions that look at the picture, not at the mesh


def takes_emotions(model: LinearMeshModel) -> bool:
    """Whether emotions drive the model."""
    return {canonical_name(name) for name in model.feature_columns} <= set(EMOTIONS)


def open_feature_source(
    kind: str, model: LinearMeshModel, tracker: Tracker, *, network: bool, appearance: bool = False
) -> FeatureSource:
    """Choose the source: `inverse` is the inverse of the model, `pyfeat` the network, `appearance` the classifier.

    `auto` is MediaPipe's blendshapes where both model and tracker have them, else the network where it is there
    (`network`), else the classifier where it is there (`appearance`) and emotions drive the model, else the inverse.

    Raises ModelFileError for a model that the classifier was asked for and cannot drive.
    """
    if kind == "auto" and set(model.feature_columns) <= set(tracker.blendshapes):
        return BlendshapeSource(model)
    if kind == "pyfeat" or (kind == "auto" and network):
        return NetworkSource(model, asked_for=kind == "pyfeat")
    if kind == "appearance" or (kind == "auto" and appearance and takes_emotions(model)):
        return AppearanceSource(model)
    return InverseSource(model)
