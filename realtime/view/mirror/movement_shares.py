"""How much of a face's movement is predicted, pooled over about a second: a ratio of sums, never a mean of ratios."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from realtime.core.frame_result import ModelResult
from realtime.core.wording import FITTED

POOLED_S = 1.0  # shorter, the number follows blinks; longer, it is about an expression that is over


@dataclass(frozen=True, slots=True)
class MovementShares:
    """Shares of the squared movement from the face at rest, 1 = all of it, over the pooled frames.

    A share is 1 - SSE / SSE of the face at rest, and negative where the face at rest would be the better guess.
    """

    delivered: float  # of the prediction as it is
    with_gain: float | None  # with the session's gain; None while that is not known
    floor: float | None  # the best that any features could do, fitted to each face; None where it was not computed
    noise: float  # of the landmarks: what nothing can predict; above 1 for a face that moves less than that
    gain: float | None  # of the session so far, as it is applied: never negative
    moved_nme: float  # mean distance from rest, % of the outer-canthal distance
    noise_nme: float  # the distance below which nothing is measured, % as above
    source: str  # of the features

    @property
    def fitted(self) -> bool:
        """Whether the features were fitted to the very faces that they are compared with."""
        return self.source == FITTED

    @property
    def best(self) -> float | None:
        """The floor, unless the session's gain goes beyond it: features have a range, and a gain above 1 has none."""
        beyond = (
            not self.fitted and self.floor is not None and self.with_gain is not None and self.with_gain > self.floor
        )
        return None if beyond else self.floor

    @property
    def headline(self) -> float:
        """The one number: with the session's gain, where features were fitted or no gain is known as delivered.

        Probabilities are no amplitudes, so as delivered the number is mostly one of how far the amplitude is off.
        What decided it: docs/what-the-numbers-mean.md, "The headline number".
        """
        return self.delivered if self.fitted or self.with_gain is None else self.with_gain


class _Frame(NamedTuple):
    sse: float
    baseline: float
    floor: float
    rest: float
    along: float
    displaced: float
    noise: float
    moved_nme: float


class MovementPool:
    """The frames of the last second of one model."""

    def __init__(self) -> None:
        self._times_s: deque[float] = deque()
        self._frames: deque[_Frame] = deque()
        self._newest: ModelResult | None = None

    @property
    def span_s(self) -> float:
        """Time from the first to the last of them."""
        return self._times_s[-1] - self._times_s[0] if self._times_s else 0.0

    def clear(self) -> None:
        """Forget them."""
        self._times_s.clear()
        self._frames.clear()
        self._newest = None

    def add(self, time_s: float, model: ModelResult) -> None:
        """Add a calibrated result with features; what came from another source or another rest is forgotten."""
        adjusted, terms, floor = model.residual_adjusted, model.gain_terms, model.floor
        if adjusted is None or terms is None or model.features is None:
            raise ValueError("a result without a calibration or without features has no movement from rest")
        before = self._newest
        if before is not None and (
            before.identity is not model.identity
            or before.features is None
            or before.features.source != model.features.source
        ):
            self.clear()
        self._newest = model
        fit = None if floor is None else floor.adjusted
        self._times_s.append(time_s)
        self._frames.append(
            _Frame(
                adjusted.sse, adjusted.baseline_sse, np.nan if fit is None else fit.sse,
                terms.rest, terms.along, terms.displaced, terms.noise, adjusted.baselines["own_neutral"],
            )
        )  # fmt: skip
        while time_s - self._times_s[0] > POOLED_S:
            self._times_s.popleft()
            self._frames.popleft()

    def shares(self) -> MovementShares | None:
        """The shares over these frames; None without any."""
        newest = self._newest
        if newest is None or newest.features is None or newest.residual_adjusted is None:
            return None
        sums = _Frame(*np.sum(self._frames, axis=0).tolist())
        gain = None if newest.gain_line is None or newest.gain_line.gain is None else max(0.0, newest.gain_line.gain)
        scaled = None if gain is None else sums.rest - 2.0 * gain * sums.along + gain**2 * sums.displaced

        def share(sse: float) -> float:
            return 1.0 - sse / sums.baseline if sums.baseline > 0 else 0.0

        return MovementShares(
            delivered=share(sums.sse),
            with_gain=None if scaled is None else share(max(0.0, scaled)),
            floor=None if np.isnan(sums.floor) else share(sums.floor),
            noise=sums.noise / sums.baseline if sums.baseline > 0 else np.inf,
            gain=gain,
            moved_nme=sums.moved_nme / len(self._frames),
            noise_nme=newest.residual_adjusted.baselines["noise"],
            source=newest.features.source,
        )
