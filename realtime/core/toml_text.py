"""TOML texts of strangers: parsed in a time that grows with their length, quoted in errors by a line at most."""

from __future__ import annotations

import re
import tomllib
from typing import Any

_STRINGS = re.compile(r'"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'')
_MOST_DOTS = 50  # in a line; `tomllib` takes a time that grows with the square of a dotted key's parts
_SHOWN = 80  # characters


def parse_toml(text: str) -> dict[str, Any]:
    """The document. Raises ValueError for everything that is none, or is nested too deeply."""
    bare = _STRINGS.sub("", text)
    for number, line in enumerate(bare.splitlines(), 1):
        if line.partition("#")[0].count(".") > _MOST_DOTS:
            raise ValueError(f"a key of more than {_MOST_DOTS} parts (at line {number})")
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def shortened(text: str) -> str:
    """A name or value out of a foreign text, so that it does not fill the screen."""
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}... ({len(text)} characters)"


def shown_value(value: object) -> str:
    """A value as an error shows it: scalars as they are, others by their size."""
    if isinstance(value, (dict, list)):
        kind = "a section" if isinstance(value, dict) else "a list"
        return f"{kind} of {len(value)} entries" if value else f"an empty {kind.split()[1]}"
    return shortened(repr(value[: 2 * _SHOWN]) if isinstance(value, str) and len(value) > 2 * _SHOWN else repr(value))
