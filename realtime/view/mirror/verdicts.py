"""Verdicts on a number that moves: a new one has to hold for some time before it is said."""

from __future__ import annotations

from enum import Enum, auto
from typing import Generic, TypeVar

MARGIN = 0.05  # of the movement, beyond which another verdict begins to count
HOLD_S = 1.5  # for so long
LEAVE_REST_S = 0.5  # shorter, since a smile may last for a second only
MOST_NOISE = 0.5  # share of the movement: the squared movement is then twice the noise, and skill is 0 / 0

_Value = TypeVar("_Value")


class Lasting(Generic[_Value]):
    """For how long something has been the same."""

    def __init__(self) -> None:
        self._value: _Value | None = None
        self._since_s: float | None = None

    def clear(self) -> None:
        """Whatever comes next is new."""
        self._since_s = None

    def seconds(self, time_s: float, value: _Value) -> float:
        """The seconds for which `value` has held, up to `time_s`."""
        if self._since_s is None or value != self._value or time_s < self._since_s:
            self._value, self._since_s = value, time_s
        return time_s - self._since_s


class Verdict(Enum):
    """What is said of a movement."""

    AT_REST = auto()  # there is none, within the noise
    PREDICTS = auto()
    WORSE = auto()  # than the face at rest


class SteadyVerdict:
    """The verdict on pooled shares.

    A face at rest is said at once, since there no number means anything. It is left after half a second of clear
    movement. Between better and worse than rest, 1.5 s beyond a margin of 5 points decide.
    """

    def __init__(self) -> None:
        self._resting = False
        self._better: bool | None = None  # None: nothing was said yet
        self._doubt: Lasting[bool] = Lasting()

    def clear(self) -> None:
        """Forget what was said."""
        self._resting, self._better = False, None
        self._doubt.clear()

    def update(self, time_s: float, share: float, noise: float) -> Verdict:
        """The verdict at a time; `share` is the number, `noise` that of the landmarks, shares of the movement."""
        if not noise <= MOST_NOISE:
            self._resting = True
            self._doubt.clear()
            return Verdict.AT_REST
        if self._resting:
            moves = noise < MOST_NOISE - MARGIN
            if self._doubt.seconds(time_s, moves) < LEAVE_REST_S or not moves:
                return Verdict.AT_REST
            self._resting = False
            self._doubt.clear()
            if self._differs(share):
                self._better = not self._better
        if self._better is None:
            self._better = share >= -MARGIN
        differs = self._differs(share)
        if self._doubt.seconds(time_s, differs) >= HOLD_S and differs:
            self._better = not self._better
            self._doubt.clear()
        return Verdict.PREDICTS if self._better else Verdict.WORSE

    def _differs(self, share: float) -> bool:
        """Whether a share is beyond the margin on the other side of what was said."""
        if self._better is None:
            return False
        return share < -MARGIN if self._better else share > MARGIN
