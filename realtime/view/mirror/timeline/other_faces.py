"""The movement of other faces beside that of the face that is shown: a thin line each, in the colour of the face."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from realtime.core.overview import Overview
from realtime.core.types import FloatArray
from realtime.view.mirror.plots.canvas import canvas, line
from realtime.view.mirror.plots.value_axis import ValueAxis
from realtime.view.mirror.timeline.columns import columns_of
from realtime.view.mirror.timeline.curves import highest_of
from realtime.view.mirror.timeline.recent import SLOT_S
from realtime.view.mirror.timeline.span import TimeSpan
from realtime.view.paint.layout import Rect
from realtime.view.paint.painter import Painter
from realtime.view.paint.theme import Color

_LINE = 1.2  # design units


@dataclass(frozen=True, slots=True, eq=False)
class OtherFace:
    """A face beside the one that is shown."""

    key: int
    overview: Overview
    color: Color


@dataclass(frozen=True, slots=True, eq=False)
class OtherLine:
    """Its distance from rest over a span, computed once as long as both stay."""

    overview: Overview
    span: TimeSpan
    color: Color
    x: FloatArray  # (n,) float32 seconds from the begin of the span
    moved: FloatArray  # (n,) float32 %, NaN where it has no neutral or was not there
    highest: float | None  # % that the lane has to show

    @classmethod
    def of(cls, face: OtherFace, span: TimeSpan) -> OtherLine:
        """One value a column of pixels at most."""
        columns = columns_of(face.overview, span.start_s, span.end_s, max(span.width, 1))
        x = (columns.times_s - span.start_s).astype(np.float32)
        return cls(face.overview, span, face.color, x, columns.moved, highest_of(columns.moved))


class OtherLines:
    """The lines of all other faces."""

    def __init__(self) -> None:
        self._made: dict[int, OtherLine] = {}

    def of(self, faces: Sequence[OtherFace], span: TimeSpan) -> list[OtherLine]:
        """Those of a span; a line moves on for a slot as it is."""
        known, self._made = self._made, {}
        for face in faces:
            made = known.get(face.key)
            if not len(face.overview.times_s):
                continue
            new = made is None or made.overview is not face.overview or made.color != face.color
            if made is None or new or not made.span.serves(span, SLOT_S):
                made = OtherLine.of(face, span)
            self._made[face.key] = made
        return list(self._made.values())


def draw_others(p: Painter, lane: Rect, span: TimeSpan, lines: Sequence[OtherLine], axis: ValueAxis) -> None:
    """The lines over the movement that is shown."""
    for at, one in enumerate(lines):
        with canvas(f"##other {at}", lane, one.span.seen(span), axis, 0) as room:
            if room:
                line("##moved", one.x, one.moved, one.color, _LINE * p.unit)
