"""Columns of a frame and of its face, whatever the model."""

from __future__ import annotations

from functools import partial

from realtime.core.types import N_LANDMARKS, NetworkOutput
from realtime.session.columns.identity_fields import IDENTITIES, NEUTRALS
from realtime.session.columns.network_fields import NETWORK_FIELDS
from realtime.session.columns.pose_response_fields import POSE_RESPONSES
from realtime.session.columns.session_row import SessionRow
from realtime.session.columns.spec import (
    FRACTION,
    IN_PICTURE,
    MESH,
    MILLISECONDS,
    NANOSECONDS,
    NO_UNIT,
    ON_CLOCK,
    PIXELS,
    ColumnSpec,
    Privacy,
)

STAGES = ("track", "align", "network", "features", "predict", "residual")


def _stage_ms(stage: str, row: SessionRow) -> float | None:
    return row.result.timings_ms.get(stage)


FRAME_COLUMNS: tuple[ColumnSpec[SessionRow], ...] = (
    ColumnSpec(
        name="time_ns", kind="int64", unit=NANOSECONDS, frame=ON_CLOCK, never_null=True,
        description="when the picture was taken",
        read=lambda row: row.time_ns, target="time_ns",
        export_name=None,  # every table has it as `timestamp`, in seconds
    ),
    ColumnSpec(
        name="stamp_ns", kind="int64", unit=NO_UNIT, never_null=True,
        description="time of the picture on the source's own clock, nanoseconds",
        details="the monotonic clock at capture, or the file's own time",
        read=lambda row: row.result.frame.stamp_ns, target="stamp_ns",
    ),
    ColumnSpec(
        name="frame", kind="int64", unit=NO_UNIT, never_null=True,
        description="number of the picture in its source", details="from 0; gaps are frames that were skipped",
        read=lambda row: row.result.frame.index, target="frame",
        export_name="source_frame",
    ),
    ColumnSpec(
        name="segment", kind="int32", unit=NO_UNIT, never_null=True,
        description="grows at each break of the source", details="reopened camera, gap, other size",
        read=lambda row: row.result.frame.segment, target="segment",
        privacy=Privacy.KEPT,
    ),
    ColumnSpec(
        name="flags", kind="string", unit=NO_UNIT,
        description="what is wrong with the picture: black, frozen, torn",
        read=lambda row: row.result.frame.flags, target="flags",
        encode=lambda flags: " ".join(sorted(flags)) or None,
        decode=lambda text: frozenset((text or "").split()),
        privacy=Privacy.KEPT,
    ),
    ColumnSpec(
        name="skipped", kind="int64", unit=NO_UNIT, never_null=True,
        description="pictures that the source had to skip until then", details="since the beginning of the part",
        read=lambda row: row.skipped,
        privacy=Privacy.KEPT,
    ),
    ColumnSpec(
        name="faces", kind="int32", unit=NO_UNIT, never_null=True,
        description="faces that were found in the picture",
        read=lambda row: 0 if row.face is None else row.face.landmarks.faces_seen,
        target="landmarks.faces_seen",
    ),
    ColumnSpec(
        name="frame_row", kind="int64", unit=NO_UNIT, never_null=True, since=2,
        description="number of the frame in its part", details="from 0; the same in all rows of a frame",
        read=lambda row: row.frame_row,
        export_name=None,  # every table has the number in the session as `frame`
    ),
    ColumnSpec(
        name="chosen", kind="bool", unit=NO_UNIT, never_null=True, since=2,
        description="whether the row is of the chosen face",
        details="true in one row of every frame, also where that face is not in it; rows of others follow within five "
        "frames",
        read=lambda row: row.number == 0,
    ),
    ColumnSpec(
        name="chosen_id", kind="int32", unit=NO_UNIT, since=2,
        description="`track_id` of the chosen face",
        details="also while it is lost for less than a second; null where nobody has chosen: the first face is meant",
        read=lambda row: row.result.chosen and row.result.chosen.track_id, target="chosen.track_id",
        privacy=Privacy.KEPT,
    ),
    ColumnSpec(
        name="chosen_by_user", kind="bool", unit=NO_UNIT, since=2,
        description="whether the user has chosen it", details="else it is the largest, with some inertia",
        read=lambda row: row.result.chosen and row.result.chosen.by_user, target="chosen.by_user",
        privacy=Privacy.KEPT,
    ),
    ColumnSpec(
        name="track_id", kind="int32", unit=NO_UNIT, required=False,
        description="which face it is: the same number as long as a face is followed",
        details="absent in sessions of earlier programs, which follow one face",
        read=lambda row: None if row.face is None else row.face.track_id, target="track_id",
        privacy=Privacy.KEPT,
        export_name="face",
    ),
    ColumnSpec(
        name="still", kind="bool", unit=NO_UNIT, never_null=True, since=2,
        description="whether the face has not moved at all for two seconds, as a picture on a wall",
        read=lambda row: row.face is not None and row.face.still, target="still",
        privacy=Privacy.KEPT,
    ),
    ColumnSpec(
        name="landmarks", kind="float", shape=MESH, unit=PIXELS, frame=IN_PICTURE,
        description=f"MediaPipe's {N_LANDMARKS} landmarks",
        read=lambda row: None if row.face is None else row.face.landmarks.points_px,
        target="landmarks.points_px",
    ),
    ColumnSpec(
        name="valid", kind="bool", unit=NO_UNIT, never_null=True,
        description="whether the face is in the models' range",
        read=lambda row: row.validity.ok, target="valid",
        privacy=Privacy.KEPT,
    ),
    ColumnSpec(
        name="reasons", kind="string", unit=NO_UNIT,
        description="why the face is not in range", details='with "; " between them',
        read=lambda row: row.validity.reasons, target="reasons",
        encode=lambda reasons: "; ".join(reasons) or None,
        decode=lambda text: tuple(text.split("; ")) if text else (),
        privacy=Privacy.KEPT,
    ),
    ColumnSpec(
        name="amber", kind="bool", unit=NO_UNIT, required=False,
        description="whether the head is turned so far that expression and pose are not told apart",
        details="in range nevertheless; absent in sessions of earlier programs",
        read=lambda row: bool(row.validity.amber), target="amber",
        privacy=Privacy.KEPT,
    ),
    ColumnSpec(
        name="warm_up", kind="bool", unit=NO_UNIT, never_null=True,
        description="one of the first frames of a face",
        read=lambda row: row.face is not None and row.face.estimate.warm_up, target="warm_up",
        privacy=Privacy.KEPT,
    ),
    ColumnSpec(
        name="prediction_ms", kind="double", unit=MILLISECONDS,
        description="from the picture's arrival to the prediction",
        read=lambda row: (row.result.done_ns - row.result.frame.arrived_ns) / 1e6,
        privacy=Privacy.KEPT,
    ),
    *(
        ColumnSpec(
            name=f"{stage}_ms", kind="double", unit=MILLISECONDS, description=f"taken by the stage {stage}",
            read=partial(_stage_ms, stage), privacy=Privacy.KEPT,
        )
        for stage in STAGES
    ),
    ColumnSpec(
        name="blendshapes", kind="float", unit=FRACTION,
        entries=lambda part, _: part.blendshapes, present=lambda part: bool(part.blendshapes),
        description="blendshapes of the tracker", details="where it gives them, in the order of the metadata",
        read=lambda row: None if row.face is None else row.face.landmarks.blendshapes,
        target="landmarks.blendshapes",
    ),
    ColumnSpec(
        name="network", kind="struct", unit=NO_UNIT, fields=NETWORK_FIELDS, present=lambda part: part.network,
        description="all outputs of py-feat's network", details="where it was used; its fields are listed below",
        read=lambda row: None if row.face is None else row.face.estimate.network, target="network",
        decode=lambda members: NetworkOutput(**members),
    ),
)  # fmt: skip

# Behind the columns of the models, where format 1 has it.
LAST_COLUMNS: tuple[ColumnSpec[SessionRow], ...] = (IDENTITIES, NEUTRALS, POSE_RESPONSES)
