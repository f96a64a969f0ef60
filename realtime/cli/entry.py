"""One command line from its words to its exit code; what becomes of an error."""

from __future__ import annotations

import contextlib
import signal
from typing import Any, cast

import typer
from typer.rich_utils import rich_format_error

from realtime.cli import (  # noqa: F401  (each registers its command)
    atlas,
    bench,
    check,
    demo,
    doctor,
    export,
    live,
    models,
    models_fetch,
    models_show,
    recover,
    replay,
    whatif,
)
from realtime.cli.app import app
from realtime.cli.exit_codes import INTERRUPTED, Told
from realtime.cli.output import note, print_error, print_json
from realtime.core.errors import MeshmirrorError, SourceError, UsageError
from realtime.core.system_packages import mend, missing


def run(args: list[str]) -> int:
    """Run one command line; the exit code."""
    if not args or (args[0].startswith("-") and args[0] not in ("-h", "--help", "--version")):
        args = ["live", *args]
    _end_in_order()
    try:
        result = app(args, standalone_mode=False, prog_name="meshmirror")
    except MeshmirrorError as error:
        return _say(error, error.exit_code, args)
    except typer.TyperException as error:
        _answer(error.format_message(), UsageError.exit_code, args)
        with contextlib.suppress(OSError, ValueError):
            rich_format_error(cast(Any, error))
        return UsageError.exit_code
    except ImportError as error:  # a system library that a package needs, or half an installation
        needs = missing()
        way = f"Install what is missing: sudo {mend(needs)}." if needs else "`meshmirror doctor` tells what is missing."
        return _say(SourceError(f"{error}. {way}"), SourceError.exit_code, args)
    except OSError as error:  # what no part of the program has words of its own for: a folder that may not be read
        return _say(
            SourceError(f"{error.filename or 'system'}: {error.strerror or error}."), SourceError.exit_code, args
        )
    except (KeyboardInterrupt, typer.Abort):
        result = INTERRUPTED
    if result == INTERRUPTED and not isinstance(result, Told):  # typer makes an exit code of Ctrl-C
        _answer("interrupted", INTERRUPTED, args)
        note("interrupted")
    return result if isinstance(result, int) else 0


def _end_in_order() -> None:
    """TERM and HUP end a command like Ctrl-C, so that nothing half-written stays; the mirror has a way of its own."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) == signal.SIG_DFL:  # nohup has its reasons
            signal.signal(number, interrupt)


def _say(error: MeshmirrorError, code: int, args: list[str]) -> int:
    _answer(str(error), code, args)
    print_error(str(error))
    return code


def _answer(text: str, code: int, args: list[str]) -> None:
    """With --json an error is one object on stdout as well."""
    if "--json" in args:
        with contextlib.suppress(MeshmirrorError):  # stdout itself may be what cannot be written
            print_json({"error": text, "exit_code": code})
