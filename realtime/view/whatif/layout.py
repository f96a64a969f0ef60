"""Layout of the what-if window: a pure function from its size to rectangles."""

from __future__ import annotations

from dataclasses import dataclass

from realtime.view.paint.layout import FOOTER, GAP, HEADER, MARGIN, PAD, Panel, Rect, unit_of

_CONTROLS_SHARE, _CONTROLS_MIN, _CONTROLS_MAX = 0.32, 320, 460
_NUMBERS = 116


@dataclass(frozen=True, slots=True)
class WhatIfLayout:
    """All rectangles of one window size, in pixels."""

    size: tuple[int, int]
    unit: float  # pixels in one design unit
    header: Rect
    controls: Panel
    predicted: Panel
    observed: Panel | None  # there with a live face
    numbers: Panel

    @property
    def cards(self) -> list[tuple[Rect, bool]]:
        """The frames of the panels, and whether each shows a face and is lit."""
        faces = [self.predicted] if self.observed is None else [self.predicted, self.observed]
        return [(self.controls.frame, False), (self.numbers.frame, False), *((face.frame, True) for face in faces)]


def arrange_whatif(size_px: tuple[int, int], scale: float = 1.0, *, live: bool = False) -> WhatIfLayout:
    """The controls on the left; on the right one face, or two of equal size, above their numbers."""
    width, height = size_px
    unit = unit_of(size_px, scale)

    def px(value: float) -> int:
        return round(value * unit)

    def panel(left: int, top: int, right: int, bottom: int, footer: float) -> Panel:
        return Panel.of(Rect.between(left, top, right, bottom), unit, footer)

    margin, gap, top = px(MARGIN), px(GAP), px(HEADER)
    right, bottom = width - margin, height - margin
    controls_w = px(min(max(_CONTROLS_SHARE * width / unit, _CONTROLS_MIN), _CONTROLS_MAX))
    start = margin + controls_w + gap
    seam = bottom - px(_NUMBERS)
    faces_bottom = seam - gap
    half = max(0, (right - start - gap) // 2)
    predicted = panel(start, top, start + half if live else right, faces_bottom, FOOTER)
    observed = panel(right - half, top, right, faces_bottom, FOOTER) if live else None
    return WhatIfLayout(
        size=size_px,
        unit=unit,
        header=Rect(margin, 0, max(0, width - 2 * margin), top),
        controls=panel(margin, top, margin + controls_w, bottom, PAD),
        predicted=predicted,
        observed=observed,
        numbers=panel(start, seam, right, bottom, 0.65 * PAD),
    )
