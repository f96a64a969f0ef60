"""The sections on the model that came out: its checks, and what each of its features does."""

from __future__ import annotations

import numpy as np

from realtime.core.study_reports import FitReport
from realtime.export.figures.common import displacement_scale
from realtime.export.report.face_picture import color_scale, colored_faces
from realtime.export.report.figure import Caption, Figure
from realtime.export.report.markup import Markup, joined, tag
from realtime.export.report.number_text import count, decimal
from realtime.export.report.page import Section, folded
from realtime.export.report.table import Cell, Column, table
from realtime.geometry import CanonicalFrame
from realtime.model.audit.audit import FEATURE_SIZE
from realtime.model.feature_effects import Effect, effects
from realtime.model.linear import LinearMeshModel

_STATES = {"ok": ("✓ as expected", "ok short"), "note": ("△ look", "warn short"), "bad": ("✕ wrong", "bad short")}
_FACE_PX, _MANY, _SMALL_PX = 204, 16, 150


def checks_section(report: FitReport) -> Section:
    """What `models check` found."""
    if report.check is None:
        return Section("checks", "Checks of the model", "The model was not checked.")
    found = report.check.findings
    notes, bad = (sum(one.state == state for one in found) for state in ("note", "bad"))
    fine = len(found) - notes - bad
    finding = f"Of {count(len(found), 'check')} {fine} are as expected, {notes} worth a look, {bad} wrong."
    rows = [(one.name, Cell(_STATES[one.state][0], style=_STATES[one.state][1]), one.found) for one in found]
    listed = table("Checks", (Column("Check"), Column("Result"), Column("Found")), rows)
    return Section("checks", "Checks of the model", finding, [listed], warnings=notes, errors=bad)


def effects_section(model: LinearMeshModel) -> Section:
    """What each feature does to the face, drawn on it."""
    shown = effects(model)
    moving = [one for one in shown if not one.reference]
    frame = CanonicalFrame.of(model.mean_mesh)
    distances = np.array([one.distance for one in moving])
    highest = min(displacement_scale(distances, frame.unit).highest, FEATURE_SIZE[1])
    strongest = max(moving, key=lambda one: float(one.distance.max()))
    finding = (
        f"Strongest is “{strongest.feature}”: {decimal(float(strongest.distance.max()), 1)} % canthi at the "
        f"{strongest.region}, at full intensity."
    )
    neutral = model.predict_neutral(clip=False)
    width = _FACE_PX if len(shown) <= _MANY else _SMALL_PX
    drawn = [one for one in shown if not _no_face(one)]
    meshes = np.stack([neutral + one.displacement_canon for one in drawn])
    pictures = dict(
        zip(
            (one.feature for one in drawn),
            colored_faces(meshes, [one.distance for one in drawn], highest, frame, width),
            strict=True,
        )
    )
    faces = [_face(one, width, pictures.get(one.feature)) for one in shown]
    impossible = [one.feature for one in moving if _no_face(one)]
    do = (
        f"Do not use {' and '.join(impossible[:3])}: no face moves so far. The data hold too little of it."
        if impossible
        else "Compare with the checks above before naming an effect. Where people are few, differences between them "
        "are in these rows by chance."
    )
    full = "1 (the others 0; emotions: neutral the rest)" if model.feature_p99 is None else "its 99th percentile"
    figure = Figure(
        "effects-figure", "The face that each feature predicts",
        (joined(tag("div", faces, class_="faces"), color_scale(300, highest, "% canthi from neutral")),),
        Caption(
            f"Each feature at {full}, pose 0. Colour: how far each vertex moves from the model's neutral face; the "
            "range is one for all.",
            "The mouth moves with happiness or AU12, the brows with surprise or AU01; the outline stays pale.",
            "A whole face dark, or the outline ahead of the mouth: identity, pose or the tracker are in this row.",
            do,
        ),
        svg=False,
    )  # fmt: skip
    rows = [
        (
            one.feature,
            Cell(decimal(float(one.distance.max()), 2), float(one.distance.max())),
            Cell(decimal(float(one.distance.mean()), 2), float(one.distance.mean())),
            one.region,
            Cell(f"{one.full:.3g}", one.full),
        )
        for one in moving
    ]
    columns = (
        Column("Feature"), Column("Farthest vertex", "% canthi", True), Column("Mean of 478", "% canthi", True),
        Column("Part of the face"), Column("Full intensity", "value of the feature", True),
    )  # fmt: skip
    return Section(
        "effects",
        "What each feature does",
        finding,
        [figure, folded("Numbers of the figure", table("Effects", columns, rows))],
    )


def _face(one: Effect, width: int, picture: tuple[str, int] | None) -> Markup:
    """A picture with its feature's name; without one for what is no face."""
    if picture is None:
        shown = tag("div", "not drawn", class_="nothing")
    else:
        shown = tag("img", src=picture[0], width=width, height=picture[1], alt=f"The face of {one.feature}")
    return tag("div", shown, tag("b", one.feature), tag("span", _note(one), class_="bad" if picture is None else None))


def _no_face(one: Effect) -> bool:
    return float(one.distance.mean()) > FEATURE_SIZE[1]


def _note(one: Effect) -> str:
    if one.reference:
        return "reference of the others"
    return f"{decimal(float(one.distance.max()), 1)} % at the {one.region}" + (": no face" if _no_face(one) else "")
