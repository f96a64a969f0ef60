"""What all faces of a comparison have in common beyond the model: estimated of each person from the other people.

A neutral takes out a face's constant offset, whether that is the person's own or the tracker's, or the sample's. With
enough people the part that they share is told apart: it is the offset of the others, never of the person itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from realtime.geometry.tracker_offset import LEAST_PEOPLE, offsets_of_others
from realtime.pipeline.compare.merged_recording import MergedRecording
from realtime.pipeline.compare.recording_numbers import RecordingNumbers, SharedOffset
from realtime.pipeline.compare.setups import F64


def with_shared_offsets(merged: Sequence[MergedRecording], used: Sequence[MergedRecording]) -> list[MergedRecording]:
    """All recordings of a comparison, in their order, with what can be said of the offset that all faces share.

    `used` are those that are scored together; others have none, unless it was measured elsewhere.
    """
    whole = {id(one): at for at, one in enumerate(used)}
    why = _why_not(used)
    setups = range(len(used[0].numbers) if used else 0)
    offsets = [None if why else _offsets(used, at) for at in setups]
    found = []
    for one in merged:
        place = whole.get(id(one))
        numbers = []
        for at, own in enumerate(one.numbers):
            estimated = None if place is None else offsets[at]
            if estimated is not None and place is not None:
                others = len({other.person for other in used if other.facts["tracker"] == one.facts["tracker"]}) - 1
                shared = SharedOffset(estimated[place], f"the mean offset of the {others} other people")
            elif own.shared.offset is not None:  # measured elsewhere
                shared = own.shared
            else:
                shared = SharedOffset(None, why or _apart(own))
            numbers.append(replace(own, shared=shared))
        found.append(replace(one, numbers=tuple(numbers)))
    return found


def _apart(own: RecordingNumbers) -> str:
    return f"{own.name} is scored apart from the recordings of other people" if own.total.frames else "no frame"


def _why_not(used: Sequence[MergedRecording]) -> str:
    """Why the offset of other people cannot be had; empty where it can."""
    if not used:
        return "no frame is in the scores"
    if not all(one.numbers[0].total.calibrated for one in used):
        return "without a neutral of each person an offset that all faces share is not told from their expressions"
    unknown = sum(one.person is None for one in used)
    needed = f"it is told from identity by {LEAST_PEOPLE} people or more (or by `meshmirror bench --tracker-offset`)"
    if unknown:
        return f"{needed}, and the person of {unknown} of {len(used)} recordings is not known: --people names them"
    trackers = sorted({str(one.facts["tracker"]) for one in used})
    counts = {name: len({one.person for one in used if one.facts["tracker"] == name}) for name in trackers}
    fewest = min(counts, key=lambda name: counts[name])
    if counts[fewest] < LEAST_PEOPLE:
        people = f"{counts[fewest]} {'person' if counts[fewest] == 1 else 'people'}"
        return f"{needed}; here {people}{f' by the tracker {fewest}' if len(trackers) > 1 else ''}"
    return ""


def _offsets(used: Sequence[MergedRecording], at: int) -> list[F64] | None:
    """(478, 3) of each recording, by the other people of the same tracker; None where a recording has no score."""
    totals = [one.numbers[at].total for one in used]
    if not all(total.frames and total.calibrated for total in totals):
        return None
    own = np.stack([(total["error_raw"] - total["error"]) / total.frames for total in totals])  # what the neutral took
    trackers = np.array([one.facts["tracker"] for one in used])
    people = [str(one.person) for one in used]
    found = np.zeros_like(own)
    for tracker in np.unique(trackers):
        among = np.flatnonzero(trackers == tracker)
        found[among] = offsets_of_others(own[among], [people[place] for place in among])
    return list(found)
