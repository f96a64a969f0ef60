"""The section on the face: frames observed and predicted in three dimensions, and the parts of the face."""

from __future__ import annotations

from collections.abc import Sequence

from realtime.core.compare_report import CompareReport
from realtime.core.compare_scores import ComparedScores, RegionScores
from realtime.core.compare_view import CompareView
from realtime.export.report.compare.common import baseline_name, named, own_neutral, percent_nme, words
from realtime.export.report.compare.face_data import MOST, SIGNED, first_frame, frame_text, recordings_of
from realtime.export.report.compare.pictures_figure import pictures_figure
from realtime.export.report.compare.stored_faces import stored_faces
from realtime.export.report.compare.time_plot import time_plot
from realtime.export.report.dot_chart import Axis, DotMark, DotRow, axis_over, dot_chart
from realtime.export.report.figure import Caption, Figure, drawn
from realtime.export.report.legend import legend
from realtime.export.report.markup import Markup, tag
from realtime.export.report.number_text import decimal, percent, score
from realtime.export.report.page import Section, folded
from realtime.export.report.palette import AMBER, AUBERGINE, INWARDS, OUTWARDS, PLASTER
from realtime.export.report.table import Cell, Column, table


def face_section(report: CompareReport, view: CompareView) -> Section:
    """Where the error is, on frames that can be turned and by parts of the face."""
    scores = report.overall
    regions = sorted((one for one in scores.regions if one.nme is not None), key=lambda one: -(one.nme or 0.0))
    blocks: list[Markup | Figure] = []
    if view.frames:
        blocks.append(_faces(report, view))
    if view.pictures:
        blocks.append(pictures_figure(view))
    if regions:
        blocks += [_regions(report, regions), folded("Numbers of the figure", _region_table(scores, regions))]
    if not blocks:
        return Section("face", "The face", "No frame is in the scores, so there is no face to show.")
    return Section("face", "The face", _finding(scores, regions), blocks)


def _finding(scores: ComparedScores, regions: Sequence[RegionScores]) -> str:
    if not regions:
        return "The frames from the best to the least predicted; errors by parts of the face are not known."
    noise = scores.baselines.get("noise")
    first, *others = regions
    finding = f"The error is largest at the {first.region} ({percent_nme(first.nme)} % canthi)"
    if others:
        finding += f" and the {others[0].region} ({percent_nme(others[0].nme)} %)"
    near = [one.region for one in regions if noise and one.nme is not None and one.nme < 2.0 * noise]
    if near:
        finding += f"; {' and '.join(near[-2:])} {'is' if len(near[-2:]) == 1 else 'are'} near the noise"
    return finding + "."


def _faces(report: CompareReport, view: CompareView) -> Figure:
    names = recordings_of(view.frames)
    lines = {line.recording: line for line in view.timelines}
    plots, seconds = [], 0.0
    for number, name in enumerate(names):
        if name in lines and len(lines[name].seconds) > 1:
            label = f"Time in {name[:40]}, min:s"
            charts, step = time_plot(lines[name], view.frames, baseline_name(report.overall), label)
            seconds = max(seconds, step)
            hidden = number != names.index(view.frames[first_frame(view.frames)].recording)
            plots.append(tag("div", drawn(charts), data_recording=str(number), hidden=hidden))
    least = view.frames[-1]
    adjusted = "the identity taken out" if own_neutral(report.overall) else "no neutral, so identity is in it"
    return Figure(
        "faces-figure", "The same frame: observed, predicted, and what differs",
        (_viewer(report, view, plots),),
        Caption(
            f"Left the shape; middle and right the distance of each vertex ({adjusted}), in % canthi. Below: the "
            f"error in time, means of {seconds:.2g} s; circles can be chosen.",
            "Pale faces. Blue below the dashed line: better than the face at rest. Orange well below blue is fine if "
            "the gain closes it.",
            "One part always dark: the model cannot move it. The whole face of one colour in or out: wrong neutral or "
            "depth.",
            words(f"Slide to the least predicted frames ({least.recording}, {decimal(least.nme, 1)} %) and use Blink. "
                  "Speech, laughter, hands? Exclude them or say so."),
        ),
        legend(("line", "as delivered"), ("line floor", "floor"), ("neutral", baseline_name(report.overall)),
               ("chance", "no face")) if plots else (),
        svg=False,
    )  # fmt: skip


