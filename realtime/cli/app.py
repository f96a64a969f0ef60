"""The application that every command registers with."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from realtime.core.version import __version__

# Nothing leaves the machine unasked: the Hub's client would add usage headers to each request.
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")

app = typer.Typer(
    name="meshmirror",
    no_args_is_help=False,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Shows two faces: the one that MediaPipe observes, and the one that a linear model predicts "
    "from emotions and head pose alone. Without a command: [bold]live[/].",
    epilog="Exit codes: 0 done, 2 bad usage or settings, 3 source, camera, display or recording not available, "
    "4 a model or data file is invalid, 130 interrupted.",
)


def _version(shown: bool) -> None:
    if shown:
        typer.echo(f"meshmirror {__version__}")
        raise typer.Exit()


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    pass
