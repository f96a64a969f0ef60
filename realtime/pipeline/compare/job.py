"""One recording as a job that may run in any process: its part on disk, unless that is there already."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from realtime.core.errors import RecordError, SourceError
from realtime.pipeline.compare.comparison import Comparison, ShareDone
from realtime.pipeline.compare.face_spools import FaceSpools
from realtime.pipeline.compare.part_on_disk import FACES, find_part, new_part, part_key, write_facts
from realtime.pipeline.compare.session_rows import StoredSession, session_marks, stored_faces
from realtime.pipeline.compare.settings import CompareSettings, RecordingJob
from realtime.pipeline.compare.spool import Spool
from realtime.pipeline.compare.tracking import Tracked, track_faces
from realtime.pipeline.content_hash import content_hash
from realtime.pipeline.face_units import LEAST_S, unit_name


def _nothing(share: float) -> None:
    """For a caller that shows nothing."""


@dataclass(frozen=True, slots=True)
class DoneUnit:
    """What is compared of a recording: all of it, or one of its faces."""

    name: str
    key: str  # of its part
    face: int | None = None  # its track id; None: the largest face of each frame


@dataclass(frozen=True, slots=True)
class DonePart:
    """What came of a job."""

    units: tuple[DoneUnit, ...]
    again: bool  # it was there already
    sha256: str
    short_faces: int = 0  # faces that are seen for too short a time
    short_frames: int = 0  # and their frames


def run_job(job: RecordingJob, settings: CompareSettings, parts: Path, share_done: ShareDone = _nothing) -> DonePart:
    """Compare a recording unless its part is there; `share_done` is told how much of it is done.

    Raises SourceError, SessionError, RecordError and what else a pipeline raises.
    """
    try:
        sha256 = content_hash(job.path)
    except OSError as error:
        raise SourceError(f"{job.path}: cannot be read ({error.strerror or error}).") from error
    if settings.faces == "all":
        return run_faces(job, settings, parts, sha256, share_done)
    key = key_of(job, settings, sha256)
    units = (DoneUnit(job.name, key),)
    if find_part(parts, key) is not None:
        return DonePart(units, True, sha256)
    with new_comparison(job, settings, parts, key, share_done) as (comparison, _):
        comparison.run(sha256)
    return DonePart(units, False, sha256)


def run_faces(
    job: RecordingJob, settings: CompareSettings, parts: Path, sha256: str, share_done: ShareDone
) -> DonePart:
    """Compare each face of a recording as a recording of its own. A part of its own lists them.

    Raises SourceError where no face is seen for long enough, and what `run_job` raises.
    """
    list_key = key_of(job, settings, sha256)
    if (there := find_part(parts, list_key)) is not None:
        done = _listed(job, there.facts, sha256)
        if all(find_part(parts, unit.key) is not None for unit in done.units):
            return done
    try:
        with TemporaryDirectory(prefix=FACES, dir=parts) as spooled:
            spools = FaceSpools(Path(spooled))
            tracked, sessions = _found(job, settings, spools, share_done)
            kept = spools.kept()
            faces, frames = spools.short()
            if not kept:
                raise SourceError(f"{job.path}: has no face that is seen for {LEAST_S:g} s ({faces} for less).")
            own = job if len(kept) == 1 else replace(job, saved=None, saved_key="")  # nobody says whose it is
            facts = {"faces": {str(track_id): key_of(own, settings, sha256, track_id) for track_id in kept},
                     "short_faces": faces, "short_frames": frames}  # fmt: skip
            done = replace(_listed(job, facts, sha256), again=False)
            for unit, spool in zip(done.units, kept.values(), strict=True):
                if find_part(parts, unit.key) is None:
                    assert unit.face is not None
                    session = sessions.get(unit.face)
                    with new_part(parts, unit.key) as made:
                        named = replace(own, name=unit.name)
                        one = Comparison(named, settings, spool, made, _nothing, session)
                        one.score(sha256, tracked if session is None else session.tracked)
            if there is None:
                with new_part(parts, list_key) as made:
                    write_facts(made, facts)
            return done
    except OSError as error:
        raise _no_room(parts, error) from error


def _found(
    job: RecordingJob, settings: CompareSettings, spools: FaceSpools, share_done: ShareDone
) -> tuple[Tracked, Mapping[int, StoredSession]]:
    """Find the faces; for those of a session also what it has beside them."""
    if job.path.is_dir() and not settings.recompute:
        sessions = stored_faces(job.path, spools)
        return Tracked(""), sessions
    config, models, sources = settings.tracked
    tracked = track_faces(job.path, config, models, sources, spools, share_done)
    if not job.path.is_dir():
        return tracked, {}
    events = replace(session_marks(job.path), tracked=tracked)
    return tracked, dict.fromkeys(spools.kept(), events)


def _listed(job: RecordingJob, facts: Mapping[str, Any], sha256: str) -> DonePart:
    """What a list of faces says."""
    keys = sorted((int(track_id), key) for track_id, key in facts["faces"].items())
    units = tuple(DoneUnit(unit_name(job.name, track_id, len(keys)), key, track_id) for track_id, key in keys)
    return DonePart(units, True, sha256, facts["short_faces"], facts["short_frames"])


def key_of(job: RecordingJob, settings: CompareSettings, sha256: str, face: int | None = None) -> str:
    """The name of the part of a recording with this content, or of one of its faces."""
    own: dict[str, Any] = {"neutral": repr(job.neutral), "saved": job.saved_key, "session": job.path.is_dir()}
    own |= {} if face is None else {"face": face}
    return part_key(sha256, {**settings.described, **own})


@contextmanager
def new_comparison(
    job: RecordingJob, settings: CompareSettings, parts: Path, key: str, share_done: ShareDone = _nothing
) -> Iterator[tuple[Comparison, Spool]]:
    """A comparison and the spool of its faces; its part is there at the end of the block. Raises RecordError."""
    try:
        with TemporaryDirectory(prefix=FACES, dir=parts) as spooled, new_part(parts, key) as made:
            spool = Spool(Path(spooled))
            yield Comparison(job, settings, spool, made, share_done), spool
    except OSError as error:
        raise _no_room(parts, error) from error


def _no_room(parts: Path, error: OSError) -> RecordError:
    return RecordError(
        f"{parts}: cannot be written ({error.strerror or error}). What was compared before is kept; make room "
        "and start again."
    )
