"""All recordings of a comparison, one job each: in this process, in others, or on a cluster."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from realtime.core.errors import MeshmirrorError, SessionError, SourceError
from realtime.core.progress import JobProgress
from realtime.pipeline.cluster import Cluster, Task, in_processes
from realtime.pipeline.compare.job import DonePart, run_job
from realtime.pipeline.compare.part_on_disk import PartOnDisk, discard_unfinished, find_part
from realtime.pipeline.compare.settings import CompareSettings, RecordingJob


@dataclass(eq=False)
class DoneRecordings:
    """What came of the jobs."""

    parts: dict[str, PartOnDisk] = field(default_factory=dict)  # by the name of what was compared
    jobs: dict[str, DonePart] = field(default_factory=dict)  # what that is, by the name of the recording
    bad: dict[str, str] = field(default_factory=dict)  # why there is none, by name
    again: int = 0  # that were there already


def run_jobs(
    jobs: Sequence[RecordingJob],
    settings: CompareSettings,
    parts: Path,
    workers: int,
    cluster: Cluster | None,
    progress: JobProgress,
) -> DoneRecordings:
    """Compare what is not there yet. A recording that cannot be compared does not stop the rest.

    `parts` is a folder that this run has for itself, see `own_folder`.
    Of recordings with the same content the first by name is taken. Raises what concerns all of them: a missing model, a
    tracker that cannot be started, a full disk, a cluster that is gone. What was done before is kept.
    """
    discard_unfinished(parts)
    if cluster is not None:
        cluster.require_files(job.path for job in jobs)
    outcomes: dict[str, DonePart] = {}
    found = DoneRecordings()
    for name, outcome in _outcomes(jobs, settings, parts, workers, cluster, progress):
        if isinstance(outcome, DonePart):
            outcomes[name] = outcome
        elif isinstance(outcome, SourceError | SessionError):
            found.bad[name] = str(outcome)
        else:
            raise outcome
        progress.advance()
    first_of: dict[str, str] = {}
    for job in sorted(jobs, key=lambda one: one.name):
        done = outcomes.get(job.name)
        if done is None:
            continue
        same = first_of.setdefault(done.sha256, job.name)
        of_units = {unit.name: find_part(parts, unit.key) for unit in done.units}
        if same != job.name:
            found.bad[job.name] = f"has the same content as {same}, which was compared; it counts once."
        elif None in of_units.values():
            found.bad[job.name] = "its part is gone; start again."
        else:
            found.parts |= {name: part for name, part in of_units.items() if part is not None}
            found.jobs[job.name] = done
            found.again += done.again
    return found


def _outcomes(
    jobs: Sequence[RecordingJob],
    settings: CompareSettings,
    parts: Path,
    workers: int,
    cluster: Cluster | None,
    progress: JobProgress,
) -> Iterator[tuple[str, DonePart | MeshmirrorError]]:
    if cluster is None and min(workers, len(jobs)) <= 1:
        for job in jobs:
            try:
                yield job.name, run_job(job, settings, parts, progress.within_unit)
            except MeshmirrorError as error:
                yield job.name, error
        return
    tasks = [Task(job.name, run_job, (job, settings, parts)) for job in jobs]
    if cluster is not None:
        for task, outcome in cluster.as_done(tasks):
            yield task.name, outcome
        return
    with in_processes(min(workers, len(jobs))) as own:
        for task, outcome in own.as_done(tasks):
            yield task.name, outcome
