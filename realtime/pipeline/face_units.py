"""Several faces of one recording as units of their own: how they are called, and which are long enough to count."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

FacesOf = Literal["largest", "all"]
LEAST_S = 1.0  # from the first to the last frame of a face; what is shorter is nobody's recording
TOO_SHORT = f"face seen for less than {LEAST_S:g} s"
STILL = "does not move, as a picture on a wall"


def unit_name(recording: str, track_id: int, units: int) -> str:
    """The name of a face of a recording; that of the recording where it has one face only."""
    return recording if units == 1 else f"{recording} · face {track_id}"


def long_enough(spans_ns: Mapping[int, tuple[int, int]]) -> list[int]:
    """The track ids that are seen for long enough, in order; `spans_ns` has the first and the last stamp of each."""
    return sorted(track for track, (first, last) in spans_ns.items() if last - first >= LEAST_S * 1e9)
