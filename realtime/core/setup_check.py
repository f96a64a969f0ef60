"""Whether a set-up can begin: the Python, the virtual environment that is there, the room on the disk.

Standard library only, and readable for older Pythons, since `make` runs it before anything is installed:
`python -I realtime/core/setup_check.py .venv [--chosen]`. (`-I`, since the `types.py` beside it would hide Python's.)
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

OLDEST, TOO_NEW = (3, 11), (3, 14)
NEEDED_BYTES = 2_000_000_000  # 1.7 GB of packages, and what pip unpacks meanwhile
STAMP = ".installed"  # in the environment, when all of it is there
_VERSION = "import sys; print('%d.%d' % sys.version_info[:2])"
_REMOVE = "`make clean` removes it; then run the same command again"
_WANTED = "Meshmirror needs 3.11, 3.12 or 3.13"


def problems(venv: Path, python: str, version: tuple[int, int], chosen: bool) -> Iterator[str]:
    """Why the set-up cannot begin with this Python; nothing where it can.

    `chosen`: whether the user named this Python; otherwise the one of an environment that is there is as good.
    """
    if not OLDEST <= version < TOO_NEW:
        yield f"{python} is Python {_text(version)}. {_WANTED}: make PYTHON=/path/to/python3.12"
        return
    there = environment_version(venv)
    if there is not None and not OLDEST <= there < TOO_NEW:
        yield f"{venv} is an environment of Python {_text(there)}. {_WANTED}. {_REMOVE}."
    elif there is not None and chosen and there != version:
        yield f"{venv} is an environment of Python {_text(there)}, and PYTHON is {_text(version)}. {_REMOVE}."
    made_at = made_for(venv)
    if made_at is not None and made_at.resolve() != venv.resolve():
        yield f"{venv} was made at {made_at}, and its programs work only there. {_REMOVE}."
    if not is_complete(venv):
        free = shutil.disk_usage(venv.absolute().parent).free
        if free < NEEDED_BYTES:
            yield (
                f"{free / 1e9:.1f} GB are free in {venv.absolute().parent}, and the set-up takes up to "
                f"{NEEDED_BYTES / 1e9:.0f} GB. Make room, or clone to another disk."
            )


def notice(venv: Path, version: tuple[int, int]) -> str:
    """What to know before anything is installed; empty where there is nothing."""
    if is_complete(venv) or version < (3, 13):
        return ""
    return (
        "With Python 3.13 the face tracker's file, which before came with mediapipe, is downloaded in the end (3.8 MB "
        "from storage.googleapis.com). Where that cannot be reached, take 3.11 or 3.12: make PYTHON=/path/to/python3.12"
    )


def is_complete(venv: Path) -> bool:
    """Whether a set-up of this environment has come to its end."""
    return (venv / STAMP).exists()


def environment_version(venv: Path) -> tuple[int, int] | None:
    """The Python of an environment; None where there is none, or none that runs."""
    command = [str(venv / "bin" / "python"), "-I", "-c", _VERSION]
    try:
        said = subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=60).stdout.decode().strip()
    except (OSError, subprocess.SubprocessError):
        return None
    major, minor = said.split(".")
    return int(major), int(minor)


def made_for(venv: Path) -> Path | None:
    """The folder at which an environment was made, as it says itself; None where it does not say."""
    try:
        lines = (venv / "pyvenv.cfg").read_text(errors="replace").splitlines()
    except OSError:
        return None
    said = next((line for line in lines if line.startswith("command = ")), "")
    folder = said.partition(" -m venv ")[2].strip()
    while folder.startswith("--"):  # its options come first
        folder = folder.partition(" ")[2]
    return Path(folder) if folder.startswith("/") else None


def _text(version: tuple[int, int]) -> str:
    return ".".join(map(str, version))


def main(args: Sequence[str]) -> int:
    """Print what is in the way, or what to know; the exit code."""
    venv, version = Path(args[0]), sys.version_info[:2]
    found = list(problems(venv, sys.executable, version, "--chosen" in args))
    for problem in found:
        print(problem, file=sys.stderr)
    said = "" if found else notice(venv, version)
    if said:
        print(said)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
