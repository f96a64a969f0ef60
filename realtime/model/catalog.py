"""Models by name. Nothing here contacts a network."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from realtime.core.errors import ModelFileError, UsageError
from realtime.core.types import FrameChoice, Labels
from realtime.model.builtin import BUILT_IN, action_units, built_in
from realtime.model.file import read_model
from realtime.model.frame_correction import in_frame
from realtime.model.hub import MODELS, CacheState, HubFile, Place, find, remember, status
from realtime.model.label_repair import LABELS, repaired
from realtime.model.linear import LinearMeshModel
from realtime.model.names import nearest

AUTO = "auto"
EMOTION_V6 = "emotion@v6"
AU_V4 = "au@v4"  # in py-feat's wheel
_ON_THE_HUB = {known.name: known for known in MODELS}
MODEL_NAMES = (
    EMOTION_V6, "emotion@v5", BUILT_IN,
    "au@v6", "au@v5", AU_V4, "au@v2",
    "blendshape@v6", "blendshape@v5",
)  # fmt: skip
NAMES = (AUTO, *MODEL_NAMES)
_FEATURES = {"emotion": 7, "au": 20, "blendshape": 52}
_PYFEAT_LICENCE = MODELS[0].licence


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the catalogue of models."""

    name: str
    family: str
    features: int
    state: Literal["built in", "py-feat's wheel"] | CacheState
    place: Place | None
    path: Path | None
    bytes: int | None  # of the file; None for a composed model and where there is none
    about_bytes: int | None  # of what would be downloaded
    sha256: str | None  # what the file has
    revision: str | None
    licence: str


def load_model(
    name: str | Path = AUTO, labels: Labels = "repaired", frame: FrameChoice = "corrected"
) -> LinearMeshModel:
    """A model by its name in the catalogue, or by the path of its file (a Path is always a path).

    labels
        "repaired": where an emotion model's columns show v5's permutation of labels, it is undone (see
        `label_repair`); every other model is as its file is. "as-filed": no labels are touched.
    frame
        "corrected": the depth of `au@v4`, of any file that says it is that one, and of `emotion@built-in`, which is
        composed from it, is that of MediaPipe's meshes (see `frame_correction`). "as-filed": as the file has it.

    ``emotion@built-in`` is composed from files that are installed, ``au@v4`` is in py-feat's wheel; all others are
    taken from the local Hugging Face cache or from py-feat's own, and must have the SHA-256 that they had when they
    were downloaded. ``auto`` is ``emotion@v6`` where that is here, else ``emotion@built-in``. No name downloads
    anything.

    Raises ModelFileError for an unknown name, a model that is not on this machine, and a file that is not acceptable;
    UsageError for an unknown value of `labels` or `frame`.
    """
    if labels not in LABELS:
        raise UsageError(f"labels = '{labels}' is not known. Known are {', '.join(LABELS)}.")
    model = _as_filed(name)
    model = repaired(model) if labels == "repaired" and model.path is not None else model
    return in_frame(model, frame)


def _as_filed(name: str | Path) -> LinearMeshModel:
    if isinstance(name, Path):
        return read_model(name)
    if not isinstance(name, str):
        raise ModelFileError(f"A model is given by its name or its path, not as {type(name).__name__}.")
    if name == AUTO:
        name = EMOTION_V6 if find(_ON_THE_HUB[EMOTION_V6]) is not None else BUILT_IN
    if name == BUILT_IN:
        return built_in()
    if name == AU_V4:
        return action_units().replaced(name=AU_V4)
    if name in _ON_THE_HUB:
        return _downloaded(_ON_THE_HUB[name])
    unknown = unknown_name(name)
    if unknown is not None:
        raise ModelFileError(unknown)
    return read_model(name)


def unknown_name(name: str) -> str | None:
    """Error text for a name that is neither in the catalogue nor a path; None for a valid one."""
    if name in NAMES or name.lower().endswith(".npz") or _exists(name):
        return None
    return (
        f"There is no model '{name}'.{nearest(name, NAMES)} "
        f"Known are {', '.join(NAMES)}, and the path of a model file (.npz)."
    )


def _exists(name: str) -> bool:
    try:
        return bool(name) and Path(name).exists()
    except OSError:  # longer than any path can be
        return False


def _downloaded(known: HubFile) -> LinearMeshModel:
    found = find(known)
    if found is None:
        raise ModelFileError(
            f"'{known.name}' is not on this machine, and nothing is downloaded unasked. "
            f"`meshmirror models fetch {known.name}` downloads it (about {known.about_bytes / 1e6:.2f} MB). "
            f"{known.instead}"
        )
    try:
        model = read_model(found.path, found.sha256)
    except ModelFileError as error:
        raise ModelFileError(
            f"{known.name}: {error} `meshmirror models fetch {known.name}` downloads it again."
        ) from error
    if found.revision is not None:
        remember(known, found.revision, model.sha256, found.path.stat().st_size)
    return model.replaced(name=known.name)


def catalogue() -> list[Entry]:
    """All models that have a name, and which of them are on this machine; reads each file completely.

    Raises MeshmirrorError where py-feat is missing.
    """
    return [_entry(name) for name in MODEL_NAMES]


def _entry(name: str) -> Entry:
    family = name.partition("@")[0]
    features = _FEATURES[family]
    if name == BUILT_IN:
        return Entry(name, family, features, "built in", None, None, None, None, None, None, _PYFEAT_LICENCE.short)
    if name == AU_V4:
        model = load_model(name)
        size = model.path.stat().st_size if model.path else None
        return Entry(
            name, family, features, "py-feat's wheel", None, model.path, size, None, model.sha256, None,
            _PYFEAT_LICENCE.short,
        )  # fmt: skip
    known = _ON_THE_HUB[name]
    here = status(known)
    return Entry(
        name, family, features, here.state, here.place, here.path, here.bytes, known.about_bytes, here.sha256,
        here.revision, known.licence.short,
    )  # fmt: skip
