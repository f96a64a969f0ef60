"""The courses of errors about marks, averaged over recordings."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from realtime.core.compare_report import EventAverage
from realtime.geometry.event_average import AlignedEvent, EventBand, event_bands
from realtime.pipeline.compare.events import GRID
from realtime.pipeline.compare.merged_recording import MergedRecording
from realtime.pipeline.compare.setups import F64


def event_averages(used: Sequence[MergedRecording]) -> tuple[EventAverage, ...]:
    """By mark, over all recordings that have it and by group."""
    found = []
    for label in sorted({label for one in used for label in one.events}):
        among = [one for one in used if label in one.events and one.events[label].events]
        groups = sorted({one.recording.entry.group for one in among if one.recording.entry.group is not None})
        for group in (None, *groups):
            own = [one for one in among if group is None or one.recording.entry.group == group]
            found += _average(label, group, own)
    return tuple(found)


def _average(label: str, group: str | None, own: Sequence[MergedRecording]) -> list[EventAverage]:
    aligned = [
        AlignedEvent(one.recording.name, one.person, group, one.events[label].nme, one.events[label].events)
        for one in own
    ]
    bands = event_bands(aligned)
    if not bands:
        return []
    band: EventBand = bands[0]
    sse, baseline = (np.stack([getattr(one.events[label], name) for one in own]) for name in ("sse", "baseline"))
    there = np.isfinite(sse) & np.isfinite(baseline)
    left, of = (np.where(there, values, 0.0).sum(axis=0) for values in (sse, baseline))
    skill = np.divide(of - left, of, out=np.full(len(of), np.nan), where=of > 0)
    return [
        EventAverage(
            mark=label,
            group=group,
            recordings=tuple(one.recording.name for one in own),
            times_s=tuple(np.round(GRID, 6).tolist()),
            nme=_numbers(band.mean),
            low=_numbers(band.low),
            high=_numbers(band.high),
            skill=_numbers(skill),
        )
    ]


def _numbers(values: F64) -> tuple[float | None, ...]:
    return tuple(value if np.isfinite(value) else None for value in values.tolist())
