"""Legends of charts."""

from __future__ import annotations

from realtime.export.report.dot_chart import DotMark, Shape, draw_mark
from realtime.export.report.markup import Markup, joined, tag
from realtime.export.report.svg import Drawing, Scale

_SHAPES: dict[str, Shape] = {"dot": "dot", "open": "open", "diamond": "diamond", "bar": "bar"}


def legend(*entries: tuple[str, str]) -> tuple[Markup, ...]:
    """Entries of a legend: what is drawn, and its meaning.

    What is drawn is "dot", "open", "diamond", "bar", "block", "interval", "line", "ticks", "band", "chance", "noise",
    "gap", "anchor" or "neutral" (a dashed line), with the name of a colour after it where that is not the one of what
    is delivered: "line floor".
    """
    return tuple(joined(_swatch(*sign.split()), tag("span", text)) for sign, text in entries)


def _swatch(sign: str, color: str = "delivered") -> Markup:
    drawing = Drawing(22, 14, "")
    if sign in _SHAPES:
        draw_mark(drawing, Scale(-1.0, 1.0, 0.0, 22.0), DotMark(0.0, color, _SHAPES[sign]), 7)
    elif sign == "anchor":
        drawing.dot(11, 7, "f-anchor")
    elif sign == "block":
        drawing.rect(1, 1, 20, 12, f"f-{color}", 2.0)
    elif sign == "gap":
        drawing.line(1, 11, 21, 11, "s-step")
    elif sign in ("chance", "band", "noise"):
        drawing.rect(1, 1, 20, 12, f"f-{sign}")
    elif sign == "ticks":
        for x in (6, 11, 16):
            drawing.line(x, 4, x, 10, f"s-tick-{color}")
    else:
        drawing.line(1, 7, 21, 7, "s-neutral" if sign == "neutral" else f"s-{color}")
    return drawing.markup()
