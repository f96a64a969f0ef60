"""The network's outputs by the names that its checkpoint gives, in py-feat's own conventions (its Fex columns)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from realtime.core.errors import ModelFileError
from realtime.core.types import N_LANDMARKS, FloatArray, NetworkOutput, Pose
from realtime.detect.pyfeat.crop import Crop


@dataclass(frozen=True, slots=True)
class OutputLayout:
    """The network's outputs in the order in which a runtime puts them into one row of float32."""

    emotions: tuple[str, ...]  # probabilities that sum to one; 7, or 8 in older checkpoints
    action_units: tuple[str, ...]  # 0..1; 20, or 24 in older checkpoints
    blendshapes: tuple[str, ...]  # 0..1; 52, or none in older checkpoints
    mesh_side: float = 1.0  # the mesh head's unit for the side of the chip: 1, or 224 in older checkpoints

    @classmethod
    def from_json(
        cls, emotions: list[str], action_units: list[str], blendshapes: list[str], mesh_side: float
    ) -> OutputLayout:
        """Of the fields of `dataclasses.asdict`, as JSON has them. Raises TypeError or ValueError for others."""
        return cls(tuple(emotions), tuple(action_units), tuple(blendshapes), float(mesh_side))

    @property
    def widths(self) -> dict[str, int]:
        """Numbers of each head, in their order in a row."""
        return {
            "emotion": len(self.emotions),
            "au": len(self.action_units),
            "va": 2,
            "gaze": 2,
            "pose": 6,
            "blendshapes": len(self.blendshapes),
            "mesh": N_LANDMARKS * 3,
        }

    @property
    def width(self) -> int:
        """Numbers of a row."""
        return sum(self.widths.values())

    def split(self, rows: FloatArray) -> dict[str, FloatArray]:
        """Rows (..., width) by head: (..., width of the head)."""
        ends = np.cumsum(list(self.widths.values()))
        return dict(zip(self.widths, np.split(rows, ends[:-1], axis=-1), strict=True))

    def decode(self, row: FloatArray, crop: Crop, stamp_ns: int) -> NetworkOutput:
        """One row (width,) in py-feat's conventions (`Detectorv2.forward`). Raises ModelFileError for a row that is
        not finite: a checkpoint whose weights are damaged.
        """
        if not np.isfinite(row).all():
            raise ModelFileError(
                "py-feat's network gives numbers that are not finite: its weights are damaged. "
                "Download them again: meshmirror models fetch pyfeat --update"
            )
        head = self.split(row.astype(np.float64))
        pitch, yaw, roll, *translation = head["pose"]
        gaze_yaw, gaze_pitch = head["gaze"]
        mesh = head["mesh"].reshape(N_LANDMARKS, 3) * (crop.side / self.mesh_side)  # z is at the scale of x and y
        mesh[:, :2] += crop.origin_x, crop.origin_y
        return NetworkOutput(
            emotions=_named(self.emotions, head["emotion"]),
            action_units=_named(self.action_units, head["au"]),
            valence=float(head["va"][0]),
            arousal=float(head["va"][1]),
            # The head's own pitch and roll are those of a camera whose y points down.
            pose=Pose(pitch=-float(pitch), yaw=float(yaw), roll=-float(roll)),
            translation=tuple(float(value) for value in translation),
            gaze_pitch=-float(gaze_pitch),
            gaze_yaw=float(gaze_yaw),
            blendshapes=_named(self.blendshapes, head["blendshapes"]) if self.blendshapes else None,
            mesh_px=mesh.astype(np.float32),
            stamp_ns=stamp_ns,
        )


def _named(names: tuple[str, ...], values: FloatArray) -> dict[str, float]:
    return dict(zip(names, values.tolist(), strict=True))
