"""A linear model of the face: named features and named pose in, 478 vertices out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from math import isfinite
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, cast

import numpy as np
import numpy.typing as npt

from realtime.errors import FeatureError
from realtime.model.names import POSE_NAMES, canonical_name, nearest
from realtime.types import N_LANDMARKS, Features, FloatArray, Pose

F32 = npt.NDArray[np.float32]
FeatureInput = Mapping[str, float] | Features | npt.ArrayLike
PoseInput = Pose | npt.ArrayLike
N_OUTPUTS = 3 * N_LANDMARKS


class LinearMeshModel:
    """mesh = features @ coef[:k] + pose @ coef[k:] + intercept, in the model's canonical frame and units.

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
        (12, 3) float32 where the alignment's landmarks lie, and which they are.
    feature_p99
        (k,) float32 upper end of each feature in the training data, or None.
    unsupported_features
        Features that the training data's detector never expressed; their rows mean nothing.
    coef_full
        The training fit with its interactions of features and pose, (m, 1434), or None; kept, not used.
    label_repair
        What was done to the labels of its columns: filed label -> the label that its column now has. Empty: as filed.
    card, metadata, sha256, path
        The model card's text, the training metadata, and which file it was; empty and None for a composed model.
    """

    __slots__ = (
        "_feature_index",
        "_n_features",
        "_pose_order",
        "anchor_indices",
        "anchors",
        "card",
        "coef",
        "coef_full",
        "feature_columns",
        "feature_name",
        "feature_p99",
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
    label_repair: Mapping[str, str]
    card: str
    metadata: Mapping[str, Any]
    sha256: str
    path: Path | None
    _n_features: int
    _feature_index: dict[str, int]
    _pose_order: tuple[int, ...]

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
        card: str = "",
        metadata: Mapping[str, Any] | None = None,
        sha256: str = "",
        path: Path | None = None,
    ) -> None:
        """Arrays are copied. What a file may get wrong is checked by `load`; here a wrong shape is a ValueError."""
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
        put("card", card)
        put("metadata", MappingProxyType(dict(metadata or {})))
        put("sha256", sha256)
        put("path", path)
        put("_n_features", len(feature_columns))
        put("_feature_index", {canonical_name(column): at for at, column in enumerate(feature_columns)})
        put("_pose_order", tuple(POSE_NAMES.index(column) for column in pose_columns))
        if neutral_mesh is None:
            neutral_mesh = self.predict_neutral()
        put("neutral_mesh", _frozen(neutral_mesh, (N_LANDMARKS, 3), "neutral_mesh"))

    def replaced(self, **changes: Any) -> LinearMeshModel:
        """A copy with other values for some of the constructor's arguments."""
        given = {name: getattr(self, name) for name in _ARGUMENTS}
        return LinearMeshModel(**(given | changes))

    @property
    def default_pose(self) -> Literal["live", "zero"]:
        """Which pose the model is best given where nobody chose: "zero" where its own metadata says so."""
        return "zero" if self.metadata.get("default_pose") == "zero" else "live"

    def __setattr__(self, attribute: str, value: object) -> None:
        raise AttributeError(f"a LinearMeshModel never changes; '{attribute}' cannot be set")

    def __repr__(self) -> str:
        return f"LinearMeshModel({self.name!r}, {len(self.feature_columns)} {self.feature_name} features)"

    @classmethod
    def load(cls, path: str | Path, sha256: str | None = None) -> LinearMeshModel:
        """Read a model file of py-feat's family. Raises ModelFileError for everything else; never runs code from it.

        With `sha256` (hex) a file that has another one is refused before anything in it is looked at.
        """
        from realtime.model.file import load_file

        return load_file(Path(path), sha256)

    def save(self, path: str | Path) -> None:
        """Write a file that `load` and py-feat's own loader read; whole or not at all.

        Raises RecordError where it cannot be written.
        """
        from realtime.model.file import save_file

        save_file(self, Path(path))

    def predict(self, features: FeatureInput | None = None, pose: PoseInput | None = None) -> F32:
        """The mesh (478, 3) float32 that the model expects, in model units; (n, 478, 3) for n rows of input.

        features
            By name in any spelling (py-feat's ``Happy``, the model's ``happiness``), those not named being 0; or
            numbers (k,) or (n, k) in the order of `feature_columns`; None for all zero.
        pose
            A Pose; or radians (3,) or (n, 3) in the order of `pose_columns`; None for zero.

        Equal bit for bit to the model card's ``np.concatenate([features, pose]) @ coef + intercept``.

        Raises FeatureError for unknown or doubled names, wrong lengths and numbers that are not finite.
        """
        rows = self.feature_vector(features)
        angles = self.pose_vector(pose)
        if rows.ndim == 1 and angles.ndim == 1:
            return self.predict_vector(np.concatenate([rows, angles]))
        if rows.ndim == 2 and angles.ndim == 2 and len(rows) != len(angles):
            raise FeatureError(f"{self.name}: {len(rows)} rows of features but {len(angles)} of pose; they must agree.")
        count = len(rows) if rows.ndim == 2 else len(angles)
        inputs = np.empty((count, self._n_features + 3), np.float32)
        inputs[:, : self._n_features] = rows
        inputs[:, self._n_features :] = angles
        flat = inputs @ self.coef + self.intercept
        return np.ascontiguousarray(np.swapaxes(flat.reshape(count, 3, N_LANDMARKS), 1, 2))

    def predict_vector(self, inputs: F32) -> F32:
        """`predict` for one float32 vector (k + 3,) of features then pose, without any check."""
        flat = inputs @ self.coef + self.intercept
        return np.ascontiguousarray(flat.reshape(3, N_LANDMARKS).T)

    def predict_neutral(self, pose: PoseInput | None = None) -> F32:
        """What the model expects of a face at rest in this pose: neutral = 1 where it has that feature, else all zero.

        An identity offset is added to predictions, so it is measured against this and not against `neutral_mesh`,
        which a file may give as its training data's mean neutral.
        """
        return self.predict({"neutral": 1.0} if "neutral" in self._feature_index else None, pose)

    def feature_vector(self, features: FeatureInput | None) -> F32:
        """Features in the order of `feature_columns`: (k,) or (n, k) float32. Raises FeatureError as `predict` does."""
        if features is None:
            return np.zeros(self._n_features, np.float32)
        if isinstance(features, Features):
            return self._by_name(features.values)
        if hasattr(features, "keys"):  # a dict, a pandas Series
            return self._by_name(cast(Mapping[str, float], features))
        return self._numbers(features, self._n_features, "features", self.feature_columns)

    def pose_vector(self, pose: PoseInput | None) -> F32:
        """Pose in the order of `pose_columns`: (3,) or (n, 3) float32 radians. FeatureError as in `predict`."""
        if pose is None:
            return np.zeros(3, np.float32)
        if isinstance(pose, Pose):
            angles = (pose.pitch, pose.yaw, pose.roll)
            if not all(map(isfinite, angles)):
                raise FeatureError(f"{self.name}: the pose {pose} is not finite. Pass None where there is none.")
            return np.array([angles[at] for at in self._pose_order], np.float32)
        return self._numbers(pose, 3, "pose", self.pose_columns)

    def _by_name(self, values: Mapping[str, float]) -> F32:
        vector = np.zeros(self._n_features, np.float32)
        named: set[int] = set()
        for name in values.keys():  # noqa: SIM118 - a pandas Series iterates over its values
            at = self._feature_index.get(name)
            if at is None:
                at = self._feature_index.get(canonical_name(str(name)))
            if at is None:
                raise FeatureError(
                    f"{self.name}: knows no feature '{name}'.{nearest(str(name), self.feature_columns)} "
                    f"Its features are: {', '.join(self.feature_columns)}."
                )
            if at in named:
                raise FeatureError(f"{self.name}: the feature '{self.feature_columns[at]}' was given twice.")
            named.add(at)
            vector[at] = values[name]
        if not np.isfinite(vector).all():
            raise FeatureError(f"{self.name}: a feature is not finite: {dict(values)}.")
        return vector

    def _numbers(self, values: npt.ArrayLike, count: int, what: str, columns: tuple[str, ...]) -> F32:
        try:
            numbers = np.asarray(values, dtype=np.float32)
        except (TypeError, ValueError) as cause:
            raise FeatureError(f"{self.name}: {what} must be numbers or a mapping by name ({cause}).") from cause
        if numbers.ndim not in (1, 2) or numbers.shape[-1] != count:
            raise FeatureError(
                f"{self.name}: {what} have shape {numbers.shape}, expected ({count},) or (n, {count}) "
                f"in the order {', '.join(columns)}."
            )
        if not np.isfinite(numbers).all():
            raise FeatureError(f"{self.name}: {what} have numbers that are not finite.")
        return numbers

    def metadata_json(self) -> str:
        """The training metadata as JSON text."""
        return json.dumps(dict(self.metadata), ensure_ascii=False)


_ARGUMENTS = tuple(name for name in LinearMeshModel.__slots__ if not name.startswith("_"))


def _frozen(values: npt.ArrayLike, shape: tuple[int, ...] | None, what: str) -> F32:
    array = np.array(values, dtype=np.float32, order="C")
    if shape is not None and array.shape != shape:
        raise ValueError(f"{what} must be {shape}, got {array.shape}")
    array.setflags(write=False)
    return array


def flat(mesh: FloatArray) -> FloatArray:
    """A mesh (..., 478, 3) in the files' axis-major order (..., 1434)."""
    return np.swapaxes(mesh, -1, -2).reshape(*mesh.shape[:-2], N_OUTPUTS)
