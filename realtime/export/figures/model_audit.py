"""The figure of a model audit: each column's effect beside what its label claims, and the other checks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from realtime.core.errors import UsageError
from realtime.core.types import EMOTIONS, Array
from realtime.export.figures.common import displacement_scale, footer, write_sheet
from realtime.export.figures.sheet import draw_sheet
from realtime.export.figures.sheet_charts import Bar, Mark, Matrix, TextRow, paint_bars, paint_matrix, paint_rows
from realtime.export.figures.sheet_contents import ColorScale, SheetCard, SheetFace, SheetHeading
from realtime.model import LinearMeshModel
from realtime.model.audit.audit import FEATURE_SIZE, LOPSIDED, TEN_DEGREES, AuditReport, displacements
from realtime.model.audit.labels import LabelCheck, LabelColumn, LabelState
from realtime.model.emotion_prototypes import prototypes, shared_frame, to_shared
from realtime.model.names import canonical_name
from realtime.view.gl.styled_face import StyledFace
from realtime.view.paint import theme
from realtime.view.paint.layout import Rect
from realtime.view.paint.painter import Painter
from realtime.view.paint.theme import Ground, GroundName

FACE_PX = 270
_COLUMNS = 2
_WIDTH = 3  # of every card's body, in faces
_LARGEST = 100.0  # %; larger displacements are scaled down, since no face would be recognisable
_LEGEND = ("label in the file", "identified as", "best assignment, not significant")
_MARKS: dict[LabelState, Mark] = {"ok": "tick", "note": "dot", "bad": "cross"}
_MOVED: dict[str, Mark] = {"as expected": "tick", "still": "dot", "against": "cross"}


@dataclass(frozen=True, slots=True)
class WrittenSheet:
    """A picture that was written."""

    path: Path
    size: tuple[int, int]  # width, height in pixels

    def to_json(self) -> dict[str, Any]:
        """As in the JSON of an atlas."""
        return {"outputs": [str(self.path)], "size": list(self.size)}


def check_suffix(out: Path) -> None:
    """Raises UsageError for a file that is to be no PNG: before any work is done for it."""
    if out.suffix.lower() != ".png":
        raise UsageError(f"--out {out}: the picture is a PNG; give it a name that ends in .png.")


def draw_audit(
    model: LinearMeshModel, report: AuditReport, out: Path, ground: GroundName = "dark", face_px: int = FACE_PX
) -> WrittenSheet:
    """Draw what `check(model)` found into a PNG; where `out` exists, under the next free name.

    Raises UsageError for another suffix, DisplayError without OpenGL, RecordError where nothing can be written.
    """
    check_suffix(out)
    heading, cells = sheet_of(model, report)
    picture = draw_sheet(model.mean_mesh, heading, cells, face_px, columns=_COLUMNS, ground=theme.GROUNDS[ground])
    path = write_sheet(out, picture, heading, model)
    return WrittenSheet(path, (picture.shape[1], picture.shape[0]))


def sheet_of(model: LinearMeshModel, report: AuditReport) -> tuple[SheetHeading, list[SheetCard]]:
    """The heading and the cards: of the columns where they are emotions, else of what can be measured on them."""
    labels = report.labels
    if labels is not None and labels.v5 is not None:
        return _emotion_sheet(model, report, labels)
    return _other_sheet(model, report)


# Emotions -------------------------------------------------------------------------------------------------------------


def _emotion_sheet(
    model: LinearMeshModel, report: AuditReport, labels: LabelCheck
) -> tuple[SheetHeading, list[SheetCard]]:
    filed = dict(zip(model.feature_columns, displacements(model, labels), strict=True))
    pairs = [(filed[column.label], _prototype(column, filed[column.label])) for column in labels.columns]
    faces = _AuditFaces(model, np.concatenate(pairs))
    cells = [_column_cell(column, *pair, faces, report) for column, pair in zip(labels.columns, pairs, strict=True)]
    note = "Cosine similarity of each column (rows, labels in the file) with each emotion's prototype."
    cells.append(_matrix_cell(labels, note))
    lines = [
        "Left: each column at 1.0 on the model's mean face, relative to neutral. "
        "Right: the EMFACS prototype that it is identified as, scaled to its norm.",
        *faces.scale_note(),
        *(f"{finding.name.capitalize()}: {finding.found}" for finding in report.findings if finding.state != "ok"),
    ]
    return _heading(model, report, lines, faces.scale), cells


def _prototype(column: LabelColumn, field: Array) -> Array:
    """The displacement expected of a column, (478, 3) in % in the shared frame, scaled to the column's norm."""
    like = prototypes().fields[EMOTIONS.index(canonical_name(column.moves_like))]
    size = float(np.linalg.norm(like))
    scaled: Array = like * (np.linalg.norm(field) / size) if size > 0 else like
    return scaled


