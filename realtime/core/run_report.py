"""What a run reports: the object that `meshmirror live`, `demo` and `replay` print with `--json`.

NME is the mean distance between the 478 vertices of two meshes in % of the outer-canthal distance, in a model's
canonical frame. Means are over the `averaged` frames. Where there is nothing to report a field is None (JSON: null).
`docs/run-json.md` and `docs/run.schema.json` are generated from these classes.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import field_serializer

from realtime.core.mean_reports import AllMeans, EmotionsWithoutAmber, FeaturesWithoutAmber
from realtime.core.neutral_report import NeutralReport
from realtime.core.report import FRAMES, PERCENT, Report, described
from realtime.core.rule_report import RuleReport
from realtime.core.stream_counts import StreamCounts
from realtime.core.stream_report import StreamReport
from realtime.core.types import PoseZero, Rotation

OUTER_CANTHAL = "outer-canthal distances"

_Reason = Annotated[str, described("what keeps it from answering; empty while nothing does")]
_PoseMode = Annotated[Literal["zero", "live"], described("head pose that the model is given: 0, or the measured one")]
_Restarts = Annotated[int, described("restarts of its process")]
_Sync = Annotated[
    Literal["pair", "latest"],
    described("whether an output is shown with the frame that it is of, or with the newest one"),
]


class Quantiles(Report):
    """Two quantiles of times, in the unit of the field that holds them."""

    median: Annotated[float, described("median")]
    p95: Annotated[float, described("95th percentile")]


class FrameCounts(Report):
    """How many frames there were, and how many of them count."""

    frames: Annotated[int, described("frames that were computed", FRAMES)]
    faces: Annotated[int, described("of these, frames with a face", FRAMES)]
    several: Annotated[int, described("frames with more than one face; all means are of the chosen one", FRAMES)]
    followed: Annotated[int, described("faces that were followed: different track ids, chosen or not", "1")]
    valid: Annotated[int, described("of those with a face, frames within the range of the models", FRAMES)]
    amber: Annotated[
        int,
        described(
            "of these, frames with the head turned so far (`model.amber_deg`) that expression and pose are not told "
            "apart; they are in all means, and left out of those of `without_amber`",
            FRAMES,
        ),
    ]
    warm_up: Annotated[int, described("first frames after a face came (back), while the tracker settles", FRAMES)]
    averaged: Annotated[
        int,
        described(
            "frames in the means: valid, calibrated if the run was, and of the sources that most frames had", FRAMES
        ),
    ]
    outside: Annotated[
        dict[str, int], described("frames with a face outside the range, by reason; a frame may have several", FRAMES)
    ]


class EmotionMeans(Report):
    """The features of the first model, and the head pose."""

    emotion_source: Annotated[
        str | None, described('source of the features in the means: "inverse", "appearance", "mediapipe" or "pyfeat"')
    ]
    emotion_sources: Annotated[
        dict[str, int], described("frames by source of their features; in a calibrated run, those after it", FRAMES)
    ]
    pose_sources: Annotated[
        dict[str, int],
        described('the same frames by source of the pose that the model was given: "zero", "mesh" or "pyfeat"', FRAMES),
    ]
    emotions: Annotated[dict[str, float], described("mean of each feature of the first model", "the feature's own")]
    pose_deg: Annotated[
        dict[str, float],
        described("mean head pose of the observed face: pitch, yaw, roll in the canonical frame", "degrees"),
    ]


class Timing(Report):
    """Several models, speed, latency, and the network's means."""

    disagreement: Annotated[
        dict[str, float] | None,
        described('mean distance of the raw predictions of two models, by "A | B"; null with one model', PERCENT),
    ]
    fps: Annotated[float | None, described("computed frames a second, from the first to the last", "1/s")]
    latency_ms: Annotated[
        Quantiles | None,
        described("live: from the arrival of a frame until it was on screen; otherwise as `prediction_ms`", "ms"),
    ]
    prediction_ms: Annotated[
        Quantiles | None, described("from the arrival of a frame until its prediction was there", "ms")
    ]
    emotion_age_ms: Annotated[
        Quantiles | None,
        described("age of the network's outputs: the frame's time minus that of the frame they are of", "ms"),
    ]
    network_means: Annotated[
        dict[str, float] | None,
        described("means of all outputs of py-feat's network; angles, named `_deg`, in degrees", "the output's own"),
    ]
    stages_ms: Annotated[dict[str, Quantiles], described("computing time of each stage of the pipeline", "ms")]


