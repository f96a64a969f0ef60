"""Which recordings are meant: videos and sessions, in files, folders, patterns and lists; their names and contents."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path, PurePath

from realtime.core.csv_table import read_csv
from realtime.core.errors import UsageError
from realtime.core.files import user_path
from realtime.core.printable import valid_unicode
from realtime.core.study_reports import BadRecording
from realtime.session.folder import INFO, parts_in

VIDEOS = {".mp4", ".m4v", ".mov", ".avi", ".mkv", ".webm", ".mpg", ".mpeg", ".wmv", ".ts", ".mts"}


def find_recordings(inputs: Sequence[str], missing: list[BadRecording] | None = None) -> list[Path]:
    """Videos and sessions: files, folders (all that is in them), patterns, and lists of these (.txt).

    Tables of a Fex are taken where they are named, or match a pattern: a folder may hold any other table.

    What a list names and is not there is added to `missing`; without that, and for what is named directly, UsageError
    is raised, as where nothing is found at all.
    """
    found: list[Path] = []
    for text in inputs:
        path = user_path(text)
        if path.suffix.lower() == ".txt" and path.is_file():
            for number, line in _lines_of(path):
                try:
                    if line.lower().endswith(".txt"):
                        raise UsageError("a list cannot name another list.")
                    found += _found(line)
                except UsageError as error:
                    if missing is None:
                        raise UsageError(f"{text}, line {number}: {error}") from error
                    missing.append(BadRecording(recording=f"{path.name}, line {number}", reason=str(error)))
        else:
            found += _found(text)
    if not found:
        reasons = "".join(f" {bad.recording}: {bad.reason}" for bad in (missing or [])[:3])
        raise UsageError(f"{', '.join(inputs)}: no video and no session was found there.{reasons}")
    places: dict[str, Path] = {}  # one file under two spellings is one
    for path in found:
        places.setdefault(os.path.normpath(path.absolute()), path)
    return list(places.values())


def _lines_of(path: Path) -> list[tuple[int, str]]:
    """The lines of a list with their numbers, without comments and empty ones."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: cannot be read as a list of recordings ({error}).") from error
    named = ((number, line.strip()) for number, line in enumerate(lines, start=1))
    return [(number, line) for number, line in named if line and not line.startswith("#")]


def _found(text: str) -> list[Path]:
    """What a file, a folder or a pattern means."""
    if not text.strip():  # as a path it would be the working directory
        raise UsageError("an input without a name: give a video, a session or a folder; . is this folder.")
    try:
        path = user_path(text)
        if path.is_dir():
            found = _in_folder(path, frozenset())
            if not found:
                raise UsageError(f"{text}: there is no video and no session in this folder.")
            return found
        if path.exists():
            return [path]
        matching = sorted(Path(path.anchor or ".").glob(str(path.relative_to(path.anchor))))
        if matching:
            return [
                one for match in matching for one in (_in_folder(match, frozenset()) if match.is_dir() else [match])
            ]
    except (OSError, ValueError, NotImplementedError) as error:  # a name that no file can have, or no right to look
        raise UsageError(f"{text}: cannot be looked for ({error}).") from error
    raise UsageError(f"{text}: there is no such video, session or folder, and no file matches it.")


def _in_folder(folder: Path, within: frozenset[Path]) -> list[Path]:
    """The session that a folder is, or the videos and sessions in it, no folder within itself by a link."""
    if parts_in(folder) or (folder / INFO).is_file():  # without a table its job says what is wrong
        return [folder]
    real = folder.resolve()
    if real in within:
        return []
    return [
        found
        for entry in sorted(folder.iterdir())
        for found in (
            _in_folder(entry, within | {real}) if entry.is_dir() else [entry] if entry.suffix.lower() in VIDEOS else []
        )
    ]


def names_of(paths: Sequence[Path]) -> dict[Path, str]:
    """A name for each recording: the file's, with its ending or as many folders before it as tell it apart."""
    places = [tuple(map(valid_unicode, Path(os.path.normpath(path.absolute())).parts)) for path in paths]
    short = [
        place[-1] if path.is_dir() else PurePath(place[-1]).stem for path, place in zip(paths, places, strict=True)
    ]
    return dict(zip(paths, apart(places, short), strict=True))


def apart(places: Sequence[tuple[str, ...]], short: Sequence[str]) -> list[str]:
    """A name for each file, no two alike: the short one, else that with its ending, with folders before it.

    places
        the folders of each file and its name
    """
    of_folder = Counter((place[:-1], name) for place, name in zip(places, short, strict=True))
    names = [place[-1] if of_folder[place[:-1], name] > 1 else name for place, name in zip(places, short, strict=True)]
    for depth in range(1, max(map(len, places), default=0)):
        twice = {name for name, count in Counter(names).items() if count > 1}
        if not twice:
            break
        names = [
            f"{place[-1 - depth].strip('/')}/{name}" if name in twice and depth < len(place) else name
            for place, name in zip(places, names, strict=True)
        ]
    seen: Counter[str] = Counter()
    for at, name in enumerate(names):
        seen[name] += 1
        if seen[name] > 1:  # the same place twice
            names[at] = f"{name} ({seen[name]})"
    return names


def read_people(path: Path) -> dict[str, str]:
    """Who is in which recording: a table with the columns recording and person. Raises UsageError."""
    people: dict[str, str] = {}
    try:
        table = read_csv(path)
        lacking = [name for name in ("recording", "person") if name not in table.columns]
        if lacking:
            raise ValueError(f"there is no column '{lacking[0]}', only {', '.join(table.columns)[:200] or 'none'}")
        for line, row in table.rows:
            name, person = row["recording"], row["person"].strip()
            if person and people.setdefault(name, person) != person:
                raise ValueError(f"line {line}: '{name}' is {person} here and {people[name]} before")
    except ValueError as error:
        raise UsageError(
            f"--people {path}: {error}. Expected a CSV file in UTF-8 with the columns recording and person, and one "
            "person for each recording."
        ) from error
    return people
