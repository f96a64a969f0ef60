"""Manual input as a TOML document, for files and the clipboard."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

from realtime.core.errors import SettingError
from realtime.core.files import special_file
from realtime.core.toml_text import parse_toml
from realtime.model.linear import LinearMeshModel
from realtime.model.manual_input import MAX_POSE_DEG, POSE_RANGE_DEG, InputRanges, ManualInput
from realtime.model.names import canonical_name, nearest

_TABLES = ("whatif", "features", "pose_deg")
_ORIGIN = ("model", "sha256", "labels")
_MAX_BYTES = 2**16


_REPAIRED = "repaired"


@dataclass(frozen=True, slots=True)
class ModelOrigin:
    """The model with which an input was made, as the document names it; empty texts where it does not."""

    model: str
    sha256: str
    labels: str  # "repaired", or empty: as filed

    def unlike(self, model: LinearMeshModel) -> str:
        """A notification where it was another model or had other labels; empty where it was this one."""
        if self.model not in ("", model.name):
            return f"The input was made with {_short(self.model)}."
        if self.sha256 and model.sha256 and self.sha256 != model.sha256:
            return "The input was made with another file of this name."
        if self.model and (self.labels == _REPAIRED) != bool(model.label_repair):
            return f"The input was made with labels {_short(self.labels) or 'as filed'}."
        return ""


def format_manual_input(manual: ManualInput, model: LinearMeshModel) -> str:
    """The document; `parse_manual_input` returns the same input, bit for bit."""
    lines = ["[whatif]", f"model = {_quoted(model.name)}"]
    if model.sha256:
        lines.append(f"sha256 = {_quoted(model.sha256)}")
    if model.label_repair:
        lines.append(f"labels = {_quoted(_REPAIRED)}")
    lines += ["", "[features]", *(f"{name} = {float(value)!r}" for name, value in manual.features.items())]
    lines += ["", "[pose_deg]", *(f"{name} = {float(value)!r}" for name, value in manual.pose_deg.items())]
    return "\n".join(lines) + "\n"


def parse_manual_input(text: str, model: LinearMeshModel, present: ManualInput) -> tuple[ManualInput, ModelOrigin]:
    """The input of a document, and the model with which it was made.

    The whole document or any part of it, names in every spelling that the model knows. A group of which something is
    given is set as a whole: features and angles that are not named become 0. A group of which nothing is given stays
    as in `present`. Raises SettingError, of one line, for every other text.
    """
    if len(text) > _MAX_BYTES:
        raise SettingError(f"This is not an input: it has more than {_MAX_BYTES} characters.")
    try:
        tree = parse_toml(text)
    except ValueError as error:  # broken TOML, a number of 5000 digits
        raise SettingError(f"This is not an input: not readable as TOML{_where(error)}.") from error
    origin, features, pose = (_table(tree, name) for name in _TABLES)
    for name, value in tree.items():  # a part without its heading
        if name not in _TABLES:
            if isinstance(value, dict):
                raise SettingError(f"An input has no table [{_short(name)}].{nearest(name, _TABLES)}")
            (pose if name.lower() in POSE_RANGE_DEG else features)[name] = value
    made_with = _made_with(origin)
    if not features and not pose:
        raise SettingError("The text sets nothing: it has neither [features] nor [pose_deg].")
    return (
        ManualInput(
            _features(features, model) if features else present.features,
            _pose(pose) if pose else present.pose_deg,
        ),
        made_with,
    )


def read_manual_input(path: Path, model: LinearMeshModel) -> tuple[ManualInput, ModelOrigin]:
    """`parse_manual_input` of a file, on top of the model's face at rest; the SettingError names the file."""
    kind = special_file(path)
    if kind is not None:  # reading it could wait for ever
        raise SettingError(f"{path}: {kind}, expected a TOML file.")
    try:
        with path.open("rb") as file:
            content = file.read(4 * _MAX_BYTES + 1)
        return parse_manual_input(content.decode("utf-8-sig"), model, InputRanges(model).rest)
    except OSError as error:
        raise SettingError(f"{path}: the input cannot be read: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise SettingError(f"{path}: this is not an input: it is not UTF-8 text.") from error
    except SettingError as error:
        raise SettingError(f"{path}: {error}") from error
    except ValueError as error:  # a NUL in the path
        raise SettingError(f"{str(path)!r}: the input cannot be read: {error}.") from error


def _table(tree: dict[str, Any], name: str) -> dict[str, Any]:
    found = tree.get(name, {})
    if not isinstance(found, dict):
        raise SettingError(f"'{name}' must be a table: [{name}], with one name = number on each line below it.")
    return dict(found)


def _made_with(origin: dict[str, Any]) -> ModelOrigin:
    for name, value in origin.items():
        if name not in _ORIGIN:
            raise SettingError(f"[whatif] has no '{_short(name)}'.{nearest(name, _ORIGIN)}")
        if not isinstance(value, str):
            raise SettingError(f"[whatif] {name} must be a text in quotes.")
    return ModelOrigin(*(str(origin.get(name, "")) for name in _ORIGIN))


def _features(given: Mapping[str, Any], model: LinearMeshModel) -> dict[str, float]:
    ranges = InputRanges(model)
    by_canonical = {canonical_name(name): name for name in model.feature_columns}
    found: dict[str, float] = {}
    for spelt, value in given.items():
        name = by_canonical.get(canonical_name(spelt))
        if name is None:
            raise SettingError(f"{model.name} has no feature '{_short(spelt)}'.{nearest(spelt, model.feature_columns)}")
        if name in found:
            raise SettingError(f"The feature '{name}' is given twice.")
        found[name] = _number(name, value, 0.0, ranges.highest(name))
    return {name: found.get(name, 0.0) for name in model.feature_columns}


def _pose(given: Mapping[str, Any]) -> dict[str, float]:
    found: dict[str, float] = {}
    for spelt, value in given.items():
        name = spelt.strip().lower()
        if name not in POSE_RANGE_DEG:
            raise SettingError(f"[pose_deg] has no angle '{_short(spelt)}'.{nearest(spelt, POSE_RANGE_DEG)}")
        if name in found:
            raise SettingError(f"The angle '{name}' is given twice.")
        found[name] = _number(name, value, -MAX_POSE_DEG, MAX_POSE_DEG)
    return {name: found.get(name, 0.0) for name in POSE_RANGE_DEG}


def _number(name: str, value: Any, low: float, high: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise SettingError(f"{name} must be a number from {low:g} to {high:g}.")
    try:
        number = float(value)
    except OverflowError:  # a whole number of four hundred digits
        number = float("inf")
    if not (isfinite(number) and low <= number <= high):
        raise SettingError(f"{name} = {number:g} is outside {low:g} to {high:g}.")
    return number


def _where(error: Exception) -> str:
    """ ": line 3, column 6" where the parser gives it; its messages are for programmers."""
    found = re.search(r"line \d+, column \d+", str(error))
    return f": {found[0]}" if found else ""


def _short(name: str) -> str:
    """A name out of a foreign text, on one line."""
    shown = name if name.isprintable() else repr(name)[1:-1]
    return shown if len(shown) <= 40 else shown[:39] + "…"


def _quoted(text: str) -> str:
    """A TOML basic string: JSON's escapes, and DEL; half a surrogate pair, which no file may hold, becomes "?"."""
    whole = text.encode("utf-8", "replace").decode("utf-8")
    return json.dumps(whole, ensure_ascii=False).replace("\x7f", "\\u007f")
