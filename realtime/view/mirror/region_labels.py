"""The seven regions of the face with their residuals, each tied to its place on the face by a line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from realtime.view.mirror.projection import ProjectedMesh
from realtime.view.paint import theme
from realtime.view.paint.layout import Rect
from realtime.view.paint.painter import Painter, Side

# Of each region a landmark on the subject's right and one on the left, and at which side of the tile its label stands.
_PLACES = {
    "forehead": (103, 332, "left"), "brows": (105, 334, "right"), "eyes": (33, 263, "left"),
    "nose": (49, 279, "right"), "cheeks": (50, 280, "left"), "mouth": (61, 291, "right"), "jaw": (172, 397, "left"),
}  # fmt: skip
_LINE = 17.0  # height of a line, design units; a label has two
_LEAST_HEIGHT = 210.0  # of a tile that has room for labels
_ROOM, _REACH = 44.0, 120.0  # at each side of the face: needed by the labels, and used by them


def draw_region_labels(p: Painter, body: Rect, mesh: Sequence[ProjectedMesh], regions: Mapping[str, float]) -> None:
    """Labels at both sides of a tile, % of the outer-canthal distance; none where they would cover the face, and none
    of a region that is beyond the tile's edge.
    """
    if not mesh or not regions or body.h < p.px(_LEAST_HEIGHT):
        return
    points, tile = mesh[0].points_px, body
    face_left, face_right = float(points[:, 0].min()), float(points[:, 0].max())
    least, most = p.px(_ROOM), p.px(_REACH)
    body = Rect.between(
        max(body.x, round(face_left) - most), body.y, min(body.right, round(face_right) + most), body.bottom
    )
    if min(face_left - body.x, body.right - face_right) < least:
        return
    largest = max(regions, key=lambda name: regions[name])
    for side in ("left", "right"):
        shown = []
        for name, (one, other, where) in _PLACES.items():
            if where != side or name not in regions:
                continue
            x, y = (points[one], points[other])[int((points[one][0] > points[other][0]) == (side == "left"))].tolist()
            if tile.contains(x, y):
                shown.append((y, x, name))
        _column(p, body, side == "left", sorted(shown), regions, largest)


def _column(
    p: Painter,
    body: Rect,
    left: bool,
    shown: Sequence[tuple[float, float, str]],
    regions: Mapping[str, float],
    largest: str,
) -> None:
    """The labels of one side, as near to their places as they can be without touching each other."""
    line = p.px(_LINE)
    height = 2 * line + p.px(4)
    tops: list[float] = []
    for at, (y, _, _) in enumerate(shown):
        wanted = min(max(y - line, body.y), body.bottom - height * (len(shown) - at))
        tops.append(max(wanted, tops[-1] + height if tops else wanted))
    for top, (y, x, name) in zip(tops, shown, strict=True):
        bold = p.fonts.bold if name == largest else p.fonts.regular
        ink = theme.TEXT if name == largest else theme.TEXT_SOFT
        side: Side = "left" if left else "right"
        first = Rect(body.x, round(top), body.w, line)
        second = Rect(body.x, first.bottom, body.w, line)
        p.text(name, first, ink, theme.SIZE_SMALL, bold, side, "region")
        value = f"{regions[name]:.1f}"
        wide = p.text(value, second, ink, theme.SIZE_SMALL, p.fonts.bold, side)
        start = body.x + round(wide) + p.px(5) if left else body.right - round(wide) - p.px(5)
        p.rule(start, second.y + line / 2, x, y, theme.TEXT.faded(0.75), max(1.0, p.unit))
        p.dot(x, y, 3.4 * p.unit, theme.GROUND_BOTTOM)
        p.ring(x, y, 3.4 * p.unit, theme.TEXT, max(1.0, p.unit))
