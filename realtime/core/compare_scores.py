"""The scores that `meshmirror compare` reports: of all frames, a recording, a person, an emotion or a model.

NME is the mean distance between the 478 vertices of two meshes in % of the outer-canthal distance, in a model's
canonical frame. Adjusted means: with the subject's identity taken out, which needs a neutral. What could not be
computed is null, never 0.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from realtime.core.report import FRAMES, PERCENT, Report, described

UNITS = "model units"
BIN_PERCENT = 0.01  # width of the bins of distributions of NME
FAILURE_PERCENT = 8.0  # an adjusted NME of this or more is a failure; about a third of the width of a mouth
CURVE_PERCENT = 30.0  # upper end of the cumulative curve


class Interval(Report):
    """An interval of 95 %, or of its `level`: expanded percentiles of a bootstrap. Frames are never resampled, since
    neighbours are alike.
    """

    low: Annotated[
        float, described("lower end: as many draws lie below it as above `high`, (1 - `level`) / 2 or fewer")
    ]
    high: Annotated[float, described("upper end")]
    draws: Annotated[int, described("draws of the bootstrap")]
    level: Annotated[float, described("confidence level; below 0.95 where less than five units were drawn", "1")] = 0.95
    over: Annotated[
        Literal["people", "recordings", "blocks"],
        described(
            'what was drawn: "people" and their recordings; "recordings", where people are not known; "blocks", parts '
            "of a single recording, which say nothing of other recordings"
        ),
    ]


class ComparedLine(Report):
    """One line of a result: a kind of prediction of the same frames against the same baseline."""

    skill: Annotated[float | None, described("1 - SSE / SSE of the baseline", "1")]
    r2: Annotated[float | None, described("R2 of the same coordinates", "1")]
    interval: Annotated[Interval | None, described("of the skill; null where it cannot be had")] = None


class FloorNull(Report):
    """What the same fit reaches with random models: of equal size and smoothness, which move the face otherwise.

    Shifts in time say nothing of a fit. Of some frames, evenly spaced in each recording.
    """

    models: Annotated[int, described("random models")]
    frames: Annotated[int, described("frames that were fitted with each", FRAMES)]
    skill: Annotated[float, described("skill of the model's own fit on these frames", "1")]
    lowest: Annotated[float, described("lowest skill of the random models", "1")]
    median: Annotated[float, described("middle one", "1")]
    highest: Annotated[float, described("highest", "1")]
    p: Annotated[float, described("(1 + random models that reach `skill`) / (1 + random models)", "1")]


class ComparedFloor(ComparedLine):
    """The best fitting features of each frame: a fit to the mesh, and no measurement."""

    null: Annotated[FloorNull | None, described("the level of chance of a fit; null where it was not computed")] = None
    nme: Annotated[float | None, described("mean NME of the raw fit", PERCENT)]
    nme_adjusted: Annotated[float | None, described("mean NME of the fit with the identity taken out", PERCENT)]


_POSE_MODE = described(
    "pose that the model is given in the scores, and here: a face keeps its pose, the features alone are shifted; "
    '"both": some recordings have a measured response to the pose, and pose 0'
)


class NullLevel(Report):
    """The chance level: the same features shifted in time against the faces, within each recording.

    The statistic is R2 with the gain refitted at each shift. Not computed where the features were fitted to the mesh.
    """

    shifts: Annotated[int, described("shifts that were tried")]
    shortest_s: Annotated[float, described("the shortest of them: 5 s or three autocorrelation times", "s")]
    r2: Annotated[float, described("R2 with gain as it is, unshifted", "1")]
    mean: Annotated[float, described("mean of R2 with gain over the shifts", "1")]
    high: Annotated[float, described("95 % of the shifts lie below", "1")]
    skill: Annotated[
        float | None, described("skill with gain at these shifts, on average: the level that chance has", "1")
    ]
    skill_high: Annotated[float | None, described("95 % of the shifts have a smaller skill with gain", "1")] = None
    p: Annotated[float, described("(1 + shifts that reach `r2`) / (1 + shifts)", "1")]
    pose_mode: Annotated[Literal["live", "zero", "both"], _POSE_MODE]


class WaterfallStep(Report):
    """One cause of the error, fixed after those before it."""

    cause: Annotated[str, described('"tracker", "identity", "pose", "gain", "source", "noise" or "model"')]
    skill: Annotated[float | None, described("skill once this cause and all before it are fixed", "1")]
    adds: Annotated[float | None, described("what this cause adds to the skill in this order", "1")]
    alone: Annotated[float | None, described("what it adds where it is the only one that is fixed", "1")]
    removed: Annotated[
        bool,
        described(
            "whether the baseline has removed it already: it is then drawn apart, and `adds` is its share of the raw "
            "squared error"
        ),
    ]
    interval: Annotated[Interval | None, described("of `adds`; null where it cannot be had")] = None
    note: Annotated[
        str | None, described('of "tracker": how the offset is known, or why there is no number; else null')
    ] = None


class CumulativeCurve(Report):
    """How many frames have an adjusted NME (raw without a neutral) of at most some value; in bins of equal width."""

    bin_percent: Annotated[float, described("width of a bin", PERCENT)]
    frames: Annotated[
        tuple[int, ...], described("frames in each bin from 0 on; empty bins at the end left out", FRAMES)
    ]
    limit: Annotated[float, described("upper end of the area", PERCENT)]
    area: Annotated[float | None, described("area under the curve from 0 to `limit`, as a share of it", "1")]
    failure_above: Annotated[float, described("an NME of this or more is a failure", PERCENT)]
    failure_rate: Annotated[float | None, described("share of the frames that are failures", "1")]


class Percentiles(Report):
    """Percentiles of the NME of the frames, adjusted where there is a neutral."""

    p50: Annotated[float, described("median", PERCENT)]
    p75: Annotated[float, described("75th", PERCENT)]
    p90: Annotated[float, described("90th", PERCENT)]
    p95: Annotated[float, described("95th", PERCENT)]
    p99: Annotated[float, described("99th", PERCENT)]


class LagPoint(Report):
    """The predictions of one shift in time."""

    frames: Annotated[int, described("shift; positive: the features are taken from later frames, as if they lagged")]
    skill: Annotated[float | None, described("skill with the gain refitted", "1")]


class Lag(Report):
    """Whether the features lag the faces: skill with gain as a function of a shift in frames."""

    curve: Annotated[tuple[LagPoint, ...], described("from -10 to +10 frames")]
    peak: Annotated[
        float | None,
        described(
            "shift with the highest skill, between the frames by a parabola; null where skill hardly depends on the "
            "shift: no lag can be seen",
            FRAMES,
        ),
    ]
    peak_ms: Annotated[float | None, described("the same in time, by the median of the frames' distances", "ms")]
    interval: Annotated[Interval | None, described("of `peak`, in frames; null where it cannot be had")]
    pose_mode: Annotated[Literal["live", "zero", "both"], _POSE_MODE]


class RegionScores(Report):
    """One part of the face."""

    region: Annotated[str, described("the part of the face")]
    nme: Annotated[float | None, described("mean distance of its vertices; adjusted where there is a neutral", PERCENT)]
    skill: Annotated[float | None, described("skill over its vertices", "1")]
    r2: Annotated[float | None, described("R2 over its vertices", "1")]
    share: Annotated[float | None, described("share of the whole squared error that lies in it", "1")]
    nme_baseline: Annotated[float | None, described("mean distance of its vertices from the baseline", PERCENT)] = None
    nme_floor: Annotated[float | None, described("the same of the best fitting features", PERCENT)] = None


class Slice(Report):
    """Some of the frames: those of a pose, of a face size, or of a part of their recordings."""

    by: Annotated[str, described('"pose", "face size" or "part of the recording"')]
    name: Annotated[str, described("which of them")]
    frames: Annotated[int, described("frames", FRAMES)]
    nme: Annotated[float | None, described("mean NME, raw", PERCENT)]
    nme_adjusted: Annotated[float | None, described("mean NME, adjusted", PERCENT)]
    skill: Annotated[float | None, described("skill", "1")]
    skill_with_gain: Annotated[float | None, described("skill with the gain of all frames", "1")]
    floor_skill: Annotated[float | None, described("skill of the floor", "1")]


class Decomposition(Report):
    """Squared distance of the faces from the model's mean face, split; mean of a frame; the shares sum to 1.

    A share is negative where its step makes the prediction worse.
    """

    total: Annotated[float, described("mean squared distance of a frame from the mean face", f"squared {UNITS}")]
    shares: Annotated[
        dict[str, float],
        described(
            'share of "tracker" (0 where it is not told from identity), "identity", "pose", "emotion", "unexplained" '
            'and "noise"',
            "1",
        ),
    ]


class BriefScores(Report):
    """The scores of some predictions over some frames, without what explains them."""

    frames: Annotated[int, described("frames that all of these scores are of", FRAMES)]
    nme: Annotated[float | None, described("mean NME of the raw predictions", PERCENT)]
    nme_adjusted: Annotated[float | None, described("mean NME, adjusted; null without a neutral", PERCENT)]
    rms: Annotated[
        float | None,
        described("root of the mean squared distance of a vertex, adjusted where there is a neutral", PERCENT),
    ]
    r2: Annotated[
        float | None,
        described(
            "R2, variance-weighted over all coordinates, about the mean of these frames; adjusted where there is a "
            "neutral",
            "1",
        ),
    ]
    r2_raw: Annotated[float | None, described("R2 of the raw predictions", "1")]
    r2_within: Annotated[
        float | None,
        described("R2 with the mean of each person (of each recording, where people are not known) removed", "1"),
    ]
    mae: Annotated[float | None, described("mean absolute error of a coordinate, adjusted as `r2` is", UNITS)]
    mae_raw: Annotated[float | None, described("mean absolute error of a coordinate, raw", UNITS)]
    mae_percent: Annotated[float | None, described("`mae` in the unit of NME", PERCENT)]
    skill: Annotated[float | None, described("1 - SSE / SSE of `baseline`, sums over all frames", "1")]
    baseline: Annotated[
        str | None, described('baseline of every skill here: "own_neutral" where there is a neutral, else "mean_mesh"')
    ]
    skill_raw: Annotated[float | None, described("skill of the raw predictions against the mean mesh", "1")]
    baselines: Annotated[
        dict[str, float],
        described('mean NME of "mean_mesh", "own_neutral", and "noise": below that nothing is measured', PERCENT),
    ]
    constant_face: Annotated[
        ComparedLine | None,
        described("the mean observed face of each recording as its prediction: a baseline that has seen the faces"),
    ]
    gain: Annotated[
        float | None,
        described(
            "least squares factor of the predicted displacements from neutral: of one recording its own, of several "
            "one for all; null without a neutral",
            "1",
        ),
    ]
    with_gain: Annotated[
        ComparedLine | None, described("each recording with its own gain, by 0 where that is negative")
    ]
    with_one_gain: Annotated[
        ComparedLine | None, described("all of them with `gain`; of several recordings less than `with_gain`")
    ] = None
    floor: Annotated[ComparedFloor | None, described("the best fitting features of each frame")]


class ComparedScores(BriefScores):
    """All scores of some frames, with what they have to be compared with."""

    null: Annotated[NullLevel | None, described("chance level by shifts in time; null where it cannot be had")] = None
    oracles: Annotated[
        dict[str, float | None], described("what the skill would be, were this cause alone fixed", "1")
    ] = Field(default_factory=dict)
    waterfall: Annotated[tuple[WaterfallStep, ...], described("the causes fixed one after the other")] = ()
    interval: Annotated[Interval | None, described("of the skill; null where it cannot be had")] = None
    intervals: Annotated[
        dict[str, Interval],
        described('of "nme", "nme_adjusted", "gain", and, over several recordings, "r2" and "r2_within"'),
    ] = Field(default_factory=dict)
    effective_n: Annotated[
        float | None,
        described("so many independent frames say as much of the difference to the baseline as these do", FRAMES),
    ] = None
    lag: Annotated[Lag | None, described("skill by shifts of a few frames")] = None
    decomposition: Annotated[Decomposition | None, described("the squared distance from the mean face, split")] = None
    percentiles: Annotated[Percentiles | None, described("percentiles of the NME of the frames")] = None
    curve: Annotated[CumulativeCurve | None, described("cumulative distribution of the NME of the frames")] = None
    percentiles_of: Annotated[
        dict[str, Percentiles], described('the same of "baseline" and "floor" on the same frames')
    ] = Field(default_factory=dict)
    curves: Annotated[
        dict[str, CumulativeCurve], described('the distributions of "baseline" and "floor" on the same frames')
    ] = Field(default_factory=dict)
    regions: Annotated[tuple[RegionScores, ...], described("the parts of the face")] = ()
    slices: Annotated[tuple[Slice, ...], described("the frames by pose, face size and part of the recording")] = ()
    without_amber: Annotated[
        BriefScores | None, described("without the frames in which expression and pose are not told apart")
    ] = None
    pose_live: Annotated[BriefScores | None, described("the same frames with the measured pose given")] = None
    pose_zero: Annotated[BriefScores | None, described("the same frames with pose 0 given")] = None
