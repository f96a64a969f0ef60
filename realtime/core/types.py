"""The values that pass from stage to stage; all of them frozen.

Frames of reference, here and everywhere:

* ``px``: the picture; x right, y down, z away from the camera, all three in pixels.
* ``canon``: the loaded model's own frame, in its own units. Its axes and its scale are read off its mean mesh
  (`realtime.geometry.CanonicalFrame`), never assumed.

A frame's name is part of a variable's name; `canon_from_px` maps right to left. Times are int64 nanoseconds: of the
monotonic clock at capture for live sources, of the file's own presentation times for files.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from realtime.core.neutral import NeutralInfo
from realtime.core.printable import valid_unicode

Array = npt.NDArray[Any]
FloatArray = npt.NDArray[np.floating[Any]]
ByteArray = npt.NDArray[np.uint8]

N_LANDMARKS = 478
EMOTIONS = ("anger", "disgust", "fear", "happiness", "sadness", "surprise", "neutral")


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture, upright, with the time at which it was taken."""

    image: ByteArray  # (height, width, 3) RGB, C-contiguous, rotation already applied
    stamp_ns: int  # when it was taken; strictly increasing within a source
    index: int  # its number in the source, from 0; gaps are frames that were skipped
    arrived_ns: int  # monotonic clock when this process got it; latency is measured from here
    segment: int = 0  # grows by one at each break: reopened device, gap of more than a second, new picture size
    flags: frozenset[str] = frozenset()  # "black", "frozen", "torn"; empty when nothing is wrong
    row: int | None = None  # of a recorded session, in a replay of which this is a frame; None for all other frames
    rotation: Rotation = (
        0  # degrees by which the source's picture was turned clockwise to give this one: 0, 90, 180, 270
    )

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        return self.image.shape[1], self.image.shape[0]


@dataclass(frozen=True, slots=True, eq=False)
class Similarity:
    """dst = scale * rotation @ src + translation, over any leading axes; det(rotation) = +1.

    Degenerate input (fewer than two distinct directions) has no answer: every field is NaN there.
    """

    scale: FloatArray  # (...,)
    rotation: FloatArray  # (..., 3, 3)
    translation: FloatArray  # (..., 3)

    def apply(self, points: FloatArray) -> FloatArray:
        """Map points (..., N, 3) of the source frame into the target frame."""
        scale = np.asarray(self.scale)[..., None, None]
        moved: FloatArray = scale * (points @ np.swapaxes(self.rotation, -1, -2)) + self.translation[..., None, :]
        return moved

    def inverse(self) -> Similarity:
        """The map of the other direction."""
        back = np.swapaxes(self.rotation, -1, -2)
        scale = 1.0 / np.asarray(self.scale)
        moved = np.einsum("...ij,...j->...i", back, self.translation)
        return Similarity(scale, back, -scale[..., None] * moved)


@dataclass(frozen=True, slots=True)
class Pose:
    """Head pose in radians with the signs of py-feat's Fex: +pitch up, +yaw and +roll to the subject's right."""

    pitch: float
    yaw: float
    roll: float

    @property
    def angles(self) -> tuple[float, float, float]:
        """(pitch, yaw, roll) in radians, for arrays and columns."""
        return self.pitch, self.yaw, self.roll

    def degrees(self) -> dict[str, float]:
        """The three angles in degrees, for a screen."""
        return {name: float(np.degrees(getattr(self, name))) for name in ("pitch", "yaw", "roll")}


@dataclass(frozen=True, slots=True, eq=False)
class Landmarks:
    """The face that a tracker found in a frame."""

    points_px: FloatArray  # (478, 3) float32
    image_size: tuple[int, int]  # (width, height)
    faces_seen: int  # faces in the picture that are followed, this one included
    tracker: str  # "openvino", "task" or "bundled"
    blendshapes: Mapping[str, float] | None = None  # 52 by ARKit name, where the tracker gives them


@dataclass(frozen=True, slots=True, eq=False)
class Aligned:
    """A face in the model's canonical frame."""

    mesh_canon: FloatArray  # (478, 3) float32, model units
    canon_from_px: Similarity
    anchor_residual: float  # worst of the 12 anchors, % of the outer-canthal distance
    pose: Pose


@dataclass(frozen=True, slots=True)
class Validity:
    """Whether a frame is in the range in which the model was fit; `reasons` are why not.

    Within that range there is a tighter one in which expression and pose are told apart. `amber` is a sentence for
    people on why a valid frame is outside it; empty inside, and where the frame is not valid.
    """

    ok: bool
    reasons: tuple[str, ...] = ()
    amber: str = ""

    def __post_init__(self) -> None:
        if self.amber and not self.ok:
            raise ValueError("only a valid frame is amber")


@dataclass(frozen=True, slots=True, eq=False)
class NetworkOutput:
    """All outputs of py-feat's multitask network for one face, in py-feat's conventions and the checkpoint's names."""

    emotions: Mapping[str, float]  # probabilities: "Neutral", "Happy" ...; 7, or 8 in older checkpoints
    action_units: Mapping[str, float]  # 0..1: "AU01" ...; 20, or 24 in older checkpoints
    valence: float  # -1..1
    arousal: float  # -1..1
    pose: Pose  # py-feat's Pitch, Roll, Yaw: the components of a rotation vector, not Euler angles
    translation: tuple[float, ...]  # py-feat's X, Y, Z
    gaze_pitch: float  # radians, + up
    gaze_yaw: float  # radians, + to the subject's right
    blendshapes: Mapping[str, float] | None  # 0..1 by ARKit name; None where the checkpoint has no such head
    mesh_px: FloatArray  # (478, 3) float32, the network's own mesh in the picture
    stamp_ns: int  # of the frame


