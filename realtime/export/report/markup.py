"""HTML and SVG from values: every text is escaped unless it is markup already."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable
from typing import Any

from realtime.core.printable import printable, valid_tree

_TAG = re.compile(r"<[^>]*>")
_VOID = frozenset({"meta", "link", "br", "img", "line", "circle", "rect", "path", "polyline", "polygon", "use"})
_SELF_CLOSING = frozenset({"line", "circle", "rect", "path", "polyline", "polygon", "use"})  # elements of SVG


class Markup(str):
    """HTML or SVG that may go into a page as it is."""

    __slots__ = ()


Child = str | None | Iterable["Child"]


def escaped(text: str) -> Markup:
    """A text as markup: markup stays, any other has its signs escaped and its control characters replaced."""
    return text if isinstance(text, Markup) else Markup(html.escape(printable(text), quote=True))


def joined(*children: Child) -> Markup:
    """Texts and markup one after the other."""
    return Markup("".join(_flat(children)))


def _flat(children: Iterable[Child]) -> Iterable[str]:
    for child in children:
        if isinstance(child, str):
            yield escaped(child)
        elif child is not None:
            yield from _flat(child)


def tag(name: str, /, *children: Child, **attributes: str | float | bool | None) -> Markup:
    """An element. Of an attribute's name "_" becomes "-", and a last one is left out: `class_`, `data_label`.

    An attribute that is None or False is left out; True stands without a value.
    """
    given = []
    for key, value in attributes.items():
        if value is None or value is False:
            continue
        spelled = key.rstrip("_").replace("_", "-")
        text = "" if value is True else f'="{escaped(number(value) if isinstance(value, float) else str(value))}"'
        given.append(f" {spelled}{text}")
    head = f"<{name}{''.join(given)}"
    if name in _VOID:
        return Markup(head + ("/>" if name in _SELF_CLOSING else ">"))
    return Markup(f"{head}>{joined(*children)}</{name}>")


def number(value: float) -> str:
    """A coordinate: two decimals at most."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def inline_json(value: Any) -> Markup:
    """JSON that may stand in a script element: no text in it can end the element or begin a comment."""
    text = json.dumps(valid_tree(value), allow_nan=False, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))


def plain_text(markup: Markup) -> str:
    """The text of some markup, for a terminal: without its tags."""
    return html.unescape(_TAG.sub("", markup))
