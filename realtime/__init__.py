"""Meshmirror: two faces and their residual.

Importing this costs no more than numpy; everything else is loaded when it is first asked for.
"""

from __future__ import annotations

import importlib

from realtime.core.version import __version__ as __version__

TYPE_CHECKING = False  # type checkers take it as true; the import of `typing` would be most of what this file costs
if TYPE_CHECKING:
    from typing import Any

    from realtime.app.compare_result import CompareResult, compare
    from realtime.capture import open_source
    from realtime.core.config import Config, load_config
    from realtime.core.errors import MeshmirrorError
    from realtime.core.frame_result import FrameResult
    from realtime.core.types import Frame
    from realtime.model import LinearMeshModel, load_model
    from realtime.pipeline import Pipeline

_HOME = {
    "CompareResult": "realtime.app.compare_result",
    "compare": "realtime.app.compare_result",
    "open_source": "realtime.capture",
    "Config": "realtime.core.config",
    "load_config": "realtime.core.config",
    "MeshmirrorError": "realtime.core.errors",
    "LinearMeshModel": "realtime.model",
    "load_model": "realtime.model",
    "Pipeline": "realtime.pipeline",
    "Frame": "realtime.core.types",
    "FrameResult": "realtime.core.frame_result",
}
__all__ = ["CompareResult", "Config", "Frame", "FrameResult", "LinearMeshModel", "MeshmirrorError", "Pipeline",
           "compare", "load_config", "load_model", "open_source"]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'realtime' has no attribute '{name}'")
    return getattr(importlib.import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return [*globals(), *__all__]
