"""The comparison of one recording: its faces are found, then read for the neutral, the scores and the faces to show."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from realtime.core.errors import SourceError
from realtime.core.types import Pose
from realtime.geometry import mixed_with_pose
from realtime.geometry.alignment import AlignedMany
from realtime.geometry.statistics import Statistics
from realtime.model import Inverse
from realtime.pipeline.build import limits_of
from realtime.pipeline.compare.cell_sums import CellSums
from realtime.pipeline.compare.frame_rows import arrow_rows, column, setup_columns
from realtime.pipeline.compare.linear_maps import turned_rows
from realtime.pipeline.compare.neutrals import Neutral, NeutralFinder
from realtime.pipeline.compare.part_on_disk import FRAMES, write_facts, write_sums
from realtime.pipeline.compare.quality import QualitySums, canthal_px
from realtime.pipeline.compare.random_fits import RandomFits
from realtime.pipeline.compare.read_chunk import ReadChunk, add_cells, add_statistics
from realtime.pipeline.compare.scoring import Scorer
from realtime.pipeline.compare.session_rows import StoredSession, stored_session
from realtime.pipeline.compare.settings import CompareSettings, RecordingJob
from realtime.pipeline.compare.setups import F64, named_emotions
from realtime.pipeline.compare.spool import I64, Bools, Chunk, Spool
from realtime.pipeline.compare.tracking import Tracked, track_pictures
from realtime.pipeline.predictor import PoseMode

ShareDone = Callable[[float], None]
BLOCKS = 8  # parts of a recording, equally long in time, that are summed up apart
SHOWN = 12  # frames of a recording of which the faces are kept


class Comparison:
    """The comparison of one recording."""

    def __init__(
        self,
        job: RecordingJob,
        settings: CompareSettings,
        spool: Spool,
        folder: Path,
        share_done: ShareDone,
        session: StoredSession | None = None,
    ) -> None:
        """`session` is what is known of a face whose spool is filled already, where it is of a session."""
        self._job, self._settings, self._spool, self._folder = job, settings, spool, folder
        self._share_done = share_done
        self._setups = settings.setups
        self._session = session
        self._quality = QualitySums()
        self._limits = limits_of(settings.config)
        self._shown: list[tuple[I64, F64]] = []  # number and NME of the frames in the scores

    def run(self, sha256: str) -> None:
        """Find the faces and write the part. Raises what these raise that find them, and OSError."""
        self.score(sha256, self._track())

    def score(self, sha256: str, tracked: Tracked) -> None:
        """Write the part of the faces that the spool holds. Raises SourceError where there are none, and OSError."""
        self._spool.flush()
        if not self._spool.frames:
            raise SourceError(f"{self._job.path}: has no frame.")
        neutral, available = self._first_reading(tracked)
        groups = self._second_reading(neutral, available)
        groups |= self._third_reading(neutral, available)
        groups |= {
            f"neutral|{at}": {"mesh": neutral.identities[at, "zero"].neutral_canon.astype(np.float64)}
            for at in range(len(self._setups))
            if neutral.identities
        }
        write_sums(self._folder, groups)
        write_facts(self._folder, self._facts(sha256, tracked, neutral, available))

    def _track(self) -> Tracked:
        path, config, models, sources = self._job.path, *self._settings.tracked
        if path.is_dir():
            self._session = stored_session(path, None if self._settings.recompute else self._spool)
            if not self._settings.recompute:
                return self._session.tracked
        return track_pictures(path, config, models, sources, self._spool, self._share_done)

    def _first_reading(self, tracked: Tracked) -> tuple[Neutral, list[bool]]:
        """The neutral, and which setups have features anywhere in this recording."""
        finder = NeutralFinder(
            self._job.neutral, self._setups, self._settings.independent, tracked.tracker,
            session=self._session, saved=self._job.saved, reasons=self._spool.reasons,
        )  # fmt: skip
        available = [setup.source == "inverse" for setup in self._setups]
        for chunk in self._spool:
            self._quality.add(chunk)
            if finder.wants_more:
                finder.add(chunk, [setup.aligner.many(chunk.points_px) for setup in self._setups])
            for at, setup in enumerate(self._setups):
                available[at] = available[at] or bool(np.isfinite(setup.inputs(chunk)).all(axis=1).any())
        return finder.finish(), available

    def _second_reading(self, neutral: Neutral, available: Sequence[bool]) -> dict[str, dict[str, F64]]:
        import pyarrow.parquet as pq

        cells: dict[str, CellSums] = {}
        statistics: dict[str, Statistics] = {}
        scorers = self._scorers(neutral)
        rows = [turned_rows(setup, some[0].mode) for setup, some in zip(self._setups, scorers, strict=True)]
        inverses = {id(setup.model): Inverse(setup.model) for setup in self._setups}
        models = [id(setup.model) for setup in self._setups]
        first_of_model = [models.index(model) for model in models]  # setups of one model have one floor
        chance = {at: RandomFits(inverses[models[at]], self._spool.frames) for at in set(first_of_model)}
        stamps = self._quality.stamps_ns
        first_ns, span_ns = int(stamps.min()), max(1, int(stamps.max() - stamps.min()) + 1)
        writer: pq.ParquetWriter | None = None
        try:
            for chunk in self._spool:
                read = ReadChunk(chunk, self._setups, scorers, inverses, available)
                compared, reasons = self._compared(read, neutral, available)
                block = ((chunk.stamps_ns - first_ns) * BLOCKS // span_ns).astype(np.int64)
                emotions, margin = self._emotions(chunk)
                amber = self._amber(chunk, read.aligned[0], neutral)
                self._quality.amber += int((amber & chunk.valid).sum())
                self._quality.scored += int(compared.sum())
                numbers = {
                    "time_s": (chunk.stamps_ns - first_ns) / 1e9,
                    **_degrees(read.aligned[0].angles),
                    "anchor_residual": read.aligned[0].anchor_residual,
                    **_degrees(chunk.angles.astype(np.float64), "given_"),
                    "face_px": canthal_px(chunk),
                    "emotion_margin": margin,
                }
                for at, setup in enumerate(self._setups):
                    scored = read.score(at)
                    if at:  # its own frame may be turned against that of the first one
                        angles = _degrees(read.aligned[at].angles)
                        numbers |= {column(name, at): values for name, values in angles.items()}
                    numbers |= setup_columns(at, setup, rows[at], scored)
                    noise = 0.0 if (identity := scorers[at][0].identity) is None else identity.measurable_nme
                    add_cells(cells, at, setup, scored, compared, emotions, amber, noise)
                    add_statistics(statistics, at, setup, scored, compared, block)
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
                    "scored": compared,
                }
                self._note_shown(chunk, compared, numbers)
                table = arrow_rows(self._job.name, integers, flags, reasons, emotions, numbers)
                writer = writer or pq.ParquetWriter(self._folder / FRAMES, table.schema, compression="zstd")
                writer.write_table(table)
        finally:
            if writer is not None:
                writer.close()
        found = {f"cell|{name}": one.arrays() for name, one in cells.items() if one.frames}
        found |= {f"chance|{at}": chance[first].arrays() for at, first in enumerate(first_of_model)}
        return found | {f"statistics|{name}": _arrays(one) for name, one in statistics.items()}

    def _note_shown(self, chunk: Chunk, compared: Bools, numbers: Mapping[str, F64]) -> None:
        """Note the errors of the frames in the scores, of which some are shown."""
        adjusted = numbers["nme_adjusted"]
        nme = np.where(np.isfinite(adjusted), adjusted, numbers["nme"])
        known = compared & np.isfinite(nme)
        self._shown.append((chunk.numbers[known], nme[known]))

    def _third_reading(self, neutral: Neutral, available: Sequence[bool]) -> dict[str, dict[str, F64]]:
        """The faces of a few frames, from the best to the worst predicted."""
        numbers = np.concatenate([one for one, _ in self._shown]) if self._shown else np.zeros(0, np.int64)
        nme = np.concatenate([one for _, one in self._shown]) if self._shown else np.zeros(0)
        if not len(numbers):
            return {}
        ranks = np.unique(np.linspace(0, len(nme) - 1, min(SHOWN, len(nme))).round().astype(int))
        chosen = np.argsort(nme, kind="stable")[ranks]
        wanted = numbers[chosen]
        scorers = self._scorers(neutral)
        inverses = {id(setup.model): Inverse(setup.model) for setup in self._setups}
        faces: dict[int, F64] = {}  # (setups, 2, 478, 3) observed and predicted, by the number of the frame
        places: dict[int, tuple[F64, float, float]] = {}  # landmarks in the picture, its rotation, time in s
        first_ns = int(self._quality.stamps_ns.min())
        for chunk in self._spool:
            rows = np.flatnonzero(np.isin(chunk.numbers, wanted))
            if not len(rows):
                continue
            some = chunk.taken(rows)
            read = ReadChunk(some, self._setups, scorers, inverses, available)
            pairs = np.full((len(rows), len(self._setups), 2, *some.points_px.shape[1:]), np.nan)
            for at in range(len(self._setups)):
                scored = read.score(at)
                pairs[scored.there, at, 0] = scored.observed
                pairs[scored.there, at, 1] = scored.observed - scored.error
            faces |= dict(zip(some.numbers.tolist(), pairs, strict=True))
            seconds = (some.stamps_ns - first_ns) / 1e9
            where = zip(some.points_px, some.rotations.tolist(), seconds.tolist(), strict=True)
            places |= dict(zip(some.numbers.tolist(), where, strict=True))
        return {
            "shown|0": {
                "numbers": wanted.astype(np.float64),
                "nme": nme[chosen],
                "worse_than": ranks / max(1, len(nme) - 1),
                "faces": np.stack([faces[number] for number in wanted.tolist()]).astype(np.float32),
                "points": np.stack([places[number][0] for number in wanted.tolist()]),
                "rotations": np.array([places[number][1] for number in wanted.tolist()]),
                "seconds": np.array([places[number][2] for number in wanted.tolist()]),
            }
        }

    def _scorers(self, neutral: Neutral) -> list[tuple[Scorer, ...]]:
        """For each setup, in the pose mode of the scores and, where it makes a difference, in the other one."""
        found = []
        for at, setup in enumerate(self._setups):
            modes: tuple[PoseMode, ...] = setup.poses
            known = neutral.identities.get((at, "zero"))
            if known is not None and known.response is not None:  # it replaces the model's own response to the pose
                modes = ("zero",)
            found.append(tuple(Scorer(setup, mode, neutral.identities.get((at, mode))) for mode in modes))
        return found

    def _compared(self, read: ReadChunk, neutral: Neutral, available: Sequence[bool]) -> tuple[Bools, list[str]]:
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

    def _amber(self, chunk: Chunk, aligned: AlignedMany, neutral: Neutral) -> Bools:
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
            "poses": [some[0].mode for some in self._scorers(neutral)],
            "person": None if session is None else session.person,
            "marks": [] if session is None else [list(mark) for mark in session.marks],
            "remarks": list(tracked.remarks),
        }


def _arrays(one: Statistics) -> dict[str, F64]:
    return {"frames": np.array(float(one.frames)), "x": one.x, "y": one.y, "xx": one.xx, "xy": one.xy, "yy": one.yy}


def _degrees(angles: F64, prefix: str = "") -> dict[str, F64]:
    turned = np.degrees(angles)
    return {f"{prefix}{name}_deg": turned[:, at] for at, name in enumerate(("pitch", "yaw", "roll"))}
