"""A recording of a comparison with all that is kept of it in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from realtime.core.types import FloatArray
from realtime.pipeline.compare.events import EventSeries, event_series
from realtime.pipeline.compare.frame_series import FrameSeries
from realtime.pipeline.compare.part_on_disk import PartOnDisk
from realtime.pipeline.compare.recording_numbers import RecordingNumbers, recording_numbers
from realtime.pipeline.compare.recordings import Recording
from realtime.pipeline.compare.setups import F64, Setup

_POSES = 500  # of a recording, for the check of their unit


@dataclass(frozen=True, slots=True, eq=False)
class MergedRecording:
    """A recording with all that is kept of it."""

    recording: Recording
    facts: dict[str, Any]
    person: str | None
    numbers: tuple[RecordingNumbers, ...]  # by setup
    events: Mapping[str, EventSeries]  # about each mark of a session
    neutral: F64 | None  # (478, 3) the neutral, in the frame of the first setup's model
    poses: tuple[F64, F64]  # (n, 3) both: head pose as it came with the faces, and as it was measured; radians

    @property
    def frames(self) -> int:
        """Frames in the scores of the first setup."""
        return self.numbers[0].total.frames

    @property
    def calibrated(self) -> bool:
        """Whether it has a neutral."""
        return str(self.facts["neutral"]["kind"]) != "none"


def load_recording(
    recording: Recording, part: PartOnDisk, setups: Sequence[Setup], offsets: Sequence[Mapping[str, FloatArray]]
) -> MergedRecording:
    """Read a part; `offsets` are the measured ones of trackers by name, for each setup. Raises OSError, ValueError."""
    facts, table, sums = part.facts, part.frames(), part.sums()
    person = recording.entry.person or facts["person"]
    series = [
        FrameSeries(table, at, setup, mode) for at, (setup, mode) in enumerate(zip(setups, facts["poses"], strict=True))
    ]
    neutral = sums.get("neutral|0")
    given, measured = (
        np.radians(np.stack([series[0].common(f"{prefix}{name}_deg") for name in ("pitch", "yaw", "roll")], axis=1))
        for prefix in ("given_", "")
    )
    rows = np.linspace(0, len(given) - 1, min(len(given), _POSES)).astype(int)
    return MergedRecording(
        recording,
        facts,
        person,
        tuple(
            recording_numbers(recording.name, person, one, sums, known.get(facts["tracker"]))
            for one, known in zip(series, offsets, strict=True)
        ),
        event_series(series[0], facts["marks"]),
        None if neutral is None else neutral["mesh"],
        (given[rows], measured[rows]),
    )


def comparable(merged: Sequence[MergedRecording]) -> tuple[list[MergedRecording], str]:
    """The recordings that are scored together, and why others are not: scores with and without a neutral are of
    different things.
    """
    used = [one for one in merged if one.frames]
    with_neutral = [one for one in used if one.calibrated]
    if not with_neutral or len(with_neutral) == len(used):
        return used, ""
    others = [one for one in used if not one.calibrated]
    return with_neutral, (
        f"{len(others)} of {len(used)} recordings have no neutral; they are not in the scores over several recordings, "
        f"nor are their people: {without_neutral(others)}."
    )


def without_neutral(recordings: Sequence[MergedRecording]) -> str:
    """Names of recordings without a neutral, whose they are, and why there is none."""
    told = [
        f"{one.recording.name}{f' ({one.person})' if one.person else ''}: {one.facts['neutral']['description']}"
        for one in recordings[:5]
    ]
    return "; ".join([*told, *([f"{len(recordings) - 5} more"] if len(recordings) > 5 else [])])
