"""What `meshmirror extract`, `fit` and `evaluate` report: the objects that they print with `--json`."""

from __future__ import annotations

from typing import Annotated

from realtime.core.report import PERCENT, Report, described

FRAMES = "frames"
UNITS = "model units"


class R2(Report):
    """R2 on frames that the fit had not seen, about the mean of the tested frames, over all coordinates."""

    mean: Annotated[float, described("mean over the folds")]
    sd: Annotated[float, described("population standard deviation over the folds, as on the seed's model card")]
    folds: Annotated[tuple[float, ...], described("of each fold")]


class Forms(Report):
    """One fit in the three forms in which it is used; null where the folds cannot be made."""

    full: Annotated[R2 | None, described("features, pose and their interactions, as it was trained")]
    deployed_live: Annotated[R2 | None, described("features and measured pose, the interactions folded into the pose")]
    deployed_zero: Annotated[R2 | None, described("the features alone, at pose = 0")]


class RecipeScore(Report):
    """One recipe of the fit beside the others, on the same folds."""

    name: Annotated[str, described("the recipe")]
    description: Annotated[str, described("what it does")]
    by_video: Annotated[R2 | None, described("R2 by folds of recordings")]
    by_person: Annotated[R2 | None, described("R2 by folds of people")]
    within: Annotated[R2 | None, described("R2 with each person's mean taken out of both sides, by folds of people")]
    second_half: Annotated[
        R2 | None,
        described(
            "R2 by folds of recordings on the second half of each recording, its mean taken out of both sides; the "
            "gain-calibrated recipe takes a gain for each recording from the first half"
        ),
    ]
    compared_by: Annotated[
        str | None, described('the score of which the difference is: "by_person", else "by_video" or "second_half"')
    ]
    gain_over_seed: Annotated[float | None, described("mean of that score minus the seed's")]
    gain_error: Annotated[float | None, described("standard error of that difference over the folds")]
    gain_interval: Annotated[
        tuple[float, float] | None,
        described("95 % interval of that difference by Student's t over the folds; of three folds a rough one"),
    ]


class RecordingGains(Report):
    """The gains of the recordings: by what the predicted changes of a face have to be multiplied to fit it best."""

    recordings: Annotated[int, described("recordings with a gain")]
    median: Annotated[float, described("middle one")]
    low: Annotated[float, described("a quarter of the recordings have less")]
    high: Annotated[float, described("a quarter of the recordings have more")]


class Ceiling(Report):
    """What a linear fit leaves on the table: a small neural network beside it, on the same sample and folds.

    Both predict the first principal components of the sample's meshes from features and pose; the folds are those of
    people, or of recordings where people are not known or too few.
    """

    frames: Annotated[int, described("frames of the sample", FRAMES)]
    recordings: Annotated[int, described("recordings of the sample")]
    components: Annotated[int, described("principal components that are predicted")]
    share: Annotated[float, described("share of the meshes' variance in them")]
    linear: Annotated[R2, described("the seed's recipe, fit to the sample")]
    network: Annotated[R2, described("the network, fit to the sample")]
    difference: Annotated[float, described("network minus linear, mean over the folds")]
    interval: Annotated[
        tuple[float, float] | None, described("95 % interval of that difference by Student's t over the folds")
    ]


class TrackerWorth(Report):
    """The fits of a data set on meshes of another tracker, of the same recordings and in the same frame."""

    data_set: Annotated[str, described("the folder of the other data set")]
    tracker: Annotated[str, described('its tracker as it names it; "unknown" where it does not')]
    frames: Annotated[int, described("its frames that were tested", FRAMES)]
    recordings: Annotated[int, described("recordings of these frames; they go by their names")]
    own: Annotated[R2 | None, described("R2 by folds of recordings on the data set's own meshes")]
    other: Annotated[R2 | None, described("the same fits and folds on the other's meshes")]
    without_offset: Annotated[
        R2 | None, described("with the mean difference taken out that the other folds show: what one constant mends")
    ]
    offset_percent: Annotated[float, described("mean distance of the vertices by that constant", PERCENT)]


