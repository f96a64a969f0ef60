"""The faces where they are in the camera's picture: boxes with their numbers in the whole of it, crops in the strip."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from realtime.core.commands import ChooseFace
from realtime.core.frame_result import Face
from realtime.core.types import FloatArray
from realtime.core.view_state import ViewState
from realtime.view.gl.picture_map import PictureMap
from realtime.view.mirror.camera_crop import FacePose
from realtime.view.mirror.people.face_record import FaceRecord
from realtime.view.mirror.people.strip import face_color
from realtime.view.paint import theme
from realtime.view.paint.layout import Rect
from realtime.view.paint.painter import Painter

_EYES_DOWN, _EYES_APART = 0.43, 0.44  # of a crop's side: height of the eye line, distance of the outer canthi
_ROOM = 0.12  # of a face's size around it


@dataclass(frozen=True, slots=True)
class FaceBox:
    """A face in the whole picture, in pixels of the window."""

    record: FaceRecord
    box: Rect


def crop_of(pose: FacePose, square: Rect, mirrored: bool) -> PictureMap:
    """The map that brings a face level into a square."""
    middle, half = square.x + square.w / 2, 0.5 * _EYES_APART * square.w * (-1 if mirrored else 1)
    down = square.y + _EYES_DOWN * square.h
    return pose.place(np.array([(middle - half, down), (middle + half, down)]), mirrored)


def box_of(face: Face, place: PictureMap, picture: Rect) -> Rect:
    """The rectangle around a face, within the picture."""
    points: FloatArray = place.apply(face.landmarks.points_px[:, :2])
    low, high = points.min(axis=0), points.max(axis=0)
    room = _ROOM * float((high - low).max())
    (left, top), (right, bottom) = (low - room).tolist(), (high + room).tolist()
    return Rect.between(
        max(picture.x, round(left)), max(picture.y, round(top)), min(picture.right, round(right)),
        min(picture.bottom, round(bottom)),
    )  # fmt: skip


def draw_boxes(
    p: Painter, boxes: Sequence[FaceBox], shown: FaceRecord, picture: Rect, ui: ViewState
) -> tuple[Rect, ...]:
    """Boxes in the colours of their faces, with the numbers; a click chooses. The rectangles that take clicks."""
    taken: list[Rect] = []
    for one in boxes:
        ink = face_color(one.record)
        p.frame(one.box, theme.ARROW_RIM.faded(0.7), 4 * p.unit, (4.5 if one.record is shown else 3.0) * p.unit)
        p.frame(one.box, ink, 4 * p.unit, (2.5 if one.record is shown else 1.5) * p.unit)
        text = p.first_fitting((one.record.name, f"{one.record.track_id}"), one.box.w, theme.SIZE_SMALL, p.fonts.bold)
        wide, high = round(p.width(text, theme.SIZE_SMALL, p.fonts.bold)) + p.px(12), p.px(20)
        for top in (one.box.y - high, one.box.y, one.box.bottom - high):
            label = Rect(min(one.box.x, picture.right - wide), top, wide, high)
            inside = picture.overlap(label) == label.w * label.h
            if text and inside and not any(label.overlap(other) for other in taken):
                p.fill(label, theme.CARD, 4 * p.unit)
                p.frame(label, ink, 4 * p.unit, max(1.0, p.unit))
                p.text(text, label, theme.TEXT, theme.SIZE_SMALL, p.fonts.bold, "center", term="face")
                taken.append(label)
                break
    covered = []
    for one in sorted(boxes, key=lambda one: one.box.w * one.box.h):  # the one in front of a larger one first
        if one.record is shown or one.record.track_id is None:
            continue
        covered.append(one.box)
        if not ui.help and ui.introduced and p.clicked(one.box):
            ui.actions.append(ChooseFace(one.record.track_id))
            break
    return tuple(covered)
