"""The folder `figures/` of a comparison: each figure as PNG and SVG, and why one is not there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from realtime.core.compare_report import CompareReport
from realtime.core.compare_view import VertexErrors
from realtime.core.errors import RecordError
from realtime.export.comparison.tables import replacing
from realtime.export.figures.comparison.causes_figure import causes_figure
from realtime.export.figures.comparison.curve_figures import cumulative_figure, lag_figure
from realtime.export.figures.comparison.face_figure import face_figure
from realtime.export.figures.comparison.matplotlib_import import MISSING, drawing
from realtime.export.figures.comparison.print_figure import NotDrawn, PrintFigure
from realtime.export.figures.comparison.score_figures import (
    emotions_figure,
    lines_figure,
    people_figure,
    recordings_figure,
    regions_figure,
)

FIGURES = "figures"
NAMES = ("lines", "cumulative", "regions", "causes", "emotions", "people", "recordings", "face", "lag")
_FORMATS = ("png", "svg")


def write_figures(
    folder: Path, report: CompareReport, vertices: Sequence[VertexErrors]
) -> tuple[list[Path], dict[str, str]]:
    """Draw the figures into the folder of a comparison: what was written, and by name why a figure was not.

    A figure of an earlier run that is not drawn now is removed, since its numbers are not those of the other files.
    Raises RecordError.
    """
    builders: dict[str, Callable[[], PrintFigure]] = {
        "lines": lambda: lines_figure(report),
        "cumulative": lambda: cumulative_figure(report),
        "regions": lambda: regions_figure(report),
        "causes": lambda: causes_figure(report),
        "emotions": lambda: emotions_figure(report),
        "people": lambda: people_figure(report),
        "recordings": lambda: recordings_figure(report),
        "face": lambda: face_figure(report, vertices),
        "lag": lambda: lag_figure(report),
    }
    written: list[Path] = []
    left_out: dict[str, str] = {}
    try:
        with drawing():
            for name in NAMES:
                try:
                    figure = builders[name]()
                except NotDrawn as reason:
                    left_out[name] = str(reason)
                    remove_figures(folder, (name,))
                    continue
                written += _write(folder / FIGURES, name, figure)
    except ImportError:
        remove_figures(folder)
        return [], dict.fromkeys(NAMES, MISSING)
    return written, left_out


def remove_figures(folder: Path, names: Sequence[str] = NAMES) -> None:
    """Remove figures of an earlier run from the folder of a comparison. Raises RecordError."""
    for name in names:
        for kind in _FORMATS:
            path = folder / FIGURES / f"{name}.{kind}"
            try:
                path.unlink(missing_ok=True)
            except NotADirectoryError:
                return
            except OSError as error:
                raise RecordError(f"{path}: of an earlier comparison, cannot be removed ({error.strerror}).") from error


def _write(folder: Path, name: str, figure: PrintFigure) -> list[Path]:
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise RecordError(f"{folder}: cannot be made: {error.strerror or error}. Choose another folder.") from error
    paths = []
    for kind, content in (("png", figure.png()), ("svg", figure.svg())):
        path = folder / f"{name}.{kind}"
        with replacing(path) as file:
            file.write(content)
        paths.append(path)
    return paths
