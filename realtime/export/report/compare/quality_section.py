"""The section on the data: what could be used, second by second, and the checks of the numbers themselves."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from realtime.core.compare_report import Check, CompareReport, RecordingScores
from realtime.core.compare_view import AMBER, NO_FACE, OUTSIDE, USED, CompareView, Timeline
from realtime.export.report.compare.common import cut, named, not_compared, scored, subtitle, words
from realtime.export.report.figure import Caption, Figure
from realtime.export.report.legend import legend
from realtime.export.report.markup import Markup
from realtime.export.report.number_text import count, decimal, percent, with_minus
from realtime.export.report.page import Section, folded
from realtime.export.report.state_strips import Spell, Strip, state_strips
from realtime.export.report.table import Cell, Column, table

WEAK_LOST, WEAK_OUTSIDE = 0.05, 0.1  # shares of the frames beyond which a recording is weak
_MOST_STRIPS = 60
_KINDS = {USED: "used", AMBER: "amber", OUTSIDE: "outside", NO_FACE: "none"}
_STATES = {"ok": ("✓ passed", "ok short"), "warning": ("△ look", "warn short"), "bad": ("✕ wrong", "bad short"),
           "unknown": ("not known", "muted short")}  # fmt: skip
_ORDER = {"bad": 0, "warning": 1, "unknown": 2, "ok": 3}


def lost(one: RecordingScores) -> float:
    """Share of the frames without a face."""
    return 1.0 - one.quality.faces / max(one.quality.frames, 1)


def outside(one: RecordingScores) -> float:
    """Share of the frames with a face out of the models' range."""
    return (one.quality.faces - one.quality.valid) / max(one.quality.frames, 1)


def weak(one: RecordingScores) -> bool:
    """Whether a recording needs a word beside its numbers."""
    return lost(one) > WEAK_LOST or outside(one) > WEAK_OUTSIDE or one.quality.damaged > 0


def quality_section(report: CompareReport, view: CompareView) -> Section:
    """What was usable, and whether the numbers could be an error of ours."""
    poor = [one.name for one in report.recordings if weak(one)]
    among = scored(report)
    finding = (
        f"{report.overall.frames:,} of {count(report.frames, 'frame')} are in the scores, from {len(among):,} of "
        f"{count(len(report.recordings), 'recording')}. "
    )
    finding += f"Weak: {named(poor)}." if poor else "No recording is weak."
    finding = f"{finding} {not_compared(report)}".rstrip()
    blocks: list[Markup | Figure] = []
    if view.timelines:
        blocks.append(_strips(report, view, poor))
    if report.recordings:
        blocks.append(folded("Numbers of the data", _quality_table(report.recordings)))
    wrong = [one for one in report.checks if one.state == "bad"]
    look = [one for one in report.checks if one.state == "warning"]
    if report.checks:
        blocks += [subtitle("Could the numbers be an error of ours?"), _checks(report.checks)]
    return Section("quality", "Data quality", finding, blocks, warnings=len(look) + len(poor), errors=len(wrong))


