"""Builds a pipeline from the settings: tracker, sources of features, models."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from math import degrees
from typing import Self

from realtime.core.config import Config, DetectConfig
from realtime.core.errors import UsageError
from realtime.core.process import Notify
from realtime.core.types import POSE_ZERO, FloatArray, Frame, FrameChoice, Labels, Landmarks, PoseZero
from realtime.detect import Tracker, open_tracker
from realtime.detect.appearance import APPEARANCE_COMMAND
from realtime.detect.feature_sources import (
    AppearanceSource,
    InverseSource,
    NetworkSource,
    open_feature_source,
    takes_emotions,
)
from realtime.geometry import Aligner, ValidityLimits
from realtime.model import LinearMeshModel, load_model
from realtime.pipeline.appearance import open_appearance
from realtime.pipeline.network_plan import plan_network
from realtime.pipeline.picture_rotation import AutoRotation, FixedRotation, PictureRotation, Sighting
from realtime.pipeline.pipeline import FrameStep
from realtime.pipeline.plausibility import MeasuredPlausibility
from realtime.pipeline.predictor import Predictor, same_model
from realtime.pipeline.tracker_offsets import offset_of

log = logging.getLogger("meshmirror")


class Pipeline(FrameStep):
    """The pipeline of the settings.

    with Pipeline.from_config(config) as pipeline:
        for result in pipeline.run(frames):
            ...
    """

    @classmethod
    def from_config(
        cls, config: Config, models: Sequence[LinearMeshModel] | None = None, notify: Notify = log.info
    ) -> Self:
        """Start the tracker and load the models that the settings name, unless `models` are there already.

        `notify` is called, by another thread, with lines for the user while py-feat's network is at work.
        Raises the documented errors of models, trackers and the network's weights.
        """
        if models is None:
            models = load_models(config.model.names, config.model.labels, config.model.frame)
        detect = config.detect
        plan = plan_network(detect, notify)
        network = plan.weights is not None
        appearance = open_appearance(detect, models, notify, network=network)
        tracker = configured_tracker(detect)
        try:
            predictors = build_predictors(config, models, tracker, network=network, appearance=appearance is not None)
        except BaseException:
            tracker.close()
            raise
        poses = detect.pose_source == "pyfeat" and any(p.pose_mode == "live" for p in predictors)
        if detect.pose_source == "pyfeat" and not poses:
            notify("detect.pose_source = pyfeat: models that are predicted at pose = 0 take no pose; --pose live does.")
        sources = {predictor.source.name for predictor in predictors}
        uses_network = poses or NetworkSource.name in sources
        fitted = [one for one in predictors if isinstance(one.source, InverseSource)]
        hint = plan.hint if fitted else ""
        if hint and appearance is None and any(takes_emotions(one.model) for one in fitted):
            hint = APPEARANCE_COMMAND
        return cls(
            tracker,
            predictors,
            limits_of(config),
            plan.open if uses_network else None,
            plausibility=MeasuredPlausibility(config.detect.min_mouth_match),
            rotation=configured_rotation(config, predictors[0].aligner),
            appearance=appearance if AppearanceSource.name in sources else None,
            hint=hint,
        )


def configured_tracker(detect: DetectConfig, *, blendshapes: bool = True) -> Tracker:
    """The tracker of the settings; `blendshapes`: whether they are wanted. Raises TrackerError and ModelFileError."""
    return open_tracker(
        detect.tracker,
        task_file=detect.task_file,
        max_faces=detect.max_faces,
        detection_confidence=detect.detection_confidence,
        tracking_confidence=detect.tracking_confidence,
        smooth=detect.smooth,
        blendshapes=blendshapes,
    )


def configured_rotation(config: Config, aligner: Aligner) -> PictureRotation:
    """How the settings have pictures turned. `aligner` gives the roll of a face."""
    rotate = config.source.rotate
    if rotate != "auto":
        return FixedRotation(rotate)
    plausibility = MeasuredPlausibility(config.detect.min_mouth_match)

    def judge(frame: Frame, landmarks: Landmarks) -> Sighting | None:
        aligned = aligner(landmarks.points_px)
        if aligned is None:
            return None
        return Sighting(degrees(aligned.pose.roll), not plausibility.reasons(frame, landmarks))

    one_face = config.detect.model_copy(update={"max_faces": 1})
    return AutoRotation(judge, lambda: configured_tracker(one_face, blendshapes=False))


def build_predictors(
    config: Config,
    models: Sequence[LinearMeshModel],
    tracker: Tracker,
    *,
    network: bool,
    appearance: bool,
    pose_zeros: Sequence[PoseZero] | None = None,
) -> list[Predictor]:
    """A predictor for each model, with the source of its features; `network`: py-feat's can be one, `appearance`: the
    classifier can. `pose_zeros`: from where the pose is measured for each model; None: for all from the present zero.

    Raises FeatureError and ModelFileError where a model cannot be driven as the settings require.
    """
    return [
        Predictor(
            model,
            open_feature_source(config.detect.emotion, model, tracker, network=network, appearance=appearance),
            config.model.pose,
            config.detect.pose_source,
            config.model.gain,
            pose_zero,
            _tracker_offset(tracker.name, model),
        )
        for model, pose_zero in zip(models, pose_zeros or [POSE_ZERO] * len(models), strict=True)
    ]


def _tracker_offset(tracker: str, model: LinearMeshModel) -> FloatArray | None:
    """The measured offset of a tracker in a model's frame; None where it cannot be told from identity."""
    known = offset_of(tracker, model)
    return None if known is None else known.offset_canon


def limits_of(config: Config) -> ValidityLimits:
    """The range in which a frame is valid, as the settings have it."""
    return ValidityLimits(
        max_yaw_deg=config.model.max_yaw_deg,
        max_pitch_deg=config.model.max_pitch_deg,
        max_roll_deg=config.model.max_roll_deg,
        max_anchor_residual=config.model.max_anchor_residual,
        amber_deg=config.model.amber_deg,
        min_canthal_px=config.detect.min_canthal_px,
    )


def load_models(
    names: Sequence[str], labels: Labels = "repaired", frame: FrameChoice = "corrected"
) -> list[LinearMeshModel]:
    """Models by name or path, as `load_model` takes them; two of one name get a number.

    Raises UsageError where two of them are the same model.
    """
    models: list[LinearMeshModel] = []
    for name in names:
        model = load_model(name, labels, frame)
        if any(same_model(model, other) for other in models):
            raise UsageError(f"--model {name}: this model is already there. Give each model once.")
        alike = sum(other.name.partition(" #")[0] == model.name for other in models)
        models.append(model.replaced(name=f"{model.name} #{alike + 1}") if alike else model)
    return models
