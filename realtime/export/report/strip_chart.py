"""One bar divided into shares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from realtime.export.report.figure import NARROW, WIDE
from realtime.export.report.markup import Markup
from realtime.export.report.svg import Drawing

_BAR, _LINE, _ABOVE = 26, 20, 6


@dataclass(frozen=True, slots=True)
class Share:
    """A part of the bar."""

    label: str
    value: float
    text: str
    style: str  # class of its colour: "f-delivered", "f-bad" ...


def strip_chart(description: str, shares: Sequence[Share]) -> tuple[Markup, Markup]:
    """The bar for both widths, and a line for each of its parts."""
    return _drawn(WIDE, description, shares), _drawn(NARROW, description, shares)


def _drawn(width: int, description: str, shares: Sequence[Share]) -> Markup:
    total = sum(share.value for share in shares)
    drawing = Drawing(width, _ABOVE + _BAR + 12 + _LINE * len(shares), description)
    x = 0.0
    for at, share in enumerate(shares):
        wide = width * share.value / total
        drawing.rect(x, _ABOVE, max(wide - 1.0, 0.5), _BAR, share.style)
        y = _ABOVE + _BAR + 12 + _LINE * at + 12
        drawing.rect(0, y - 10, 11, 11, share.style, 2.0)
        drawing.text(20, y, share.label)
        drawing.text(min(width, 420), y, share.text, "t-strong" if not at else "t-muted", "end")
        x += wide
    return drawing.markup()
