"""Results and sessions with several faces, out of the recorded face: what was found at other times stands beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
from barcodes import part
from remade import RECORDED, recomputed

from realtime.core.config import RecordConfig
from realtime.core.frame_result import Chosen, Face, FrameResult
from realtime.core.types import Identity
from realtime.session import open as open_session
from realtime.session.write import FrameRecord
from realtime.session.write.session_recorder import SessionRecording

FIRST, SECOND, THIRD = 1, 2, 11  # track ids
LOST = 34  # a row in which the chosen face is not found and another one is
NOBODY = 35
GUESTS = range(10, 15)  # rows with a third face
BY_USER = 20  # from this row on


@cache
def another(identity: Identity | None, track_id: int) -> Identity | None:
    """The identity of somebody else."""
    return None if identity is None else replace(identity, offset_canon=identity.offset_canon * track_id)


def beside(result: FrameResult, other: FrameResult, track_id: int, shift_px: float) -> Face:
    """A face of another frame in this one, so far to the right, and calibrated as another person's."""
    face = other.faces[0]
    points = face.landmarks.points_px + np.float32([shift_px, 0, 0])
    models = tuple(
        replace(model, stamp_ns=result.stamp, identity=another(model.identity, track_id))
        for model in face.estimate.models
    )
    return replace(
        face, track_id=track_id, landmarks=replace(face.landmarks, points_px=points),
        estimate=replace(face.estimate, stamp_ns=result.stamp, models=models),
    )  # fmt: skip


def one_at_a_time() -> list[FrameResult]:
    """The recorded face, in 40 frames; it is not there in two of them."""
    with open_session(RECORDED) as session:
        return [replace(r, frame=replace(r.frame, row=None)) for r in recomputed(session)]


def several_at_a_time(results: Sequence[FrameResult]) -> list[FrameResult]:
    """The same with two faces in each frame, three in `GUESTS`, of which the first is chosen."""
    found = []
    for row, result in enumerate(results):
        faces = [replace(face, track_id=FIRST) for face in result.faces]
        if row != NOBODY:
            faces.append(beside(result, results[(row + 20) % 33], SECOND, 200.0))
        if row in GUESTS:
            faces.append(beside(result, results[row + 15], THIRD, 400.0))
        found.append(replace(result, faces=tuple(faces), chosen=Chosen(FIRST, row >= BY_USER)))
    return found


def recorded(folder: Path, results: Sequence[FrameResult], **settings: object) -> Path:
    """A session of these results, as the program records them."""
    config = RecordConfig(video=False, view=False, **settings)  # type: ignore[arg-type]
    recording = SessionRecording(folder, config, lambda _: None)
    run = part(live=False)
    for result in results:
        recording.append(FrameRecord(result, run, 0, 0), wait=True)
    recording.stop()
    assert recording.failures == []
    return folder
