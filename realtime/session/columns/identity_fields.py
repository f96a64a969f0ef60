"""The structured columns `identities` and `neutrals`: the identity of a model and the origin of its neutral, in the row
from which on they are in force.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from realtime.core.neutral import Finding, NeutralInfo, findings_of
from realtime.core.types import Identity, Pose
from realtime.geometry.identity import read_only_mesh
from realtime.session.columns.session_row import SessionRow
from realtime.session.columns.spec import (
    CANONICAL,
    FEX_POSE,
    MESH,
    MODEL_UNITS,
    NO_UNIT,
    PERCENT,
    RADIANS,
    SECONDS,
    ColumnSpec,
    Privacy,
)
from realtime.session.strict_json import parse_json

ModelIdentity = tuple[int, Identity]  # the model's number, counted from 0


def pose_of(numbers: Sequence[float]) -> Pose:
    """The pose of its three angles, the inverse of `Pose.angles`."""
    return Pose(*map(float, numbers))


IDENTITY_FIELDS: tuple[ColumnSpec[ModelIdentity], ...] = (
    ColumnSpec(
        name="model", kind="int32", unit=NO_UNIT, description="number of the model, from 0",
        read=lambda known: known[0], target="model",
        privacy=Privacy.REMOVED,
    ),
    ColumnSpec(
        name="offset", kind="float", shape=MESH, unit=MODEL_UNITS, frame=CANONICAL,
        description="observed minus predicted neutral",
        read=lambda known: known[1].offset_canon, target="offset_canon", decode=read_only_mesh,
        privacy=Privacy.REMOVED,
    ),
    ColumnSpec(
        name="neutral", kind="float", shape=MESH, unit=MODEL_UNITS, frame=CANONICAL,
        description="the observed neutral face",
        read=lambda known: known[1].neutral_canon, target="neutral_canon", decode=read_only_mesh,
        privacy=Privacy.REMOVED,
    ),
    ColumnSpec(
        name="noise_nme", kind="double", unit=PERCENT, description="jitter of the landmarks on this face at rest",
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


def _info(known: ModelIdentity) -> NeutralInfo:
    assert known[1].info is not None
    return known[1].info


def _findings_text(findings: tuple[Finding, ...]) -> str:
    return json.dumps([finding.as_json() for finding in findings])


def _findings(text: str | None) -> tuple[Finding, ...]:
    tree = parse_json(text or "[]")
    if not isinstance(tree, list):
        raise ValueError("findings are a list")
    return findings_of(tree)


NEUTRAL_FIELDS: tuple[ColumnSpec[ModelIdentity], ...] = (
    ColumnSpec(
        name="model", kind="int32", unit=NO_UNIT, description="number of the model, from 0",
        read=lambda known: known[0], target="model",
        privacy=Privacy.REMOVED,
    ),
    ColumnSpec(
        name="taken", kind="string", unit=NO_UNIT, description="when the neutral was complete, ISO 8601",
        read=lambda known: _info(known).taken, target="taken",
        privacy=Privacy.REMOVED,
    ),
    ColumnSpec(
        name="tracker", kind="string", unit=NO_UNIT, description="tracker of its landmarks",
        read=lambda known: _info(known).tracker, target="tracker",
        privacy=Privacy.REMOVED,
    ),
    ColumnSpec(
        name="person", kind="string", unit=NO_UNIT, description="name of the person; empty where none was given",
        read=lambda known: _info(known).person, target="person",
        privacy=Privacy.REMOVED,
    ),
    ColumnSpec(
        name="saved", kind="bool", unit=NO_UNIT,
        description="whether it was read from the person's file instead of being measured in this run",
        read=lambda known: _info(known).saved, target="saved",
        privacy=Privacy.REMOVED,
    ),
    ColumnSpec(
        name="rest", kind="double", shape=(3,), unit=RADIANS, frame=FEX_POSE,
        description="mean head pose of its frames", details="pitch, yaw, roll",
        read=lambda known: known[1].rest, encode=lambda pose: pose.angles, decode=pose_of, target="rest",
        privacy=Privacy.REMOVED,
    ),
    ColumnSpec(
        name="repeatability_nme", kind="double", unit=PERCENT,
        description="repeatability of the tracker, as far as it was known then",
        read=lambda known: _info(known).repeatability_nme, target="repeatability_nme",
        privacy=Privacy.REMOVED,
    ),
    ColumnSpec(
        name="findings", kind="string", unit=NO_UNIT, encode=_findings_text, decode=_findings,
        description="why the face was not at rest: JSON, a list of objects with kind, text, value, limit, unit",
        read=lambda known: _info(known).findings, target="findings",
        privacy=Privacy.REMOVED,
    ),
)  # fmt: skip


def _neutral(members: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
    """The model's number, and what the fields give of its `Identity`."""
    texts = (members["taken"], members["tracker"], members["person"])
    if not all(isinstance(text, str) for text in texts):
        raise ValueError("the origin of a neutral without a text that belongs to it")
    info = NeutralInfo(*texts, members["findings"], bool(members["saved"]), members.get("repeatability_nme"))
    return members["model"], {"info": info, "rest": members["rest"]}


NEUTRALS: ColumnSpec[SessionRow] = ColumnSpec(
    name="neutrals", kind="structs", unit=NO_UNIT, fields=NEUTRAL_FIELDS, required=False,
    description="origin of the neutrals of `identities`", details="its fields are listed below",
    read=lambda row: [known for known in row.identities if known[1].info is not None],
    decode=lambda known: [_neutral(members) for members in known],
    privacy=Privacy.REMOVED,
)  # fmt: skip
