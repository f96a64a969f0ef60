"""`meshmirror atlas`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from realtime.cli import options as opt
from realtime.cli.app import app

if TYPE_CHECKING:
    from realtime.export.figures.atlas_report import AtlasReport

_MOST_ROWS = 8


@app.command()
def atlas(
    model: opt.Model = None,
    labels: opt.Labels = None,
    frame: opt.Frame = None,
    out: Annotated[
        Path,
        typer.Option(
            "--out", "-o", help="A picture (.png), a turntable (.mp4, .gif), or a 3D head (.glb).", metavar="FILE"
        ),
    ] = Path("meshmirror-atlas.png"),
    features: Annotated[
        str | None,
        typer.Option(
            help="Features to draw, such as happiness,AU12; default: all.", metavar="NAMES", show_default=False
        ),
    ] = None,
    views: Annotated[
        str, typer.Option(help="front, side (the left), left, right, three-quarter, top, below.", metavar="NAMES")
    ] = "front",
    intensities: Annotated[
        str,
        typer.Option(
            "--range", help="One or more intensities, such as 0.5,1; above 1 exaggerates, at most 3.", metavar="N"
        ),
    ] = "1",
    arrows: Annotated[bool, typer.Option("--arrows", help="Draw displacement arrows.")] = False,
    scale: Annotated[
        float | None,
        typer.Option(min=0.01, max=1000, help="Upper end of the colour scale, %, to compare atlases.", metavar="MAX"),
    ] = None,
    ground: Annotated[
        opt.GroundName, typer.Option(help="Background: dark for screens, light for paper.")
    ] = opt.GroundName.dark,
    columns: Annotated[int | None, typer.Option(min=1, max=256, help="Cards per row.", metavar="N")] = None,
    size: Annotated[int | None, typer.Option(min=160, max=4096, help="Width of a face, pixels.", metavar="PX")] = None,
    seconds: Annotated[
        float | None, typer.Option(min=0.5, max=60, help="Length of the turntable.", metavar="S")
    ] = None,
    fps: Annotated[
        float | None, typer.Option(min=1, max=60, help="Frames a second of the turntable.", metavar="N")
    ] = None,
    as_json: opt.Json = False,
    config: opt.ConfigFile = None,
    sets: opt.Sets = None,
) -> None:
    """Draw the face for each feature of a model, coloured by the displacement from neutral.

    With --out face.glb its head is written, with a morph target for each feature.

    Example: meshmirror atlas --model emotion@built-in --arrows --out atlas.png
    """
    from realtime.cli.output import print_json, print_note, set_up_logging, show_progress
    from realtime.core.config import load_config
    from realtime.core.files import check_output, user_path
    from realtime.export.figures.atlas_options import HEAD, AtlasOptions, parse_intensities, parse_views

    set_up_logging()
    out = user_path(out)
    check_output(out, "--out")
    options = AtlasOptions(
        out=out,
        features=tuple(part.strip() for part in features.split(",")) if features is not None else (),
        views=parse_views(views),
        intensities=parse_intensities(intensities),
        arrows=arrows,
        highest=scale,
        columns=columns,
        face_px=size,
        ground=ground.value,
        seconds=seconds,
        fps=fps,
    )
    settings = load_config(config, sets or [], opt.overrides(models=model, labels=labels, frame=frame))
    if out.suffix.lower() == HEAD:
        from realtime.export.gltf.atlas_head import make_atlas_head

        report = make_atlas_head(settings, options, print_note)
    else:
        from realtime.export.figures.atlas import make_atlas

        with show_progress("drawing") as progress:
            report = make_atlas(settings, options, print_note, progress)
    print_json(report) if as_json else _print(report)


def _print(report: AtlasReport) -> None:
    from rich.markup import escape
    from rich.table import Table

    from realtime.cli.output import MUTED, results

    table = Table(box=None, padding=(0, 2))
    table.add_column("strongest features", header_style=MUTED)
    for name in ("max %", "mean %"):
        table.add_column(name, justify="right", header_style=MUTED)
    table.add_column("at", header_style=MUTED)
    for row in sorted(report.features, key=lambda feature: -feature.max_percent)[:_MOST_ROWS]:
        where = f"{row.region}, vertex {row.vertex}" if row.max_percent > 0 else ""
        table.add_row(escape(row.feature), f"{row.max_percent:.1f}", f"{row.mean_percent:.1f}", where)
    if report.size is None:
        what = f"{len(report.targets or ())} morph targets"
    else:
        width, height = report.size
        what = f"{width} x {height}"
    moving = "" if report.frames is None else f", {report.seconds:.3g} s at {report.fps:.3g} fps"
    with results() as console:
        repaired = "  [yellow]labels repaired[/]" if report.label_repair else ""
        console.print(
            f"[bold]{escape(report.model)}[/]{repaired}  [{MUTED}]displacement, % of the outer-canthal distance[/]"
        )
        console.print(table)
        console.print(f"[{MUTED}]written[/]  [bold]{escape(report.outputs[0])}[/]  {what}{moving}")
