"""py-feat's network as this program runs it, beside py-feat itself, in one run on the same clip."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np

from realtime.app.bench.camera_loop import flat_out, live
from realtime.app.bench.network_rate import READY_S, Faces, rate_in_step, rate_live, wait_until_ready
from realtime.app.bench.process_memory import peak_mb
from realtime.app.bench.quantiles import quantiles
from realtime.app.bench.random_weights import bench_weights, own_home
from realtime.core.blas_threads import environment_for_children
from realtime.core.config import Config
from realtime.core.errors import MeshmirrorError
from realtime.core.types import ByteArray, FloatArray, Frame
from realtime.detect.pyfeat.converted import ensure_converted
from realtime.detect.pyfeat.crop import Crop, face_box
from realtime.detect.pyfeat.weights import Weights
from realtime.detect.worker import WorkerSupervisor, network_command
from realtime.pipeline.build import Pipeline
from realtime.pipeline.network_plan import FACES_AHEAD
from realtime.pipeline.network_sync import NetworkSync

FRAMES = 12  # of the clip, spread over it; py-feat takes half a second for each
POLL_S = 0.0005
LOST_S = 5.0  # a face without an answer after that time is lost


def emotions(
    config: Config, frames: list[Frame], points_px: list[FloatArray], rounds: int, seconds: float,
    notify: Callable[[str], None],
) -> dict[str, Any]:  # fmt: skip
    """Emotions a second of `Detectorv2`, of its tracked path and of this program's source; transfer time and memory.

    `points_px`: the face in each frame, (478, 3) pixels. Each round measures all of them in turn, so that they meet the
    same machine.
    """
    faces = [(f.image, Crop.of_face(points, f.size)) for f, points in zip(frames, points_px, strict=True)]
    some = np.linspace(0, len(frames) - 1, FRAMES).astype(int)
    pictures = np.stack([frames[at].image for at in some])
    boxes = np.stack([face_box(points_px[at]) for at in some])
    report: dict[str, Any] = {}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        weights, kind = bench_weights(config, folder, notify)
        report["weights"] = kind
        if kind == "random":  # their conversion is not kept
            stack.enter_context(own_home(folder))
        notify("the network, converting it if necessary")
        ensure_converted(weights, notify)
        notify("py-feat's own Detectorv2, starting")
        theirs = stack.enter_context(_pyfeat(folder, pictures, boxes, weights.path))
        report["detector_weights"] = theirs.answer()["detector_weights"]
        ours: dict[str, WorkerSupervisor[int]] = {}
        for name, precision, live in (("f32", "f32", True), ("bf16", "bf16", True), ("in_step", "f32", False)):
            notify(f"the network, {precision}{'' if live else ', in step'}, starting")
            command = network_command(weights.path, weights.sha256, "cpu", precision, config.detect.threads)
            supervisor: WorkerSupervisor[int] = stack.enter_context(
                WorkerSupervisor(command, live=live, slots=FACES_AHEAD)
            )
            if wait_until_ready(supervisor, faces, live):
                ours[name] = supervisor
        taken: dict[str, list[float]] = {"whole": [], "tracked": []}
        rates: dict[str, list[float]] = {name: [] for name in ours}
        for turn in range(rounds):
            notify(f"emotions, round {turn + 1} of {rounds}")
            for name, one in theirs.ask().items():
                taken[name] += one
            for name, supervisor in ours.items():
                measure = rate_in_step if name == "in_step" else rate_live
                rates[name].append(measure(supervisor, faces, seconds))
        report["rates"] = {
            "detectorv2": round(1 / float(np.median(taken["whole"])), 3),
            "crop_and_forward": round(1 / float(np.median(taken["tracked"])), 3),
            **{name: round(float(np.median(values)), 3) for name, values in rates.items()},
        }
        report["hand_over_ms"] = quantiles(_one_by_one(ours["f32"], faces))
        report["runtimes"] = {name: supervisor.runtime_name for name, supervisor in ours.items()}
        report["ready_ms"] = {name: round(supervisor.start_ms["all"], 1) for name, supervisor in ours.items()}
        report["memory_mb"] = {name: peak_mb(supervisor.process_id) for name, supervisor in ours.items()}
        for supervisor in ours.values():
            supervisor.close()
        notify("landmarks beside the network")
        report["landmarks"] = _landmarks(config, frames, weights, rounds, seconds)
    return report


def emotion_targets(report: dict[str, Any]) -> list[tuple[str, float | None, float, str]]:
    """The targets of the network: name, measured, limit, and on which side of it."""
    rates, landmarks = report["rates"], report["landmarks"]

    def times(ours: str, theirs: str) -> float | None:
        return round(rates[ours] / rates[theirs], 2) if ours in rates else None

    rows: list[tuple[str, float | None, float, str]] = [
        ("emotions a second / Detectorv2's, f32", times("f32", "detectorv2"), 8.0, "at least"),
        ("emotions a second / its crop and forward, f32", times("f32", "crop_and_forward"), 3.5, "at least"),
        ("emotions a second / Detectorv2's, bf16", times("bf16", "detectorv2"), 12.0, "at least"),
        (
            "landmarks at 30 Hz, beside the network / alone",
            landmarks["camera"]["ratio"],
            0.9,
            "at least",
        ),
        ("transfer to the network's process, median ms", report["hand_over_ms"]["median"], 2.0, "at most"),
        ("the network's process ready, s", round(report["ready_ms"]["f32"] / 1e3, 2), 2.0, "at most"),
        ("memory of the network's process, MB", report["memory_mb"]["f32"], 800.0, "at most"),
    ]
    return rows


class _PyFeat:
    """The other process, which answers each line with a line."""

    def __init__(self, to: IO[str], of: IO[str]) -> None:
        self._to, self._of = to, of

    def ask(self) -> dict[str, list[float]]:
        """Seconds of each frame, `whole` and `tracked`."""
        self._to.write("\n")
        self._to.flush()
        found: dict[str, list[float]] = self.answer()
        return found

    def answer(self) -> dict[str, Any]:
        """Its next line. Raises MeshmirrorError if the process has ended."""
        line = self._of.readline()
        if not line:
            raise MeshmirrorError("py-feat itself could not be started; its messages are above.")
        found: dict[str, Any] = json.loads(line)
        return found


@contextmanager
def _pyfeat(folder: Path, pictures: ByteArray, boxes: FloatArray, weights: Path) -> Iterator[_PyFeat]:
    np.savez(folder / "frames.npz", frames=pictures, boxes=boxes)
    frames = str(folder / "frames.npz")
    command = [sys.executable, "-m", "realtime.app.bench.pyfeat_process", frames, str(weights)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment_for_children()
    ) as child:
        assert child.stdin is not None and child.stdout is not None
        try:
            yield _PyFeat(child.stdin, child.stdout)
        finally:
            child.stdin.close()


def _one_by_one(supervisor: WorkerSupervisor[int], faces: Faces) -> list[float]:
    """Milliseconds from the offer of a face to its answer that were not computation, with nothing else to do."""
    waits = []
    for at, face in enumerate(faces):
        supervisor.offer(*face, at)
        end = time.monotonic() + LOST_S
        while ((answer := supervisor.take()) is None or answer.context != at) and time.monotonic() < end:
            time.sleep(POLL_S)
        if answer is not None:
            waits.append(answer.waited_ms)
    return waits


def _landmarks(
    config: Config, frames: list[Frame], weights: Weights, rounds: int, seconds: float
) -> dict[str, dict[str, float]]:
    """Frames a second through the pipeline, alone and beside the network: of a 30 Hz source, and as fast as it goes."""
    alone_settings = config.with_detect(emotion="inverse", pose_source="mesh")
    beside_settings = config.with_detect(emotion="pyfeat", pyfeat_weights=weights.path)
    camera: dict[str, list[float]] = {"alone": [], "beside": []}
    most: dict[str, list[float]] = {"alone": [], "beside": []}
    with Pipeline.from_config(alone_settings) as alone, Pipeline.from_config(beside_settings) as beside:
        beside.begin(live=True)
        assert isinstance(beside.network, NetworkSync)
        end = time.monotonic() + READY_S
        while not beside.network.supervisor.answering:
            if beside.network.supervisor.state == "failed" or time.monotonic() > end:
                raise MeshmirrorError(f"The network could not be measured: {beside.network.supervisor.reason}")
            live(beside, frames, 0.5)
        before = beside.network.supervisor.counts.answers
        for _ in range(rounds):
            for name, pipeline in (("alone", alone), ("beside", beside)):
                camera[name].append(live(pipeline, frames, seconds).frames / seconds)
        answers = beside.network.supervisor.counts.answers - before
        for _ in range(rounds):
            for name, pipeline in (("alone", alone), ("beside", beside)):
                most[name].append(flat_out(pipeline, frames, seconds))

    def medians(rates: dict[str, list[float]]) -> dict[str, float]:
        alone, beside = (float(np.median(rates[name])) for name in ("alone", "beside"))
        return {"alone": round(alone, 2), "beside": round(beside, 2), "ratio": round(beside / alone, 3)}

    return {
        "camera": {**medians(camera), "emotions": round(answers / (rounds * seconds), 2)},
        "flat_out": medians(most),
    }