class LearningPoint(Report):
    """A point of the learning curve."""

    share: Annotated[float, described("share of the recordings of the training folds that were used")]
    frames: Annotated[int, described("frames that each fit had, on average over the folds", FRAMES)]
    r2: Annotated[R2 | None, described("R2 by folds of recordings")]


class RegionScore(Report):
    """R2 of one part of the face."""

    region: Annotated[str, described("the part of the face")]
    r2: Annotated[R2 | None, described("R2 by folds of recordings")]


class Null(Report):
    """The chance level: the same fit with the features of another recording at the same relative time."""

    draws: Annotated[int, described("random pairings of recordings")]
    frames: Annotated[int, described("frames of the sample on which this was computed", FRAMES)]
    recordings: Annotated[int, described("recordings of the sample")]
    r2: Annotated[float, described("R2 by folds of recordings of the sample with its own features")]
    mean: Annotated[float, described("mean over the draws; pose is kept, so it is what pose alone predicts")]
    highest: Annotated[float, described("highest of the draws")]
    p: Annotated[float, described("share of the draws, this one included, that reach r2")]


class Evaluation(Report):
    """How well fits of one recipe to a data set predict the part of it that they have not seen."""

    folds: Annotated[int, described("folds of recordings (GroupKFold); 0: too few recordings for folds")]
    person_folds: Annotated[int, described("folds of people; 0: too few people for folds")]
    r2: Annotated[Forms, described("by folds of recordings")]
    r2_by_person: Annotated[Forms, described("by folds of people: nobody is in both sides")]
    r2_within: Annotated[Forms, described("by folds of people, each person's mean taken out of both sides")]
    mae: Annotated[float | None, described("mean absolute error of a coordinate, of the full inputs", UNITS)]
    mae_percent: Annotated[float | None, described("the same", PERCENT)]
    regions: Annotated[tuple[RegionScore, ...], described("R2 of the parts of the face, of the full inputs")]
    learning_curve: Annotated[tuple[LearningPoint, ...], described("R2 by how many recordings the fit had")]
    recipes: Annotated[tuple[RecipeScore, ...], described("the seed's recipe and all others, on the same folds")]
    advice: Annotated[tuple[str, ...], described("which recipe to use, and by how much it is better")]
    gains: Annotated[RecordingGains | None, described("gains of the recordings")]
    ceiling: Annotated[Ceiling | None, described("a non-linear fit; null where there are no folds")]
    other_tracker: Annotated[
        TrackerWorth | None, described("the fits on meshes of another tracker; null where none was given")
    ]
    null: Annotated[Null | None, described("chance level; null where there are no folds")]
    remarks: Annotated[tuple[str, ...], described("what these numbers cannot show")]


class CheckFinding(Report):
    """A finding of `meshmirror models check`."""

    name: Annotated[str, described("what was checked")]
    state: Annotated[str, described('"ok", "note" or "bad"')]
    found: Annotated[str, described("what was found, one or two sentences")]


class ModelCheck(Report):
    """The model that was written, as `meshmirror models check` finds it."""

    state: Annotated[str, described("the worst of all findings")]
    findings: Annotated[tuple[CheckFinding, ...], described("on the labels first, then on the rest")]


