"""Reads the JSON of a session, which is untrusted: valid JSON that no program writes is refused before it is used."""

from __future__ import annotations

import json
import math
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

Model = TypeVar("Model", bound=BaseModel)
_MOST_DEPTH = 32  # of lists and objects within each other; settings have 3
_MOST_INT = (1 << 63) - 1


def parse_json(text: bytes | str) -> Any:
    """The values of a JSON text.

    Raises ValueError for what is no JSON, and for what no session has: NaN and infinities, integers beyond 64 bits,
    texts that are no Unicode (lone surrogates), lists that are nested too deeply.
    """
    try:
        tree = json.loads(text, parse_constant=_refuse)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    _check(tree)
    return tree


def parse_as(model: type[Model], tree: Any) -> Model:
    """The values as a model. Raises ValueError with the place and the reason of the first fault."""
    try:
        return model.model_validate(tree)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise ValueError(f"{where}: {first['msg'].lower()}") from error


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON")


def _check(tree: Any) -> None:
    """Raises ValueError."""
    level, depth = [tree], 0
    while level:
        below: list[Any] = []
        for value in level:
            if isinstance(value, dict):
                below += [*value, *value.values()]
            elif isinstance(value, list):
                below += value
            elif isinstance(value, str):
                _check_text(value)
            elif isinstance(value, float) and not math.isfinite(value):
                raise ValueError("a number is infinite")
            elif isinstance(value, int) and abs(value) > _MOST_INT:
                raise ValueError("an integer has more than 64 bits")
        level, depth = below, depth + 1
        if depth > _MOST_DEPTH:
            raise ValueError("nested too deeply")


def _check_text(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError(f"a text is no Unicode at position {error.start}") from None
