"""The structured column `pose_responses`: how the identities of the same row change with the head pose."""

from __future__ import annotations

from realtime.core.types import PoseResponse
from realtime.geometry.identity import read_only_mesh
from realtime.session.columns.identity_fields import pose_of
from realtime.session.columns.session_row import SessionRow
from realtime.session.columns.spec import (
    CANONICAL,
    FEX_POSE,
    MESH,
    MODEL_UNITS,
    NO_UNIT,
    RADIANS,
    SECONDS,
    ColumnSpec,
    Privacy,
)

ModelResponse = tuple[int, PoseResponse]  # the model's number, counted from 0

_PERCENT_OF_SSE = "% of the neutral's squared error"


POSE_RESPONSE_FIELDS: tuple[ColumnSpec[ModelResponse], ...] = (
    ColumnSpec(
        name="model", kind="int32", unit=NO_UNIT, description="number of the model, from 0",
        read=lambda known: known[0], target="model",
        privacy=Privacy.REMOVED,
    ),
    ColumnSpec(
        name="slopes", kind="float", shape=(3, *MESH), unit="model units a radian", frame=CANONICAL,
        description="change of the neutral face with pitch, yaw and roll", details="0 on an axis not known",
        read=lambda known: known[1].slopes_canon, target="slopes_canon", decode=read_only_mesh,
        privacy=Privacy.REMOVED,
    ),
    ColumnSpec(
        name="rest", kind="double", shape=(3,), unit=RADIANS, frame=FEX_POSE,
        description="head pose of the neutral, from which the angles count",
        read=lambda known: known[1].rest, encode=lambda pose: pose.angles, decode=pose_of, target="rest",
        privacy=Privacy.REMOVED,
    ),
    ColumnSpec(
        name="known", kind="bool", shape=(3,), unit=NO_UNIT,
        description="whether the head was turned far enough about each axis", details="pitch, yaw, roll",
        read=lambda known: known[1].known, decode=lambda axes: tuple(map(bool, axes)), target="known",
        privacy=Privacy.REMOVED,
    ),
    ColumnSpec(
        name="low", kind="double", shape=(3,), unit=RADIANS, frame=FEX_POSE,
        description="beginning of the range seen", details="beyond it the change is constant",
        read=lambda known: known[1].low, encode=lambda pose: pose.angles, decode=pose_of, target="low",
        privacy=Privacy.REMOVED,
    ),
    ColumnSpec(
        name="high", kind="double", shape=(3,), unit=RADIANS, frame=FEX_POSE, description="and its end",
        read=lambda known: known[1].high, encode=lambda pose: pose.angles, decode=pose_of, target="high",
        privacy=Privacy.REMOVED,
    ),
    ColumnSpec(
        name="ridge", kind="double", unit=NO_UNIT,
        description="strength of the ridge, relative to the mean square of the angles",
        read=lambda known: known[1].ridge, target="ridge",
        privacy=Privacy.REMOVED,
    ),
    ColumnSpec(
        name="held_out_percent", kind="double", unit=_PERCENT_OF_SSE,
        description="what it took away on held-out blocks",
        read=lambda known: known[1].held_out_percent, target="held_out_percent",
        privacy=Privacy.REMOVED,
    ),
    ColumnSpec(
        name="held_out_error", kind="double", unit=_PERCENT_OF_SSE,
        description="standard error of that over the blocks",
        read=lambda known: known[1].held_out_error, target="held_out_error",
        privacy=Privacy.REMOVED,
    ),
    ColumnSpec(
        name="frames", kind="int32", unit=NO_UNIT, description="frames from which it was computed",
        read=lambda known: known[1].frames, target="frames",
        privacy=Privacy.REMOVED,
    ),
    ColumnSpec(
        name="seconds", kind="double", unit=SECONDS, description="from the first to the last of those frames",
        read=lambda known: known[1].seconds, target="seconds",
        privacy=Privacy.REMOVED,
    ),
)  # fmt: skip


def _responses(row: SessionRow) -> list[ModelResponse]:
    return [(model, known.response) for model, known in row.identities if known.response is not None]


POSE_RESPONSES: ColumnSpec[SessionRow] = ColumnSpec(
    name="pose_responses", kind="structs", unit=MODEL_UNITS, frame=CANONICAL, fields=POSE_RESPONSE_FIELDS,
    required=False,
    description="the subject's own response to the head pose", details="of the `identities` of the same row",
    read=_responses,
    decode=lambda known: [(members.pop("model"), PoseResponse(**members)) for members in known],
    privacy=Privacy.REMOVED,
)  # fmt: skip
