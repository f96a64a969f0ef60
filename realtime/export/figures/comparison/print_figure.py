"""A figure for print: its size in millimetres, its axes, legends and labels, and its two files."""

from __future__ import annotations

import io
from bisect import bisect_right
from collections.abc import Sequence
from typing import Any

from realtime.core.printable import printable
from realtime.export.figures.comparison.matplotlib_import import PNG_DPI
from realtime.export.report.palette import COLORS

SINGLE, DOUBLE = 89.0, 183.0  # mm, one and two columns of a page
ROW = 4.6  # mm of a row of dots
LEGEND_ROW = 3.9  # mm
TICK_LABELS = 5.4  # mm from the axes to the label below them
_MM = 25.4  # in an inch
_EDGE = 0.8  # mm around everything


class NotDrawn(Exception):  # noqa: N818 - an answer and no error
    """A figure whose numbers do not exist; its text says why."""


def color(name: str) -> str:
    """A colour of the report, on white."""
    return COLORS[name][0]


class PrintFigure:
    """A figure of this width and height, mm; all places are mm from its upper left corner."""

    def __init__(self, width: float, height: float) -> None:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        self.width, self.height = width, height
        self.figure = Figure(figsize=(width / _MM, height / _MM), dpi=PNG_DPI, facecolor="white")
        self._canvas = FigureCanvasAgg(self.figure)

    def axes(self, left: float, top: float, width: float, height: float) -> Any:
        """Axes in this rectangle; labels and ticks lie outside."""
        place = (left / self.width, 1.0 - (top + height) / self.height, width / self.width, height / self.height)
        return self.figure.add_axes(place)

    def text(self, x: float, y: float, text: str, **style: Any) -> Any:
        """A text with the middle of its line at y, from x on to the right unless `style` aligns it otherwise."""
        given = {"va": "center_baseline", "ha": "left", "color": color("ink")} | style
        return self.figure.text(x / self.width, 1.0 - y / self.height, printable(text), **given)

    def below(self, axes: Any, label: str, y: float) -> None:
        """The label of the horizontal axis, with the upper end of its text at y.

        In the middle of the axes where it fits there, else as near to it as it fits into the figure, over several
        lines where it is too long for one.
        """
        place = axes.get_position()
        middle = (place.x0 + place.x1) / 2.0 * self.width
        room = self.width - 2.0 * _EDGE
        lines = [label] if self.text_width(label) <= room else _broken(label)
        half = max(self.text_width(line) for line in lines) / 2.0
        x = min(max(middle, half + _EDGE), self.width - half - _EDGE)
        self.text(x, y, "\n".join(lines), ha="center", va="top")

    def lines_of(self, label: str) -> int:
        """Over how many lines `below` writes a label."""
        return 1 if self.text_width(label) <= self.width - 2.0 * _EDGE else len(_broken(label))

    def text_width(self, text: str) -> float:
        """Width of a text, mm."""
        found = self.figure.text(0.0, 0.0, printable(text))
        try:
            return float(found.get_window_extent(self._canvas.get_renderer()).width) / PNG_DPI * _MM
        finally:
            found.remove()

    def cut(self, text: str, room: float) -> str:
        """A text on one line that fits into so many mm, its middle left out where it does not."""
        text = " ".join(printable(text).split())
        if self.text_width(text) <= room:
            return text
        most = min(len(text), 200)
        kept = bisect_right(range(1, most), room, key=lambda many: self.text_width(_without_middle(text, many)))
        return _without_middle(text, kept)

    def legend(self, y: float, handles: Sequence[Any], labels: Sequence[str], columns: int = 1) -> None:
        """A legend whose upper edge is at y; as many rows as its entries need in so many columns."""
        self.figure.legend(
            handles, [printable(label) for label in labels], loc="upper left", ncols=columns,
            bbox_to_anchor=(_EDGE / self.width, 1.0 - y / self.height),
        )  # fmt: skip

    def png(self) -> bytes:
        """The file of the picture, 300 dots an inch."""
        file = io.BytesIO()
        self._canvas.print_figure(file, format="png", dpi=PNG_DPI, metadata={"Software": None})
        return file.getvalue()

    def svg(self) -> bytes:
        """The file of the drawing, with its texts as texts, the same in every run."""
        file = io.BytesIO()
        self._canvas.print_figure(file, format="svg", metadata={"Date": None, "Creator": None})
        return file.getvalue()


def legend_rows(entries: int, columns: int = 1) -> float:
    """Height of a legend, mm."""
    return LEGEND_ROW * -(-entries // columns)


def _without_middle(text: str, kept: int) -> str:
    """So many signs of a text: names of recordings often differ at their end alone."""
    tail = kept // 2
    return f"{text[: kept - tail]}…{text[len(text) - tail :]}"


def _broken(label: str) -> list[str]:
    """A label over two lines, broken before what explains it."""
    for sign in (" (", ", "):
        head, found, tail = label.partition(sign)
        if found:
            return [head + found.rstrip() if sign == ", " else head, tail if sign == ", " else f"({tail}"]
    return [label]
