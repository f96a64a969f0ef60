"""Several faces in the mirror's window: the strip with its pictures, and the boxes in the whole picture."""

from __future__ import annotations

from realtime.core.frame_result import FrameResult
from realtime.core.status import Status
from realtime.core.view_state import ViewState
from realtime.view.mirror.layout import Layout
from realtime.view.mirror.people.faces_in_picture import FaceBox, box_of, crop_of, draw_boxes
from realtime.view.mirror.people.roster import FaceRoster
from realtime.view.mirror.people.strip import draw_strip, picture_of, places_of
from realtime.view.mirror.tiles import Tiles
from realtime.view.paint.layout import Rect
from realtime.view.paint.painter import Painter


class PeopleView:
    """Draws the roster of a window; nothing while there is no strip."""

    def __init__(self, tiles: Tiles) -> None:
        self._tiles = tiles

    def draw(
        self, p: Painter, layout: Layout, result: FrameResult | None, roster: FaceRoster, status: Status, ui: ViewState
    ) -> tuple[Rect, ...]:
        """Strip and boxes, and what of them is clicked. The rectangles over the tiles that take clicks."""
        if result is None or not roster.strip or layout.people is None:
            return ()
        chosen = result.chosen
        draw_strip(
            p, layout.people, roster.strip, roster.shown, ui, by_user=chosen is not None and chosen.by_user,
            replayed=status.playback is not None,
        )  # fmt: skip
        busy = status.calibrating is not None or status.review is not None or status.question is not None
        if busy or status.source_state != "live":
            return ()
        covered: tuple[Rect, ...] = ()
        for at, panel in enumerate(layout.tiles):
            place = self._tiles.whole_picture(at)
            if place is None:
                continue
            picture = self._tiles.picture_place(panel.body, result)
            faces = [(record, record.face) for record in roster.strip if record.face is not None]
            boxes = [FaceBox(record, box_of(face, place, picture)) for record, face in faces]
            covered += draw_boxes(p, [one for one in boxes if min(one.box.w, one.box.h) > 0], roster.shown, picture, ui)
        return covered

    def composite(self, layout: Layout, result: FrameResult | None, roster: FaceRoster, ui: ViewState) -> None:
        """The pictures of the strip's faces, each followed as the large one is."""
        if result is None or not roster.strip or layout.people is None:
            return
        places, _ = places_of(layout.people, layout.unit, len(roster.strip), choice=not ui.stage)
        for record, place in zip(roster.strip, places, strict=True):
            square = picture_of(place, layout.unit)
            record.crop.follow_pose(result, None if record.face is None else self._tiles.face_pose(record.face))
            if square is not None and record.crop.pose is not None:
                self._tiles.draw_crop(result, square, layout, crop_of(record.crop.pose, square, ui.mirrored))