def _viewer(report: CompareReport, view: CompareView, plots: Sequence[Markup]) -> Markup:
    setups = [one.name for one in report.models]
    tracker = ", ".join(sorted({one.tracker for one in report.recordings})) or "observed"
    first = first_frame(view.frames)
    groups = [_choice("Shape", "shape", [("observed", "Observed"), ("predicted", "Predicted"), ("blink", "Blink")])]
    if len(setups) > 1:
        groups.append(_choice("Model", "setup", [(str(at), name[:40]) for at, name in enumerate(setups)]))
    groups.append(_choice("View", "view", [("front", "Front"), ("three", "¾"), ("side", "Side")]))
    if view.vertices:
        groups.append(_choice("Frames", "subject", [("frame", "This frame"), ("all", "All frames")]))
    groups.append(tag("span", tag("button", "PNG", type_="button", data_png=True, aria_label="Save the faces as PNG"),
                      class_="tools"))  # fmt: skip
    pictures = stored_faces(view.frames[first])
    titles = (
        ("shape", "Observed", tracker, None),
        ("error", "Error, unsigned", "how far apart",
         _scale((PLASTER, AMBER, AUBERGINE), ("0", f"{MOST / 2:g}", f"≥ {MOST:g} % canthi"))),
        ("signed", "Error, signed", "in or out of the predicted",
         _scale((INWARDS, PLASTER, OUTWARDS), (f"−{SIGNED:g} in", "0", f"out +{SIGNED:g} % canthi"))),
    )  # fmt: skip
    panels = [
        tag(
            "div",
            tag("p", tag("b", title), tag("small", note)),
            tag("canvas", tabindex="0", role="img", aria_label=title, aria_roledescription="3D face",
                aria_keyshortcuts="ArrowLeft ArrowRight ArrowUp ArrowDown Space Home"),
            tag("img", src=picture, alt=f"{title}: {frame_text(view.frames[first])}"),
            scale,
            class_=f"panel {style}",
        )
        for (style, title, note, scale), picture in zip(titles, pictures, strict=True)
    ]  # fmt: skip
    slider = tag(
        "label", tag("span", "best predicted"),
        tag("input", type_="range", min="0", max=str(len(view.frames) - 1), value=str(first), step="1",
            aria_label="Frame, from the best to the least predicted"),
        tag("span", "least predicted"), class_="slide",
    )  # fmt: skip
    return tag(
        "div",
        tag("div", groups, class_="controls"),
        tag("p", "This browser has no WebGL 2: here is the frame in the middle of the distribution.", class_="no3d"),
        tag("div", panels, class_="panels"),
        slider if len(view.frames) > 1 else None,
        tag("p", frame_text(view.frames[first]), class_="readout", aria_live="polite"),
        plots,
        class_="viewer", id="viewer",
    )  # fmt: skip


def _choice(label: str, name: str, options: Sequence[tuple[str, str]]) -> Markup:
    buttons = (
        tag("button", text, type_="button", aria_pressed=str(not at).lower(), **{f"data_{name}": value})
        for at, (value, text) in enumerate(options)
    )
    return tag("div", buttons, class_="choice", role="group", aria_label=label)


def _scale(colors: Sequence[str], marks: Sequence[str]) -> Markup:
    bar = tag("i", style=f"background:linear-gradient(90deg,{','.join(colors)})")
    return tag("div", bar, tag("span", (tag("span", mark) for mark in marks)), class_="scale")


def _regions(report: CompareReport, regions: Sequence[RegionScores]) -> Figure:
    scores = report.overall
    noise = scores.baselines.get("noise")
    rows = []
    # Fitted features are the floor: there is nothing to be drawn beside them.
    floors = any(one.nme_floor is not None and abs(one.nme_floor - (one.nme or 0.0)) > 0.005 for one in regions)
    for one in regions:
        marks = [DotMark(one.nme_baseline, "neutral", "bar")] if one.nme_baseline is not None else []
        marks += [DotMark(one.nme_floor, "floor", "diamond")] if floors and one.nme_floor is not None else []
        note = f"skill {score(one.skill)}" if one.skill is not None else ""
        rows.append(DotRow(one.region, one.nme, percent_nme(one.nme), note=note, marks=tuple(marks)))
    values = [mark.value for row in rows for mark in row.marks] + [row.value for row in rows if row.value is not None]
    taken = "identity taken out" if own_neutral(scores) else "raw"
    first = regions[0]
    worse = [one.region for one in regions
             if one.nme is not None and one.nme_baseline is not None and one.nme > one.nme_baseline]  # fmt: skip
    baseline = baseline_name(scores)
    do = (
        f"Every part is farther off than the {baseline}: report none of them as predicted."
        if len(worse) == len(regions)
        else f"{named(worse).capitalize()}: farther off than the {baseline}. Report the other parts apart from "
        f"{'it' if len(worse) == 1 else 'them'}."
        if worse
        else f"The {first.region} holds {percent(first.share or 0.0, 0)} of the squared error: report the rest apart "
        "from it, most of all where people speak."
        if first.share is not None
        else f"Report the {first.region} apart from the rest, most of all where people speak."
    )
    entries = [("bar neutral", baseline), ("dot", "as delivered"), ("diamond floor", "floor")]
    return Figure(
        "regions-figure", "Where on the face",
        dot_chart("Mean distance by part of the face: " + "; ".join(f"{row.label} {row.text}" for row in rows),
                  Axis(f"Mean distance of the vertices, % of outer-canthal distance ({taken})",
                       "Mean distance, % of outer-canthal distance", *axis_over(values), noise=noise), rows),
        Caption(
            f"By part of the face, over all frames: distance as delivered (dot), of the {baseline} (bar) and of the "
            "best fit (diamond).",
            "Dots left of the bars, near the diamonds; the band of the noise far to the left.",
            "A dot right of its bar: worse than no movement. A diamond near the dot: the model has no such movement.",
            do,
        ),
        legend(*entries[:1] if any(one.nme_baseline is not None for one in regions) else (), entries[1],
               *entries[2:] if floors else ()),
    )  # fmt: skip


def _region_table(scores: ComparedScores, regions: Sequence[RegionScores]) -> Markup:
    columns = (
        Column("Part of the face"), Column("As delivered", "% canthi", True),
        Column(baseline_name(scores).capitalize(), "% canthi", True), Column("Floor", "% canthi", True),
        Column("Skill", "", True), Column("R²", "", True), Column("Share of the error", "squared, %", True),
    )  # fmt: skip
    rows: list[list[Cell | str]] = []
    for one in regions:
        share = None if one.share is None else 100 * one.share
        rows.append([
            one.region,
            *(Cell(percent_nme(value), value) for value in (one.nme, one.nme_baseline, one.nme_floor)),
            Cell(score(one.skill), one.skill), Cell(score(one.r2), one.r2),
            Cell("" if share is None else decimal(share, 1), share),
        ])  # fmt: skip
    return table("Parts of the face", columns, rows)
