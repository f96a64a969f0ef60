"""What a checkpoint of py-feat's multitask network holds, read from its header: neither torch nor a weight is read.

A file that ends in `.pt` would be unpickled by py-feat, which runs whatever code it carries; only safetensors are
taken. The header's settings decide what py-feat builds, so they are bounded before anything is built.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from realtime.core.errors import ModelFileError
from realtime.core.types import N_LANDMARKS

_INPUT = 224
_LARGEST = 1 << 30  # bytes; the real ones have 150 to 170 million
_AGAIN = "`meshmirror models fetch pyfeat` downloads the right one."
# Any other name of timm's could be one of a hub's model ("hf-hub:..."), which timm would ask for.
_BACKBONE = re.compile(r"convnextv2_[a-z]+(\.[a-z0-9_]+)?")
_HIGHEST = 4096  # of any number among the settings; the largest real one is 1434
_PARTS = ("backbone.", "afg.heads.0.", "fgg.", "gaze.")


def read_checkpoint(path: Path) -> dict[str, int]:
    """The outputs of each head, by the names and in the order of `OutputLayout.widths`; 0 blendshapes in older ones.

    Raises ModelFileError where the file is cut off, of another architecture, or not readable.
    """
    config = read_config(path)
    return {
        "emotion": config["n_emotion"],
        "au": config["n_au"],
        "va": 2,
        "gaze": 2,
        "pose": 6,
        "blendshapes": config.get("n_blendshape", 0),
        "mesh": 3 * N_LANDMARKS,
    }


def read_config(path: Path) -> dict[str, Any]:
    """The settings of py-feat's `ModelV2Config` with which the checkpoint was saved. Errors as `read_checkpoint`."""
    shapes, config = _header(path)
    wrong = _differs(shapes, config)
    if wrong:
        raise ModelFileError(f"{path}: no checkpoint of py-feat's multitask network: {wrong}. {_AGAIN}")
    return config


@contextmanager
def open_checkpoint(path: Path) -> Iterator[Any]:
    """The file as `safetensors` opens it for numpy; the library checks that all bytes are there.

    Raises ModelFileError where it is cut off, too large, no safetensors file, or not readable.
    """
    from safetensors import SafetensorError, safe_open

    try:
        size = path.stat().st_size
        if size > _LARGEST:
            raise ModelFileError(f"{path}: {size / 1e6:.0f} MB are too many for py-feat's multitask network. {_AGAIN}")
        with safe_open(path, framework="np") as file:
            yield file
    except OSError as error:
        raise ModelFileError(f"{path}: cannot be read ({error.strerror or error}). Check its permissions.") from error
    except SafetensorError as error:
        raise ModelFileError(f"{path}: {_reason(error)}. {_AGAIN}") from error


def _header(path: Path) -> tuple[dict[str, list[int]], dict[str, Any]]:
    """Shapes of the tensors by name, and the settings."""
    with open_checkpoint(path) as file:
        about = file.metadata() or {}
        shapes = {name: list(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118 (no mapping)
    try:
        config = json.loads(about["config"])
    except (KeyError, ValueError, RecursionError) as error:
        why = "its header has no settings ('config')" if isinstance(error, KeyError) else "its settings are no JSON"
        raise ModelFileError(f"{path}: no checkpoint of py-feat's multitask network: {why}. {_AGAIN}") from error
    return shapes, config if isinstance(config, dict) else {}


def _reason(error: Exception) -> str:
    """Of the library's errors only the one of a file that was cut off has a cause that the user can fix."""
    if "incomplete" in str(error).lower():
        return "the file is cut off; bytes are missing at its end"
    return f"not a safetensors file ({error})"


def _differs(shapes: dict[str, list[int]], config: dict[str, Any]) -> str | None:
    """What is not as in py-feat's `ModelV2Config` and `MEGraphAUv2`; None where all of it is."""
    missing = [part for part in _PARTS if not any(name.startswith(part) for name in shapes)]
    if missing:
        return f"it has no tensors {', '.join(part + '*' for part in missing)}"
    backbone = config.get("backbone")
    if not (isinstance(backbone, str) and _BACKBONE.fullmatch(backbone)):
        return f"its backbone is {backbone!r}, expected a ConvNeXt V2"
    too_much = [name for name, value in config.items() if isinstance(value, int | float) and abs(value) > _HIGHEST]
    if too_much:
        return f"its setting {too_much[0]} is {config[too_much[0]]!r}"
    if config.get("image_size") != _INPUT or config.get("n_mesh") != N_LANDMARKS:
        return (
            f"it is for pictures of {config.get('image_size')!r} pixels and {config.get('n_mesh')!r} landmarks, "
            f"expected {_INPUT} and {N_LANDMARKS}"
        )
    for head, tensor, width in (
        ("action units", "sc.s", config.get("n_au")),
        ("emotions", "emotion.cls_head.bias", config.get("n_emotion")),
        ("valence and arousal", "emotion.va_head.bias", 2),
        ("mesh", "lmk.mlp.4.bias", 3 * N_LANDMARKS),
        ("pose", "pose.mlp.4.bias", 6),
        ("blendshapes", "blendshape.mlp.2.bias", config.get("n_blendshape", 0)),
    ):
        outputs = (shapes.get(tensor) or [0])[0]
        if type(width) is not int or outputs != width:
            return f"its head of {head} has {outputs} outputs, expected {width!r}"
    return None
