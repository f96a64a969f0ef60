"""Where everything stands: a pure function from the size of the picture to rectangles. No GL, no imgui."""

from __future__ import annotations

from dataclasses import dataclass

DESIGN_WIDTH, DESIGN_HEIGHT = 1280, 720  # the size in pixels at which one design unit is one pixel
SMALLEST_UNIT = 0.85  # of the display's scale: below it, type is no longer read from a chair

_MARGIN, _GAP, _HEADER, _TITLE, _FOOTER, _PAD = 16, 10, 52, 36, 32, 14
_LOWER_SHARE, _LOWER_MIN, _LOWER_MAX = 0.325, 226, 270


@dataclass(frozen=True, slots=True)
class Rect:
    """A rectangle in pixels; the origin is the top left corner, y runs down."""

    x: int
    y: int
    w: int
    h: int

    @property
    def right(self) -> int:
        return self.x + self.w

    @property
    def bottom(self) -> int:
        return self.y + self.h

    def inset(self, dx: float, dy: float) -> Rect:
        """Smaller by dx on the left and on the right, by dy above and below; never less than nothing."""
        dx, dy = round(min(dx, self.w / 2)), round(min(dy, self.h / 2))
        return Rect(self.x + dx, self.y + dy, self.w - 2 * dx, self.h - 2 * dy)

    def contains(self, x: float, y: float) -> bool:
        return self.x <= x < self.right and self.y <= y < self.bottom

    def fitted(self, width: float, height: float) -> Rect:
        """The largest rectangle of the shape width x height that fits in here, centred."""
        factor = min(self.w / width, self.h / height)
        w, h = max(1, round(width * factor)), max(1, round(height * factor))
        return Rect(self.x + (self.w - w) // 2, self.y + (self.h - h) // 2, w, h)


@dataclass(frozen=True, slots=True)
class Panel:
    """A card: its frame, a line for the title, the body, and a line below (of height 0 where there is none)."""

    frame: Rect
    title: Rect
    body: Rect
    footer: Rect


@dataclass(frozen=True, slots=True)
class Layout:
    """All rectangles of one window size, in pixels."""

    size: tuple[int, int]
    unit: float  # pixels in one design unit
    header: Rect
    camera: Panel
    observed: Panel
    predicted: tuple[Panel, ...]  # one for each model
    emotion: Panel
    history: Panel
    residual: Panel

    @property
    def panels(self) -> tuple[Panel, ...]:
        return self.camera, self.observed, *self.predicted, self.emotion, self.history, self.residual


def arrange(size_px: tuple[int, int], scale: float = 1.0, models: int = 1) -> Layout:
    """Camera, observed and a predicted face for each model, equal in size, over three equal panels, below a header.

    The unit grows with the window, so that a large screen on a stage is as legible as a small one on a desk.
    """
    width, height = size_px
    unit = max(min(width / DESIGN_WIDTH, height / DESIGN_HEIGHT), SMALLEST_UNIT * scale)

    def px(value: float) -> int:
        return round(value * unit)

    margin, gap = px(_MARGIN), px(_GAP)
    lower = px(min(max(_LOWER_SHARE * height / unit, _LOWER_MIN), _LOWER_MAX))
    lower_top = height - margin - lower
    upper_top = px(_HEADER)
    columns, faces = (_columns(margin, width - margin, gap, count) for count in (3, 2 + models))

    def panel(column: tuple[int, int], top: int, bottom: int, footer: float) -> Panel:
        left, right = column
        frame = Rect(left, top, max(0, right - left), max(0, bottom - top))
        pad, title_h, footer_h = px(_PAD), min(px(_TITLE), frame.h), min(px(footer), max(0, frame.h - px(_TITLE)))
        inner_x, inner_w = left + pad, max(0, frame.w - 2 * pad)
        body_h = max(0, frame.h - title_h - footer_h)
        return Panel(
            frame,
            Rect(inner_x, top, inner_w, title_h),
            Rect(inner_x, top + title_h, inner_w, body_h),
            Rect(inner_x, top + title_h + body_h, inner_w, footer_h),
        )

    camera, observed, *predicted = [panel(column, upper_top, lower_top - gap, _FOOTER) for column in faces]
    below = [panel(column, lower_top, height - margin, 0.65 * _PAD) for column in columns]
    header = Rect(margin, 0, max(0, width - 2 * margin), upper_top)
    return Layout(size_px, unit, header, camera, observed, tuple(predicted), *below)


def _columns(left: int, right: int, gap: int, count: int) -> list[tuple[int, int]]:
    """Equal columns; what does not divide goes to the gaps, so that all panels have the same width."""
    width = max(0, (right - left - (count - 1) * gap) // count)
    step = (right - left - width) / (count - 1)
    starts = [left + round(at * step) for at in range(count)]
    return [(start, start + width) for start in starts]