class FitReport(Evaluation):
    """A fit: the data that went in, the model that came out, and how well such fits predict what they have not seen.

    Without an evaluation the held-out scores are null or empty.
    """

    data_set: Annotated[str, described("the folder of the data set")]
    family: Annotated[str, described('"emotion", "au" or "blendshape"')]
    tracker: Annotated[str, described('tracker of the meshes as the data set names it; "unknown" where it does not')]
    features: Annotated[tuple[str, ...], described("the features, by their names in the model")]
    mesh: Annotated[str, described('what made the meshes: "mediapipe", "py-feat"; "unknown" as above')]
    sources: Annotated[str, described('source of the features; "unknown" as above')]
    versions: Annotated[str, described('versions of what made the data set; "unknown" as above')]
    frames: Annotated[int, described("frames that were fit", FRAMES)]
    frames_dropped: Annotated[dict[str, int], described("frames that were not, by reason", FRAMES)]
    recordings: Annotated[int, described("recordings of the frames that were fit")]
    people: Annotated[
        int | None, described("people in them; null: the data set names none, each recording counts as one")
    ]
    inputs: Annotated[int, described("columns of inputs that the recipe takes: features, pose, their products")]
    rank: Annotated[
        int, described("independent directions among them; emotions that sum to one make seven inputs dependent")
    ]
    components: Annotated[int | None, described("components of a PLS regression (`--components`); null: least squares")]
    recipe: Annotated[str, described("recipe of the model, of which all scores are but those of `recipes`")]
    method: Annotated[str, described("the same in words, with its inputs and their rank")]
    alignment: Annotated[str, described('"clean", "as-published", or the model whose frame was taken')]
    alignment_rounds: Annotated[int, described("rounds of the Procrustes analysis")]
    outer_canthal: Annotated[float, described("outer-canthal distance of the mean mesh", UNITS)]
    r2_training: Annotated[
        float, described("R2 on the frames of the fit itself, not to be compared with held-out ones")
    ]
    check: Annotated[ModelCheck | None, described("the model as `models check` finds it; null where none was written")]
    model: Annotated[str | None, described("path of the model that was written")]
    card: Annotated[str | None, described("path of its card")]
    atlas: Annotated[str | None, described("path of the picture of what each feature does; null without OpenGL")]
    report: Annotated[str | None, described("path of the page that shows all of this")]


class ModelScores(Report):
    """R2 of a model about the mean of the tested frames, in the forms in which it can be used."""

    full: Annotated[float | None, described("with its interactions of features and pose; null: the file has none")]
    deployed_live: Annotated[float | None, described("features and measured pose")]
    deployed_zero: Annotated[float | None, described("the features alone, at pose = 0")]


class ModelReport(Report):
    """A model of the family on a data set."""

    data_set: Annotated[str, described("the folder of the data set")]
    model: Annotated[str, described("the model")]
    tracker: Annotated[str, described('tracker of the meshes as the data set names it; "unknown" where it does not')]
    frames: Annotated[int, described("frames that were scored", FRAMES)]
    frames_dropped: Annotated[dict[str, int], described("frames that were not, by reason", FRAMES)]
    recordings: Annotated[int, described("recordings of the frames that were scored")]
    people: Annotated[int | None, described("people in them; null: the data set names none")]
    r2: Annotated[ModelScores, described("over all frames")]
    r2_within: Annotated[ModelScores, described("with each person's mean taken out of both sides")]
    r2_without_offset: Annotated[
        ModelScores,
        described(
            "with the constant difference of the meshes to the predictions taken out that other recordings show "
            "(three folds): what the offset of a tracker or of a sample of people costs"
        ),
    ]
    offset_percent: Annotated[float, described("mean distance of the vertices by that constant", PERCENT)]
    regions: Annotated[dict[str, float | None], described("R2 of the parts of the face, in the fullest form")]
    mae: Annotated[float, described("mean absolute error of a coordinate, in the fullest form", UNITS)]
    mae_percent: Annotated[float, described("the same", PERCENT)]
    remarks: Annotated[tuple[str, ...], described("what these numbers cannot show")]


class BadRecording(Report):
    """A recording that could not be extracted."""

    recording: Annotated[str, described("its name")]
    reason: Annotated[str, described("why")]


class SameContent(Report):
    """A recording that was left out, since the data set has its content under another name."""

    recording: Annotated[str, described("its name")]
    same_as: Annotated[str, described("the name under which it is there")]


