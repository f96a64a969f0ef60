"""`meshmirror export`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from realtime.cli import options as opt
from realtime.cli.app import app

if TYPE_CHECKING:
    from realtime.export.export_report import ExportReport


class Kind(StrEnum):
    """What a session can be exported to."""

    fex = "fex"
    parquet = "parquet"
    csv = "csv"
    livelink = "livelink"
    session = "session"
    mp4 = "mp4"
    gif = "gif"
    glb = "glb"
    rrd = "rrd"


class FacesOf(StrEnum):
    """Of which faces of a frame."""

    all = "all"
    chosen = "chosen"


@app.command()
def export(
    session: Annotated[Path, typer.Argument(help="The folder of a session.", metavar="SESSION", show_default=False)],
    to: Annotated[
        Kind,
        typer.Option(
            "--to",
            help="fex (py-feat), parquet (all columns), csv (OpenFace), livelink (ARKit curves), session (a part of "
            "it), mp4 or gif (views side by side), glb (animated heads for 3D programs), rrd (Rerun).",
            metavar="FORMAT",
            show_default=False,
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            help="File or folder; default: beside the session. Existing files are never overwritten.",
            metavar="PATH",
            show_default=False,
        ),
    ] = None,
    start: Annotated[
        float | None, typer.Option(min=0, help="Start at this second of the session.", metavar="S", show_default=False)
    ] = None,
    end: Annotated[
        float | None, typer.Option(min=0, help="End at this second.", metavar="S", show_default=False)
    ] = None,
    views: Annotated[
        str | None,
        typer.Option(
            help="mp4, gif: one or more of camera, observed, predicted, ghost, vectors, heat, on-face, wipe.",
            metavar="NAMES",
            show_default=False,
        ),
    ] = None,
    size: Annotated[
        str | None, typer.Option(help="mp4, gif: pixels, such as 1280x720.", metavar="WxH", show_default=False)
    ] = None,
    fps: Annotated[
        float | None,
        typer.Option(
            min=1,
            max=120,
            help="mp4, gif: constant frame rate; glb, rrd: rows a second at most; default: as recorded.",
            metavar="N",
            show_default=False,
        ),
    ] = None,
    model: Annotated[int, typer.Option(min=1, max=3, help="Number of the recorded model.", metavar="N")] = 1,
    faces: Annotated[
        FacesOf | None,
        typer.Option(
            help="all (a row for each face of a frame) or chosen; default: all where the format can have several.",
            metavar="WHICH",
            show_default=False,
        ),
    ] = None,
    anonymous: Annotated[
        bool,
        typer.Option("--anonymous", help="Leave out the picture, the subject's own face, names and times of day."),
    ] = False,
    pictures: Annotated[
        bool, typer.Option("--pictures", help="rrd: with the camera's pictures, which show who it is.")
    ] = False,
    as_json: opt.Json = False,
) -> None:
    """Export a recorded session: as a table for other programs, as a video, as animated heads, or anonymously.

    Example: meshmirror export anna-1 --to fex
    """  # fmt: skip
    from realtime.cli.output import print_json, print_note, set_up_logging, show_progress
    from realtime.core.files import check_output, user_path
    from realtime.export.exporter import ExportOptions, parse_size, parse_views
    from realtime.export.exporter import export as write
    from realtime.export.video import VideoLook

    set_up_logging()
    if out is not None:
        out = user_path(out)
        check_output(out, "--out")
    options = ExportOptions(
        kind=to.value,
        out=out,
        start_s=start,
        end_s=end,
        model=model,
        anonymous=anonymous,
        faces=None if faces is None else faces.value,
        pictures=pictures,
        look=VideoLook(None if views is None else parse_views(views), None if size is None else parse_size(size), fps),
    )
    with show_progress("writing") as progress:
        report = write(user_path(session), options, print_note, progress)
    print_json(report) if as_json else _print(report)


def _print(report: ExportReport) -> None:
    from rich.markup import escape

    from realtime.cli.output import MUTED, print_note, results
    from realtime.export.export_report import HeadReport, RerunReport, TableReport, VideoReport

    content = report.content
    for text in content.notes:
        print_note(text)
    emotions = ", ".join(f"{count} rows {name}" for name, count in content.emotion_sources.items())
    with results() as console:
        what = f"{content.rows} rows"
        if isinstance(content, TableReport):
            what += f", {content.columns} columns"
        elif isinstance(content, VideoReport):
            width, height = content.size
            what = f"{width} x {height}, {content.seconds:.3g} s at {content.fps:.3g} fps"
        elif isinstance(content, HeadReport):
            targets = ", ".join(f"{len(names)} targets {name}" for name, names in content.targets.items())
            what = f"{content.keyframes} keyframes, {content.seconds:.3g} s, {targets}"
        elif isinstance(content, RerunReport):
            what += f", {content.moments} in the recording, {content.pictures or 'no'} pictures"
        if report.anonymous:
            what += ", anonymous"
        for path in content.outputs:
            console.print(f"[{MUTED}]written[/]  [bold]{escape(path)}[/]", soft_wrap=True)
        console.print(f"[{MUTED}]         {what}{f'; emotions: {emotions}' if emotions else ''}[/]", soft_wrap=True)
