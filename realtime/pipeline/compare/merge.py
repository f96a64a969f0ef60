"""The report of a comparison, from the parts of its recordings in the order of their names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import numpy as np

from realtime.core.compare_report import (
    CompareError,
    Difference,
    EmotionScores,
    Excluded,
    GroupScores,
    ModelScores,
    NeutralUsed,
    PersonScores,
    Quality,
    RecordingScores,
    SetupScores,
)
from realtime.core.compare_scores import ComparedScores
from realtime.core.types import EMOTIONS
from realtime.geometry import skill
from realtime.geometry.bootstrap import paired_difference, skill_of
from realtime.model import LinearMeshModel
from realtime.model.personal import OF
from realtime.model.training import trained_on, was_trained_on
from realtime.pipeline.compare.cell_sums import CellSums
from realtime.pipeline.compare.merged_recording import MergedRecording, without_neutral
from realtime.pipeline.compare.recording_numbers import FRAME_SUMS
from realtime.pipeline.compare.scores import Bootstrap, as_interval, brief_scores
from realtime.pipeline.compare.setups import F64, Setup
from realtime.pipeline.compare.whole_scores import emotion_scores, whole_scores

_CARD_R2 = re.compile(r"type: r_squared, name: held-out R2 by recording, value: (-?\d+\.\d+)")
_AT = {name: place for place, name in enumerate(FRAME_SUMS)}


def overall(setups: Sequence[Setup], used: Sequence[MergedRecording]) -> ComparedScores:
    """All frames under the first setup."""
    return ComparedScores(**whole_scores(setups[0], [one.numbers[0] for one in used]))


def recording_scores(setups: Sequence[Setup], one: MergedRecording, used: Sequence[MergedRecording]) -> RecordingScores:
    """One recording; `used` are those that are scored together."""
    facts, entry = one.facts, one.recording.entry
    remarks = list(facts["remarks"])
    for setup, there in zip(setups, facts["available"], strict=True):
        if not there:
            remarks.append(f"{setup.source} gives no features here: {setup.name} has no scores.")
    if facts["neutral"]["findings"]:
        remarks.append(f"not at rest in its neutral: {'; '.join(facts['neutral']['findings'])}")
    return RecordingScores(
        **whole_scores(setups[0], [one.numbers[0]]),
        name=one.recording.name,
        path=str(one.recording.path),
        sha256=facts["sha256"],
        kind=facts["kind"],
        person=one.person,
        group=entry.group,
        condition=entry.condition,
        tracker=facts["tracker"],
        neutral=NeutralUsed(**facts["neutral"]),
        quality=Quality(**{**facts["quality"], "compared": one.frames if one in used else 0}),
        setups=tuple(
            SetupScores(
                setup=setup.name,
                scores=brief_scores(setup, [numbers.total], [one.person], Bootstrap([numbers])),
            )
            for setup, numbers in zip(setups, one.numbers, strict=True)
        ),
        remarks=tuple(remarks),
    )


def people_scores(setups: Sequence[Setup], used: Sequence[MergedRecording]) -> tuple[PersonScores, ...]:
    """By person, by name; recordings of unknown people are nobody's."""
    by_person: dict[str, list[MergedRecording]] = {}
    for one in used:
        if one.person is not None:
            by_person.setdefault(one.person, []).append(one)
    return tuple(
        PersonScores(
            **whole_scores(setups[0], [one.numbers[0] for one in by_person[person]]),
            name=person,
            recordings=tuple(one.recording.name for one in by_person[person]),
        )
        for person in sorted(by_person)
    )


def emotions_scores(
    setups: Sequence[Setup], used: Sequence[MergedRecording], source: str | None
) -> tuple[EmotionScores, ...]:
    """By emotion, in the usual order."""
    numbers = [one.numbers[0] for one in used]
    if source is None:
        return ()
    return tuple(
        EmotionScores(
            **emotion_scores(setups[0], numbers, emotion),
            name=emotion,
            source=source,
            recordings=sum(bool(one.of_emotion(emotion).frames) for one in numbers),
        )
        for emotion in EMOTIONS
        if any(one.of_emotion(emotion).frames for one in numbers)
    )


def model_scores(setups: Sequence[Setup], used: Sequence[MergedRecording]) -> tuple[ModelScores, ...]:
    """By setup, the first first."""
    return tuple(
        ModelScores(
            **whole_scores(setup, [one.numbers[at] for one in used]),
            name=setup.name,
            model=setup.model.name,
            family=setup.family,
            sha256=setup.model.sha256 or None,
            label_repair=dict(setup.model.label_repair),
            depth_factor=setup.model.depth_factor,
            source=setup.source,
            independent=setup.independent,
            pose_mode=setup.poses[0],
            personal=OF in setup.model.metadata,
            trained_on=_training_recordings(setup.model, used),
            card_r2=card_r2(setup.model),
        )
        for at, setup in enumerate(setups)
    )


def _training_recordings(model: LinearMeshModel, used: Sequence[MergedRecording]) -> tuple[str, ...] | None:
    """The recordings on which a model was fit, in their order; None where its file does not say."""
    if trained_on(model) is None:
        return None
    return tuple(one.recording.name for one in used if was_trained_on(model, one.facts["sha256"]))


def card_r2(model: LinearMeshModel) -> float | None:
    """The held-out R2 in the card that `meshmirror fit` has written into a model; None in cards of others, which say it
    in words of their own.
    """
    found = _CARD_R2.search(model.card)
    return None if found is None else float(found[1])


