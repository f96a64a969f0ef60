"""`meshmirror recover`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from realtime.cli import options as opt
from realtime.cli.app import app

if TYPE_CHECKING:
    from realtime.session.recovery_report import RecoveryReport


@app.command()
def recover(
    sessions: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Folders of sessions; default: all unfinished recordings of this user.",
            metavar="SESSION",
        ),
    ] = None,
    as_json: opt.Json = False,
) -> None:
    """Complete interrupted recordings: their files end at the same frame, and what is missing is listed.

    Example: meshmirror recover anna-1
    """
    from realtime.cli.output import print_error, print_json, set_up_logging
    from realtime.core.addresses import text_without_secrets, without_secrets
    from realtime.core.errors import MeshmirrorError
    from realtime.session.recover import recover as complete
    from realtime.session.recovery_report import RecoveredSession, RecoveryFailure, RecoveryReport
    from realtime.session.unfinished import unfinished

    set_up_logging()
    done, failures = [], []
    for folder in sessions or unfinished():
        try:
            done.append(RecoveredSession.of(complete(folder)))
        except MeshmirrorError as error:
            shown, text = without_secrets(str(folder)), text_without_secrets(str(error), str(folder))
            failures.append(RecoveryFailure(path=shown, error=text, exit_code=error.exit_code))
            print_error(text)
    report = RecoveryReport(sessions=tuple(done), failures=tuple(failures))
    print_json(report) if as_json else _print(report)
    if failures:
        raise typer.Exit(max(failure.exit_code for failure in failures))


def _print(report: RecoveryReport) -> None:
    from rich.markup import escape

    from realtime.cli.output import MUTED, results

    with results() as console:
        if not report.sessions and not report.failures:
            console.print("There is nothing to complete: all recordings were finished.")
        for session in report.sessions:
            state = "completed" if session.changed else "already complete"
            console.print(f"[bold]{escape(session.path)}[/]  {state}", soft_wrap=True)
            for part in session.parts:
                counts = ", ".join(f"{counts.recorded} {name}" for name, counts in part.streams.items())
                console.print(f"  [{MUTED}]part {part.part}[/]  {part.seconds:.3f} s  {counts}", highlight=False)
            for note in session.notes:
                console.print(f"  [{MUTED}]·[/] {escape(note)}", highlight=False, soft_wrap=True)