def _strips(report: CompareReport, view: CompareView, poor: Sequence[str]) -> Figure:
    by_name = {one.name: one for one in report.recordings}
    lines = [line for line in view.timelines if line.recording in by_name and len(line.seconds)]
    shown = lines[:_MOST_STRIPS]
    minutes = max(float(line.seconds[-1]) for line in shown) >= 180.0
    strips = [_strip(line, by_name[line.recording], 60.0 if minutes else 1.0) for line in shown]
    worst = max(report.recordings, key=lambda one: lost(one) + outside(one))
    do = (
        f"Read {named(poor, 2)} with care; section 8 gives the means without it. Record again with more light, the "
        "face towards the camera."
        if poor
        else f"Nothing: even {cut(worst.name)} has lost only {percent(lost(worst) + outside(worst))} of its frames."
    )
    more = f" The first {_MOST_STRIPS} of {len(lines)} recordings." if len(lines) > _MOST_STRIPS else ""
    return Figure(
        "strips", "What was usable, second by second",
        state_strips("Recordings in time: " + "; ".join(f"{strip.label} lost {strip.numbers[0]}, outside "
                     f"{strip.numbers[1]}" for strip in strips), strips,
                     f"Time in the recording, {'minutes' if minutes else 'seconds'}", ("lost", "outside")),
        Caption(
            "Each recording as a strip. On the right the frames without a face (lost) and out of the models' range "
            f"(outside).{more}",
            f"One unbroken strip: less than {percent(WEAK_LOST, 0)} lost, amber only in short pieces.",
            "Gaps, tall red pieces, long amber stretches: then only what a face does while it looks ahead is measured.",
            words(do),
        ),
        legend(("block bar", "used"), ("block amber", "half height: used, but pose and expression mix"),
               ("block bad", "full height: outside the range"), ("block neutral", "low: left out"),
               ("gap", "gap: no face")),
    )  # fmt: skip


def _strip(line: Timeline, one: RecordingScores, unit: float) -> Strip:
    seconds, state = line.seconds / unit, line.state
    borders = np.flatnonzero(np.diff(state)) + 1
    starts, ends = np.concatenate([[0], borders]), np.concatenate([borders, [len(state)]])
    step = float(np.median(np.diff(seconds))) if len(seconds) > 1 else 1.0 / unit
    length = float(seconds[-1]) + step
    spells = [
        Spell(float(seconds[a]), float(seconds[b]) if b < len(seconds) else length, _KINDS.get(int(state[a]), "left"))
        for a, b in zip(starts.tolist(), ends.tolist(), strict=True)
    ]
    numbers = percent(lost(one)), percent(outside(one))
    return Strip(one.name, length, spells, seconds[line.changed].tolist(), numbers, weak(one))


def _quality_table(recordings: Sequence[RecordingScores]) -> Markup:
    columns = (
        Column("Recording"), Column("Frames", "", True), Column("In the scores", "", True),
        Column("Rate", "frames/s", True), Column("Lost", "%", True), Column("Outside", "%", True),
        Column("Amber", "%", True), Column("Face", "px", True), Column("Noise", "% canthi", True), Column("Tracker"),
        Column("Neutral"),
    )  # fmt: skip
    rows: list[list[Cell | str]] = []
    for one in recordings:
        quality = one.quality
        share, out = 100 * lost(one), 100 * outside(one)
        amber = 100 * quality.amber / max(quality.frames, 1)
        rows.append([
            one.name,
            Cell(f"{quality.frames:,}", quality.frames), Cell(f"{quality.compared:,}", quality.compared),
            Cell("" if quality.rate is None else f"{quality.rate:.3g}", quality.rate),
            Cell(decimal(share, 1), share, "warn" if lost(one) > WEAK_LOST else ""),
            Cell(decimal(out, 1), out, "warn" if outside(one) > WEAK_OUTSIDE else ""),
            Cell(decimal(amber, 1), amber),
            Cell("" if quality.face_px is None else decimal(quality.face_px, 0), quality.face_px),
            Cell("" if quality.repeatability is None else decimal(quality.repeatability, 2), quality.repeatability),
            one.tracker,
            Cell(one.neutral.kind, style="warn" if one.neutral.kind == "none" else ""),
        ])  # fmt: skip
    return table("The data", columns, rows)


def _checks(checks: Sequence[Check]) -> Markup:
    ordered = sorted(checks, key=lambda one: _ORDER[one.state])
    columns = (Column("Check"), Column("Found"), Column("Expected"), Column("Result"))
    rows = [
        (one.name, Cell(with_minus(one.found), style=_STATES[one.state][1].split()[0] if one.state != "ok" else ""),
         with_minus(one.expected), Cell(_STATES[one.state][0], style=_STATES[one.state][1]))
        for one in ordered
    ]  # fmt: skip
    return table("Checks", columns, rows)
