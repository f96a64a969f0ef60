"""py-feat's own network: loaded by py-feat's own code, its outputs in one row, its heads named.

Needs torch and py-feat (9 s to import), so nothing here is imported by what runs beside a camera with OpenVINO.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from realtime.core.errors import ModelFileError, NetworkError
from realtime.core.types import N_LANDMARKS
from realtime.detect.pyfeat.output_layout import OutputLayout


def load_multitask(path: Path) -> Any:
    """py-feat's `MultitaskModel`, on the processor and in float32.

    Raises NetworkError where torch or py-feat is missing or broken, ModelFileError for weights that it does not take.
    """
    try:
        from feat.multitask.inference import MultitaskModel
    except Exception as error:  # a torch without its libraries raises errors of any type
        raise NetworkError(
            f"py-feat cannot be imported ({type(error).__name__}: {error}). Its network needs py-feat and torch: "
            'pip install "meshmirror[pyfeat]"'
        ) from error
    if path.suffix != ".safetensors":
        raise ModelFileError(f"{path}: the file's name must end in .safetensors.")
    try:
        return MultitaskModel(device="cpu", weights_path=str(path), amp=False)
    except (RuntimeError, ValueError, TypeError, KeyError, AttributeError) as error:
        why = " ".join(str(error).split())[:300]  # torch names every tensor that differs
        raise ModelFileError(f"{path}: py-feat does not take these weights ({type(error).__name__}: {why})") from error


def layout_of(multitask: Any) -> OutputLayout:
    """The names that the loaded checkpoint gives to its outputs. Raises ModelFileError where a head has other width."""
    from feat.utils import MP_BLENDSHAPE_NAMES

    config = multitask.cfg
    layout = OutputLayout(
        emotions=tuple(multitask.emotion_names),
        action_units=tuple(multitask.au_names),
        blendshapes=tuple(MP_BLENDSHAPE_NAMES) if config.n_blendshape else (),
        mesh_side=1.0 if config.mesh_normalized else float(config.image_size),
    )
    named = {"emotion": len(layout.emotions), "au": len(layout.action_units), "blendshapes": len(layout.blendshapes)}
    has = {"emotion": config.n_emotion, "au": config.n_au, "blendshapes": config.n_blendshape}
    if named != has or config.n_mesh != N_LANDMARKS:
        raise ModelFileError(f"The checkpoint's heads are {has} wide; py-feat names {named} of their outputs.")
    return layout


def row_of(outputs: Mapping[str, Any]) -> Any:
    """One tensor (n, heads.width) of what py-feat's network returns, in the order of `OutputLayout.widths`."""
    import torch

    parts = [outputs["emotion_logits"].softmax(-1), outputs["p_au"], outputs["va"], outputs["gaze"], outputs["pose"]]
    if outputs["blendshapes"] is not None:
        parts.append(outputs["blendshapes"])
    parts.append(outputs["mesh"].flatten(1))
    return torch.cat([part.float() for part in parts], dim=1)