def _column_cell(column: LabelColumn, field: Array, like: Array, faces: _AuditFaces, report: AuditReport) -> SheetCard:
    wrong = column.moves_like != column.label
    caption = f"score {column.score:.2f} as {column.moves_like}, "
    if wrong:
        caption += f"{column.scores[column.label]:.2f} as {column.label}, "
    margin = f"{abs(column.margin):.2f} {'above' if column.margin >= 0 else 'below'}"
    caption += f"{margin} {'the next best' if column.margin >= 0 else 'the best'}, {column.next_best}"
    rows = [
        *(TextRow(done.name, _MOVED[done.state], _signed(done.percent)) for done in column.movements),
        TextRow("mean displacement", None, f"{report.feature_sizes[column.label]:.2g} %"),
        TextRow("asymmetric share", None, f"{100 * report.asymmetry[column.label]:.0f} %"),
    ]
    title = f"Anatomy of {column.moves_like}" if column.movements else "Neutral"
    return SheetCard(
        f"{column.label} moves like {column.moves_like}" if wrong else column.label,
        () if wrong else (caption,),
        (faces.face(field, f"labelled {column.label}"), faces.face(like, f"prototype of {column.moves_like}")),
        caption if wrong else "",
        partial(_beside_faces, title, rows),
        width=_WIDTH,
        marked=wrong,
    )


def _signed(percent: float) -> str:
    return f"{percent:+.1f} %" if abs(percent) < 1000 else f"{percent:+.1e} %"


