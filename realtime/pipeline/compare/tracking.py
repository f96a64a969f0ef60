"""The faces of a video, through the same step as in the mirror: every frame once, nothing dropped."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from realtime.capture import OpenSource, SourceOptions, open_source
from realtime.core.config import Config
from realtime.core.errors import ModelFileError, SessionError
from realtime.core.frame_result import Face, FrameResult
from realtime.core.types import Features, Frame, NetworkOutput
from realtime.detect import Tracker
from realtime.detect.appearance import APPEARANCE_COMMAND, AT_ONCE
from realtime.detect.feature_sources import (
    AppearanceSource,
    BlendshapeSource,
    FaceObservation,
    FeatureSource,
    NetworkSource,
)
from realtime.model import BUILT_IN, LinearMeshModel, load_model
from realtime.pipeline.appearance import open_appearance
from realtime.pipeline.build import configured_rotation, configured_tracker, limits_of
from realtime.pipeline.compare.face_spools import FaceSpools
from realtime.pipeline.compare.spool import SeenFrame, Spool
from realtime.pipeline.face_changes import FaceChanges
from realtime.pipeline.face_units import STILL
from realtime.pipeline.network_plan import plan_network
from realtime.pipeline.pipeline import FrameStep
from realtime.pipeline.plausibility import MeasuredPlausibility
from realtime.pipeline.predictor import Predictor
from realtime.pipeline.summary import kind_of
from realtime.session import open as open_session
from realtime.session.folder import stream_path

_SHOWN_EVERY = 25  # frames between two notes of how much is done


@dataclass(frozen=True, slots=True)
class Tracked:
    """What was found out about a recording while its faces were found."""

    tracker: str
    damaged: int = 0  # frames that could not be decoded
    remarks: tuple[str, ...] = ()


class NoFeatures:
    """A model whose features are found later, from the spool."""

    name = "none"

    def features(self, face: FaceObservation) -> Features | None:
        return None


def track_pictures(
    path: Path,
    config: Config,
    models: Sequence[LinearMeshModel],
    sources: Sequence[str],
    spool: Spool,
    share_done: Callable[[float], None],
) -> Tracked:
    """Find the faces of a video, or of the camera's pictures of a session, and what the `sources` ("appearance",
    "pyfeat", "mediapipe") make of them.

    A frame is valid where it is so for each of the `models`. Raises what sources, sessions, trackers and networks
    raise.
    """
    changes = FaceChanges()

    def add(result: FrameResult) -> None:
        spool.add(_seen(result, result.face, changes, sources))

    return _tracked(path, config, models, sources, add, share_done)


def track_faces(
    path: Path,
    config: Config,
    models: Sequence[LinearMeshModel],
    sources: Sequence[str],
    spools: FaceSpools,
    share_done: Callable[[float], None],
) -> Tracked:
    """As `track_pictures`, with all faces of a frame, each in a spool of its own."""

    def add(result: FrameResult) -> None:
        for face in result.faces:
            seen = _seen(result, face, None, sources)
            spools.add(face.track_id, seen if not face.still else replace(seen, valid=False, reasons=(STILL,)))

    return _tracked(path, config, models, sources, add, share_done)


def _tracked(
    path: Path,
    config: Config,
    models: Sequence[LinearMeshModel],
    sources: Sequence[str],
    add: Callable[[FrameResult], None],
    share_done: Callable[[float], None],
) -> Tracked:
    if path.is_dir():  # its pictures were turned before they were stored
        config = config.model_copy(update={"source": config.source.model_copy(update={"rotate": 0})})
    with _open_step(config, models, sources) as step, ExitStack() as stack:
        opened = pictures_of(path, config, stack)
        total = sum(one.info.frames or 0 for one, _ in opened)
        for frames, result in enumerate(step.run(frames_of(opened), AT_ONCE), 1):
            add(result)
            if total and frames % _SHOWN_EVERY == 0:
                share_done(min(1.0, frames / total))
        return Tracked(step.tracker.name, sum(one.damaged for one, _ in opened))


def pictures_of(path: Path, config: Config, stack: ExitStack) -> list[tuple[OpenSource, int]]:
    """The open videos of a recording, in their order, and what their times have to be moved by, ns."""
    options = replace(SourceOptions.from_config(config.source), loop=False)  # every frame counts once
    if not path.is_dir():
        return [(stack.enter_context(open_source(path, options)), 0)]
    with open_session(path) as session:
        videos = [(stream_path(path, "camera", part.info.part), int(part.times[0])) for part in session.parts]
    missing = [video.name for video, _ in videos if not video.is_file()]
    if missing:
        raise SessionError(f"{path}: has no {missing[0]}, and --recompute needs the pictures.")
    return [(stack.enter_context(open_source(video, options)), start_ns) for video, start_ns in videos]


def frames_of(opened: Sequence[tuple[OpenSource, int]]) -> Iterator[Frame]:
    """All frames, numbered through, with growing times; another video is another segment."""
    number, last_ns = 0, -1
    for at, (source, start_ns) in enumerate(opened):
        for frame in source:
            last_ns = max(last_ns + 1, frame.stamp_ns + start_ns)
            index = number if len(opened) > 1 else frame.index
            yield replace(frame, stamp_ns=last_ns, index=index, segment=frame.segment + 1000 * at)
            number += 1


def _open_step(config: Config, models: Sequence[LinearMeshModel], sources: Sequence[str]) -> FrameStep:
    """The step that ends at the features."""
    uses_network, uses_appearance = NetworkSource.name in sources, AppearanceSource.name in sources
    network = plan_network(config.with_detect(emotion="pyfeat").detect, _silent) if uses_network else None
    appearance = None
    if uses_appearance:
        appearance = open_appearance(config.with_detect(emotion="appearance").detect, models, _silent, network=False)
        if appearance is None:
            raise ModelFileError(f"The classifier 'appearance' is not here; `{APPEARANCE_COMMAND}` installs it.")
    tracker = configured_tracker(config.detect, blendshapes=BlendshapeSource.name in sources)
    try:
        predictors = _predictors(models, tracker, uses_appearance)
        return FrameStep(
            tracker,
            predictors,
            limits_of(config),
            None if network is None else network.open,
            appearance=appearance,
            plausibility=MeasuredPlausibility(config.detect.min_mouth_match),
            rotation=configured_rotation(config, predictors[0].aligner),
        )
    except BaseException:
        tracker.close()
        raise


def _predictors(models: Sequence[LinearMeshModel], tracker: Tracker, appearance: bool) -> list[Predictor]:
    """One a model, for its alignment; the first has the classifier's emotions, whatever drives its model."""
    found = []
    for at, model in enumerate(models):
        source: FeatureSource = AppearanceSource(load_model(BUILT_IN)) if appearance and at == 0 else NoFeatures()
        predictor = Predictor(model, source)
        predictor.features_only = True
        found.append(predictor)
    return found


