"""Stretches of a session that one pipeline serves: parts of one set of models and one kind of detection."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import Any, Literal

from realtime.core.config import Config, DetectConfig
from realtime.core.errors import SessionError, UsageError
from realtime.detect import Tracker, open_tracker
from realtime.detect.feature_sources import open_feature_source
from realtime.geometry import ValidityLimits
from realtime.model import LinearMeshModel
from realtime.pipeline.pipeline import load_models
from realtime.pipeline.predictor import Predictor
from realtime.pipeline.replay.recorded_models import is_recorded, recorded_config, recorded_models, recorded_name
from realtime.pipeline.replay.recorded_stages import StoredTracker
from realtime.pipeline.replay.replay_pipeline import Replaying, ReplayPipeline
from realtime.session import Session
from realtime.session.read.part import SessionPart
from realtime.session.schema import PartInfo


class Sections:
    """Knows the stretches, and opens a pipeline for each."""

    def __init__(
        self,
        session: Session,
        chosen: Config | None,
        detect: DetectConfig,
        *,
        redetect: bool,
        again: Callable[[], None],
        served: Callable[[int], None],
    ) -> None:
        """`chosen`: settings whose models stand in the place of those that were recorded. `detect` tells where this
        machine has what `redetect` needs. `served` is called with a stretch once its pipeline takes frames.

        Raises ModelFileError where a recorded model is needed and is not here, SessionError where there is no video for
        `redetect`.
        """
        self._session = session
        self._redetect = redetect
        self._detect = detect
        self._again, self._served = again, served
        others = () if chosen is None else tuple(load_models(chosen.model.names, chosen.model.labels))
        self._first: list[SessionPart] = []  # part of each stretch
        for part in session.parts:
            if redetect and part.camera is None:
                raise SessionError(
                    f"{session.folder}: part {part.info.part} has no camera.mp4 that can be read, and --redetect needs "
                    "the pictures. Without it the recorded landmarks are replayed."
                )
            if not self._first or _kind(self._first[-1].info) != _kind(part.info):
                self._first.append(part)
        self._models: list[tuple[LinearMeshModel, ...]] = []
        self.configs: list[Config] = []  # the settings of each as they were recorded, with the names of its models
        for part in self._first:
            self._models.append(others or recorded_models(part.info, session.folder))
            self.configs.append(_settings(part.info, chosen))

    def __len__(self) -> int:
        return len(self._first)

    def of(self, row: int) -> int:
        """The stretch in which a row lies."""
        return bisect_right([part.first for part in self._first], row) - 1

    def info(self, stretch: int) -> PartInfo:
        """What holds for it."""
        return self._first[stretch].info

    def open(
        self, stretch: int, config: Config | None = None, models: Sequence[LinearMeshModel] | None = None
    ) -> ReplayPipeline:
        """A pipeline for a stretch: with its own models, or with those of `config`, which are loaded unless `models`
        are them.

        Raises what the models and trackers raise, UsageError for words of a network that were not recorded.
        """
        own, info = self.configs[stretch], self.info(stretch)
        config = config or own
        if models is None:
            same = config.model.names == own.model.names
            models = self._models[stretch] if same else load_models(config.model.names, config.model.labels)
        if config.detect.emotion == "pyfeat" and not info.network:
            raise UsageError("No words of py-feat's network were recorded here: its emotions cannot be replayed.")
        recorded = recorded_config(info)
        tracker = self._tracker(info, recorded.detect)
        predictors = [
            Predictor(
                model,
                open_feature_source(config.detect.emotion, model, tracker, network=info.network),
                recorded.model.pose,
                recorded.detect.pose_source,
            )
            for model in models
        ]
        limits = ValidityLimits(
            max_yaw_deg=recorded.model.max_yaw_deg,
            max_pitch_deg=recorded.model.max_pitch_deg,
            max_anchor_residual=recorded.model.max_anchor_residual,
            min_canthal_px=recorded.detect.min_canthal_px,
        )
        origins = tuple(
            next((at for at, known in enumerate(info.models) if is_recorded(model, known)), None) for model in models
        )
        replaying = Replaying(
            self._session,
            info,
            origins,
            recorded.model.pose,
            config.detect.emotion == recorded.detect.emotion,
            self._redetect,
            self._again,
            lambda: self._served(stretch),
        )
        return ReplayPipeline(tracker, predictors, limits, replaying)

    def _tracker(self, info: PartInfo, recorded: DetectConfig) -> Tracker:
        """That of the recording, unless another is asked for; no path that stands in the session is followed."""
        if not self._redetect:
            return StoredTracker(info)
        then: Literal["bundled", "task"] = "task" if info.tracker == "task" else "bundled"
        return open_tracker(
            then if self._detect.tracker == "auto" else self._detect.tracker,
            task_file=self._detect.task_file,
            max_faces=recorded.max_faces,
            detection_confidence=recorded.detection_confidence,
            tracking_confidence=recorded.tracking_confidence,
        )


def _settings(info: PartInfo, chosen: Config | None) -> Config:
    """The settings of a part as they were recorded, with the models by the names under which they are here."""
    config = recorded_config(info)
    emotion = config.detect.emotion
    names, labels = tuple(recorded_name(model) for model in info.models), info.models[0].labels
    if chosen is not None:
        names, labels = chosen.model.names, chosen.model.labels
        emotion = "auto" if emotion == "pyfeat" else emotion  # the network may not give what these are driven by
    model = config.model.model_copy(update={"names": names, "labels": labels, "pose": "auto"})
    return config.with_detect(emotion=emotion).model_copy(update={"model": model})


def _kind(info: PartInfo) -> tuple[Any, ...]:
    """What has to be the same for one pipeline to serve two parts."""
    config = recorded_config(info)
    detect, model = config.detect, config.model
    return (
        tuple((known.name, known.sha256, known.features) for known in info.models),
        info.live, info.tracker, info.blendshapes, info.network, detect.emotion, detect.pose_source,
        detect.min_canthal_px, model.max_yaw_deg, model.max_pitch_deg, model.max_anchor_residual,
    )  # fmt: skip
