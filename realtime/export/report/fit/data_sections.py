"""The sections on what a fit was made of: the data, and the frame of reference."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from realtime.core.study_reports import FitReport
from realtime.export.report.face_drawing import mesh_drawing
from realtime.export.report.figure import NARROW, WIDE, Caption, Figure
from realtime.export.report.legend import legend
from realtime.export.report.markup import Markup
from realtime.export.report.number_text import count, percent
from realtime.export.report.page import Section
from realtime.export.report.strip_chart import Share, strip_chart
from realtime.export.report.table import Cell, Column, table
from realtime.model.linear import LinearMeshModel

_FACTS = (Column("What"), Column("Value"))
_UNKNOWN = "unknown"
_DROPPED_STYLES = ("f-warn", "f-bad", "f-floor", "f-neutral")


def people_of(report: FitReport) -> str:
    """ "12 people", "people unknown"."""
    return "people unknown" if report.people is None else count(report.people, "person", "people")


def data_section(report: FitReport) -> Section:
    """What was fit, what was dropped and why, and what made it."""
    dropped = {reason: rows for reason, rows in report.frames_dropped.items() if rows}
    total = report.frames + sum(dropped.values())
    finding = f"{count(report.frames, 'frame')} of {count(report.recordings, 'recording')}, {people_of(report)}; " + (
        f"{percent(1 - report.frames / total)} of {total:,} frames were dropped." if dropped else "none was dropped."
    )
    described = [
        ("data set", report.data_set), ("tracker", report.tracker), ("mesh made by", report.mesh),
        ("source of the features", report.sources), ("versions", report.versions),
        (f"{len(report.features)} features", ", ".join(report.features)),
    ]  # fmt: skip
    rows = [(name, Cell(text, style="warn" if text == _UNKNOWN else "")) for name, text in described]
    unknown = sum(text == _UNKNOWN for _, text in described) + (report.people is None)
    blocks: list[Markup | Figure] = [_dropped(report, dropped, total)] if dropped else []
    blocks.append(table("The data", _FACTS, rows, sortable=False, facts=True))
    return Section("data", "Data", finding, blocks, warnings=unknown)


def _dropped(report: FitReport, dropped: Mapping[str, int], total: int) -> Figure:
    shares = [Share("fit", report.frames, f"{report.frames:,} ({percent(report.frames / total)})", "f-bar")]
    shares += [
        Share(reason, rows, f"{rows:,} ({percent(rows / total)})", _DROPPED_STYLES[at % len(_DROPPED_STYLES)])
        for at, (reason, rows) in enumerate(dropped.items())
    ]
    most = max(dropped, key=lambda reason: dropped[reason])
    worst = dropped[most] / total
    do = (
        f"Nothing: the largest loss is {percent(worst)} ({most})."
        if worst < 0.05
        else f"Look at '{most}' ({percent(worst)}): the fit does not know these faces, and says nothing of them."
    )
    return Figure(
        "frames", "What became of the frames",
        strip_chart(f"Of {total} frames {report.frames} were fit; dropped: "
                    + ", ".join(f"{rows} {reason}" for reason, rows in dropped.items()), shares),
        Caption(
            "All frames of the data set as one bar: those that were fit, and those that were dropped, by the first "
            "reason that holds.",
            "Nearly all of the bar is fit; the one percent with the worst anchors is dropped on purpose.",
            "Many frames dropped for pose or for numbers that are not finite: the fit is then one of frontal faces.",
            _short(do),
        ),
    )  # fmt: skip


def frame_section(model: LinearMeshModel, report: FitReport) -> Section:
    """How the faces were aligned, and the mean of them."""
    steps: Mapping[str, Any] = model.metadata.get("alignment") or {}
    rounds = count(report.alignment_rounds, "round")
    finding = (
        f"Aligned by twelve anchors ({report.alignment}, {rounds}); the outer canthi of the mean mesh are "
        f"{report.outer_canthal:.2f} model units apart, which is 100 % canthi on this page."
    )
    rows = [
        ("alignment", report.alignment),
        ("rounds of the Procrustes analysis", str(report.alignment_rounds)),
        ("change in the last round", _change(steps.get("change"))),
        ("frames dropped by their worst anchor", f"{steps.get('dropped_worst_percent', 0):g} %"),
        ("stretched to the canonical face's height", "yes" if steps.get("stretched_y") else "no"),
    ]
    across = f"{report.outer_canthal:.2f} units"
    said = "The mean mesh from the front and its left side, with the anchors on forehead, bridge of the nose and eyes"
    wide, narrow = (
        mesh_drawing(width, model.mean_mesh, model.anchor_indices, across, said) for width in (WIDE, NARROW)
    )
    figure = Figure(
        "mean-mesh", "The mean mesh and the anchors",
        (wide, narrow),
        Caption(
            "The mean of all frames that were fit, from the front and from its left side. Dots: the twelve anchors by "
            "which every face was aligned.",
            "An upright, symmetric face at rest, facing forward; anchors on forehead, bridge of the nose and corners "
            "of the eyes.",
            "A tilted, flat or lopsided face: the pose of the data set, its tracker or its meshes are not what they "
            "are said to be.",
            "Compare it with the checks below. Anchors do not move with expression, by construction: what moves there "
            "is taken for pose or size.",
        ),
        legend(("anchor", "anchor of the alignment"), ("neutral", "outer canthi: the unit of distances, % canthi")),
    )  # fmt: skip
    return Section(
        "frame", "The frame", finding, [figure, table("The alignment", _FACTS, rows, sortable=False, facts=True)]
    )


def _change(value: Any) -> str:
    return f"{value:.2g} of the size" if isinstance(value, (int, float)) else _UNKNOWN


def _short(text: str, most: int = 34) -> str:
    """A text of a caption that quotes others, whose length nobody knows."""
    words = text.split()
    return text if len(words) <= most else " ".join([*words[:most], "…"])
