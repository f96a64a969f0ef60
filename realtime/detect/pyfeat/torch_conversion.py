"""A checkpoint as OpenVINO's model by way of torch and py-feat: for the layouts that are not built here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from realtime.core.errors import NetworkError
from realtime.core.types import FloatArray
from realtime.detect.openvino_import import import_openvino_converter
from realtime.detect.pyfeat.candidate import Candidate

_CHIPS = 3


def convert_by_torch(weights: Path, notify: Callable[[str], None]) -> Candidate:
    """The network as py-feat's own code builds it, and what py-feat's own code says of three chips.

    Raises ModelFileError for weights that py-feat does not take, NetworkError where torch or py-feat is missing.
    """
    notify("another layout than today's: loading torch and py-feat (10 s)")
    from realtime.detect.pyfeat.pyfeat_network import layout_of, load_multitask

    try:
        multitask = load_multitask(weights)
    except NetworkError as error:
        raise NetworkError(f"{weights}: weights of this layout are converted by py-feat's own code. {error}") from error
    layout = layout_of(multitask)
    notify("converting py-feat's network for OpenVINO")
    model = _converted(multitask)
    chips = _chips()
    return Candidate(
        model,
        layout,
        config=asdict(multitask.cfg),
        reference="py-feat's own numbers",
        packages=("openvino", "py-feat", "torch"),
        inputs=multitask.preprocess(chips).numpy(),
        wanted=lambda: _pyfeat_rows(multitask, chips),
    )


def _converted(multitask: Any) -> Any:
    """OpenVINO's model: (1, 3, 224, 224) to one row of all heads."""
    import torch

    from realtime.detect.pyfeat.eye_regions import separable_eye_regions
    from realtime.detect.pyfeat.pyfeat_network import row_of

    class OneRow(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.network = multitask.model

        def forward(self, x: Any) -> Any:
            return row_of(self.network(x))

    shape = [1, 3, 224, 224]
    with torch.no_grad(), separable_eye_regions(multitask):
        return import_openvino_converter()(OneRow().eval(), example_input=torch.rand(shape), input=shape)


def _chips() -> Any:
    """Smooth patterns with some noise (n, 3, 256, 256) in 0..1: the same at every conversion."""
    import torch

    rng = np.random.default_rng(2026)
    coarse = torch.from_numpy(rng.random((_CHIPS, 3, 9, 9), dtype=np.float32))
    smooth = torch.nn.functional.interpolate(coarse, size=(256, 256), mode="bicubic")
    noise = torch.from_numpy(rng.normal(0, 0.02, smooth.shape).astype(np.float32))
    return (smooth + noise).clamp(0, 1)


def _pyfeat_rows(multitask: Any, chips: Any) -> FloatArray:
    """(n, heads.width): the answers of py-feat's `MultitaskModel` as its users get them, one chip at a time."""
    rows = []
    for chip in chips:
        out = multitask(chip[None])
        parts = [out.emotion, out.au, out.valence[:, None], out.arousal[:, None], out.gaze, out.pose]
        if multitask.cfg.n_blendshape:
            parts.append(out.blendshapes)
        rows.append(np.concatenate([*parts, out.mesh478.reshape(1, -1)], axis=1))
    return np.concatenate(rows)
