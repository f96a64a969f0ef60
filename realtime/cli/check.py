"""`meshmirror models check`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from realtime.cli import options as opt
from realtime.cli.models import models, refuse_unknown

if TYPE_CHECKING:
    from rich.console import RenderableType

    from realtime.model.audit.anatomy import Movement
    from realtime.model.audit.audit import AuditReport

_SIGNS = {"as expected": "[green]✓[/]", "still": "[yellow]·[/]", "against": "[bold red]✗[/]"}


@models.command()
def check(
    name: Annotated[str, typer.Argument(help="A model's name, or the path of its file.", metavar="NAME|FILE")],
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Draw the findings.", metavar="FILE.png")] = None,
    ground: Annotated[
        opt.GroundName | None,
        typer.Option(
            help="Background of the picture: dark (default) for screens, light for paper.", metavar="dark|light"
        ),
    ] = None,
    as_json: opt.Json = False,
) -> None:
    """Check a model as filed: labels against anatomy, symmetry, frame, rank, pose.

    Example: meshmirror models check emotion_to_mesh_pls_v5.npz --out check.png
    """
    from realtime.cli.output import MUTED, print_json, print_note, results
    from realtime.core.errors import UsageError
    from realtime.core.files import check_output, user_path
    from realtime.model.audit.audit import check as look_inside
    from realtime.model.catalog import load_model

    refuse_unknown(name)
    if out is None and ground is not None:
        raise UsageError("--ground needs a picture: give one with --out FILE.png.")
    drawn = None
    if out is not None:
        from realtime.export.figures.model_audit import check_suffix, draw_audit

        out = user_path(out)
        check_output(out, "--out")
        check_suffix(out)
    model = load_model(name, labels="as-filed", frame="as-filed")
    report = look_inside(model)
    if out is not None:
        drawn = draw_audit(model, report, out, (ground or opt.GroundName.dark).value)
        if drawn.path != out:
            print_note(f"{out} exists and is kept; written to {drawn.path}.")
    if as_json:
        print_json(report.to_json() | ({} if drawn is None else drawn.to_json()))
        return
    with results() as console:
        console.print(_page(report))
        if drawn is not None:
            from rich.markup import escape

            width, height = drawn.size
            console.print(f"\n[{MUTED}]written[/]  [bold]{escape(str(drawn.path))}[/]  {width} x {height}")


def _page(report: AuditReport) -> RenderableType:
    from rich.console import Group
    from rich.markup import escape
    from rich.table import Table

    from realtime.cli.doctor import MARKS
    from realtime.cli.output import MUTED

    place = f"   [{MUTED}]{escape(report.path)}[/]" if report.path else ""
    head = f"\n[bold]{escape(report.model)}[/]   {escape(report.family)}{place}\n"
    verdict = Table.grid(padding=(0, 2))
    verdict.add_row(MARKS[report.verdict.state], f"[bold]{escape(report.verdict.found)}[/]")
    rest = Table.grid(padding=(0, 2))
    rest.add_column(width=4)
    rest.add_column(width=14, style="bold")
    rest.add_column(overflow="fold")
    for finding in report.findings:
        rest.add_row(MARKS[finding.state], finding.name, escape(finding.found))
    return Group(head, verdict, "", *([_columns(report), ""] if report.labels else []), rest)


def _columns(report: AuditReport) -> RenderableType:
    """One row per column: which expression it resembles most, and the anatomical movements in it."""
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    from realtime.cli.output import MUTED

    assert report.labels is not None
    anatomical = any(column.movements for column in report.labels.columns)
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1), pad_edge=False, header_style=MUTED)
    table.add_column("labelled", no_wrap=True)
    table.add_column("moves like", no_wrap=True)
    table.add_column("score", justify="right", no_wrap=True)
    table.add_column("next best", no_wrap=True)
    if anatomical:
        table.add_column("what anatomy expects, in %")
    for column in report.labels.columns:
        style = "bold red" if column.moves_like != column.label else "default"
        cells = [
            escape(column.label),
            f"[{style}]{escape(column.moves_like)}[/]",
            f"{column.score:.2f}",
            f"{escape(column.next_best)} [{MUTED if column.margin > 0 else 'yellow'}]{column.margin:+.2f}[/]",
        ]
        if anatomical:
            cells.append("\n".join(map(_movement, column.movements)))
        table.add_row(*cells)
    return table


def _movement(movement: Movement) -> str:
    return f"{_SIGNS[movement.state]} {movement.percent:+5.1f}  {movement.name}"
