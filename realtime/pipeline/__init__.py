"""Frame in, result out: the step, what runs it over a source, its statistics. No window, no cv2."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from realtime.pipeline.build import Pipeline
    from realtime.pipeline.pipeline import FrameStep

_HOME = {"Pipeline": "realtime.pipeline.build", "FrameStep": "realtime.pipeline.pipeline"}
__all__ = ["FrameStep", "Pipeline"]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'realtime.pipeline' has no attribute '{name}'")
    return getattr(importlib.import_module(_HOME[name]), name)
