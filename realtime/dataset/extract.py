"""Makes a data set of videos and recorded sessions: in parallel, and so that a run that was killed goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from realtime.core.config import Config
from realtime.core.errors import DataSetError, SessionError, SourceError
from realtime.core.progress import Progress
from realtime.core.study_reports import BadRecording, ExtractReport, SameContent
from realtime.core.version import __version__
from realtime.dataset.fex_table import rows_of_fex
from realtime.dataset.inputs import find_recordings, names_of
from realtime.dataset.recording import MeshSource, Sampling, rows_of_session, rows_of_video
from realtime.dataset.rows import RecordingRows
from realtime.dataset.shards import ExtractionRun, Shards
from realtime.pipeline.cluster import Cluster, Task, in_processes
from realtime.pipeline.content_hash import content_hash, contents_of
from realtime.pipeline.face_units import FacesOf
from realtime.session.folder import check_outside

Show = Callable[[str], AbstractContextManager[Progress]]  # a bar with this label, for as long as the block


@dataclass(frozen=True, slots=True)
class ExtractOptions:
    """What is extracted, and how."""

    config: Config
    sampling: Sampling
    workers: int
    mesh: MeshSource = "mediapipe"
    faces: FacesOf = "largest"  # of several in a frame; "all": a recording of each face
    people: dict[str, str] = field(default_factory=dict)  # recording -> person, by the names that the data set uses
    cluster: Cluster | None = None  # that extracts; None: `workers` processes of this machine


@dataclass(frozen=True, slots=True)
class _Job:
    """A video, a session or a table."""

    path: Path
    name: str
    size: int
    known: frozenset[str]  # contents that are in the data set already


@dataclass(frozen=True, slots=True, eq=False)
class _Extracted:
    """What came of a job."""

    sha256: str
    recordings: list[RecordingRows] | None  # None: the content is in the data set already


def extract(inputs: Sequence[str], folder: Path, options: ExtractOptions, show: Show) -> ExtractReport:
    """Extract what is not in the data set yet, with a bar for what may be there and one for the rest.

    Raises UsageError where nothing is found or a worker does not see it, DataSetError where the folder holds a data set
    of other settings, RecordError where it cannot be written, and ClusterError where a process that extracts is gone.
    What was done before is kept.
    """
    check_outside(folder)
    run = ExtractionRun()
    found = find_recordings(inputs, run.bad)
    with Shards(folder, _settings(options)) as shards:
        names = names_of(found)
        if options.cluster is not None:
            options.cluster.require_files(path.absolute() for path in found)
        there = [path for path in found if shards.hash_of(names[path]) is not None]
        new = [path for path in found if shards.hash_of(names[path]) is None]
        own = nullcontext(options.cluster) if options.cluster is not None else in_processes(options.workers)
        try:
            with own as cluster:
                for label, paths in (("recordings to compare", there), ("recordings", new)):
                    if not paths:
                        continue
                    with show(label) as progress:
                        progress(0, len(paths))
                        named = {names[path]: path for path in paths}
                        for count, (path, result) in enumerate(_in_parallel(named, shards, options, cluster), start=1):
                            _take(names[path], path, result, shards, options.people, run)
                            progress(count, len(paths))
        finally:
            shards.flush()
        shards.name_people(options.people)
        run.people_not_found = sorted(options.people.keys() - shards.done.keys())
        return shards.report(len(found), run)


def name_people(folder: Path, people: dict[str, str]) -> ExtractReport:
    """Write the names of people into a data set that is there; nothing is extracted.

    Raises DataSetError where there is none that `extract` made, RecordError where it cannot be written.
    """
    if not folder.is_dir():
        raise DataSetError(f"{folder}: no such folder. Name the videos and sessions of which one shall be made.")
    with Shards(folder, None) as shards:
        if not shards.done:
            raise DataSetError(f"{folder}: no data set. Name the videos and sessions of which one shall be made.")
        shards.name_people(people)
        run = ExtractionRun(people_not_found=sorted(people.keys() - shards.done.keys()))
        return shards.report(0, run)


def _take(
    name: str, path: Path, result: _Extracted | str, shards: Shards, people: dict[str, str], run: ExtractionRun
) -> None:
    """Add what came of a job to the data set, or the reason why nothing is added to the run's report."""
    if isinstance(result, str):
        run.bad.append(BadRecording(recording=name, reason=result))
        return
    source = shards.source_of(result.sha256)
    if source is not None:
        if source != name:
            run.same.append(SameContent(recording=name, same_as=source))
        return
    recordings = result.recordings or []
    refusal = next(filter(None, (shards.refusal(rows, name) for rows in recordings)), None)
    if refusal is not None:
        run.bad.append(BadRecording(recording=name, reason=refusal))
        return
    for rows in recordings:
        rows.person = people.get(rows.name, rows.person)
    if shards.hash_of(name) is not None:
        run.replaced.append(name)
    run.extracted += 1
    shards.add(recordings, name, result.sha256, _size(path))


