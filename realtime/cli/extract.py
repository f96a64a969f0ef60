"""`meshmirror extract`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from realtime.cli import options as opt
from realtime.cli.app import app
from realtime.cli.exit_codes import ReportedCode

if TYPE_CHECKING:
    from rich.console import RenderableType

    from realtime.core.study_reports import ExtractReport

_MOST_LISTED = 10


class Mesh(StrEnum):
    """Whose mesh is extracted."""

    MEDIAPIPE = "mediapipe"
    PYFEAT = "pyfeat"


@app.command()
def extract(
    out: Annotated[
        Path, typer.Option("--out", "-o", help="The folder of the data set; what is in it is kept.", metavar="DATASET")
    ],
    inputs: Annotated[
        list[str] | None,
        typer.Argument(
            help="Videos, sessions, Fex tables (.csv), folders, patterns, or lists of these (.txt). None, with "
            "--people: name the people in a data set that is there.",
            metavar="VIDEO|DIR|LIST",
            show_default=False,
        ),
    ] = None,
    stride: Annotated[int, typer.Option(min=1, help="Take every so many frames.", metavar="N")] = 1,
    rate: Annotated[
        float | None, typer.Option(min=0.01, max=1000, help="Take at most so many frames a second.", metavar="N")
    ] = None,
    emotion: Annotated[
        str | None,
        typer.Option("--emotion", help="Source of the emotions: auto, appearance or pyfeat.", metavar="SOURCE"),
    ] = None,
    tracker: Annotated[
        str | None,
        typer.Option("--tracker", help="openvino or task, which give blendshapes, or bundled.", metavar="WHICH"),
    ] = None,
    mesh: Annotated[
        Mesh, typer.Option("--mesh", help="Whose mesh: the tracker's, or that of py-feat's network with its head pose.")
    ] = Mesh.MEDIAPIPE,
    faces: Annotated[
        opt.FacesOf,
        typer.Option("--faces", help="The largest face of each frame, or all, each as a recording of its own."),
    ] = opt.FacesOf.LARGEST,
    people: Annotated[
        Path | None,
        typer.Option("--people", help="A table of who is in which recording: recording,person.", metavar="FILE.csv"),
    ] = None,
    workers: opt.Workers = None,
    scheduler: opt.Scheduler = None,
    as_json: opt.Json = False,
    config: opt.ConfigFile = None,
    sets: opt.Sets = None,
) -> None:
    """Extract faces from videos and sessions into a data set for `meshmirror fit`. What is in it already is skipped.

    Example: meshmirror extract videos/ --out faces --rate 5

    Example: meshmirror extract --people people.csv --out faces
    """
    from realtime.cli.output import show_progress
    from realtime.core.config import load_config
    from realtime.core.errors import UsageError
    from realtime.core.files import user_path
    from realtime.core.process import available_cores
    from realtime.dataset.extract import ExtractOptions, name_people
    from realtime.dataset.extract import extract as extract_recordings
    from realtime.dataset.inputs import read_people
    from realtime.dataset.recording import Sampling
    from realtime.pipeline.dask_cluster import cluster_at

    named = {} if people is None else read_people(user_path(people))
    if not inputs:
        if people is None:
            raise UsageError("Nothing to extract: name videos, sessions or folders, or people alone with --people.")
        _print(name_people(user_path(out), named), as_json)
        return
    if emotion == "inverse":
        raise UsageError(
            "--emotion inverse: emotions that were fitted to the mesh say nothing new of it. Use appearance or pyfeat."
        )
    if mesh is Mesh.PYFEAT:
        if emotion not in (None, "pyfeat"):
            raise UsageError(f"--mesh pyfeat: the network that gives the mesh gives the emotions; not {emotion}.")
        emotion = "pyfeat"
    settings = load_config(config, sets or (), options={"detect.emotion": emotion, "detect.tracker": tracker})
    options = ExtractOptions(
        config=settings,
        sampling=Sampling(stride, rate),
        workers=workers or available_cores(),
        mesh="pyfeat" if mesh is Mesh.PYFEAT else "mediapipe",
        faces=faces.value,
        people=named,
    )
    with cluster_at(scheduler, options.workers) as cluster:
        report = extract_recordings(inputs, user_path(out), replace(options, cluster=cluster), show_progress)
    _print(report, as_json)


def _print(report: ExtractReport, as_json: bool) -> None:
    from realtime.cli.output import print_json, results
    from realtime.core.errors import SourceError

    if as_json:
        print_json(report)
    else:
        with results() as console:
            console.print(_table(report))
    if report.bad and not report.recordings:
        raise typer.Exit(ReportedCode(SourceError.exit_code))  # the reasons have been printed


def _table(report: ExtractReport) -> RenderableType:
    from rich.console import Group
    from rich.text import Text

    from realtime.cli.study_tables import facts_table

    dropped = "; ".join(f"{count:,} {reason}" for reason, count in report.dropped.items()) or "none"
    parts: list[RenderableType] = [
        facts_table(
            ("data set", report.data_set),
            ("recordings", f"{report.recordings:,}, {report.extracted:,} of them new"),
            ("rows", f"{report.rows:,} of {report.frames:,} frames"),
            ("dropped", dropped),
            ("people", f"named in {report.named:,} of {report.recordings:,} recordings"),
            ("tracker", report.tracker or "unknown"),
            ("mesh", report.mesh or "unknown"),
            ("emotions", report.emotions or "none"),
            ("features", ", ".join(report.columns)),
        )
    ]
    for count, what, lines in (
        (
            len(report.bad),
            "Could not be taken",
            [f"{bad.recording}: {bad.reason}" for bad in report.bad],
        ),
        (
            len(report.same),
            "Left out, since their content is there under another name",
            [f"{same.recording}: {same.same_as}" for same in report.same],
        ),
        (len(report.replaced), "Replaced, since their content has changed", report.replaced),
        (len(report.several_faces), "Of several faces the largest was taken", report.several_faces),
        (len(report.people_not_found), "Named by --people, but not there", report.people_not_found),
    ):
        if count:
            parts += ["", Text(f"{what} ({count:,}):", style="yellow"), *_listed(lines)]
    return Group(*parts)


def _listed(lines: Sequence[str]) -> list[RenderableType]:
    from rich.text import Text

    from realtime.cli.output import MUTED

    parts: list[RenderableType] = [Text(f"  {line}", style=MUTED) for line in lines[:_MOST_LISTED]]
    if len(lines) > _MOST_LISTED:
        parts.append(Text(f"  and {len(lines) - _MOST_LISTED:,} more; --json has all", style=MUTED))
    return parts
