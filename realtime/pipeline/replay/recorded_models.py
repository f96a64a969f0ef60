"""Loads the models with which a session was recorded: the same files again, or an error that names what is missing."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pydantic

from realtime.core.config import Config
from realtime.core.errors import MeshmirrorError, ModelFileError
from realtime.core.types import FrameChoice, Labels
from realtime.model import BUILT_IN, FIRST_COMPOSITION, LinearMeshModel, built_in, composition_of, in_frame, load_model
from realtime.model.catalog import AUTO, MODEL_NAMES
from realtime.model.known_files import place_of
from realtime.session.schema import ModelInfo, PartInfo

_SAME_UNIT = 1e-5  # relative; a composed model has no file that could have a hash


def recorded_config(part: PartInfo) -> Config:
    """The settings with which a part was recorded; the defaults where this program does not know them.

    A limit that the program had not yet when the part was recorded limits nothing.
    """
    limits = {"max_roll_deg": 180.0, **part.config.get("model", {})}
    try:
        return Config.model_validate({**part.config, "model": limits})
    except pydantic.ValidationError:
        return Config.model_validate({"model": {"max_roll_deg": 180.0}})


def recorded_name(info: ModelInfo) -> str:
    """The name by which a recorded model is loaded: in the catalogue, or the path as it was given."""
    own = info.name.partition(" #")[0]
    return own if info.given in ("", AUTO) or own in MODEL_NAMES else info.given


def recorded_frame(info: ModelInfo) -> FrameChoice:
    """Whether the depth of a recorded model was corrected."""
    return "corrected" if info.frame == "corrected" else "as-filed"


def load_recorded(info: ModelInfo, folder: Path) -> LinearMeshModel:
    """The model of the recording itself. Raises ModelFileError where it is not here, or is another by now."""
    name = recorded_name(info)
    file = "composed, without a file" if info.sha256 is None else f"SHA-256 {info.sha256}"
    recorded = f"{folder}: recorded with the model '{info.name}' ({file})"
    way = "--model NAME replays it with another one."
    labels: Labels = "as-filed" if info.labels == "as-filed" else "repaired"
    frame = recorded_frame(info)
    if name not in MODEL_NAMES:  # no path in a session is followed
        name = _by_hash(info.sha256) or ""
    if not name:
        raise ModelFileError(
            f"{recorded} from {info.given}, and there is no such file here. Give its path with --model PATH; {way}"
        )
    try:
        if name == BUILT_IN:
            model = in_frame(built_in(info.composition or FIRST_COMPOSITION), frame)
        else:
            model = load_model(name, labels, frame)
    except MeshmirrorError as error:
        raise ModelFileError(f"{recorded}, which cannot be loaded: {error} {way}") from error
    if model.sha256 != (info.sha256 or ""):
        raise ModelFileError(f"{recorded}, and what is here as '{name}' has SHA-256 {model.sha256 or 'none'}. {way}")
    if not _same(model, info):
        raise ModelFileError(f"{recorded}, and what is here as '{name}' has other features or another size. {way}")
    return model.replaced(name=info.name)


def recorded_models(part: PartInfo, folder: Path) -> tuple[LinearMeshModel, ...]:
    """The models of a part, in their order. Raises as `load_recorded` does."""
    return tuple(load_recorded(info, folder) for info in part.models)


def is_recorded(model: LinearMeshModel, info: ModelInfo) -> bool:
    """Whether a loaded model is the one that was recorded with."""
    own = info.name.partition(" #")[0]
    return model.sha256 == (info.sha256 or "") and model.name.partition(" #")[0] == own and _same(model, info)


def _by_hash(sha256: str | None) -> str | None:
    """The name or the path of the model that is this file, or was when it was last used."""
    if sha256 is None:
        return None
    for name in MODEL_NAMES:
        with contextlib.suppress(MeshmirrorError):  # not here
            if load_model(name).sha256 == sha256:
                return name
    place = place_of(sha256)
    return None if place is None else str(place)


def _same(model: LinearMeshModel, info: ModelInfo) -> bool:
    from realtime.geometry import CanonicalFrame

    unit = CanonicalFrame.of(model.mean_mesh).unit
    if (model.depth_factor != 1.0) != (recorded_frame(info) == "corrected"):
        return False
    if (composition_of(model) or FIRST_COMPOSITION) != (info.composition or FIRST_COMPOSITION):
        return False
    return tuple(model.feature_columns) == info.features and abs(unit - info.unit) <= _SAME_UNIT * info.unit
