"""`meshmirror evaluate`."""

from __future__ import annotations

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
    workers: opt.Workers = None,
    scheduler: opt.Scheduler = None,
    as_json: opt.Json = False,
) -> None:
    """Score a model, or the recipe of `meshmirror fit`, on a data set: R2 and MAE, by recording and by person.

    Example: meshmirror evaluate faces --model emotion@v6
    """
    from realtime.cli.output import print_json, print_note, results, show_job
    from realtime.cli.study_tables import fit_table, model_table
    from realtime.core.process import available_cores
    from realtime.dataset.evaluate_model import evaluate_model
    from realtime.dataset.fit import FitOptions, fit_data_set
    from realtime.model import load_model
    from realtime.pipeline.dask_cluster import cluster_at

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
        options = FitOptions(features.value, workers=cores, cluster=cluster)
        _, report = fit_data_set(data_set, options, print_note, job)
    if as_json:
        print_json(report)
        return
    with results() as console:
        console.print(fit_table(report))
