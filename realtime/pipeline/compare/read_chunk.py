"""A chunk of a recording with what every setup needs of it, and the sums of what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from realtime.core.types import EMOTIONS
from realtime.geometry.statistics import Statistics
from realtime.model import Inverse
from realtime.pipeline.compare.cell_sums import CellSums
from realtime.pipeline.compare.scoring import Floors, Scored, Scorer
from realtime.pipeline.compare.setups import F64, Setup
from realtime.pipeline.compare.spool import I64, Bools, Chunk
from realtime.pipeline.predictor import PoseMode

NO_EMOTION = "none"


class ReadChunk:
    """A chunk with what every setup needs of it."""

    def __init__(
        self, chunk: Chunk, setups: Sequence[Setup], scorers: Sequence[tuple[Scorer, ...]],
        inverses: Mapping[int, Inverse], available: Sequence[bool],
    ) -> None:  # fmt: skip
        self.chunk, self._setups, self._scorers = chunk, setups, scorers
        self._wanted = chunk.valid & chunk.seen
        self.aligned = [setup.aligner.many(chunk.points_px) for setup in setups]
        self._floors: dict[tuple[int, PoseMode], Floors] = {}
        self.inputs: list[F64] = []
        for at, setup in enumerate(setups):
            known = id(setup.model), scorers[at][0].mode
            if known not in self._floors:
                wanted = self._wanted & self.aligned[at].known
                self._floors[known] = scorers[at][0].floors(self.aligned[at], wanted, inverses[id(setup.model)])
            inputs = setup.inputs(chunk) if setup.source != "inverse" else self._floors[known].adjusted
            self.inputs.append(inputs)

    def score(self, at: int) -> Scored:
        """A setup in the pose mode of the scores."""
        scorer = self._scorers[at][0]
        floors = self._floors[id(self._setups[at].model), scorer.mode]
        return scorer.score(self.aligned[at], self.inputs[at], floors)

    def other_poses(self, at: int) -> list[Scored]:
        """The same features in the other pose mode, without a floor."""
        return [scorer.score(self.aligned[at], self.inputs[at], None) for scorer in self._scorers[at][1:]]


def add_cells(
    cells: dict[str, CellSums], at: int, setup: Setup, scored: Scored, compared: Bools, emotions: I64,
    amber: Bools, noise: float,
) -> None:  # fmt: skip
    """Sums by emotion, and by whether expression and pose are told apart."""
    there = scored.there
    for emotion in range(-1, len(EMOTIONS)):
        for is_amber in (False, True):
            wanted = (compared & (emotions == emotion) & (amber == is_amber))[there]
            if wanted.any():
                name = f"{at}|{EMOTIONS[emotion] if emotion >= 0 else NO_EMOTION}|{'amber' if is_amber else 'clear'}"
                cells.setdefault(name, CellSums()).add(CellSums.of(scored, wanted, setup.model.mean_mesh, noise))


def add_statistics(
    statistics: dict[str, Statistics], at: int, setup: Setup, scored: Scored, compared: Bools, block: I64
) -> None:
    """Sufficient statistics of features, pose and their products, and the faces without their identity, by block."""
    mean = setup.model.mean_mesh.astype(np.float64)
    wanted = compared[scored.there]
    blocks = block[scored.there]
    count, k = scored.inputs.shape
    products = (scored.angles[:, :, None] * scored.inputs[:, None, :]).reshape(count, 3 * k)
    x = np.hstack([scored.inputs, scored.angles, products])
    for number in np.unique(blocks[wanted]).tolist():
        rows = wanted & (blocks == number)
        one = Statistics.of(x[rows], scored.own[rows] - mean)
        name = f"{at}|{number}"
        if name in statistics:
            statistics[name].add(one)
        else:
            statistics[name] = one
