"""A linear model of the face: named features and named pose in, 478 vertices out."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from math import isfinite
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from realtime.core.errors import FeatureError
from realtime.core.types import N_LANDMARKS, Features, FloatArray, Pose
from realtime.model.input_rows import F32, F64, Inputs
from realtime.model.names import POSE_NAMES, canonical_name, family_of

FeatureInput = Mapping[str, float] | Features | npt.ArrayLike  # Series and DataFrames are among the last
PoseInput = Mapping[str, float] | Pose | npt.ArrayLike
N_OUTPUTS = 3 * N_LANDMARKS
_EXPRESSED = 0.02  # the value beyond which py-feat warns of an unsupported feature (feat/plotting.py)


class LinearMeshModel:
    """mesh = features @ coef[:k] + pose @ coef[k:] + intercept, in the model's canonical frame and units.

    Where the file has the whole fit (`coef_full`), the interactions of features and pose are added: they vanish at
    pose = 0, and without them the pose rows are not identified, since emotions sum to one.

    The outputs are axis-major, ``[x_0 .. x_477 | y_0 .. y_477 | z_0 .. z_477]``, as in py-feat's files
    (`au_to_mesh_pls`, `emotion_to_mesh_pls`, `bs_to_mesh_pls`). All arrays are read-only; an instance never changes.

    Attributes
    ----------
    name
        For a title: "emotion@built-in", "emotion_to_mesh_pls_v6".
    feature_name
        The family: "emotion", "au", "blendshape".
    feature_columns, pose_columns
        Names of the k features and of the three angles, in the order of the rows of `coef`.
    coef, intercept
        (k + 3, 1434) and (1434,) float32; pose rows are per radian.
    mean_mesh, neutral_mesh
        (478, 3) float32: the training data's mean, and the face at rest (the file's own where it has one, else the
        prediction for neutral = 1, else that for all features zero).
    anchors, anchor_indices
        (12, 3) float32 positions of the alignment's landmarks, and their indices.
    feature_p99
        (k,) float32 upper end of each feature in the training data, or None.
    unsupported_features
        Features that the training data's detector never expressed; their rows mean nothing. `predict` warns once when
        one of them is used, and the inverse leaves them at 0.
    coef_full
        The training fit with its interactions of features and pose, (m, 1434), or None.
    has_interactions
        Whether `coef_full` has the features' rows of `coef`, rows of the three angles, and 3 k interactions, pose after
        pose (Pitch x every feature, Yaw x ..., Roll x ...), and so can be predicted with. Any other `coef_full` is kept
        and not used.
    label_repair
        What was done to the labels of its columns: filed label -> the label that its column now has. Empty: as filed.
    depth_factor
        Factor by which z of its file was scaled where its frame was corrected (`frame_correction`); 1: as filed.
    card, metadata, sha256, path
        The model card's text, the training metadata, and which file it was; empty and None for a composed model.
    """

    __slots__ = (
        "_batch_rows",
        "_features",
        "_limits",
        "_pose",
        "_pose_order",
        "_unsupported",
        "anchor_indices",
        "anchors",
        "card",
        "coef",
        "coef_full",
        "depth_factor",
        "feature_columns",
        "feature_name",
        "feature_p99",
        "has_interactions",
        "intercept",
        "label_repair",
        "mean_mesh",
        "metadata",
        "name",
        "neutral_mesh",
        "path",
        "pose_columns",
        "sha256",
        "unsupported_features",
    )

    name: str
    feature_name: str
    feature_columns: tuple[str, ...]
    pose_columns: tuple[str, ...]
    coef: F32
    intercept: F32
    mean_mesh: F32
    neutral_mesh: F32
    anchors: F32
    anchor_indices: tuple[int, ...]
    feature_p99: F32 | None
    unsupported_features: tuple[str, ...]
    coef_full: F32 | None
    has_interactions: bool
    label_repair: Mapping[str, str]
    depth_factor: float
    card: str
    metadata: Mapping[str, Any]
    sha256: str
    path: Path | None
    _features: Inputs
    _pose: Inputs
    _pose_order: tuple[int, ...]
    _limits: F32 | None
    _unsupported: npt.NDArray[np.intp] | None
    _batch_rows: F64

    def __init__(
        self,
        *,
        name: str,
        feature_name: str,
        feature_columns: tuple[str, ...],
        pose_columns: tuple[str, ...],
        coef: npt.ArrayLike,
        intercept: npt.ArrayLike,
        mean_mesh: npt.ArrayLike,
        neutral_mesh: npt.ArrayLike | None = None,
        anchors: npt.ArrayLike | None = None,
        anchor_indices: tuple[int, ...],
        feature_p99: npt.ArrayLike | None = None,
        unsupported_features: tuple[str, ...] = (),
        coef_full: npt.ArrayLike | None = None,
        label_repair: Mapping[str, str] | None = None,
        depth_factor: float = 1.0,
        card: str = "",
        metadata: Mapping[str, Any] | None = None,
        sha256: str = "",
        path: Path | None = None,
    ) -> None:
        """Arrays are copied. `read_model` checks files; here a wrong shape is a ValueError."""
        rows = len(feature_columns) + len(pose_columns)
        put = super().__setattr__
        put("name", name)
        put("feature_name", feature_name)
        put("feature_columns", tuple(feature_columns))
        put("pose_columns", tuple(pose_columns))
        put("coef", _frozen(coef, (rows, N_OUTPUTS), "coef"))
        put("intercept", _frozen(intercept, (N_OUTPUTS,), "intercept"))
        put("mean_mesh", _frozen(mean_mesh, (N_LANDMARKS, 3), "mean_mesh"))
        put("anchor_indices", tuple(anchor_indices))
        if anchors is None:
            anchors = self.mean_mesh[list(anchor_indices)]
        put("anchors", _frozen(anchors, (len(anchor_indices), 3), "anchors"))
        put(
            "feature_p99", None if feature_p99 is None else _frozen(feature_p99, (len(feature_columns),), "feature_p99")
        )
        put("unsupported_features", tuple(unsupported_features))
        put("coef_full", None if coef_full is None else _frozen(coef_full, None, "coef_full"))
        put("label_repair", MappingProxyType(dict(label_repair or {})))
        put("depth_factor", depth_factor)
        put("card", card)
        put("metadata", MappingProxyType(dict(metadata or {})))
        put("sha256", sha256)
        put("path", path)
        put("_features", Inputs(name, "features", self.feature_columns))
        put("_pose", Inputs(name, "pose", self.pose_columns))
        put("_pose_order", tuple(POSE_NAMES.index(column) for column in pose_columns))
        put("_limits", None if family_of(feature_columns) == "au" else self.feature_p99)
        put("_unsupported", None)
        put("has_interactions", _continues(self.coef_full, self.coef, len(feature_columns)))
        rows_used = self.coef_full if self.has_interactions and self.coef_full is not None else self.coef
        put("_batch_rows", _vertex_by_vertex(np.vstack([rows_used, self.intercept])))
        if neutral_mesh is None:
            neutral_mesh = self.predict_neutral()
        put("neutral_mesh", _frozen(neutral_mesh, (N_LANDMARKS, 3), "neutral_mesh"))
        named = {canonical_name(column) for column in self.unsupported_features}
        unsupported = [at for at, column in enumerate(self.feature_columns) if canonical_name(column) in named]
        if len(unsupported) != len(self.unsupported_features):
            raise ValueError(f"unsupported_features must be among feature_columns, got {self.unsupported_features}")
        if unsupported:  # from here on: a model that is only loaded warns of nothing
            put("_unsupported", np.array(unsupported, np.intp))

    def replaced(self, **changes: Any) -> LinearMeshModel:
        """A copy with other values for some of the constructor's arguments."""
        given = {name: getattr(self, name) for name in _ARGUMENTS}
        return LinearMeshModel(**(given | changes))

    @property
    def pose_rows(self) -> F32:
        """(3, 1434) what a radian of each angle does where all features are 0, as `predict` has it."""
        full = self.coef_full if self.has_interactions else None
        k = len(self.feature_columns)
        return self.coef[k:] if full is None else full[k : k + 3]

    @property
    def default_pose(self) -> Literal["live", "zero"]:
        """The default pose input of the model: "live" only with interactions, unless its metadata demand "zero".

        Without them the deployed pose rows hold about a third of the true effect of pose: with emotions that sum to
        one, the sum of a pose's interactions is that pose, so that the fit could divide its effect between both.
        """
        return "live" if self.has_interactions and self.metadata.get("default_pose") != "zero" else "zero"

    @property
    def has_amplitudes(self) -> bool:
        """Whether its features are amplitudes, 1 being a full expression, and not probabilities or intensities."""
        return self.metadata.get("features_are") == "amplitudes"

    def __setattr__(self, attribute: str, value: object) -> None:
        raise AttributeError(f"a LinearMeshModel never changes; '{attribute}' cannot be set")

    def __reduce__(self) -> tuple[Any, ...]:
        """For another process: a copy of the same arrays."""
        given = {name: getattr(self, name) for name in _ARGUMENTS}
        return _rebuilt, (given | {name: dict(given[name]) for name in ("label_repair", "metadata")},)

    def __repr__(self) -> str:
        return f"LinearMeshModel({self.name!r}, {len(self.feature_columns)} {self.feature_name} features)"

    def predict(self, features: FeatureInput | None = None, pose: PoseInput | None = None, *, clip: bool = True) -> F32:
        """The mesh (478, 3) float32 that the model expects, in model units; (n, 478, 3) for n rows of input.

        features
            By name in any spelling (py-feat's ``Happy``, the model's ``happiness``): a mapping or Features, those not
            named being 0; a pandas Series, or a DataFrame for many faces (``fex.emotions``, ``fex.blendshapes``,
            ``fex.aus``, a whole Fex), which must name every feature and may hold more. Or numbers (k,) or (n, k) in
            the order of `feature_columns`. None for all zero.
        pose
            A Pose, or radians in the same forms, in the order of `pose_columns`; None for zero.
        clip
            Clip features to [0, feature_p99] first, where py-feat does so (`predict_face_mesh_from_features`): in
            models that have these limits, action unit models excepted. The pose is never clipped.

        Equal bit for bit to the model card's ``np.concatenate([features, pose]) @ coef + intercept`` for one face
        within the limits, at any pose where the file has no interactions and else at pose 0; to rounding for many.
        Warns once (UserWarning) when an unsupported feature exceeds 0.02.

        Raises FeatureError for unknown, doubled or missing names, wrong lengths and numbers that are not finite.
        """
        rows = self.feature_vector(features)
        angles = self.pose_vector(pose)
        if self._unsupported is not None and rows.take(self._unsupported, axis=-1).max(initial=0.0) > _EXPRESSED:
            self._warn_unsupported()
        if clip and self._limits is not None:
            rows = np.minimum(np.maximum(rows, 0.0), self._limits)
        if rows.ndim == 1 and angles.ndim == 1:
            return self.predict_vector(np.concatenate([rows, angles]))
        if rows.ndim == 2 and angles.ndim == 2 and len(rows) != len(angles):
            raise FeatureError(f"{self.name}: {len(rows)} rows of features but {len(angles)} of pose; they must agree.")
        count = len(rows) if rows.ndim == 2 else len(angles)
        # In float64, so that how many faces come at once does not show. The last column takes the intercept.
        inputs = np.ones((count, len(self._batch_rows)))
        k = rows.shape[-1]
        inputs[:, :k] = rows
        inputs[:, k : k + 3] = angles
        if self.has_interactions:
            inputs[:, k + 3 : -1] = (inputs[:, k : k + 3, None] * inputs[:, None, :k]).reshape(count, 3 * k)
        meshes: F32 = (inputs @ self._batch_rows).astype(np.float32).reshape(count, N_LANDMARKS, 3)
        return meshes

    def predict_vector(self, inputs: F32) -> F32:
        """One float32 vector (k + 3,) of features then pose through the matrix: no checks, no limits, no warning."""
        rows, k = self.coef, len(self.feature_columns)
        if self.has_interactions and self.coef_full is not None and inputs[k:].any():
            inputs = np.concatenate([inputs, np.outer(inputs[k:], inputs[:k]).ravel()])
            rows = self.coef_full
        flat = inputs @ rows + self.intercept
        return np.ascontiguousarray(flat.reshape(3, N_LANDMARKS).T)

    def predict_unlimited(self, features: FeatureInput | None = None, pose: PoseInput | None = None) -> F32:
        """`predict` of one face without limits and without a warning: for examining the model itself."""
        return self.predict_vector(np.concatenate([self.feature_vector(features), self.pose_vector(pose)]))

    def predict_neutral(self, pose: PoseInput | None = None, *, clip: bool = True) -> F32:
        """What the model expects of a face at rest in this pose: neutral = 1 where it has that feature, else all zero.

        An identity offset is added to predictions, so it is measured against this and not against `neutral_mesh`,
        which a file may give as its training data's mean neutral.
        """
        return self.predict({"neutral": 1.0} if "neutral" in self._features else None, pose, clip=clip)

    def feature_vector(self, features: FeatureInput | None) -> F32:
        """Features in the order of `feature_columns`: (k,) or (n, k) float32, not clipped. Errors as `predict`."""
        if features is None:
            return np.zeros(len(self.feature_columns), np.float32)
        return self._features.rows(features.values if isinstance(features, Features) else features)

    def pose_vector(self, pose: PoseInput | None) -> F32:
        """Pose in the order of `pose_columns`: (3,) or (n, 3) float32 radians. FeatureError as in `predict`."""
        if pose is None:
            return np.zeros(3, np.float32)
        if isinstance(pose, Pose):
            angles = pose.angles
            if not all(map(isfinite, angles)):
                raise FeatureError(f"{self.name}: the pose {pose} is not finite. Pass None where there is none.")
            return np.array([angles[at] for at in self._pose_order], np.float32)
        return self._pose.rows(pose)

    def _warn_unsupported(self) -> None:
        super().__setattr__("_unsupported", None)  # logged once; 30 frames a second would fill a terminal
        warnings.warn(
            f"{self.name}: {', '.join(self.unsupported_features)} were never expressed by the detector that the model "
            "was fit on; what they do to the mesh means nothing.",
            stacklevel=3,
        )

    def metadata_json(self) -> str:
        """The training metadata as JSON text."""
        return json.dumps(dict(self.metadata), ensure_ascii=False)


