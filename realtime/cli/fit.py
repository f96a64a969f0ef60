"""`meshmirror fit`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from realtime.cli import options as opt
from realtime.cli.app import app


@app.command()
def fit(
    data_set: opt.DataSetFolder,
    features: opt.FeatureFamily = opt.Family.emotion,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="The model file (.npz); its card goes beside it.", metavar="FILE.npz"),
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
    evaluate: Annotated[bool, typer.Option(help="Score on held-out recordings and people.")] = True,
    workers: opt.Workers = None,
    as_json: opt.Json = False,
) -> None:
    """Fit a model of the family to a data set: features and pose -> 478 vertices. Evaluated on held-out recordings.

    A data set is a folder of Parquet files, one row a face; docs/fitting.md has its columns.

    Example: meshmirror fit faces --features emotion --out emotion_to_mesh_mine.npz
    """
    from realtime.cli.output import print_json, print_note, results
    from realtime.cli.study_tables import fit_table
    from realtime.core.errors import UsageError
    from realtime.core.files import check_output, new_output, user_path
    from realtime.core.process import available_cores
    from realtime.dataset.card import model_card
    from realtime.dataset.fit import FitOptions, fit_data_set
    from realtime.model import load_model
    from realtime.model.file import write_model

    path = user_path(out or Path(f"{features.value}_to_mesh_fit.npz"))
    check_output(path, "--out")
    if path.suffix.lower() != ".npz":
        raise UsageError(f"--out {path}: a model file ends in .npz.")
    if as_published and frame_of is not None:
        raise UsageError("--as-published takes its frame from the first row; it cannot be combined with --frame-of.")
    options = FitOptions(
        family=features.value,
        alignment="as-published" if as_published else "clean",
        frame_of=None if frame_of is None else load_model(frame_of),
        drop_worst=not keep_worst,
        stretch_y=stretch_y,
        evaluate=evaluate,
        workers=workers or available_cores(),
    )
    model, report = fit_data_set(data_set, options, print_note)
    with new_output(path) as written:
        model = model.replaced(name=written.stem)
        write_model(model.replaced(card=model_card(model, report)), written)
    with new_output(path.with_name(f"{written.stem}.README.md")) as card:
        card.write_text(model_card(model, report), encoding="utf-8")
    if written != path:
        print_note(f"{path} exists and is kept; written to {written}.")
    report = report.model_copy(update={"model": str(written), "card": str(card)})
    if as_json:
        print_json(report)
        return
    with results() as console:
        console.print(fit_table(report))
