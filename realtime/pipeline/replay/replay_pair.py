"""The interface of two replays on one clock for what shows them."""

from __future__ import annotations

from typing import Protocol

from realtime.core.against import PairSource
from realtime.model import LinearMeshModel


class ReplayPair(PairSource, Protocol):
    """Two replays on one clock."""

    @property
    def second_model(self) -> LinearMeshModel:
        """The model of the second one that is compared."""
        ...