def differences(setups: Sequence[Setup], used: Sequence[MergedRecording]) -> tuple[Difference, ...]:
    """Each further setup beside the first, on the frames that both have predicted."""
    found = []
    for at, setup in enumerate(setups[1:], start=1):
        both = [one for one in used if one.numbers[0].total.frames and one.numbers[at].total.frames]
        if not both:
            continue
        pairs = [(one.numbers[0], one.numbers[at]) for one in both]
        bootstrap = Bootstrap([one for one, _ in pairs])
        rows = [_errors(Bootstrap([pair[which] for pair in pairs])) for which in (0, 1)]
        first, other = (CellSums.total(pair[which].total for pair in pairs) for which in (0, 1))
        skills = [skill(sums.best.sse, sums.baseline[1]) for sums in (first, other)]
        name = "nme_adjusted" if first.calibrated else "nme"
        means = [sums.mean(name) for sums in (first, other)]
        same_model, same_source = setups[0].model is setup.model, setups[0].source == setup.source
        found.append(
            Difference(
                one=setups[0].name,
                other=setup.name,
                differ_by="source" if same_model else "model" if same_source else "both",
                frames=first.frames,
                skill=_minus(skills[0], skills[1]),
                nme=_minus(means[0], means[1]),
                interval=as_interval(paired_difference(bootstrap.resampling, rows[0], rows[1], skill_of)),
                recordings={one.recording.name: apart for one in both if (apart := _apart(one, at)) is not None},
            )
        )
    return tuple(found)


def _errors(bootstrap: Bootstrap) -> F64:
    """(n, 2) squared error and that of the baseline."""
    found: F64 = bootstrap.rows[:, [_AT["sse"], _AT["baseline"]]]
    return found


def _apart(one: MergedRecording, at: int) -> float | None:
    first, other = one.numbers[0].total, one.numbers[at].total
    return _minus(skill(first.best.sse, first.baseline[1]), skill(other.best.sse, other.baseline[1]))


def _minus(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one - other


def groups_scores(setups: Sequence[Setup], used: Sequence[MergedRecording]) -> tuple[GroupScores, ...]:
    """By group and condition, where there are any."""
    by_key: dict[tuple[str, str], list[MergedRecording]] = {}
    for one in used:
        entry = one.recording.entry
        if entry.group is not None or entry.condition is not None:
            by_key.setdefault((entry.group or "", entry.condition or ""), []).append(one)
    found = []
    for key in sorted(by_key):
        among = by_key[key]
        numbers = [one.numbers[0] for one in among]
        people = [one.person for one in among]
        bootstrap = Bootstrap(numbers)
        brief = brief_scores(setups[0], [one.total for one in numbers], people, bootstrap)
        found.append(
            GroupScores(
                **dict(brief),
                group=key[0] or None,
                condition=key[1] or None,
                recordings=tuple(one.recording.name for one in among),
                people=None if None in people else len(set(people)),
                interval=bootstrap.skill("sse"),
            )
        )
    return tuple(found)


def excluded(merged: Iterable[MergedRecording], used: Sequence[MergedRecording]) -> tuple[Excluded, ...]:
    """Frames that are not in the scores over all recordings, by reason."""
    sums: dict[str, F64] = {}
    where: dict[str, int] = {}
    for one in merged:
        for reason, row in one.numbers[0].excluded.items():
            sums[reason] = sums[reason] + row if reason in sums else row
            where[reason] = where.get(reason, 0) + 1
        scored = 0 if one in used else one.facts["quality"]["scored"]
        if scored:
            reason = "in a recording that is scored apart: it has no neutral" if one.frames else "no features"
            row = np.zeros(len(FRAME_SUMS))
            row[0] = scored  # the skill is left out: it is against another baseline
            sums[reason] = sums[reason] + row if reason in sums else row
            where[reason] = where.get(reason, 0) + 1
    return tuple(
        Excluded(
            reason=reason,
            frames=int(sums[reason][0]),
            recordings=where[reason],
            skill=skill(float(sums[reason][_AT["sse"]]), float(sums[reason][_AT["baseline"]])),
        )
        for reason in sorted(sums, key=lambda name: (-sums[name][0], name))
    )


def _kinds(one: MergedRecording) -> str:
    """What was found in a neutral, without the numbers."""
    return ", ".join(text.partition(":")[0] for text in one.facts["neutral"]["findings"])


def errors_of(bad: dict[str, str]) -> tuple[CompareError, ...]:
    """What could not be compared, by name."""
    return tuple(CompareError(recording=name, reason=bad[name]) for name in sorted(bad))


def remarks(
    setups: Sequence[Setup], merged: Sequence[MergedRecording], used: Sequence[MergedRecording], independent: str | None
) -> list[str]:
    """What the numbers cannot show."""
    found = []
    if not any(setup.independent for setup in setups):
        found.append(
            f"The features of {setups[0].name} are fitted to the mesh that they predict: its scores are what the model "
            "could do at best, and no prediction. Shifts in time are no chance level for them; that of the floor is "
            "what random models of equal size reach."
        )
    if independent is None:
        found.append("No source that does not see the mesh names emotions here: there are no scores by emotion.")
    if used and not any(one.calibrated for one in used):
        found.append(
            "No recording has a neutral: the subjects' identity counts as error, and skill is against the model's "
            f"mean mesh. --neutral says where a neutral is. {without_neutral(used)}."
        )
    restless = [one for one in merged if one.facts["neutral"]["findings"]]
    if restless:
        some = "; ".join(f"{one.recording.name}: {_kinds(one)}" for one in restless[:5])
        found.append(
            f"The neutral of {len(restless)} of {len(merged)} recordings was not at rest ({some}"
            f"{'; ...' if len(restless) > 5 else ''}): its error is in the baseline and in every adjusted score. Take "
            "another neutral (--neutral)."
        )
    if len(used) == 1:
        found.append("One recording: no interval over recordings or people can be given.")
    return found