_ARGUMENTS = tuple(n for n in LinearMeshModel.__slots__ if not n.startswith("_") and n != "has_interactions")


def _rebuilt(given: dict[str, Any]) -> LinearMeshModel:
    return LinearMeshModel(**given)


def _continues(full: F32 | None, coef: F32, features: int) -> bool:
    """Whether the whole fit has the deployed rows of the features, three rows of pose, and their interactions.

    Its rows of pose may differ from the deployed ones, into which the interactions at the mean features may be folded.
    """
    return full is not None and len(full) == 4 * features + 3 and np.array_equal(full[:features], coef[:features])


def _frozen(values: npt.ArrayLike, shape: tuple[int, ...] | None, what: str) -> F32:
    array = np.array(values, dtype=np.float32, order="C")
    if shape is not None and array.shape != shape:
        raise ValueError(f"{what} must be {shape}, got {array.shape}")
    array.setflags(write=False)
    return array


def _vertex_by_vertex(rows: F32) -> F64:
    """Rows (m, 1434) of the files' axis-major order with the outputs in that of a mesh, (x_0, y_0, z_0, x_1 ...).

    One matrix product then gives C-contiguous meshes; reordering 100,000 of them afterwards takes longer than the
    product does.
    """
    interleaved = rows.reshape(-1, 3, N_LANDMARKS).transpose(0, 2, 1).reshape(-1, N_OUTPUTS).astype(np.float64)
    interleaved.setflags(write=False)
    return interleaved


def flat(mesh: FloatArray) -> FloatArray:
    """A mesh (..., 478, 3) in the files' axis-major order (..., 1434)."""
    return np.swapaxes(mesh, -1, -2).reshape(*mesh.shape[:-2], N_OUTPUTS)
