"""Values that a stranger's file may hold and no program of ours writes."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable
from typing import Any

TEXTS = (
    "", " ", "a" * 5000, "\x1b[2J\x1b]0;title\x07", "a\nb", "a\rb", "\x9b31m", "\u202egnp.exe", "\ufeff", "\ud800",
    "é", "e\u0301", "\U0001f600" * 20, "nul", "../../etc", "/", "%s%n", "{0}", "[bold]x[/]", "[/]", "'", '"', "\\",
    "\0", "None", "nan", "true", "1e999", "0", "-1", "http://a:b@127.0.0.1:9/", ",", ";", "=1+1", "\t",
    "happiness", "AU12",
)  # fmt: skip
INTEGERS = (
    0, 1, -1, 2, 3, 255, 65536, 10**6, 2**31 - 1, 2**31, -(2**31), 2**53 + 1, 10**18, 2**62, 2**63 - 1, -(2**63),
    2**63, 2**64, 10**30, 10**400,
)  # fmt: skip
FLOATS = (
    0.0, -0.0, 0.5, -1.0, 1e-300, 5e-324, 1e300, -1e300, 1e18, 1e39, float("nan"), float("inf"), -float("inf"), 1 / 3,
)  # fmt: skip
# What json.dumps cannot write is put into the text afterwards.
RAW = {
    "@deep@": "[" * 900 + "]" * 900,
    "@deeper@": "[" * 100_000 + "]" * 100_000,
    "@digits@": "9" * 5000,
    "@huge@": "1e999",
    "@surrogate@": '"\\ud800"',
    "@nul@": '"\\u0000"',
    "@minus@": "-",
    "@wide@": "[" + "0," * 100_000 + "0]",
    "@twice@": '{"a": 1, "a": [2]}',
}


def odd_json(rng: random.Random) -> Any:
    """A value for a place in a JSON document."""
    kind = rng.randrange(8)
    if kind == 0:
        return rng.choice(TEXTS)
    if kind == 1:
        return rng.choice(INTEGERS[:-1])
    if kind == 2:
        return rng.choice(FLOATS)
    if kind == 3:
        return rng.choice((None, True, False, [], {}, [[]], [None], {"": None}))
    if kind == 4:
        return [rng.choice(TEXTS) for _ in range(rng.choice((1, 3, 40)))]
    if kind == 5:
        return {rng.choice(TEXTS): rng.choice(FLOATS) for _ in range(rng.choice((1, 3)))}
    return rng.choice(list(RAW))


def json_text(tree: Any) -> str:
    """The document as text, with the raw pieces in their places."""
    text = json.dumps(tree)
    for name, raw in RAW.items():
        text = text.replace(f'"{name}"', raw)
    return text


def places(tree: Any) -> list[tuple[Any, Any]]:
    """Every (container, key) of a document."""
    found, left = [], [tree]
    while left:
        here = left.pop()
        keys = list(here) if isinstance(here, dict) else range(len(here)) if isinstance(here, list) else []
        for key in keys:
            found.append((here, key))
            left.append(here[key])
    return found


def change_json(rng: random.Random, tree: Any) -> Any:
    """The document with one value replaced, removed, moved or added."""
    found = places(tree)
    if not found or rng.random() < 0.02:
        return odd_json(rng)
    container, key = rng.choice(found)
    kind = rng.randrange(10)
    if kind == 0:
        del container[key]
    elif kind == 1 and isinstance(container, dict):
        container[rng.choice(TEXTS)] = odd_json(rng)
    elif kind == 2:
        other, there = rng.choice(found)
        container[key] = (
            copy.deepcopy(other[there]) if there in other or (isinstance(other, list) and there < len(other)) else None
        )
    elif kind == 3 and isinstance(container[key], list):
        container[key] = container[key] * rng.choice((2, 50))
    else:
        container[key] = odd_json(rng)
    return tree


def change_bytes(rng: random.Random, content: bytes) -> bytes:
    """Flipped, cut, repeated, inserted and overwritten bytes; half of them near the beginning or the end."""
    data = bytearray(content)
    for _ in range(rng.choice((1, 1, 2, 8))):
        size = len(data)
        at = rng.choice((rng.randrange(size + 1), min(size, rng.randrange(64)), max(0, size - rng.randrange(1, 65))))
        some = rng.choice((rng.randbytes(rng.choice((1, 2, 4, 30))), bytes(8), b"\xff" * 8, bytes(data[at : at + 500])))
        kind = rng.randrange(7)
        if kind == 0:
            data[at:at] = some
        elif kind == 1:
            del data[at : at + rng.choice((1, 4, 100, 10_000))]
        elif kind == 2:
            del data[at:]
        elif kind == 3:
            data += some
        elif kind == 4:
            data[at : at + len(some)] = some
        elif at < size:
            data[at] ^= 1 << rng.randrange(8)
    return bytes(data)


def once_or_often(rng: random.Random, count: int, change: Callable[[int], None]) -> None:
    """Call for one place, for some, or for all."""
    kind = rng.randrange(3)
    for at in range(count):
        if kind == 0 or (kind == 1 and rng.random() < 0.4):
            change(at)
    if kind == 2 and count:
        change(rng.randrange(count))
