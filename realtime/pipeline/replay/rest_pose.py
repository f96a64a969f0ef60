"""The head pose at which a recorded neutral was taken."""

from __future__ import annotations

import numpy as np

from realtime.core.types import Identity, Pose
from realtime.session import Session


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
