"""`meshmirror fit`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from realtime.cli import options as opt
from realtime.cli.app import app


@app.command()
def fit(
    ctx: typer.Context,
    inputs: Annotated[
        list[str],
        typer.Argument(
            help="A data set: a folder of Parquet files, one row a face. With --personal sessions or videos as well.",
            metavar="DATASET|SESSION",
            show_default=False,
        ),
    ],
    features: opt.FeatureFamily = opt.Family.emotion,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", help="The model file (.npz); card, atlas and report go beside it.", metavar="FILE.npz"
        ),
    ] = None,
    frame_of: Annotated[
        str | None,
        typer.Option("--frame-of", help="Keep the frame of this model: its anchors, axes, units.", metavar="NAME|FILE"),
    ] = None,
    as_published: Annotated[
        bool, typer.Option("--as-published", help="Align as py-feat's published script, its quirks included.")
    ] = False,
    keep_worst: Annotated[
        bool, typer.Option("--keep-worst", help="Keep the 1 % of frames whose anchors fit worst.")
    ] = False,
    stretch_y: Annotated[
        bool, typer.Option("--stretch-y", help="Stretch the mesh to the height of the canonical face, as au@v4.")
    ] = False,
    components: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Fit by PLS regression with so many components (au@v4: 40); default: least squares.",
            metavar="K",
        ),
    ] = None,
    recipe: Annotated[
        opt.Recipe, typer.Option("--recipe", help="How the rows are fit; the report says which predicts best.")
    ] = opt.Recipe.seed,
    personal: Annotated[
        str | None,
        typer.Option(
            "--personal",
            help="Fit a model of one person to one's own sessions, shrunk towards this model, in its frame.",
            metavar="NAME|FILE",
        ),
    ] = None,
    evaluate: Annotated[bool, typer.Option(help="Score on held-out recordings and people.")] = True,
    report: Annotated[bool, typer.Option(help="Write the atlas and the page about the fit as well.")] = True,
    workers: opt.Workers = None,
    scheduler: opt.Scheduler = None,
    as_json: opt.Json = False,
) -> None:
    """Fit a model of the family to a data set: features and pose -> 478 vertices. Evaluated on held-out recordings.

    Beside the model (NAME.npz) go its card, its atlas and the page NAME.report.html.

    A data set is a folder of Parquet files, one row a face; docs/fitting.md has its columns.

    Example: meshmirror fit faces --features emotion --out emotion_to_mesh_mine.npz

    Example: meshmirror fit monday tuesday friday --personal emotion@v6 --out mine.npz
    """
    from realtime.app.fit import FitFiles, run_fit
    from realtime.app.personal_fit import run_personal_fit
    from realtime.cli.output import command_line, print_json, print_note, results, show_job, show_progress
    from realtime.cli.study_tables import fit_table, personal_table
    from realtime.core.errors import UsageError
    from realtime.core.files import check_output, user_path
    from realtime.core.process import available_cores
    from realtime.dataset.fit import FitOptions
    from realtime.dataset.personal import PersonalOptions
    from realtime.model import load_model
    from realtime.pipeline.dask_cluster import cluster_at

    path = user_path(out or Path(f"{'personal' if personal else features.value}_to_mesh_fit.npz"))
    check_output(path, "--out")
    if path.suffix.lower() != ".npz":
        raise UsageError(f"--out {path}: a model file ends in .npz.")
    if personal is not None:
        _refuse_others(ctx)
        fit_of_one = PersonalOptions(load_model(personal), not keep_worst, workers or available_cores())
        mine = run_personal_fit(inputs, fit_of_one, path, print_note, show_progress)
        if as_json:
            print_json(mine)
            return
        with results() as console:
            console.print(personal_table(mine))
        return
    if len(inputs) > 1:
        raise UsageError("A fit is of one data set: `meshmirror extract` makes one of videos and sessions.")
    if as_published and frame_of is not None:
        raise UsageError("--as-published takes its frame from the first row; it cannot be combined with --frame-of.")
    if components is not None and recipe is not opt.Recipe.seed:
        raise UsageError("--components is of the seed's recipe; it cannot be combined with another --recipe.")
    cores = workers or available_cores()
    options = FitOptions(
        family=features.value,
        alignment="as-published" if as_published else "clean",
        frame_of=None if frame_of is None else load_model(frame_of),
        drop_worst=not keep_worst,
        stretch_y=stretch_y,
        components=components,
        recipe=recipe.value.replace("-", " "),
        evaluate=evaluate,
        workers=cores,
    )
    files = FitFiles(path, report, command_line(ctx.find_root().obj))
    with cluster_at(scheduler, cores) as cluster, show_job() as job:
        done = run_fit(user_path(inputs[0]), replace(options, cluster=cluster), files, print_note, job)
    if as_json:
        print_json(done)
        return
    with results() as console:
        console.print(fit_table(done))


def _refuse_others(ctx: typer.Context) -> None:
    """Raise UsageError for an option that is not one of a personal fit."""
    from realtime.core.errors import UsageError

    own = {"inputs", "personal", "out", "keep_worst", "workers", "as_json"}
    for option in ctx.command.params:
        name = option.name or ""
        source = ctx.get_parameter_source(name)
        if name not in own and source is not None and source.name == "COMMANDLINE":
            raise UsageError(
                f"--personal takes no {option.opts[0]}: it fits in the frame and to the features of its model, on this "
                "machine."
            )
