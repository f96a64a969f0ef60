"""`meshmirror evaluate`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from realtime.cli import options as opt
from realtime.cli.app import app


@app.command()
def evaluate(
    data_set: opt.DataSetFolder,
    features: opt.FeatureFamily = opt.Family.emotion,
    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            "-m",
            help="Score this model; default: the recipe of `fit`, on held-out folds.",
            metavar="NAME|FILE",
        ),
    ] = None,
    other_tracker: Annotated[
        Path | None,
        typer.Option(
            "--other-tracker",
            help="A data set of the same recordings by another tracker: how the fits do on its meshes.",
            metavar="DATASET",
        ),
    ] = None,
    workers: opt.Workers = None,
    scheduler: opt.Scheduler = None,
    as_json: opt.Json = False,
) -> None:
    """Score a model, or the recipe of `meshmirror fit`, on a data set: R2 and MAE, by recording and by person.

    Example: meshmirror evaluate faces --model emotion@v6
    """
    from realtime.cli.output import print_json, print_note, results, show_job
    from realtime.cli.study_tables import fit_table, model_table
    from realtime.core.errors import UsageError
    from realtime.core.process import available_cores
    from realtime.dataset.evaluate_model import evaluate_model
    from realtime.dataset.fit import FitOptions, fit_data_set
    from realtime.model import load_model
    from realtime.pipeline.dask_cluster import cluster_at

    if model is not None and other_tracker is not None:
        raise UsageError("--other-tracker is for the recipe of `fit`; score the model on each data set instead.")
    cores = workers or available_cores()
    if model is not None:
        judged = load_model(model)
        with cluster_at(scheduler, cores) as cluster, show_job() as job:
            scores = evaluate_model(data_set, judged, cores, job, cluster)
        if as_json:
            print_json(scores)
            return
        with results() as console:
            console.print(model_table(scores))
        return
    with cluster_at(scheduler, cores) as cluster, show_job() as job:
        options = FitOptions(features.value, other_tracker=other_tracker, workers=cores, cluster=cluster)
        _, report = fit_data_set(data_set, options, print_note, job)
    if as_json:
        print_json(report)
        return
    with results() as console:
        console.print(fit_table(report))
