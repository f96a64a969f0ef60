"""The structured column `identities`: the identity of a model, in the row from which on it is in force."""

from __future__ import annotations

from realtime.core.types import Array, Identity
from realtime.session.columns.session_row import SessionRow
from realtime.session.columns.spec import (
    CANONICAL,
    MESH,
    MODEL_UNITS,
    NO_UNIT,
    PERCENT,
    SECONDS,
    ColumnSpec,
    Privacy,
)

ModelIdentity = tuple[int, Identity]  # the model's number, counted from 0


def _read_only(mesh: Array) -> Array:
    mesh = mesh.copy()
    mesh.setflags(write=False)
    return mesh


IDENTITY_FIELDS: tuple[ColumnSpec[ModelIdentity], ...] = (
    ColumnSpec(
        name="model", kind="int32", unit=NO_UNIT, description="number of the model, from 0",
        read=lambda known: known[0], target="model",
        privacy=Privacy.REMOVED,
    ),
    ColumnSpec(
        name="offset", kind="float", shape=MESH, unit=MODEL_UNITS, frame=CANONICAL,
        description="observed minus predicted neutral",
        read=lambda known: known[1].offset_canon, target="offset_canon", decode=_read_only,
        privacy=Privacy.REMOVED,
    ),
    ColumnSpec(
        name="neutral", kind="float", shape=MESH, unit=MODEL_UNITS, frame=CANONICAL,
        description="the observed neutral face",
        read=lambda known: known[1].neutral_canon, target="neutral_canon", decode=_read_only,
        privacy=Privacy.REMOVED,
    ),
    ColumnSpec(
        name="noise_nme", kind="double", unit=PERCENT, description="noise of the landmarks on this face",
        read=lambda known: known[1].noise_nme, target="noise_nme",
        privacy=Privacy.REMOVED,
    ),
    ColumnSpec(
        name="frames", kind="int32", unit=NO_UNIT, description="frames from which the neutral was computed",
        read=lambda known: known[1].frames, target="frames",
        privacy=Privacy.REMOVED,
    ),
    ColumnSpec(
        name="motion_nme", kind="double", unit=PERCENT,
        description="distance of those frames from their neutral, upper quartile",
        read=lambda known: known[1].motion_nme, target="motion_nme",
        privacy=Privacy.REMOVED,
    ),
    ColumnSpec(
        name="seconds", kind="double", unit=SECONDS, description="from the first to the last of those frames",
        read=lambda known: known[1].seconds, target="seconds",
        privacy=Privacy.REMOVED,
    ),
)  # fmt: skip

IDENTITIES: ColumnSpec[SessionRow] = ColumnSpec(
    name="identities", kind="structs", unit=MODEL_UNITS, frame=CANONICAL, fields=IDENTITY_FIELDS,
    description="identities in force from this row on", details="its fields are listed below",
    read=lambda row: row.identities,
    decode=lambda known: [(members.pop("model"), Identity(**members)) for members in known],
    privacy=Privacy.REMOVED,
)  # fmt: skip
