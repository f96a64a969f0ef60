"""`meshmirror recover`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from realtime.cli import options as opt
from realtime.cli.app import app

if TYPE_CHECKING:
    from realtime.session.recover import Recovered


@app.command()
def recover(
    sessions: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Folders of sessions; without: all recordings of this user that were not finished.",
            metavar="SESSION",
        ),
    ] = None,
    as_json: opt.Json = False,
) -> None:
    """Complete recordings that were cut off: ordinary files that end at one frame, and what is missing in words.

    Example: meshmirror recover anna-1
    """
    from realtime.cli.output import print_error, print_json, set_up_logging
    from realtime.core.errors import MeshmirrorError
    from realtime.session.recover import recover as complete
    from realtime.session.unfinished import unfinished

    set_up_logging()
    done: list[Recovered] = []
    failures: list[dict[str, Any]] = []
    for folder in sessions or unfinished():
        try:
            done.append(complete(folder))
        except MeshmirrorError as error:
            failures.append({"path": str(folder), "error": str(error), "exit_code": error.exit_code})
            print_error(str(error))
    if as_json:
        print_json({"sessions": [_to_json(found) for found in done], "failures": failures})
    else:
        _print(done, failures)
    if failures:
        raise typer.Exit(max(failure["exit_code"] for failure in failures))


def _to_json(found: Recovered) -> dict[str, Any]:
    return {
        "path": str(found.folder),
        "changed": found.changed,
        "state": found.info.state,
        "parts": [
            {
                "part": part.info.part,
                "seconds": _seconds(part),
                "streams": {name: counts.model_dump(exclude_none=True) for name, counts in part.streams.items()},
            }
            for part in found.info.parts
        ],
        "notes": list(found.notes),
    }


def _seconds(part: Any) -> float:
    return 0.0 if part.end_ns is None else round((part.end_ns - part.info.start_ns) / 1e9, 3)


def _print(done: list[Recovered], failures: list[dict[str, Any]]) -> None:
    from rich.markup import escape

    from realtime.cli.output import MUTED, results

    with results() as console:
        if not done and not failures:
            console.print("There is nothing to complete: no recording was cut off.")
        for found in done:
            what = "completed" if found.changed else "complete already"
            console.print(f"[bold]{escape(str(found.folder))}[/]  {what}", soft_wrap=True)
            for part in found.info.parts:
                counts = ", ".join(f"{counts.recorded} {name}" for name, counts in part.streams.items())
                console.print(f"  [{MUTED}]part {part.info.part}[/]  {_seconds(part):.3f} s  {counts}", highlight=False)
            for note in found.notes:
                console.print(f"  [{MUTED}]·[/] {escape(note)}", highlight=False, soft_wrap=True)
