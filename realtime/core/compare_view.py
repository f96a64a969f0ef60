"""What the page of a comparison draws and `summary.json` does not hold: frames in time, a few faces, errors by vertex.

Meshes are in % of the outer-canthal distance, along the axes left, up and forward of their model's canonical frame and
about its origin. An NME is that of the first setup, in % of the outer-canthal distance: adjusted where there is a
neutral, else raw.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

F32 = npt.NDArray[np.float32]

# States of a frame.
USED = 0  # in the scores
AMBER = 1  # in the scores; expression and pose are not told apart
OUTSIDE = 2  # a face out of the models' range
NO_FACE = 3
LEFT_OUT = 4  # in no score for another reason: the neutral segment, the first frames of a face, no prediction


@dataclass(frozen=True, slots=True, eq=False)
class Timeline:
    """The frames of a recording, in their order."""

    recording: str
    seconds: npt.NDArray[np.float64]  # (n,) from its first frame
    state: npt.NDArray[np.uint8]  # (n,) `USED` ... `LEFT_OUT`
    changed: npt.NDArray[np.bool_]  # (n,) whether the face taken became another one
    delivered: F32  # (n,) NME; NaN where the frame is in no score
    baseline: F32  # (n,) NME of the baseline of the skill
    floor: F32  # (n,) NME of the best fitting features


@dataclass(frozen=True, slots=True, eq=False)
class ShownFrame:
    """A frame that can be looked at, under every setup."""

    recording: str
    seconds: float  # from the recording's first frame
    nme: float
    worse_than: float  # share of all compared frames that have a smaller NME, 0 to 1
    observed: F32  # (setups, 478, 3)
    predicted: F32  # (setups, 478, 3), the identity of the subject added where there is a neutral


@dataclass(frozen=True, slots=True, eq=False)
class ShownPicture:
    """A picture of the camera about a face, where pictures were asked for."""

    recording: str
    seconds: float  # from the recording's first frame
    nme: float
    best: bool  # whether no frame of the recording is predicted better; else none is worse
    image: npt.NDArray[np.uint8]  # (h, w, 3) RGB
    points: npt.NDArray[np.float64]  # (478, 2) landmarks, pixels of the image


@dataclass(frozen=True, slots=True, eq=False)
class VertexErrors:
    """The errors of one setup by vertex: means over all frames in the scores."""

    setup: str
    mesh: F32  # (478, 3) mean observed mesh
    distance: F32  # (478,) distance of observed and predicted vertex
    signed: F32  # (478,) part of that distance along the normal of the predicted mesh, positive outwards


@dataclass(frozen=True, slots=True, eq=False)
class CompareView:
    """All that the page draws of frames; any part may be empty."""

    timelines: tuple[Timeline, ...] = ()
    frames: tuple[ShownFrame, ...] = ()  # from the smallest NME to the largest
    vertices: tuple[VertexErrors, ...] = ()  # by setup, in the order of the report's models
    pictures: tuple[ShownPicture, ...] = ()  # by recording
    without_pictures: Mapping[str, str] = field(default_factory=dict)  # why there are none, by recording
