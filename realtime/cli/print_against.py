"""The report of two replays side by side in the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from realtime.cli.output import MUTED, results
from realtime.core.wording import BASELINE_NAMES, signed

if TYPE_CHECKING:
    from rich.console import Console

    from realtime.core.against_report import AgainstReport, PairedLine
    from realtime.core.run_report import ReplayReport


def print_against(report: AgainstReport) -> None:
    """The two runs in a line each, and their difference on the frames that both have."""
    from rich.console import Group

    paired = report.paired
    aligned = "their first frames" if paired.aligned_on == "start" else f"the mark '{paired.aligned_on}'"
    parts: list[RenderableType] = [_sides(report.a, report.b), ""]
    parts.append(Text(f"{paired.n} of {paired.pairs} pairs of frames count; aligned on {aligned}"))
    if paired.n < paired.pairs:
        why = "The others are out of range, or were not computed: a window computes the frames that it shows."
        parts.append(Text(why, style=MUTED))
    if paired.raw is not None:
        parts += ["", _differences(paired.raw, paired.adjusted)]
    else:
        parts.append(Text("There is no pair in which both frames are in range.", style="yellow"))
    parts += ["", Text(paired.note, style=MUTED)]
    parts += [Text(warning, style="yellow") for warning in report.warnings]
    for path in report.a.outputs:
        parts.append(Text.from_markup(f"written  [bold]{escape(path)}[/]"))
    with results() as console:
        console.print(
            Panel(Group(*parts), title="[bold]Meshmirror[/]  A against B", title_align="left", border_style=MUTED,
                  padding=(1, 2), width=_width(console))
        )  # fmt: skip


def _width(console: Console) -> int:
    return min(console.width, 92)


def _sides(a: ReplayReport, b: ReplayReport) -> Table:
    table = Table(box=None, padding=(0, 1), pad_edge=False)
    for head in ("", "session", "model", "features", "frames", "in range", "tracker"):
        table.add_column(head, header_style=MUTED, overflow="fold")
    for name, side in (("A", a), ("B", b)):
        table.add_row(
            f"[bold]{name}[/]", escape(side.source), escape(side.model), side.emotion_source or "-", str(side.frames),
            str(side.valid), side.tracker,
        )  # fmt: skip
    return table


def _differences(raw: PairedLine, adjusted: PairedLine | None) -> Table:
    """A row for each number, as it is of A, of B, and A minus B."""
    table = Table(box=None, padding=(0, 2), pad_edge=False)
    table.add_column("", style=MUTED)
    for head in ("A", "B", "A − B"):
        table.add_column(head, justify="right", header_style=MUTED)
    for kind, line in (("raw", raw), ("identity-adjusted", adjusted)):
        if line is None:
            continue
        name = f"distance, {kind}, % of the outer-canthal distance"
        table.add_row(name, f"{line.nme_a:.2f}", f"{line.nme_b:.2f}", signed(line.nme_difference, 2))
        if line.skill_a is not None and line.skill_b is not None and line.skill_difference is not None:
            bases = dict.fromkeys(BASELINE_NAMES.get(one, one) for one in (line.baseline_a, line.baseline_b))
            name = f"skill, {kind}, against each one's {' / '.join(bases)}"
            table.add_row(name, f"{line.skill_a:.2f}", f"{line.skill_b:.2f}", signed(line.skill_difference, 2))
    return table
