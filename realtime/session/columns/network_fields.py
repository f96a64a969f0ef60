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
        description="time of the picture from which it was computed", details="`stamp_ns` of its frame",
        read=lambda output: output.stamp_ns, target="stamp_ns",
        export_name="timestamp",
    ),
    ColumnSpec(
        name="emotions", kind="map", unit=FRACTION, frame=PYFEAT_FRAME, description="probabilities",
        read=lambda output: output.emotions, target="emotions",
        privacy=Privacy.KEPT, never_null=True,
    ),
    ColumnSpec(
        name="action_units", kind="map", unit=FRACTION, frame=PYFEAT_FRAME, description="action units",
        read=lambda output: output.action_units, target="action_units",
        privacy=Privacy.KEPT, never_null=True,
    ),
    ColumnSpec(
        name="valence", kind="double", unit=SIGNED_FRACTION, frame=PYFEAT_FRAME, description="valence",
        read=lambda output: output.valence, target="valence",
        privacy=Privacy.KEPT,
    ),
    ColumnSpec(
        name="arousal", kind="double", unit=SIGNED_FRACTION, frame=PYFEAT_FRAME, description="arousal",
        read=lambda output: output.arousal, target="arousal",
        privacy=Privacy.KEPT,
    ),
    ColumnSpec(
        name="pose", kind="double", shape=(3,), entries=POSE, unit=RADIANS, frame=PYFEAT_FRAME,
        description="a rotation vector", details="its components pitch, yaw, roll are no Euler angles",
        read=lambda output: output.pose, target="pose",
        encode=lambda pose: pose.angles, decode=lambda numbers: Pose(*numbers.tolist()),
        privacy=Privacy.KEPT,
    ),
    ColumnSpec(
        name="translation", kind="double", shape=(3,), entries=XYZ, unit=PYFEAT_UNITS, frame=PYFEAT_FRAME,
        description="translation",
        read=lambda output: output.translation, target="translation",
        decode=lambda numbers: tuple(numbers.tolist()),
        privacy=Privacy.KEPT,
    ),
    ColumnSpec(
        name="gaze_pitch", kind="double", unit=RADIANS, frame=PYFEAT_FRAME, description="gaze, + up",
        read=lambda output: output.gaze_pitch, target="gaze_pitch",
        privacy=Privacy.KEPT,
    ),
    ColumnSpec(
        name="gaze_yaw", kind="double", unit=RADIANS, frame=PYFEAT_FRAME,
        description="gaze, + to the subject's right",
        read=lambda output: output.gaze_yaw, target="gaze_yaw",
        privacy=Privacy.KEPT,
    ),
    ColumnSpec(
        name="blendshapes", kind="map", unit=FRACTION, frame=PYFEAT_FRAME, description="blendshapes",
        details="null where the checkpoint has none",
        read=lambda output: output.blendshapes, target="blendshapes",
        privacy=Privacy.KEPT,
    ),
    ColumnSpec(
        name="mesh", kind="float", shape=MESH, unit=PIXELS, frame=IN_PICTURE, description="its own mesh",
        read=lambda output: output.mesh_px, target="mesh_px",
        privacy=Privacy.REMOVED,
    ),
)  # fmt: skip
