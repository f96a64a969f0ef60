"""Settings and what-if inputs in TOML, as people write and damage them."""

from __future__ import annotations

import json
import random
from typing import Any

from odd_values import FLOATS, INTEGERS, TEXTS, change_bytes
from trial import INPUTS, CommandLine, Trial

from realtime.core.config import Config

# Long by design: a wait for a camera, a stall, pictures of 7680 pixels, an endless loop.
LONG = {"source.wait", "source.loop", "source.stall_s", "view.width", "view.height", "source.path"}
PIECES = (
    "[[source]]\n", "[source]\n[source]\n", "source = 1\n", "[view.style]\nx = 1\n", "a.b.c.d = 1\n", "= 1\n",
    "x = \n",
    "x = [[[[1]]]]\n", "x = " + "[" * 2000 + "]" * 2000 + "\n", "x = " + "9" * 5000 + "\n",
    "x = 1979-05-27T07:32:00Z\n",
    'x = """\n', "\x1b[2J = 1\n", '"\\u001b[2J" = 1\n', '"" = 1\n', "x = 1\nx = 2\n", "# \x00\n", "x = 0x_1\n",
    "x = {a = 1, b = {c = 2}}\n", "[" + "a." * 500 + "a]\n", "[model]\nnames = []\n", "[model]\nnames = [1, 2]\n",
    "[detect]\nemotion = 'pyfeat'\n", "[source]\npath = 5\n", "[features]\nhappiness = 1\n", "[pose_deg]\nyaw = 1e9\n",
)  # fmt: skip


def make(trial: Trial) -> list[CommandLine]:
    """A settings file with something odd, or an input of what-if; and the commands that read it."""
    rng = trial.rng
    lines: list[str] = []
    whatif = rng.random() < 0.3
    trial.change(lines, WHATIF if whatif else SETTINGS, rng.choice((1, 2, 3, 6)))
    content = "".join(lines).encode(
        rng.choice(("utf-8", "utf-8", "utf-8", "utf-8-sig", "utf-16", "latin-1")), "replace"
    )
    if rng.random() < 0.1:
        content = change_bytes(rng, content)
    name = rng.choice(("c.toml", "c.toml", "c", "ü.toml", "c\x1b.toml"))
    (trial.inputs / name).write_bytes(content)
    path, picture = f"{INPUTS}/{name}", str(trial.material / "face.png")
    if whatif:
        return [["whatif", "--set-from", path, "--headless", *rng.choice(([], ["--json"], ["--model", "au@v4"]))]]
    line = ["--config", path, "--source", picture, "--headless", "--frames", "1"]
    line += rng.choice(([], ["--json"], ["--record", "rec"]))
    return [line]


def setting(rng: random.Random) -> tuple[str, str]:
    """A key of the settings, and a value in TOML: often one that is right, or nearly."""
    keys = [
        f"{section}.{key}" for section, model in _sections().items() for key in model if f"{section}.{key}" not in LONG
    ]
    key = rng.choice(keys)
    section, name = key.split(".")
    if rng.random() < 0.5:
        value = _sections()[section][name]
        return key, toml(rng.choice((value, [value], str(value), value)))
    if rng.random() < 0.1:
        key = key[:-1]
    return key, toml(rng.choice((rng.choice(TEXTS), rng.choice(INTEGERS[:-1]), rng.choice(FLOATS), True, [], [1, "a"])))


def toml(value: Any) -> str:
    """A value as TOML has it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(toml, value)) + "]"
    if value is None or isinstance(value, (int, float)):
        return "''" if value is None else repr(value)
    return json.dumps(str(value))


def _sections() -> dict[str, dict[str, Any]]:
    return Config().model_dump(mode="json")


def _key(rng: random.Random, lines: list[str]) -> None:
    key, value = setting(rng)
    lines.append(
        f"{key} = {value}\n" if not any(line.startswith("[") for line in lines) else f"{key.split('.')[1]} = {value}\n"
    )


def _piece(rng: random.Random, lines: list[str]) -> None:
    lines.append(rng.choice(PIECES))


def _many(rng: random.Random, lines: list[str]) -> None:
    """Hundreds of unknown keys."""
    lines.extend(f"source.unknown{number} = {number}\n" for number in range(rng.choice((20, 500))))


def _input(rng: random.Random, lines: list[str]) -> None:
    """A feature or an angle of a what-if input."""
    name = rng.choice(("happiness", "Happy", "AU12", "anger", "yaw", "Pitch", "roll", "x", rng.choice(TEXTS)))
    value = toml(rng.choice((0.5, 1, -1, rng.choice(FLOATS), rng.choice(INTEGERS[:-1]), rng.choice(TEXTS), [1])))
    heading = rng.choice(("", "", "[features]\n", "[pose_deg]\n", "[whatif]\nmodel = 'x'\n"))
    lines.append(f"{heading}{json.dumps(name)} = {value}\n")


SETTINGS = {_key: 10, _piece: 3, _many: 1}
WHATIF = {_input: 10, _piece: 3}
