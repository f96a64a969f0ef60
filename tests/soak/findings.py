"""What counts as a fault of one run of the program, whatever it was given."""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import pyarrow as pa

from realtime.cli.app import app
from realtime.cli.exit_codes import INTERRUPTED

CODES = {int(code) for code in re.findall(r"(\d+) [a-z]", str(app.info.epilog))} - {INTERRUPTED}  # no signal is sent
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
LIBRARY = re.compile(
    r"\[\w+ @ 0x|\[ WARN:|\[ERROR:|^\w\d{4} \d\d:\d\d|^lib\w+ |^Corrupt JPEG|^TIFF\w+:|^Premature", re.MULTILINE
)
MOST_TEXT = 64_000  # characters: more is no message
MOST_CPU_S = 60.0  # of the processor, so that a busy machine is no fault
EMPTY_ON = (2, 4)  # nothing is written where the usage or the input is refused
Snapshot = dict[str, tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Ran:
    """One run of a command line."""

    line: tuple[str, ...]
    code: int | None  # None: an exception came out of it
    out: str
    err: str
    native: str  # what libraries wrote to the streams themselves
    cpu_s: float
    error: BaseException | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault: of what kind, where in the program, and what was seen. Two of one `name` are one fault."""

    name: str
    detail: str


def findings(ran: Ran, before: Snapshot, folders: Mapping[str, Path]) -> Iterator[Finding]:
    """The faults of a run. `before`: the inputs; `folders`: "in", "work" and "tmp" of the trial."""
    if ran.error is not None:
        yield Finding(f"traceback: {place_of(ran.error)}", "".join(traceback.format_exception(ran.error))[-4000:])
        return
    if ran.code not in CODES:
        yield Finding(f"exit code {ran.code}", ran.err[-2000:])
    text = ran.out + ran.err
    if "Traceback (most recent call last)" in text:
        yield Finding("traceback in a text", text[-2000:])
    if ran.code and not ran.err.strip():
        yield Finding(f"exit code {ran.code} without an error on stderr", ran.out[-2000:])
    if odd := CONTROL.search(text):
        context = text[max(0, odd.start() - 80) : odd.end() + 80]
        yield Finding(f"control character {odd.group()!r} from {ran.line[0]}", repr(context))
    if re.search(r"\b[A-Z][a-zA-Z]{0,30}Warning\b", text):
        yield Finding("warning of Python", text[-2000:])
    if LIBRARY.search(ran.native):
        yield Finding(f"library writes to the terminal: {_first(ran.native)}", ran.native[-2000:])
    if len(text) > MOST_TEXT and "--json" not in ran.line:
        yield Finding("flood of text", f"{len(text)} characters: {text[:500]}")
    if ran.cpu_s > MOST_CPU_S:
        yield Finding(f"takes long: {ran.line[0]}", f"{ran.cpu_s:.0f} s of the processor")
    if "--json" in ran.line:
        yield from _json(ran)
    yield from _files(ran, before, folders)


def place_of(error: BaseException) -> str:
    """Type of an exception, and the innermost function of the program that it came through."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [one for one in frames if f"{os.sep}realtime{os.sep}" in one.filename] or list(frames)
    where = f"{Path(own[-1].filename).name}:{own[-1].name}" if own else "?"
    return f"{type(error).__name__} in {where}"


def _json(ran: Ran) -> Iterator[Finding]:
    def refuse(name: str) -> None:
        raise ValueError(f"{name} in JSON")

    try:
        found = json.loads(ran.out, parse_constant=refuse)
    except ValueError as error:
        yield Finding(f"no JSON on stdout with exit code {ran.code}", f"{error}: {ran.out[:500]}")
        return
    failed = isinstance(found, dict) and (found.get("error") or found.get("failures"))
    if ran.code and not failed:
        yield Finding(f"no error in the JSON with exit code {ran.code}", ran.out[-1000:])


def snapshot(folder: Path) -> Snapshot:
    """Kind and content of everything in a folder; links are not followed and pipes are not opened."""
    found = {}
    for path in sorted(folder.rglob("*")):
        mode = path.lstat().st_mode
        content = ""
        if stat.S_ISREG(mode):
            content = hashlib.sha256(path.read_bytes()).hexdigest()
        elif stat.S_ISLNK(mode):
            content = os.readlink(path)  # noqa: PTH115
        found[str(path.relative_to(folder))] = (stat.filemode(mode)[0], content)
    return found


def _files(ran: Ran, before: Snapshot, folders: Mapping[str, Path]) -> Iterator[Finding]:
    after = snapshot(folders["in"])
    if "recover" not in ran.line and after != before:
        changed = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
        yield Finding(f"input changed by {ran.line[0]}", ", ".join(changed))
    left = [path for path in folders["tmp"].rglob("*") if path.is_file()]
    if left:
        yield Finding(f"temporary files of {ran.line[0]}", ", ".join(path.name for path in left))
    made = [path for path in folders["work"].rglob("*") if path.is_file()]
    if ran.code in EMPTY_ON and any(folders["work"].iterdir()):
        names = ", ".join(sorted(path.name for path in folders["work"].rglob("*")))
        yield Finding(f"{ran.line[0]} leaves files with exit code {ran.code}", f"{names}: {ran.err[-500:]}")
    odd = [path.name for path in made if path.name.endswith(".part") or path.stat().st_size == 0]
    if odd:
        yield Finding(f"unfinished files of {ran.line[0]}", f"{', '.join(odd)}; exit code {ran.code}: {ran.err[-500:]}")


def lost_by_recovery(before: Path, after: Path) -> list[str]:
    """Files of a session in `before` whose content is neither kept in `after`, nor replaced by as much of it."""
    kept = {path.read_bytes() for path in after.rglob("*") if path.is_file() and not path.is_symlink()}
    lost = []
    for path in before.rglob("*"):
        if not path.is_file() or path.is_symlink() or path.name == "session.json":
            continue
        now = after / path.relative_to(before)
        if path.read_bytes() in kept or (now.is_file() and _amount(now) >= _amount(path)):
            continue
        lost.append(f"{path.name}: {_amount(path)} before, {_amount(now) if now.is_file() else 'nothing'} after")
    return lost


def _amount(path: Path) -> int:
    """Rows that Arrow reads, pictures that FFmpeg decodes, else bytes."""
    count = 0
    try:
        if path.suffix == ".arrow":
            for batch in pa.ipc.open_stream(path.read_bytes()):
                count += batch.num_rows
        elif path.suffix == ".mp4":
            with av.open(str(path)) as container:
                for _ in container.decode(video=0):
                    count += 1
        else:
            return path.stat().st_size
    except (pa.ArrowException, av.FFmpegError, OSError, IndexError, ValueError):
        pass
    return count


def _first(text: str) -> str:
    found = LIBRARY.search(text)
    line = text[found.start() :].splitlines()[0] if found else ""
    return re.sub(r"0x[0-9a-f]+|\d+", "#", line)[:60]


def as_json(value: Any) -> str:
    """For the file of a finding."""
    return json.dumps(value, indent=1, ensure_ascii=True)
