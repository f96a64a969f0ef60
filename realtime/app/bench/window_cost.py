"""The cost of the window: its frames, its growth over many of them, and the processor time while it is paused."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from itertools import count, islice
from pathlib import Path
from typing import Any

import moderngl

from realtime.app.bench.camera_loop import WARM_UP
from realtime.app.bench.child import measured_in_child
from realtime.app.bench.gl_objects import living_objects
from realtime.app.bench.quantiles import quantiles
from realtime.capture import open_source
from realtime.core.config import Config
from realtime.core.errors import DisplayError
from realtime.core.frame_result import FrameResult
from realtime.core.resources import pyfeat_file
from realtime.core.status import Status
from realtime.core.view_options import Card
from realtime.core.view_state import ViewState
from realtime.pipeline.build import Pipeline
from realtime.view import MirrorView, Screen, open_offscreen
from realtime.view.gl.renderer import is_software

CLIP = "tests/data/WolfgangLanger_Pexels.mp4"
SIZES = ((1280, 720), (1920, 1080))
SMALL = (640, 360)  # for many frames: the memory that is kept does not depend on the size
PLOTS = (Card.RESIDUAL, Card.REGIONS, Card.EMOTIONS, Card.PARTS)
STATES: dict[str, dict[str, Any]] = {
    "views": {"panel": False, "cards": ()},
    "views, plots": {"panel": False, "cards": PLOTS},
    "views, panel": {"panel": True, "cards": ()},
    "views, panel, plots": {"panel": True, "cards": PLOTS},
}
RESULTS = 120  # of the clip; its pictures have 83 MB
FRAMES, SETTLED = 10_000, 500
TIMED = 30  # frames of each state and round
PAUSED_S = 10.0

Draw = Callable[[FrameResult], None]


def view(config: Config, rounds: int, frames: int, notify: Callable[[str], None]) -> dict[str, Any]:
    """Milliseconds of each state of the window at each size, growth over `frames` frames, share of a core while paused.

    Every frame shows a result that was computed before and has never been drawn.
    """
    notify("results of a clip, to be drawn")
    with Pipeline.from_config(config.with_detect(emotion="inverse", pose_source="mesh")) as pipeline:
        with open_source(str(pyfeat_file(CLIP))) as source:
            results = _new([pipeline.step(frame) for frame in islice(source, RESULTS)])
        models = [predictor.model for predictor in pipeline.predictors]
    samples = config.view.samples
    report: dict[str, Any] = {"frame_ms": {}, "processor_ms": {}}
    try:
        for size in SIZES:
            notify(f"frames of {size[0]}x{size[1]}")
            with closing(open_offscreen(size)) as screen, closing(MirrorView.on(screen, models, samples)) as shown:
                report |= {"renderer": screen.ctx.info["GL_RENDERER"], "software": is_software(screen.ctx)}
                taken = frame_ms(screen, shown, results, rounds)
            for name, states in zip(("frame_ms", "processor_ms"), taken, strict=True):
                report[name][f"{size[0]}x{size[1]}"] = states
        notify(f"{frames:,} frames of {SMALL[0]}x{SMALL[1]}: growth over them")
        with closing(open_offscreen(SMALL)) as screen, closing(MirrorView.on(screen, models, samples)) as shown:
            ui = ViewState(**STATES["views, panel, plots"])
            kept = growth(screen.ctx, lambda new: shown.draw(screen.framebuffer, new, _status(), ui), results, frames)
            report["growth"] = {"size": list(SMALL), **kept}
    except DisplayError as error:
        return {"error": str(error)}
    notify("the program in a window, paused")
    report["paused"] = paused(config)
    return report


def frame_ms(
    screen: Screen, shown: MirrorView, results: Iterator[FrameResult], rounds: int
) -> tuple[dict[str, Any], dict[str, Any]]:
    """From a result to the last pixel, the upload of its image included; the states in turn, on the same machine.

    By the clock, and as the time of all processors together: that of others who are busy is only in the first.
    """
    taken: dict[str, list[tuple[float, float]]] = {state: [] for state in STATES}
    for _ in range(rounds):
        for state, given in STATES.items():
            ui = ViewState(**given)
            for number, result in enumerate(islice(results, WARM_UP + TIMED)):
                start, used = time.perf_counter_ns(), time.process_time_ns()
                shown.draw(screen.framebuffer, result, _status(), ui)
                screen.ctx.finish()
                if number >= WARM_UP:
                    taken[state].append(((time.perf_counter_ns() - start) / 1e6, (time.process_time_ns() - used) / 1e6))
    by_clock, by_processor = (
        {state: quantiles([times[at] for times in both]) for state, both in taken.items()} for at in (0, 1)
    )
    return by_clock, by_processor


def growth(ctx: moderngl.Context, draw: Draw, results: Iterator[FrameResult], frames: int) -> dict[str, Any]:
    """How many more OpenGL objects and how much more memory there are after `frames` frames than after the first."""
    settled = min(SETTLED, frames // 2)
    for result in islice(results, settled):
        draw(result)
    before, memory = living_objects(ctx), resident_mib()
    for result in islice(results, frames - settled):
        draw(result)
    after, more = living_objects(ctx), resident_mib()
    return {
        "frames": frames,
        "after": settled,
        "gl_objects": after,
        "gl_objects_grown": sum(after.values()) - sum(before.values()),
        "memory_grown_mib": None if memory is None or more is None else round(more - memory, 2),
    }


def paused(config: Config, seconds: float = PAUSED_S) -> dict[str, Any]:
    """The share of a core that the program takes in a window of the desktop, with panel and plots, while paused."""
    settings = config.model_dump(mode="json")
    settings["source"] |= {"path": str(pyfeat_file(CLIP)), "loop": True}
    settings["detect"] |= {"emotion": "inverse", "pose_source": "mesh"}
    settings["view"] |= {"panel": True, "cards": list(PLOTS), "remember": False}
    settings["record"]["path"] = None
    module = "realtime.app.bench.paused_window"
    return measured_in_child(module, str(seconds), json.dumps(settings), timeout_s=seconds + 120)


def view_targets(found: dict[str, Any]) -> list[tuple[str, float | None, float]]:
    """The targets of the window, as (name, measured, at most)."""
    at_720p = (found.get("frame_ms", {}).get("1280x720", {}).get("views, panel, plots") or {}).get("median")
    kept = found.get("growth", {})
    share = found.get("paused", {}).get("share")
    return [
        ("window 1280x720 with panel and plots, ms", at_720p, 20.0),
        (f"OpenGL objects grown over {kept.get('frames', FRAMES):,} frames", kept.get("gl_objects_grown"), 0.0),
        (f"memory grown over {kept.get('frames', FRAMES):,} frames, MiB", kept.get("memory_grown_mib"), 8.0),
        ("paused, % of a core", None if share is None else round(100 * share, 2), 5.0),
    ]


def resident_mib() -> float | None:
    """Resident memory of this process; None on systems that need a library for it."""
    if not sys.platform.startswith("linux"):
        return None
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def _new(results: Sequence[FrameResult]) -> Iterator[FrameResult]:
    """The results repeatedly, each time as new objects with later times, so that no cached one fits."""
    first = results[0].frame.stamp_ns
    span = results[-1].frame.stamp_ns - first + 33_000_000
    for turn in count():
        for at, result in enumerate(results):
            index, later = turn * len(results) + at, turn * span
            frame = replace(result.frame, stamp_ns=result.frame.stamp_ns + later, index=index)
            models = tuple(replace(model, stamp_ns=model.stamp_ns + later) for model in result.models)
            faces = tuple(replace(face, estimate=replace(face.estimate, models=models)) for face in result.faces)
            yield replace(result, frame=frame, faces=faces)


def _status() -> Status:
    """The status of a running program, with numbers that change."""
    fps = 29.0 + time.perf_counter() % 1.0
    return Status(source="bench", calibrated=True, fps=fps, latency_ms=40.0 + fps, latency_p95_ms=60.0 + fps)
