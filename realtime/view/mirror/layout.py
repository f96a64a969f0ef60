"""Where everything in the mirror stands: a pure function from its size to rectangles. No GL, no imgui."""

from __future__ import annotations

from dataclasses import dataclass

from realtime.view.paint.layout import FOOTER, GAP, HEADER, MARGIN, PAD, Panel, Rect, unit_of

_LOWER_SHARE, _LOWER_MIN, _LOWER_MAX = 0.325, 226, 270


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
    """Camera, observed and a predicted face for each model, equal in size, over three equal panels, below a header."""
    width, height = size_px
    unit = unit_of(size_px, scale)

    def px(value: float) -> int:
        return round(value * unit)

    margin, gap = px(MARGIN), px(GAP)
    lower = px(min(max(_LOWER_SHARE * height / unit, _LOWER_MIN), _LOWER_MAX))
    lower_top = height - margin - lower
    upper_top = px(HEADER)
    columns, faces = (_columns(margin, width - margin, gap, count) for count in (3, 2 + models))

    def panel(column: tuple[int, int], top: int, bottom: int, footer: float) -> Panel:
        left, right = column
        return Panel.of(Rect.between(left, top, right, bottom), unit, footer)

    camera, observed, *predicted = [panel(column, upper_top, lower_top - gap, FOOTER) for column in faces]
    below = [panel(column, lower_top, height - margin, 0.65 * PAD) for column in columns]
    header = Rect(margin, 0, max(0, width - 2 * margin), upper_top)
    return Layout(size_px, unit, header, camera, observed, tuple(predicted), *below)


def _columns(left: int, right: int, gap: int, count: int) -> list[tuple[int, int]]:
    """Equal columns; what does not divide goes to the gaps, so that all panels have the same width."""
    width = max(0, (right - left - (count - 1) * gap) // count)
    step = (right - left - width) / (count - 1)
    starts = [left + round(at * step) for at in range(count)]
    return [(start, start + width) for start in starts]
