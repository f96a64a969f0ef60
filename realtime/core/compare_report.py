"""What `meshmirror compare` reports: its `summary.json`, which `--json` prints."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from realtime.core.compare_scores import BriefScores, ComparedScores, Interval
from realtime.core.report import FRAMES, PERCENT, Report, described


class NeutralUsed(Report):
    """The neutral of a recording: whose face at rest it was compared with, and from where."""

    kind: Annotated[
        Literal["recorded", "saved", "first", "segment", "mark", "labelled", "none"],
        described(
            '"recorded": of the session itself; "saved": kept under the person\'s name; "first": the first seconds; '
            '"segment" and "mark": named in the table of people; "labelled": frames that a source which does not see '
            'the mesh calls neutral; "none"'
        ),
    ]
    description: Annotated[str, described("from what exactly, or why there is none")]
    frames: Annotated[int, described("frames that it was made of; in no score", FRAMES)]
    seconds: Annotated[float | None, described("from the first to the last of them", "s")]
    jitter: Annotated[float | None, described("jitter of the landmarks in them", PERCENT)]
    motion: Annotated[float | None, described("how far they lie from the neutral, upper quartile", PERCENT)]
    findings: Annotated[
        tuple[str, ...], described("why the face was not at rest in them, each with its number and limit")
    ] = ()


class Quality(Report):
    """What was measured of a recording, before any model."""

    frames: Annotated[int, described("frames of the recording", FRAMES)]
    faces: Annotated[int, described("frames that show a face", FRAMES)]
    valid: Annotated[int, described("of these, frames in the models' range", FRAMES)]
    amber: Annotated[int, described("of these, frames in which expression and pose are not told apart", FRAMES)]
    warm_up: Annotated[int, described("of the first frames after a face came (back)", FRAMES)]
    scored: Annotated[int, described("frames with a score of their recording", FRAMES)]
    compared: Annotated[
        int, described("of these, frames in the scores over all recordings; 0 of one that is scored apart", FRAMES)
    ]
    left_out: Annotated[
        dict[str, int], described("frames that are in no score, by reason; a frame may have several", FRAMES)
    ]
    seconds: Annotated[float | None, described("from the first to the last frame", "s")]
    rate: Annotated[float | None, described("frames a second, by the median of their distances in time")]
    rate_spread: Annotated[
        float | None, described("how much these distances vary: interquartile range over the median", "1")
    ]
    gaps: Annotated[int, described("distances of more than twice the median: frames are missing there")]
    damaged: Annotated[int, described("frames that could not be decoded", FRAMES)]
    face_px: Annotated[float | None, described("outer-canthal distance, median", "pixels")]
    faces_seen: Annotated[int, described("most faces in one picture; the largest is taken")]
    face_changes: Annotated[int, described("times that the face taken became another one, or came back")]
    repeatability: Annotated[
        float | None, described("repeatability of the tracker: below it nothing is measured", PERCENT)
    ]


class SetupScores(Report):
    """The scores of one setup in short."""

    setup: Annotated[str, described("name of the setup, as in `models`")]
    scores: Annotated[BriefScores, described("of the same frames as the others")]


class RecordingScores(ComparedScores):
    """A recording, under the first setup."""

    name: Annotated[str, described("name of the recording")]
    path: Annotated[str, described("where it was read")]
    sha256: Annotated[str, described("SHA-256 of its content")]
    kind: Annotated[Literal["video", "session"], described("what it is")]
    person: Annotated[str | None, described("who it is; null: not known, and then it is in no person's scores")]
    group: Annotated[str | None, described("group, as the table of people has it")]
    condition: Annotated[str | None, described("condition, as the table of people has it")]
    tracker: Annotated[str, described("tracker of the landmarks")]
    neutral: Annotated[NeutralUsed, described("the neutral of the first setup")]
    quality: Annotated[Quality, described("what was measured of it, before any model")]
    setups: Annotated[tuple[SetupScores, ...], described("every setup on these frames, in short")]
    remarks: Annotated[tuple[str, ...], described("what is to be known of it: parts missing, other trackers, ...")]


class PersonScores(ComparedScores):
    """A person, over all recordings of it, under the first setup."""

    name: Annotated[str, described("name of the person")]
    recordings: Annotated[tuple[str, ...], described("names of the recordings")]


class EmotionScores(ComparedScores):
    """The frames of one emotion: top class of a source that does not see the mesh, at least 0.2 above the next."""

    name: Annotated[str, described("the emotion")]
    source: Annotated[str, described('the source that named it: "appearance" or "pyfeat"')]
    recordings: Annotated[int, described("recordings with such frames")]


class ModelScores(ComparedScores):
    """A setup: a model with a source of its features, over all frames."""

    name: Annotated[str, described("name of the setup")]
    model: Annotated[str, described("name of the model")]
    family: Annotated[str, described('"emotion", "au" or "blendshape"')]
    sha256: Annotated[str | None, described("SHA-256 of its file; null for a composed model")]
    label_repair: Annotated[dict[str, str], described("repaired labels of its features: as filed, to as used")]
    depth_factor: Annotated[float, described("factor by which the z of its file was scaled; 1: as filed", "1")]
    source: Annotated[str, described("source of its features")]
    independent: Annotated[bool, described("whether the source does not see the mesh; a fit to it predicts nothing")]
    pose_mode: Annotated[Literal["live", "zero"], described("pose that it is given in the scores")]
    personal: Annotated[bool, described("whether its file says that it is a model of one person")] = False
    trained_on: Annotated[
        tuple[str, ...] | None,
        described(
            "recordings of this comparison on which the model was fit: their scores are training scores; null where "
            "its file does not say on which it was"
        ),
    ] = None
    card_r2: Annotated[
        float | None,
        described("held-out R2 on the card of a model that meshmirror has fit: of other data, over people", "1"),
    ]


class Difference(Report):
    """Two setups on the same frames."""

    one: Annotated[str, described("setup A")]
    other: Annotated[str, described("setup B")]
    differ_by: Annotated[Literal["model", "source", "both"], described("in what they differ")]
    frames: Annotated[int, described("frames that both have predicted", FRAMES)]
    skill: Annotated[float | None, described("skill of A minus skill of B", "1")]
    nme: Annotated[float | None, described("mean NME of A minus that of B; adjusted where there is a neutral", PERCENT)]
    interval: Annotated[Interval | None, described("of the difference in skill; null where it cannot be had")]
    recordings: Annotated[dict[str, float], described("difference in skill by recording", "1")]


class GroupScores(BriefScores):
    """The recordings of one group and condition, under the first setup."""

    group: Annotated[str | None, described("group")]
    condition: Annotated[str | None, described("condition")]
    recordings: Annotated[tuple[str, ...], described("names of the recordings")]
    people: Annotated[int | None, described("people in them; null: not known")]
    interval: Annotated[Interval | None, described("of the skill; null where it cannot be had")] = None


class EventAverage(Report):
    """Averages about a mark of sessions; one number a time step. A recording counts once, however often it has it."""

    mark: Annotated[str, described("name of the mark")]
    group: Annotated[str | None, described("group of the recordings; null: of all")]
    recordings: Annotated[tuple[str, ...], described("recordings with this mark")]
    times_s: Annotated[tuple[float, ...], described("time from the mark", "s")]
    nme: Annotated[tuple[float | None, ...], described("mean of the recordings' NME, adjusted where possible", PERCENT)]
    low: Annotated[tuple[float | None, ...], described("lower end of its 95 % band; null with fewer than 3", PERCENT)]
    high: Annotated[tuple[float | None, ...], described("upper end of its 95 % band", PERCENT)]
    skill: Annotated[tuple[float | None, ...], described("skill of all these frames together", "1")]


class Check(Report):
    """Could the numbers be an error of the program or of a file? One test of it, and what it found."""

    name: Annotated[str, described("what was checked")]
    found: Annotated[str, described("what was found")]
    expected: Annotated[str, described("what is to be expected")]
    state: Annotated[Literal["ok", "warning", "bad", "unknown"], described("result")]


class Excluded(Report):
    """Frames that are in no score, by one reason."""

    reason: Annotated[str, described("the reason")]
    frames: Annotated[int, described("frames", FRAMES)]
    recordings: Annotated[int, described("recordings in which there are any")]
    skill: Annotated[float | None, described("skill of the first setup on them, where there are predictions", "1")]


class CompareError(Report):
    """What could not be compared."""

    recording: Annotated[str, described("name of the recording, or of what was named")]
    reason: Annotated[str, described("why, and what can be done")]


class CompareReport(Report):
    """A comparison of predicted with observed faces: the whole of `summary.json`."""

    overall: Annotated[ComparedScores, described("all frames of all recordings, under the first setup")]
    recordings: Annotated[tuple[RecordingScores, ...], described("by recording, by name")]
    people: Annotated[tuple[PersonScores, ...], described("by person, where people are known")]
    emotions: Annotated[tuple[EmotionScores, ...], described("by emotion, where a source names them")]
    models: Annotated[tuple[ModelScores, ...], described("the setups: models with their sources, the first first")]
    differences: Annotated[tuple[Difference, ...], described("each setup beside the first, on the same frames")]
    groups: Annotated[tuple[GroupScores, ...], described("by group and condition, where the table names any")]
    events: Annotated[tuple[EventAverage, ...], described("averages about marks of sessions")]
    checks: Annotated[tuple[Check, ...], described("could the numbers be an error of the program or of a file")]
    excluded: Annotated[tuple[Excluded, ...], described("frames that are in no score")]
    errors: Annotated[tuple[CompareError, ...], described("what could not be compared, and why; always there")]
    remarks: Annotated[tuple[str, ...], described("what these numbers cannot show")]
    population: Annotated[str, described("of whom these numbers may be said to speak")]
    frames: Annotated[int, described("frames of all recordings, compared or not", FRAMES)]
    pictures: Annotated[int, described("pictures of the camera on the page, which then shows people")] = 0
    figures_left_out: Annotated[dict[str, str], described("figures that were not drawn, by name, and why")] = Field(
        default_factory=dict
    )
    out: Annotated[str, described("the folder")]
    outputs: Annotated[tuple[str, ...], described("paths of all that was written")]
    command: Annotated[str, described("the command line that makes all of this again")]
    settings: Annotated[dict[str, str], described("settings on which the numbers depend, by section.key")]
    versions: Annotated[dict[str, str], described("versions of the program and of what the numbers depend on")]
    date: Annotated[str, described("day on which it was made")]
    seconds: Annotated[float, described("how long it took", "s")]
