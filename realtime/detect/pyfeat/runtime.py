"""The interface of what runs the network."""

from __future__ import annotations

from typing import Protocol

from realtime.core.types import FloatArray
from realtime.detect.pyfeat.output_layout import OutputLayout


class Runtime(Protocol):
    """py-feat's multitask network, loaded and ready; belongs to one thread."""

    name: str  # for a person and for the record: "OpenVINO 2026.4.1, CPU, f32"
    layout: OutputLayout

    def run(self, inputs: FloatArray) -> FloatArray:
        """(n, 3, 224, 224) float32 to (n, heads.width) float32, rows in the same order."""
        ...

    def close(self) -> None:
        """Free what it holds; may be called twice."""
        ...
