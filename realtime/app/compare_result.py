"""`realtime.compare`: a comparison from Python, with its tables."""

from __future__ import annotations

import os
import shutil
import tempfile
import weakref
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from realtime.app.compare import SOURCES_ASKED, CompareOptions, run_compare
from realtime.core.addresses import text_without_secrets
from realtime.core.compare_report import CompareReport
from realtime.core.config import load_config
from realtime.core.errors import UsageError
from realtime.core.files import user_path
from realtime.core.process import available_cores
from realtime.export.comparison.read_tables import read_csv_table, read_frames_table
from realtime.export.comparison.tables import FRAMES, RECORDINGS, VERTICES
from realtime.pipeline.compare.neutrals import NeutralWish
from realtime.pipeline.compare.recordings import Entry, read_entries
from realtime.pipeline.face_units import FacesOf

if TYPE_CHECKING:
    import pyarrow as pa

PathLike = str | os.PathLike[str]


class CompareResult:
    """What a comparison has found: the summary, and tables that are read when they are first asked for.

    summary
        the report, typed; `summary.json` in the folder
    folder
        where the files are. A temporary folder is removed with this object.
    """

    def __init__(self, summary: CompareReport, folder: Path) -> None:
        self.summary = summary
        self.folder = folder

    @cached_property
    def frames(self) -> pa.Table:
        """A row a frame of every recording, compared or not: times, pose, features, errors of every setup."""
        return read_frames_table(self.folder / FRAMES)

    @cached_property
    def recordings(self) -> pa.Table:
        """A row a recording: what it is, its quality, scores of every setup."""
        return read_csv_table(self.folder / RECORDINGS)

    @cached_property
    def vertices(self) -> pa.Table:
        """A row a vertex: errors of every setup over all frames, % of the outer-canthal distance."""
        return read_csv_table(self.folder / VERTICES)

    def __repr__(self) -> str:
        scores = self.summary.overall
        skill = "unknown" if scores.skill is None else f"{scores.skill:.2f}"
        return (
            f"CompareResult({len(self.summary.recordings)} recordings, {scores.frames:,} of {self.summary.frames:,} "
            f"frames compared, skill {skill}; {self.folder})"
        )


def compare(
    inputs: PathLike | Sequence[PathLike],
    out: PathLike | None = None,
    *,
    models: str | Sequence[str] | None = None,
    emotions: str | Sequence[str] = "auto",
    neutral: str = "auto",
    people: PathLike | Mapping[str, str] | None = None,
    workers: int | None = None,
    figures: bool = False,
    faces: FacesOf = "largest",
    settings: Mapping[str, Any] | None = None,
) -> CompareResult:
    """Compare predicted with observed faces over recordings, as `meshmirror compare` does, with the same numbers.

    inputs
        videos, sessions, folders, patterns or lists of these (.txt), one or several
    out
        a folder for the files, in which an earlier run goes on; None: a temporary one without the page,
        which goes with the result
    models, emotions
        models by name or file, and sources of their features ("auto", "inverse", "appearance", "pyfeat"), one or
        several, side by side; None: the model that is set
    neutral
        the face at rest, as `--neutral` takes it
    people
        a table of the recordings (CSV), or the person of each recording by its name
    workers
        processes; None: one a core. More than one need the usual `if __name__ == "__main__":` in a script
    figures
        whether figures for papers are drawn into the folder (they need matplotlib)
    faces
        "largest": the largest face of each frame; "all": each face as a recording of its own
    settings
        other settings by "section.key", such as {"detect.tracker": "task"}

    Raises UsageError, ConfigError, the errors of models and trackers, and RecordError where a file cannot be written.
    A recording that cannot be compared is listed in `summary.errors` with its reason.
    """
    given, sources = _texts(inputs), _texts(emotions)
    for source in sources:
        if source not in SOURCES_ASKED:
            raise UsageError(f"emotions={source!r}: expected {', '.join(SOURCES_ASKED)}.")
    if workers is not None and workers < 1:
        raise UsageError(f"workers={workers}: expected at least 1.")
    if faces not in get_args(FacesOf):
        raise UsageError(f"faces={faces!r}: expected {' or '.join(get_args(FacesOf))}.")
    names = None if models is None else _texts(models)
    options = CompareOptions(
        load_config(options={**(settings or {}), "model.names": names}),
        tuple(sources),
        NeutralWish.parsed(neutral),
        _entries(people),
        workers or available_cores(),
        command=_call(
            given,
            out=out,
            models=names,
            emotions=sources,
            neutral=neutral,
            people=people,
            settings=settings,
            figures=figures or None,
            faces=None if faces == "largest" else faces,
        ),
        figures=figures,
        faces=faces,
        page=out is not None,
    )
    if out is not None:
        folder = user_path(os.fspath(out))
        return CompareResult(run_compare(given, folder, options), folder)
    folder = Path(tempfile.mkdtemp(prefix="meshmirror-compare-"))
    try:
        result = CompareResult(run_compare(given, folder, options), folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    weakref.finalize(result, shutil.rmtree, folder, ignore_errors=True)
    return result


def _texts(values: PathLike | Iterable[PathLike]) -> list[str]:
    """One text or path, or several, as texts."""
    return [os.fspath(one) for one in ([values] if isinstance(values, str | os.PathLike) else values)]


def _entries(people: PathLike | Mapping[str, str] | None) -> dict[str, Entry] | None:
    if people is None:
        return None
    if isinstance(people, Mapping):
        return {name: Entry(person) for name, person in people.items()}
    return read_entries(user_path(os.fspath(people)))


def _call(inputs: Sequence[str], **arguments: object) -> str:
    """The call that makes all of it again."""
    given = {name: os.fspath(one) if isinstance(one, os.PathLike) else one for name, one in arguments.items()}
    words = [repr(inputs), *(f"{name}={value!r}" for name, value in given.items() if value is not None)]
    return text_without_secrets(f"realtime.compare({', '.join(words)})", *inputs)
