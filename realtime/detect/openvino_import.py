"""OpenVINO without its telemetry."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any, cast


def import_openvino_without_telemetry() -> ModuleType:
    """The openvino package; the only place that imports it.

    Its import sends an event to an analytics server without asking, and so does what follows. Where its telemetry
    package cannot be imported it falls back to a stub of its own and sends nothing.
    """
    cast(dict[str, Any], sys.modules)["openvino_telemetry"] = None
    import openvino

    module: ModuleType = openvino
    return module