class StatisticsReport(Timing, AllMeans, EmotionMeans, FrameCounts):
    """Statistics of a run: counts, the first model's means, speed."""

    without_amber: Annotated[
        EmotionsWithoutAmber | None,
        described("the same means without the amber frames; null where no averaged frame is left"),
    ]


class ModelSetup(Report):
    """Which model it is, and how it was used."""

    name: Annotated[str, described("name of the model")]
    sha256: Annotated[str | None, described("SHA-256 of its file; null for a composed model")]
    label_repair: Annotated[dict[str, str], described("repaired labels of its features: as filed, to as used")]
    depth_factor: Annotated[
        float, described("factor by which the z of its file was scaled; 1: as filed, see docs/methods.md", "1")
    ]
    pose_mode: _PoseMode


class FeatureMeans(Report):
    """The features of one model."""

    feature_source: Annotated[
        str | None, described('source of the features in the means: "inverse", "appearance", "mediapipe" or "pyfeat"')
    ]
    feature_sources: Annotated[
        dict[str, int], described("frames by source of their features; in a calibrated run, those after it", FRAMES)
    ]
    pose_sources: Annotated[
        dict[str, int], described("the same frames by source of the pose that the model was given", FRAMES)
    ]
    features: Annotated[dict[str, float], described("mean of each feature", "the feature's own")]


class ModelStatistics(AllMeans, FeatureMeans):
    """Statistics of one model."""

    without_amber: Annotated[
        FeaturesWithoutAmber | None,
        described("the same means without the amber frames; null where no averaged frame is left"),
    ]


class ModelReport(ModelStatistics, ModelSetup):
    """One model of a run."""


class NetworkReport(Report):
    """py-feat's network, in a process of its own."""

    state: Annotated[
        Literal["preparing", "starting", "running", "restarting", "failed"], described("state of its process")
    ]
    reason: _Reason
    runtime: Annotated[str, described("runtime and device that compute it; empty until it has started")]
    weights_sha256: Annotated[str, described("SHA-256 of its weights")]
    start_ms: Annotated[dict[str, float], described("time of its newest start, by stage", "ms")]
    answers: Annotated[int, described("frames that it answered", FRAMES)]
    replaced: Annotated[int, described("live: frames that a newer one replaced before it was free for them", FRAMES)]
    lost: Annotated[int, described("live: frames that were lost with a process that ended", FRAMES)]
    late: Annotated[int, described("live: answers that came more than 1 s after their frame was offered", FRAMES)]
    restarts: _Restarts
    sync: _Sync


class AppearanceReport(Report):
    """The classifier `appearance`."""

    package: Annotated[str, described("the Python package, and its version, in whose wheel its file is")]
    sha256: Annotated[str, described("SHA-256 of its file")]
    runtime: Annotated[str, described('what computes it; "recorded" in a replay')]
    ability: Annotated[str, described("how far its answers are to be believed")]


class RecordedNetworkReport(Report):
    """py-feat's network in a replay: its outputs are those that were recorded."""

    state: Annotated[Literal["recorded"], described("its outputs were recorded")]
    reason: _Reason
    runtime: Annotated[Literal["recorded"], described("nothing is computed")]
    weights_sha256: Annotated[None, described("not known here; the session has it")]
    restarts: _Restarts
    sync: _Sync

    @classmethod
    def shown_as(cls, sync: Literal["pair", "latest"]) -> RecordedNetworkReport:
        """That of every network whose outputs were recorded; `sync` is how they are shown."""
        return cls(state="recorded", reason="", runtime="recorded", weights_sha256=None, restarts=0, sync=sync)


class PipelineSetup(Report):
    """Source and stages."""

    notice: Annotated[
        str | None,
        described("which source of features the means are of, where it is not the one that was asked for; else null"),
    ]
    source: Annotated[str, described("name of the source: camera, file, address or session")]
    model: Annotated[str, described("name of the first model")]
    tracker: Annotated[str, described("name of the landmark tracker")]
    rotation: Annotated[
        Rotation,
        described(
            "by which the pictures were turned clockwise, at the end of the run; pose is of the turned picture",
            "degrees",
        ),
    ]
    pose_mode: _PoseMode
    pose_zero: Annotated[
        PoseZero,
        described(
            "head that has pose 0: MediaPipe's canonical face, or, in a replay of an earlier program's session, one "
            "whose chin and forehead are upright"
        ),
    ]


