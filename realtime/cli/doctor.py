"""`meshmirror doctor`."""

from __future__ import annotations

import typer

from realtime.cli import options as opt
from realtime.cli.app import app

MARKS = {"ok": "[green]ok[/]", "note": "[yellow]note[/]", "bad": "[bold red]bad[/]"}


@app.command()
def doctor(as_json: opt.Json = False) -> None:
    """What is installed, what works, what is missing, and the command that mends it.

    Example: meshmirror doctor --json
    """
    from rich.markup import escape
    from rich.table import Table

    from realtime.cli.output import MUTED, print_json, stdout
    from realtime.doctor import examine

    findings = examine()
    if as_json:
        print_json({"ok": all(f.state != "bad" for f in findings), "findings": [f.to_json() for f in findings]})
    else:
        console = stdout()
        table = Table.grid(padding=(0, 2))
        table.add_column(no_wrap=True)
        table.add_column(no_wrap=True, style="bold")
        table.add_column(overflow="fold")
        group = ""
        for finding in findings:
            if finding.group != group:
                group = finding.group
                table.add_row("", "", "")
                table.add_row("", f"[{MUTED}]{group}[/]", "")
            table.add_row(MARKS[finding.state], escape(finding.name), escape(finding.found))
            if finding.mend:
                table.add_row("", "", f"[bold]{escape(finding.mend)}[/]")
        console.print(table)
    if any(f.state == "bad" for f in findings):
        raise typer.Exit(3)