class ExtractReport(Report):
    """A data set after an extraction."""

    data_set: Annotated[str, described("the folder")]
    found: Annotated[int, described("recordings that were asked for")]
    extracted: Annotated[int, described("of these, recordings that were not in it yet")]
    recordings: Annotated[int, described("recordings that are in it now")]
    frames: Annotated[int, described("frames of them that were looked at", FRAMES)]
    rows: Annotated[int, described("of these, frames with a valid face: rows", FRAMES)]
    dropped: Annotated[dict[str, int], described("the others by reason; a frame may have several", FRAMES)]
    columns: Annotated[tuple[str, ...], described("features")]
    tracker: Annotated[str, described("tracker of the meshes")]
    mesh: Annotated[str, described("whose mesh it is; trackers may look for the face only")]
    emotions: Annotated[str, described('source of the emotions: "appearance" or "pyfeat"; empty where there are none')]
    named: Annotated[int, described("recordings in it whose person is known")]
    several_faces: Annotated[
        tuple[str, ...], described("recordings whose rows are of more than one face, numbered in the column face")
    ]
    bad: Annotated[tuple[BadRecording, ...], described("recordings that could not be read")]
    replaced: Annotated[
        tuple[str, ...], described("recordings that were in it with another content, which was replaced")
    ]
    same: Annotated[tuple[SameContent, ...], described("recordings left out, since their content is in it already")]
    people_not_found: Annotated[
        tuple[str, ...], described("recordings for which a person was named, and which are not in it")
    ]


class HeldOutR2(Report):
    """R2 on frames of one person that nothing was fit on, over all coordinates, about the mean of each fold.

    Of blocks of one session it is about the mean of the session.
    """

    r2: Annotated[float, described("over the frames of all folds")]
    folds: Annotated[tuple[float, ...], described("of each fold")]


class PersonalReport(Report):
    """A model of one person, shrunk towards a model of many, beside what it has to be compared with.

    All four scores are of the same held-out frames. R2 is negative where a model misses the person's face by more than
    the face moves, as a model of other people does.
    """

    of: Annotated[str, described("the model towards which is shrunk, and whose frame and features it has")]
    family: Annotated[str, described('"emotion", "au" or "blendshape"')]
    person: Annotated[str | None, described("name of the person as the sessions have it")]
    tracker: Annotated[str, described('tracker of the meshes; "unknown" where the sessions do not name it')]
    sources: Annotated[str, described('source of the features; "unknown" where the sessions do not name it')]
    sessions: Annotated[int, described("sessions, or videos, that were fit")]
    frames: Annotated[int, described("frames that were fit", FRAMES)]
    frames_dropped: Annotated[dict[str, int], described("frames that were not, by reason", FRAMES)]
    folds: Annotated[int, described("folds that were held out one after the other")]
    folds_of: Annotated[
        str, described('what a fold is: "sessions", "groups of sessions", or "blocks of one session" in time')
    ]
    strength: Annotated[
        float | None,
        described(
            "penalty on the difference to the model, relative to the inputs' mean variance, by cross-validation over "
            "the folds; null: the strongest, only the neutral is the person's own"
        ),
    ]
    personal: Annotated[HeldOutR2, described("this way to fit; its strength was chosen without the fold, too")]
    neutral_and_pose: Annotated[
        HeldOutR2, described("the model's features with the person's own neutral and own response to the head pose")
    ]
    own_neutral: Annotated[HeldOutR2, described("the model with the person's own neutral, and nothing else changed")]
    model_itself: Annotated[HeldOutR2, described("the model as it is")]
    gain: Annotated[float, described("R2 of personal minus that of own_neutral")]
    gain_error: Annotated[float, described("its standard error, by the differences between the folds")]
    better: Annotated[bool, described("whether the 95 % interval of gain (Student's t) is above 0")]
    verdict: Annotated[str, described("the same in a sentence")]
    remarks: Annotated[tuple[str, ...], described("what these numbers cannot show")]
    check: Annotated[ModelCheck | None, described("the findings of `meshmirror models check`")]
    model: Annotated[str | None, described("path of the model that was written")]
    card: Annotated[str | None, described("path of its card")]