FOR_APPEARANCE = "for appearance"  # is part of every reason for which the classifier gives no emotions


@dataclass(frozen=True, slots=True, eq=False)
class AppearanceOutput:
    """What the classifier `appearance` makes of a face."""

    emotions: Mapping[str, float] | None  # seven probabilities, by the names of EMOTIONS; None: it gives none
    reason: str = ""  # why there are none; the frame is then out of range

    def __post_init__(self) -> None:
        if (self.emotions is None) != (FOR_APPEARANCE in self.reason):
            raise ValueError("either emotions or the reason why there are none")


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """What drives the model: its inputs by name, and where they came from."""

    values: Mapping[str, float]
    source: str  # "inverse", "appearance", "mediapipe" or "pyfeat"
    stamp_ns: int  # of the frame from which they were computed


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """The face that the model expects, raw and with the subject's identity offset added."""

    mesh_canon: FloatArray  # (478, 3) float32, model units
    adjusted_canon: FloatArray | None  # mesh_canon + identity offset; None until a neutral was calibrated
    pose: Pose | None  # the pose that the model was given; None means pose = 0
    pose_source: Literal["mesh", "pyfeat"] | None  # who measured it; None for pose = 0
    model: str
    neutral_canon: FloatArray | None = None  # (478, 3) the model's face at rest at the same pose
    gain: float = 1.0  # by which the displacement from rest is scaled where the face is drawn, and nowhere else

    def drawn(self, *, adjusted: bool) -> FloatArray:
        """(478, 3) the face as it is drawn: with the gain, and with the identity offset where there is one."""
        mesh = self.adjusted_canon if adjusted and self.adjusted_canon is not None else self.mesh_canon
        if self.gain == 1.0 or self.neutral_canon is None:
            return mesh
        return (mesh + (self.gain - 1.0) * (self.mesh_canon - self.neutral_canon)).astype(np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class PoseResponse:
    """How the subject's face at rest changes with the head pose, in the model's canonical frame.

    Measured while the subject looks around with the face at rest. It is zero at the rest pose, linear in the angles
    within the range seen, and constant beyond it.
    """

    slopes_canon: FloatArray  # (3, 478, 3) float32 model units a radian of pitch, yaw, roll; 0 on an axis not known
    rest: Pose  # of the head while the neutral was taken
    known: tuple[bool, bool, bool]  # pitch, yaw, roll: whether the head was turned far enough about it
    low: Pose  # the range seen on each axis; the rest pose itself on an axis not known
    high: Pose
    ridge: float  # strength of the ridge, relative to the mean square of the angles; from held-out blocks
    held_out_percent: float  # of the neutral's squared error, what it took away on held-out blocks
    held_out_error: float  # standard error of that over the blocks
    frames: int  # that it was made from
    seconds: float  # from the first to the last of them


@dataclass(frozen=True, slots=True, eq=False)
class Identity:
    """The subject's face at rest, in the model's canonical frame."""

    offset_canon: FloatArray  # (478, 3) float32 observed minus predicted neutral, model units
    neutral_canon: FloatArray  # (478, 3) float32 the observed neutral itself, model units
    noise_nme: float  # jitter of the landmarks on this face at rest, % of the outer-canthal distance
    frames: int  # frames that it was made from
    motion_nme: float = 0.0  # how far the frames lay from their neutral, upper quartile, % as above
    seconds: float = 0.0  # from the first to the last of them
    rest: Pose | None = None  # mean head pose of these frames; None where it is not known
    info: NeutralInfo | None = None  # whose it is, and what the face looked like; None where it is not known
    response: PoseResponse | None = None  # how that face changes with the head pose; None until it was measured

    @property
    def measurable_nme(self) -> float:
        """The distance below which nothing is measured, %: the larger of the jitter and the tracker's repeatability.

        The jitter alone where the latter is not known, as in sessions of earlier versions.
        """
        repeatability = None if self.info is None else self.info.repeatability_nme
        return max(self.noise_nme, repeatability or 0.0)


# From where head pose is measured: MediaPipe's canonical face looking into the camera, or a mean mesh whose line from
# chin to forehead is upright (sessions of earlier programs).
PoseZero = Literal["canonical-face", "forehead-chin"]
POSE_ZERO: PoseZero = "canonical-face"
Rotation = Literal[0, 90, 180, 270]  # by which a picture is turned, degrees clockwise
FrameChoice = Literal["corrected", "as-filed"]  # of a model whose frame is known to be too deep
Labels = Literal["repaired", "as-filed"]  # of an emotion model whose columns show v5's permutation
SourceState = Literal["opening", "live", "lost", "ended"]


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """What is known of an open source."""

    name: str  # for a title: "camera 0 (HD Webcam)", "single_face.mp4"
    live: bool  # a live source delivers its newest frame; the others every frame
    size: tuple[int, int] | None  # (width, height) after rotation; None before the first frame
    rate: float | None  # nominal frames a second, as the source claims it; never used for time
    frames: int | None  # number of frames, where the source declares it

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", valid_unicode(self.name))  # a file's may be none
