"""The lines of the help: every command of the table, and what the mouse does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from realtime.core.commands import SECTIONS, Command, Show
from realtime.view.paint.help_overlay import Line

_MOUSE: tuple[Line, ...] = (
    (("drag", "wheel"), "turn and enlarge all faces"),
    (("double click",), "the view from the front"),
    (("click a vertex",), "pin it, or let it go"),
    (("drag", "wheel"), "on a plot: move and zoom the time"),
    (("click a title",), "what else can stand there"),
    (("drag a title",), "swap two tiles or cards"),
    (("double click a title",), "that view alone, and back"),
)


def _lines(commands: Sequence[Command]) -> Iterator[Line]:
    """A line for each command; the eight that show a view alone are told in one."""
    alone = [command for command in commands if isinstance(command.request, Show) and command.request.alone]
    for command in commands:
        if command not in alone:
            yield tuple(key.replace("Escape", "Esc") for key in command.keys), command.description
    if alone:
        first, last = (command.keys[0] for command in (alone[0], alone[-1]))
        yield (f"{first} … {last.removeprefix('Shift+')}",), "that view alone, and back"


HELP: dict[str, tuple[Line, ...]] = {
    **{name: tuple(_lines(commands)) for name, commands in SECTIONS.items()},
    "Mouse": _MOUSE,
}
