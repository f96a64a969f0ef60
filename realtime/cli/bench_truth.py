"""What `meshmirror bench --only truth`, `--only repeatability` and `--tracker-offset` print."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from realtime.cli.output import ACCENT, MUTED

if TYPE_CHECKING:
    from realtime.app.bench.repeatability import RepeatabilitiesReport
    from realtime.app.bench.tracker_offset import IntervalReport, TrackerOffsetReport
    from realtime.app.bench.truth_report import TruthReport


def truth_table(report: TruthReport) -> list[RenderableType]:
    """A row for each measurement: its figures by clip, what they mean, and which values are good and bad."""
    head = f"Meshmirror {report.version}, {report.model}, tracker {report.tracker}"
    head += "" if report.other_tracker is None else f" (beside it {report.other_tracker})"
    lines = [Text(head, style=MUTED)]
    lines += [
        Text(
            f"{name}: {clip.frames} frames, emotions from {clip.emotion_source}, neutral of {clip.neutral_s:g} s with "
            f"{clip.neutral_motion:g} % motion",
            style=MUTED,
        )
        for name, clip in report.clips.items()
    ]
    table = Table(box=None, padding=(0, 1, 1, 1), pad_edge=False)
    for name, ratio in (("", 3), ("measured", 5), ("good, bad", 4)):
        table.add_column(name, header_style=MUTED, ratio=ratio)
    for name, row in report.rows.items():
        measured = [f"[{MUTED}]{escape(clip)}[/]\n{escape(text)}" for clip, text in row.texts.items()]
        measured += [
            f"[{MUTED}]{escape(clip)}[/]\n[yellow]absent: {escape(why)}[/]" for clip, why in row.absent.items()
        ]
        table.add_row(
            f"[bold {ACCENT}]{escape(name)}[/]\n[{MUTED}]{escape(row.meaning)}[/]",
            "\n".join(measured),
            f"[green]good[/] {escape(row.good)}\n[yellow]bad[/] {escape(row.bad)}",
        )
    excluded = [Text(f"not asked for: {', '.join(report.excluded)}", style=MUTED)] if report.excluded else []
    return [*lines, table, *excluded]


def offset_table(report: TrackerOffsetReport) -> list[RenderableType]:
    """A row for each tracker, each number with its interval over people."""
    head = f"Meshmirror {report.version}, mean mesh of {report.model}, {report.sources} sources; 95 % over people"
    table = Table(box=None, padding=(0, 2))
    for name in ("tracker", "people", "common offset, %", "by chance, %", "share of the squares", "slope of z"):
        table.add_column(name, justify="left" if name == "tracker" else "right", header_style=MUTED)
    for tracker, one in report.trackers.items():
        numbers = (_shown(one.distance), f"{one.by_chance:.2f}", _shown(one.share), _shown(one.z_slope))
        table.add_row(f"[bold]{escape(tracker)}[/]", str(one.people), *numbers)
    lines: list[RenderableType] = [Text(head, style=MUTED), table]
    lines += [
        Text(f"{pair.replace(' | ', ' and ')} on the same people: {value:.2f} % apart")
        for pair, value in report.apart.items()
    ]
    lines += [Text(f"{tracker}: {why}", style="yellow") for tracker, why in report.missing.items()]
    if report.stored is not None:
        lines.append(Text(f"stored in {report.stored}", style=MUTED))
    return [*lines, Text(report.note, style=MUTED)]


def repeatability_table(report: RepeatabilitiesReport) -> list[RenderableType]:
    """A row for each tracker."""
    head = f"Meshmirror {report.version}; each picture was {report.shifts}; % of the outer-canthal distance"
    table = Table(box=None, padding=(0, 2))
    for name in ("tracker", "people", "pictures", "repeatability", "best, worst person", "mirrored", "used"):
        table.add_column(name, justify="left" if name == "tracker" else "right", header_style=MUTED)
    for tracker, one in report.trackers.items():
        best, worst = one.spread_range
        used = "-" if one.used is None else f"{one.used:.2f}"
        numbers = (f"{one.spread:.2f}", f"{best:.2f}, {worst:.2f}", f"{one.mirrored:.2f}", used)
        table.add_row(f"[bold]{escape(tracker)}[/]", str(one.people), str(one.pictures), *numbers)
    missing = [Text(f"{tracker}: {why}", style="yellow") for tracker, why in report.missing.items()]
    return [Text(head, style=MUTED), table, *missing]


def _shown(one: IntervalReport) -> str:
    return f"{one.value:.2f} ({one.low:.2f} to {one.high:.2f})"
