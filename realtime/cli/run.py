"""One command line from its words to its exit code; what becomes of an error."""

from __future__ import annotations

import json
import os
import sys
from typing import Any, cast

import typer
from typer.rich_utils import rich_format_error

from realtime.cli import bench, demo, doctor, live, models  # noqa: F401  (each registers its command)
from realtime.cli.app import INTERRUPTED, app
from realtime.errors import MeshmirrorError, UsageError


def run(args: list[str]) -> int:
    """Run one command line; the exit code."""
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
