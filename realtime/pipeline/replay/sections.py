"""Sections of a session, each replayed by one pipeline: parts with the same models and the same detection."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import Any

from realtime.core.against import EmotionSource
from realtime.core.config import Config, DetectConfig
from realtime.core.errors import SessionError, UsageError
from realtime.core.tracker_names import recorded_tracker
from realtime.core.types import POSE_ZERO
from realtime.detect import Tracker
from realtime.detect.feature_sources import AppearanceSource
from realtime.model import LinearMeshModel
from realtime.pipeline.appearance import open_appearance
from realtime.pipeline.build import Pipeline, build_predictors, configured_tracker, limits_of, load_models
from realtime.pipeline.calibration import Calibration
from realtime.pipeline.network_sync import NetworkOutputs
from realtime.pipeline.plausibility import FacePlausibility, MeasuredPlausibility
from realtime.pipeline.predictor import Predictor
from realtime.pipeline.replay.recorded_choice import RecordedChoice, RecordedTracks
from realtime.pipeline.replay.recorded_conditions import RecordedConditions
from realtime.pipeline.replay.recorded_frames import RecordedRows
from realtime.pipeline.replay.recorded_models import (
    is_recorded,
    recorded_config,
    recorded_frame,
    recorded_models,
    recorded_name,
)
from realtime.pipeline.replay.recorded_stages import (
    AppearanceInPictures,
    RecordedAppearance,
    RecordedNetwork,
    RecordedPlausibility,
    RecordedTracker,
    RedetectingTracker,
)
from realtime.session import Session
from realtime.session.read.part import SessionPart
from realtime.session.schema import PartInfo


class Sections:
    """Knows the sections, and opens a pipeline for each."""

    def __init__(
        self,
        session: Session,
        rows: RecordedRows,
        chosen: Config | None,
        detect: DetectConfig,
        *,
        emotion: EmotionSource | None = None,
        redetect: bool = False,
        changed: Callable[[], None] = lambda: None,
        begun: Callable[[int], None] = lambda section: None,
    ) -> None:
        """`chosen`: settings whose models replace the recorded ones. `emotion`: the source of emotions instead of the
        recorded one. `detect` has what of this machine `redetect` needs. `changed` is called when the row that is
        shown is to be computed once more, `begun` with a section whose pipeline takes frames.

        Raises ModelFileError where a recorded model is needed and is not here, SessionError where there is no video for
        `redetect`.
        """
        self._session, self._rows = session, rows
        self._redetect = redetect
        self._detect = detect
        self._changed, self._begun = changed, begun
        others = () if chosen is None else _load(chosen)
        self._first: list[SessionPart] = []  # part of each section
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
            settings = _settings(part.info, chosen)
            self.configs.append(settings if emotion is None else settings.with_detect(emotion=emotion))

    def __len__(self) -> int:
        return len(self._first)

    def of(self, row: int) -> int:
        """The section of a row."""
        return bisect_right([part.first for part in self._first], row) - 1

    def info(self, section: int) -> PartInfo:
        """The description of the section."""
        return self._first[section].info

    def open(
        self, section: int, config: Config | None = None, models: Sequence[LinearMeshModel] | None = None
    ) -> Pipeline:
        """A pipeline for a section: with its own models, or with those of `config`, which are loaded unless `models`
        are them. It is the pipeline of every run, with recorded stages.

        Raises what models and trackers raise, UsageError for outputs of a network that were not recorded.
        """
        own, info = self.configs[section], self.info(section)
        config = config or own
        if models is None:
            same = config.model.names == own.model.names
            models = self._models[section] if same else _load(config)
        if config.detect.emotion == "pyfeat" and not info.network:
            raise UsageError("No outputs of py-feat's network were recorded here: its emotions cannot be replayed.")
        looks = config.detect.emotion == "appearance" and info.appearance is None
        if looks:
            self._require_pictures(section)
        recorded = recorded_config(info)
        tracker = self._tracker(info, recorded.detect)
        as_recorded = recorded.with_detect(emotion=config.detect.emotion)
        origins = tuple(
            next((at for at, known in enumerate(info.models) if is_recorded(model, known)), None) for model in models
        )
        predictors = build_predictors(
            as_recorded, models, tracker, network=info.network, appearance=looks or info.appearance is not None,
            pose_zeros=[POSE_ZERO if at is None else info.models[at].pose_zero for at in origins],
        )  # fmt: skip
        calibration = Calibration(predictors)
        tracks = RecordedTracks(self._session, self._rows, redetected=self._redetect)
        conditions = RecordedConditions(
            self._session, self._rows, predictors, calibration, info, origins, recorded.model.pose,
            same_emotions=config.detect.emotion == recorded.detect.emotion,
            changed=self._changed, begun=lambda: self._begun(section),
        )  # fmt: skip

        def open_network(live: bool) -> NetworkOutputs:
            return RecordedNetwork(self._session, self._rows, predictors, tracker)

        return Pipeline(
            tracker,
            predictors,
            limits_of(recorded),
            open_network if info.network and not looks else None,  # its outputs may belong to older pictures
            appearance=self._looking(models) if looks else self._appearance(info, predictors),
            tracks=tracks,
            choice=RecordedChoice(tracks),
            plausibility=self._plausibility(recorded.detect),
            conditions=conditions,
            calibration=calibration,
            matches_live=info.live,
        )

    @property
    def needs_pictures(self) -> bool:
        """Whether anything is computed from the camera's pictures: faces, or emotions that were not recorded."""
        unknown = any(
            settings.detect.emotion == "appearance" and part.info.appearance is None
            for settings, part in zip(self.configs, self._first, strict=True)
        )
        return self._redetect or unknown

    def _require_pictures(self, section: int) -> None:
        """Raises UsageError where a part of the section has no pictures in which the classifier could look."""
        first = self._session.parts.index(self._first[section])
        later = self._first[section + 1 :]
        last = self._session.parts.index(later[0]) if later else len(self._session.parts)
        for part in self._session.parts[first:last]:
            if part.camera is None:
                raise UsageError(
                    f"The classifier 'appearance' was no source when {self._session.folder} was recorded, and part "
                    f"{part.info.part} has no camera.mp4 that can be read, in which it could look now. Choose another "
                    "source of emotions (inverse needs nothing); `--record` keeps pictures unless record.video is off."
                )

    @staticmethod
    def _looking(models: Sequence[LinearMeshModel]) -> AppearanceInPictures:
        """The classifier itself, which looks at the recorded pictures. Raises ModelFileError and NetworkError."""
        classifier = open_appearance(DetectConfig(emotion="appearance"), models, lambda text: None, network=False)
        assert classifier is not None  # asked for by name it is there or raises
        return AppearanceInPictures(classifier)

    def _plausibility(self, recorded: DetectConfig) -> FacePlausibility:
        """As recorded, unless the landmarks are others."""
        if self._redetect:
            return MeasuredPlausibility(recorded.min_mouth_match)
        return RecordedPlausibility(self._rows)

    def _appearance(self, info: PartInfo, predictors: Sequence[Predictor]) -> RecordedAppearance | None:
        """The classifier's recorded outputs, where they drive a model."""
        drives = any(isinstance(predictor.source, AppearanceSource) for predictor in predictors)
        return RecordedAppearance(self._rows, info.appearance) if drives and info.appearance is not None else None

    def _tracker(self, info: PartInfo, recorded: DetectConfig) -> Tracker:
        """That of the recording, unless another is asked for; no path in the session is followed."""
        if not self._redetect:
            return RecordedTracker(self._rows, info)
        here = self._detect
        kind = recorded_tracker(info.tracker) if here.tracker == "auto" else here.tracker
        detect = recorded.model_copy(update={"tracker": kind, "task_file": here.task_file})
        return RedetectingTracker(configured_tracker(detect))


