"""The lines of the help overlay: all commands, and the mouse gestures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from realtime.core.commands import SECTIONS, Command, Show
from realtime.view.paint.help_overlay import Line

_MOUSE: tuple[Line, ...] = (
    (("drag", "wheel"), "orbit and zoom all faces"),
    (("double click",), "reset orbit and zoom"),
    (("rest on a word",), "what it means"),
    (("click a vertex",), "pin / unpin it"),
    (("drag", "wheel"), "on a plot: pan and zoom the time axis"),
    (("click a title",), "choose another view or plot"),
    (("drag a title",), "swap two tiles or plots"),
    (("double click a title",), "show only that view; again: restore"),
)


def _lines(commands: Sequence[Command]) -> Iterator[Line]:
    """One line per command; the eight that show a single view share one."""
    alone = [command for command in commands if isinstance(command.request, Show) and command.request.alone]
    for command in commands:
        if command not in alone:
            yield tuple(key.replace("Escape", "Esc") for key in command.keys), command.description
    if alone:
        first, last = (command.keys[0] for command in (alone[0], alone[-1]))
        yield (f"{first} … {last.removeprefix('Shift+')}",), "show only that view; again: restore"


HELP: dict[str, tuple[Line, ...]] = {
    **{name: tuple(_lines(commands)) for name, commands in SECTIONS.items()},
    "Mouse": _MOUSE,
}