def _beside_faces(title: str, rows: Sequence[TextRow], p: Painter, rect: Rect, ink: Ground) -> None:
    """Rows in the last third of a card, in the middle of its height."""
    left = rect.x + 2 * rect.w // 3 + p.px(14)
    height = p.px(28) * (len(rows) + 1)
    paint_rows(title, rows, p, Rect(left, rect.y + (rect.h - height) // 2, rect.right - left, height), ink)


# Other families -------------------------------------------------------------------------------------------------------


def _other_sheet(model: LinearMeshModel, report: AuditReport) -> tuple[SheetHeading, list[SheetCard]]:
    tilts = to_shared(model.coef[len(model.feature_columns) :], shared_frame(model)) * TEN_DEGREES
    faces = _AuditFaces(model, tilts)
    sizes, lopsided = report.feature_sizes, report.asymmetry
    cells = [
        SheetCard(
            "Effect size",
            ("Mean displacement at 1.0, % of the outer-canthal distance.",),
            paint=partial(
                paint_bars,
                [Bar(name, size, f"{size:.2g}", _odd_size(model, name, size)) for name, size in sizes.items()],
                max(sizes.values()),
                None,
            ),
            width=_WIDTH,
        ),
        SheetCard(
            "Asymmetry",
            (f"Share of each column's energy that is not mirror-symmetric; the line is at {100 * LOPSIDED[0]:.0f} %.",),
            paint=partial(
                paint_bars,
                [Bar(name, share, f"{100 * share:.0f}%", share >= LOPSIDED[0]) for name, share in lopsided.items()],
                max(LOPSIDED[1], *lopsided.values()),
                LOPSIDED[0],
            ),
            width=_WIDTH,
        ),
    ]
    if report.labels is not None:
        cells += _match_cells(report.labels)
    turned = [
        faces.face(tilt, f"{name}: {report.pose_sizes[name]:.2g} %")
        for name, tilt in zip(model.pose_columns, tilts, strict=True)
    ]
    note = "Effect of 10° of each angle on the mean face, with the mean displacement."
    cells.append(SheetCard("Pose rows", (note,), tuple(turned), width=_WIDTH))
    rows = [TextRow(finding.found, _MARKS[finding.state], head=finding.name) for finding in report.findings]
    cells.append(SheetCard("Findings", ("Checks besides the labels.",), paint=partial(_below_note, rows), width=_WIDTH))
    return _heading(model, report, faces.scale_note(), faces.scale), cells


def _below_note(rows: Sequence[TextRow], p: Painter, rect: Rect, ink: Ground) -> None:
    paint_rows("", rows, p, rect.inset(0, p.px(8)), ink)


def _odd_size(model: LinearMeshModel, name: str, size: float) -> bool:
    at_rest = canonical_name(name) == "neutral" or name in model.unsupported_features
    return size > FEATURE_SIZE[1] or (size < FEATURE_SIZE[0] and not at_rest)


def _match_cells(labels: LabelCheck) -> list[SheetCard]:
    """How much columns are like those of the same name in py-feat's bundled model, and like the others."""
    bars = []
    for column in labels.columns:
        wrong = column.moves_like != column.label
        name = f"{column.label}: {column.moves_like}" if wrong else column.label
        bars.append(Bar(name, column.score, f"{column.score:.2f}", wrong or column.margin < 0))
    caption = "Cosine similarity with the au_to_mesh_pls_v4 column that each is identified as."
    chart = partial(paint_bars, bars, 1.0, None)
    wrong = labels.permuted
    return [
        SheetCard("Match", (caption,), paint=chart, width=_WIDTH, marked=wrong),
        _matrix_cell(
            labels, "Cosine similarity of each column (rows, labels in the file) with those of au_to_mesh_pls_v4."
        ),
    ]


# Both -----------------------------------------------------------------------------------------------------------------


class _AuditFaces:
    """Faces of one sheet: displacements on the model's mean face, coloured on one scale."""

    def __init__(self, model: LinearMeshModel, fields: Array) -> None:
        """Fields (k, 478, 3) in the shared frame, %: all that will be drawn."""
        frame = shared_frame(model)
        self._mean, self._canon_from_shared = model.mean_mesh, frame.axes * (frame.unit / 100)
        distance = np.linalg.norm(fields, axis=-1)
        self.scale = displacement_scale(distance, frame.unit)
        largest = float(distance.max(initial=0.0))
        self._drawn = 1.0 if largest <= _LARGEST else 10.0 ** -np.ceil(np.log10(largest / _LARGEST))

    def face(self, field: Array, label: str) -> SheetFace:
        """One face, coloured by the full displacement."""
        mesh = self._mean + (self._drawn * field @ self._canon_from_shared).astype(np.float32)
        values = np.minimum(np.linalg.norm(field, axis=-1), self.scale.highest).astype(np.float32)
        return SheetFace(StyledFace(mesh, values, self.scale.highest), label=label)

    def scale_note(self) -> tuple[str, ...]:
        """A note on scaled displacements."""
        if self._drawn == 1.0:
            return ()
        return (
            f"Shapes are drawn with {self._drawn:.0e} times the displacement; at full scale no face is recognisable.",
        )


def _matrix_cell(labels: LabelCheck, note: str) -> SheetCard:
    names = tuple(column.label for column in labels.columns)
    matrix = Matrix(
        rows=names,
        columns=names,
        values=np.array([[column.scores[name] for name in names] for column in labels.columns]),
        outlined=range(len(names)),
        dotted=[names.index(labels.assignment[name]) for name in names],
        ringed=[names.index(labels.advice[name]) for name in names],
        legend=_LEGEND,
    )
    return SheetCard("Scores", (note,), paint=partial(paint_matrix, matrix), width=_WIDTH)


def _heading(model: LinearMeshModel, report: AuditReport, lines: Sequence[str], scale: ColorScale) -> SheetHeading:
    bad = report.verdict.state == "bad"
    return SheetHeading(
        f"{model.name}: {_verdict(report)}",
        tuple(lines) if bad else (report.verdict.found, *lines),
        scale,
        footer(model),
        report.verdict.found if bad else "",
    )


def _verdict(report: AuditReport) -> str:
    if report.labels is None:
        return "model audit"
    if report.labels.permuted:
        return "labels are wrong"
    return "labels are correct" if report.verdict.state == "ok" else "labels undetermined"
