"""The lag of the features of some recordings, with its interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from realtime.geometry.bootstrap import resample_blocks, resample_people
from realtime.geometry.lag import LagCurve, lag_curve
from realtime.pipeline.compare.recording_numbers import RecordingNumbers


def lag_of(numbers: Sequence[RecordingNumbers]) -> tuple[LagCurve, float | None] | None:
    """The curve of these recordings together, and the median time from frame to frame, ms; None where none has a lag.

    The interval of its peak is over people and recordings, of a single recording over its blocks in time.
    """
    among = [one for one in numbers if one.lag is not None]
    several = resample_people([one.person for one in among]) if len(among) > 1 else None
    curve = lag_curve([one.lag for one in among if one.lag is not None], several)
    if curve is None:
        return None
    if several is None and len(blocks := among[0].lag_blocks) > 1:
        of_blocks = lag_curve(blocks, resample_blocks([0] * len(blocks)))
        curve = curve if of_blocks is None else replace(curve, interval=of_blocks.interval)
    seconds = [one.frame_seconds for one in among if one.frame_seconds is not None]
    return curve, 1000.0 * float(np.median(seconds)) if seconds else None
