"""Run one command line: from its arguments to its exit code, errors included."""

from __future__ import annotations

import contextlib
import os
from importlib import import_module

import typer

from realtime.cli.app import app
from realtime.cli.exit_codes import INTERRUPTED, ReportedCode
from realtime.core.blas_threads import use_one_blas_thread
from realtime.core.errors import MeshmirrorError, RecordError, SourceError, UsageError
from realtime.core.interrupts import interrupt_on_signals

# The modules that register each command, in the order in which the help lists them.
COMMANDS = {
    "atlas": ("atlas",),
    "bench": ("bench",),
    "compare": ("compare",),
    "demo": ("demo",),
    "doctor": ("doctor",),
    "evaluate": ("evaluate",),
    "export": ("export",),
    "extract": ("extract",),
    "fit": ("fit",),
    "live": ("live",),
    "models": ("models", "check", "models_fetch", "models_show"),
    "neutrals": ("neutrals",),
    "recover": ("recover",),
    "replay": ("replay",),
    "whatif": ("whatif",),
}


# What predicts frame by frame, in step with a picture, and what measures that.
LIVE = ("live", "demo", "replay", "whatif", "compare", "bench")


def run(args: list[str]) -> int:
    """Run one command line; the exit code."""
    if not args or (args[0].startswith("-") and args[0] not in ("-h", "--help", "--version")):
        args = ["live", *args]
    args = _asked_for_help(args)
    signals = interrupt_on_signals()  # the mirror handles them itself
    _keep_files_readable()
    try:
        _register(args[0])
        result = app(args, standalone_mode=False, prog_name="meshmirror", obj=tuple(args))
    except MeshmirrorError as error:
        if isinstance(error, RecordError) and _folder_is_gone():
            error = RecordError(_GONE)
        return _report_error(error, error.exit_code, args)
    except typer.TyperException as error:
        return _report_usage(error, args)
    except ImportError as error:  # a system library that a package needs, or half an installation
        if not signals:
            from realtime.core.missing_package import explain_missing
            from realtime.core.system_packages import explain

            why = explain_missing(error) or explain(error)
            return _report_error(SourceError(why), SourceError.exit_code, args)
        result = INTERRUPTED  # some packages make an ImportError of an interrupt during their import
    except OSError as error:  # anything that no other error covers, such as a folder without read permission
        return _report_error(SourceError(_system_error(error)), SourceError.exit_code, args)
    except (KeyboardInterrupt, typer.Abort):
        result = INTERRUPTED
    if result == INTERRUPTED and not isinstance(result, ReportedCode):  # typer makes an exit code of Ctrl-C
        from realtime.cli.output import print_note

        _print_json_error("interrupted", INTERRUPTED, args)
        print_note("interrupted")
    return result if isinstance(result, int) else 0


def _keep_files_readable() -> None:
    """What this process creates is readable and writable for its owner, whatever the user's mask."""
    mask = os.umask(0o077)
    os.umask(mask & ~0o700)


def _asked_for_help(args: list[str]) -> list[str]:
    """The arguments; where --help is among them, even as the value of an option, the command and that alone."""
    if not {"-h", "--help"} & set(args[: args.index("--") if "--" in args else None]):
        return args
    commands = args[: 2 if args[0] == "models" else 1]
    return [*(name for name in commands if not name.startswith("-")), "--help"]


def _report_usage(error: typer.TyperException, args: list[str]) -> int:
    """What the parser refuses. Its message may quote the command line."""
    text = error.format_message()
    ctx = getattr(error, "ctx", None)
    if type(error).__name__ == "NoArgsIsHelpError":  # the help has been printed
        text = "a command is missing"
    elif ctx is not None:
        text = f"{text.rstrip('.')}. `{ctx.command_path} --help` shows how it is used."
    return _report_error(UsageError(text), UsageError.exit_code, args)


_GONE = "The working directory no longer exists. Change to another one (cd) and start again."


def _folder_is_gone() -> bool:
    """Whether the working directory was deleted."""
    try:
        os.getcwd()  # noqa: PTH109
    except OSError:
        return True
    return False


def _system_error(error: OSError) -> str:
    return _GONE if _folder_is_gone() else f"{error.filename or 'system'}: {error.strerror or error}."


def _register(command: str) -> None:
    """Import the modules of this command; those of all commands for the help and for an unknown name."""
    if command == "--version":
        return
    if command in LIVE:
        use_one_blas_thread()  # before anything imports numpy
    modules = COMMANDS.get(command) or [module for names in COMMANDS.values() for module in names]
    for module in modules:
        import_module(f"realtime.cli.{module}")


def _report_error(error: MeshmirrorError, code: int, args: list[str]) -> int:
    from realtime.cli.output import print_error
    from realtime.core.addresses import text_without_secrets

    text = text_without_secrets(str(error), *args)  # whatever it quotes of the command line
    _print_json_error(text, code, args)
    print_error(text)
    return code


def _print_json_error(text: str, code: int, args: list[str]) -> None:
    """With --json an error is one object on stdout as well."""
    if "--json" in args:
        from realtime.cli.output import print_json

        with contextlib.suppress(MeshmirrorError):  # stdout itself may be what cannot be written
            print_json({"error": text, "exit_code": code})