class PipelineReport(StatisticsReport, PipelineSetup):
    """One source with one set of models, from one change of either to the next."""

    models: Annotated[tuple[ModelReport, ...], described("every model, in the order in which they were asked for")]
    neutral: Annotated[
        NeutralReport | None,
        described("the subject's neutral, in the first model's frame, at the end; null where none is in use"),
    ]
    skipped: Annotated[int, described("frames that a live source had to skip: the pipeline was busy", FRAMES)]
    damaged: Annotated[int, described("frames that could not be decoded or came half decoded", FRAMES)]
    corrections: Annotated[
        int, described("frames whose time in the source could not be used: it did not grow, and was moved", FRAMES)
    ]
    undrawn: Annotated[int, described("results that were not drawn: a newer one replaced them", FRAMES)]
    network: Annotated[
        NetworkReport | RecordedNetworkReport | None, described("py-feat's network; null where it was not used")
    ]
    appearance: Annotated[
        AppearanceReport | None, described("the classifier `appearance`; null where it was not a source")
    ]


class RecordingReport(Report):
    """One recorded session."""

    path: Annotated[str, described("its folder")]
    seconds: Annotated[float, described("length", "s")]
    streams: Annotated[
        dict[str, StreamCounts],
        described(
            'what became of each stream: "frames" (rows), "camera" and "view" (pictures); `size`, `encoder` and '
            "`error` only where there is one"
        ),
    ]

    @field_serializer("streams")
    def _without_what_is_absent(self, streams: dict[str, StreamCounts]) -> dict[str, Any]:
        return {name: counts.model_dump(mode="json", exclude_none=True) for name, counts in streams.items()}


class WindowReport(Report):
    """The window, where the graphics card was reset."""

    reopened: Annotated[int, described("times that a new window was opened after a reset of the graphics card")]
    failure: Annotated[str | None, described("why the run continued without a window; null where it did not")]


class RunReport(PipelineReport):
    """A whole run: the numbers of its last source and models, those before, and what was written."""

    recorded: Annotated[
        int, described("frames in recorded sessions, and pictures in videos of the window alone", FRAMES)
    ]
    dropped: Annotated[
        int, described("frames and pictures that were dropped: the encoder or the disk was too slow or full", FRAMES)
    ]
    sessions: Annotated[tuple[RecordingReport, ...], described("recorded sessions")]
    outputs: Annotated[tuple[str, ...], described("paths of all that was written")]
    streams: Annotated[tuple[StreamReport, ...], described("what was sent to other programs meanwhile")]
    rules: Annotated[tuple[RuleReport, ...], described("event rules, and what each has set off")]
    earlier: Annotated[
        tuple[PipelineReport, ...], described("the run before each change of source or models, oldest first")
    ]
    window: Annotated[WindowReport, described("the window, where the graphics card was reset")]
    failures: Annotated[tuple[str, ...], described("what went wrong; the exit code is 3 where there is anything")]
    error: Annotated[str | None, described("the first of `failures`; null where nothing went wrong")]
    interrupted: Annotated[bool, described("whether a signal ended the run")]


class ReplayComparison(Report):
    """The largest differences between what was recorded and what a replay computed, over all compared rows."""

    rows: Annotated[int, described("rows that were compared")]
    observed: Annotated[float | None, described("coordinate of the observed mesh", OUTER_CANTHAL)]
    predicted: Annotated[float | None, described("coordinate of the raw prediction", OUTER_CANTHAL)]
    adjusted: Annotated[float | None, described("coordinate of the prediction plus identity", OUTER_CANTHAL)]
    features: Annotated[float | None, described("feature", "the feature's own")]
    nme: Annotated[float | None, described("NME of the raw prediction", PERCENT)]
    nme_adjusted: Annotated[float | None, described("NME with the identity taken out", PERCENT)]
    skill: Annotated[float | None, described("skill of the raw prediction", "1")]
    skill_adjusted: Annotated[float | None, described("skill with the identity taken out", "1")]
    parts: Annotated[float | None, described("part of the decomposition of variance", f"squared {OUTER_CANTHAL}")]
    floor_nme: Annotated[float | None, described("NME of the raw floor", PERCENT)]
    floor_nme_adjusted: Annotated[float | None, described("NME of the floor with the identity taken out", PERCENT)]
    missing: Annotated[int, described("values that are there in one of both only, or not finite")]


class ReplayedSession(Report):
    """What was replayed, and how exactly."""

    session: Annotated[str, described("folder of the session")]
    rows: Annotated[int, described("rows in the session")]
    redetected: Annotated[bool, described("whether landmarks were detected again in the recorded video")]
    recomputed: Annotated[
        ReplayComparison | None,
        described("largest differences to what was recorded; null where nothing could be compared"),
    ]


class ReplayReport(ReplayedSession, RunReport):
    """The run of a replay."""
