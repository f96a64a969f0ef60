"""One model applied to the frames of one subject: features, prediction, residual, identity."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from typing import Literal, get_args

import numpy as np

from realtime.core.frame_result import GainLine, ModelResult, Residual
from realtime.core.stopwatch import Stopwatch
from realtime.core.types import (
    POSE_ZERO,
    Aligned,
    AppearanceOutput,
    FloatArray,
    Identity,
    Landmarks,
    NetworkOutput,
    Pose,
    PoseZero,
    Prediction,
    Similarity,
)
from realtime.detect.feature_sources import FaceObservation, FeatureSource
from realtime.geometry import (
    Aligner,
    CanonicalFrame,
    GainSums,
    fit_similarity,
    gain_terms,
    identity_at,
    mean_distance,
    noise_squares,
    parts,
    residual,
)
from realtime.geometry.model_frame import SAME_FRAME
from realtime.model import LinearMeshModel
from realtime.pipeline.floor import FloorSolver

PoseMode = Literal["live", "zero"]
PoseSource = Literal["mesh", "pyfeat"]
POSE_MODES: tuple[PoseMode, ...] = get_args(PoseMode)


class Predictor:
    """A model with the source of its features and the subject's identity in its canonical frame.

    `pose_mode` "auto" is the model's default. Where the subject's own response to the head pose is known it replaces
    the model's pose part: the model is given pose = 0, and the identity is that at the pose of the mesh.
    """

    def __init__(
        self,
        model: LinearMeshModel,
        source: FeatureSource,
        pose_mode: Literal["auto"] | PoseMode = "auto",
        pose_source: PoseSource = "mesh",
        gain: float | Literal["session"] = 1.0,
        pose_zero: PoseZero = POSE_ZERO,
        tracker_offset: FloatArray | None = None,
    ) -> None:
        """`tracker_offset` (478, 3): that of the tracker in the model's frame, where it is known."""
        self.features_only = False  # whether a step ends at the features, as where nothing shall be compared
        self.model = model
        self.source = source
        self.pose_source: PoseSource = pose_source
        # For each pose mode: an offset belongs to the predictions against which it was measured.
        self._identities: dict[PoseMode, Identity] = {}
        self.choose_pose(pose_mode)
        self.canonical = CanonicalFrame.of(model.mean_mesh, pose_zero)
        self.aligner = Aligner(model.anchors, self.canonical, model.anchor_indices)
        self._gain = gain
        self._tracker_offset = tracker_offset
        self._gain_sums = GainSums()
        self._gain_identity: Identity | None = None  # with which they were measured
        self._neutral = model.predict_neutral()
        self._floor = FloorSolver(model, self.canonical)

    def for_another_face(self) -> Predictor:
        """One with the same model, source and settings, without an identity; what is prepared of a model is shared."""
        other = copy(self)
        other._identities = {}
        other._gain_sums, other._gain_identity = GainSums(), None
        return other

    def choose_pose(self, pose_mode: Literal["auto"] | PoseMode) -> None:
        """Set the pose input of the model from the next frame on."""
        self.chosen_pose: PoseMode = self.model.default_pose if pose_mode == "auto" else pose_mode

    @property
    def pose_mode(self) -> PoseMode:
        """The pose input that is in force: "zero" where the subject's own response replaces it."""
        known = self._identities.get("zero")
        return self.chosen_pose if known is None or known.response is None else "zero"

    @property
    def identity(self) -> Identity | None:
        """The subject's face at rest, for the present pose mode; None until calibrated."""
        return self._identities.get(self.pose_mode)

    def identities(self) -> dict[PoseMode, Identity]:
        """The subject's face at rest for each pose mode for which it is known."""
        return dict(self._identities)

    def use_identities(self, identities: Mapping[PoseMode, Identity]) -> None:
        """Use these from the next frame on, and no others."""
        self._identities = dict(identities)

    def restore_identity(self, identity: Identity | None) -> None:
        """Restore the identity that was recorded in the chosen pose mode."""
        if identity is None:
            self._identities = {}
        else:
            self._identities = {self.chosen_pose if identity.response is None else "zero": identity}

    @property
    def gain_applied(self) -> float:
        """The factor of the displacement from rest where the face is drawn."""
        if self._gain != "session":
            return self._gain
        found = self._gain_sums.gain
        return 1.0 if found is None else max(0.0, found)

    def restore_gain(self, gain: float) -> None:
        """Draw with the gain that was recorded."""
        self._gain = gain

    def add_to_gain(self, result: ModelResult) -> None:
        """Count a valid frame for the gain of the session."""
        if result.gain_terms is not None:
            if result.identity is not self._gain_identity:
                self._gain_sums, self._gain_identity = GainSums(), result.identity
            self._gain_sums.add(result.gain_terms)

    def step(
        self,
        stamp_ns: int,
        landmarks: Landmarks,
        aligned: Aligned,
        network: NetworkOutput | None,
        pending: bool,
        first_from_canon: Similarity | None,
        watch: Stopwatch,
        appearance: AppearanceOutput | None = None,
    ) -> ModelResult:
        """The model's result for a face that was aligned to its frame; `pending`: the network's first output for it is
        under way; `appearance`: what the classifier makes of it, where that is a source.
        """
        mode = self.pose_mode
        pose, pose_source = self.pose_given(mode, aligned, network)
        identity = self._identities.get(mode)
        here = None if identity is None else identity_at(identity, aligned.pose)
        offset = None if here is None else here.offset_canon
        face = FaceObservation(stamp_ns, landmarks, aligned, pose, offset, network, pending, appearance)
        features = self.source.features(face)
        watch.lap("features")
        if self.features_only:
            return ModelResult(self.model.name, stamp_ns, aligned, features, None, None, None, first_from_canon)
        predicted = None
        if features is not None:
            mesh = self.model.predict(features.values, pose)
            adjusted_mesh = None if offset is None else mesh + offset
            at_rest = self._neutral if pose is None else self.model.predict_neutral(pose)
            predicted = Prediction(mesh, adjusted_mesh, pose, pose_source, self.model.name, at_rest, self.gain_applied)
        watch.lap("predict")
        raw, adjusted = self._residuals(aligned, predicted, here)
        made_of = terms = floor = line = None
        if features is not None and predicted is not None and raw is not None:
            made_of = parts(
                aligned.mesh_canon, self.model.mean_mesh, self._neutral, at_rest, mesh, self.canonical, identity, here,
                self._tracker_offset,
            )  # fmt: skip
            if here is not None:
                own = aligned.mesh_canon - here.offset_canon
                terms = gain_terms(own, at_rest, mesh, noise_squares(here, self.canonical))
                line = self._gain_line(own, at_rest, mesh, identity)
            watch.lap("residual")
            floor = self._floor.solve(aligned.mesh_canon, features, predicted, here, raw, adjusted)
            watch.lap("floor")
        return ModelResult(
            self.model.name, stamp_ns, aligned, features, predicted, raw, adjusted, first_from_canon, made_of, identity,
            floor, terms, line,
        )  # fmt: skip

    def pose_given(
        self, mode: PoseMode, aligned: Aligned, network: NetworkOutput | None
    ) -> tuple[Pose | None, PoseSource | None]:
        """The pose that the model is given and who measured it: the mesh's while the network has none."""
        if mode == "zero":
            return None, None
        if self.pose_source == "pyfeat" and network is not None:
            return network.pose, "pyfeat"
        return aligned.pose, "mesh"

    def _gain_line(
        self, own: FloatArray, at_rest: FloatArray, predicted: FloatArray, identity: Identity | None
    ) -> GainLine:
        """The frame with the gain of the session so far: `own` is the observed face without the identity offset."""
        gain = self._gain_sums.gain if identity is self._gain_identity else None
        if gain is None:
            return GainLine(None, None)
        scaled = at_rest + max(0.0, gain) * (predicted - at_rest)
        return GainLine(gain, mean_distance(own, scaled, self.canonical))

    def _residuals(
        self, aligned: Aligned, predicted: Prediction | None, identity: Identity | None
    ) -> tuple[Residual | None, Residual | None]:
        if predicted is None:
            return None, None
        mean = self.model.mean_mesh
        observed = aligned.mesh_canon
        raw = residual(observed, predicted.mesh_canon, frame=self.canonical, mean_mesh=mean, identity=identity)
        if identity is None or predicted.adjusted_canon is None:
            return raw, None
        adjusted = residual(
            observed, predicted.adjusted_canon, frame=self.canonical, mean_mesh=mean, identity=identity, adjusted=True
        )
        return raw, adjusted


def same_model(one: LinearMeshModel, other: LinearMeshModel) -> bool:
    """Whether two models are one: of one file, loaded alike."""
    return one is other or (one.sha256 == other.sha256 and np.array_equal(one.coef, other.coef))


def same_alignment(one: LinearMeshModel, other: LinearMeshModel) -> bool:
    """Whether a face aligned for one model is aligned for the other: as the family's files are meant to be."""
    return one.anchor_indices == other.anchor_indices and np.array_equal(one.anchors, other.anchors)


def frame_map(to: LinearMeshModel, of: LinearMeshModel) -> Similarity | None:
    """The similarity from one model's frame into another's, by the anchors of their mean meshes.

    None where the frames are the same. The family's files share one frame, but their mean faces are those of other
    people and detectors: what differs by less than `SAME_FRAME` is the same frame, and is not corrected.
    """
    at = list(to.anchor_indices)
    to_from_of = fit_similarity(of.mean_mesh[at], to.mean_mesh[at])
    moved = np.linalg.norm(to_from_of.apply(of.mean_mesh) - of.mean_mesh, axis=1).mean()
    return None if moved < SAME_FRAME * CanonicalFrame.of(of.mean_mesh).unit else to_from_of
