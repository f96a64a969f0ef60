"""The means of a run, as they are reported: residuals and scores of a model, with and without the amber frames.

NME is the mean distance between the 478 vertices of two meshes in % of the outer-canthal distance, in a model's
canonical frame.
"""

from __future__ import annotations

from typing import Annotated

from realtime.core.report import FRAMES, PERCENT, Report, described


class ScoreLine(Report):
    """Scores of other predictions of the same frames, against the same baseline."""

    skill: Annotated[float | None, described("skill", "1")]
    r2: Annotated[float | None, described("R2 of the same coordinates", "1")]


class FloorLine(ScoreLine):
    """What the best fitting features of each frame would leave: a fit to the mesh, and no measurement."""

    nme: Annotated[float | None, described("mean NME of the raw fit", PERCENT)]
    nme_adjusted: Annotated[
        float | None, described("mean NME of the fit with the identity taken out; null until calibrated", PERCENT)
    ]


class ResidualMeans(Report):
    """Observed minus predicted, of one model."""

    nme: Annotated[float | None, described("mean NME of the raw prediction", PERCENT)]
    nme_adjusted: Annotated[
        float | None, described("mean NME with the subject's identity taken out; null until calibrated", PERCENT)
    ]
    baselines: Annotated[
        dict[str, float],
        described(
            'mean NME of each baseline: "mean_mesh" (the model\'s mean face); once calibrated also '
            '"own_neutral" (the subject\'s neutral), "noise" (below which nothing is measured: the larger of the '
            "landmarks' jitter at rest and the tracker's repeatability) and, where the latter is known, \"jitter\"",
            PERCENT,
        ),
    ]
    regions: Annotated[dict[str, float], described("mean NME by region of the face; adjusted once calibrated", PERCENT)]
    skill: Annotated[
        float | None,
        described("1 - SSE(model) / SSE(baseline) over all averaged frames; adjusted once calibrated", "1"),
    ]
    skill_raw: Annotated[float | None, described("skill of the raw prediction against the mean mesh", "1")]
    skill_baseline: Annotated[str | None, described('baseline of `skill`: "mean_mesh" or "own_neutral"')]
    r2: Annotated[
        float | None,
        described(
            "R2, variance-weighted over all coordinates, around the mean of these frames; adjusted once calibrated. "
            "null where the face does not vary. The R2 of a model card counts differences between people and cannot be "
            "compared with it",
            "1",
        ),
    ]
    r2_raw: Annotated[float | None, described("R2 of the raw prediction", "1")]
    r2_within: Annotated[
        float | None,
        described(
            "R2 with the mean over these frames removed from the observed and from the predicted faces: what is "
            "predicted of one person's changes. null until calibrated: a calibration says whose face it is",
            "1",
        ),
    ]
    mae: Annotated[
        float | None, described("mean absolute error of a coordinate; adjusted once calibrated", "model units")
    ]
    mae_raw: Annotated[float | None, described("mean absolute error of a coordinate, raw", "model units")]
    mae_percent: Annotated[float | None, described("`mae` in a unit that models of different frames share", PERCENT)]
    constant_face: Annotated[
        ScoreLine | None,
        described(
            "a baseline: scores of one constant face, the mean of these very frames, against the same baseline as "
            "`skill`; its R2 is 0 by definition. A model whose skill is below it says less than a still picture would"
        ),
    ]
    gain: Annotated[
        float | None,
        described(
            "least squares factor of the predicted displacements from neutral; null until calibrated, and while they "
            "are smaller than the landmarks' noise",
            "1",
        ),
    ]
    with_gain: Annotated[
        ScoreLine | None,
        described("scores with the displacements scaled by `gain`, by 0 where it is negative; null where `gain` is"),
    ]
    floor: Annotated[
        FloorLine | None,
        described("the floor: scores of the best fitting features of each frame; adjusted once calibrated"),
    ]


class MeansWithoutAmber(ResidualMeans):
    """The means over those of the averaged frames that are not amber."""

    averaged: Annotated[int, described("frames in these means", FRAMES)]


class FeaturesWithoutAmber(MeansWithoutAmber):
    """Of one model."""

    features: Annotated[dict[str, float], described("mean of each feature", "the feature's own")]


class EmotionsWithoutAmber(MeansWithoutAmber):
    """Of the first model."""

    emotions: Annotated[dict[str, float], described("mean of each feature of the first model", "the feature's own")]
    pose_deg: Annotated[dict[str, float], described("mean head pose of the observed face", "degrees")]


class AllMeans(ResidualMeans):
    """The means over all averaged frames."""

    gain_applied: Annotated[
        float | None, described("gain with which the newest face was drawn; no number of this report has it", "1")
    ]
