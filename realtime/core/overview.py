"""What a timeline shows of a stretch of time, as sums over frames: any zoom of it is a few differences."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from realtime.core.frame_result import FrameResult, ModelResult
from realtime.core.types import EMOTIONS, N_LANDMARKS, Array, FloatArray
from realtime.core.wording import FITTED


class Usable(IntEnum):
    """What a frame can be used for, the worst first."""

    NO_FACE = 0
    OUT_OF_RANGE = 1  # a face, but not in the models' range
    TURNED = 2  # in range, but expression and head pose are not told apart
    YES = 3


# Columns of the sums. Squares are means over the vertices, in squared % of the outer-canthal distance.
MOVED = 0  # squared distance of the face from the subject's face at rest, at the same head pose
PREDICTED = 1  # what the prediction takes away of that, with the gain of the headline; negative where it adds to it
NOISE = 2  # what of it the landmarks' noise is expected to be
N_MOVED = 3  # frames in the three above: those with a known rest
FROM_MEAN = 4  # squared distance from the model's mean face, of frames without a known rest
N_FROM_MEAN = 5
FIRST_EMOTION = 6  # the emotions in the order of `EMOTIONS`, 0 to 1
N_EMOTIONS = FIRST_EMOTION + len(EMOTIONS)
FIRST_USABLE = N_EMOTIONS + 1  # frames of each `Usable`, in its order
COLUMNS = FIRST_USABLE + len(Usable)


@dataclass(frozen=True, slots=True)
class Change:
    """Something that changed between two frames."""

    time_s: float
    text: str  # "neutral face measured", "source: camera 1"


@dataclass(frozen=True, slots=True, eq=False)
class Overview:
    """Rows (frames, or means over a moment) by time, with running sums."""

    times_s: FloatArray  # (n,) float64, never decreasing
    sums_before: FloatArray  # (n + 1, COLUMNS) float64, of all rows before each, the columns as above
    changes: tuple[Change, ...] = ()  # by time
    complete: bool = True  # False while a recording is still being read

    def between(self, start_s: float, end_s: float) -> FloatArray:
        """(COLUMNS,) the sums over the rows of an interval, both ends included."""
        first = int(np.searchsorted(self.times_s, start_s, side="left"))
        last = int(np.searchsorted(self.times_s, end_s, side="right"))
        found: FloatArray = self.sums_before[max(first, last)] - self.sums_before[first]
        return found

    def share(self, start_s: float, end_s: float) -> float | None:
        """The predicted share of the squared movement in an interval, pooled; None without movement beyond the noise.

        The limit is that of every score here: less than twice the noise is no movement.
        """
        sums = self.between(start_s, end_s)
        if not sums[N_MOVED] or sums[MOVED] < 2.0 * sums[NOISE] or sums[MOVED] <= 0:
            return None
        return float(sums[PREDICTED] / sums[MOVED])


def squared_percent(squares: FloatArray | float, unit: float) -> FloatArray | float:
    """A sum of squares over the vertices in model units as their mean in squared % of the outer-canthal distance."""
    return squares * (100.0 / unit) ** 2 / N_LANDMARKS


def row_of(result: FrameResult, model: int, unit: float) -> Array:
    """(COLUMNS,) float64, what a frame adds to the sums; `unit`: outer-canthal distance of that model, model units."""
    row = np.zeros(COLUMNS)
    row[FIRST_USABLE + usable_of(result)] = 1
    if model >= len(result.models):
        return row
    _add_movement(row, result.models[model], unit)
    for one in result.models[model : model + 1] + result.models:  # emotions of another one rather than none
        values = {} if one.features is None else one.features.values
        if set(EMOTIONS) & set(values):
            row[FIRST_EMOTION:N_EMOTIONS] = [max(0.0, values.get(name, 0.0)) for name in EMOTIONS]
            row[N_EMOTIONS] = 1
            break
    return row


def usable_of(result: FrameResult) -> Usable:
    """What a frame can be used for."""
    if result.face is None:
        return Usable.NO_FACE
    if not result.validity.ok:
        return Usable.OUT_OF_RANGE
    return Usable.TURNED if result.validity.amber else Usable.YES


def _add_movement(row: Array, model: ModelResult, unit: float) -> None:
    terms, parts, line = model.gain_terms, model.parts, model.gain_line
    if terms is not None:
        fitted = model.features is not None and model.features.source == FITTED
        gain = 1.0 if fitted or line is None or line.gain is None else max(0.0, line.gain)
        squares = terms.rest, 2.0 * gain * terms.along - gain**2 * terms.displaced, terms.noise
        row[[MOVED, PREDICTED, NOISE]] = [squared_percent(one, unit) for one in squares]
        row[N_MOVED] = 1
    elif parts is not None:
        row[FROM_MEAN], row[N_FROM_MEAN] = squared_percent(parts.total, unit), 1