def _load(config: Config) -> tuple[LinearMeshModel, ...]:
    """The models of the settings."""
    return tuple(load_models(config.model.names, config.model.labels, config.model.frame))


def _settings(info: PartInfo, chosen: Config | None) -> Config:
    """The settings of a part as they were recorded, with the models by the names under which they are here."""
    config = recorded_config(info)
    emotion = config.detect.emotion
    names, labels = tuple(recorded_name(model) for model in info.models), info.models[0].labels
    frame = recorded_frame(info.models[0])
    if chosen is not None:
        names, labels, frame = chosen.model.names, chosen.model.labels, chosen.model.frame
        emotion = "inverse" if emotion == "inverse" else "auto"  # others may not give what these are driven by
    model = config.model.model_copy(update={"names": names, "labels": labels, "frame": frame, "pose": "auto"})
    return config.with_detect(emotion=emotion).model_copy(update={"model": model})


def _kind(info: PartInfo) -> tuple[Any, ...]:
    """What has to be the same for one pipeline to serve two parts."""
    config = recorded_config(info)
    detect, model = config.detect, config.model
    return (
        tuple(
            (known.name, known.sha256, known.frame, known.composition, known.features, known.pose_zero)
            for known in info.models
        ),
        info.live, info.tracker, info.blendshapes, info.network, detect.emotion, detect.pose_source,
        detect.min_canthal_px, detect.min_mouth_match, model.max_yaw_deg, model.max_pitch_deg, model.max_roll_deg,
        model.max_anchor_residual, model.amber_deg, info.appearance,
    )  # fmt: skip
