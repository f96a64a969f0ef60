"""Command lines: every command and option, with values that people mistype and scripts produce."""

from __future__ import annotations

import random
from functools import cache

import click
from odd_settings import setting
from odd_values import TEXTS
from trial import CommandLine, Trial

from realtime.cli.app import app
from realtime.cli.entry import COMMANDS

SKIPPED = ("bench", "demo")  # minutes by design, and a clip of its own
NUMBERS = ("0", "1", "2", "-1", "0.5", "1e300", "inf", "-inf", "nan", "1_0", "0x10", "٣", "1e", "99999999999999999999")
# No address is reached: 127.0.0.1:9 refuses at once, and nothing is written outside of the trial's folder.
SOURCES = (
    "", " ", ".", "..", "-", "7", "-1", "99999999999", "0x1", "http://", "http://127.0.0.1:9/", "rtsp://127.0.0.1:9/x",
    "http://[::1", "http://127.0.0.1:99999/", "file:///", "ftp://127.0.0.1/", "/dev/null", "/dev/full", "/proc/version",
    "concat:a|b", "%04d.png", "~nobody/x.mp4", "pipe:0", "data:,x", "lavfi:x", "nothing.mp4", "a\nb.mp4", "x" * 300,
)  # fmt: skip


def make(trial: Trial) -> list[CommandLine]:
    """A command with some of its options; each option is a change that can be left out."""
    rng = trial.rng
    path, parameters = rng.choice(_commands())
    line = list(path)
    options = [one for one in parameters if isinstance(one, click.Option) and "--help" not in one.opts]
    given = rng.sample(options, min(len(options), rng.choice((0, 1, 1, 2, 3, 5))))
    pieces = [(_option(rng, one, trial), f"option {one.name}") for one in given]
    for parameter in parameters:
        if isinstance(parameter, click.Argument) and rng.random() < 0.9:
            pieces.insert(0, ([_argument(rng, trial)], "argument"))
    if rng.random() < 0.1:
        extra = ["--", rng.choice(TEXTS), "--nothing", "-", "extra", "--json=1", "-hx", "--frames"]
        pieces.append(([rng.choice(extra)], "extra"))
    for piece, name in pieces:
        if trial.takes():
            line += piece
            trial.done.append(name)
    names = {option for one in options for option in one.opts}
    if "--source" in names and not {"--source", "-s"} & set(line):
        line += ["--source", str(trial.material / "face.png")]
    line += [f"{name}" for name in ("--headless",) if name in names and name not in line]
    # Endless by design without it.
    line += ["--frames", "3"] if "--frames" in names and "--frames" not in line else []
    return [[piece.replace("\0", "") for piece in line]]


@cache
def _commands() -> list[tuple[tuple[str, ...], list[click.Parameter]]]:
    from importlib import import_module

    import typer

    for names in COMMANDS.values():
        for name in names:
            import_module(f"realtime.cli.{name}")
    found: list[tuple[tuple[str, ...], list[click.Parameter]]] = []

    def walk(command: click.Command, path: tuple[str, ...]) -> None:
        inner = getattr(command, "commands", None)
        if inner is None:
            found.append((path, list(command.params)))
            return
        for name, one in inner.items():
            if name not in SKIPPED:
                walk(one, (*path, name))

    walk(typer.main.get_command(app), ())
    return found


def _argument(rng: random.Random, trial: Trial) -> str:
    sound = [str(trial.material / "sessions" / "small"), "au@v4", "emotion@built-in", str(trial.material / "face.png")]
    return rng.choice((*sound, *sound, *sound, *TEXTS, *SOURCES))


def _option(rng: random.Random, option: click.Option, trial: Trial) -> CommandLine:
    """The option with a value, or as a flag."""
    name = rng.choice(option.opts)
    if option.is_flag:
        return [name]
    if name in ("--set",):
        key, value = setting(rng)
        return [
            name,
            rng.choice((f"{key}={value}", f"{key}={value}", key, f"={value}", f"{key}=={value}", f" {key} = ")),
        ]
    if name in ("--source", "-s"):
        return [name, rng.choice((str(trial.material / "face.png"), *SOURCES))]
    if name in ("--out", "-o", "--record"):
        return [
            name,
            rng.choice(("out.png", "out.mp4", "out", "-", "", ".", "a/b/c.png", "x.mov", "con", "\x1b.png", "ü")),
        ]
    if name == "--config":
        return [
            name,
            rng.choice(("default", "headless", "low-power", "demo", *TEXTS, str(trial.material / "face.png"))),
        ]
    choices = getattr(option.type, "choices", None)
    values = [*NUMBERS, *TEXTS]
    if choices:
        values += [str(choice) for choice in choices] * 8
    else:
        values += ["1", "2", "auto", "zero", "live", "inverse", "au@v4", "emotion@built-in", "320x240", "front"] * 3
    return [name, rng.choice(values)]
