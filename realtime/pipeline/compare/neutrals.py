"""The neutral of a recording: from where it is asked for, and how it is found in the recording's frames."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import isfinite
from typing import Literal

import numpy as np

from realtime.core.compare_report import NeutralUsed
from realtime.core.errors import UsageError
from realtime.core.local_time import now_text
from realtime.core.neutral import NeutralInfo
from realtime.core.printable import bounded
from realtime.core.repeatability import repeatability_nme
from realtime.core.types import EMOTIONS, Aligned, Identity, Pose, Similarity
from realtime.geometry import NeutralCollector
from realtime.geometry.alignment import AlignedMany
from realtime.geometry.identity import MAX_MOTION_NME, MIN_REST_FRAMES, identity_of
from realtime.pipeline.compare.neutral_findings import NeutralFindings
from realtime.pipeline.compare.session_rows import StoredSession
from realtime.pipeline.compare.setups import F64, LEAST_MARGIN, Setup, named_emotions
from realtime.pipeline.compare.spool import F32, I64, Bools, Chunk
from realtime.pipeline.compare.tracking import NoFeatures
from realtime.pipeline.neutral_transfer import CarriedNeutral, transfer_identity
from realtime.pipeline.predictor import POSE_MODES, PoseMode, Predictor

Kind = Literal["recorded", "saved", "first", "segment", "mark", "labelled", "none"]
Identities = dict[tuple[int, PoseMode], Identity]  # by the number of the setup and the pose it is given
LABELLED_S = 3.0  # so much of the earliest frames that are called neutral
MARK_S = 3.0  # and so much from a mark on
_SEGMENT = re.compile(r"(?P<start>\d{1,7}(\.\d+)?)\s*(-|–|\.\.)\s*(?P<end>\d{1,7}(\.\d+)?)")
_LONGEST = 200  # characters of what a user wrote
_NEUTRAL = EMOTIONS.index("neutral")
EXPECTED = "first:SECONDS, START-END (seconds), mark:NAME, labelled, recorded, saved, none or auto"


@dataclass(frozen=True, slots=True)
class NeutralWish:
    """From where the neutral of a recording is to be taken."""

    kind: Literal["auto"] | Kind = "auto"
    start_s: float = 0.0  # of "segment"
    end_s: float = 0.0  # of "segment"; of "first" how long
    name: str = ""  # of "mark"

    @classmethod
    def parsed(cls, text: str) -> NeutralWish:
        """Read what a user wrote. Raises UsageError."""
        if len(text) > _LONGEST:
            raise UsageError(f"neutral '{bounded(text, 60)}': {len(text):,} characters; {_LONGEST} are possible.")
        word, _, rest = text.strip().partition(":")
        word = word.strip().lower()
        if word in ("auto", "labelled", "recorded", "saved", "none") and not rest:
            return cls(word)  # type: ignore[arg-type]
        if word == "mark" and rest.strip():
            return cls("mark", name=rest.strip())
        if word == "first":
            try:
                seconds = float(rest)
            except ValueError:
                seconds = float("nan")
            if isfinite(seconds) and 0.5 <= seconds <= 60:
                return cls("first", end_s=seconds)
        segment = _SEGMENT.fullmatch(text.strip())
        if segment is not None and float(segment["start"]) < float(segment["end"]):
            return cls("segment", float(segment["start"]), float(segment["end"]))
        raise UsageError(f"neutral '{text}': expected {EXPECTED}; first takes 0.5 to 60 seconds.")


@dataclass(eq=False)
class Neutral:
    """The neutral that a recording has."""

    used: NeutralUsed
    identities: Identities = field(default_factory=dict)
    before_ns: int | None = None  # frames up to this time are in no score
    frames_ns: frozenset[int] = frozenset()  # nor are these

    def holds(self, stamps_ns: I64) -> Bools:
        """(n,) whether frames are in no score on its account."""
        found = np.isin(stamps_ns, np.array(sorted(self.frames_ns), np.int64))
        return found if self.before_ns is None else found | (stamps_ns <= self.before_ns)


class NeutralFinder:
    """Finds the neutral of a recording, for every setup and pose mode, from its chunks in their order."""

    def __init__(
        self,
        wish: NeutralWish,
        setups: Sequence[Setup],
        independent: str | None,
        tracker: str,
        *,
        session: StoredSession | None = None,
        saved: CarriedNeutral | None = None,
        reasons: Sequence[str] = (),
    ) -> None:
        """`reasons`: those of the chunks, by the number of their bit; they may grow while chunks are added."""
        self._setups = tuple(setups)
        self._independent = independent
        self._tracker = tracker
        self._session = session
        self._saved = saved
        self._wish = self._resolved(wish)
        self._collectors: dict[tuple[int, PoseMode], NeutralCollector] = {}
        if self._wish.kind == "first":
            self._collectors = {
                (at, mode): NeutralCollector(self._wish.end_s, setup.canonical)
                for at, setup in enumerate(self._setups)
                for mode in POSE_MODES
            }
        self._findings = NeutralFindings(independent, reasons)
        self._first_ns: int | None = None
        self._ended_ns: int | None = None
        self._collected_ns: int | None = None  # the last stamp of `_collect`
        self._rows: list[tuple[F32, I64, Bools]] = []  # points, stamps, joined
        self._taken_s = 0.0

    def _resolved(self, wish: NeutralWish) -> NeutralWish:
        """What "auto" means here: that of the session, else frames that are called neutral, else none."""
        if wish.kind != "auto":
            return wish
        if self._session is not None and self._session.neutral is not None:
            return NeutralWish("recorded")
        return NeutralWish("labelled" if self._independent is not None else "none")

    @property
    def wants_more(self) -> bool:
        """Whether it has to see the next chunk."""
        if self._wish.kind == "first":
            return self._ended_ns is None
        if self._wish.kind == "labelled":
            return self._taken_s < LABELLED_S
        return self._wish.kind in ("segment", "mark")

    def add(self, chunk: Chunk, aligned: Sequence[AlignedMany]) -> None:
        """Look at the next frames; `aligned` for each setup."""
        if self._first_ns is None:
            self._first_ns = int(chunk.stamps_ns[0])
        if self._wish.kind == "first":
            self._collect(chunk, aligned)
        elif self.wants_more:
            self._take(chunk, self._wanted(chunk), aligned[0])

    def _collect(self, chunk: Chunk, aligned: Sequence[AlignedMany]) -> None:
        """As the calibration of a run does."""
        for row in range(len(chunk)):
            stamp_ns = int(chunk.stamps_ns[row])
            if self._collected_ns is not None and stamp_ns <= self._collected_ns:
                continue  # of a live session: a face that was shown before, or one that is older than the row before it
            self._collected_ns = stamp_ns
            for (at, mode), collector in self._collectors.items():
                face, expected = None, None
                if chunk.seen[row] and aligned[at].known[row]:
                    face = _face(aligned[at], row)
                    expected = self._setups[at].model.predict_neutral(face.pose if mode == "live" else None)
                collector.add(face, expected, stamp_ns)
            if chunk.seen[row] and aligned[0].known[row]:
                self._findings.add(chunk, [(row, _face(aligned[0], row))])
            if all(collector.done for collector in self._collectors.values()):
                self._ended_ns = stamp_ns
                return

    def _wanted(self, chunk: Chunk) -> Bools:
        """(n,) the frames that belong to a segment, follow a mark, or are called neutral."""
        assert self._first_ns is not None
        usable: Bools = chunk.valid & chunk.seen
        if self._wish.kind == "labelled":
            assert self._independent is not None
            called: Bools = named_emotions(chunk, self._independent)[0] == _NEUTRAL
            return usable & called
        start_ns, end_ns = self._interval()
        return usable & (chunk.stamps_ns >= start_ns) & (chunk.stamps_ns <= end_ns)

    def _interval(self) -> tuple[int, int]:
        assert self._first_ns is not None
        if self._wish.kind == "segment":
            return (self._first_ns + round(1e9 * at) for at in (self._wish.start_s, self._wish.end_s))  # type: ignore
        at = self._mark_ns()
        return (0, -1) if at is None else (at, at + round(1e9 * MARK_S))

    def _mark_ns(self) -> int | None:
        marks = () if self._session is None else self._session.marks
        return next((stamp for label, stamp in marks if label == self._wish.name), None)

    def _take(self, chunk: Chunk, wanted: Bools, aligned: AlignedMany) -> None:
        rows = np.flatnonzero(wanted)
        if self._wish.kind == "labelled":
            steps = np.diff(chunk.stamps_ns, prepend=chunk.stamps_ns[0]) / 1e9
            typical = float(np.median(steps[1:])) if len(steps) > 1 else 0.0
            rows = rows[: max(0, round((LABELLED_S - self._taken_s) / typical))] if typical > 0 else rows
            self._taken_s += typical * len(rows)
        if len(rows):
            self._findings.add(chunk, ((row, _face(aligned, row)) for row in rows.tolist() if aligned.known[row]))
            joined = np.diff(rows, prepend=-2) == 1
            self._rows.append((chunk.points_px[rows], chunk.stamps_ns[rows], joined))

    def finish(self) -> Neutral:
        """The neutral, or none with the reason."""
        kind = self._wish.kind
        if kind == "none":
            return _none(
                "none was asked for, and no source calls frames neutral"
                if self._independent is None
                else "none was asked for"
            )
        if kind == "recorded":
            return self._of_session()
        if kind == "saved":
            return self._of_file()
        return self._of_first_seconds() if kind == "first" else self._of_rows()

    def _of_first_seconds(self) -> Neutral:
        identities, seconds = {}, self._wish.end_s
        for key, collector in self._collectors.items():
            identity, reason = collector.finish()
            if identity is None:
                return _none(f"first {seconds:g} s: {reason}")
            identities[key] = identity
        return self._made("first", f"the first {seconds:g} s with a face", identities, before_ns=self._ended_ns)

    def _of_rows(self) -> Neutral:
        kind, what = self._wish.kind, self._described()
        count = sum(len(stamps) for _, stamps, _ in self._rows)
        if count < MIN_REST_FRAMES:
            return _none(f"{what}: {count} valid frames, {MIN_REST_FRAMES} are needed")
        points = np.concatenate([one for one, _, _ in self._rows])
        stamps = np.concatenate([one for _, one, _ in self._rows])
        joined = np.concatenate([one for _, _, one in self._rows])
        identities: Identities = {}
        for at, setup in enumerate(self._setups):
            aligned = setup.aligner.many(points)
            if not aligned.known.all():
                return _none(f"{what}: a face in it cannot be aligned")
            for mode in POSE_MODES:
                expected = setup.model.predict(_at_rest(setup, count), aligned.angles if mode == "live" else None)
                identities[at, mode] = identity_of(
                    aligned.meshes_canon.astype(np.float64), expected, aligned.angles, joined,
                    unit=setup.canonical.unit, seconds=float(stamps[-1] - stamps[0]) / 1e9,
                )  # fmt: skip
        moved = identities[0, "zero"].motion_nme
        if kind != "labelled" and not moved <= MAX_MOTION_NME:
            return _none(f"{what}: the face moved by {moved:.1f} %, limit {MAX_MOTION_NME:g} %")
        return self._made(kind, what, identities, frames_ns=frozenset(stamps.tolist()))  # type: ignore[arg-type]

    def _described(self) -> str:
        wish = self._wish
        if wish.kind == "segment":
            return f"{wish.start_s:g} to {wish.end_s:g} s"
        if wish.kind == "mark":
            there = "" if self._mark_ns() is not None else ", of which there is none here"
            return f"{MARK_S:g} s from the mark '{wish.name}'{there}"
        return (
            f"the first {LABELLED_S:g} s of frames that {self._independent} calls neutral by at least {LEAST_MARGIN:g} "
            "more than anything else"
        )

    def _of_session(self) -> Neutral:
        session = self._session
        if session is None or session.neutral is None:
            return _none("no neutral was recorded here")
        if session.tracked.tracker not in ("", self._tracker):
            return _none(f"recorded with the tracker {session.tracked.tracker}; these faces are of {self._tracker}")
        recorded = session.neutral
        identities: Identities = {}
        for at, setup in enumerate(self._setups):
            for mode in POSE_MODES:
                identity = recorded.identity
                identities[at, mode] = transfer_identity(
                    identity,
                    setup.model,
                    setup.aligner,
                    mode,
                    identity.rest,
                    recorded.pose_zero,  # type: ignore[arg-type]
                )
        what = "recorded in the session" + (f", of {session.person}" if session.person else "")
        return self._made("recorded", what, identities, before_ns=recorded.first_ns - 1)

    def _of_file(self) -> Neutral:
        if self._saved is None:
            return _none("saved: no neutral is kept for this person")
        predictors = [Predictor(setup.model, NoFeatures()) for setup in self._setups]
        found, reasons = self._saved.for_predictors(predictors, self._tracker)
        if reasons:
            return _none(f"saved: {'; '.join(reasons)}")
        identities = {(at, mode): identity for at, modes in enumerate(found) for mode, identity in modes.items()}
        info = self._saved.identity.info
        return self._made(
            "saved", f"kept for {info.person}, of {info.taken}" if info is not None else "kept", identities
        )

    def _made(
        self, kind: Kind, what: str, identities: Identities, *, before_ns: int | None = None,
        frames_ns: frozenset[int] = frozenset(),
    ) -> Neutral:  # fmt: skip
        first = identities[0, "zero"]
        info = NeutralInfo(
            now_text(), self._tracker, findings=self._findings.finish(),
            repeatability_nme=repeatability_nme(self._tracker),
        )  # fmt: skip
        known = {key: one if one.info is not None else replace(one, info=info) for key, one in identities.items()}
        used = NeutralUsed(
            kind=kind, description=what, frames=first.frames, seconds=round(first.seconds, 3),
            jitter=round(first.noise_nme, 4), motion=round(first.motion_nme, 4),
            findings=tuple(finding.text for finding in (first.info or info).findings),
        )  # fmt: skip
        return Neutral(used, known, before_ns, frames_ns)


def _none(reason: str) -> Neutral:
    return Neutral(NeutralUsed(kind="none", description=reason, frames=0, seconds=None, jitter=None, motion=None))


def _at_rest(setup: Setup, count: int) -> F64:
    return np.tile(setup.neutral_inputs, (count, 1))


def _face(aligned: AlignedMany, row: int) -> Aligned:
    """One of many faces; the similarity that a collector does not need is left out."""
    nothing = np.zeros(())
    pitch, yaw, roll = map(float, aligned.angles[row])
    return Aligned(
        aligned.meshes_canon[row], Similarity(nothing, nothing, nothing), float(aligned.anchor_residual[row]),
        Pose(pitch, yaw, roll),
    )  # fmt: skip
