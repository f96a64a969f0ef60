"""The mean observed face from the front and in profile, coloured by the errors of its vertices: a mesh, no picture."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from realtime.core.compare_report import CompareReport
from realtime.core.compare_view import VertexErrors
from realtime.export.figures.comparison.matplotlib_import import PNG_DPI
from realtime.export.figures.comparison.print_figure import (
    DOUBLE,
    LEGEND_ROW,
    TICK_LABELS,
    NotDrawn,
    PrintFigure,
    color,
)
from realtime.export.report.compare.common import own_neutral
from realtime.export.report.compare.face_data import MOST, SIGNED
from realtime.export.report.face_picture import face_pixels
from realtime.export.report.palette import ramp, signed_ramp
from realtime.geometry import N_MESH_VERTICES

F64 = npt.NDArray[np.float64]
_EDGE, _WITHIN, _BETWEEN, _TOP = 1.0, 4.0, 9.0, 5.5  # mm
_BAR, _BAR_GAP = 2.6, 2.5  # mm
_MARGIN = 0.4  # mm around a face
_DARKEST = 0.12  # what is turned away is darker by so much at most, or light would look like error
_PIXELS = PNG_DPI / 25.4  # in a mm


def face_figure(report: CompareReport, vertices: Sequence[VertexErrors]) -> PrintFigure:
    """The errors of the first setup: distances on the left, on the right their part along the normals."""
    if not vertices or not report.overall.frames:
        raise NotDrawn("no frame is in the scores")
    errors = vertices[0]
    mesh = np.asarray(errors.mesh, np.float64)
    front: F64 = mesh * (1.0, -1.0, 1.0)
    profile: F64 = np.column_stack([-mesh[:, 2], -mesh[:, 1], mesh[:, 0]])  # the subject's left side
    sizes = [np.ptp(one[:N_MESH_VERTICES, :2], axis=0) for one in (front, profile)]
    room = DOUBLE - 2.0 * _EDGE - 2.0 * _WITHIN - _BETWEEN - 8.0 * _MARGIN
    scale = room / (2.0 * float(sizes[0][0] + sizes[1][0]))  # mm in a % of the outer-canthal distance
    widths = [float(size[0]) * scale + 2.0 * _MARGIN for size in sizes]
    tall = max(float(size[1]) for size in sizes) * scale + 2.0 * _MARGIN
    bar_top = _TOP + tall + _BAR_GAP
    figure = PrintFigure(DOUBLE, bar_top + _BAR + TICK_LABELS + 2.0 * LEGEND_ROW + _EDGE)
    taken = "identity taken out" if own_neutral(report.overall) else "raw"
    half = sum(widths) + _WITHIN
    distance, signed = (np.asarray(one, np.float64) for one in (errors.distance, errors.signed))
    highest = _round(float(distance[:N_MESH_VERTICES].max()), MOST)
    farthest = _round(float(np.abs(signed[:N_MESH_VERTICES]).max()), SIGNED)
    panels: list[tuple[str, str, F64, Callable[[float], str], tuple[float, float]]] = [
        ("a", f"Mean distance of the vertices,\n% of outer-canthal distance ({taken})", distance / highest, ramp,
         (0.0, highest)),
        ("b", "Mean error along the normal, − in, + out,\n% of outer-canthal distance", signed / (2.0 * farthest) + 0.5,
         signed_ramp, (-farthest, farthest)),
    ]  # fmt: skip
    for at, (letter, label, shares, colors, ends) in enumerate(panels):
        left = _EDGE + at * (half + _BETWEEN)
        figure.text(left, 2.6, letter, weight="bold")
        for points, width, x in zip((front, profile), widths, (left, left + widths[0] + _WITHIN), strict=True):
            plot = figure.axes(x, _TOP, width, tall)
            plot.axis("off")
            plot.imshow(_picture(points, shares, scale, width, tall, colors), interpolation="none", aspect="auto")
        _scale(figure, left + 0.14 * half, bar_top, 0.72 * half, colors, ends, label)
    return figure


def _round(value: float, most: float) -> float:
    """The end of a scale: a round number, no larger than that of the page."""
    step = 1.0 if value <= 6.0 else 2.0
    return min(max(step * math.ceil(value / step), 1.0), most)


def _picture(
    points: F64, shares: F64, scale: float, width: float, tall: float, colors: Callable[[float], str]
) -> npt.NDArray[np.uint8]:
    low = points[:N_MESH_VERTICES].min(axis=0)
    px: F64 = ((points - low) * scale + (_MARGIN, _MARGIN, 0.0)) * _PIXELS
    return face_pixels(px, shares, round(width * _PIXELS), round(tall * _PIXELS), colors, _DARKEST)


def _scale(
    figure: PrintFigure, left: float, top: float, width: float, colors: Callable[[float], str],
    ends: tuple[float, float], label: str,
) -> None:  # fmt: skip
    """A bar of the colours with its values."""
    from matplotlib.colors import to_rgb
    from matplotlib.ticker import MaxNLocator

    plot: Any = figure.axes(left, top, width, _BAR)
    steps = np.array([[to_rgb(colors(share)) for share in np.linspace(0.0, 1.0, 256)]])
    plot.imshow(steps, extent=(*ends, 0.0, 1.0), aspect="auto", interpolation="none")
    plot.set_yticks([])
    plot.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    for side in plot.spines.values():
        side.set_visible(True)
        side.set_color(color("muted"))
    figure.text(left + width / 2.0, top + _BAR + TICK_LABELS, label, ha="center", va="top")
