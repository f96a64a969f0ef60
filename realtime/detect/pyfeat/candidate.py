"""A network that was converted and is not yet believed: what `realtime.detect.pyfeat.convert` compares and writes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from realtime.core.types import FloatArray
from realtime.detect.pyfeat.crop import CHIP, Crop
from realtime.detect.pyfeat.output_layout import OutputLayout

_PICTURES = 3
_TILES = 8  # a side of a picture


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """OpenVINO's model of a checkpoint, and what computes the numbers that it has to give."""

    model: Any  # (1, 3, 224, 224) to one row of all heads
    layout: OutputLayout
    config: Mapping[str, Any]  # the checkpoint's settings
    reference: str  # who computed the wanted rows, for a person: "numpy"
    packages: tuple[str, ...]  # whose versions decide the numbers
    inputs: FloatArray  # (n, 3, 224, 224)
    wanted: Callable[[], FloatArray]  # computes (m, width) of the first m inputs


def sample_inputs() -> FloatArray:
    """(3, 3, 224, 224): coloured tiles with some noise, cropped as faces are; the same at every conversion."""
    rng = np.random.default_rng(2026)
    crop = Crop(0, 0, CHIP, CHIP, CHIP)
    inputs = []
    for _ in range(_PICTURES):
        tiles = rng.uniform(0, 255, (_TILES, _TILES, 3)).repeat(CHIP // _TILES, axis=0).repeat(CHIP // _TILES, axis=1)
        image = (tiles + rng.normal(0, 5, tiles.shape)).clip(0, 255).astype(np.uint8)
        inputs.append(crop.network_input(crop.patch(image)))
    return np.stack(inputs)
