"""The commands, and what becomes of an error."""

from __future__ import annotations

import json
import os
import sys
from typing import Annotated, Any, cast

import typer
from typer.rich_utils import rich_format_error

from realtime import __version__
from realtime.errors import MeshmirrorError, UsageError

INTERRUPTED = 130
COMMANDS = ("live", "demo", "models", "doctor", "bench")

# Nothing leaves the machine unasked: the Hub's client would add usage headers to each request.
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")

app = typer.Typer(
    name="meshmirror",
    no_args_is_help=False,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    help="A mirror that shows two faces: yours as MediaPipe sees it, and the one a linear model believes you have, "
    "given only your emotions and head pose. Without a command: [bold]live[/].",
    epilog="Exit codes: 0 done, 2 bad usage or settings, 3 source, camera or display not available, "
    "4 a model or data file is not acceptable, 130 interrupted.",
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


def run(args: list[str]) -> int:
    """Run one command line; the exit code."""
    from realtime.cli import bench, demo, doctor, live, models  # noqa: F401  (each registers its command)

    if not args or (args[0].startswith("-") and args[0] not in ("-h", "--help", "--version")):
        args = ["live", *args]
    try:
        result = app(args, standalone_mode=False, prog_name="meshmirror")
    except MeshmirrorError as error:
        return _say(error, error.exit_code, args)
    except typer.TyperException as error:
        if "--json" in args:
            print(json.dumps({"error": error.format_message(), "exit_code": UsageError.exit_code}))
        rich_format_error(cast(Any, error))
        return UsageError.exit_code
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has gone (`| head`); Python would complain once more while closing stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return result if isinstance(result, int) else 0


def _say(error: MeshmirrorError, code: int, args: list[str]) -> int:
    from realtime.cli.output import stderr

    if "--json" in args:
        print(json.dumps({"error": str(error), "exit_code": code}))
    stderr().print(f"[bold red]error[/] {_escaped(str(error))}", highlight=False, soft_wrap=True)
    return code


def _escaped(text: str) -> str:
    from rich.markup import escape

    return escape(text)
