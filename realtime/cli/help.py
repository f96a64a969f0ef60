"""The help of every command: complete at any width, since no text of it is ever cut."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from enum import Enum
from typing import Any

from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

AnyCommand = TyperCommand | TyperGroup
Rows = list[tuple[str, str]]

MOST_COLUMNS = 110  # a longer line is hard to read
_MOST_NAME = 30  # columns; the help of a longer name begins on the next line
_LEAST_HELP = 30  # columns beside the names; with less, every help begins on the next line


class HelpfulCommand(TyperCommand):
    """A command with this help."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Print the help on stdout."""
        _print_help(self, ctx)


class HelpfulGroup(TyperGroup):
    """A group of commands with this help."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Print the help on stdout."""
        _print_help(self, ctx)


def usage(command: AnyCommand, ctx: Any) -> str:
    """How it is called, with all that is required: "meshmirror export SESSION --to FORMAT [OPTIONS]"."""
    parts = [ctx.command_path]
    for param in command.get_params(ctx):
        if isinstance(param, TyperArgument):
            more = "" if param.nargs == 1 else "..."
            parts.append(f"{_metavar(param)}{more}" if param.required else f"[{_metavar(param)}{more}]")
        elif param.required:
            parts.append(f"{param.opts[0]} {_metavar(param)}")
    if isinstance(command, TyperGroup):
        parts.append("COMMAND" if ctx.parent is not None else "[COMMAND]")
    return " ".join([*parts, "[OPTIONS]"])


def _print_help(command: AnyCommand, ctx: Any) -> None:
    from rich.text import Text

    from realtime.cli.output import results

    with results() as console:
        width = max(20, min(console.width, MOST_COLUMNS))
        console.print(Text.assemble(("Usage: ", "dim"), (usage(command, ctx), "bold")), width=width)
        for paragraph in _paragraphs(command.help or ""):
            example = paragraph.startswith("Example: ")  # on one line, so that it can be copied
            console.print()
            console.print(Text(paragraph), width=None if example else width, soft_wrap=example)
        for title, rows in _groups(command, ctx):
            console.print()
            console.print(Text(title, style="bold"))
            names = max(len(name) for name, _ in rows if len(name) <= _MOST_NAME)
            for name, text in rows:
                console.print(*_row(name, text, names, width), sep="\n", soft_wrap=True, highlight=False)
        if command.epilog:
            console.print()
            console.print(Text(command.epilog), width=width)


def _row(name: str, text: str, names: int, width: int) -> Iterator[Any]:
    """A name and its help: beside it, or below it where it is long or the terminal narrow."""
    import textwrap

    from rich.text import Text

    beside = width - names - 4 >= _LEAST_HELP
    indent = names + 4 if beside else 8
    lines = textwrap.wrap(text, width - indent, break_on_hyphens=False)
    if beside and len(name) <= names and lines:
        yield Text.assemble((f"  {name:<{names}}", "cyan"), f"  {lines.pop(0)}")
    else:
        yield Text(f"  {name}", style="cyan")
    yield from (Text(" " * indent + line) for line in lines)


def _groups(command: AnyCommand, ctx: Any) -> Iterator[tuple[str, Rows]]:
    """Commands, arguments and options with their helps, as far as there are any."""
    params = [param for param in command.get_params(ctx) if not getattr(param, "hidden", False)]
    options = [param for param in params if isinstance(param, TyperOption)]
    groups = {
        "Commands": [
            (name, next(_paragraphs(inner.help or "")))
            for name, inner in sorted(command.commands.items() if isinstance(command, TyperGroup) else ())
        ],
        "Arguments": [(_metavar(param), _help(param)) for param in params if isinstance(param, TyperArgument)],
        "Options": [(_name(option), _help(option)) for option in options],
    }
    yield from ((title, rows) for title, rows in groups.items() if rows)


def _name(option: TyperOption) -> str:
    """ "-s, --source FILE", "--report/--no-report".

    Names without a short form are indented, so that the long ones are below each other.
    """
    short, long = ([name for name in option.opts if name.startswith("--") is is_long] for is_long in (False, True))
    long = ["/".join([*long, *option.secondary_opts])] if option.secondary_opts else long
    names = f"{', '.join(short) + ',' if short else '':<3} {', '.join(long)}"
    return names if option.is_flag else f"{names} {_metavar(option)}"


def _metavar(param: Any) -> str:
    return param.metavar or (param.name or "").upper()


def _help(param: TyperArgument | TyperOption) -> str:
    """Its help, its range, and its default."""
    parts = [" ".join((param.help or "").split())]
    low, high = getattr(param, "min", None), getattr(param, "max", None)
    if low is not None and high is not None:
        parts.append(f"From {low} to {high}.")
    elif low is not None:
        parts.append(f"At least {low}.")
    default = param.default.value if isinstance(param.default, Enum) else param.default
    if param.required and isinstance(param, TyperOption):
        parts.append("Required.")
    elif isinstance(param, TyperOption) and param.secondary_opts:
        parts.append(f"Default: {'on' if default else 'off'}.")
    elif param.show_default and default is not None and not isinstance(default, bool):
        parts.append(f"Default: {default}.")
    return " ".join(filter(None, parts))


def _paragraphs(text: str) -> Iterator[str]:
    for paragraph in inspect.cleandoc(text).split("\n\n"):
        yield " ".join(paragraph.split())
