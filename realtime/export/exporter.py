"""The command `meshmirror export`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from realtime.core.errors import RecordError, UsageError
from realtime.core.printable import valid_unicode
from realtime.core.progress import Progress, no_progress
from realtime.core.view_options import MOST_VIEWS, View
from realtime.export.anonymize import NAME, anonymised
from realtime.export.export_report import Content, ExportReport, SessionReport
from realtime.export.tables.formats import TABLES, write_table
from realtime.export.tables.selection import Selection
from realtime.export.trim import trim
from realtime.export.video import VideoLook, write_views
from realtime.model.names import nearest
from realtime.pipeline.replay.recompute import results
from realtime.session.folder import check_outside
from realtime.session.read.flat_table import Faces
from realtime.session.read.session import Session, open_session

VIDEOS = ("mp4", "gif")
HEAD = "glb"
RERUN = "rrd"
KINDS = (*TABLES, "session", *VIDEOS, HEAD, RERUN)
_SMALLEST, _LARGEST = (320, 180), (7680, 4320)


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """What to export, and where to."""

    kind: str  # of KINDS
    out: Path | None = None  # None: beside the session
    start_s: float | None = None
    end_s: float | None = None
    model: int = 1
    anonymous: bool = False
    faces: Faces | None = None  # None: all where the kind can have several
    pictures: bool = False  # of the camera, in a recording of Rerun
    look: VideoLook = field(default_factory=VideoLook)


def export(
    folder: Path, options: ExportOptions, notify: Callable[[str], None], progress: Progress = no_progress
) -> ExportReport:
    """Export a session. `notify` gets a line where the name was taken.

    Raises UsageError, SessionError, ModelFileError, DisplayError, RecordError; then no file is left.
    """
    begun = time.monotonic()
    if options.kind not in VIDEOS and (options.look.views, options.look.size) != (None, None):
        raise UsageError(f"--views and --size are for {' and '.join(VIDEOS)}, not for {options.kind}.")
    if options.kind not in (*VIDEOS, HEAD, RERUN) and options.look.fps is not None:
        raise UsageError(f"--fps is for {', '.join((*VIDEOS, HEAD))} and {RERUN}, not for {options.kind}.")
    if options.pictures and options.kind != RERUN:
        raise UsageError(f"--pictures is for {RERUN}; {options.kind} has its pictures by itself, or none.")
    if options.pictures and options.anonymous:
        raise UsageError("--pictures and --anonymous: a picture shows who it is; leave out one of both.")
    with open_session(folder) as session:
        faces = _faces(options)
        selection = Selection(session, options.start_s, options.end_s, options.model, faces)
        out = options.out or _beside(folder, options)
        if session.folder.resolve() in (out.resolve(), *out.resolve().parents):
            raise UsageError(f"--out {out}: inside the session, which must not be changed; choose another place.")
        check_outside(out)
        if options.kind in (*VIDEOS, HEAD, RERUN) and out.suffix.lower() != f".{options.kind}":
            out = out.with_name(f"{out.name}.{options.kind}")
        content: Content
        offsets = None
        if options.kind == "session":
            content = _new_session(selection, out, options.anonymous, progress)
        elif options.anonymous:
            with _anonymous_copy(selection, out, options.model, progress) as (copy, offsets):
                content = _write(copy, out, options, progress)
        else:
            content = _write(selection, out, options, progress)
    path = content.outputs[0]
    if path != valid_unicode(str(out)):
        notify(f"{out} exists and is not overwritten; written to {path}.")
    took_s = round(time.monotonic() - begun, 3)
    return ExportReport(path, options.kind, options.anonymous, content, offsets, took_s)


def _faces(options: ExportOptions) -> Faces:
    """Of which faces. Raises UsageError where all were asked for and only one can be had."""
    several = options.kind == "session" or (options.kind in TABLES and TABLES[options.kind].several)
    if options.faces == "all" and not several:
        raise UsageError(f"--faces all: {options.kind} shows one face, the chosen one.")
    if options.faces == "all" and options.anonymous:
        raise UsageError("--faces all: --anonymous takes the identity out of the chosen face; the others are left out.")
    return options.faces or ("all" if several and not options.anonymous else "chosen")


def parse_views(text: str) -> tuple[View, ...]:
    """Views by comma-separated names. Raises UsageError."""
    names = [part.strip().lower() for part in text.split(",")]
    known = [view.value for view in View]
    for name in names:
        if name not in known:
            raise UsageError(f"There is no view '{name}'.{nearest(name, known)} Known are {', '.join(known)}.")
    if len(set(names)) < len(names) or len(names) > MOST_VIEWS:
        raise UsageError(f"--views {text}: at most {MOST_VIEWS} views, each once.")
    return tuple(View(name) for name in names)


def parse_size(text: str) -> tuple[int, int]:
    """WIDTHxHEIGHT in pixels. Raises UsageError."""
    width, _, height = text.lower().partition("x")
    if not (width.isascii() and width.isdigit() and height.isascii() and height.isdigit()):
        raise UsageError(f"--size {text}: expected WIDTHxHEIGHT, such as 1280x720.")
    size = int(width), int(height)
    fits = zip(_SMALLEST, size, _LARGEST, strict=True)
    if not all(least <= side <= most for least, side, most in fits):
        raise UsageError(f"--size {text}: must be between {_SMALLEST[0]}x{_SMALLEST[1]} and "
                         f"{_LARGEST[0]}x{_LARGEST[1]}.")  # fmt: skip
    return size


def _write(selection: Selection, out: Path, options: ExportOptions, progress: Progress) -> Content:
    if options.kind in TABLES:
        return write_table(options.kind, selection, out, progress)
    if options.kind == RERUN:
        from realtime.export.rerun_recording import write_rerun  # as with a head

        return write_rerun(selection, out, options.look.fps, options.pictures, progress)
    if options.kind == HEAD:
        from realtime.export.gltf.session_head import write_session_head  # with OpenGL, which tables do without

        return write_session_head(selection, out, options.look.fps, progress)
    return write_views(selection, out, options.look, lambda rows: results(selection.session, rows), progress)


def _new_session(selection: Selection, out: Path, anonymous: bool, progress: Progress) -> SessionReport:
    made: dict[str, dict[str, int] | dict[str, str]]
    if anonymous:
        folder, offsets = anonymised(selection, out, progress)
        made = {"offsets": offsets}
    else:
        folder, videos = trim(selection, out, progress)
        made = {"videos": videos}
    return SessionReport(
        outputs=(str(folder),),
        rows=len(selection),
        emotion_sources=selection.emotion_sources,
        notes=tuple(selection.session.notes),
        **made,
    )


@contextmanager
def _anonymous_copy(
    selection: Selection, out: Path, model: int, progress: Progress
) -> Iterator[tuple[Selection, dict[str, int]]]:
    """An anonymous copy of the selection, in a temporary folder."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        place = TemporaryDirectory(prefix=".meshmirror-", dir=out.parent)
    except OSError as error:
        raise RecordError(
            f"{out}: nothing can be written there: {error.strerror or error}. Choose another place."
        ) from error
    with place:
        folder, offsets = anonymised(selection, Path(place.name) / NAME, progress)
        with Session(folder) as session:
            if selection.session.being_recorded:
                session.notes.append(selection.session.recording_note)
            yield Selection(session, model=model), offsets


def _beside(folder: Path, options: ExportOptions) -> Path:
    """The default path; an anonymous export does not use the session's name, which may be a person's."""
    whole = Path(folder).absolute()
    stem = NAME if options.anonymous else whole.name
    endings = {"session": "" if options.anonymous else "-cut", "mp4": "-views.mp4", "gif": "-views.gif"}
    endings |= {HEAD: f".{HEAD}", RERUN: f".{RERUN}"}
    ending = endings[options.kind] if options.kind in endings else f"-{TABLES[options.kind].ending}"
    return whole.with_name(stem + ending)
