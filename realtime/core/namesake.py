"""Another package called `realtime`, in the place of this one or among its files.

A distribution of the Python package index, called `realtime` itself, has a package of that name. Installed together,
their files lie in one folder, and what is written last replaces what has the same name. Standard library only, and
nothing of this package: it is loaded by its path before the package is imported.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path

_MARK = "Meshmirror"  # in the first line of this program's own `realtime/__init__.py`
_OWN_MODULES = {"__init__.py", "__main__.py"}  # everything else is in folders


@dataclass(frozen=True)
class Namesake:
    """What Python finds under the name."""

    folder: str
    replaces: bool  # it is imported instead, so that this program cannot run
    mend: str  # the commands that part them

    def __str__(self) -> str:
        how = "is another program's" if self.replaces else "holds files of another program as well"
        return (
            f"The Python package 'realtime' at {self.folder} {how}: the distribution 'realtime' of the package index "
            f"has the same name, and one environment cannot hold both. Part them: {self.mend}; install the other one "
            "into another environment."
        )


def find_namesake() -> Namesake | None:
    """What is wrong with the package `realtime` that Python would import; None where it is this program's alone."""
    spec = importlib.util.find_spec("realtime")
    places = list(spec.submodule_search_locations or ()) if spec is not None else []
    if not places:  # a module realtime.py, or nothing at all
        return Namesake(str(spec.origin) if spec is not None else "no place", True, _mend())
    folder = Path(places[0])
    own = (folder / "cli" / "entry.py").is_file() and _MARK in _first_line(folder / "__init__.py")
    others = {path.name for path in folder.glob("*.py")} - _OWN_MODULES
    return None if own and not others else Namesake(str(folder), not own, _mend())


def _first_line(path: Path) -> str:
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return file.readline(200)
    except OSError:
        return ""


def _mend() -> str:
    checkout = Path(__file__).resolve().parents[2]
    again = f"--editable {checkout}" if (checkout / "pyproject.toml").is_file() else "meshmirror"
    return f"`pip uninstall -y realtime`, then `pip install --force-reinstall --no-deps {again}`"
