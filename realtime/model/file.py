"""Model files of py-feat's family, `*_to_mesh_pls_*.npz`: read with every check, written so that py-feat reads them."""

from __future__ import annotations

import json
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np

from realtime.core.array_file import write_arrays
from realtime.core.errors import ModelFileError, RecordError
from realtime.core.files import atomic_write
from realtime.core.printable import valid_unicode
from realtime.core.types import N_LANDMARKS, Array
from realtime.geometry import ANCHORS, CanonicalFrame
from realtime.model.input_rows import F32
from realtime.model.linear import N_OUTPUTS, LinearMeshModel
from realtime.model.names import POSE_NAMES, canonical_name, family_of, is_feature_name, nearest
from realtime.model.npz import read_npz

_ADVICE = "Expected a model of py-feat's family (au_to_mesh_pls, emotion_to_mesh_pls, bs_to_mesh_pls)."
_MAX_FEATURES = 256
_MAX_TEXT = 2**20
_MAX_FIT_ROWS = 4096  # of `coef_full`; features, pose and their interactions are 4 k + 3
_LAST_CODE_POINT = 0x10FFFF
_MAX_NESTING = 50  # of the metadata; json itself gives up at a depth that depends on who calls
_NO_CONTROLS = dict.fromkeys([*(set(range(32)) - {9, 10, 13}), *range(127, 160)], "\ufffd")


def read_model(path: str | Path, sha256: str | None = None) -> LinearMeshModel:
    """Read a model file of py-feat's family. Raises ModelFileError for everything else; never runs code from it.

    With `sha256` (hex) a file that has another one is refused before anything in it is read.
    """
    path = Path(path)
    arrays, found = read_npz(path, sha256)
    return model_of(arrays, found, path)


def model_of(arrays: dict[str, Array], sha256: str, path: Path) -> LinearMeshModel:
    """The model in the arrays of a file, after every check. Raises ModelFileError where it is none."""
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
        name=valid_unicode(path.stem),
        feature_name=fields.family() or family_of(features),
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
        coef_full=fields.fit(),
        card=fields.text("model_card"),
        metadata=fields.metadata(),
        sha256=sha256,
        path=path,
    )


LARGEST = 1e9  # model units; a face in nanometres would have 1e8


