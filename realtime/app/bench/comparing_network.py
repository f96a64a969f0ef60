"""How fast recordings are compared with py-feat's network, beside the network alone, on the same cores in one run."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import numpy as np

from realtime.app.bench.beside_bare_loop import tracker_beside
from realtime.app.bench.network_rate import Faces, rate_in_step, wait_until_ready
from realtime.app.bench.random_weights import Kind, bench_weights, own_home
from realtime.app.bench.timed_compare import timed_compare
from realtime.app.compare import CompareOptions
from realtime.capture import open_source
from realtime.core.config import Config
from realtime.core.errors import SourceError
from realtime.core.process import Notify, available_cores
from realtime.core.report import Report, described
from realtime.detect import largest_face
from realtime.detect.pyfeat.converted import ensure_converted
from realtime.detect.pyfeat.crop import Crop
from realtime.detect.worker import WorkerSupervisor, network_command
from realtime.pipeline.build import Pipeline
from realtime.pipeline.compare.neutrals import NeutralWish
from realtime.pipeline.network_plan import FACES_AHEAD

ALONE_S = 10.0
_MOST_FACES = 64  # of a video, for the network alone


class CompareNetworkReport(Report):
    """Comparisons whose model py-feat's network drives, between two measurements of the network alone."""

    weights: Annotated[
        Kind, described('"installed", or "random": of the same layout, which take the same time, where none are')
    ]
    runtime: Annotated[str, described("what runs the network")]
    alone_faces_a_second: Annotated[
        float, described("faces a second of the network alone, which always has the next ones waiting")
    ]
    frames: Annotated[int, described("frames that were compared or left out")]
    frames_a_second: Annotated[float, described("of these in a second, from the start to the last recording's end")]
    faces: Annotated[int, described("of these, frames that show a face, which the network has seen")]
    faces_a_second: Annotated[float, described("the same of them")]
    ratio: Annotated[float, described("faces a second by those of the network alone")]


def network_speed(config: Config, videos: Sequence[Path], folder: Path, notify: Notify) -> CompareNetworkReport:
    """Compare videos by py-feat's network with a process a core, and run the network alone before and after.

    Raises what the network raises where it cannot be run, and SourceError where a video cannot be compared.
    """
    cores = available_cores()
    with ExitStack() as stack:
        weights, kind = bench_weights(config, folder, notify)
        if kind == "random":  # their conversion is not kept
            stack.enter_context(own_home(folder / "home"))
        notify("py-feat's network, converting it if necessary")
        ensure_converted(weights, notify)
        detect = config.detect
        given = config.with_detect(
            emotion="pyfeat", pyfeat_weights=weights.path, tracker=tracker_beside(config), pose_source="mesh"
        )
        faces = _faces(config, videos[-1])
        command = network_command(weights.path, weights.sha256, detect.device, detect.precision, detect.threads)

        def alone() -> tuple[float, str]:
            notify("py-feat's network alone")
            with WorkerSupervisor[int](command, live=False, slots=FACES_AHEAD) as supervisor:
                wait_until_ready(supervisor, faces, live=False)
                return rate_in_step(supervisor, faces, ALONE_S), supervisor.runtime_name

        before, runtime = alone()
        notify(f"{len(videos)} videos on {cores} cores, driven by py-feat's network")
        options = CompareOptions(given, ("pyfeat",), NeutralWish("none"), workers=cores)
        timed = timed_compare(videos, folder / "out-pyfeat", options)
        after, _ = alone()
    seen = sum(one.quality.faces for one in timed.report.recordings)
    rate = float(np.mean((before, after)))
    return CompareNetworkReport(
        weights=kind,
        runtime=runtime,
        alone_faces_a_second=rate,
        frames=timed.report.frames,
        frames_a_second=timed.report.frames / timed.recordings_s,
        faces=seen,
        faces_a_second=seen / timed.recordings_s,
        ratio=seen / timed.recordings_s / rate,
    )


def network_targets(found: CompareNetworkReport) -> list[tuple[str, float | None, float, str]]:
    """Name, measured, its target, and on which side of that it has to be."""
    return [("comparison with py-feat's network / the network alone", found.ratio, 0.9, "at least")]


def _faces(config: Config, video: Path) -> Faces:
    """Pictures of a video with the faces in them."""
    found: Faces = []
    given = config.with_detect(emotion="inverse", tracker=tracker_beside(config), pose_source="mesh")
    with Pipeline.from_config(given) as pipeline, open_source(str(video)) as source:
        for frame in source:
            face = largest_face(pipeline.tracker.track_all(frame))
            if face is not None:
                found.append((frame.image, Crop.of_face(face.points_px, frame.size)))
            if len(found) == _MOST_FACES:
                break
    if not found:
        raise SourceError(f"{video.name}: no face was found, and the network needs some.")
    return found
