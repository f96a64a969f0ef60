"""Makes a data set of videos and recorded sessions: in parallel, and so that a run that was killed goes on."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from realtime.core.blas_threads import use_one_blas_thread
from realtime.core.config import Config
from realtime.core.errors import DataSetError, SessionError, SourceError
from realtime.core.study_reports import BadRecording, ExtractReport
from realtime.core.version import __version__
from realtime.dataset.fex_table import rows_of_fex
from realtime.dataset.inputs import content_hash, find_recordings, names_of
from realtime.dataset.recording import RecordingRows, Sampling, rows_of_session, rows_of_video
from realtime.dataset.shards import Shards

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class ExtractOptions:
    """What is extracted, and how."""

    config: Config
    sampling: Sampling
    workers: int
    people: dict[str, str] = field(default_factory=dict)  # recording -> person, by the names that the data set uses


def extract(inputs: Sequence[str], folder: Path, options: ExtractOptions, progress: Progress) -> ExtractReport:
    """Extract what is not in the data set yet; `progress` is called with how many recordings are done, and of how many.

    Raises UsageError where nothing is found, DataSetError where the folder holds a data set of other settings, and
    RecordError where it cannot be written.
    """
    found = find_recordings(inputs)
    shards = Shards(folder, _settings(options))
    names = names_of(found)
    hashes = {path: content_hash(path) for path in found}
    todo = [path for path in found if shards.done.get(names[path], {}).get("sha256") != hashes[path]]
    shards.forget({names[path] for path in todo})
    bad: list[BadRecording] = []
    progress(len(found) - len(todo), len(found))
    jobs = [(path, names[path]) for path in todo]
    try:
        for count, (path, result) in enumerate(_in_parallel(jobs, options), start=1):
            if isinstance(result, str):
                bad.append(BadRecording(recording=names[path], reason=result))
            else:
                result.person = options.people.get(names[path], result.person)
                shards.add(result, hashes[path])
            progress(len(found) - len(todo) + count, len(found))
    finally:
        shards.flush()
    return shards.report(found=len(found), extracted=len(todo) - len(bad), bad=tuple(bad))


def _in_parallel(jobs: list[tuple[Path, str]], options: ExtractOptions) -> Iterator[tuple[Path, RecordingRows | str]]:
    """Each recording's rows, or why there are none, as they are done."""
    context = multiprocessing.get_context("spawn")
    waiting, running = list(reversed(jobs)), dict[Future[RecordingRows], Path]()
    with ProcessPoolExecutor(options.workers, context, use_one_blas_thread) as pool:
        try:
            while waiting or running:
                while waiting and len(running) <= options.workers:
                    path, name = waiting.pop()
                    running[pool.submit(_rows, path, name, options.config, options.sampling)] = path
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    yield running.pop(future), _outcome(future)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _outcome(future: Future[RecordingRows]) -> RecordingRows | str:
    try:
        return future.result()
    except BrokenProcessPool as error:
        raise DataSetError(
            "a process that extracts was ended by the system (out of memory?). What was done is kept: start again, "
            "with fewer --workers."
        ) from error
    except (SourceError, SessionError) as error:  # of this recording; what is missing in general ends the run
        return str(error)


def _rows(path: Path, name: str, config: Config, sampling: Sampling) -> RecordingRows:
    if path.is_dir():
        return rows_of_session(path, name)
    if path.suffix.lower() == ".csv":
        return rows_of_fex(path, name)
    return rows_of_video(path, name, config, sampling)


def _settings(options: ExtractOptions) -> dict[str, Any]:
    """All on which the rows depend."""
    elsewhere = {"device", "threads", "task_file", "pyfeat_weights"}  # where it is computed, and where files are
    detect = options.config.detect.model_dump(mode="json", exclude=elsewhere)
    model = options.config.model.model_dump(mode="json")
    packages = {name: version(name) for name in ("mediapipe", "py-feat")}
    return {
        "detect": detect,
        "limits": {name: value for name, value in model.items() if name.startswith("max_")},
        "rotate": options.config.source.rotate,
        "sampling": asdict(options.sampling),
        "versions": {"meshmirror": __version__, **packages},
    }