def _in_parallel(
    paths: dict[str, Path], shards: Shards, options: ExtractOptions, cluster: Cluster
) -> Iterator[tuple[Path, _Extracted | str]]:
    """What comes of each recording, or why nothing does, as they are done."""

    def tasks() -> Iterator[Task[_Extracted]]:
        for name, path in paths.items():  # each only when its turn has come, since more contents are known by then
            job = _Job(path.absolute(), name, size := _size(path), shards.hashes_of(size))
            yield Task(name, _extracted, (job, options.config, options.sampling, options.mesh, options.faces))

    for task, result in cluster.as_done(tasks()):
        if isinstance(result, _Extracted):
            yield paths[task.name], result
        elif isinstance(result, SourceError | SessionError):  # of this recording
            yield paths[task.name], str(result)
        else:  # what is missing in general
            raise result


def _extracted(job: _Job, config: Config, sampling: Sampling, mesh: MeshSource, faces: FacesOf) -> _Extracted:
    """The content of a recording is read twice, here and by its decoder; the second time it is in memory as a rule."""
    try:
        sha256 = content_hash(job.path)
    except OSError as error:
        raise SourceError(f"{job.path}: cannot be read ({error.strerror or error}).") from error
    if sha256 in job.known:
        return _Extracted(sha256, None)
    return _Extracted(sha256, _rows(job.path, job.name, config, sampling, mesh, faces))


def _rows(
    path: Path, name: str, config: Config, sampling: Sampling, mesh: MeshSource, faces: FacesOf
) -> list[RecordingRows]:
    if path.is_dir():
        return rows_of_session(path, name, mesh, faces)
    if path.suffix.lower() == ".csv":
        return rows_of_fex(path, name)
    return rows_of_video(path, name, config, sampling, mesh, faces)


def _size(path: Path) -> int:
    """Bytes of a recording, of what is hashed; 0 where it cannot be asked."""
    try:
        return sum(file.stat().st_size for file in contents_of(path))
    except OSError:
        return 0


def _settings(options: ExtractOptions) -> dict[str, Any]:
    """All on which the rows depend."""
    elsewhere = {"device", "threads", "task_file", "pyfeat_weights"}  # where it is computed, and where files are
    detect = options.config.detect.model_dump(mode="json", exclude=elsewhere)
    model = options.config.model.model_dump(mode="json")
    packages = {name: version(name) for name in ("mediapipe", "py-feat")}
    mesh = {} if options.mesh == "mediapipe" else {"mesh": options.mesh}  # as in shards of earlier versions
    faces = {} if options.faces == "largest" else {"faces": options.faces}
    return {
        **mesh,
        **faces,
        "detect": detect,
        "limits": {name: value for name, value in model.items() if name.startswith("max_")},
        "rotate": options.config.source.rotate,
        "sampling": asdict(options.sampling),
        "versions": {"meshmirror": __version__, **packages},
    }
