"""`meshmirror models`."""

from __future__ import annotations

from typing import Annotated

import typer

from realtime.cli import options as opt
from realtime.cli.app import app

models = typer.Typer(no_args_is_help=True, help="Model files: fetch what can be downloaded.")
app.add_typer(models, name="models")


@models.callback()
def _models() -> None:
    """Model files: fetch what can be downloaded."""


@models.command()
def fetch(
    name: Annotated[str, typer.Argument(help="face_landmarker.task", metavar="NAME")],
    as_json: opt.Json = False,
) -> None:
    """Download a file, verify its SHA-256, and keep it in the user's cache.

    Example: meshmirror models fetch face_landmarker.task
    """
    from rich.progress import Progress

    from realtime.cli.output import note, print_json, stderr
    from realtime.detect.weights import TASK_BYTES, TASK_LICENCE, TASK_NAME, TASK_URL, fetch_task, find_task
    from realtime.errors import UsageError

    if name not in (TASK_NAME, TASK_NAME.removesuffix(".task")):
        raise UsageError(f"'{name}' is not known. Known is: {TASK_NAME}.")
    path = find_task()
    if path is None:
        note(f"{TASK_NAME}, {TASK_BYTES / 1e6:.1f} MB from {TASK_URL.split('/')[2]}. Licence: {TASK_LICENCE}.")
        with Progress(console=stderr(), transient=True) as progress:
            task = progress.add_task(TASK_NAME, total=TASK_BYTES)
            path = fetch_task(report=lambda done: progress.update(task, completed=done))
    if as_json:
        print_json({"name": TASK_NAME, "path": str(path)})
    else:
        note(f"{path} is there and verified.")
