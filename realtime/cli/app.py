"""The application that every command registers with."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Annotated, Any

import typer

from realtime.cli.help import HelpfulCommand, HelpfulGroup
from realtime.cli.streams import write_line
from realtime.core.version import __version__

# Nothing leaves the machine unasked: the Hub's client would add usage headers to each request.
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")


class App(typer.Typer):
    """An application, or a group of commands of one, with the program's own help."""

    def __init__(self, **options: Any) -> None:
        super().__init__(cls=HelpfulGroup, add_completion=False, pretty_exceptions_enable=False, **options)

    def command(self, name: str | None = None, **options: Any) -> Callable[[Any], Any]:
        """Register a command, by the name of its function or this one."""
        return super().command(name, cls=HelpfulCommand, **options)


app = App(
    name="meshmirror",
    no_args_is_help=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Shows two faces: the one that MediaPipe observes, and the one that a linear model predicts from emotions "
    "and head pose alone. Without a command: live; `meshmirror live --help` shows its options.",
    epilog="Exit codes: 0 done, 2 bad usage or settings, 3 source, camera, display, recording or cluster not "
    "available, 4 a model or data file is invalid, 130 interrupted.",
)


def _version(shown: bool) -> None:
    if shown:
        write_line(f"meshmirror {__version__}")
        raise typer.Exit()


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    pass
