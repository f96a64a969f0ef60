"""`meshmirror compare`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from realtime.cli import options as opt
from realtime.cli.app import app
from realtime.cli.exit_codes import ReportedCode


@app.command()
def compare(
    ctx: typer.Context,
    inputs: Annotated[
        list[str],
        typer.Argument(
            help="Videos, sessions, folders, patterns, or lists of these (.txt).",
            metavar="VIDEO|SESSION|FOLDER",
            show_default=False,
        ),
    ],
    out: Annotated[
        Path,
        typer.Option("--out", "-o", help="A folder for the results; that of an earlier run goes on.", metavar="DIR"),
    ],
    model: opt.Models = None,
    labels: opt.Labels = None,
    frame: opt.Frame = None,
    emotion: Annotated[
        list[str] | None,
        typer.Option(
            "--emotion",
            help="Source of the features: auto, inverse, appearance or pyfeat; several, side by side.",
            metavar="SOURCE",
        ),
    ] = None,
    pose: opt.PoseMode = None,
    tracker: Annotated[
        str | None,
        typer.Option("--tracker", help="openvino or task, which give blendshapes, or bundled.", metavar="WHICH"),
    ] = None,
    neutral: Annotated[
        str,
        typer.Option(
            "--neutral",
            help="The face at rest: first:SECONDS, START-END, mark:NAME, labelled (frames that a source which does not "
            "see the mesh calls neutral), recorded, saved, none; auto: recorded, else labelled.",
            metavar="WHERE",
        ),
    ] = "auto",
    people: Annotated[
        Path | None,
        typer.Option(
            "--people",
            help="A table of the recordings: recording, person, group, condition, neutral.",
            metavar="FILE.csv",
        ),
    ] = None,
    recompute: Annotated[
        bool,
        typer.Option("--recompute", help="Find faces and emotions of sessions again in their pictures."),
    ] = False,
    faces: Annotated[
        opt.FacesOf,
        typer.Option("--faces", help="The largest face of each frame, or all, each as a recording of its own."),
    ] = opt.FacesOf.LARGEST,
    report: Annotated[bool, typer.Option(help="Write the page report.html as well.")] = True,
    figures: Annotated[
        bool, typer.Option(help="Figures for papers, as PNG and SVG; they need matplotlib.", show_default=False)
    ] = True,
    pictures: Annotated[
        bool,
        typer.Option("--pictures", help="The page shows people: the camera's picture of the best and worst frames."),
    ] = False,
    workers: opt.Workers = None,
    scheduler: opt.Scheduler = None,
    as_json: opt.Json = False,
    config: opt.ConfigFile = None,
    sets: opt.Sets = None,
) -> None:
    """Compare predicted with observed faces over recordings: scores, their chance level, their causes, as files.

    Every frame counts once. Exit code 3: no frame could be compared. A run that was interrupted goes on where it ended.

    Example: meshmirror compare videos/ --people people.csv --out results

    Example: meshmirror compare monday friday --model emotion@v6 --model mine.npz --out results
    """
    from realtime.app.compare import SOURCES_ASKED, CompareOptions, run_compare
    from realtime.cli.compare_tables import compare_table
    from realtime.cli.output import command_line, print_error, print_json, results, show_job
    from realtime.core.config import load_config
    from realtime.core.errors import SourceError, UsageError
    from realtime.core.files import user_path
    from realtime.core.process import available_cores
    from realtime.pipeline.compare.neutrals import NeutralWish
    from realtime.pipeline.compare.recordings import read_entries
    from realtime.pipeline.dask_cluster import cluster_at

    sources = tuple(emotion or ("auto",))
    for source in sources:
        if source not in SOURCES_ASKED:
            raise UsageError(f"--emotion {source}: expected auto, inverse, appearance or pyfeat.")
    changes = opt.overrides(models=model or None, labels=labels, frame=frame, pose=pose)
    settings = load_config(config, sets or (), options={**changes, "detect.tracker": tracker})
    if pictures and not report:
        raise UsageError("--pictures: the pictures are on the page, which --no-report leaves out.")
    cores = workers or available_cores()
    entries = None if people is None else read_entries(user_path(people))
    wish = NeutralWish.parsed(neutral)
    command = command_line(ctx.find_root().obj)
    with cluster_at(scheduler, cores) as cluster, show_job() as job:
        options = CompareOptions(
            settings, sources, wish, entries, cores, cluster, command, recompute, report, figures, pictures, faces.value
        )
        done = run_compare(inputs, user_path(out), options, job)
    if as_json:
        print_json(done)
    if not done.overall.frames:
        reasons = "; ".join(f"{one.recording}: {one.reason.rstrip('.')}" for one in done.errors[:3])
        more = f"; and {len(done.errors) - 3:,} more" if len(done.errors) > 3 else ""
        nothing = SourceError(f"Nothing could be compared. {reasons}{more}. {done.out}/summary.json has all of it.")
        if not as_json:
            raise nothing
        print_error(str(nothing))
        raise typer.Exit(ReportedCode(nothing.exit_code))  # the report is on stdout, where one object belongs
    if as_json:
        return
    with results() as console:
        console.print(compare_table(done))
