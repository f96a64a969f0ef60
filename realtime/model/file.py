"""Model files of py-feat's family, `*_to_mesh_pls_*.npz`: read with every check, written so that py-feat reads them."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from realtime.errors import ModelFileError, RecordError
from realtime.geometry import ANCHORS, CanonicalFrame
from realtime.model.linear import F32, N_OUTPUTS, LinearMeshModel
from realtime.model.names import POSE_NAMES, canonical_name, is_emotion, is_feature_name, nearest
from realtime.model.npz import read_npz
from realtime.types import N_LANDMARKS, Array

_ADVICE = "Expected a model of py-feat's family (au_to_mesh_pls, emotion_to_mesh_pls, bs_to_mesh_pls)."
_MAX_FEATURES = 256
_MAX_TEXT = 2**20


def load_file(path: Path, sha256: str | None = None) -> LinearMeshModel:
    """See `LinearMeshModel.load`."""
    arrays, found = read_npz(path, sha256)
    fields = _Fields(path, arrays)
    features = fields.features()
    pose = fields.pose()
    rows = len(features) + len(pose)
    fields.check_inputs(features, pose)
    mean_mesh = fields.numbers("mean_aligned_mesh", (N_LANDMARKS, 3), "the mean mesh")
    indices = fields.anchor_indices()
    try:
        CanonicalFrame.of(mean_mesh)
    except ValueError as cause:
        raise ModelFileError(f"{path.name}: 'mean_aligned_mesh' is no face: {cause}. {_ADVICE}") from cause
    return LinearMeshModel(
        name=path.stem,
        feature_name=fields.text("feature_name") or _family(features),
        feature_columns=features,
        pose_columns=pose,
        coef=fields.numbers("coef", (rows, N_OUTPUTS), f"{rows} inputs"),
        intercept=fields.numbers("intercept", (N_OUTPUTS,), "478 vertices"),
        mean_mesh=mean_mesh,
        neutral_mesh=fields.optional("mean_neutral_mesh", (N_LANDMARKS, 3)),
        anchors=fields.optional("reference_anchors", (len(indices), 3)),
        anchor_indices=indices,
        feature_p99=fields.limits(len(features)),
        unsupported_features=fields.unsupported(features),
        coef_full=fields.optional("coef_full", (None, N_OUTPUTS)),
        card=fields.text("model_card"),
        metadata=fields.metadata(),
        sha256=found,
        path=path,
    )


LARGEST = 1e9  # model units; a face in nanometres would have 1e8


class _Fields:
    """The arrays of one file, each taken out with its checks; every complaint names the file."""

    def __init__(self, path: Path, arrays: dict[str, Array]) -> None:
        self._name = path.name
        self._arrays = arrays

    def refuse(self, what: str) -> ModelFileError:
        return ModelFileError(f"{self._name}: {what} {_ADVICE}")

    def _get(self, key: str) -> Array:
        if key not in self._arrays:
            has = ", ".join(sorted(self._arrays)) or "nothing"
            raise self.refuse(f"'{key}' is missing; the file has {has}.")
        return self._arrays[key]

    def numbers(self, key: str, shape: tuple[int | None, ...], why: str = "") -> F32:
        """Finite floats of exactly this shape, as float32; None in the shape stands for any length."""
        values = self._get(key)
        if len(values.shape) != len(shape) or any(w not in (None, g) for g, w in zip(values.shape, shape, strict=True)):
            wanted = (
                "(" + ", ".join("any" if n is None else str(n) for n in shape) + ("," if len(shape) == 1 else "") + ")"
            )
            raise self.refuse(f"'{key}' has shape {values.shape}, expected {wanted}{' for ' + why if why else ''}.")
        if values.dtype.kind != "f":
            raise self.refuse(f"'{key}' has the type {values.dtype}, expected floating-point numbers.")
        with np.errstate(over="ignore"):
            numbers: F32 = values.astype(np.float32)
        wrong = int(np.count_nonzero(~np.isfinite(numbers)))
        if wrong:
            raise self.refuse(f"'{key}' has {wrong} numbers that are not finite.")
        if np.abs(numbers).max(initial=0.0) > LARGEST:
            raise self.refuse(
                f"'{key}' has numbers beyond {LARGEST:g}, which no face needs; predictions would overflow."
            )
        return numbers

    def optional(self, key: str, shape: tuple[int | None, ...]) -> F32 | None:
        return self.numbers(key, shape) if key in self._arrays else None

    def names(self, key: str) -> tuple[str, ...]:
        """A list of texts."""
        values = self._get(key)
        if values.ndim != 1 or values.dtype.kind not in "US" or len(values) > _MAX_FEATURES:
            raise self.refuse(f"'{key}' has type {values.dtype} and shape {values.shape}, expected a list of names.")
        return tuple(self._decoded(item, key) for item in self._items(values, key))

    def text(self, key: str) -> str:
        """One text, or an empty one where the file has none."""
        if key not in self._arrays:
            return ""
        values = self._arrays[key]
        if values.size != 1 or values.dtype.kind not in "US" or values.nbytes > 4 * _MAX_TEXT:
            raise self.refuse(f"'{key}' has type {values.dtype} and shape {values.shape}, expected one text.")
        return self._decoded(self._items(values.reshape(1), key)[0], key)

    def _items(self, values: Array, key: str) -> list[Any]:
        try:
            return list(values.tolist())
        except ValueError as cause:  # code points beyond Unicode
            raise self.refuse(f"'{key}' holds characters that do not exist.") from cause

    def _decoded(self, item: str | bytes, key: str) -> str:
        if isinstance(item, str):
            return item
        try:
            return item.decode("utf-8")
        except UnicodeDecodeError as cause:
            raise self.refuse(f"'{key}' holds text that is not UTF-8.") from cause

    def features(self) -> tuple[str, ...]:
        key = "feature_columns" if "feature_columns" in self._arrays else "au_columns"
        if key not in self._arrays:
            raise self.refuse(
                f"neither 'feature_columns' nor 'au_columns' is there, only {', '.join(sorted(self._arrays))}."
            )
        names = self.names(key)
        if not names:
            raise self.refuse(f"'{key}' is empty, expected the names of the features.")
        for name in names:
            if not is_feature_name(name):
                raise self.refuse(f"'{key}' has {name[:80]!r}, which is no name of a feature.")
        self._refuse_doubles(key, [canonical_name(name) for name in names])
        return names

    def pose(self) -> tuple[str, ...]:
        names = self.names("pose_columns")
        for name in names:
            if name not in POSE_NAMES:
                raise self.refuse(f"'pose_columns' has {name[:80]!r}.{nearest(name, POSE_NAMES)}")
        self._refuse_doubles("pose_columns", names)
        if len(names) != len(POSE_NAMES):
            raise self.refuse(f"'pose_columns' has {', '.join(names) or 'none'}, expected {', '.join(POSE_NAMES)}.")
        return names

    def _refuse_doubles(self, key: str, names: list[str] | tuple[str, ...]) -> None:
        doubled = sorted({name for name in names if names.count(name) > 1})
        if doubled:
            raise self.refuse(f"'{key}' has {', '.join(doubled)} more than once.")

    def check_inputs(self, features: tuple[str, ...], pose: tuple[str, ...]) -> None:
        """The rows of `coef` are the features, then the pose; a file that says otherwise is not read."""
        if "input_columns" in self._arrays and self.names("input_columns") != features + pose:
            given = ", ".join(self.names("input_columns"))
            raise self.refuse(f"'input_columns' has {given}; expected {', '.join(features + pose)}, in this order.")

    def anchor_indices(self) -> tuple[int, ...]:
        if "anchor_indices" not in self._arrays:
            return ANCHORS
        values = self._arrays["anchor_indices"]
        if values.shape != (len(ANCHORS),) or values.dtype.kind not in "iu":
            raise self.refuse(
                f"'anchor_indices' has type {values.dtype} and shape {values.shape}, expected 12 integers."
            )
        indices = tuple(int(value) for value in values.tolist())
        if len(set(indices)) != len(indices) or min(indices) < 0 or max(indices) >= N_LANDMARKS:
            raise self.refuse(f"'anchor_indices' has {indices}, expected 12 different landmarks from 0 to 477.")
        return indices

    def limits(self, count: int) -> F32 | None:
        values = self.optional("feature_p99", (count,))
        if values is not None and (values < 0).any():
            raise self.refuse("'feature_p99' has negative numbers, expected the upper end of each feature.")
        return values

    def unsupported(self, features: tuple[str, ...]) -> tuple[str, ...]:
        if "unsupported_features" not in self._arrays or self._arrays["unsupported_features"].size == 0:
            return ()
        names = self.names("unsupported_features")
        for name in names:
            if name not in features:
                raise self.refuse(f"'unsupported_features' has {name[:80]!r}.{nearest(name, features)}")
        return names

    def metadata(self) -> dict[str, Any]:
        """The training metadata; a text that is no JSON object is kept as it is, under "text"."""
        text = self.text("training_metadata")
        if not text:
            return {}
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            return {"text": text}
        return found if isinstance(found, dict) else {"text": text}


def _family(features: tuple[str, ...]) -> str:
    if all(is_emotion(name) for name in features):
        return "emotion"
    if all(canonical_name(name).startswith("au") and name[-2:].isdigit() for name in features):
        return "au"
    return "blendshape"


def save_file(model: LinearMeshModel, path: Path) -> None:
    """See `LinearMeshModel.save`."""
    arrays: dict[str, Any] = {
        "coef": model.coef,
        "intercept": model.intercept,
        "input_columns": np.array(model.feature_columns + model.pose_columns),
        "feature_columns": np.array(model.feature_columns),
        "feature_name": np.array(model.feature_name),
        "pose_columns": np.array(model.pose_columns),
        "mean_aligned_mesh": model.mean_mesh,
        "mean_neutral_mesh": model.neutral_mesh,
        "reference_anchors": model.anchors,
        "anchor_indices": np.array(model.anchor_indices, dtype=np.int64),
        "n_components": np.array(len(model.coef)),
        "model_card": np.array(model.card),
        "training_metadata": np.array(model.metadata_json()),
    }
    if model.feature_p99 is not None:
        arrays["feature_p99"] = model.feature_p99
    if model.unsupported_features:
        arrays["unsupported_features"] = np.array(model.unsupported_features)
    if model.coef_full is not None:
        arrays["coef_full"] = model.coef_full
    # Written beside its place and moved there when it is complete: a reader never meets half a file.
    part: str | None = None
    try:
        handle, part = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            np.savez(file, **arrays)
            file.flush()
            os.fsync(file.fileno())
        Path(part).replace(path)
    except OSError as cause:
        if part is not None:
            with contextlib.suppress(OSError):
                Path(part).unlink()
        raise RecordError(
            f"{path}: the model cannot be written ({cause.strerror or cause}). Choose another place or make room."
        ) from cause
