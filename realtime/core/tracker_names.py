"""The names of the trackers, as settings and recordings have them."""

from __future__ import annotations

from typing import Literal

TrackerName = Literal["openvino", "task", "bundled"]
TrackerChoice = Literal["auto", "openvino", "task", "bundled"]  # auto: what is there


def network_of(tracker: str) -> str:
    """Whose landmarks a tracker gives: those of two trackers of one network are the same face, and are compared."""
    return "FaceLandmarker" if tracker in ("openvino", "task") else tracker


def recorded_tracker(name: str) -> TrackerName:
    """The tracker with which something was recorded; what no version of this program has written is `bundled`."""
    return "openvino" if name == "openvino" else "task" if name == "task" else "bundled"