class _Fields:
    """The arrays of one file, each read with its checks; every error names the file."""

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
        """Finite floats of exactly this shape, as float32; None in the shape means any length."""
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

    def fit(self) -> F32 | None:
        values = self.optional("coef_full", (None, N_OUTPUTS))
        if values is not None and len(values) > _MAX_FIT_ROWS:
            raise self.refuse(f"'coef_full' has {len(values)} rows, expected at most {_MAX_FIT_ROWS}.")
        return values

    def names(self, key: str, most: int = _MAX_FEATURES) -> tuple[str, ...]:
        """A list of texts."""
        values = self._get(key)
        if values.ndim != 1 or values.dtype.kind not in "US" or len(values) > most:
            raise self.refuse(f"'{key}' has type {values.dtype} and shape {values.shape}, expected a list of names.")
        return tuple(self._decoded(item, key) for item in self._items(values, key))

    def text(self, key: str) -> str:
        """One text, or an empty one where the file has none; control characters are removed."""
        if key not in self._arrays:
            return ""
        values = self._arrays[key]
        if values.size != 1 or values.dtype.kind not in "US" or values.nbytes > 4 * _MAX_TEXT:
            raise self.refuse(f"'{key}' has type {values.dtype} and shape {values.shape}, expected one text.")
        return self._decoded(self._items(values.reshape(1), key)[0], key).translate(_NO_CONTROLS)

    def _items(self, values: Array, key: str) -> list[Any]:
        """The texts of a list. Of a code point beyond Unicode numpy would make a SystemError or an invalid `str`."""
        if values.dtype.kind == "U" and values.view(f"{values.dtype.byteorder}u4").max(initial=0) > _LAST_CODE_POINT:
            raise self.refuse(f"'{key}' holds characters that do not exist.")
        return list(values.tolist())

    def _decoded(self, item: str | bytes, key: str) -> str:
        try:
            # Halves of surrogate pairs are no text: they cannot be printed or written.
            return (item.encode() if isinstance(item, str) else item).decode()
        except UnicodeError as cause:
            raise self.refuse(f"'{key}' holds text that is not UTF-8.") from cause

    def family(self) -> str:
        name = self.text("feature_name")
        if len(name) > 64 or not name.isprintable():
            raise self.refuse(f"'feature_name' is {name[:80]!r}, expected a word such as 'emotion'.")
        return name

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
        if key == "feature_columns" and "au_columns" in self._arrays and self.names("au_columns") != names:
            raise self.refuse("'au_columns' differs from 'feature_columns', expected the same names in the same order.")
        return names

    def pose(self) -> tuple[str, ...]:
        names = self.names("pose_columns")
        for name in names:
            if name not in POSE_NAMES:
                raise self.refuse(f"'pose_columns' has {name[:80]!r}.{nearest(name[:80], POSE_NAMES)}")
        self._refuse_doubles("pose_columns", names)
        if len(names) != len(POSE_NAMES):
            raise self.refuse(f"'pose_columns' has {', '.join(names) or 'none'}, expected {', '.join(POSE_NAMES)}.")
        return names

    def _refuse_doubles(self, key: str, names: list[str] | tuple[str, ...]) -> None:
        doubled = sorted({name for name in names if names.count(name) > 1})
        if doubled:
            raise self.refuse(f"'{key}' has {', '.join(doubled)} more than once.")

    def check_inputs(self, features: tuple[str, ...], pose: tuple[str, ...]) -> None:
        """The rows of `coef` are the features, then the pose; a file with another order is refused."""
        if (
            "input_columns" in self._arrays
            and self.names("input_columns", _MAX_FEATURES + len(POSE_NAMES)) != features + pose
        ):
            given = ", ".join(map(repr, self.names("input_columns", _MAX_FEATURES + len(POSE_NAMES))))
            raise self.refuse(
                f"'input_columns' has {given[:400]}; expected {', '.join(features + pose)}, in this order."
            )

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
                raise self.refuse(f"'unsupported_features' has {name[:80]!r}.{nearest(name[:80], features)}")
        self._refuse_doubles("unsupported_features", names)
        if len(names) == len(features):
            raise self.refuse("'unsupported_features' has every feature, which leaves nothing to predict from.")
        return names

    def metadata(self) -> dict[str, Any]:
        """The training metadata; numbers that are none become None, as JSON has no others.

        A text that is no JSON object, or none that could be written again, is kept under "text".
        """
        text = self.text("training_metadata")
        if not text:
            return {}
        try:
            found = json.loads(text, parse_constant=lambda _: None, parse_float=_finite)
            if isinstance(found, dict) and _shallow(found, _MAX_NESTING):
                json.dumps(found, ensure_ascii=False, allow_nan=False).encode()
                return found
        except (ValueError, RecursionError):
            pass
        return {"text": text}


def _finite(text: str) -> float | None:
    value = float(text)
    return value if isfinite(value) else None


def _shallow(value: Any, levels: int) -> bool:
    if not isinstance(value, (dict, list)):
        return True
    inner = value.values() if isinstance(value, dict) else value
    return levels > 0 and all(_shallow(item, levels - 1) for item in inner)


def write_model(model: LinearMeshModel, path: str | Path) -> None:
    """Write atomically a file that `read_model` and py-feat's own loader can read.

    Raises RecordError where it cannot be written.
    """
    path = Path(path)
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
    if family_of(model.feature_columns) == "au":
        arrays["au_columns"] = arrays["feature_columns"]  # the only name that py-feat's loader of this family looks for
    if model.feature_p99 is not None:
        arrays["feature_p99"] = model.feature_p99
    if model.unsupported_features:
        arrays["unsupported_features"] = np.array(model.unsupported_features)
    if model.coef_full is not None:
        arrays["coef_full"] = model.coef_full
    try:
        with atomic_write(path) as file:
            write_arrays(file, arrays)
    except (OSError, ValueError) as cause:  # ValueError: no name at all, or one with a NUL
        reason = getattr(cause, "strerror", None) or cause
        raise RecordError(
            f"{path}: the model cannot be written ({reason}). Choose another place or make room."
        ) from cause
