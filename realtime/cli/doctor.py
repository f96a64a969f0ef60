"""`meshmirror doctor`."""

from __future__ import annotations

from itertools import groupby

import typer

from realtime.cli import options as opt
from realtime.cli.app import app

MARKS = {"ok": "[green]ok[/]", "note": "[yellow]note[/]", "bad": "[bold red]bad[/]"}


@app.command()
def doctor(as_json: opt.Json = False) -> None:
    """Check the installation: what works, what is missing, and the command that fixes it.

    Example: meshmirror doctor --json
    """
    from rich.markup import escape
    from rich.table import Table

    from realtime.app.doctor import examine
    from realtime.cli.output import MUTED, print_json, results

    report = examine()
    if as_json:
        print_json(report)
    else:
        with results() as console:
            for group, members in groupby(report.findings, key=lambda finding: finding.group):
                table = Table.grid(padding=(0, 2))
                table.add_column(no_wrap=True, width=5)
                table.add_column(width=22, style="bold", overflow="fold")
                table.add_column(overflow="fold")
                for finding in members:
                    table.add_row(MARKS[finding.state], escape(finding.name), escape(finding.found))
                    if finding.mend:
                        table.add_row("", "", f"[bold]{escape(finding.mend)}[/]")
                console.print(f"\n[{MUTED}]{group}[/]")
                console.print(table)
    if not report.ok:
        raise typer.Exit(3)
