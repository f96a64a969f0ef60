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
    as_json: opt.Json = False,
) -> None:
    """Score a model, or the recipe of `meshmirror fit`, on a data set: R2 and MAE, by recording and by person.

    Example: meshmirror evaluate faces --model emotion@v6
    """
    from realtime.cli.output import print_json, print_note, results
    from realtime.cli.study_tables import fit_table, model_table
    from realtime.core.process import available_cores
    from realtime.dataset.evaluate_model import evaluate_model
    from realtime.dataset.fit import FitOptions, fit_data_set
    from realtime.model import load_model

    if model is not None:
        scores = evaluate_model(data_set, load_model(model), workers or available_cores(), print_note)
        if as_json:
            print_json(scores)
            return
        with results() as console:
            console.print(model_table(scores))
        return
    _, report = fit_data_set(data_set, FitOptions(features.value, workers=workers or available_cores()), print_note)
    if as_json:
        print_json(report)
        return
    with results() as console:
        console.print(fit_table(report))
