"""The scores of some recordings together, from the scores of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from realtime.core.compare_report import RecordingScores
from realtime.export.report.compare.common import skill_of


@dataclass(frozen=True, slots=True)
class Pooled:
    """Sums over all frames of the recordings: the skills of the three lines and the mean NME; None: not known."""

    frames: int
    delivered: float | None
    gain: float | None
    floor: float | None
    nme: float | None


def pooled(recordings: Sequence[RecordingScores]) -> Pooled:
    """The same numbers as of one run over these recordings alone, where all have one baseline.

    The squared error of a recording is its frames times its RMS squared; that of its baseline follows from its skill.
    """
    known = [one for one in recordings if one.frames and one.rms is not None and one.skill is not None]
    known = [one for one in known if one.skill != 1.0]
    frames = sum(one.frames for one in known)
    one_baseline = len({one.baseline for one in known}) == 1
    if not known or not one_baseline:
        return Pooled(frames, None, None, None, None)
    bases = [one.frames * (one.rms or 0.0) ** 2 / (1.0 - (one.skill or 0.0)) for one in known]
    lines = {}
    for line in ("delivered", "gain", "floor"):
        skills = [skill_of(one, line) for one in known]
        rest = [base * (1.0 - skill) for base, skill in zip(bases, skills, strict=True) if skill is not None]
        lines[line] = 1.0 - sum(rest) / sum(bases) if len(rest) == len(bases) and sum(bases) > 0 else None
    means = [one.nme_adjusted if one.nme_adjusted is not None else one.nme for one in known]
    weighted = [mean * one.frames for mean, one in zip(means, known, strict=True) if mean is not None]
    nme = sum(weighted) / frames if len(weighted) == len(known) else None
    return Pooled(frames, lines["delivered"], lines["gain"], lines["floor"], nme)
