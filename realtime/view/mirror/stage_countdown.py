"""The seconds of rest that are left, as large as a face: on a stage they are read from the last row."""

from __future__ import annotations

from realtime.view.mirror.headline import Headline
from realtime.view.paint import theme
from realtime.view.paint.layout import Rect
from realtime.view.paint.painter import Painter

_RADIUS, _DIGIT = 0.3, 0.36  # of the tile's smaller side
_LEAST = 60  # design units: in a smaller tile the sentence's own countdown is enough
_MOST_DIGIT = 200.0  # design units


def draw_countdown(p: Painter, body: Rect, headline: Headline) -> None:
    """Draw the number in a ring that fills, in the middle of a tile's body; nothing where none is counted."""
    side = min(body.w, body.h)
    if headline.countdown is None or headline.progress is None or side < p.px(_LEAST):
        return
    x, y, radius, line = body.x + body.w / 2, body.y + body.h / 2, _RADIUS * side, max(2.0, 0.024 * side)
    p.dot(x, y, radius + line, theme.GROUND_BOTTOM.faded(0.72))
    p.ring(x, y, radius, theme.TRACK, line)
    p.arc(x, y, radius, headline.progress, theme.ACCENT, line)
    size = min(_DIGIT * side / p.unit, _MOST_DIGIT)
    p.text(f"{headline.countdown}", body, theme.TEXT, size, p.fonts.bold, "center")
