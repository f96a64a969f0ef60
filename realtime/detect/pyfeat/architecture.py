"""What a checkpoint's settings say of the network, by py-feat's own names, and whether it is one that is built here.

Built here is the family of py-feat's v2.4 to v2.8: a ConvNeXt V2 tiny, heads that read its pooled features and the
mesh ("v3"), no edge features between action units. Older ones, and a gaze relative to the head, are converted by torch.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from pathlib import Path

from realtime.core.errors import ModelFileError
from realtime.core.types import N_LANDMARKS
from realtime.detect.landmarks.face_landmarker import BLENDSHAPES
from realtime.detect.pyfeat.checkpoint import read_config
from realtime.detect.pyfeat.crop import INPUT
from realtime.detect.pyfeat.output_layout import OutputLayout

DEPTHS, WIDTHS = (3, 3, 9, 3), (96, 192, 384, 768)  # blocks and channels of the backbone's four stages
EYE_CORNERS = ((33, 133), (362, 263))  # points of the mesh: left eye, right eye
_BACKBONE = "convnextv2_tiny"
_EMOTIONS = ("Neutral", "Happy", "Sad", "Surprise", "Fear", "Disgust", "Anger")
_ACTION_UNITS = (
    "AU01", "AU02", "AU04", "AU05", "AU06", "AU07", "AU09", "AU10", "AU11", "AU12", "AU14", "AU15", "AU17", "AU20",
    "AU23", "AU24", "AU25", "AU26", "AU28", "AU43",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Architecture:
    """The settings of py-feat's `ModelV2Config` that decide what the network computes; its names, its defaults."""

    backbone: str = "convnextv2_tiny.fcmae_ft_in22k_in1k"
    image_size: int = INPUT
    n_au: int = 24
    n_mesh: int = N_LANDMARKS
    n_emotion: int = 8
    n_blendshape: int = 0
    mesh_normalized: bool = False  # the mesh's unit is the chip's side, else a pixel of the input
    bs_use_mesh: bool = True
    knn_k: int = 4  # action units next to each
    afg_channels: int = 512
    mefl_channels: int = 512
    use_head_v3: bool = False
    unified_lmk_dim: int = 256
    drop_mefl: bool = False
    emotion_use_au_prob: bool = False
    gaze_eye_roi: bool = False
    gaze_eye_dim: int = 256
    gaze_eye_roi_size: int = 4
    gaze_eye_box_frac: float = 0.18
    gaze_pose_6d: bool = False
    gaze_head_frame: bool = False
    gaze_hidden: int = 0  # 0: one layer
    gaze_bins: int = 0  # 0: the angles themselves
    gaze_bin_lo_deg: float = -180.0
    gaze_bin_hi_deg: float = 180.0

    @classmethod
    def of(cls, path: Path) -> Architecture | None:
        """That of a checkpoint; None for one that is not built here. Raises ModelFileError (`read_config`)."""
        config = read_config(path)
        known = {field.name: config[field.name] for field in fields(cls) if field.name in config}
        for field in fields(cls):
            accepted = ("int", "float") if field.type == "float" else (field.type,)
            if field.name in known and type(known[field.name]).__name__ not in accepted:
                raise ModelFileError(f"{path}: its setting '{field.name}' is {known[field.name]!r}, no {field.type}.")
        found = cls(**known)
        return found if found._is_built_here() else None

    def _is_built_here(self) -> bool:
        return (
            self.backbone.partition(".")[0] == _BACKBONE
            and (self.image_size, self.n_mesh) == (INPUT, N_LANDMARKS)
            and (self.n_au, self.n_emotion) == (len(_ACTION_UNITS), len(_EMOTIONS))
            and self.n_blendshape in (0, len(BLENDSHAPES))
            and self.use_head_v3
            and self.drop_mefl
            and not self.gaze_head_frame
            and 0 < self.knn_k < self.n_au
            and min(self.afg_channels, self.unified_lmk_dim, self.gaze_eye_dim, self.gaze_eye_roi_size) > 0
            and self.afg_channels == self.mefl_channels
            and 0 < self.gaze_eye_box_frac <= 1
            and min(self.gaze_hidden, self.gaze_bins) >= 0
        )

    @property
    def layout(self) -> OutputLayout:
        """The names of its outputs."""
        return OutputLayout(
            emotions=_EMOTIONS,
            action_units=_ACTION_UNITS,
            blendshapes=BLENDSHAPES if self.n_blendshape else (),
            mesh_side=1.0 if self.mesh_normalized else float(self.image_size),
        )

    @property
    def gaze_inputs(self) -> int:
        """Width of what each side of the gaze head reads."""
        eye = self.gaze_eye_dim if self.gaze_eye_roi else 0
        return WIDTHS[-1] + self.unified_lmk_dim + eye + (6 if self.gaze_pose_6d else 0)

    @property
    def bin_centers(self) -> list[float]:
        """Angles of the gaze's bins, radians."""
        step = (self.gaze_bin_hi_deg - self.gaze_bin_lo_deg) / self.gaze_bins
        return [math.radians(self.gaze_bin_lo_deg + (index + 0.5) * step) for index in range(self.gaze_bins)]
