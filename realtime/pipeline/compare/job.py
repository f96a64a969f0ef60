"""One recording, from its pictures or rows to its part on disk; a job that may run in any process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from realtime.core.config import Config
from realtime.core.errors import RecordError, SourceError
from realtime.core.types import EMOTIONS, FloatArray, Pose
from realtime.geometry import mixed_with_pose
from realtime.geometry.alignment import AlignedMany
from realtime.geometry.statistics import Statistics
from realtime.model import Inverse
from realtime.pipeline.build import limits_of
from realtime.pipeline.compare.cell_sums import CellSums
from realtime.pipeline.compare.frame_rows import arrow_rows, setup_columns
from realtime.pipeline.compare.neutrals import Neutral, NeutralFinder, NeutralWish
from realtime.pipeline.compare.part_on_disk import FRAMES, find_part, new_part, part_key, write_facts, write_sums
from realtime.pipeline.compare.quality import QualitySums, canthal_px
from realtime.pipeline.compare.random_fits import RandomFits
from realtime.pipeline.compare.scoring import Floors, Scored, Scorer
from realtime.pipeline.compare.session_rows import StoredSession, spool_session
from realtime.pipeline.compare.setups import F64, Setup, named_emotions, tracked_sources
from realtime.pipeline.compare.spool import I64, Bools, Chunk, Spool
from realtime.pipeline.compare.tracking import Tracked, track_video
from realtime.pipeline.content_hash import content_hash
from realtime.pipeline.neutral_transfer import CarriedNeutral
from realtime.pipeline.predictor import PoseMode

BLOCKS = 8  # parts of a recording, equally long in time, that are summed up apart
NO_EMOTION = "none"


@dataclass(frozen=True, slots=True, eq=False)
class CompareSettings:
    """All on which the numbers of a recording depend beside the recording itself."""

    config: Config
    setups: tuple[Setup, ...]
    independent: str | None  # source that names emotions and does not see the mesh
    offsets: tuple[Mapping[str, FloatArray], ...]  # for each setup, known offsets of trackers by their names
    described: Mapping[str, Any] = field(default_factory=dict)  # the same as JSON, for the keys of parts


@dataclass(frozen=True, slots=True, eq=False)
class RecordingJob:
    """A recording that is to be compared."""

    path: Path
    name: str
    neutral: NeutralWish
    saved: CarriedNeutral | None = None
    saved_key: str = ""  # which one that is


@dataclass(frozen=True, slots=True)
class DonePart:
    """What came of a job."""

    key: str
    again: bool  # it was there already
    sha256: str


def run_job(job: RecordingJob, settings: CompareSettings, parts: Path) -> DonePart:
    """Compare a recording unless its part is there. Raises SourceError, SessionError, RecordError and what else a
    pipeline raises.
    """
    try:
        sha256 = content_hash(job.path)
    except OSError as error:
        raise SourceError(f"{job.path}: cannot be read ({error.strerror or error}).") from error
    own = {"neutral": repr(job.neutral), "saved": job.saved_key, "session": job.path.is_dir()}
    key = part_key(sha256, {**settings.described, **own})
    if find_part(parts, key) is not None:
        return DonePart(key, True, sha256)
    try:
        with TemporaryDirectory(prefix=".faces-", dir=parts) as spooled, new_part(parts, key) as made:
            _Comparison(job, settings, Spool(Path(spooled)), made).run(sha256)
    except OSError as error:
        raise RecordError(
            f"{parts}: cannot be written ({error.strerror or error}). What was compared before is kept; make room "
            "and start again."
        ) from error
    return DonePart(key, False, sha256)


class _Comparison:
    """The comparison of one recording."""

    def __init__(self, job: RecordingJob, settings: CompareSettings, spool: Spool, folder: Path) -> None:
        self._job, self._settings, self._spool, self._folder = job, settings, spool, folder
        self._setups = settings.setups
        self._session: StoredSession | None = None
        self._quality = QualitySums()
        self._limits = limits_of(settings.config)

    def run(self, sha256: str) -> None:
        tracked = self._track()
        self._spool.flush()
        if not self._spool.frames:
            raise SourceError(f"{self._job.path}: has no frame.")
        neutral, available = self._first_reading(tracked)
        groups = self._second_reading(neutral, available, tracked)
        write_sums(self._folder, groups)
        write_facts(self._folder, self._facts(sha256, tracked, neutral, available))

    def _track(self) -> Tracked:
        if self._job.path.is_dir():
            self._session = spool_session(self._job.path, self._spool)
            return self._session.tracked
        config, models = self._settings.config, list({id(one.model): one.model for one in self._setups}.values())
        sources = tracked_sources(self._setups, self._settings.independent)
        return track_video(self._job.path, config, models, sources, self._spool)

    def _first_reading(self, tracked: Tracked) -> tuple[Neutral, list[bool]]:
        """The neutral, and which setups have features anywhere in this recording."""
        finder = NeutralFinder(
            self._job.neutral, self._setups, self._settings.independent, tracked.tracker,
            session=self._session, saved=self._job.saved,
        )  # fmt: skip
        available = [setup.source == "inverse" for setup in self._setups]
        for chunk in self._spool:
            self._quality.add(chunk)
            if finder.wants_more:
                finder.add(chunk, [setup.aligner.many(chunk.points_px) for setup in self._setups])
            for at, setup in enumerate(self._setups):
                available[at] = available[at] or bool(np.isfinite(setup.inputs(chunk)).all(axis=1).any())
        return finder.finish(), available

    def _second_reading(
        self, neutral: Neutral, available: Sequence[bool], tracked: Tracked
    ) -> dict[str, dict[str, F64]]:
        import pyarrow.parquet as pq

        cells: dict[str, CellSums] = {}
        statistics: dict[str, Statistics] = {}
        scorers = self._scorers(neutral, tracked.tracker)
        inverses = {id(setup.model): Inverse(setup.model) for setup in self._setups}
        models = [id(setup.model) for setup in self._setups]
        first_of_model = [models.index(model) for model in models]  # setups of one model have one floor
        chance = {at: RandomFits(inverses[models[at]], self._spool.frames) for at in set(first_of_model)}
        stamps = self._quality.stamps_ns
        first_ns, span_ns = int(stamps.min()), max(1, int(stamps.max() - stamps.min()) + 1)
        writer: pq.ParquetWriter | None = None
        try:
            for chunk in self._spool:
                read = _Read(chunk, self._setups, scorers, inverses, available)
                compared, reasons = self._compared(read, neutral, available)
                block = ((chunk.stamps_ns - first_ns) * BLOCKS // span_ns).astype(np.int64)
                emotions, margin = self._emotions(chunk)
                amber = self._amber(chunk, read.aligned[0], neutral, compared)
                self._quality.amber += int((amber & chunk.valid).sum())
                self._quality.compared += int(compared.sum())
                numbers = {
                    "time_s": (chunk.stamps_ns - first_ns) / 1e9,
                    **_degrees(read.aligned[0]),
                    "anchor_residual": read.aligned[0].anchor_residual,
                    "face_px": canthal_px(chunk),
                    "emotion_margin": margin,
                }
                for at, setup in enumerate(self._setups):
                    scored = read.score(at, compared)
                    numbers |= setup_columns(at, setup, scored)
                    noise = 0.0 if (identity := scorers[at][0].identity) is None else identity.measurable_nme
                    _add_cells(cells, at, setup, scored, compared, emotions, amber, noise)
                    _add_statistics(statistics, at, setup, scored, compared, block)
                    if first_of_model[at] == at:
                        chance[at].add(scored, compared, chunk.numbers)
                    for other in read.other_poses(at):
                        sums = CellSums.of(other, compared[other.there], setup.model.mean_mesh, noise)
                        cells.setdefault(f"{at}|pose|{scorers[at][1].mode}", CellSums()).add(sums)
                integers = {
                    "frame": chunk.numbers,
                    "stamp_ns": chunk.stamps_ns,
                    "face": chunk.faces,
                    "faces_seen": chunk.faces_seen,
                    "block": block,
                }
                flags = {
                    "seen": chunk.seen,
                    "valid": chunk.valid & chunk.seen,
                    "amber": amber,
                    "warm_up": chunk.warm_up,
                    "compared": compared,
                }
                table = arrow_rows(self._job.name, integers, flags, reasons, emotions, numbers)
                writer = writer or pq.ParquetWriter(self._folder / FRAMES, table.schema, compression="zstd")
                writer.write_table(table)
        finally:
            if writer is not None:
                writer.close()
        found = {f"cell|{name}": one.arrays() for name, one in cells.items() if one.frames}
        found |= {f"chance|{at}": chance[first].arrays() for at, first in enumerate(first_of_model)}
        return found | {f"statistics|{name}": _arrays(one) for name, one in statistics.items()}

    def _scorers(self, neutral: Neutral, tracker: str) -> list[tuple[Scorer, ...]]:
        """For each setup, in the pose mode of the scores and, where it makes a difference, in the other one."""
        found = []
        for at, setup in enumerate(self._setups):
            offset = self._settings.offsets[at].get(tracker)
            modes: tuple[PoseMode, ...] = setup.poses
            known = neutral.identities.get((at, "zero"))
            if known is not None and known.response is not None:  # it replaces the model's own response to the pose
                modes = ("zero",)
            found.append(tuple(Scorer(setup, mode, neutral.identities.get((at, mode)), offset) for mode in modes))
        return found

    def _compared(self, read: _Read, neutral: Neutral, available: Sequence[bool]) -> tuple[Bools, list[str]]:
        """(n,) the frames in the scores, the same for all setups that have features here, and why others are not."""
        chunk = read.chunk
        names = self._spool.reasons
        reasons: list[list[str]] = [
            [name for bit, name in enumerate(names) if bits >> bit & 1] for bits in chunk.reasons.tolist()
        ]
        out = ~(chunk.valid & chunk.seen)
        of_neutral = neutral.holds(chunk.stamps_ns)
        also = [("neutral", of_neutral & ~out)]
        for at, setup in enumerate(self._setups):
            if available[at]:
                lacking = ~np.isfinite(read.inputs[at]).all(axis=1)
                also.append((f"no features of {setup.source}", lacking & ~out))
            also.append(("anchors degenerate", ~read.aligned[at].known & ~out))
        for reason, where in also:
            for row in np.flatnonzero(where):
                if reason not in reasons[row]:
                    reasons[row].append(reason)
            out = out | where
        for row in reasons:
            self._quality.left_out.update(row)
        return ~out, ["; ".join(row) for row in reasons]

    def _emotions(self, chunk: Chunk) -> tuple[I64, F64]:
        source = self._settings.independent
        if source is None:
            return np.full(len(chunk), -1), np.full(len(chunk), np.nan)
        return named_emotions(chunk, source)

    def _amber(self, chunk: Chunk, aligned: AlignedMany, neutral: Neutral, compared: Bools) -> Bools:
        """(n,) frames in range in which expression and pose are not told apart."""
        identity = neutral.identities.get((0, "zero"))
        found = np.zeros(len(chunk), bool)
        for row in np.flatnonzero(chunk.valid & chunk.seen & aligned.known):
            found[row] = bool(mixed_with_pose(Pose(*map(float, aligned.angles[row])), identity, self._limits))
        return found

    def _facts(self, sha256: str, tracked: Tracked, neutral: Neutral, available: Sequence[bool]) -> dict[str, Any]:
        session = self._session
        return {
            "sha256": sha256,
            "kind": "video" if session is None else "session",
            "tracker": tracked.tracker,
            "neutral": neutral.used.to_json(),
            "quality": self._quality.report(tracked.tracker, tracked.damaged).to_json(),
            "available": list(available),
            "person": None if session is None else session.person,
            "marks": [] if session is None else [list(mark) for mark in session.marks],
            "remarks": list(tracked.remarks),
        }


class _Read:
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

    def score(self, at: int, compared: Bools) -> Scored:
        """A setup in the pose mode of the scores."""
        scorer = self._scorers[at][0]
        floors = self._floors[id(self._setups[at].model), scorer.mode]
        return scorer.score(self.aligned[at], self.inputs[at], floors)

    def other_poses(self, at: int) -> list[Scored]:
        """The same features in the other pose mode, without a floor."""
        return [scorer.score(self.aligned[at], self.inputs[at], None) for scorer in self._scorers[at][1:]]


def _add_cells(
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


def _add_statistics(
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


def _arrays(one: Statistics) -> dict[str, F64]:
    return {"frames": np.array(float(one.frames)), "x": one.x, "y": one.y, "xx": one.xx, "xy": one.xy, "yy": one.yy}


def _degrees(aligned: AlignedMany) -> dict[str, F64]:
    angles = np.degrees(aligned.angles)
    return {name: angles[:, at] for at, name in enumerate(("pitch_deg", "yaw_deg", "roll_deg"))}
