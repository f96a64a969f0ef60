"""What `meshmirror bench --only truth` prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from realtime.cli.output import ACCENT, MUTED

if TYPE_CHECKING:
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
