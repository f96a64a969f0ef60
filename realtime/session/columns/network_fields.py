"""Fields of the structured column `network`: the outputs of py-feat's network, in its own conventions and names."""

from __future__ import annotations

from realtime.core.types import NetworkOutput, Pose
from realtime.session.columns.spec import (
    FRACTION,
    IN_PICTURE,
    MESH,
    NANOSECONDS,
    PIXELS,
    POSE,
    PYFEAT_FRAME,
    PYFEAT_UNITS,
    RADIANS,
    SIGNED_FRACTION,
    XYZ,
    ColumnSpec,
    Privacy,
)

NETWORK_FIELDS: tuple[ColumnSpec[NetworkOutput], ...] = (
    ColumnSpec(
        name="stamp_ns", kind="int64", unit=NANOSECONDS, stamp=True,
        description="time of the picture that it speaks of", details="`stamp_ns` of its frame",
        read=lambda said: said.stamp_ns, target="stamp_ns",
        export_name="timestamp",
    ),
    ColumnSpec(
        name="emotions", kind="map", unit=FRACTION, frame=PYFEAT_FRAME, description="probabilities",
        read=lambda said: said.emotions, target="emotions",
        privacy=Privacy.KEPT,
    ),
    ColumnSpec(
        name="action_units", kind="map", unit=FRACTION, frame=PYFEAT_FRAME, description="action units",
        read=lambda said: said.action_units, target="action_units",
        privacy=Privacy.KEPT,
    ),
    ColumnSpec(
        name="valence", kind="double", unit=SIGNED_FRACTION, frame=PYFEAT_FRAME, description="valence",
        read=lambda said: said.valence, target="valence",
        privacy=Privacy.KEPT,
    ),
    ColumnSpec(
        name="arousal", kind="double", unit=SIGNED_FRACTION, frame=PYFEAT_FRAME, description="arousal",
        read=lambda said: said.arousal, target="arousal",
        privacy=Privacy.KEPT,
    ),
    ColumnSpec(
        name="pose", kind="double", shape=(3,), entries=POSE, unit=RADIANS, frame=PYFEAT_FRAME,
        description="a rotation vector", details="its components pitch, yaw, roll are no Euler angles",
        read=lambda said: said.pose, target="pose",
        encode=lambda pose: (pose.pitch, pose.yaw, pose.roll), decode=lambda numbers: Pose(*numbers.tolist()),
        privacy=Privacy.KEPT,
    ),
    ColumnSpec(
        name="translation", kind="double", shape=(3,), entries=XYZ, unit=PYFEAT_UNITS, frame=PYFEAT_FRAME,
        description="translation",
        read=lambda said: said.translation, target="translation",
        decode=lambda numbers: tuple(numbers.tolist()),
        privacy=Privacy.KEPT,
    ),
    ColumnSpec(
        name="gaze_pitch", kind="double", unit=RADIANS, frame=PYFEAT_FRAME, description="gaze, + up",
        read=lambda said: said.gaze_pitch, target="gaze_pitch",
        privacy=Privacy.KEPT,
    ),
    ColumnSpec(
        name="gaze_yaw", kind="double", unit=RADIANS, frame=PYFEAT_FRAME,
        description="gaze, + to the subject's right",
        read=lambda said: said.gaze_yaw, target="gaze_yaw",
        privacy=Privacy.KEPT,
    ),
    ColumnSpec(
        name="blendshapes", kind="map", unit=FRACTION, frame=PYFEAT_FRAME, description="blendshapes",
        details="null where the checkpoint has none",
        read=lambda said: said.blendshapes, target="blendshapes",
        privacy=Privacy.KEPT,
    ),
    ColumnSpec(
        name="mesh", kind="float", shape=MESH, unit=PIXELS, frame=IN_PICTURE, description="its own mesh",
        read=lambda said: said.mesh_px, target="mesh_px",
        privacy=Privacy.REMOVED,
    ),
)  # fmt: skip
