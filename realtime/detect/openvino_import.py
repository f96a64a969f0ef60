"""OpenVINO without its telemetry; the only file that imports it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any, cast

_CONVERTER = "openvino.tools.ovc"


def import_openvino_without_telemetry() -> ModuleType:
    """The openvino package, without its converter of networks, whose import takes as long as all the rest.

    Its import sends an event to an analytics server without asking, and so does what follows. Where its telemetry
    package cannot be imported it falls back to a stub of its own and sends nothing.
    """
    modules = cast(dict[str, Any], sys.modules)
    modules["openvino_telemetry"] = None
    if "openvino" not in modules and _CONVERTER not in modules:
        modules[_CONVERTER] = None  # the package does without
        try:
            import openvino
        finally:
            del modules[_CONVERTER]
    import openvino

    module: ModuleType = openvino
    return module


def import_openvino_operations() -> ModuleType:
    """Its operations, of which a network is built. Their 13th set is in every release that this program takes."""
    operations: ModuleType = import_openvino_without_telemetry().opset13
    return operations


def import_openvino_converter() -> Callable[..., Any]:
    """Its `convert_model`, without telemetry either."""
    import_openvino_without_telemetry()
    from openvino.tools.ovc import convert_model

    convert: Callable[..., Any] = convert_model
    return convert
