"""Legends of charts."""

from __future__ import annotations

from typing import Literal

from realtime.export.report.markup import Markup, joined, tag
from realtime.export.report.svg import Drawing

Sign = Literal["dot", "open", "interval", "ticks", "chance", "line", "neutral", "band", "anchor"]


def legend(*entries: tuple[Sign, str]) -> tuple[Markup, ...]:
    """Entries of a legend: what is drawn, and its meaning."""
    return tuple(joined(_swatch(sign), tag("span", text)) for sign, text in entries)


def _swatch(sign: Sign) -> Markup:
    drawing = Drawing(22, 14, "")
    if sign in ("dot", "anchor"):
        drawing.dot(11, 7, "f-delivered" if sign == "dot" else "f-anchor")
    elif sign in ("chance", "band"):
        drawing.rect(1, 1, 20, 12, f"f-{sign}")
    elif sign == "open":
        drawing.rect(6.5, 2.5, 9, 9, "f-open")
    elif sign == "ticks":
        for x in (6, 11, 16):
            drawing.line(x, 4, x, 10, "s-tick")
    else:
        drawing.line(1, 7, 21, 7, "s-neutral" if sign == "neutral" else "s-delivered")
    return drawing.markup()
