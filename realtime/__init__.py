"""Meshmirror: two faces and their residual.

Importing this costs no more than numpy; everything else is loaded when it is first asked for.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.5.0"

if TYPE_CHECKING:
    from realtime.capture import open_source
    from realtime.config import Config, load_config
    from realtime.errors import MeshmirrorError
    from realtime.model import LinearMeshModel, load_model
    from realtime.pipeline import Pipeline
    from realtime.types import Frame, FrameResult

_HOME = {
    "open_source": "realtime.capture",
    "Config": "realtime.config",
    "load_config": "realtime.config",
    "MeshmirrorError": "realtime.errors",
    "LinearMeshModel": "realtime.model",
    "load_model": "realtime.model",
    "Pipeline": "realtime.pipeline",
    "Frame": "realtime.types",
    "FrameResult": "realtime.types",
}
__all__ = ["Config", "Frame", "FrameResult", "LinearMeshModel", "MeshmirrorError", "Pipeline", "load_config",
           "load_model", "open_source"]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'realtime' has no attribute '{name}'")
    return getattr(importlib.import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return [*globals(), *__all__]
