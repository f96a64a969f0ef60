"""One recording as a job that may run in any process: its part on disk, unless that is there already."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from realtime.core.errors import RecordError, SourceError
from realtime.pipeline.compare.comparison import Comparison, ShareDone
from realtime.pipeline.compare.part_on_disk import FACES, find_part, new_part, part_key
from realtime.pipeline.compare.settings import CompareSettings, RecordingJob
from realtime.pipeline.compare.spool import Spool
from realtime.pipeline.content_hash import content_hash


def _nothing(share: float) -> None:
    """For a caller that shows nothing."""


@dataclass(frozen=True, slots=True)
class DonePart:
    """What came of a job."""

    key: str
    again: bool  # it was there already
    sha256: str


def run_job(job: RecordingJob, settings: CompareSettings, parts: Path, share_done: ShareDone = _nothing) -> DonePart:
    """Compare a recording unless its part is there; `share_done` is told how much of it is done.

    Raises SourceError, SessionError, RecordError and what else a pipeline raises.
    """
    try:
        sha256 = content_hash(job.path)
    except OSError as error:
        raise SourceError(f"{job.path}: cannot be read ({error.strerror or error}).") from error
    key = key_of(job, settings, sha256)
    if find_part(parts, key) is not None:
        return DonePart(key, True, sha256)
    with new_comparison(job, settings, parts, key, share_done) as (comparison, _):
        comparison.run(sha256)
    return DonePart(key, False, sha256)


def key_of(job: RecordingJob, settings: CompareSettings, sha256: str) -> str:
    """The name of the part of a recording with this content."""
    own = {"neutral": repr(job.neutral), "saved": job.saved_key, "session": job.path.is_dir()}
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
        raise RecordError(
            f"{parts}: cannot be written ({error.strerror or error}). What was compared before is kept; make room "
            "and start again."
        ) from error
