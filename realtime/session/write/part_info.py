"""The description of a recording: program, settings, source and models."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import PurePath
from typing import Any

from realtime.core.config import Config
from realtime.core.files import user_path
from realtime.core.printable import valid_tree, valid_unicode
from realtime.core.types import Frame, PoseZero, SourceInfo
from realtime.core.version import __version__
from realtime.geometry import REGION_NAMES, CanonicalFrame
from realtime.model import LinearMeshModel, composition_of
from realtime.model.catalog import MODEL_NAMES
from realtime.model.known_files import note_place
from realtime.session.schema import MOST_RATE, AppearanceInfo, ModelInfo, PartInfo

_PACKAGES = ("numpy", "opencv-python", "mediapipe", "py-feat", "openvino", "av", "pyarrow")


@dataclass(frozen=True, slots=True, eq=False)
class RecordedRun:
    """What a recording needs to know of the run whose frames it takes; each run is an object of its own."""

    source: SourceInfo
    source_number: int  # the same as long as the source is, also when models are exchanged
    tracker: str
    blendshapes: tuple[str, ...]  # names of the blendshapes that the tracker measures beside landmarks
    network: bool  # whether py-feat's network is a source
    appearance: AppearanceInfo | None  # the classifier, where it is one
    models: tuple[LinearMeshModel, ...]
    pose_zeros: tuple[PoseZero, ...]  # for each model from where the pose is measured
    config: Config


def program() -> dict[str, Any]:
    """Versions of the program and its packages, and the system."""
    return {
        "meshmirror": __version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "implementation": sys.implementation.name,
        "packages": {name: _version(name) for name in _PACKAGES},
    }


def describe(run: RecordedRun, session: str, number: int, start_ns: int, first: Frame, run_number: int = 1) -> PartInfo:
    """The description of a part of the recording: one source, one set of models, pictures like the first one."""
    info, config = run.source, run.config
    return PartInfo(
        session=session,
        part=number,
        run=run_number,
        start_ns=start_ns,
        source=info.name,
        live=info.live,
        rate=info.rate if info.rate is not None and 0 <= info.rate <= MOST_RATE else None,
        image_size=first.size,
        rotation=first.rotation,
        mirrored=config.source.mirrored(info.live),
        tracker=run.tracker,
        blendshapes=run.blendshapes,
        network=run.network,
        appearance=run.appearance,
        models=tuple(
            _model(model, name, config.model.labels, zero)
            for (model, name), zero in zip(_models(run), run.pose_zeros, strict=True)
        ),
        config=valid_tree(settings(config, info.name)),
    )


def note_models(run: RecordedRun) -> None:
    """Store the paths of the user's own models on this machine, so that a replay finds them."""
    for model, name in _models(run):
        path = user_path(name)
        if model.sha256 and name not in MODEL_NAMES and path.is_file():
            note_place(model.sha256, path)


def _models(run: RecordedRun) -> Iterator[tuple[LinearMeshModel, str]]:
    """The models with the names or paths by which they were requested."""
    names = run.config.model.names
    return zip(run.models, names if len(names) == len(run.models) else [m.name for m in run.models], strict=True)


def settings(config: Config, source: str) -> dict[str, Any]:
    """All settings, without those that are local to this machine or secret: folders, where streams go, passwords of
    addresses.
    """
    tree = config.model_dump(mode="json", exclude={"record": {"path", "folder"}, "stream": {"outputs"}})
    tree["source"]["path"] = source
    tree["model"]["names"] = [_name(name) for name in config.model.names]
    for key in ("task_file", "pyfeat_weights"):
        tree["detect"][key] = None if tree["detect"][key] is None else _name(tree["detect"][key])
    return tree


def _name(path: str) -> str:
    """The requested name, without the user's folders."""
    return path if path in MODEL_NAMES else valid_unicode(PurePath(path).name)


def _model(model: LinearMeshModel, given: str, labels: str, pose_zero: PoseZero) -> ModelInfo:
    return ModelInfo(
        name=model.name, sha256=model.sha256 or None, given=_name(given), labels=labels,
        frame="as-filed" if model.depth_factor == 1.0 else "corrected", composition=composition_of(model),
        features=tuple(model.feature_columns), regions=REGION_NAMES, unit=CanonicalFrame.of(model.mean_mesh).unit,
        pose_zero=pose_zero,
    )  # fmt: skip


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
