"""What all sheets of faces have in common: the scale of displacements, the footer, the file."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from realtime.core.types import ByteArray, FloatArray
from realtime.core.version import __version__
from realtime.export.figures.sheet_contents import ColorScale, SheetHeading
from realtime.geometry import N_MESH_VERTICES
from realtime.media.png import write_picture
from realtime.model import LinearMeshModel

_ROUND = (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 5.0, 6.0, 8.0, 10.0)
# How many per cent of all vertices the colour scale reaches, and what share of the largest displacement at least: a few
# vertices must not darken all the others.
_COVERED, _COVERED_SHARE = 99.0, 0.25


def displacement_scale(distance: FloatArray, unit: float, highest: float | None = None) -> ColorScale:
    """The one colour scale for displacements (k, 478) in % of the outer-canthal distance, `unit` model units long.

    highest
        Its upper end; None: a round number that all but a few of the vertices reach. Irises beyond it do not count.
    """
    distance = distance[..., :N_MESH_VERTICES]
    largest = float(distance.max()) if distance.size else 0.0
    if highest is None:
        reached = max(float(np.percentile(distance, _COVERED)), _COVERED_SHARE * largest) if largest > 0 else 1.0
        highest = _round_up(reached)
    beyond = largest > 1.001 * highest
    note = f"1 % = {unit / 100:.3g} model units" + (f"; single vertices up to {largest:.3g} %" if beyond else "")
    return ColorScale(highest, "displacement from neutral, % of the outer-canthal distance", note, beyond)


def footer(model: LinearMeshModel) -> tuple[str, str]:
    """The left and the right text of a sheet's footer."""
    made = f"meshmirror {__version__}" + (f" · model sha256 {model.sha256[:12]}" if model.sha256 else "")
    return "The subject's right side is on the left, as in a photograph.", made


def write_sheet(out: Path, picture: ByteArray, heading: SheetHeading, model: LinearMeshModel) -> Path:
    """Write a sheet (height, width, 3) RGB under an unused name, see `unique_path`. Raises RecordError."""
    texts = {"Title": heading.title, "Software": f"meshmirror {__version__}", "Model": model.name}
    return write_picture(out, picture, texts | ({"sha256": model.sha256} if model.sha256 else {}))


def _round_up(value: float) -> float:
    """The next round number, so that a scale has round ticks."""
    power = 10.0 ** math.floor(math.log10(value))
    return float(f"{next(power * step for step in _ROUND if value <= power * step * (1 + 1e-6)):.3g}")