def _seen(result: FrameResult, face: Face | None, changes: FaceChanges | None, sources: Sequence[str]) -> SeenFrame:
    """A face of a frame, numbered by `changes`, else by its track."""
    if face is None or face.estimate.aligned is None:
        return SeenFrame(result.stamp, result.frame.index, reasons=("no face",))
    landmarks, estimate = face.landmarks, face.estimate
    measured: dict[str, Mapping[str, float]] = {}
    if estimate.features is not None:
        measured[AppearanceSource.name] = estimate.features.values
    if NetworkSource.name in sources and estimate.network is not None:
        measured[NetworkSource.name] = outputs_of(estimate.network)
    if BlendshapeSource.name in sources and landmarks.blendshapes is not None:
        measured[BlendshapeSource.name] = landmarks.blendshapes
    return SeenFrame(
        result.stamp,
        result.frame.index,
        landmarks.points_px,
        face.estimate.aligned.pose.angles,
        valid=estimate.validity.ok,
        reasons=tuple(map(kind_of, estimate.validity.reasons)),
        warm_up=estimate.warm_up,
        faces_seen=landmarks.faces_seen,
        face=face.track_id if changes is None else changes.number(face.track_id, landmarks),
        rotation=result.frame.rotation,
        measured=measured,
    )


def outputs_of(network: NetworkOutput) -> dict[str, float]:
    """What of the network's outputs can drive a model."""
    return {**network.emotions, **network.action_units, **(network.blendshapes or {})}


def _silent(text: str) -> None:
    """Notes about the network's start, which have no place in a job of many."""
