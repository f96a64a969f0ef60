"""The subject's face at rest, for another model or another pose than the one with which it was recorded."""

from __future__ import annotations

import numpy as np

from realtime.core.types import FloatArray, Identity, Pose, PoseZero
from realtime.geometry import Aligner, CanonicalFrame, pose_in
from realtime.model import LinearMeshModel
from realtime.pipeline.predictor import PoseMode
from realtime.session import Session

# Outer-canthal distances by which another alignment moves a neutral. An average of aligned faces is off its own
# alignment by 0.001; the anchors of au@v4 with its depth as filed and corrected by 0.015 to 0.018.
_OTHER_ANCHORS = 0.005


def transfer_identity(
    identity: Identity,
    model: LinearMeshModel,
    aligner: Aligner,
    mode: PoseMode,
    rest: Pose | None,
    rest_zero: PoseZero,
) -> Identity:
    """A recorded identity for another model: its neutral in that model's frame, minus the model's own neutral.

    `rest`: the head pose while the neutral was taken, measured from `rest_zero`, for predictions with a live pose; None
    where it is not known.
    The numbers about the neutral (noise, motion) stay as they were recorded.
    """
    neutral = identity.neutral_canon
    aligned = aligner(neutral)
    if aligned is not None:
        moved = np.linalg.norm(aligned.mesh_canon - neutral, axis=1).mean()
        if moved >= _OTHER_ANCHORS * aligner.canonical.unit:
            neutral = aligned.mesh_canon
    if rest is not None and rest_zero != aligner.canonical.pose_zero:
        rest = pose_in(aligner.canonical, rest, CanonicalFrame.of(model.mean_mesh, rest_zero))
    expected = model.predict_neutral(rest if mode == "live" else None)
    return Identity(
        offset_canon=_frozen(neutral - expected),
        neutral_canon=_frozen(neutral),
        noise_nme=identity.noise_nme,
        frames=identity.frames,
        motion_nme=identity.motion_nme,
        seconds=identity.seconds,
    )


def rest_pose(session: Session, row: int, identity: Identity) -> Pose | None:
    """The mean head pose of the frames from which the identity of a row was made; None where they are before the
    recording.
    """
    first: int | None = None
    for part in session.parts:
        calibrations = np.flatnonzero(part.table.table.column("identities").is_valid().to_numpy())
        for at in map(int, calibrations):
            known = part.rows.identity(at, 0)
            if known is not None and np.array_equal(known.neutral_canon, identity.neutral_canon):
                first = part.first + at
                break
        if first is not None or part.first > row:
            break
    if first is None:
        return None
    part, at = session.place(first)
    begin = max(0, at - identity.frames)
    angles = np.stack([part.table.numbers(name)[begin:at] for name in ("pitch", "yaw", "roll")])
    angles = angles[:, np.isfinite(angles).all(axis=0)]
    return Pose(*map(float, angles.mean(axis=1))) if angles.size else None


def _frozen(mesh: FloatArray) -> FloatArray:
    found = np.ascontiguousarray(mesh, dtype=np.float32)
    found.setflags(write=False)
    return found
