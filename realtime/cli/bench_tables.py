"""The figures of `meshmirror bench` in the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from realtime.app.bench.bench_report import BenchReport, SoakReport
    from realtime.app.bench.comparing import CompareSpeedReport
    from realtime.app.bench.extracting import ExtractSpeedReport
    from realtime.app.bench.fitting import FitSpeedReport
    from realtime.app.bench.landmarks import LandmarkSpeedReport
    from realtime.app.bench.stream_speed import StreamSpeedReport
    from realtime.core.run_report import Quantiles

STARTS = {
    "interpreter": "python -c pass, s",
    "libraries": "import of typer and rich, s",
    "version": "meshmirror --version, s",
    "help": "meshmirror --help, s",
    "bare_frame": "a bare MediaPipe script's first frame, s",
    "first_frame": "meshmirror's first headless frame, s",
}


def print_bench(report: BenchReport) -> None:
    """All that was measured, and the targets."""
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
        if report.extract is not None:
            console.print(_extract(report.extract))
        if report.compare is not None:
            console.print(_compare(report.compare))
        if report.landmarks is not None:
            console.print(_landmarks(report.landmarks))
        if report.streams is not None:
            console.print(_streams(report.streams))
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


def _extract(found: ExtractSpeedReport) -> Any:
    """An extraction beside the bare loop."""
    from realtime.cli.study_tables import facts_table

    return facts_table(
        ("videos", f"{found.videos} copies of {found.clip}, {found.frames:,} frames, {found.processes} processes"),
        ("extraction", f"{found.frames_a_second:.0f} frames a second with {found.emotions}, {found.rows:,} rows"),
        ("bare MediaPipe", f"{found.bare_frames_a_second:.0f} frames a second, {found.bare_faces:,} faces"),
        ("ratio", f"{found.ratio:.2f}"),
        (
            "processor, a frame",
            f"{found.processor_ms or 0:.1f} ms, bare MediaPipe {found.bare_processor_ms or 0:.1f} ms",
        ),
        ("a killed run", f"does {found.lost_at_most} recordings again at most, besides those under way"),
    )


def _streams(found: StreamSpeedReport) -> Any:
    """What streaming adds, by format."""
    from rich.table import Table

    from realtime.cli.output import MUTED

    table = Table(box=None, padding=(0, 2))
    for name in (f"all formats, {found.seconds:g} s", "added ms, median", "p95", "largest", "sent", "dropped"):
        table.add_column(name, header_style=MUTED)
    for kind, one in found.formats.items():
        added = ["-"] * 3 if one.added_ms is None else [f"{value:.2f}" for value in dict(one.added_ms).values()]
        table.add_row(kind, *added, f"{one.sent:,}", f"{one.dropped:,}")
    cost = [f"{value:.3f}" for value in dict(found.accept_ms).values()]
    table.add_row("of the computing thread", *cost)
    return table


def _landmarks(found: LandmarkSpeedReport) -> Any:
    """The tracker `openvino` beside FaceLandmarker."""
    from realtime.cli.study_tables import facts_table

    began = memory = "not measured"
    if (start := found.start) is not None:
        began = f"{start.start_s:.2f} s ({start.start_processor_s:.2f} processor), first {start.first_start_s:.1f} s"
        memory = f"{start.memory_mb or 0:.0f} MB, {start.above_mb or 0:.0f} of them its own"
    return facts_table(
        ("clip", f"{found.clip}, {found.frames} frames, one face"),
        *(
            (
                who,
                f"{one.ms.median:.1f} ms a frame (95 %: {one.ms.p95:.1f}), {one.processor_ms:.1f} ms of the processor; "
                f"{found.processes} processes {one.files_per_s:.0f} frames a second, {one.files_processor_ms:.1f} ms",
            )
            for who, one in found.times.items()
        ),
        ("ratio", f"{found.ratio:.2f}, of the processor {found.processor_ratio:.2f}, of files {found.files_ratio:.2f}"),
        ("distance", f"median {found.median_px:.3f} px, 99.9 % {found.outer_px:.2f} px"),
        ("start", began),
        ("memory", memory),
    )


def _compare(found: CompareSpeedReport) -> Any:
    """Comparisons beside the bare loop, and their memory."""
    from realtime.cli.study_tables import facts_table

    def processor(ms: float | None) -> str:
        return "" if ms is None else f", {ms:.1f} ms of the processor a frame"

    clips = " and ".join(found.clips)
    return facts_table(
        ("videos", f"{found.videos} copies of {clips}, {found.frames:,} frames, {found.processes} processes"),
        ("bare MediaPipe", f"{found.bare_frames_a_second:.0f} frames a second{processor(found.bare_processor_ms)}"),
        *(
            (
                f"driven by {who}",
                f"{one.frames_a_second:.0f} frames a second{processor(one.processor_ms)}; ratio {one.ratio:.2f}; "
                f"scores and page {one.scores_s:.1f} s",
            )
            for who, one in found.sources.items()
        ),
        ("driven by py-feat's network", _compared_by_network(found)),
        *(
            (
                f"memory, {one.frames:,} frames",
                "unknown"
                if one.above_mb is None
                else f"{one.above_mb:.0f} MB above the {one.models_mb:.0f} of the libraries and models",
            )
            for one in found.memory
        ),
        (
            f"report of {found.report.recordings} recordings",
            f"{found.report.seconds:.1f} s for {found.report.frames:,} simulated frames of each, "
            f"{'with' if found.report.figures else 'without'} figures; page of {found.report.page_mb:.1f} MB",
        ),
    )


def _compared_by_network(found: CompareSpeedReport) -> str:
    one = found.network
    if one is None:
        return found.network_error or "not measured"
    return (
        f"{one.frames_a_second:.1f} frames a second, {one.faces_a_second:.1f} of them with a face; the network alone "
        f"{one.alone_faces_a_second:.1f} ({one.runtime}, {one.weights} weights); ratio {one.ratio:.2f}"
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
